// SPDX-License-Identifier: Apache-2.0
//
// builtin.cc: asks the runtime (runtime/src/main.js):
//
//   moduleOf(name)   a namespace object, or undefined; with or without "node:"
//   names            the names it knows

#include "builtin.h"

#include "module.h"
#include "request.h"
#include "runtime.h"

namespace v8e {
namespace {

constexpr char kWorkers[] = "cloudflare:workers";

v8::Local<v8::Value> Export(v8::Local<v8::Context> context, const char *name)
{
    v8::Isolate *isolate = context->GetIsolate();
    v8::Local<v8::Value> runtime = RuntimeOf(context);
    v8::Local<v8::Value> value;

    if (!runtime->IsObject() ||
        !runtime.As<v8::Object>()
             ->Get(context, Utf8(isolate, name, strlen(name)))
             .ToLocal(&value)) {
        return v8::Undefined(isolate);
    }
    return value;
}

// Where a snapshot keeps it, and no script finds it.
v8::Local<v8::Private> WorkersPlace(v8::Isolate *isolate)
{
    return v8::Private::ForApi(isolate, Utf8(isolate, kWorkers,
                                             sizeof(kWorkers) - 1));
}

// One for a context; its `env` follows the renders.
v8::MaybeLocal<v8::Value> Workers(v8e_context *own,
                                  v8::Local<v8::Context> context)
{
    v8::Isolate *isolate = own->owner->v8;
    v8::Local<v8::Private> place = WorkersPlace(isolate);
    v8::Local<v8::Value> known;

    if (!context->Global()->GetPrivate(context, place).ToLocal(&known)) {
        return {};
    }
    if (known->IsObject()) {
        return known;
    }
    v8::Local<v8::Object> made = v8::Object::New(isolate);

    if (made->Set(context, own->owner->Get(Name::env),
                  MakeEnv(own, context, nullptr))
            .IsNothing() ||
        context->Global()->SetPrivate(context, place, made).IsNothing()) {
        return {};
    }
    return made.As<v8::Value>();
}

} // namespace

v8::MaybeLocal<v8::Value> BuiltinNamespace(v8e_context *own,
                                           v8::Local<v8::Context> context,
                                           const std::string &name)
{
    v8::Isolate *isolate = own->owner->v8;
    v8::Local<v8::Value> ask = Export(context, "moduleOf");
    v8::Local<v8::Value> args[] = {Utf8(isolate, name.data(), name.size())};

    if (name == kWorkers) {
        return Workers(own, context);
    }
    if (!ask->IsFunction()) {
        return v8::Undefined(isolate).As<v8::Value>();
    }
    return ask.As<v8::Function>()->Call(context, v8::Undefined(isolate), 1,
                                        args);
}

void UpdateWorkersEnv(v8e_context *own, v8::Local<v8::Context> context,
                      v8::Local<v8::Object> env)
{
    v8::Isolate *isolate = own->owner->v8;
    v8::Local<v8::Value> known;

    if (context->Global()
            ->GetPrivate(context, WorkersPlace(isolate))
            .ToLocal(&known) &&
        known->IsObject()) {
        known.As<v8::Object>()
            ->Set(context, own->owner->Get(Name::env), env)
            .FromMaybe(false);
        UpdateExport(own, kWorkers, own->owner->Get(Name::env), env);
    }
}

std::string BuiltinNames(v8e_context *own, v8::Local<v8::Context> context)
{
    v8::Isolate *isolate = own->owner->v8;
    v8::Local<v8::Value> names = Export(context, "names");
    std::string list = kWorkers;

    for (uint32_t i = 0;
         names->IsArray() && i < names.As<v8::Array>()->Length(); i++) {
        v8::Local<v8::Value> name;

        if (names.As<v8::Array>()->Get(context, i).ToLocal(&name)) {
            v8::String::Utf8Value text(isolate, name);

            list += std::string(", node:") + (*text != nullptr ? *text : "?");
        }
    }
    return list;
}

} // namespace v8e
