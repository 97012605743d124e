// SPDX-License-Identifier: Apache-2.0
//
// crypto.cc: random bytes, digests, HMAC and AES-GCM, by OpenSSL.  The runtime has
// checked the arguments (runtime/src/crypto.js).

#include "crypto.h"

#include <climits>
#include <cstdio>
#include <cstring>
#include <memory>
#include <openssl/crypto.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>

namespace v8e {

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

bool IsEnding(const Info &info)
{
    return v8e_isolate::From(info.GetIsolate())->ending;
}

namespace {

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

const EVP_CIPHER *GcmOf(size_t key_size)
{
    switch (key_size) {
    case 16:
        return EVP_aes_128_gcm();
    case 24:
        return EVP_aes_192_gcm();
    default:
        return EVP_aes_256_gcm();
    }
}

constexpr int kTagMax = 16;

struct Gcm {
    Bytes key;
    Bytes iv;
    Bytes extra; // additional data, which is authenticated only
    int tag_size;
    bool seals;
};

constexpr size_t kIntMax = INT_MAX;

// Reads size bytes, writes as many.  The tag is behind what is written, or has
// to match.  Without keeping anything if it does not.
bool RunGcm(const Gcm &gcm, const uint8_t *from, size_t size, uint8_t *to,
            uint8_t *tag)
{
    std::unique_ptr<EVP_CIPHER_CTX, decltype(&EVP_CIPHER_CTX_free)> owned(
        EVP_CIPHER_CTX_new(), EVP_CIPHER_CTX_free);
    EVP_CIPHER_CTX *ctx = owned.get();
    uint8_t nothing[16];
    int n = 0;

    if (ctx == nullptr || size > kIntMax || gcm.iv.size() > kIntMax ||
        gcm.extra.size() > kIntMax ||
        EVP_CipherInit_ex(ctx, GcmOf(gcm.key.size()), nullptr, nullptr,
                          nullptr, gcm.seals) != 1 ||
        EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_SET_IVLEN,
                            static_cast<int>(gcm.iv.size()), nullptr) != 1 ||
        EVP_CipherInit_ex(ctx, nullptr, nullptr, gcm.key.data(), gcm.iv.data(),
                          -1) != 1) {
        return false;
    }
    if (gcm.extra.size() > 0 &&
        EVP_CipherUpdate(ctx, nullptr, &n, gcm.extra.data(),
                         static_cast<int>(gcm.extra.size())) != 1) {
        return false;
    }
    if (size > 0 && EVP_CipherUpdate(ctx, to, &n, from,
                                     static_cast<int>(size)) != 1) {
        return false;
    }
    if (!gcm.seals && EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_SET_TAG,
                                          gcm.tag_size, tag) != 1) {
        return false;
    }
    if (EVP_CipherFinal_ex(ctx, nothing, &n) != 1) {
        return false;
    }
    return !gcm.seals || EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_GET_TAG,
                                             gcm.tag_size, tag) == 1;
}

// aesGcm(seals, key, iv, bytes, extra, tag size): undefined where the tag is
// wrong, or OpenSSL cannot take an initialization vector of that length.
void AesGcm(const Info &info)
{
    if (!Takes(info, "*vvvvi")) {
        return;
    }
    Gcm gcm = {Bytes(info[1]), Bytes(info[2]), Bytes(info[4]),
               info[5].As<v8::Int32>()->Value(), info[0]->IsTrue()};
    Bytes bytes(info[3]);
    size_t key_size = gcm.key.size();
    size_t tag_size = static_cast<size_t>(gcm.tag_size);

    // Checked in aes-gcm.js, with built-ins that a bundle may have changed.
    if (gcm.tag_size <= 0 || gcm.tag_size > kTagMax ||
        (key_size != 16 && key_size != 24 && key_size != 32) ||
        (!gcm.seals && bytes.size() < tag_size)) {
        ThrowRangeError(info.GetIsolate(),
                        "AES-GCM: a key, a tag or data of another length was "
                        "expected");
        return;
    }
    size_t size = gcm.seals ? bytes.size() : bytes.size() - tag_size;
    uint8_t tag[kTagMax];
    uint8_t *data;
    v8::Local<v8::Uint8Array> array;

    if (!NewBytes(info.GetIsolate(), gcm.seals ? size + tag_size : size, &data)
             .ToLocal(&array)) {
        return;
    }
    if (!gcm.seals) {
        memcpy(tag, bytes.data() + size, tag_size);
    }
    if (!RunGcm(gcm, bytes.data(), size, data, tag)) {
        return;
    }
    if (gcm.seals) {
        memcpy(data + size, tag, tag_size);
    }
    info.GetReturnValue().Set(array);
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
    {"aesGcm", AesGcm}, {"digest", Digest}, {"equal", Equal},
    {"hmac", Hmac},     {"random", Random}, {"uuid", Uuid},
    {nullptr, nullptr}};

} // namespace v8e
