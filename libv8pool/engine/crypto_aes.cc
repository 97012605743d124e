// SPDX-License-Identifier: Apache-2.0
//
// crypto_aes.cc: AES-CBC, with its padding, AES-CTR and AES-KW.  AES-GCM is in
// crypto.cc.

#include "crypto.h"

#include <climits>
#include <cstdio>
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

__extension__ using Counter = unsigned __int128;

// kind: "CBC", "CTR" or "WRAP"
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

// What is to be done with one value of the counter's upper bits, which OpenSSL
// would change.
bool RunCtr(const EVP_CIPHER *cipher, const Bytes &key, Counter counter,
            const uint8_t *from, size_t size, uint8_t *to)
{
    CipherContext context(EVP_CIPHER_CTX_new());
    uint8_t iv[kBlock];
    int length = 0;

    for (size_t i = kBlock; i-- > 0; counter >>= CHAR_BIT) {
        iv[i] = static_cast<uint8_t>(counter);
    }
    return context != nullptr &&
           EVP_CipherInit_ex2(context.get(), cipher, key.data(), iv, 1,
                              nullptr) == 1 &&
           EVP_CipherUpdate(context.get(), to, &length, from,
                            static_cast<int>(size)) == 1;
}

// aesCtr(key, counter, bits that count, data): undefined where there are more
// blocks than values
void AesCtr(const Info &info)
{
    if (!Takes(info, "vviv")) {
        return;
    }
    NoErrorsLeft errors;
    Bytes key(info[0]);
    Bytes first(info[1]);
    int bits = info[2].As<v8::Int32>()->Value();
    Bytes data(info[3]);
    Cipher cipher = CipherOf("CTR", key.size());
    v8::Local<v8::Uint8Array> array;
    Counter counter = 0;
    uint8_t *to;

    if (cipher == nullptr || first.size() != kBlock || bits < 1 ||
        bits > 128 || data.size() > INT_MAX) {
        return;
    }
    for (size_t i = 0; i < kBlock; i++) {
        counter = counter << CHAR_BIT | first.data()[i];
    }
    Counter mask = ~Counter{0} >> (128 - bits);
    Counter left = mask - (counter & mask); // blocks after this one
    Counter blocks = (data.size() + kBlock - 1) / kBlock;

    if ((blocks > 0 && blocks - 1 > mask) ||
        !NewBytes(info.GetIsolate(), data.size(), &to).ToLocal(&array)) {
        return;
    }
    size_t part = blocks > 0 && blocks - 1 > left
                      ? static_cast<size_t>(left + 1) * kBlock
                      : data.size();

    if (RunCtr(cipher.get(), key, counter, data.data(), part, to) &&
        (part == data.size() ||
         RunCtr(cipher.get(), key, counter & ~mask, data.data() + part,
                data.size() - part, to + part))) {
        info.GetReturnValue().Set(array);
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
    {"aesCbc", AesCbc}, {"aesCtr", AesCtr}, {"aesKw", AesKw}, {nullptr, nullptr}};

} // namespace v8e
