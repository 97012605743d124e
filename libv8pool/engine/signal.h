// SPDX-License-Identifier: Apache-2.0
//
// signal.h: request.signal and ctx.signal: the end of a render that its code
// is told of.

#ifndef V8E_SIGNAL_H
#define V8E_SIGNAL_H

#include "isolate.h"

namespace v8e {

// host.signal(id): the signal of that render; made when it is asked for, unless
// its entry was given a Request, which has one.  undefined: a context without
// web APIs.
void CtxSignal(const v8::FunctionCallbackInfo<v8::Value> &info);
// host.onCancel(function): what cancels the stream that is being sent, called
// with the reason.
void OnCancel(const v8::FunctionCallbackInfo<v8::Value> &info);

// Armed.  Aborts the run's signal, if there is one, for run->aborting, then
// cancels its body.
void TellAborted(v8e_run *run, v8::Local<v8::Context> context);

} // namespace v8e

#endif // V8E_SIGNAL_H
