// SPDX-License-Identifier: Apache-2.0
//
// console.cc: console.* to the log.

#include "console.h"

#include <cstring>
#include <string>

namespace v8e {
namespace {

constexpr size_t kLineMax = 2048;

struct Method {
    const char *name;
    v8pool_log_level level;
};

constexpr Method kMethods[] = {
    {"debug", V8POOL_LOG_DEBUG}, {"log", V8POOL_LOG_INFO},
    {"info", V8POOL_LOG_INFO},   {"trace", V8POOL_LOG_DEBUG},
    {"warn", V8POOL_LOG_WARN},   {"error", V8POOL_LOG_ERROR},
};

// Strings as they are, errors with their stack, the rest as JSON where that
// is possible.
v8::MaybeLocal<v8::String> Show(v8e_isolate *own,
                                v8::Local<v8::Context> context,
                                v8::Local<v8::Value> value)
{
    v8::Local<v8::Value> stack;
    v8::Local<v8::String> json;

    if (value->IsString()) {
        return value.As<v8::String>();
    }
    if (value->IsNativeError() &&
        value.As<v8::Object>()
            ->Get(context, own->Get(Name::stack))
            .ToLocal(&stack) &&
        stack->IsString()) {
        return stack.As<v8::String>();
    }
    if (value->IsObject() && !value->IsFunction() &&
        v8::JSON::Stringify(context, value).ToLocal(&json)) {
        return json;
    }
    return value->ToDetailString(context);
}

// At most kLineMax bytes of it: a 500 MB string is not converted to be cut.
void Append(v8::Isolate *isolate, v8::Local<v8::String> text,
            std::string *line)
{
    char buffer[kLineMax];
    int n = text->WriteUtf8(isolate, buffer, sizeof(buffer), nullptr,
                            v8::String::NO_NULL_TERMINATION |
                                v8::String::REPLACE_INVALID_UTF8);

    line->append(buffer, static_cast<size_t>(n));
}

} // namespace

void ConsoleWrite(const v8::FunctionCallbackInfo<v8::Value> &info)
{
    v8::Isolate *isolate = info.GetIsolate();
    v8e_isolate *own = v8e_isolate::From(isolate);
    v8::Local<v8::Context> context = isolate->GetCurrentContext();
    auto level = static_cast<v8pool_log_level>(info.Data()
                                                   .As<v8::Integer>()
                                                   ->Value());
    std::string line;

    if (own->sink == nullptr) {
        return;
    }
    for (int i = 0; i < info.Length() && line.size() < kLineMax; i++) {
        v8::TryCatch caught(isolate);
        v8::Local<v8::String> text;

        line += i > 0 ? " " : "";
        if (Show(own, context, info[i]).ToLocal(&text)) {
            Append(isolate, text, &line);
        }
        else if (caught.HasTerminated()) {
            caught.ReThrow();
            return;
        }
        else {
            line += "(a value that cannot be shown)";
        }
    }
    own->sink->log(own->sink->baton, level, line.data(),
                   line.size() < kLineMax ? line.size() : kLineMax);
}

void InstallConsole(v8e_isolate *own, v8::Local<v8::Context> context)
{
    v8::Isolate *isolate = own->v8;
    v8::Local<v8::Value> console;

    if (!context->Global()
             ->Get(context, Utf8(isolate, "console", 7))
             .ToLocal(&console) ||
        !console->IsObject()) {
        return;
    }
    for (const Method &method : kMethods) {
        v8::Local<v8::Function> function;
        v8::Local<v8::String> name =
            Utf8(isolate, method.name, strlen(method.name));

        if (v8::Function::New(context, ConsoleWrite,
                              v8::Integer::New(isolate, method.level))
                .ToLocal(&function)) {
            function->SetName(name);
            console.As<v8::Object>()->Set(context, name, function).Check();
        }
    }
}

} // namespace v8e
