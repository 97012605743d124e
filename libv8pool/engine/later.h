// SPDX-License-Identifier: Apache-2.0
//
// later.h: what V8 adds to a context each time it makes one, of a snapshot as
// well, and leaves out of the contexts that a snapshot is made of.  It takes
// for granted that these properties are not there; where a script defined one,
// they are there twice, and reading them gives what no script may see.
//
// Most such built-ins are switched off (platform.cc) and come from core-js, the
// same in every context.  This is about the others.

#ifndef V8E_LATER_H
#define V8E_LATER_H

#include "isolate.h"

namespace v8e {

// For a context that a snapshot will be made of, before its script runs: it has
// Error.stackTraceLimit, as every other context.
void LendLater(v8e_isolate *own, v8::Local<v8::Context> context);

// The same context, after: takes that away again and gives its value, which may
// be anything, or undefined.  Empty with *err set: the script defined something
// that V8 will add.
v8::MaybeLocal<v8::Value> TakeLater(v8e_isolate *own,
                                    v8::Local<v8::Context> context,
                                    v8pool_error *err);

// In a context of the snapshot: what TakeLater() gave.
void ReturnLater(v8e_isolate *own, v8::Local<v8::Context> context,
                 v8::Local<v8::Value> limit);

} // namespace v8e

#endif // V8E_LATER_H
