// SPDX-License-Identifier: Apache-2.0
//
// freeze.cc: runs freeze.js in a context.

#include "freeze.h"

#include "failure.h"

namespace {

const char kSource[] =
#include "freeze.js"
    ;

} // namespace

v8pool_status v8e::FreezeIntrinsics(v8e_isolate *own,
                                    v8::Local<v8::Context> context,
                                    v8pool_error *err)
{
    v8::Isolate *isolate = own->v8;
    v8::TryCatch caught(isolate);
    v8::ScriptOrigin origin(isolate, Utf8(isolate, "v8pool:freeze", 13));
    v8::Local<v8::Script> script;
    v8::Local<v8::Value> value;

    if (!v8::Script::Compile(context,
                             Utf8(isolate, kSource, sizeof(kSource) - 1),
                             &origin)
             .ToLocal(&script) ||
        !script->Run(context).ToLocal(&value) ||
        !value.As<v8::Function>()
             ->Call(context, v8::Undefined(isolate), 0, nullptr)
             .ToLocal(&value)) {
        return Failure(own, context, caught, V8POOL_E_BUNDLE, err);
    }
    return V8POOL_OK;
}
