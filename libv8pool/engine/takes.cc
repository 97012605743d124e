// SPDX-License-Identifier: Apache-2.0
//
// takes.cc: whether a native was given what it casts its arguments to.  Its
// caller is JavaScript of ours, but that works with built-ins which a bundle may
// have changed: what `Math.trunc()` gives need not be a number.

#include "natives.h"

#include <string>

namespace v8e {
namespace {

struct Kind {
    char letter;
    const char *name;
    bool (v8::Value::*is)() const;
};

constexpr Kind kKinds[] = {
    {'a', "an array", &v8::Value::IsArray},
    {'b', "an ArrayBuffer", &v8::Value::IsArrayBuffer},
    {'f', "a function", &v8::Value::IsFunction},
    {'i', "a small whole number", &v8::Value::IsInt32},
    {'n', "a number", &v8::Value::IsNumber},
    {'s', "a string", &v8::Value::IsString},
    {'u', "a Uint8Array", &v8::Value::IsUint8Array},
    {'v', "a typed array", &v8::Value::IsArrayBufferView},
};

const Kind *KindOf(char letter)
{
    for (const Kind &kind : kKinds) {
        if (kind.letter == letter) {
            return &kind;
        }
    }
    return nullptr;
}

} // namespace

bool Takes(const Info &info, const char *letters)
{
    for (int i = 0; letters[i] != '\0'; i++) {
        const Kind *kind = KindOf(letters[i]);

        if (kind == nullptr || ((*info[i])->*kind->is)()) {
            continue;
        }
        std::string text = "a built-in that the bundle has changed gave "
                           "something else where " +
                           std::string(kind->name) + " was expected";

        ThrowTypeError(info.GetIsolate(), text.c_str());
        return false;
    }
    return true;
}

} // namespace v8e
