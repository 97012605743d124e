// SPDX-License-Identifier: Apache-2.0
//
// sending.h: a body that comes in pieces.

#ifndef V8E_SENDING_H
#define V8E_SENDING_H

#include "isolate.h"

namespace v8e {

// host.write(chunk): a string or bytes to the sink.  false: the client is
// behind, host.onRoom(function) tells when it no longer is.
void WriteChunk(const v8::FunctionCallbackInfo<v8::Value> &info);
void OnRoom(const v8::FunctionCallbackInfo<v8::Value> &info);

// Bytes as they are; E_TOO_LARGE beyond max_response_bytes of the request.
v8pool_status SendBytes(v8e_run *run, const void *data, size_t length,
                        v8pool_error *err);
v8pool_status SendView(v8e_run *run, v8::Local<v8::ArrayBufferView> view,
                       v8pool_error *err);
// What stands behind the body in its template, if that has one.
v8pool_status SendBehind(v8e_run *run, v8pool_error *err);
v8pool_status SendText(v8e_run *run, v8::Local<v8::String> text,
                       v8pool_error *err);

} // namespace v8e

#endif // V8E_SENDING_H
