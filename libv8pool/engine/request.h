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

} // namespace v8e

#endif // V8E_REQUEST_H
