// SPDX-License-Identifier: Apache-2.0
//
// body.cc: pieces come as events (fetch.cc), one for each time the bundle asks.

#include "body.h"

#include "natives.h"
#include "timers.h"
#include "turn.h"

namespace v8e {
namespace {

// The run whose code calls, while its body is to come.
v8e_run *Reader(const Info &info)
{
    v8e_run *run = CurrentRun(v8e_isolate::From(info.GetIsolate()));

    return run != nullptr && FindExchange(run, V8E_NET_BODY) != nullptr
               ? run
               : nullptr;
}

} // namespace

v8::MaybeLocal<v8::Value> MakeBody(const v8e_run *run,
                                   v8::Local<v8::Context> context)
{
    v8::Isolate *isolate = context->GetIsolate();

    if (!run->page.IsEmpty() || run->sink->net == nullptr) {
        return v8::Null(isolate).As<v8::Value>();
    }
    return run->own->make_body.Get(isolate)->Call(
        context, v8::Undefined(isolate), 0, nullptr);
}

void AbortBody(v8e_run *run, v8::Local<v8::Context> context,
               v8::Local<v8::Value> reason)
{
    v8::Isolate *isolate = context->GetIsolate();
    Exchange *exchange = FindExchange(run, V8E_NET_BODY);

    if (exchange == nullptr) {
        return;
    }
    v8::Local<v8::Function> callback = exchange->callback.Get(isolate);
    v8::Local<v8::Value> frame = exchange->frame.Get(isolate);
    v8::Local<v8::Value> args[] = {
        v8::String::NewFromUtf8Literal(isolate, "abort"), reason};

    EraseExchange(run, V8E_NET_BODY);
    CallLater(run, context, callback, frame, 2, args);
}

void BodyStart(const Info &info)
{
    v8::Isolate *isolate = info.GetIsolate();
    v8e_run *run = CurrentRun(v8e_isolate::From(isolate));

    if (run != nullptr && run->request->body_streamed &&
        run->page.IsEmpty() && Takes(info, "f")) {
        run->exchanges.push_back(
            {V8E_NET_BODY,
             {isolate, info[0].As<v8::Function>()},
             {isolate, isolate->GetCurrentContext()
                           ->GetContinuationPreservedEmbedderData()}});
    }
}

void BodyPull(const Info &info)
{
    v8e_run *run = Reader(info);

    if (run != nullptr) {
        run->wants_body = true;
    }
}

void BodyCancel(const Info &info)
{
    v8e_run *run = Reader(info);

    if (run != nullptr) {
        EraseExchange(run, V8E_NET_BODY);
        run->sink->net->cancel(run->sink->baton, V8E_NET_BODY);
    }
}

} // namespace v8e

v8e_body v8e_run_body(const v8e_run *run)
{
    if (!run->wants_body) {
        return V8E_BODY_ASIDE;
    }
    return run->stage < v8e::Stage::kAfter && run->timers.empty() &&
                   run->tasks.empty() && run->on_room.IsEmpty() &&
                   run->events.empty() && !v8e::HasExchange(run)
               ? V8E_BODY_ALONE
               : V8E_BODY_WANTED;
}
