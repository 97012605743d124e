// SPDX-License-Identifier: Apache-2.0
//
// builtin.h: modules that are no file of the bundle's: node:async_hooks and
// its like, cloudflare:workers.

#ifndef V8E_BUILTIN_H
#define V8E_BUILTIN_H

#include "isolate.h"

namespace v8e {

// The namespace object of a module of that name, its members the exports; no
// object: there is none.  Empty: an exception is pending.
v8::MaybeLocal<v8::Value> BuiltinNamespace(v8e_context *own,
                                           v8::Local<v8::Context> context,
                                           const std::string &name);

// cloudflare:workers' env is that of the render that began last.
void UpdateWorkersEnv(v8e_context *own, v8::Local<v8::Context> context,
                      v8::Local<v8::Object> env);

// "node:async_hooks, node:buffer", for messages.
std::string BuiltinNames(v8e_context *own, v8::Local<v8::Context> context);

} // namespace v8e

#endif // V8E_BUILTIN_H
