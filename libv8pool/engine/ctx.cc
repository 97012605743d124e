// SPDX-License-Identifier: Apache-2.0
//
// ctx.cc: ctx.js, and the one function it calls.

#include "ctx.h"

#include "../error.h"
#include "failure.h"
#include "headers.h"

#include <cstdlib>
#include <cstring>

namespace v8e {
namespace {

const char kSource[] =
#include "ctx.js"
    ;

// Where the bundle cannot reach it, and where a snapshot keeps it.
v8::Local<v8::Private> Place(v8::Isolate *isolate)
{
    return v8::Private::ForApi(isolate, Utf8(isolate, "v8pool.ctx", 10));
}

void Throw(v8::Isolate *isolate, const v8pool_error &err)
{
    v8::Local<v8::String> text =
        Utf8(isolate, err.message, strlen(err.message));

    isolate->ThrowException(err.status == V8POOL_E_ARG
                                ? v8::Exception::TypeError(text)
                                : v8::Exception::Error(text));
}

// What ctx.js passes on, as UTF-8.
class Arguments {
  public:
    explicit Arguments(const v8::FunctionCallbackInfo<v8::Value> &info)
    {
        texts_.reserve(static_cast<size_t>(info.Length()));
        for (int i = 1; i < info.Length(); i++) {
            v8::String::Utf8Value text(info.GetIsolate(), info[i]);

            texts_.emplace_back(*text != nullptr ? *text : "",
                                *text != nullptr
                                    ? static_cast<size_t>(text.length())
                                    : 0);
        }
    }

    const std::string &operator[](size_t n) const { return texts_[n]; }

    std::vector<v8pool_text> From(size_t first) const
    {
        std::vector<v8pool_text> views;

        for (size_t i = first; i < texts_.size(); i++) {
            views.push_back({texts_[i].data(), texts_[i].size()});
        }
        return views;
    }

  private:
    std::vector<std::string> texts_;
};

void SetField(Running *running, const std::string &name,
              const std::string &value)
{
    for (auto &field : running->fields) {
        if (field.first == name) {
            field.second = value;
            return;
        }
    }
    running->fields.emplace_back(name, value);
}

void CallHost(const v8::FunctionCallbackInfo<v8::Value> &info,
              const v8pool_host &host, const Arguments &args)
{
    std::vector<v8pool_text> views = args.From(1);
    v8pool_text result = {nullptr, 0};
    v8pool_error err = {};
    v8pool_status status = host.call(host.baton, args[0].c_str(), views.data(),
                                     views.size(), &result, &err);

    if (status != V8POOL_OK) {
        err.status = status;
        Throw(info.GetIsolate(), err);
    }
    else if (result.data != nullptr) {
        info.GetReturnValue().Set(
            Utf8(info.GetIsolate(), result.data, result.length));
    }
    free(const_cast<char *>(result.data));
}

bool IsAdded(const std::string &name)
{
    return name == "cache-tag" || name == "vary";
}

} // namespace

void CtxCall(const v8::FunctionCallbackInfo<v8::Value> &info)
{
    v8::Isolate *isolate = info.GetIsolate();
    Running *running = v8e_isolate::From(isolate)->running;

    if (running == nullptr ||
        info[0].As<v8::Uint32>()->Value() != running->id) {
        v8pool_error err = {};

        v8p_error_set(&err, V8POOL_E_SCRIPT,
                      "the render that this ctx belongs to has ended");
        Throw(isolate, err);
        return;
    }
    Arguments args(info);

    if (args[0] == "field") {
        SetField(running, args[1], args[2]);
    }
    else if (running->request->host.call != nullptr) {
        CallHost(info, running->request->host, args);
    }
}

v8pool_status InstallCtx(v8e_isolate *own, v8::Local<v8::Context> context,
                         v8pool_error *err)
{
    v8::Isolate *isolate = own->v8;
    v8::TryCatch caught(isolate);
    v8::ScriptOrigin origin(isolate, Utf8(isolate, "v8pool:ctx", 10));
    v8::Local<v8::Script> script;
    v8::Local<v8::Value> make;
    v8::Local<v8::Function> call;

    if (!v8::Script::Compile(context,
                             Utf8(isolate, kSource, sizeof(kSource) - 1),
                             &origin)
             .ToLocal(&script) ||
        !script->Run(context).ToLocal(&make) ||
        !v8::Function::New(context, CtxCall).ToLocal(&call)) {
        return Failure(own, context, caught, V8POOL_E_ENGINE, err);
    }
    v8::Local<v8::Value> args[] = {call};

    if (!make.As<v8::Function>()
             ->Call(context, v8::Undefined(isolate), 1, args)
             .ToLocal(&make) ||
        context->Global()
            ->SetPrivate(context, Place(isolate), make)
            .IsNothing()) {
        return Failure(own, context, caught, V8POOL_E_ENGINE, err);
    }
    return V8POOL_OK;
}

void FindCtx(v8e_context *own, v8::Local<v8::Context> context)
{
    v8::Isolate *isolate = own->owner->v8;
    v8::Local<v8::Value> make =
        context->Global()
            ->GetPrivate(context, Place(isolate))
            .ToLocalChecked(); // InstallCtx() put it there

    own->make_ctx.Reset(isolate, make.As<v8::Function>());
}

v8pool_status AddCtxFields(const Running &running, HeaderList *headers,
                           v8pool_error *err)
{
    v8pool_status status = V8POOL_OK;

    for (const auto &[name, value] : running.fields) {
        if (status != V8POOL_OK) {
            break;
        }
        if (IsAdded(name)) {
            status = headers->Add(name, value, err);
        }
        else if (name != "cache-control" || !headers->Has(name.c_str())) {
            status = headers->Set(name.c_str(), value, err);
        }
    }
    return status;
}

} // namespace v8e
