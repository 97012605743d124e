// SPDX-License-Identifier: Apache-2.0
//
// ctx.h: the object a bundle gets beside the request: what belongs to this one
// render.

#ifndef V8E_CTX_H
#define V8E_CTX_H

#include "isolate.h"

namespace v8e {

class HeaderList;

// Defines ctx in a context that is being made, before its bundle runs; part of
// its snapshot.
v8pool_status InstallCtx(v8e_isolate *isolate, v8::Local<v8::Context> context,
                         v8pool_error *err);

// After a context was made, from a snapshot or not.
void FindCtx(v8e_context *own, v8::Local<v8::Context> context);

// The native function that a ctx calls, for snapshots.
void CtxCall(const v8::FunctionCallbackInfo<v8::Value> &info);

// What ctx.cache.set() said, among the answer's own fields.
v8pool_status AddCtxFields(const Running &running, HeaderList *headers,
                           v8pool_error *err);

} // namespace v8e

#endif // V8E_CTX_H
