// SPDX-License-Identifier: Apache-2.0

#ifndef V8E_REQUEST_H
#define V8E_REQUEST_H

#include "isolate.h"

namespace v8e {

// The entry's second argument:
//   { request: { method, url, headers, body }, env, bundle }
v8::Local<v8::Object> MakeCtx(v8e_context *own, v8::Local<v8::Context> context,
                              const v8pool_request *request);

} // namespace v8e

#endif // V8E_REQUEST_H
