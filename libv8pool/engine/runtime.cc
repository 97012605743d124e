// SPDX-License-Identifier: Apache-2.0
//
// runtime.cc: evaluates the runtime and gives it its native functions.

#include "runtime.h"

#include "../error.h"
#include "commonjs.h"
#include "console.h"
#include "failure.h"
#include "module.h"
#include "natives.h"
#include "prelude.h"
#include "runtime_text.h"

#include <cstring>

namespace v8e {
namespace {

// 0 is the inspector's.  A slot's value is part of a snapshot.
constexpr int kRuntimeSlot = 1;

void LoadScript(const Info &info);

constexpr Native kOwnNatives[] = {{"loadScript", LoadScript},
                                  {nullptr, nullptr}};
constexpr const Native *kAll[] = {
    kOwnNatives,    kAesNatives,   kBufferNatives,
    kCryptoNatives, kDeriveNatives, kFrameNatives,
    kKeyNatives,    kSignNatives,  kTextNatives};

constexpr const Native *kReferenced[] = {
    kOwnNatives,    kAesNatives,    kBufferNatives, kCryptoNatives,
    kDeriveNatives, kFrameNatives,  kKeyNatives,    kPreludeNatives,
    kSignNatives,   kTextNatives};

constexpr struct {
    const char *name; // in stacks
    const unsigned char *from;
    const unsigned char *end;
} kScripts[kRuntimeScripts] = {
    {"v8ssr:runtime", v8e_runtime_main, v8e_runtime_main_end},
    {"v8ssr:web", v8e_runtime_web, v8e_runtime_web_end},
    {"v8ssr:extra", v8e_runtime_extra, v8e_runtime_extra_end},
};

v8::MaybeLocal<v8::UnboundScript> Compile(v8e_isolate *own, uint32_t index)
{
    const auto &script = kScripts[index];
    v8::Local<v8::String> source;
    v8::Local<v8::UnboundScript> compiled;

    if (!own->runtime[index].IsEmpty()) {
        return own->runtime[index].Get(own->v8);
    }
    if (!v8::String::NewFromOneByte(own->v8, script.from,
                                    v8::NewStringType::kNormal,
                                    static_cast<int>(script.end - script.from))
             .ToLocal(&source)) {
        return {};
    }
    v8::ScriptOrigin origin(own->v8,
                            Utf8(own->v8, script.name, strlen(script.name)));
    v8::ScriptCompiler::Source input(source, origin);

    if (v8::ScriptCompiler::CompileUnboundScript(own->v8, &input)
            .ToLocal(&compiled)) {
        own->runtime[index].Reset(own->v8, compiled);
    }
    return compiled;
}

// A script gives a function of $host and of an object for its exports.
v8::MaybeLocal<v8::Value> Run(v8::Local<v8::Context> context, uint32_t index,
                              v8::Local<v8::Value> host)
{
    v8::Isolate *isolate = context->GetIsolate();
    v8::Local<v8::UnboundScript> script;
    v8::Local<v8::Value> function;

    if (!Compile(v8e_isolate::From(isolate), index).ToLocal(&script) ||
        !script->BindToCurrentContext()->Run(context).ToLocal(&function) ||
        !function->IsFunction()) {
        return {};
    }
    v8::Local<v8::Value> arguments[] = {host, v8::Object::New(isolate)};

    return function.As<v8::Function>()->Call(context, v8::Undefined(isolate),
                                             2, arguments);
}

// loadScript(index, $host): its exports
void LoadScript(const Info &info)
{
    if (!Takes(info, "i")) {
        return;
    }
    v8::Isolate *isolate = info.GetIsolate();
    uint32_t index = info[0].As<v8::Uint32>()->Value();
    v8::Local<v8::Value> value;

    if (index < kRuntimeScripts &&
        Run(isolate->GetCurrentContext(), index, info[1]).ToLocal(&value)) {
        info.GetReturnValue().Set(value);
    }
}

v8::Local<v8::Object> MakeHost(v8::Local<v8::Context> context)
{
    v8::Isolate *isolate = context->GetIsolate();
    v8::Local<v8::Object> host = v8::Object::New(isolate);
    v8::Local<v8::FunctionTemplate> platform = v8::FunctionTemplate::New(
        isolate);
    v8::Local<v8::Function> function;

    for (const Native *list : kAll) {
        for (; list->name != nullptr; list++) {
            if (v8::Function::New(context, list->call, {}, 0,
                                  v8::ConstructorBehavior::kThrow)
                    .ToLocal(&function)) {
                host->Set(context,
                          Utf8(isolate, list->name, strlen(list->name)),
                          function)
                    .Check();
            }
        }
    }
    // The base of objects that V8's serializer must ask about: such have a
    // field of the embedder's, which stays empty.
    platform->InstanceTemplate()->SetInternalFieldCount(1);
    if (platform->GetFunction(context).ToLocal(&function)) {
        host->Set(context, Utf8(isolate, "Platform", 8), function).Check();
    }
    return host;
}

} // namespace

void AddRuntimeReferences(std::vector<intptr_t> *references)
{
    references->push_back(reinterpret_cast<intptr_t>(ConsoleWrite));
    references->push_back(reinterpret_cast<intptr_t>(ReturnNamespace));
    references->push_back(reinterpret_cast<intptr_t>(Require));
    for (const Native *list : kReferenced) {
        for (; list->name != nullptr; list++) {
            references->push_back(reinterpret_cast<intptr_t>(list->call));
        }
    }
}

v8pool_status InstallRuntime(v8e_isolate *own, v8::Local<v8::Context> context,
                             v8pool_error *err)
{
    v8::TryCatch caught(own->v8);
    v8::Local<v8::Value> runtime;

    if (RuntimeOf(context)->IsObject()) {
        return V8POOL_OK;
    }
    InstallConsole(own, context);
    v8pool_status status = InstallPrelude(own, context, err);

    if (status != V8POOL_OK) {
        return status;
    }
    // core-js tries things that throw; a detailed stack of each takes V8 a
    // parse of the whole script.
    own->v8->SetCaptureStackTraceForUncaughtExceptions(false);
    bool made = Run(context, 0, MakeHost(context)).ToLocal(&runtime);

    CaptureStacks(own->v8);
    if (!made) {
        return Failure(own, context, caught, V8POOL_E_ENGINE, err);
    }
    context->SetEmbedderData(kRuntimeSlot, runtime);
    own->Drain();
    return V8POOL_OK;
}

v8::Local<v8::Value> RuntimeOf(v8::Local<v8::Context> context)
{
    if (context->GetNumberOfEmbedderDataFields() <=
        static_cast<uint32_t>(kRuntimeSlot)) {
        return v8::Undefined(context->GetIsolate());
    }
    return context->GetEmbedderData(kRuntimeSlot);
}

v8::Local<v8::Value> CallRuntime(v8::Local<v8::Context> context,
                                 const char *name, int count,
                                 v8::Local<v8::Value> *args)
{
    v8::Isolate *isolate = context->GetIsolate();
    v8::Local<v8::Value> runtime = RuntimeOf(context);
    v8::Local<v8::Value> value;
    v8::TryCatch caught(isolate);

    if (runtime->IsObject() &&
        runtime.As<v8::Object>()
            ->Get(context, Utf8(isolate, name, strlen(name)))
            .ToLocal(&value) &&
        value->IsFunction() &&
        value.As<v8::Function>()
            ->Call(context, runtime, count, args)
            .ToLocal(&value)) {
        return value;
    }
    return v8::Undefined(isolate);
}

v8::Local<v8::Value> UsedGroups(v8::Local<v8::Context> context)
{
    return CallRuntime(context, "used", 0, nullptr);
}

void UseGroups(v8::Local<v8::Context> context, v8::Local<v8::Value> groups)
{
    if (groups->IsString()) {
        (void)CallRuntime(context, "use", 1, &groups);
    }
}

} // namespace v8e
