// SPDX-License-Identifier: Apache-2.0
//
// boundary.cc: finds and calls renderError.

#include "boundary.h"

#include "../error.h"
#include "failure.h"
#include "request.h"
#include "turn.h"

#include <string>

namespace v8e {
namespace {

using v8::Local;

// False: a getter threw.
bool TakeFrom(v8e_context *own, Local<v8::Context> context,
              Local<v8::Value> object)
{
    v8::Isolate *isolate = own->owner->v8;
    Local<v8::Value> value;

    if (!own->boundary.IsEmpty() || !object->IsObject()) {
        return true;
    }
    if (!object.As<v8::Object>()
             ->Get(context, v8::String::NewFromUtf8Literal(isolate, "renderError"))
             .ToLocal(&value)) {
        return false;
    }
    if (value->IsFunction()) {
        own->boundary.Reset(isolate, value.As<v8::Function>());
        own->boundary_receiver.Reset(isolate, object);
    }
    return true;
}

// "Error: no stock at shop.js:4:11"
std::string ErrorLine(const v8pool_error &err)
{
    std::string line = err.message;

    if (err.line > 0) {
        line += " at " + std::string(err.source) + ":" +
                std::to_string(err.line) + ":" + std::to_string(err.column);
    }
    return line;
}

} // namespace

v8pool_status FindBoundary(v8e_context *own, Local<v8::Context> context,
                           Local<v8::Object> exports, v8pool_error *err)
{
    v8::Isolate *isolate = own->owner->v8;
    v8::TryCatch caught(isolate);
    Local<v8::Value> exported = v8::Undefined(isolate);

    if (!exports.IsEmpty()) {
        exported = exports;
    }
    if (TakeFrom(own, context, own->receiver.Get(isolate)) &&
        TakeFrom(own, context, exported) &&
        TakeFrom(own, context, context->Global())) {
        return V8POOL_OK;
    }
    return Failure(own->owner, context, caught, V8POOL_E_BUNDLE, err);
}

v8::MaybeLocal<v8::Value> CallBoundary(const v8e_run *run,
                                       Local<v8::Context> context,
                                       Local<v8::Value> thrown)
{
    v8e_context *own = run->own;
    v8::Isolate *isolate = own->owner->v8;
    Local<v8::Value> args[] = {thrown, Local<v8::Value>()};

    if (!MakeRequest(run, context).ToLocal(&args[1])) {
        return v8::MaybeLocal<v8::Value>();
    }
    return own->boundary.Get(isolate)->Call(
        context, own->boundary_receiver.Get(isolate), 2, args);
}

void LogBoundary(const v8e_run *run)
{
    std::string line =
        "renderError is asked about " + ErrorLine(*run->failed);

    run->sink->log(run->sink->baton, V8POOL_LOG_ERROR, line.data(),
                   line.size());
}

v8pool_status BoundaryVerdict(const v8e_run *run, v8pool_status status,
                              v8pool_error *err)
{
    std::string second = err->message;

    if (status == V8POOL_OK || status == V8POOL_DECLINED) {
        *err = *run->failed;
        err->status =
            status == V8POOL_OK ? V8POOL_E_BOUNDARY : V8POOL_E_SCRIPT;
        return err->status;
    }
    if (status == V8POOL_E_TIMEOUT || status == V8POOL_E_HEAP) {
        // Whoever ended it by force writes the message.
        std::string stack = std::string(err->stack).substr(0, 1000) +
                            "\nrenderError was asked about " +
                            ErrorLine(*run->failed);

        v8p_text_copy(err->stack, sizeof(err->stack), stack.data(),
                      stack.size(), 1);
        return status;
    }
    return v8p_error_message(err, status,
                             "%.220s; that was in renderError, which was asked "
                             "about %s",
                             second.c_str(), ErrorLine(*run->failed).c_str());
}

} // namespace v8e
