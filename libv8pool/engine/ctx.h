// SPDX-License-Identifier: Apache-2.0
//
// ctx.h: the object a bundle gets beside the request: what belongs to this one
// render.

#ifndef V8E_CTX_H
#define V8E_CTX_H

#include "isolate.h"

namespace v8e {

class HeaderList;

// host.call(id, name, ...texts): the embedder's, or the engine's own.
void CtxCall(const v8::FunctionCallbackInfo<v8::Value> &info);
// host.current(): the id of the render whose code calls; an exception: none.
void CtxCurrent(const v8::FunctionCallbackInfo<v8::Value> &info);
// host.keep(id, 1 or -1): promises that ctx.waitUntil() waits for.
void CtxKeep(const v8::FunctionCallbackInfo<v8::Value> &info);

// What ctx.cache.set() said, among the answer's own fields.
v8pool_status AddCtxFields(const v8e_run *run, HeaderList *headers,
                           v8pool_error *err);

} // namespace v8e

#endif // V8E_CTX_H
