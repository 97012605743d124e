// SPDX-License-Identifier: Apache-2.0
//
// prelude.h: the JavaScript that every context begins with: ctx, timers, how
// answers are read.  Part of its snapshot.

#ifndef V8E_PRELUDE_H
#define V8E_PRELUDE_H

#include "isolate.h"

namespace v8e {

// In a context that is being made, before its bundle runs.
v8pool_status InstallPrelude(v8e_isolate *isolate,
                             v8::Local<v8::Context> context, v8pool_error *err);

// After a context was made, from a snapshot or not: finds the functions that
// the engine calls.
void FindPrelude(v8e_context *own, v8::Local<v8::Context> context);

} // namespace v8e

#endif // V8E_PRELUDE_H
