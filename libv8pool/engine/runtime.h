// SPDX-License-Identifier: Apache-2.0
//
// runtime.h: the JavaScript of libv8pool/runtime in a context.

#ifndef V8E_RUNTIME_H
#define V8E_RUNTIME_H

#include "isolate.h"

namespace v8e {

// Console, the prelude and the web APIs, before anything else runs in a context that is not of
// an image.  Armed.  E_HEAP, E_TIMEOUT, E_ENGINE.
v8pool_status InstallRuntime(v8e_isolate *own, v8::Local<v8::Context> context,
                             v8pool_error *err);

// Its native functions, for ExternalReferences().
void AddRuntimeReferences(std::vector<intptr_t> *references);

// What runtime/src/main.js exports; undefined before InstallRuntime().
v8::Local<v8::Value> RuntimeOf(v8::Local<v8::Context> context);

// Calls one of these.  undefined: it threw, was ended by force, or is not there.
v8::Local<v8::Value> CallRuntime(v8::Local<v8::Context> context,
                                 const char *name, int count,
                                 v8::Local<v8::Value> *args);

// The groups of globals that were looked at so far (runtime/src/define.js), and
// the same into another context, so that its first render need not evaluate
// them.  Undefined: none.
v8::Local<v8::Value> UsedGroups(v8::Local<v8::Context> context);
void UseGroups(v8::Local<v8::Context> context, v8::Local<v8::Value> groups);

} // namespace v8e

#endif // V8E_RUNTIME_H
