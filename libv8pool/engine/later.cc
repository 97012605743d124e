// SPDX-License-Identifier: Apache-2.0

#include "later.h"

#include "../error.h"

#include <string>

namespace v8e {
namespace {

using v8::Local;

constexpr int kStackTraceLimit = 10; // V8's default

// From the global object; test_engine_image.c sees when one is missing.
const char *const kAdded[] = {
    "Atomics",
    // V8 11.3:
    "RegExp.prototype.unicodeSets",
    "Intl.NumberFormat.prototype.formatRange",
    "Intl.NumberFormat.prototype.formatRangeToParts",
    "Intl.PluralRules.prototype.selectRange",
};

Local<v8::String> Text(v8e_isolate *own, const std::string &text)
{
    return Utf8(own->v8, text.data(), text.size());
}

// The object that has the last part of the path, and that part.
v8::MaybeLocal<v8::Object> Holder(v8e_isolate *own, Local<v8::Context> context,
                                  const std::string &path,
                                  Local<v8::String> *last)
{
    Local<v8::Object> at = context->Global();
    size_t from = 0;

    for (size_t dot; (dot = path.find('.', from)) != std::string::npos;
         from = dot + 1) {
        Local<v8::Value> next;

        if (!at->Get(context, Text(own, path.substr(from, dot - from)))
                 .ToLocal(&next) ||
            !next->IsObject()) {
            return {};
        }
        at = next.As<v8::Object>();
    }
    *last = Text(own, path.substr(from));
    return at;
}

bool Has(v8e_isolate *own, Local<v8::Context> context, const char *path)
{
    Local<v8::String> name;
    Local<v8::Object> holder;

    return Holder(own, context, path, &name).ToLocal(&holder) &&
           holder->HasOwnProperty(context, name).FromMaybe(false);
}

// V8's own, whatever the script has made of the global one.
Local<v8::Object> ErrorOf(v8e_isolate *own, Local<v8::Context> context)
{
    Local<v8::Value> prototype, constructor;
    Local<v8::Value> error =
        v8::Exception::Error(v8::String::Empty(own->v8));

    prototype = error.As<v8::Object>()->GetPrototype();
    if (prototype->IsObject() &&
        prototype.As<v8::Object>()
            ->Get(context, Text(own, "constructor"))
            .ToLocal(&constructor) &&
        constructor->IsObject()) {
        return constructor.As<v8::Object>();
    }
    return {};
}

} // namespace

void LendLater(v8e_isolate *own, Local<v8::Context> context)
{
    ReturnLater(own, context, v8::Integer::New(own->v8, kStackTraceLimit));
}

v8::MaybeLocal<v8::Value> TakeLater(v8e_isolate *own,
                                    Local<v8::Context> context,
                                    v8pool_error *err)
{
    v8::TryCatch caught(own->v8);
    Local<v8::Object> error = ErrorOf(own, context);
    Local<v8::String> name = Text(own, "stackTraceLimit");
    Local<v8::Value> limit = v8::Undefined(own->v8);

    for (const char *path : kAdded) {
        if (Has(own, context, path)) {
            v8p_error_set(err, V8POOL_E_BUNDLE,
                          "it defines %s, which V8 adds to each context of a "
                          "snapshot",
                          path);
            return {};
        }
    }
    if (error.IsEmpty() || !error->Get(context, name).ToLocal(&limit) ||
        !error->Delete(context, name).FromMaybe(false)) {
        v8p_error_set(err, V8POOL_E_BUNDLE,
                      "its Error.stackTraceLimit cannot be read and deleted, "
                      "as V8 needs it in a snapshot");
        return {};
    }
    return limit;
}

void ReturnLater(v8e_isolate *own, Local<v8::Context> context,
                 Local<v8::Value> limit)
{
    v8::TryCatch caught(own->v8);
    Local<v8::Object> error = ErrorOf(own, context);

    if (!error.IsEmpty()) {
        // Deleted before, so that only a script could be in the way.
        error->Set(context, Text(own, "stackTraceLimit"), limit)
            .FromMaybe(false);
    }
}

} // namespace v8e
