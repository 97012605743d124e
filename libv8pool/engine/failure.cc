// SPDX-License-Identifier: Apache-2.0
//
// failure.cc: every host read of a thrown value can run the bundle's code and
// throw again (v8-rules a4, f5): each is guarded, each may come back empty.

#include "failure.h"

#include "../error.h"

#include <cstring>
#include <string>

namespace v8e {
namespace {

// Copies at most size bytes of what String(value) gives.
void CopyText(v8::Isolate *isolate, v8::Local<v8::Value> value, char *to,
              size_t size, bool keep_newlines)
{
    v8::String::Utf8Value text(isolate, value);

    to[0] = '\0';
    if (*text != nullptr) {
        v8p_text_copy(to, size, *text, static_cast<size_t>(text.length()),
                      keep_newlines);
    }
}

// A string longer than this is not converted, only cut: Utf8Value would copy
// all of a 500 MB message.
constexpr int kTextMax = 16 * 1024;

v8::Local<v8::Value> Shortened(v8::Isolate *isolate, v8::Local<v8::Value> value)
{
    if (!value->IsString() || value.As<v8::String>()->Length() <= kTextMax) {
        return value;
    }
    uint16_t units[kTextMax / 16];
    int n = value.As<v8::String>()->Write(isolate, units, 0, kTextMax / 16,
                                          v8::String::NO_NULL_TERMINATION);

    return v8::String::NewFromTwoByte(isolate, units,
                                      v8::NewStringType::kNormal, n)
        .FromMaybe(v8::String::Empty(isolate));
}

bool IsOurs(v8::Isolate *isolate, v8::Local<v8::String> script)
{
    v8::String::Utf8Value name(isolate, script);

    return *name != nullptr && (strncmp(*name, "v8ssr:", 6) == 0 ||
                                strncmp(*name, "v8pool:", 7) == 0);
}

// An error of the runtime's is about what the bundle called it with.
void SkipRuntime(v8::Isolate *isolate, v8::Local<v8::Message> message,
                 v8pool_error *err)
{
    v8::Local<v8::StackTrace> trace = message->GetStackTrace();
    v8::Local<v8::Value> source = message->GetScriptResourceName();

    if (trace.IsEmpty() || !source->IsString() ||
        !IsOurs(isolate, source.As<v8::String>())) {
        return;
    }
    for (int i = 0; i < trace->GetFrameCount(); i++) {
        v8::Local<v8::StackFrame> frame = trace->GetFrame(isolate, i);
        v8::Local<v8::String> script = frame->GetScriptName();

        if (!script.IsEmpty() && !IsOurs(isolate, script)) {
            CopyText(isolate, script, err->source, sizeof(err->source), false);
            err->line = frame->GetLineNumber();
            err->column = frame->GetColumn();
            return;
        }
    }
}

void CopyMessage(v8::Isolate *isolate, v8::Local<v8::Context> context,
                 v8::Local<v8::Message> message, v8pool_error *err)
{
    static const char kPrefix[] = "Uncaught ";
    int line = 0;
    int column = 0;

    CopyText(isolate, Shortened(isolate, message->Get()), err->message,
             sizeof(err->message), false);
    if (strncmp(err->message, kPrefix, sizeof(kPrefix) - 1) == 0) {
        memmove(err->message, err->message + sizeof(kPrefix) - 1,
                strlen(err->message) - (sizeof(kPrefix) - 1) + 1);
    }
    if (message->GetLineNumber(context).To(&line)) {
        err->line = line;
    }
    if (message->GetStartColumn(context).To(&column)) {
        err->column = column + 1;
    }
    if (message->GetScriptResourceName()->IsString()) { // else: no place
        CopyText(isolate, message->GetScriptResourceName(), err->source,
                 sizeof(err->source), false);
    }
    SkipRuntime(isolate, message, err);
}

// `stack` may be a getter, or computed by the bundle's prepareStackTrace.
void CopyStack(v8e_isolate *own, v8::Local<v8::Context> context,
               v8::Local<v8::Value> thrown, v8pool_error *err)
{
    v8::Local<v8::Value> stack;

    if (thrown->IsObject() &&
        thrown.As<v8::Object>()->Get(context, own->Get(Name::stack))
            .ToLocal(&stack) &&
        stack->IsString()) {
        CopyText(own->v8, Shortened(own->v8, stack), err->stack,
                 sizeof(err->stack), true);
    }
}

// V8 runs no getters for its message; DOMException has nothing else.
void SpellOut(v8::Isolate *isolate, v8::Local<v8::Context> context,
              v8::Local<v8::Value> thrown, v8pool_error *err)
{
    v8::Local<v8::String> text;

    if (err->message[0] == '\0' && !thrown.IsEmpty() &&
        thrown->IsNativeError() && thrown->ToString(context).ToLocal(&text)) {
        CopyText(isolate, Shortened(isolate, text), err->message,
                 sizeof(err->message), false);
    }
}

} // namespace

void DescribeValue(v8::Isolate *isolate, v8::Local<v8::Context> context,
                   v8::Local<v8::Value> thrown, v8pool_error *err)
{
    v8::TryCatch again(isolate);
    v8::Local<v8::Message> message =
        v8::Exception::CreateMessage(isolate, thrown);

    v8p_error_set(err, V8POOL_E_SCRIPT, "%s", "");
    CopyMessage(isolate, context, message, err);
    SpellOut(isolate, context, thrown, err);
    CopyStack(v8e_isolate::From(isolate), context, thrown, err);
    if (err->message[0] == '\0') {
        v8p_error_set(err, V8POOL_E_SCRIPT,
                      "a value was thrown that cannot be shown");
    }
}

void DescribeStack(v8::Isolate *isolate, v8pool_error *err)
{
    v8::Local<v8::StackTrace> trace =
        v8::StackTrace::CurrentStackTrace(isolate, 10);
    std::string text;

    for (int i = 0; i < trace->GetFrameCount(); i++) {
        v8::Local<v8::StackFrame> frame = trace->GetFrame(isolate, i);
        v8::String::Utf8Value name(isolate, frame->GetFunctionName());
        v8::String::Utf8Value script(isolate, frame->GetScriptName());

        text += text.empty() ? "    at " : "\n    at ";
        text += *name != nullptr && **name != '\0' ? *name : "<anonymous>";
        text += std::string(" (") + (*script != nullptr ? *script : "?") +
                ":" + std::to_string(frame->GetLineNumber()) + ":" +
                std::to_string(frame->GetColumn()) + ")";
        if (i == 0) {
            err->line = frame->GetLineNumber();
            err->column = frame->GetColumn();
            CopyText(isolate, frame->GetScriptName(), err->source,
                     sizeof(err->source), false);
        }
    }
    v8p_text_copy(err->stack, sizeof(err->stack), text.data(), text.size(), 1);
}

void DescribePlace(v8::Isolate *isolate, v8::Local<v8::Function> function,
                   v8pool_error *err)
{
    CopyText(isolate, function->GetScriptOrigin().ResourceName(), err->source,
             sizeof(err->source), false);
    err->line = function->GetScriptLineNumber() + 1;
    err->column = function->GetScriptColumnNumber() + 1;
}

// A termination has no exception to ask; the interrupt left what it saw.
static v8pool_status Ended(v8e_isolate *own, v8pool_error *err)
{
    if (err != nullptr) {
        *err = own->ended_at;
        err->message[0] = '\0';
    }
    if (own->heap_hit) {
        return v8p_error_message(err, V8POOL_E_HEAP,
                                 "the heap limit of %zu MiB was reached",
                                 own->limits.heap_bytes / (1024 * 1024));
    }
    return v8p_error_message(err, V8POOL_E_TIMEOUT, "terminated");
}

v8pool_status Failure(v8e_isolate *own, v8::Local<v8::Context> context,
                      const v8::TryCatch &caught, v8pool_status thrown,
                      v8pool_error *err)
{
    // Empty-handed with nothing caught is a termination, too (a3).
    if (own->heap_hit || caught.HasTerminated() || !caught.HasCaught()) {
        return Ended(own, err);
    }
    {
        v8::TryCatch again(own->v8);

        v8p_error_set(err, thrown, "%s", "");
        if (!caught.Message().IsEmpty()) {
            CopyMessage(own->v8, context, caught.Message(), err);
        }
        SpellOut(own->v8, context, caught.Exception(), err);
        CopyStack(own, context, caught.Exception(), err);
    }
    if (err->message[0] == '\0') {
        v8p_text_copy(err->message, sizeof(err->message),
                      "a value was thrown that cannot be shown", 39, 0);
    }
    return own->heap_hit ? Ended(own, err) : thrown;
}

v8pool_status Rejection(v8e_isolate *own, v8::Local<v8::Context> context,
                        v8::Local<v8::Value> reason, v8pool_error *err)
{
    if (own->heap_hit) {
        return Ended(own, err);
    }
    DescribeValue(own->v8, context, reason, err);
    return V8POOL_E_SCRIPT;
}

} // namespace v8e
