// SPDX-License-Identifier: Apache-2.0
//
// module.h: ES modules of a bundle: compiled, linked, evaluated; import() and
// import.meta.

#ifndef V8E_MODULE_H
#define V8E_MODULE_H

#include "isolate.h"

namespace v8e {

// The isolate's callbacks for import() and import.meta.
void InstallModules(v8::Isolate *isolate);

// Evaluates the entry's file as a module; *exports is its namespace.  Armed.
// E_BUNDLE: *err says what and where.
v8pool_status EvaluateModule(v8e_context *own, v8::Local<v8::Context> context,
                             v8::Local<v8::Object> *exports, v8pool_error *err);

// The namespace of an import() that had to wait: a snapshot may refer to it.
void ReturnNamespace(const v8::FunctionCallbackInfo<v8::Value> &info);

// Another value of what a built-in module exports, if it has been imported.
void UpdateExport(v8e_context *own, const char *module,
                  v8::Local<v8::String> name, v8::Local<v8::Value> value);

} // namespace v8e

#endif // V8E_MODULE_H
