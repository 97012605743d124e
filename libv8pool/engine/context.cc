// SPDX-License-Identifier: Apache-2.0
//
// context.cc: a bundle evaluated in a context of its own.

#include "isolate.h"

#include "../error.h"
#include "commonjs.h"
#include "compile.h"
#include "entry.h"
#include "failure.h"
#include "fatal.h"
#include "later.h"
#include "module.h"
#include "prelude.h"
#include "rejection.h"
#include "room.h"
#include "runtime.h"

#include <cstring>
#include <new>

namespace {

bool Says(const v8pool_error *err, const char *text)
{
    return strstr(err->message, text) != nullptr;
}

// What V8 says of an ES module that is compiled as a classic script.
bool IsModule(const v8pool_error *err)
{
    return Says(err, "Cannot use import statement") ||
           Says(err, "Unexpected token 'export'") ||
           Says(err, "Cannot use 'import.meta'") ||
           Says(err, "await is only valid in async functions and the top");
}

// And of a CommonJS build that is run as one.
bool IsCommonJs(const v8pool_error *err)
{
    return strcmp(err->message, "ReferenceError: module is not defined") == 0 ||
           strcmp(err->message, "ReferenceError: exports is not defined") ==
               0 ||
           strcmp(err->message, "ReferenceError: require is not defined") == 0;
}

void Hint(v8pool_error *err)
{
    const char *hint = nullptr;
    size_t length = strlen(err->message);

    if (IsModule(err)) {
        hint = "; this is an ES module, and format= says that it is none";
    }
    else if (IsCommonJs(err)) {
        hint = "; this is a CommonJS build, and format= says that it is none";
    }
    if (hint != nullptr) {
        v8p_text_copy(err->message + length, sizeof(err->message) - length,
                      hint, strlen(hint), 0);
    }
}

v8pool_status EvaluateScript(v8e_context *own, v8::Local<v8::Context> context,
                             v8pool_error *err)
{
    v8::Isolate *isolate = own->owner->v8;
    v8::TryCatch caught(isolate);
    v8::Local<v8::Script> compiled;

    if (!v8e::CompileScript(own, context, own->files.Entry())
             .ToLocal(&compiled) ||
        compiled->Run(context).IsEmpty()) {
        return v8e::Failure(own->owner, context, caught, V8POOL_E_BUNDLE, err);
    }
    own->owner->Drain();
    if (own->owner->heap_hit || isolate->IsExecutionTerminating()) {
        return v8e::Failure(own->owner, context, caught, V8POOL_E_BUNDLE, err);
    }
    return V8POOL_OK;
}

// *exports is empty for a classic script.
v8pool_status Evaluate(v8e_context *own, v8::Local<v8::Context> context,
                       v8::Local<v8::Object> *exports, v8pool_error *err)
{
    v8pool_format format = own->files.Format();
    v8pool_status status;

    if (format == V8POOL_FORMAT_ESM) {
        return v8e::EvaluateModule(own, context, exports, err);
    }
    if (format == V8POOL_FORMAT_CJS) {
        status = v8e::EvaluateCommonJs(own, context, exports, err);
        Hint(err);
        return status;
    }
    status = EvaluateScript(own, context, err);
    if (status != V8POOL_E_BUNDLE || format == V8POOL_FORMAT_IIFE) {
        Hint(err);
        return status;
    }
    return IsModule(err) ? v8e::EvaluateModule(own, context, exports, err)
                         : status;
}

v8pool_status Restore(v8e_context *own, v8::Local<v8::Context> context,
                      v8pool_error *err)
{
    v8::Local<v8::Array> saved, later;
    v8::Local<v8::Value> limit;

    if (!context->GetDataFromSnapshotOnce<v8::Array>(0).ToLocal(&saved) ||
        !v8e::RestoreEntry(own, context, saved)) {
        return v8p_error_set(err, V8POOL_E_ENGINE,
                             "the snapshot does not say what the entry is");
    }
    if (context->GetDataFromSnapshotOnce<v8::Array>(1).ToLocal(&later) &&
        later->Get(context, 0).ToLocal(&limit)) {
        v8e::ReturnLater(own->owner, context, limit);
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

    // Not part of a snapshot, to be set on every context (f1).
    context->AllowCodeGenerationFromStrings(false);
    if (script->slot == 0) {
        v8::Local<v8::Object> exports;

        if (own->owner->makes_snapshot) {
            v8e::LendLater(own->owner, context);
        }
        status = v8e::InstallRuntime(own->owner, context, err);
        uint32_t globals = v8e::CountGlobals(context);

        if (status == V8POOL_OK) {
            v8e::FindPrelude(own, context);
            status = Evaluate(own, context, &exports, err);
        }
        if (status == V8POOL_OK) {
            status = v8e::FindEntry(own, context, exports, script->entry,
                                    globals, err);
        }
    }
    else {
        v8e::FindPrelude(own, context);
        status = Restore(own, context, err);
    }
    v8e::LogUnhandled(own->owner, context);
    own->owner->Drain(); // getters ran above
    return status;
}

// A context of the blob's that cannot be made is not worth a render: V8 says
// so only when it is out of memory.
v8::MaybeLocal<v8::Context> V8Context(v8e_isolate *own, int slot,
                                      v8pool_error *err)
{
    v8p_error_set(err, V8POOL_OK, "%s", "");
    if (slot == 0) {
        return v8::Context::New(own->v8);
    }
    v8e::Undisturbed undisturbed(own, slot);

    if (!undisturbed.HasRoom()) {
        v8p_error_set(err, V8POOL_E_HEAP,
                      "the heap limit of %zu MiB has no room for a context of "
                      "this bundle",
                      own->limits.heap_bytes / (1024 * 1024));
        return {};
    }
    return v8::Context::FromSnapshot(own->v8, static_cast<size_t>(slot - 1));
}

v8e_context *NewContext(v8e_isolate *isolate, const v8e_script *script,
                        v8pool_error *err)
{
    v8::Isolate::Scope scope(isolate->v8);
    v8::HandleScope handles(isolate->v8);
    v8::Local<v8::Context> context;

    if (!V8Context(isolate, script->slot, err).ToLocal(&context)) {
        return nullptr;
    }
    auto *own = new (std::nothrow) v8e_context(isolate, script);

    if (own == nullptr) {
        return nullptr;
    }
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
    v8pool_format format = V8POOL_FORMAT_AUTO;

    for (;;) {
        v8e_context *own = NewContext(isolate, script, err);

        if (own == nullptr) {
            if (err->status == V8POOL_OK) {
                v8p_error_set(err, V8POOL_E_MEMORY, "no memory for a context");
            }
            return nullptr;
        }
        if (format != V8POOL_FORMAT_AUTO) {
            own->files.SetFormat(format);
        }
        if (Load(own, script, sink, err) == V8POOL_OK) {
            return own;
        }
        bool again = own->files.Format() == V8POOL_FORMAT_AUTO &&
                     err->status == V8POOL_E_BUNDLE && IsCommonJs(err);

        v8e_context_destroy(&own);
        if (!again) {
            return nullptr;
        }
        format = V8POOL_FORMAT_CJS; // from the start, without what it did
    }
}

const char *v8e_context_entry(const v8e_context *context)
{
    return context->entry_text.c_str();
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
