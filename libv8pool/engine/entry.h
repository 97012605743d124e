// SPDX-License-Identifier: Apache-2.0
//
// entry.h: which function of a bundle renders, and what it is given.

#ifndef V8E_ENTRY_H
#define V8E_ENTRY_H

#include "isolate.h"

namespace v8e {

// How many own properties the global object has: those that come later are
// the bundle's.
uint32_t CountGlobals(v8::Local<v8::Context> context);

// Sets context->entry, receiver, call and entry_text.  `exports` is what a
// module exports, empty for a classic script.  `wanted` is entry=, or NULL: a
// name, dots allowed, and (url), (request) or (request,env) behind it to say
// what it takes.  E_BUNDLE: *err says what was found and what is accepted.
// Armed: looking may cross getters.
v8pool_status FindEntry(v8e_context *own, v8::Local<v8::Context> context,
                        v8::Local<v8::Object> exports, const char *wanted,
                        uint32_t globals_before, v8pool_error *err);

// The entry's arguments for one render: how many; 0: an exception is pending.
int EntryArguments(v8e_run *run, v8::Local<v8::Context> context,
                   v8::Local<v8::Value> args[3]);

// What FindEntry() found, for a snapshot, and back.
v8::Local<v8::Array> SaveEntry(v8e_context *own,
                               v8::Local<v8::Context> context);
bool RestoreEntry(v8e_context *own, v8::Local<v8::Context> context,
                  v8::Local<v8::Array> saved);

} // namespace v8e

#endif // V8E_ENTRY_H
