// SPDX-License-Identifier: Apache-2.0
//
// crypto.cc: random bytes, digests and HMAC, by OpenSSL.  The runtime has
// checked the arguments (runtime/src/crypto.js).

#include "natives.h"

#include <cstdio>
#include <cstring>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>

namespace v8e {
namespace {

const EVP_MD *HashOf(v8::Isolate *isolate, v8::Local<v8::Value> name)
{
    v8::String::Utf8Value text(isolate, name);

    if (*text == nullptr) {
        return nullptr;
    }
    if (strcmp(*text, "SHA-1") == 0) {
        return EVP_sha1();
    }
    if (strcmp(*text, "SHA-256") == 0) {
        return EVP_sha256();
    }
    if (strcmp(*text, "SHA-384") == 0) {
        return EVP_sha384();
    }
    return strcmp(*text, "SHA-512") == 0 ? EVP_sha512() : nullptr;
}

void Give(const Info &info, const uint8_t *bytes, size_t size)
{
    uint8_t *data;
    v8::Local<v8::Uint8Array> array;

    if (NewBytes(info.GetIsolate(), size, &data).ToLocal(&array)) {
        memcpy(data, bytes, size);
        info.GetReturnValue().Set(array);
    }
}

void Failed(const Info &info)
{
    ThrowTypeError(info.GetIsolate(), "OpenSSL cannot do this here");
}

// digest(hash, bytes)
void Digest(const Info &info)
{
    const EVP_MD *hash = HashOf(info.GetIsolate(), info[0]);
    Bytes bytes(info[1]);
    uint8_t result[EVP_MAX_MD_SIZE];
    unsigned size = 0;

    if (hash == nullptr || EVP_Digest(bytes.data(), bytes.size(), result,
                                      &size, hash, nullptr) != 1) {
        Failed(info);
        return;
    }
    Give(info, result, size);
}

// hmac(hash, key, bytes)
void Hmac(const Info &info)
{
    const EVP_MD *hash = HashOf(info.GetIsolate(), info[0]);
    Bytes key(info[1]);
    Bytes bytes(info[2]);
    uint8_t result[EVP_MAX_MD_SIZE];
    unsigned size = 0;

    if (hash == nullptr ||
        HMAC(hash, key.data(), static_cast<int>(key.size()), bytes.data(),
             bytes.size(), result, &size) == nullptr) {
        Failed(info);
        return;
    }
    Give(info, result, size);
}

// equal(a, b): takes as long wherever they differ.
void Equal(const Info &info)
{
    Bytes a(info[0]);
    Bytes b(info[1]);

    info.GetReturnValue().Set(a.size() == b.size() &&
                              CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0);
}

// random(array): fills it.
void Random(const Info &info)
{
    if (!Takes(info, "v")) {
        return;
    }
    auto view = info[0].As<v8::ArrayBufferView>();
    auto *data = static_cast<uint8_t *>(
                     view->Buffer()->GetBackingStore()->Data()) +
                 view->ByteOffset();

    if (view->ByteLength() > 0 &&
        RAND_bytes(data, static_cast<int>(view->ByteLength())) != 1) {
        Failed(info);
        return;
    }
    info.GetReturnValue().Set(info[0]);
}

// uuid(): version 4, RFC 9562.
void Uuid(const Info &info)
{
    static const char kDigits[] = "0123456789abcdef";
    uint8_t bytes[16];
    char text[36];
    char *to = text;

    if (RAND_bytes(bytes, sizeof(bytes)) != 1) {
        Failed(info);
        return;
    }
    bytes[6] = static_cast<uint8_t>((bytes[6] & 0x0f) | 0x40);
    bytes[8] = static_cast<uint8_t>((bytes[8] & 0x3f) | 0x80);
    for (int i = 0; i < 16; i++) {
        if (i == 4 || i == 6 || i == 8 || i == 10) {
            *to++ = '-';
        }
        *to++ = kDigits[bytes[i] >> 4];
        *to++ = kDigits[bytes[i] & 15];
    }
    info.GetReturnValue().Set(Utf8(info.GetIsolate(), text, sizeof(text)));
}

} // namespace

constexpr Native kCryptoNatives[] = {
    {"digest", Digest}, {"equal", Equal}, {"hmac", Hmac},
    {"random", Random}, {"uuid", Uuid},   {nullptr, nullptr}};

} // namespace v8e
