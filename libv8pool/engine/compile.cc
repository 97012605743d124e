// SPDX-License-Identifier: Apache-2.0
//
// compile.cc: see compile.h.

#include "compile.h"

#include <memory>

namespace v8e {
namespace {

using v8::ScriptCompiler;

// A flat ASCII source could stay outside the heap; a copy is simpler and the
// bundle's text is needed again only for lazy functions and stacks.
v8::MaybeLocal<v8::String> Text(v8::Isolate *isolate, const File &file)
{
    v8::Local<v8::String> text;

    if (!v8::String::NewFromUtf8(isolate, file.text.data(),
                                 v8::NewStringType::kNormal,
                                 static_cast<int>(file.text.size()))
             .ToLocal(&text)) {
        isolate->ThrowException(v8::Exception::RangeError(
            v8::String::NewFromUtf8Literal(
                isolate, "the script is longer than V8's longest string")));
        return {};
    }
    return text;
}

v8::ScriptOrigin Origin(v8::Isolate *isolate, const File &file, bool is_module)
{
    return v8::ScriptOrigin(
        isolate, Utf8(isolate, file.origin.data(), file.origin.size()), 0, 0,
        false, -1, v8::Local<v8::Value>(), false, false, is_module);
}

// The source owns it, not its bytes.
ScriptCompiler::CachedData *Code(const File &file)
{
    if (file.code.empty()) {
        return nullptr;
    }
    return new ScriptCompiler::CachedData(
        reinterpret_cast<const uint8_t *>(file.code.data()),
        static_cast<int>(file.code.size()));
}

ScriptCompiler::CompileOptions Options(const File &file)
{
    return file.code.empty() ? ScriptCompiler::kNoCompileOptions
                             : ScriptCompiler::kConsumeCodeCache;
}

} // namespace

v8::MaybeLocal<v8::Script> CompileScript(v8e_context *own,
                                         v8::Local<v8::Context> context,
                                         const File &file)
{
    v8::Isolate *isolate = own->owner->v8;
    v8::Local<v8::String> text;
    v8::Local<v8::Script> script;

    if (!Text(isolate, file).ToLocal(&text)) {
        return {};
    }
    ScriptCompiler::Source source(text, Origin(isolate, file, false),
                                  Code(file));

    if (!ScriptCompiler::Compile(context, &source, Options(file))
             .ToLocal(&script)) {
        return {};
    }
    own->compiled.emplace_back();
    own->compiled.back().file = &file;
    own->compiled.back().script.Reset(isolate, script->GetUnboundScript());
    return script;
}

v8::MaybeLocal<v8::Module> CompileModule(v8e_context *own, const File &file)
{
    v8::Isolate *isolate = own->owner->v8;
    v8::Local<v8::String> text;
    v8::Local<v8::Module> module;

    if (!Text(isolate, file).ToLocal(&text)) {
        return {};
    }
    ScriptCompiler::Source source(text, Origin(isolate, file, true),
                                  Code(file));

    if (!ScriptCompiler::CompileModule(isolate, &source, Options(file))
             .ToLocal(&module)) {
        return {};
    }
    own->compiled.emplace_back();
    own->compiled.back().file = &file;
    own->compiled.back().module.Reset(isolate,
                                      module->GetUnboundModuleScript());
    return module;
}

v8::MaybeLocal<v8::Function> CompileFunction(v8e_context *own,
                                             v8::Local<v8::Context> context,
                                             const File &file,
                                             v8::Local<v8::String> *parameters,
                                             size_t count)
{
    v8::Isolate *isolate = own->owner->v8;
    v8::Local<v8::String> text;
    v8::Local<v8::Function> function;

    if (!Text(isolate, file).ToLocal(&text)) {
        return {};
    }
    ScriptCompiler::Source source(text, Origin(isolate, file, false),
                                  Code(file));

    if (!ScriptCompiler::CompileFunction(context, &source, count, parameters, 0,
                                         nullptr, Options(file))
             .ToLocal(&function)) {
        return {};
    }
    own->compiled.emplace_back();
    own->compiled.back().file = &file;
    own->compiled.back().function.Reset(isolate, function);
    return function;
}

v8::MaybeLocal<v8::Value> ParseJson(v8e_context *own,
                                    v8::Local<v8::Context> context,
                                    const File &file)
{
    v8::Isolate *isolate = own->owner->v8;
    v8::Local<v8::String> text;
    v8::Local<v8::Value> value;
    std::string message = file.origin + ": ";

    if (!Text(isolate, file).ToLocal(&text)) {
        return {};
    }
    {
        v8::TryCatch caught(isolate);

        if (v8::JSON::Parse(context, text).ToLocal(&value)) {
            return value;
        }
        if (!caught.HasCaught() || caught.HasTerminated()) {
            caught.ReThrow();
            return {};
        }
        v8::String::Utf8Value why(isolate, caught.Exception());

        message += *why != nullptr ? *why : "no JSON";
    }
    isolate->ThrowException(v8::Exception::SyntaxError(
        Utf8(isolate, message.data(), message.size())));
    return {};
}

void WriteCode(v8e_context *own, v8p_writer *writer)
{
    v8::Isolate *isolate = own->owner->v8;

    v8p_container_begin(writer, own->files.Format(), 1);
    for (const Compiled &c : own->compiled) {
        std::unique_ptr<ScriptCompiler::CachedData> data(
            !c.script.IsEmpty()
                ? ScriptCompiler::CreateCodeCache(c.script.Get(isolate))
            : !c.module.IsEmpty()
                ? ScriptCompiler::CreateCodeCache(c.module.Get(isolate))
                : ScriptCompiler::CreateCodeCacheForFunction(
                      c.function.Get(isolate)));
        const char *bytes =
            data != nullptr ? reinterpret_cast<const char *>(data->data) : "";
        v8p_record record = {V8P_CODE, c.file->name.data(),
                             c.file->name.size(), bytes,
                             data != nullptr
                                 ? static_cast<size_t>(data->length)
                                 : 0};

        if (data != nullptr) {
            v8p_container_add(writer, &record);
        }
    }
}

} // namespace v8e
