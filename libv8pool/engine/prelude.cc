// SPDX-License-Identifier: Apache-2.0
//
// prelude.cc: evaluates it, with the native functions it calls.  These are on
// one object that the bundle cannot reach.

#include "prelude.h"

#include "../error.h"
#include "ctx.h"
#include "failure.h"
#include "body.h"
#include "fetch.h"
#include "natives.h"
#include "runtime.h"
#include "sending.h"
#include "signal.h"
#include "timers.h"

#include <cstring>

namespace v8e {
namespace {

struct Part {
    const char *name;
    const char *source;
    size_t length;
};

const char kTimers[] =
#include "timers.js"
    ;
const char kCtx[] =
#include "ctx.js"
    ;
const char kFetch[] =
#include "fetch.js"
    ;
const char kCaches[] =
#include "caches.js"
    ;
const char kAnswer[] =
#include "answer.js"
    ;

// What the last two give is kept under their names.
constexpr Part kParts[] = {{"timers", kTimers, sizeof(kTimers) - 1},
                           {"fetch", kFetch, sizeof(kFetch) - 1},
                           {"caches", kCaches, sizeof(kCaches) - 1},
                           {"ctx", kCtx, sizeof(kCtx) - 1},
                           {"answer", kAnswer, sizeof(kAnswer) - 1}};

v8::Local<v8::String> Text(v8::Isolate *isolate, const char *text)
{
    return Utf8(isolate, text, strlen(text));
}

// Where a snapshot keeps it, and no script finds it.
v8::Local<v8::Private> Place(v8::Isolate *isolate)
{
    return v8::Private::ForApi(isolate, Text(isolate, "v8pool.prelude"));
}

bool MakeHost(v8::Local<v8::Context> context, v8::Local<v8::Object> host)
{
    v8::Isolate *isolate = context->GetIsolate();

    for (const Native *native = kPreludeNatives; native->name != nullptr;
         native++) {
        v8::Local<v8::Function> function;

        if (!v8::Function::New(context, native->call).ToLocal(&function) ||
            host->Set(context, Text(isolate, native->name), function)
                .IsNothing()) {
            return false;
        }
    }
    return true;
}

bool Evaluate(v8::Local<v8::Context> context, const Part &part,
              v8::Local<v8::Value> host, v8::Local<v8::Object> kept)
{
    v8::Isolate *isolate = context->GetIsolate();
    std::string name = std::string("v8pool:") + part.name;
    v8::ScriptOrigin origin(isolate, Text(isolate, name.c_str()));
    v8::Local<v8::Script> script;
    v8::Local<v8::Value> value;

    return v8::Script::Compile(context,
                               Utf8(isolate, part.source, part.length),
                               &origin)
               .ToLocal(&script) &&
           script->Run(context).ToLocal(&value) &&
           value.As<v8::Function>()
               ->Call(context, v8::Undefined(isolate), 1, &host)
               .ToLocal(&value) &&
           kept->Set(context, Text(isolate, part.name), value).IsJust();
}

v8::Local<v8::Function> Function(v8::Local<v8::Context> context,
                                 v8::Local<v8::Value> object, const char *name)
{
    return object.As<v8::Object>()
        ->Get(context, Text(context->GetIsolate(), name))
        .ToLocalChecked()
        .As<v8::Function>();
}

// host.runtime(): what the runtime exports; undefined before it is there.
void Runtime(const Info &info)
{
    info.GetReturnValue().Set(
        RuntimeOf(info.GetIsolate()->GetCurrentContext()));
}

} // namespace

constexpr Native kPreludeNatives[] = {
    {"call", CtxCall},          {"keep", CtxKeep},
    {"current", CtxCurrent},    {"signal", CtxSignal},
    {"onCancel", OnCancel},
    {"addTimer", AddTimer},     {"clearTimer", ClearTimer},
    {"queueTask", QueueTask},   {"write", WriteChunk},
    {"onRoom", OnRoom},         {"fetchStart", FetchStart},
    {"fetchSend", FetchSend},   {"fetchSendEnd", FetchSendEnd},
    {"fetchRead", FetchRead},   {"fetchCancel", FetchCancel},
    {"baseUrl", BaseUrl},       {"runtime", Runtime},
    {"bodyStart", BodyStart},   {"bodyPull", BodyPull},
    {"bodyCancel", BodyCancel},
    {nullptr, nullptr}};

const intptr_t *ExternalReferences()
{
    static std::vector<intptr_t> references = [] {
        std::vector<intptr_t> list;

        AddRuntimeReferences(&list);
        list.push_back(0);
        return list;
    }();

    return references.data();
}

v8pool_status InstallPrelude(v8e_isolate *own, v8::Local<v8::Context> context,
                             v8pool_error *err)
{
    v8::Isolate *isolate = own->v8;
    v8::TryCatch caught(isolate);
    v8::Local<v8::Object> host = v8::Object::New(isolate);
    v8::Local<v8::Object> kept = v8::Object::New(isolate);
    bool good = MakeHost(context, host);

    for (const Part &part : kParts) {
        good = good && Evaluate(context, part, host, kept);
    }
    if (!good || context->Global()
                     ->SetPrivate(context, Place(isolate), kept)
                     .IsNothing()) {
        return Failure(own, context, caught, V8POOL_E_ENGINE, err);
    }
    return V8POOL_OK;
}

// All of it is there: InstallPrelude() put it there.
void FindPrelude(v8e_context *own, v8::Local<v8::Context> context)
{
    v8::Isolate *isolate = own->owner->v8;
    v8::Local<v8::Value> kept = context->Global()
                                    ->GetPrivate(context, Place(isolate))
                                    .ToLocalChecked();
    v8::Local<v8::Value> answer = kept.As<v8::Object>()
                                      ->Get(context, Text(isolate, "answer"))
                                      .ToLocalChecked();

    v8::Local<v8::Value> fetch = kept.As<v8::Object>()
                                     ->Get(context, Text(isolate, "fetch"))
                                     .ToLocalChecked();

    own->assets.Reset(isolate, fetch.As<v8::Object>()
                                   ->Get(context, Text(isolate, "assets"))
                                   .ToLocalChecked());
    own->make_body.Reset(isolate, Function(context, fetch, "bodyOfRequest"));
    own->make_ctx.Reset(isolate, Function(context, kept, "ctx"));
    own->answer_parts.Reset(isolate, Function(context, answer, "parts"));
    own->answer_pump.Reset(isolate, Function(context, answer, "pump"));
}

} // namespace v8e
