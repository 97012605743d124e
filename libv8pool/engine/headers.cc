// SPDX-License-Identifier: Apache-2.0
//
// headers.cc: header fields from JavaScript, checked.

#include "headers.h"

#include "../error.h"
#include "failure.h"

#include <algorithm>
#include <cstring>
#include <strings.h>

namespace v8e {
namespace {

bool IsToken(const std::string &name)
{
    static const char kOther[] = "!#$%&'*+-.^_`|~";

    for (unsigned char c : name) {
        bool alnum = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
                     (c >= 'A' && c <= 'Z');

        if (!alnum && (c == 0 || strchr(kOther, c) == nullptr)) {
            return false;
        }
    }
    return !name.empty();
}

bool IsFieldValue(const std::string &value)
{
    for (unsigned char c : value) {
        if ((c < 0x20 && c != '\t') || c == 0x7f) {
            return false;
        }
    }
    return true;
}

// Leading and trailing blanks are no part of a field's value (RFC 9110, 5.5).
std::string Trimmed(const std::string &value)
{
    size_t from = value.find_first_not_of(" \t");
    size_t to = value.find_last_not_of(" \t");

    return from == std::string::npos ? "" : value.substr(from, to - from + 1);
}

bool ToText(v8::Isolate *isolate, v8::Local<v8::Value> value, std::string *text)
{
    if (!value->IsString() && !value->IsNumber()) {
        return false;
    }
    v8::String::Utf8Value utf8(isolate, value);

    if (*utf8 == nullptr) {
        return false;
    }
    text->assign(*utf8, static_cast<size_t>(utf8.length()));
    return true;
}

v8pool_status AddValue(v8::Isolate *isolate, const std::string &name,
                       v8::Local<v8::Value> value, HeaderList *list,
                       v8pool_error *err)
{
    std::string text;

    if (!ToText(isolate, value, &text)) {
        return v8p_error_set(err, V8POOL_E_ANSWER,
                             "header \"%s\": a string, a number or an array "
                             "of these was expected",
                             name.c_str());
    }
    return list->Add(name, text, err);
}

v8pool_status AddArray(v8e_isolate *own, v8::Local<v8::Context> context,
                       const std::string &name, v8::Local<v8::Array> values,
                       HeaderList *list, v8pool_error *err)
{
    for (uint32_t i = 0; i < values->Length(); i++) {
        v8::TryCatch caught(own->v8);
        v8::Local<v8::Value> value;

        if (!values->Get(context, i).ToLocal(&value)) {
            return Failure(own, context, caught, V8POOL_E_SCRIPT, err);
        }
        v8pool_status status = AddValue(own->v8, name, value, list, err);

        if (status != V8POOL_OK) {
            return status;
        }
    }
    return V8POOL_OK;
}

constexpr size_t kFieldsMax = 200;

} // namespace

v8pool_status HeaderList::Add(const std::string &name,
                              const std::string &value, v8pool_error *err)
{
    if (!IsToken(name)) {
        return v8p_error_set(err, V8POOL_E_ANSWER,
                             "header \"%.80s\": not a field name",
                             name.c_str());
    }
    if (!IsFieldValue(value)) {
        return v8p_error_set(err, V8POOL_E_ANSWER,
                             "header \"%.80s\": the value holds a line break "
                             "or another control character",
                             name.c_str());
    }
    if (fields_.size() == kFieldsMax) {
        return v8p_error_set(err, V8POOL_E_ANSWER, "more than %zu headers",
                             kFieldsMax);
    }
    fields_.emplace_back(name, Trimmed(value));
    return V8POOL_OK;
}

v8pool_status HeaderList::Set(const char *name, const std::string &value,
                              v8pool_error *err)
{
    auto same = [&](const std::pair<std::string, std::string> &field) {
        return strcasecmp(field.first.c_str(), name) == 0;
    };

    fields_.erase(std::remove_if(fields_.begin(), fields_.end(), same),
                  fields_.end());
    return Add(name, value, err);
}

const std::string *HeaderList::Find(const char *name) const
{
    for (const auto &field : fields_) {
        if (strcasecmp(field.first.c_str(), name) == 0) {
            return &field.second;
        }
    }
    return nullptr;
}

const std::vector<v8pool_header> &HeaderList::View()
{
    view_.clear();
    for (const auto &field : fields_) {
        view_.push_back({field.first.c_str(), field.second.c_str()});
    }
    return view_;
}

std::string FieldBytes(v8::Isolate *isolate, v8::Local<v8::Value> value)
{
    if (value->IsString() && value.As<v8::String>()->ContainsOnlyOneByte()) {
        v8::Local<v8::String> text = value.As<v8::String>();
        std::string bytes(static_cast<size_t>(text->Length()), '\0');

        text->WriteOneByte(isolate, reinterpret_cast<uint8_t *>(&bytes[0]), 0,
                           text->Length(),
                           v8::String::NO_NULL_TERMINATION);
        return bytes;
    }
    v8::String::Utf8Value text(isolate, value);

    return *text != nullptr
               ? std::string(*text, static_cast<size_t>(text.length()))
               : "";
}

v8::Local<v8::String> FieldText(v8::Isolate *isolate, const std::string &bytes)
{
    // Only a string beyond V8's limit fails.
    return v8::String::NewFromOneByte(
               isolate, reinterpret_cast<const uint8_t *>(bytes.data()),
               v8::NewStringType::kNormal, static_cast<int>(bytes.size()))
        .FromMaybe(v8::String::Empty(isolate));
}

v8pool_status ReadHeaders(v8e_isolate *own, v8::Local<v8::Context> context,
                          v8::Local<v8::Value> value, HeaderList *list,
                          v8pool_error *err)
{
    v8::TryCatch caught(own->v8);
    v8::Local<v8::Array> names;

    if (!value->IsObject() || value->IsArray()) {
        return v8p_error_set(err, V8POOL_E_ANSWER,
                             "headers: an object of name: value was expected");
    }
    v8::Local<v8::Object> object = value.As<v8::Object>();

    if (!object
             ->GetOwnPropertyNames(context,
                                   static_cast<v8::PropertyFilter>(
                                       v8::ONLY_ENUMERABLE |
                                       v8::SKIP_SYMBOLS),
                                   v8::KeyConversionMode::kConvertToString)
             .ToLocal(&names)) {
        return Failure(own, context, caught, V8POOL_E_SCRIPT, err);
    }
    for (uint32_t i = 0; i < names->Length(); i++) {
        v8::Local<v8::Value> key, field;
        std::string name;

        if (!names->Get(context, i).ToLocal(&key) ||
            !object->Get(context, key).ToLocal(&field)) {
            return Failure(own, context, caught, V8POOL_E_SCRIPT, err);
        }
        if (field->IsNullOrUndefined()) {
            continue; // `'x-a': condition ? 'b' : undefined`
        }
        ToText(own->v8, key, &name);
        v8pool_status status =
            field->IsArray() ? AddArray(own, context, name,
                                        field.As<v8::Array>(), list, err)
                             : AddValue(own->v8, name, field, list, err);

        if (status != V8POOL_OK) {
            return status;
        }
    }
    return V8POOL_OK;
}

} // namespace v8e
