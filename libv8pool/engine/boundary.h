// SPDX-License-Identifier: Apache-2.0
//
// boundary.h: renderError(error, request), the bundle's own page for a render
// that threw.

#ifndef V8E_BOUNDARY_H
#define V8E_BOUNDARY_H

#include "isolate.h"

namespace v8e {

// Sets context->boundary and its receiver, if there is one: beside the entry, or
// among the exports.  After FindEntry(); `exports` is empty for a script.
// Armed: looking may cross getters.  E_BUNDLE: one of these threw.
v8pool_status FindBoundary(v8e_context *own, v8::Local<v8::Context> context,
                           v8::Local<v8::Object> exports, v8pool_error *err);

// Empty: it threw.  Armed.
v8::MaybeLocal<v8::Value> CallBoundary(const v8e_run *run,
                                       v8::Local<v8::Context> context,
                                       v8::Local<v8::Value> thrown);

// What is told of a run that asked it: what the page is about, or, where there
// is none after all, both errors.
v8pool_status BoundaryVerdict(const v8e_run *run, v8pool_status status,
                              v8pool_error *err);

// A console line: who ends it by force later knows nothing of the first error.
void LogBoundary(const v8e_run *run);

} // namespace v8e

#endif // V8E_BOUNDARY_H
