// SPDX-License-Identifier: Apache-2.0
//
// crypto_derive.cc: bits from a secret: HKDF and PBKDF2.

#include "crypto.h"

#include <climits>
#include <cstring>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/kdf.h>

namespace v8e {
namespace {

using Kdf = std::unique_ptr<EVP_KDF, Freed<EVP_KDF_free>>;
using KdfContext = std::unique_ptr<EVP_KDF_CTX, Freed<EVP_KDF_CTX_free>>;
using Mac = std::unique_ptr<EVP_MAC, Freed<EVP_MAC_free>>;
using MacContext = std::unique_ptr<EVP_MAC_CTX, Freed<EVP_MAC_CTX_free>>;

OSSL_PARAM Octets(const char *name, const Bytes &bytes)
{
    return OSSL_PARAM_construct_octet_string(
        name, const_cast<uint8_t *>(bytes.data()), bytes.size());
}

OSSL_PARAM Digest(const char *name, const EVP_MD *hash)
{
    return OSSL_PARAM_construct_utf8_string(
        name, const_cast<char *>(EVP_MD_get0_name(hash)), 0);
}

// hkdf(hash, secret, salt, info, bytes that are wanted)
void Hkdf(const Info &info)
{
    if (!Takes(info, "svvvi")) {
        return;
    }
    NoErrorsLeft errors;
    v8::Isolate *isolate = info.GetIsolate();
    const EVP_MD *hash = HashOf(isolate, info[0]);
    Bytes secret(info[1]);
    Bytes salt(info[2]);
    Bytes context(info[3]);
    int size = info[4].As<v8::Int32>()->Value();
    uint8_t result[255 * EVP_MAX_MD_SIZE]; // the most there is
    Kdf kdf(EVP_KDF_fetch(nullptr, OSSL_KDF_NAME_HKDF, nullptr));

    if (hash == nullptr || kdf == nullptr || size <= 0 ||
        size > static_cast<int>(sizeof(result))) {
        return;
    }
    KdfContext of(EVP_KDF_CTX_new(kdf.get()));
    OSSL_PARAM params[] = {Digest(OSSL_KDF_PARAM_DIGEST, hash),
                           Octets(OSSL_KDF_PARAM_KEY, secret),
                           Octets(OSSL_KDF_PARAM_SALT, salt),
                           Octets(OSSL_KDF_PARAM_INFO, context),
                           OSSL_PARAM_construct_end()};

    if (of != nullptr && EVP_KDF_derive(of.get(), result,
                                        static_cast<size_t>(size),
                                        params) == 1) {
        Give(info, result, static_cast<size_t>(size));
    }
    OPENSSL_cleanse(result, sizeof(result));
}

// One block of RFC 8018, 5.2.  OpenSSL's own PBKDF2 does not ask whether it is
// to go on, and how long it takes is for the bundle to say.
bool Block(const Info &info, EVP_MAC_CTX *mac, const Bytes &salt,
           uint32_t index, int iterations, uint8_t *block)
{
    uint8_t number[4] = {
        static_cast<uint8_t>(index >> 24), static_cast<uint8_t>(index >> 16),
        static_cast<uint8_t>(index >> 8), static_cast<uint8_t>(index)};
    uint8_t last[EVP_MAX_MD_SIZE];
    size_t size = 0;

    if (EVP_MAC_init(mac, nullptr, 0, nullptr) != 1 ||
        EVP_MAC_update(mac, salt.data(), salt.size()) != 1 ||
        EVP_MAC_update(mac, number, sizeof(number)) != 1 ||
        EVP_MAC_final(mac, last, &size, sizeof(last)) != 1) {
        return false;
    }
    memcpy(block, last, size);
    for (int i = 1; i < iterations; i++) {
        if (IsEnding(info) || EVP_MAC_init(mac, nullptr, 0, nullptr) != 1 ||
            EVP_MAC_update(mac, last, size) != 1 ||
            EVP_MAC_final(mac, last, &size, sizeof(last)) != 1) {
            return false;
        }
        for (size_t k = 0; k < size; k++) {
            block[k] ^= last[k];
        }
    }
    return true;
}

// pbkdf2(hash, password, salt, iterations, bytes that are wanted)
void Pbkdf2(const Info &info)
{
    if (!Takes(info, "svvii")) {
        return;
    }
    NoErrorsLeft errors;
    v8::Isolate *isolate = info.GetIsolate();
    const EVP_MD *hash = HashOf(isolate, info[0]);
    Bytes password(info[1]);
    Bytes salt(info[2]);
    int iterations = info[3].As<v8::Int32>()->Value();
    int wanted = info[4].As<v8::Int32>()->Value();
    Mac hmac(EVP_MAC_fetch(nullptr, "HMAC", nullptr));

    if (hash == nullptr || hmac == nullptr || wanted <= 0 || iterations <= 0) {
        return;
    }
    OSSL_PARAM params[] = {Digest(OSSL_MAC_PARAM_DIGEST, hash),
                           OSSL_PARAM_construct_end()};
    MacContext mac(EVP_MAC_CTX_new(hmac.get()));
    uint8_t block[EVP_MAX_MD_SIZE];
    size_t size = static_cast<size_t>(EVP_MD_get_size(hash));
    size_t left = static_cast<size_t>(wanted);
    v8::Local<v8::Uint8Array> array;
    uint8_t *to;

    if (mac == nullptr ||
        EVP_MAC_init(mac.get(), password.data(), password.size(), params) !=
            1 ||
        !NewBytes(isolate, left, &to).ToLocal(&array)) {
        return;
    }
    for (uint32_t i = 1; left > 0; i++) {
        size_t part = left < size ? left : size;

        if (IsEnding(info) ||
            !Block(info, mac.get(), salt, i, iterations, block)) {
            return;
        }
        memcpy(to, block, part);
        to += part;
        left -= part;
    }
    OPENSSL_cleanse(block, sizeof(block));
    info.GetReturnValue().Set(array);
}

} // namespace

constexpr Native kDeriveNatives[] = {
    {"hkdf", Hkdf}, {"pbkdf2", Pbkdf2}, {nullptr, nullptr}};

} // namespace v8e
