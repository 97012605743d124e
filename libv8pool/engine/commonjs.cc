// SPDX-License-Identifier: Apache-2.0
//
// commonjs.cc: see commonjs.h.  What has been loaded is kept in an object of
// JavaScript, by name, with the context's globals: so it is part of a startup
// snapshot.  A native function's data is not the place: V8 stores that with
// the isolate, as a copy.

#include "commonjs.h"

#include "../error.h"
#include "builtin.h"
#include "compile.h"
#include "failure.h"

#include <cstring>

namespace v8e {
namespace {

using v8::Local;
using v8::MaybeLocal;

Local<v8::String> Literal(v8::Isolate *isolate, const char *text)
{
    return Utf8(isolate, text, strlen(text));
}

Local<v8::String> Literal(v8::Isolate *isolate, const std::string &text)
{
    return Utf8(isolate, text.data(), text.size());
}

void Refuse(v8e_context *own, const File &from, const std::string &specifier,
            const std::string &why)
{
    own->owner->v8->ThrowException(v8::Exception::Error(
        Literal(own->owner->v8, "cannot require \"" + specifier + "\" in " +
                                    from.origin + ": " + why)));
}

// Name -> module object; found by no script.
MaybeLocal<v8::Object> LoadedModules(Local<v8::Context> context)
{
    v8::Isolate *isolate = context->GetIsolate();
    Local<v8::Private> place =
        v8::Private::ForApi(isolate, Literal(isolate, "v8pool.required"));
    Local<v8::Value> loaded;

    if (!context->Global()->GetPrivate(context, place).ToLocal(&loaded)) {
        return {};
    }
    if (!loaded->IsObject()) {
        loaded = v8::Object::New(isolate, v8::Null(isolate), nullptr, nullptr,
                                 0);
        if (context->Global()
                ->SetPrivate(context, place, loaded)
                .IsNothing()) {
            return {};
        }
    }
    return loaded.As<v8::Object>();
}

// One file's module object.
struct Module {
    const File *file;
    Local<v8::Object> loaded;
    Local<v8::Object> object;
};

bool MakeModule(v8e_context *own, Local<v8::Context> context, Module *module)
{
    v8::Isolate *isolate = own->owner->v8;
    Local<v8::Name> names[] = {own->owner->Get(Name::exports),
                               Literal(isolate, "id"),
                               Literal(isolate, "filename")};
    Local<v8::Value> values[] = {v8::Object::New(isolate),
                                 Literal(isolate, module->file->name),
                                 Literal(isolate, module->file->origin)};

    module->object = v8::Object::New(
        isolate, v8::Object::New(isolate)->GetPrototype(), names, values, 3);
    return module->loaded
        ->CreateDataProperty(context, Literal(isolate, module->file->name),
                             module->object)
        .FromMaybe(false);
}

bool Call(v8e_context *own, Local<v8::Context> context, const Module &module)
{
    v8::Isolate *isolate = own->owner->v8;
    const std::string &origin = module.file->origin;
    size_t slash = origin.rfind('/');
    Local<v8::String> parameters[] = {
        own->owner->Get(Name::exports), Literal(isolate, "require"),
        Literal(isolate, "module"), Literal(isolate, "__filename"),
        Literal(isolate, "__dirname")};
    Local<v8::Function> body, require;
    Local<v8::Value> exports;

    if (!CompileFunction(own, context, *module.file, parameters, 5)
             .ToLocal(&body) ||
        !v8::Function::New(context, Require, Literal(isolate, origin))
             .ToLocal(&require) ||
        !module.object->Get(context, own->owner->Get(Name::exports))
             .ToLocal(&exports)) {
        return false;
    }
    Local<v8::Value> args[] = {
        exports, require, module.object, Literal(isolate, origin),
        Literal(isolate,
                slash == std::string::npos ? "." : origin.substr(0, slash))};

    return !body->Call(context, exports, 5, args).IsEmpty();
}

bool Fill(v8e_context *own, Local<v8::Context> context, const Module &module)
{
    Local<v8::Value> value;

    if (!module.file->Ends(".json")) {
        return Call(own, context, module);
    }
    return ParseJson(own, context, *module.file).ToLocal(&value) &&
           module.object->Set(context, own->owner->Get(Name::exports), value)
               .FromMaybe(false);
}

MaybeLocal<v8::Value> LoadFile(v8e_context *own, Local<v8::Context> context,
                               const File &file)
{
    Local<v8::String> name = Literal(own->owner->v8, file.name);
    Module module = {&file, {}, {}};
    Local<v8::Value> known;

    if (!LoadedModules(context).ToLocal(&module.loaded) ||
        !module.loaded->Get(context, name).ToLocal(&known)) {
        return {};
    }
    if (known->IsObject()) { // also while it is being loaded: a cycle
        module.object = known.As<v8::Object>();
    }
    else if (!MakeModule(own, context, &module) ||
             !Fill(own, context, module)) {
        module.loaded->Delete(context, name).FromMaybe(false);
        return {};
    }
    return module.object->Get(context, own->owner->Get(Name::exports));
}

MaybeLocal<v8::Value> LoadBuiltin(v8e_context *own, Local<v8::Context> context,
                                  const File &from,
                                  const std::string &specifier)
{
    Local<v8::Value> members, value;

    if (!BuiltinNamespace(own, context, specifier).ToLocal(&members)) {
        return {};
    }
    if (!members->IsObject()) {
        Refuse(own, from, specifier,
               "a path that begins with ./ or ../ was expected, or one of " +
                   BuiltinNames(own, context));
        return {};
    }
    if (!members.As<v8::Object>()
             ->Get(context, own->owner->Get(Name::default_))
             .ToLocal(&value)) {
        return {};
    }
    return value->IsUndefined() ? members : value;
}

MaybeLocal<v8::Value> Load(v8e_context *own, Local<v8::Context> context,
                           const File &from, const std::string &specifier)
{
    std::string why;

    if (specifier != "." && specifier != ".." &&
        specifier.compare(0, 2, "./") != 0 &&
        specifier.compare(0, 3, "../") != 0) {
        return LoadBuiltin(own, context, from, specifier);
    }
    const File *file = own->files.Resolve(from, specifier, true, &why);

    if (file == nullptr || file->Ends(".mjs")) {
        Refuse(own, from, specifier,
               file == nullptr ? why : "it is an ES module: use import()");
        return {};
    }
    return LoadFile(own, context, *file);
}

} // namespace

void Require(const v8::FunctionCallbackInfo<v8::Value> &info)
{
    v8::Isolate *isolate = info.GetIsolate();
    Local<v8::Context> context = isolate->GetCurrentContext();
    v8e_context *own = v8e_isolate::From(isolate)->ContextOf(context);
    Local<v8::Value> result;

    if (info.Length() == 0 || !info[0]->IsString()) {
        isolate->ThrowException(v8::Exception::TypeError(
            Literal(isolate, "require(): a string was expected")));
        return;
    }
    v8::String::Utf8Value origin(isolate, info.Data());
    v8::String::Utf8Value specifier(isolate, info[0]);
    const File *file =
        own != nullptr && *origin != nullptr ? own->files.OfOrigin(*origin)
                                             : nullptr;

    if (file != nullptr && *specifier != nullptr &&
        Load(own, context, *file, *specifier).ToLocal(&result)) {
        info.GetReturnValue().Set(result);
    }
}

v8::MaybeLocal<v8::Value> RequireFile(v8e_context *own,
                                      Local<v8::Context> context,
                                      const File &file)
{
    return LoadFile(own, context, file);
}

v8pool_status EvaluateCommonJs(v8e_context *own, Local<v8::Context> context,
                               Local<v8::Object> *exports, v8pool_error *err)
{
    v8::TryCatch caught(own->owner->v8);
    Local<v8::Value> value;
    bool loaded =
        RequireFile(own, context, own->files.Entry()).ToLocal(&value);

    if (loaded) {
        own->owner->Drain();
    }
    if (!loaded || own->owner->heap_hit ||
        own->owner->v8->IsExecutionTerminating()) {
        return Failure(own->owner, context, caught, V8POOL_E_BUNDLE, err);
    }
    if (!value->IsObject()) {
        v8::String::Utf8Value kind(own->owner->v8,
                                   value->TypeOf(own->owner->v8));

        v8p_error_set(err, V8POOL_E_BUNDLE,
                      "no entry: module.exports is %s, an object or a "
                      "function was expected",
                      *kind != nullptr ? *kind : "?");
        v8p_text_copy(err->source, sizeof(err->source),
                      own->files.Entry().origin.data(),
                      own->files.Entry().origin.size(), 0);
        return V8POOL_E_BUNDLE;
    }
    *exports = value.As<v8::Object>();
    return V8POOL_OK;
}

} // namespace v8e
