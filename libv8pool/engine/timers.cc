// SPDX-License-Identifier: Apache-2.0
//
// timers.cc: each run has its own timers and tasks; they go with it.

#include "timers.h"

#include "failure.h"
#include "natives.h"
#include "turn.h"

#include <algorithm>
#include <climits>
#include <cstring>

namespace v8e {
namespace {

void ThrowText(v8::Isolate *isolate, const char *text)
{
    isolate->ThrowException(
        v8::Exception::Error(Utf8(isolate, text, strlen(text))));
}

v8::Local<v8::Value> Frame(v8::Isolate *isolate)
{
    return isolate->GetCurrentContext()->GetContinuationPreservedEmbedderData();
}

v8::Local<v8::Function> Take(v8e_run *run, v8::Local<v8::Value> *frame)
{
    v8::Isolate *isolate = run->own->owner->v8;
    Task task = std::move(run->tasks.front());

    run->tasks.pop_front();
    *frame = task.frame.Get(isolate);
    return task.function.Get(isolate);
}

std::vector<Timer>::iterator First(std::vector<Timer> &timers)
{
    return std::min_element(timers.begin(), timers.end(),
                            [](const Timer &a, const Timer &b) {
                                return a.due_us != b.due_us
                                           ? a.due_us < b.due_us
                                           : a.id < b.id;
                            });
}

// One that repeats does so from now on: a slow one does not pile up.
v8::Local<v8::Function> TakeTimer(v8e_run *run, uint64_t now,
                                  v8::Local<v8::Value> *frame)
{
    v8::Isolate *isolate = run->own->owner->v8;
    auto timer = First(run->timers);
    v8::Local<v8::Function> function;

    if (timer == run->timers.end() || timer->due_us > now) {
        return function;
    }
    function = timer->function.Get(isolate);
    *frame = timer->frame.Get(isolate);
    if (timer->every_us > 0) {
        timer->due_us = now + timer->every_us;
    }
    else {
        run->timers.erase(timer);
    }
    return function;
}

void LogUncaught(v8e_run *run, v8::Local<v8::Context> context,
                 const v8::TryCatch &caught)
{
    v8e_isolate *own = run->own->owner;
    v8pool_error err = {};

    if (caught.HasTerminated() || own->ending || caught.Exception().IsEmpty()) {
        return; // whoever looks after the turn says so
    }
    DescribeValue(own->v8, context, caught.Exception(), &err);
    std::string line = std::string("uncaught: ") + err.message;

    if (err.line > 0) {
        line += " at " + std::string(err.source) + ":" +
                std::to_string(err.line) + ":" + std::to_string(err.column);
    }
    run->sink->log(run->sink->baton, V8POOL_LOG_ERROR, line.data(),
                   line.size());
}

} // namespace

// At load time there is no render that it could belong to.
v8e_run *NeedRun(v8::Isolate *isolate, const char *what)
{
    v8e_run *run = CurrentRun(v8e_isolate::From(isolate));

    if (run == nullptr) {
        std::string text =
            std::string(what) + ": only while a page is rendered: this is the "
                                "module level of the bundle, or a render that "
                                "has ended";

        ThrowText(isolate, text.c_str());
    }
    return run;
}

void CallLater(v8e_run *run, v8::Local<v8::Context> context,
               v8::Local<v8::Function> function, v8::Local<v8::Value> frame,
               int count, v8::Local<v8::Value> *args)
{
    v8::TryCatch caught(run->own->owner->v8);

    context->SetContinuationPreservedEmbedderData(frame);
    if (function->Call(context, context->Global(), count, args).IsEmpty()) {
        LogUncaught(run, context, caught);
    }
}

void AddTimer(const v8::FunctionCallbackInfo<v8::Value> &info)
{
    v8::Isolate *isolate = info.GetIsolate();
    v8e_run *run = NeedRun(isolate, "setTimeout, setInterval");

    if (run == nullptr || !Takes(info, "fn")) {
        return;
    }
    if (run->timers.size() == kTimersMax) {
        ThrowText(isolate, "setTimeout: this render has 10000 timers already");
        return;
    }
    double wanted = info[1].As<v8::Number>()->Value();
    uint64_t us =
        wanted >= 0 && wanted <= INT_MAX ? static_cast<uint64_t>(wanted * 1000)
                                         : 0;
    // An interval of 0 would leave nothing between two calls of it.
    uint64_t every =
        info[2]->IsTrue() ? std::max<uint64_t>(us, 1000) : 0;

    run->timers.push_back({++run->last_timer, NowUs() + us, every,
                           {isolate, info[0].As<v8::Function>()},
                           {isolate, Frame(isolate)}});
    info.GetReturnValue().Set(run->last_timer);
}

void ClearTimer(const v8::FunctionCallbackInfo<v8::Value> &info)
{
    v8e_run *run = CurrentRun(v8e_isolate::From(info.GetIsolate()));

    if (run == nullptr || !info[0]->IsUint32()) {
        return;
    }
    uint32_t id = info[0].As<v8::Uint32>()->Value();
    auto &timers = run->timers;

    timers.erase(std::remove_if(timers.begin(), timers.end(),
                                [id](const Timer &t) { return t.id == id; }),
                 timers.end());
}

void QueueTask(const v8::FunctionCallbackInfo<v8::Value> &info)
{
    v8::Isolate *isolate = info.GetIsolate();
    v8e_run *run = NeedRun(isolate, "postMessage");

    if (run != nullptr && Takes(info, "f")) {
        run->tasks.push_back({{isolate, info[0].As<v8::Function>()},
                              {isolate, Frame(isolate)}});
    }
}

void RunDue(v8e_run *run, v8::Local<v8::Context> context)
{
    v8::Local<v8::Value> frame;
    v8::Local<v8::Function> function;

    if (RunEvent(run, context)) {
        return;
    }
    if (!run->tasks.empty()) {
        function = Take(run, &frame);
    }
    else if (!run->timers.empty()) {
        function = TakeTimer(run, NowUs(), &frame);
    }
    if (!function.IsEmpty()) {
        CallLater(run, context, function, frame, 0, nullptr);
    }
}

uint64_t FirstTimerUs(const v8e_run *run)
{
    uint64_t first = UINT64_MAX;

    for (const Timer &timer : run->timers) {
        first = std::min(first, timer.due_us);
    }
    return first;
}

} // namespace v8e
