// SPDX-License-Identifier: Apache-2.0
//
// compile.h: one file's text as V8 takes it, with its code cache where there
// is one.  V8 refuses a cache of another version, flags or length of source
// and compiles as if there were none; that it is of this very source is known
// to whoever gave it (c13).

#ifndef V8E_COMPILE_H
#define V8E_COMPILE_H

#include "isolate.h"

namespace v8e {

// Each leaves V8's exception where it fails.
v8::MaybeLocal<v8::Script> CompileScript(v8e_context *own,
                                         v8::Local<v8::Context> context,
                                         const File &file);
v8::MaybeLocal<v8::Module> CompileModule(v8e_context *own, const File &file);
v8::MaybeLocal<v8::Function> CompileFunction(v8e_context *own,
                                             v8::Local<v8::Context> context,
                                             const File &file,
                                             v8::Local<v8::String> *parameters,
                                             size_t count);
v8::MaybeLocal<v8::Value> ParseJson(v8e_context *own,
                                    v8::Local<v8::Context> context,
                                    const File &file);

// What was compiled above since the context was made, as a container of code
// caches.  Owns: writer->text.
void WriteCode(v8e_context *own, v8p_writer *writer);

} // namespace v8e

#endif // V8E_COMPILE_H
