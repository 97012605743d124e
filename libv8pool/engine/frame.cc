// SPDX-License-Identifier: Apache-2.0
//
// frame.cc: the clock, and the continuation data.

#include "natives.h"
#include "timers.h"

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

constexpr Native kFrameNatives[] = {
    {"frame", Frame},           {"now", Now},
    {"queueTask", QueueTask},   {"setFrame", SetFrame},
    {"timeOrigin", TimeOrigin}, {nullptr, nullptr}};

} // namespace v8e
