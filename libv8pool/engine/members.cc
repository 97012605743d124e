// SPDX-License-Identifier: Apache-2.0

#include "members.h"

namespace v8e {

constexpr uint32_t kListed = 6; // named in an error message

v8::Local<v8::Array> MemberNames(v8::Local<v8::Context> context,
                                 v8::Local<v8::Object> object)
{
    v8::Local<v8::Array> names;

    if (object->GetOwnPropertyNames(context, v8::ALL_PROPERTIES)
            .ToLocal(&names)) {
        return names;
    }
    return v8::Array::New(context->GetIsolate());
}

std::string TextOf(v8::Isolate *isolate, v8::Local<v8::Value> value)
{
    v8::String::Utf8Value text(isolate, value);

    return *text != nullptr ? std::string(*text, text.length()) : "?";
}

std::string KindOf(v8::Isolate *isolate, v8::Local<v8::Value> value)
{
    if (value->IsNull()) {
        return "null";
    }
    return TextOf(isolate, value->TypeOf(isolate));
}

std::string ListMembers(v8::Local<v8::Context> context,
                        v8::Local<v8::Object> object, uint32_t first)
{
    v8::Isolate *isolate = context->GetIsolate();
    v8::Local<v8::Array> names = MemberNames(context, object);
    std::string list;

    for (uint32_t i = first; i < names->Length(); i++) {
        v8::Local<v8::Value> name, value;

        if (i - first == kListed) {
            return list + ", …";
        }
        if (!names->Get(context, i).ToLocal(&name) || !name->IsString() ||
            !object->Get(context, name).ToLocal(&value)) {
            continue;
        }
        list += (list.empty() ? "" : ", ") + TextOf(isolate, name) + " (" +
                KindOf(isolate, value) + ")";
    }
    return list.empty() ? "none" : list;
}

} // namespace v8e
