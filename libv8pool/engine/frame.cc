// SPDX-License-Identifier: Apache-2.0
//
// frame.cc: the clock, and the continuation data: whose turn it is.

#include "natives.h"
#include "timers.h"
#include "turn.h"

#include <ctime>

namespace v8e {
namespace {

struct Origin {
    uint64_t monotonic_us; // performance.now() counts from here
    double wall_ms;        // the same moment, since 1970
};

const Origin &OriginOfTime()
{
    static const Origin origin = [] {
        timespec wall;

        clock_gettime(CLOCK_REALTIME, &wall);
        // a moment ago: the clock never says 0
        return Origin{NowUs() - 1, static_cast<double>(wall.tv_sec) * 1000 +
                                   static_cast<double>(wall.tv_nsec) / 1e6};
    }();

    return origin;
}

// now(): milliseconds since timeOrigin(), which does not change in a process
void Now(const Info &info)
{
    uint64_t from = OriginOfTime().monotonic_us;

    info.GetReturnValue().Set(static_cast<double>(NowUs() - from) / 1000);
}

// timeOrigin(): milliseconds since 1970
void TimeOrigin(const Info &info)
{
    info.GetReturnValue().Set(OriginOfTime().wall_ms);
}

// frame(): what V8 carries across await
void Frame(const Info &info)
{
    info.GetReturnValue().Set(info.GetIsolate()
                                  ->GetCurrentContext()
                                  ->GetContinuationPreservedEmbedderData());
}

// setFrame(frame)
void SetFrame(const Info &info)
{
    info.GetIsolate()
        ->GetCurrentContext()
        ->SetContinuationPreservedEmbedderData(info[0]);
}

} // namespace

v8::Local<v8::Value> MakeFrame(const v8e_run *run)
{
    v8::Isolate *isolate = run->own->owner->v8;
    v8::Local<v8::Name> names[] = {run->own->owner->Get(Name::render)};
    v8::Local<v8::Value> values[] = {
        v8::Integer::NewFromUnsigned(isolate, run->id)};

    return v8::Object::New(isolate, v8::Null(isolate), names, values, 1);
}

v8e_run *FindRun(v8e_isolate *own, uint32_t id)
{
    for (v8e_run *run : own->runs) {
        if (run->id == id) {
            return run->stage != Stage::kEnded ? run : nullptr;
        }
    }
    return nullptr;
}

v8e_run *CurrentRun(v8e_isolate *own)
{
    v8::Isolate *isolate = own->v8;
    v8::Local<v8::Context> context = isolate->GetCurrentContext();
    v8::Local<v8::Value> frame =
        context->GetContinuationPreservedEmbedderData();
    v8::Local<v8::Value> id;

    // Undefined within a thenable's own then() (v8-rules e8).
    if (frame.IsEmpty() || !frame->IsObject()) {
        return own->turn;
    }
    if (!frame.As<v8::Object>()->Get(context, own->Get(Name::render))
             .ToLocal(&id) ||
        !id->IsUint32()) {
        return own->turn;
    }
    return FindRun(own, id.As<v8::Uint32>()->Value());
}

constexpr Native kFrameNatives[] = {
    {"frame", Frame},           {"now", Now},
    {"queueTask", QueueTask},   {"setFrame", SetFrame},
    {"timeOrigin", TimeOrigin}, {nullptr, nullptr}};

} // namespace v8e
