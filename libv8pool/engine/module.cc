// SPDX-License-Identifier: Apache-2.0
//
// module.cc: see module.h.  A module is found again by its handle: V8 tells
// its callbacks no more of it.

#include "module.h"

#include "../error.h"
#include "builtin.h"
#include "commonjs.h"
#include "compile.h"
#include "failure.h"

#include <cstring>

namespace v8e {
namespace {

using v8::Local;
using v8::MaybeLocal;

// Who imports what: for finding it, and for messages.
struct Import {
    const File *from;
    std::string specifier;
    int line;
    int column;
    bool json; // { type: 'json' }
};

void Throw(v8::Isolate *isolate, const std::string &message)
{
    isolate->ThrowException(
        v8::Exception::Error(Utf8(isolate, message.data(), message.size())));
}

std::string Text(v8::Isolate *isolate, Local<v8::Value> value)
{
    v8::String::Utf8Value text(isolate, value);

    return *text != nullptr ? std::string(*text, text.length()) : "?";
}

// "cannot import "./x" in /srv/a.js:3:8: " and why.
void Refuse(v8e_context *own, const Import &import, const std::string &why)
{
    std::string place = import.from->origin;

    if (import.line > 0) {
        place += ":" + std::to_string(import.line) + ":" +
                 std::to_string(import.column);
    }
    Throw(own->owner->v8, "cannot import \"" + import.specifier + "\" in " +
                              place + ": " + why);
}

Loaded *FindLoaded(v8e_context *own, const std::string &key)
{
    for (Loaded &loaded : own->modules) {
        if (loaded.key == key) {
            return &loaded;
        }
    }
    return nullptr;
}

Loaded *FindLoaded(v8e_context *own, Local<v8::Module> module)
{
    for (Loaded &loaded : own->modules) {
        if (loaded.module == module) {
            return &loaded;
        }
    }
    return nullptr;
}

Local<v8::Module> Remember(v8e_context *own, const std::string &key,
                           const File *file, Local<v8::Module> module,
                           Local<v8::Object> members)
{
    own->modules.emplace_back();
    Loaded &loaded = own->modules.back();

    loaded.key = key;
    loaded.file = file;
    loaded.module.Reset(own->owner->v8, module);
    loaded.members.Reset(own->owner->v8, members);
    return module;
}

// Evaluates a module made of an object: its exports are the members.
MaybeLocal<v8::Value> FillSynthetic(Local<v8::Context> context,
                                    Local<v8::Module> module)
{
    v8::Isolate *isolate = context->GetIsolate();
    v8e_context *own = v8e_isolate::From(isolate)->ContextOf(context);
    Local<v8::Object> members =
        FindLoaded(own, module)->members.Get(isolate);
    Local<v8::Array> names;
    Local<v8::Promise::Resolver> done;

    if (!members->GetOwnPropertyNames(context).ToLocal(&names) ||
        !v8::Promise::Resolver::New(context).ToLocal(&done)) {
        return {};
    }
    for (uint32_t i = 0; i < names->Length(); i++) {
        Local<v8::Value> name, value;

        if (!names->Get(context, i).ToLocal(&name) ||
            !members->Get(context, name).ToLocal(&value) ||
            module->SetSyntheticModuleExport(isolate, name.As<v8::String>(),
                                             value)
                .IsNothing()) {
            return {};
        }
    }
    if (done->Resolve(context, v8::Undefined(isolate)).IsNothing()) {
        return {};
    }
    return done->GetPromise();
}

MaybeLocal<v8::Module> MakeSynthetic(v8e_context *own,
                                     Local<v8::Context> context,
                                     const std::string &key, const File *file,
                                     Local<v8::Object> members)
{
    v8::Isolate *isolate = own->owner->v8;
    std::vector<Local<v8::String>> exports;
    Local<v8::Array> names;

    if (!members->GetOwnPropertyNames(context).ToLocal(&names)) {
        return {};
    }
    for (uint32_t i = 0; i < names->Length(); i++) {
        Local<v8::Value> name;

        if (!names->Get(context, i).ToLocal(&name) || !name->IsString()) {
            return {};
        }
        exports.push_back(name.As<v8::String>());
    }
    return Remember(own, key, file,
                    v8::Module::CreateSyntheticModule(
                        isolate, Utf8(isolate, key.data(), key.size()), exports,
                        FillSynthetic),
                    members);
}

// `default` alone, or with the members of a CommonJS module's exports.
MaybeLocal<v8::Module> MakeOfValue(v8e_context *own, Local<v8::Context> context,
                                   const std::string &key, const File *file,
                                   Local<v8::Value> value, bool members)
{
    v8::Isolate *isolate = own->owner->v8;
    Local<v8::Object> made = v8::Object::New(isolate);
    Local<v8::Array> names;

    if (members && value->IsObject() &&
        value.As<v8::Object>()->GetOwnPropertyNames(context).ToLocal(&names)) {
        for (uint32_t i = 0; i < names->Length(); i++) {
            Local<v8::Value> name, member;

            if (!names->Get(context, i).ToLocal(&name) ||
                !value.As<v8::Object>()->Get(context, name).ToLocal(&member) ||
                !name->ToString(context).ToLocal(&name) ||
                made->CreateDataProperty(context, name.As<v8::Name>(), member)
                    .IsNothing()) {
                return {};
            }
        }
    }
    if (made->CreateDataProperty(context, own->owner->Get(Name::default_),
                                 value)
            .IsNothing()) {
        return {};
    }
    return MakeSynthetic(own, context, key, file, made);
}

MaybeLocal<v8::Module> LoadFile(v8e_context *own, Local<v8::Context> context,
                                const File &file, bool json)
{
    Loaded *loaded = FindLoaded(own, file.name);
    Local<v8::Value> value;
    Local<v8::Module> module;

    if (loaded != nullptr) {
        return loaded->module.Get(own->owner->v8);
    }
    if (json || file.Ends(".json")) {
        return ParseJson(own, context, file).ToLocal(&value)
                   ? MakeOfValue(own, context, file.name, &file, value, false)
                   : MaybeLocal<v8::Module>();
    }
    if (file.Ends(".cjs")) {
        return RequireFile(own, context, file).ToLocal(&value)
                   ? MakeOfValue(own, context, file.name, &file, value, true)
                   : MaybeLocal<v8::Module>();
    }
    if (!CompileModule(own, file).ToLocal(&module)) {
        return {};
    }
    return Remember(own, file.name, &file, module, Local<v8::Object>());
}

MaybeLocal<v8::Module> LoadBuiltin(v8e_context *own, Local<v8::Context> context,
                                   const Import &import)
{
    Loaded *loaded = FindLoaded(own, import.specifier);
    Local<v8::Value> members;

    if (loaded != nullptr) {
        return loaded->module.Get(own->owner->v8);
    }
    if (!BuiltinNamespace(own, context, import.specifier).ToLocal(&members)) {
        return {};
    }
    if (members->IsObject()) {
        return MakeSynthetic(own, context, import.specifier, nullptr,
                             members.As<v8::Object>());
    }
    Refuse(own, import,
           "a path that begins with ./ or ../ was expected, or one of " +
               BuiltinNames(own, context));
    return {};
}

MaybeLocal<v8::Module> Load(v8e_context *own, Local<v8::Context> context,
                            const Import &import)
{
    const std::string &s = import.specifier;
    std::string why;

    if (s.compare(0, 2, "./") != 0 && s.compare(0, 3, "../") != 0) {
        return LoadBuiltin(own, context, import);
    }
    const File *file = own->files.Resolve(*import.from, s, false, &why);

    if (file == nullptr) {
        Refuse(own, import, why);
        return {};
    }
    return LoadFile(own, context, *file, import.json);
}

// Key and value, and where they stand, if `step` is 3.  False: thrown.
bool ReadAssertions(v8e_context *own, Local<v8::Context> context,
                    Local<v8::FixedArray> assertions, int step, Import *import)
{
    v8::Isolate *isolate = own->owner->v8;

    for (int i = 0; i + 1 < assertions->Length(); i += step) {
        std::string key =
            Text(isolate, assertions->Get(context, i).As<v8::Value>());
        std::string value =
            Text(isolate, assertions->Get(context, i + 1).As<v8::Value>());

        if (key != "type" || value != "json") {
            Refuse(own, *import, "type: 'json' was expected, not " + key +
                                     ": '" + value + "'");
            return false;
        }
        import->json = true;
    }
    return true;
}

// Where that specifier stands in the module: V8 does not say which request it
// asks for; they all come to the same.
void FindPlace(Local<v8::Context> context, Local<v8::Module> referrer,
               Local<v8::String> specifier, Import *import)
{
    Local<v8::FixedArray> requests = referrer->GetModuleRequests();

    for (int i = 0; i < requests->Length(); i++) {
        auto request = requests->Get(context, i).As<v8::ModuleRequest>();

        if (request->GetSpecifier()->StringEquals(specifier)) {
            v8::Location at =
                referrer->SourceOffsetToLocation(request->GetSourceOffset());

            import->line = at.GetLineNumber() + 1;
            import->column = at.GetColumnNumber() + 1;
            return;
        }
    }
}

// What a call of V8's throws while V8 links, with no script on the stack, goes
// to the TryCatch and to nobody else, and V8 would miss it: it is thrown anew.
MaybeLocal<v8::Module> LoadAndThrow(v8e_context *own,
                                    Local<v8::Context> context,
                                    const Import &import)
{
    v8::Isolate *isolate = own->owner->v8;
    Local<v8::Value> thrown;
    {
        v8::TryCatch caught(isolate);
        Local<v8::Module> module;

        if (Load(own, context, import).ToLocal(&module)) {
            return module;
        }
        thrown = caught.HasCaught() && !caught.HasTerminated()
                     ? caught.Exception()
                     : v8::Null(isolate).As<v8::Value>(); // ended by force
    }
    isolate->ThrowException(thrown);
    return {};
}

MaybeLocal<v8::Module> Resolve(Local<v8::Context> context,
                               Local<v8::String> specifier,
                               Local<v8::FixedArray> assertions,
                               Local<v8::Module> referrer)
{
    v8::Isolate *isolate = context->GetIsolate();
    v8e_context *own = v8e_isolate::From(isolate)->ContextOf(context);
    Import import = {FindLoaded(own, referrer)->file, Text(isolate, specifier),
                     0, 0, false};

    FindPlace(context, referrer, specifier, &import);
    if (!ReadAssertions(own, context, assertions, 3, &import)) {
        return {};
    }
    return LoadAndThrow(own, context, import);
}

// Linked and evaluated; the promise settles when it is done.
MaybeLocal<v8::Promise> Evaluate(Local<v8::Context> context,
                                 Local<v8::Module> module)
{
    Local<v8::Value> done;

    if (module->InstantiateModule(context, Resolve).IsNothing() ||
        !module->Evaluate(context).ToLocal(&done)) {
        return {};
    }
    return done.As<v8::Promise>();
}

MaybeLocal<v8::Promise> EvaluateImport(v8e_context *own,
                                       Local<v8::Context> context,
                                       Import *import,
                                       Local<v8::FixedArray> assertions)
{
    Local<v8::Module> module;
    Local<v8::Promise> done;
    Local<v8::Function> give;

    if (!ReadAssertions(own, context, assertions, 2, import) ||
        !Load(own, context, *import).ToLocal(&module) ||
        !Evaluate(context, module).ToLocal(&done) ||
        !v8::Function::New(context, ReturnNamespace,
                           module->GetModuleNamespace())
             .ToLocal(&give)) {
        return {};
    }
    return done->Then(context, give);
}

// import().  What goes wrong rejects the promise; a termination ends all.
MaybeLocal<v8::Promise> ImportDynamically(Local<v8::Context> context,
                                          Local<v8::Data>,
                                          Local<v8::Value> resource,
                                          Local<v8::String> specifier,
                                          Local<v8::FixedArray> assertions)
{
    v8::Isolate *isolate = context->GetIsolate();
    v8e_context *own = v8e_isolate::From(isolate)->ContextOf(context);
    Local<v8::Promise::Resolver> failed;
    Local<v8::Promise> promise;

    if (own == nullptr) {
        Throw(isolate, "the context is gone"); // to a finaliser it left
        return {};
    }
    if (!v8::Promise::Resolver::New(context).ToLocal(&failed)) {
        return {};
    }
    const File *from = own->files.OfOrigin(Text(isolate, resource));
    Import import = {from != nullptr ? from : &own->files.Entry(),
                     Text(isolate, specifier), 0, 0, false};
    v8::TryCatch caught(isolate);

    if (EvaluateImport(own, context, &import, assertions).ToLocal(&promise)) {
        return promise;
    }
    if (!caught.HasCaught() || caught.HasTerminated()) {
        caught.ReThrow();
        return {};
    }
    if (failed->Reject(context, caught.Exception()).IsNothing()) {
        return {};
    }
    return failed->GetPromise();
}

void FillMeta(Local<v8::Context> context, Local<v8::Module> module,
              Local<v8::Object> meta)
{
    v8::Isolate *isolate = context->GetIsolate();
    v8e_isolate *owner = v8e_isolate::From(isolate);
    v8e_context *own = owner->ContextOf(context);
    std::string url =
        own != nullptr ? Files::Url(*FindLoaded(own, module)->file) : "";

    meta->CreateDataProperty(context, owner->Get(Name::url),
                             Utf8(isolate, url.data(), url.size()))
        .FromMaybe(false);
}

// A module that fails to link threw outside of any script.
void TakePlace(const v8e_context *own, v8pool_error *err)
{
    if (err->source[0] == '\0') {
        const std::string &origin = own->files.Entry().origin;

        v8p_text_copy(err->source, sizeof(err->source), origin.data(),
                      origin.size(), 0);
    }
}

v8pool_status Settled(v8e_context *own, Local<v8::Context> context,
                      Local<v8::Promise> done, v8pool_error *err)
{
    done->MarkAsHandled();
    switch (done->State()) {
    case v8::Promise::kFulfilled:
        return V8POOL_OK;
    case v8::Promise::kRejected:
        if (Rejection(own->owner, context, done->Result(), err) ==
            V8POOL_E_SCRIPT) {
            err->status = V8POOL_E_BUNDLE;
        }
        TakePlace(own, err);
        return err->status;
    case v8::Promise::kPending:
        break;
    }
    v8p_error_set(err, V8POOL_E_BUNDLE,
                  "a top-level await does not settle while the module is "
                  "loaded: timers and fetch are for renders");
    TakePlace(own, err);
    return V8POOL_E_BUNDLE;
}

} // namespace

void ReturnNamespace(const v8::FunctionCallbackInfo<v8::Value> &info)
{
    info.GetReturnValue().Set(info.Data());
}

void InstallModules(v8::Isolate *isolate)
{
    isolate->SetHostImportModuleDynamicallyCallback(ImportDynamically);
    isolate->SetHostInitializeImportMetaObjectCallback(FillMeta);
}

v8pool_status EvaluateModule(v8e_context *own, Local<v8::Context> context,
                             Local<v8::Object> *exports, v8pool_error *err)
{
    v8::TryCatch caught(own->owner->v8);
    Local<v8::Module> module;
    Local<v8::Promise> done;

    own->files.SetFormat(V8POOL_FORMAT_ESM);
    if (!LoadFile(own, context, own->files.Entry(), false).ToLocal(&module) ||
        !Evaluate(context, module).ToLocal(&done)) {
        v8pool_status status =
            Failure(own->owner, context, caught, V8POOL_E_BUNDLE, err);

        TakePlace(own, err);
        return status;
    }
    own->owner->Drain();
    if (own->owner->heap_hit || own->owner->v8->IsExecutionTerminating()) {
        return Failure(own->owner, context, caught, V8POOL_E_BUNDLE, err);
    }
    *exports = module->GetModuleNamespace().As<v8::Object>();
    return Settled(own, context, done, err);
}

void UpdateExport(v8e_context *own, const char *module,
                  Local<v8::String> name, Local<v8::Value> value)
{
    Loaded *loaded = FindLoaded(own, std::string(module));

    if (loaded != nullptr) {
        loaded->module.Get(own->owner->v8)
            ->SetSyntheticModuleExport(own->owner->v8, name, value)
            .FromMaybe(false);
    }
}

} // namespace v8e
