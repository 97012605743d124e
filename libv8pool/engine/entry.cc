// SPDX-License-Identifier: Apache-2.0
//
// entry.cc: entry=NAME, else globalThis.renderPage.

#include "entry.h"

#include "../error.h"
#include "failure.h"

#include <cstring>
#include <string>

namespace v8e {
namespace {

constexpr uint32_t kListed = 6; // globals named in an error message

v8::Local<v8::Array> GlobalNames(v8::Local<v8::Context> context)
{
    v8::Local<v8::Array> names;

    if (context->Global()
            ->GetOwnPropertyNames(context, v8::ALL_PROPERTIES)
            .ToLocal(&names)) {
        return names;
    }
    return v8::Array::New(context->GetIsolate());
}

std::string Text(v8::Isolate *isolate, v8::Local<v8::Value> value)
{
    v8::String::Utf8Value text(isolate, value);

    return *text != nullptr ? std::string(*text, text.length()) : "?";
}

std::string KindOf(v8::Isolate *isolate, v8::Local<v8::Value> value)
{
    if (value->IsNull()) {
        return "null";
    }
    return Text(isolate, value->TypeOf(isolate));
}

// "App (object), boot (function)": what the author most likely meant.
std::string DefinedGlobals(v8::Isolate *isolate,
                           v8::Local<v8::Context> context, uint32_t before)
{
    v8::Local<v8::Array> names = GlobalNames(context);
    std::string list;

    for (uint32_t i = before; i < names->Length(); i++) {
        v8::Local<v8::Value> name, value;

        if (i - before == kListed) {
            return list + ", …";
        }
        if (!names->Get(context, i).ToLocal(&name) || !name->IsString() ||
            !context->Global()->Get(context, name).ToLocal(&value)) {
            continue;
        }
        list += (list.empty() ? "" : ", ") + Text(isolate, name) + " (" +
                KindOf(isolate, value) + ")";
    }
    return list.empty() ? "none" : list;
}

struct Found {
    v8::Local<v8::Value> value;
    v8::Local<v8::Value> receiver;
};

// Walks "App.server.render" from the global object; stops at what is no object.
bool Walk(v8::Isolate *isolate, v8::Local<v8::Context> context,
          const char *path, Found *found)
{
    found->value = context->Global();
    while (path != nullptr) {
        const char *dot = strchr(path, '.');
        size_t length = dot != nullptr ? dot - path : strlen(path);

        found->receiver = found->value;
        if (!found->value->IsObject()) {
            found->value = v8::Undefined(isolate);
            return true;
        }
        if (!found->value.As<v8::Object>()
                 ->Get(context, Utf8(isolate, path, length))
                 .ToLocal(&found->value)) {
            return false;
        }
        path = dot != nullptr ? dot + 1 : nullptr;
    }
    return true;
}

} // namespace

uint32_t CountGlobals(v8::Local<v8::Context> context)
{
    return GlobalNames(context)->Length();
}

v8pool_status FindEntry(v8e_context *own, v8::Local<v8::Context> context,
                        const char *path, uint32_t before, v8pool_error *err)
{
    v8::Isolate *isolate = own->owner->v8;
    const char *name = path != nullptr ? path : "renderPage";
    v8::TryCatch caught(isolate);
    Found found;

    if (!Walk(isolate, context, name, &found)) {
        return Failure(own->owner, context, caught, V8POOL_E_BUNDLE, err);
    }
    if (!found.value->IsFunction()) {
        std::string kind = KindOf(isolate, found.value);
        std::string globals = DefinedGlobals(isolate, context, before);

        v8p_error_set(err, V8POOL_E_BUNDLE,
                      "no entry: globalThis.%s is %s, a function (url, ctx) "
                      "was expected; the bundle defines these globals: %s; "
                      "name another function with entry=NAME",
                      name, kind.c_str(), globals.c_str());
        v8p_text_copy(err->source, sizeof(err->source), own->origin.data(),
                      own->origin.size(), 0);
        return V8POOL_E_BUNDLE;
    }
    own->entry.Reset(isolate, found.value.As<v8::Function>());
    own->receiver.Reset(isolate, found.receiver);
    return V8POOL_OK;
}

} // namespace v8e
