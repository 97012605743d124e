// SPDX-License-Identifier: Apache-2.0
//
// commonjs.h: module, exports and require() of CommonJS builds.

#ifndef V8E_COMMONJS_H
#define V8E_COMMONJS_H

#include "isolate.h"

namespace v8e {

// What `require` of that file gives, for a module that imports it.
v8::MaybeLocal<v8::Value> RequireFile(v8e_context *own,
                                      v8::Local<v8::Context> context,
                                      const File &file);

// Runs the entry's file; *exports is its module.exports.  Armed.
v8pool_status EvaluateCommonJs(v8e_context *own, v8::Local<v8::Context> context,
                               v8::Local<v8::Object> *exports,
                               v8pool_error *err);

// require(): a snapshot may refer to it.
void Require(const v8::FunctionCallbackInfo<v8::Value> &info);

} // namespace v8e

#endif // V8E_COMMONJS_H
