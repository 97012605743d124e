// SPDX-License-Identifier: Apache-2.0
//
// loop.cc: the clock, the continuation data, and tasks.

#include "natives.h"

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

// queueTask(function): called later, with the frame of now
void QueueTask(const Info &info)
{
    v8::Isolate *isolate = info.GetIsolate();

    v8e_isolate::From(isolate)->tasks.push_back(
        {v8::Global<v8::Function>(isolate, info[0].As<v8::Function>()),
         v8::Global<v8::Value>(isolate,
                               isolate->GetCurrentContext()
                                   ->GetContinuationPreservedEmbedderData())});
}

} // namespace

void RunTasks(v8e_isolate *own, v8::Local<v8::Context> context)
{
    while (!own->tasks.empty() && !own->ending) {
        v8::TryCatch caught(own->v8);
        Task task = std::move(own->tasks.front());

        own->tasks.pop_front();
        context->SetContinuationPreservedEmbedderData(task.frame.Get(own->v8));
        v8::MaybeLocal<v8::Value> ignored =
            task.function.Get(own->v8)->Call(context, v8::Undefined(own->v8),
                                             0, nullptr);

        (void)ignored; // tasks report their errors themselves
        context->SetContinuationPreservedEmbedderData(v8::Undefined(own->v8));
        own->Drain();
    }
    own->tasks.clear();
}

constexpr Native kLoopNatives[] = {{"frame", Frame},
                                   {"now", Now},
                                   {"queueTask", QueueTask},
                                   {"setFrame", SetFrame},
                                   {"timeOrigin", TimeOrigin},
                                   {nullptr, nullptr}};

} // namespace v8e
