// SPDX-License-Identifier: Apache-2.0
//
// ctx.cc: the native functions that ctx.js calls.

#include "ctx.h"

#include "../error.h"
#include "headers.h"
#include "natives.h"
#include "timers.h"
#include "turn.h"

#include <cstdlib>
#include <cstring>

namespace v8e {
namespace {

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

void SetField(v8e_run *run, const std::string &name, const std::string &value)
{
    for (auto &field : run->fields) {
        if (field.first == name) {
            field.second = value;
            return;
        }
    }
    run->fields.emplace_back(name, value);
}

void CallHost(const v8::FunctionCallbackInfo<v8::Value> &info, v8e_run *run,
              const Arguments &args)
{
    const v8pool_host &host = run->request->host;
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
        if (args[0] == "nonce") {
            run->nonce.assign(result.data, result.length);
        }
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
    if (!Takes(info, "is")) {
        return;
    }
    v8::Isolate *isolate = info.GetIsolate();
    v8e_run *run = FindRun(v8e_isolate::From(isolate),
                           info[0].As<v8::Uint32>()->Value());

    if (run == nullptr) {
        v8pool_error err = {};

        v8p_error_set(&err, V8POOL_E_SCRIPT,
                      "the render that this ctx belongs to has ended");
        Throw(isolate, err);
        return;
    }
    Arguments args(info);

    if (args[0] == "field") {
        if (!Takes(info, "isss")) {
            return;
        }
        SetField(run, args[1], args[2]);
    }
    else if (run->request->host.call != nullptr) {
        CallHost(info, run, args);
    }
}

void CtxCurrent(const v8::FunctionCallbackInfo<v8::Value> &info)
{
    v8e_run *run = NeedRun(info.GetIsolate(), "caches");

    if (run != nullptr) {
        info.GetReturnValue().Set(run->id);
    }
}

void CtxKeep(const v8::FunctionCallbackInfo<v8::Value> &info)
{
    if (!Takes(info, "ii")) {
        return;
    }
    v8e_run *run = FindRun(v8e_isolate::From(info.GetIsolate()),
                           info[0].As<v8::Uint32>()->Value());

    if (run != nullptr) {
        run->kept += static_cast<unsigned>(info[1].As<v8::Int32>()->Value());
    }
}

v8pool_status AddCtxFields(const v8e_run *run, HeaderList *headers,
                           v8pool_error *err)
{
    v8pool_status status = V8POOL_OK;

    for (const auto &[name, value] : run->fields) {
        if (status != V8POOL_OK) {
            break;
        }
        if (IsAdded(name)) {
            status = headers->Add(name, value, err);
        }
        else if (name != "cache-control" ||
                 headers->Find(name.c_str()) == nullptr) {
            status = headers->Set(name.c_str(), value, err);
        }
    }
    return status;
}

} // namespace v8e
