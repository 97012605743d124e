// SPDX-License-Identifier: Apache-2.0
//
// context.cc: a bundle evaluated in a context of its own.

#include "isolate.h"

#include "../error.h"
#include "console.h"
#include "entry.h"
#include "failure.h"
#include "fatal.h"
#include "prelude.h"
#include "rejection.h"

#include <cstring>
#include <new>

namespace {

// What the esbuild, Rollup and webpack defaults give, and the way out.
void HintAtModules(v8pool_error *err)
{
    static const char kHint[] =
        "; this is an ES module: build the bundle as one classic script "
        "(esbuild --format=iife, Vite/Rollup output.format 'iife')";
    size_t length = strlen(err->message);

    if (strstr(err->message, "Cannot use import statement") != nullptr ||
        strstr(err->message, "Unexpected token 'export'") != nullptr ||
        strstr(err->message, "Cannot use 'import.meta'") != nullptr) {
        v8p_text_copy(err->message + length, sizeof(err->message) - length,
                      kHint, sizeof(kHint) - 1, 0);
    }
}

// A flat ASCII source could stay outside the heap; a copy is simpler and the
// bundle's text is needed again only for lazy functions and stacks.
v8::MaybeLocal<v8::String> Source(v8::Isolate *isolate,
                                  const v8e_script *script)
{
    return v8::String::NewFromUtf8(isolate, script->source,
                                   v8::NewStringType::kNormal,
                                   static_cast<int>(script->length));
}

// With the functions of a code cache, where there is one.  V8 refuses one of
// another version, flags or length of source and compiles as if there were
// none; that it is of this very source is known to whoever gave it (c13).
v8::MaybeLocal<v8::Script> Compile(v8::Local<v8::Context> context,
                                   v8::Local<v8::String> text,
                                   const v8::ScriptOrigin &origin,
                                   const v8e_script *script)
{
    using v8::ScriptCompiler;
    ScriptCompiler::CachedData *cache = nullptr;

    if (script->code != nullptr) { // the source below owns it, not its bytes
        cache = new ScriptCompiler::CachedData(
            reinterpret_cast<const uint8_t *>(script->code),
            static_cast<int>(script->code_length));
    }
    ScriptCompiler::Source source(text, origin, cache);

    return ScriptCompiler::Compile(context, &source,
                                   cache != nullptr
                                       ? ScriptCompiler::kConsumeCodeCache
                                       : ScriptCompiler::kNoCompileOptions);
}

v8pool_status Evaluate(v8e_context *own, v8::Local<v8::Context> context,
                       const v8e_script *script, v8pool_error *err)
{
    v8::Isolate *isolate = own->owner->v8;
    v8::TryCatch caught(isolate);
    v8::Local<v8::String> text;
    v8::Local<v8::Script> compiled;

    if (!Source(isolate, script).ToLocal(&text)) {
        return v8p_error_set(err, V8POOL_E_BUNDLE,
                             "the script is longer than V8's longest string");
    }
    v8::ScriptOrigin origin(isolate,
                            v8e::Utf8(isolate, own->origin.data(),
                                      own->origin.size()));

    if (!Compile(context, text, origin, script).ToLocal(&compiled) ||
        compiled->Run(context).IsEmpty()) {
        v8pool_status status = v8e::Failure(own->owner, context, caught,
                                            V8POOL_E_BUNDLE, err);

        HintAtModules(err);
        return status;
    }
    own->script.Reset(isolate, compiled->GetUnboundScript());
    own->owner->Drain();
    if (own->owner->heap_hit || isolate->IsExecutionTerminating()) {
        return v8e::Failure(own->owner, context, caught, V8POOL_E_BUNDLE, err);
    }
    return V8POOL_OK;
}

v8pool_status Load(v8e_context *own, const v8e_script *script,
                   const v8e_sink *sink, v8pool_error *err)
{
    v8e::Entered entered(own, sink);
    v8::Local<v8::Context> context = entered.local;
    v8e::Doing doing(own->name.c_str(), "(loading)");
    v8pool_status status = V8POOL_OK;
    uint32_t globals = 0;

    // Not part of a snapshot, to be set on every context (f1).
    context->AllowCodeGenerationFromStrings(false);
    if (script->slot == 0) {
        v8e::InstallConsole(own->owner, context);
        status = v8e::InstallPrelude(own->owner, context, err);
        globals = v8e::CountGlobals(context);
        if (status == V8POOL_OK) {
            status = Evaluate(own, context, script, err);
        }
    }
    if (status == V8POOL_OK) {
        v8e::FindPrelude(own, context);
        status = v8e::FindEntry(own, context, script->entry, globals, err);
    }
    v8e::LogUnhandled(own->owner, context);
    own->owner->Drain(); // getters ran above
    return status;
}

// A context of the blob's that cannot be made is not worth a render: V8 says
// so only when it is out of memory.
v8::MaybeLocal<v8::Context> V8Context(v8::Isolate *isolate, int slot)
{
    return slot == 0 ? v8::Context::New(isolate)
                    : v8::Context::FromSnapshot(isolate,
                                                static_cast<size_t>(slot - 1));
}

v8e_context *NewContext(v8e_isolate *isolate, const v8e_script *script)
{
    auto *own = new (std::nothrow) v8e_context();

    if (own == nullptr) {
        return nullptr;
    }
    v8::Isolate::Scope scope(isolate->v8);
    v8::HandleScope handles(isolate->v8);
    v8::Local<v8::Context> context;

    if (!V8Context(isolate->v8, script->slot).ToLocal(&context)) {
        delete own;
        return nullptr;
    }
    own->owner = isolate;
    own->name = script->name;
    own->origin = script->origin;
    own->context.Reset(isolate->v8, context);
    own->bundle_name.Reset(isolate->v8,
                           v8e::Utf8(isolate->v8, own->name.data(),
                                     own->name.size()));
    return own;
}

} // namespace

v8e_context *v8e_context_create(v8e_isolate *isolate, const v8e_script *script,
                                const v8e_sink *sink, v8pool_error *err)
{
    v8e_context *own = NewContext(isolate, script);

    if (own == nullptr) {
        v8p_error_set(err, V8POOL_E_MEMORY, "no memory for a context");
        return nullptr;
    }
    if (Load(own, script, sink, err) != V8POOL_OK) {
        v8e_context_destroy(&own);
    }
    return own;
}

void v8e_context_destroy(v8e_context **context)
{
    v8e_context *own = *context;
    v8::Isolate *isolate = own->owner->v8;
    v8::Isolate::Scope scope(isolate);

    *context = nullptr;
    own->is_retired = true;
    if (own->runs == 0) {
        delete own;
    }
    // A checkpoint that may run nothing drops what a forced end left (a6).
    isolate->TerminateExecution();
    isolate->PerformMicrotaskCheckpoint();
    isolate->CancelTerminateExecution();
    isolate->ContextDisposedNotification(false);
}
