// SPDX-License-Identifier: Apache-2.0
//
// signal.cc: asks the runtime (runtime/src/signal.js):
//
//   newSignal()           an AbortSignal
//   signalOf(request)     the Request's own; undefined: a class of the bundle's
//   abortRender(of, late) aborts a signal, or a Request's; gives the reason

#include "signal.h"

#include "body.h"
#include "natives.h"
#include "runtime.h"
#include "turn.h"

#include <cstring>

namespace v8e {
namespace {

v8::Local<v8::Value> Abort(const v8e_run *run, v8::Local<v8::Context> context,
                           v8::Local<v8::Value> of)
{
    v8::Local<v8::Value> args[] = {
        of, v8::Boolean::New(context->GetIsolate(),
                             run->aborting == Aborting::kLate)};

    return CallRuntime(context, "abortRender", 2, args);
}

v8::Local<v8::Value> Make(v8e_run *run, v8::Local<v8::Context> context)
{
    v8::Local<v8::Value> signal = v8::Undefined(context->GetIsolate());

    if (!run->page.IsEmpty()) {
        v8::Local<v8::Value> page = run->page.Get(context->GetIsolate());

        signal = CallRuntime(context, "signalOf", 1, &page);
    }
    if (!signal->IsObject()) {
        signal = CallRuntime(context, "newSignal", 0, nullptr);
    }
    if (run->aborting != Aborting::kNo) {
        Abort(run, context, signal);
    }
    return signal;
}

// Its own mistakes are its own.
void CancelBody(v8e_run *run, v8::Local<v8::Context> context,
                v8::Local<v8::Value> reason)
{
    v8::Isolate *isolate = context->GetIsolate();
    v8::TryCatch caught(isolate);
    v8::Local<v8::Function> cancel = run->on_cancel.Get(isolate);

    run->on_cancel.Reset();
    (void)cancel->Call(context, v8::Undefined(isolate), 1, &reason).IsEmpty();
}

} // namespace

void CtxSignal(const Info &info)
{
    v8::Isolate *isolate = info.GetIsolate();
    v8e_run *run = FindRun(v8e_isolate::From(isolate),
                           info[0].As<v8::Uint32>()->Value());

    if (run == nullptr) {
        constexpr char kText[] =
            "ctx.signal: the render that this ctx belongs to has ended";

        isolate->ThrowException(
            v8::Exception::Error(Utf8(isolate, kText, sizeof(kText) - 1)));
        return;
    }
    if (run->signal.IsEmpty()) {
        run->signal.Reset(isolate, Make(run, isolate->GetCurrentContext()));
    }
    info.GetReturnValue().Set(run->signal.Get(isolate));
}

void OnCancel(const Info &info)
{
    v8e_run *run = CurrentRun(v8e_isolate::From(info.GetIsolate()));

    if (run != nullptr) {
        run->on_cancel.Reset(info.GetIsolate(), info[0].As<v8::Function>());
    }
}

void TellAborted(v8e_run *run, v8::Local<v8::Context> context)
{
    v8::Isolate *isolate = context->GetIsolate();
    v8::Local<v8::Value> of = v8::Undefined(isolate);

    context->SetContinuationPreservedEmbedderData(run->frame.Get(isolate));
    if (!run->signal.IsEmpty()) {
        of = run->signal.Get(isolate);
    }
    else if (!run->page.IsEmpty()) {
        of = run->page.Get(isolate);
    }
    v8::Local<v8::Value> reason = Abort(run, context, of);

    AbortBody(run, context, reason);
    if (!run->on_cancel.IsEmpty()) {
        CancelBody(run, context, reason);
    }
}

} // namespace v8e

int v8e_run_abort(v8e_run *run, v8e_abort why)
{
    if (run->stage == v8e::Stage::kNew || run->stage == v8e::Stage::kEnded ||
        run->aborting != v8e::Aborting::kNo ||
        (run->page.IsEmpty() && run->signal.IsEmpty() &&
         run->on_cancel.IsEmpty() && (run->kept == 0 || why == V8E_LATE))) {
        return 0;
    }
    run->aborting =
        why == V8E_LATE ? v8e::Aborting::kLate : v8e::Aborting::kGone;
    return 1;
}
