// SPDX-License-Identifier: Apache-2.0

#ifndef V8E_REQUEST_H
#define V8E_REQUEST_H

#include "isolate.h"

namespace v8e {

// The entry's second argument:
//   { request: { method, url, headers, body }, env, bundle }
// and what ctx.js adds.  Empty: the call was ended by force, or by the stack's
// limit.
v8::MaybeLocal<v8::Value> MakeCtx(v8e_context *own,
                                  v8::Local<v8::Context> context,
                                  const v8e_run *run);

// The frozen `env`; the empty one for NULL.
v8::Local<v8::Object> MakeEnv(v8e_context *own, v8::Local<v8::Context> context,
                              const v8pool_env *env);

// A Request of ctx.request; that itself in a context that has no such class.
// One that is streamed has its body the first time.  Empty: an exception is
// pending.
v8::MaybeLocal<v8::Value> MakeRequest(const v8e_run *run,
                                      v8::Local<v8::Context> context);

} // namespace v8e

#endif // V8E_REQUEST_H
