// SPDX-License-Identifier: Apache-2.0
//
// body.h: the body of a run's own request, where it comes while the run goes.
// It is an exchange of the number V8E_NET_BODY that nobody has asked for.

#ifndef V8E_BODY_H
#define V8E_BODY_H

#include "isolate.h"

namespace v8e {

// The first time a ReadableStream, then null: there is one body.  Empty: an
// exception is pending.
v8::MaybeLocal<v8::Value> MakeBody(const v8e_run *run,
                                   v8::Local<v8::Context> context);

// Armed.  Whoever reads it is told why nothing more comes.
void AbortBody(v8e_run *run, v8::Local<v8::Context> context,
               v8::Local<v8::Value> reason);

// fetch.js's natives.
// bodyStart(callback): 'data' with bytes; last, 'end' with code and message, or
// 'abort' with a reason
void BodyStart(const v8::FunctionCallbackInfo<v8::Value> &info);
// bodyPull(): the next piece is wanted
void BodyPull(const v8::FunctionCallbackInfo<v8::Value> &info);
// bodyCancel(): none is
void BodyCancel(const v8::FunctionCallbackInfo<v8::Value> &info);

} // namespace v8e

#endif // V8E_BODY_H
