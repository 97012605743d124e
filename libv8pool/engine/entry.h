// SPDX-License-Identifier: Apache-2.0
//
// entry.h: which function of a bundle renders.

#ifndef V8E_ENTRY_H
#define V8E_ENTRY_H

#include "isolate.h"

namespace v8e {

// How many own properties the global object has: those that come later are
// the bundle's.
uint32_t CountGlobals(v8::Local<v8::Context> context);

// Sets context->entry and context->receiver.  `path` is a global's name, dots
// allowed.  E_BUNDLE: *err says what was found and what is accepted.  Armed:
// a path may cross getters.
v8pool_status FindEntry(v8e_context *own, v8::Local<v8::Context> context,
                        const char *path, uint32_t globals_before,
                        v8pool_error *err);

} // namespace v8e

#endif // V8E_ENTRY_H
