// SPDX-License-Identifier: Apache-2.0
//
// text.cc: strings to bytes and back: UTF-8, base64, lone surrogates.

#include "natives.h"
#include "output.h"
#include "utf8.h"

#include <climits>
#include <cstdlib>
#include <cstring>
#include <memory>

namespace v8e {
namespace {

using v8::Local;

struct Free {
    void operator()(void *memory) const { free(memory); }
};
template <typename T> using Memory = std::unique_ptr<T[], Free>;

constexpr int kPlain = v8::String::NO_NULL_TERMINATION;

template <typename T> Memory<T> Allocate(v8::Isolate *isolate, size_t count)
{
    Memory<T> memory(static_cast<T *>(malloc(count * sizeof(T) + 1)));

    if (memory == nullptr) {
        ThrowRangeError(isolate, "no memory for the text");
    }
    return memory;
}

void Give(const Info &info, v8::MaybeLocal<v8::String> string)
{
    Local<v8::String> text;

    if (string.ToLocal(&text)) {
        info.GetReturnValue().Set(text);
        return;
    }
    ThrowRangeError(info.GetIsolate(), "Invalid string length");
}

// utf8Encode(string)
void Utf8Encode(const Info &info)
{
    v8::Isolate *isolate = info.GetIsolate();
    char *text = nullptr;
    size_t size = 0;
    uint8_t *data;
    Local<v8::Uint8Array> array;

    if (!Takes(info, "s")) {
        return;
    }
    if (ToUtf8(isolate, info[0].As<v8::String>(), SIZE_MAX, &text, &size) !=
        Output::kOk) {
        ThrowRangeError(isolate, "no memory for the text");
        return;
    }
    if (NewBytes(isolate, size, &data).ToLocal(&array)) {
        if (size > 0) {
            memcpy(data, text, size);
        }
        info.GetReturnValue().Set(array);
    }
    free(text);
}

// utf8EncodeInto(string, Uint8Array): [characters read, bytes written]
void Utf8EncodeInto(const Info &info)
{
    if (!Takes(info, "su")) {
        return;
    }
    v8::Isolate *isolate = info.GetIsolate();
    auto string = info[0].As<v8::String>();
    auto array = info[1].As<v8::Uint8Array>();
    char *to = static_cast<char *>(
                   array->Buffer()->GetBackingStore()->Data()) +
               array->ByteOffset();
    size_t room = array->ByteLength();
    int read = 0;
    int written = 0;

    if (room > 0) {
        written = string->WriteUtf8(
            isolate, to, room < INT_MAX ? static_cast<int>(room) : INT_MAX,
            &read, kPlain | v8::String::REPLACE_INVALID_UTF8);
    }
    Local<v8::Value> both[] = {v8::Integer::New(isolate, read),
                               v8::Integer::New(isolate, written)};

    info.GetReturnValue().Set(v8::Array::New(isolate, both, 2));
}

// utf8Length(string)
void Utf8Length(const Info &info)
{
    if (Takes(info, "s")) {
        info.GetReturnValue().Set(
            info[0].As<v8::String>()->Utf8Length(info.GetIsolate()));
    }
}

// utf8Decode(Uint8Array, whether bad bytes throw, whether a BOM is dropped)
void Utf8Decode(const Info &info)
{
    v8::Isolate *isolate = info.GetIsolate();
    Bytes bytes(info[0]);
    const uint8_t *from = bytes.data();
    size_t size = bytes.size();

    if (info[1]->IsTrue() && !IsUtf8(from, size)) {
        ThrowTypeError(isolate, "The encoded data was not valid for encoding "
                                "utf-8");
        return;
    }
    if (info[2]->IsTrue() && size >= 3 && memcmp(from, "\xef\xbb\xbf", 3) == 0) {
        from += 3;
        size -= 3;
    }
    if (size > static_cast<size_t>(INT_MAX)) {
        ThrowRangeError(isolate, "Invalid string length");
        return;
    }
    int length = static_cast<int>(size);

    // V8 10.2 decodes ASCII byte by byte, too.
    Give(info, IsAscii(from, size)
                   ? v8::String::NewFromOneByte(
                         isolate, from, v8::NewStringType::kNormal, length)
                   : v8::String::NewFromUtf8(
                         isolate, reinterpret_cast<const char *>(from),
                         v8::NewStringType::kNormal, length));
}

int Sextet(uint8_t c)
{
    return c >= 'A' && c <= 'Z'   ? c - 'A'
           : c >= 'a' && c <= 'z' ? c - 'a' + 26
           : c >= '0' && c <= '9' ? c - '0' + 52
           : c == '+'             ? 62
           : c == '/'             ? 63
                                  : -1;
}

bool IsBlank(uint8_t c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\f' || c == '\r';
}

// "Forgiving-base64 decode" (Infra), in place; -1: it is none.
int DecodeBase64(uint8_t *text, int length)
{
    int n = 0;
    int out = 0;
    unsigned bits = 0;

    for (int i = 0; i < length; i++) {
        if (!IsBlank(text[i])) {
            text[n++] = text[i];
        }
    }
    if (n % 4 == 0 && n > 0 && text[n - 1] == '=') {
        n -= text[n - 2] == '=' ? 2 : 1;
    }
    if (n % 4 == 1) {
        return -1;
    }
    for (int i = 0; i < n; i++) {
        int value = Sextet(text[i]);

        if (value < 0) {
            return -1;
        }
        bits = bits << 6 | static_cast<unsigned>(value);
        if (i % 4 > 0) {
            int shift = 6 - i % 4 * 2;

            text[out++] = static_cast<uint8_t>(bits >> shift);
        }
    }
    return out;
}

// base64Decode(string): a string of bytes, or undefined
void Base64Decode(const Info &info)
{
    if (!Takes(info, "s")) {
        return;
    }
    v8::Isolate *isolate = info.GetIsolate();
    auto string = info[0].As<v8::String>();
    int length = string->Length();

    if (!string->ContainsOnlyOneByte()) {
        return;
    }
    auto text = Allocate<uint8_t>(isolate, static_cast<size_t>(length));

    if (text == nullptr) {
        return;
    }
    string->WriteOneByte(isolate, text.get(), 0, length, kPlain);
    length = DecodeBase64(text.get(), length);
    if (length >= 0) {
        Give(info, v8::String::NewFromOneByte(isolate, text.get(),
                                              v8::NewStringType::kNormal,
                                              length));
    }
}

size_t EncodeBase64(const uint8_t *from, size_t size, uint8_t *to)
{
    static const char kDigits[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    uint8_t *start = to;

    for (size_t i = 0; i < size; i += 3) {
        size_t left = size - i;
        unsigned bits = static_cast<unsigned>(from[i]) << 16 |
                        (left > 1 ? static_cast<unsigned>(from[i + 1]) << 8 : 0) |
                        (left > 2 ? from[i + 2] : 0u);

        *to++ = static_cast<uint8_t>(kDigits[bits >> 18]);
        *to++ = static_cast<uint8_t>(kDigits[bits >> 12 & 63]);
        *to++ = left > 1 ? static_cast<uint8_t>(kDigits[bits >> 6 & 63]) : '=';
        *to++ = left > 2 ? static_cast<uint8_t>(kDigits[bits & 63]) : '=';
    }
    return static_cast<size_t>(to - start);
}

// base64Encode(string of bytes); undefined where a character is none
void Base64Encode(const Info &info)
{
    if (!Takes(info, "s")) {
        return;
    }
    v8::Isolate *isolate = info.GetIsolate();
    auto string = info[0].As<v8::String>();
    auto length = static_cast<size_t>(string->Length());

    if (!string->ContainsOnlyOneByte()) {
        return;
    }
    auto text = Allocate<uint8_t>(isolate, length);
    auto result = Allocate<uint8_t>(isolate, (length + 2) / 3 * 4);

    if (text == nullptr || result == nullptr) {
        return;
    }
    string->WriteOneByte(isolate, text.get(), 0, string->Length(), kPlain);
    length = EncodeBase64(text.get(), length, result.get());
    if (length > static_cast<size_t>(v8::String::kMaxLength)) {
        ThrowRangeError(isolate, "Invalid string length");
        return;
    }
    Give(info, v8::String::NewFromOneByte(isolate, result.get(),
                                          v8::NewStringType::kNormal,
                                          static_cast<int>(length)));
}

// Replaces lone surrogates; false if there was none.
bool Repair(uint16_t *units, size_t length)
{
    bool found = false;

    for (size_t i = 0; i < length; i++) {
        bool pair = (units[i] & 0xfc00) == 0xd800 && i + 1 < length &&
                    (units[i + 1] & 0xfc00) == 0xdc00;

        if (pair) {
            i++;
        }
        else if ((units[i] & 0xf800) == 0xd800) {
            units[i] = 0xfffd;
            found = true;
        }
    }
    return found;
}

// The string if it has no lone surrogate, else one without; with
// `ask`, whether it has none.
void WellFormed(const Info &info, bool ask)
{
    if (!Takes(info, "s")) {
        return;
    }
    v8::Isolate *isolate = info.GetIsolate();
    auto string = info[0].As<v8::String>();
    auto length = static_cast<size_t>(string->Length());
    Memory<uint16_t> units;
    bool bad = false;

    if (!string->IsOneByte()) {
        units = Allocate<uint16_t>(isolate, length);
        if (units == nullptr) {
            return;
        }
        string->Write(isolate, units.get(), 0, string->Length(), kPlain);
        bad = Repair(units.get(), length);
    }
    if (ask) {
        info.GetReturnValue().Set(!bad);
    }
    else if (!bad) {
        info.GetReturnValue().Set(string);
    }
    else {
        Give(info, v8::String::NewFromTwoByte(isolate, units.get(),
                                              v8::NewStringType::kNormal,
                                              static_cast<int>(length)));
    }
}

// isWellFormed(string)
void IsWellFormed(const Info &info)
{
    WellFormed(info, true);
}

// toWellFormed(string)
void ToWellFormed(const Info &info)
{
    WellFormed(info, false);
}

} // namespace

constexpr Native kTextNatives[] = {{"base64Decode", Base64Decode},
                                   {"base64Encode", Base64Encode},
                                   {"isWellFormed", IsWellFormed},
                                   {"toWellFormed", ToWellFormed},
                                   {"utf8Decode", Utf8Decode},
                                   {"utf8Encode", Utf8Encode},
                                   {"utf8EncodeInto", Utf8EncodeInto},
                                   {"utf8Length", Utf8Length},
                                   {nullptr, nullptr}};

} // namespace v8e
