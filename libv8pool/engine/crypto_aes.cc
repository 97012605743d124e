// SPDX-License-Identifier: Apache-2.0
//
// crypto_aes.cc: AES-CBC, with its padding, and AES-KW.  AES-GCM is in
// crypto.cc.

#include "crypto.h"

#include <climits>
#include <openssl/crypto.h>

namespace v8e {
namespace {

constexpr size_t kBlock = 16;

using Cipher = std::unique_ptr<EVP_CIPHER, Freed<EVP_CIPHER_free>>;
using CipherContext = std::unique_ptr<EVP_CIPHER_CTX,
                                      Freed<EVP_CIPHER_CTX_free>>;

struct Scratch {
    explicit Scratch(size_t wanted)
        : size(wanted), data(static_cast<uint8_t *>(OPENSSL_malloc(wanted)))
    {
    }
    ~Scratch() { OPENSSL_clear_free(data, size); }
    Scratch(const Scratch &) = delete;
    Scratch &operator=(const Scratch &) = delete;

    const size_t size;
    uint8_t *const data;
};

// kind: "CBC" or "WRAP"
Cipher CipherOf(const char *kind, size_t key_size)
{
    char name[32];

    if (key_size != 16 && key_size != 24 && key_size != 32) {
        return nullptr;
    }
    snprintf(name, sizeof(name), "AES-%zu-%s", key_size * CHAR_BIT, kind);
    return Cipher(EVP_CIPHER_fetch(nullptr, name, nullptr));
}

// iv: nullptr, or a block
void Run(const Info &info, const char *kind, const uint8_t *iv, bool seals,
         const Bytes &key, const Bytes &data)
{
    NoErrorsLeft errors;
    Cipher cipher = CipherOf(kind, key.size());
    CipherContext context(EVP_CIPHER_CTX_new());
    int length = 0, rest = 0;

    if (cipher == nullptr || context == nullptr ||
        data.size() > INT_MAX - 2 * kBlock) {
        return;
    }
    Scratch result(data.size() + 2 * kBlock);

    if (result.data == nullptr) {
        ThrowRangeError(info.GetIsolate(), "Array buffer allocation failed");
        return;
    }
    EVP_CIPHER_CTX_set_flags(context.get(), EVP_CIPHER_CTX_FLAG_WRAP_ALLOW);
    if (EVP_CipherInit_ex2(context.get(), cipher.get(), key.data(), iv, seals,
                           nullptr) == 1 &&
        EVP_CipherUpdate(context.get(), result.data, &length, data.data(),
                         static_cast<int>(data.size())) == 1 &&
        EVP_CipherFinal_ex(context.get(), result.data + length, &rest) == 1) {
        Give(info, result.data, static_cast<size_t>(length + rest));
    }
}

// aesCbc(seals, key, iv, data): undefined where the padding is wrong
void AesCbc(const Info &info)
{
    if (!Takes(info, "*vvv")) {
        return;
    }
    Bytes key(info[1]);
    Bytes iv(info[2]);
    Bytes data(info[3]);

    if (iv.size() == kBlock) {
        Run(info, "CBC", iv.data(), info[0]->IsTrue(), key, data);
    }
}

// aesKw(seals, key, data): RFC 3394; undefined where it was changed
void AesKw(const Info &info)
{
    if (!Takes(info, "*vv")) {
        return;
    }
    Bytes key(info[1]);
    Bytes data(info[2]);

    if (data.size() % 8 == 0 && data.size() >= kBlock) {
        Run(info, "WRAP", nullptr, info[0]->IsTrue(), key, data);
    }
}

} // namespace

constexpr Native kAesNatives[] = {
    {"aesCbc", AesCbc}, {"aesKw", AesKw}, {nullptr, nullptr}};

} // namespace v8e
