// SPDX-License-Identifier: Apache-2.0
//
// crypto_rsa.cc: keys of RSA: OpenSSL's of their parts, and back.  How long a
// use of one takes depends on its numbers alone, and no limit of V8's ends it:
// numbers that no real key has are refused.

#include "crypto.h"

#include <openssl/core_names.h>
#include <openssl/param_build.h>

namespace v8e {
namespace {

constexpr uint32_t kPublicParts = 2;
constexpr int kExponentBitsMax = 64;

enum { kN, kE, kD, kP, kQ, kDp, kDq, kQi };

constexpr const char *kNames[kPartsMax] = {
    OSSL_PKEY_PARAM_RSA_N,         OSSL_PKEY_PARAM_RSA_E,
    OSSL_PKEY_PARAM_RSA_D,         OSSL_PKEY_PARAM_RSA_FACTOR1,
    OSSL_PKEY_PARAM_RSA_FACTOR2,   OSSL_PKEY_PARAM_RSA_EXPONENT1,
    OSSL_PKEY_PARAM_RSA_EXPONENT2, OSSL_PKEY_PARAM_RSA_COEFFICIENT1,
};

using Builder = std::unique_ptr<OSSL_PARAM_BLD, Freed<OSSL_PARAM_BLD_free>>;
using Params = std::unique_ptr<OSSL_PARAM, Freed<OSSL_PARAM_free>>;
using BnContext = std::unique_ptr<BN_CTX, Freed<BN_CTX_free>>;

struct Numbers {
    Number at[kPartsMax];
    uint32_t count;
};

bool IsPublicSound(const Numbers &key)
{
    const BIGNUM *n = key.at[kN].get();
    const BIGNUM *e = key.at[kE].get();

    return BN_num_bits(n) >= kRsaBitsMin && BN_num_bits(n) <= kRsaBitsMax &&
           BN_is_odd(n) && BN_num_bits(e) >= 2 &&
           BN_num_bits(e) <= kExponentBitsMax && BN_is_odd(e);
}

// Whether the primes are such is not asked: that takes long.  A key with wrong
// ones only gives wrong signatures.
bool IsPrivateSound(const Numbers &key)
{
    const BIGNUM *n = key.at[kN].get();
    const BIGNUM *p = key.at[kP].get();
    const BIGNUM *q = key.at[kQ].get();
    int half = BN_num_bits(n) / 2 + 64; // more in one makes it slow
    BnContext context(BN_CTX_new());
    Number product(BN_new());

    for (const auto &number : key.at) {
        if (BN_is_zero(number.get())) {
            return false;
        }
    }
    return BN_num_bits(n) <= kRsaPrivateBitsMax && BN_num_bits(p) <= half &&
           BN_num_bits(q) <= half &&
           BN_cmp(key.at[kD].get(), n) < 0 &&
           BN_cmp(key.at[kDp].get(), p) < 0 &&
           BN_cmp(key.at[kDq].get(), q) < 0 &&
           BN_cmp(key.at[kQi].get(), p) < 0 && context != nullptr &&
           product != nullptr &&
           BN_mul(product.get(), p, q, context.get()) == 1 &&
           BN_cmp(product.get(), n) == 0;
}

bool IsSound(const Numbers &key)
{
    for (uint32_t i = 0; i < key.count; i++) {
        if (key.at[i] == nullptr) {
            return false;
        }
    }
    return (key.count == kPublicParts || key.count == kPartsMax) &&
           IsPublicSound(key) &&
           (key.count == kPublicParts || IsPrivateSound(key));
}

} // namespace

PKey RsaKey(const Parts &parts)
{
    Numbers key = {{}, parts.count};
    Builder builder(OSSL_PARAM_BLD_new());
    PKeyContext context(EVP_PKEY_CTX_new_from_name(nullptr, "RSA", nullptr));
    EVP_PKEY *made = nullptr;

    for (uint32_t i = 0; i < parts.count; i++) {
        key.at[i] = NumberOf(parts.part[i]);
    }
    if (builder == nullptr || context == nullptr || !IsSound(key)) {
        return nullptr;
    }
    for (uint32_t i = 0; i < parts.count; i++) {
        if (OSSL_PARAM_BLD_push_BN(builder.get(), kNames[i],
                                   key.at[i].get()) != 1) {
            return nullptr;
        }
    }
    Params params(OSSL_PARAM_BLD_to_param(builder.get()));

    if (params == nullptr || EVP_PKEY_fromdata_init(context.get()) != 1 ||
        EVP_PKEY_fromdata(context.get(), &made,
                          parts.count == kPublicParts ? EVP_PKEY_PUBLIC_KEY
                                                      : EVP_PKEY_KEYPAIR,
                          params.get()) != 1) {
        return nullptr;
    }
    return PKey(made);
}

v8::MaybeLocal<v8::Array> RsaParts(v8::Isolate *isolate, EVP_PKEY *key,
                                   bool is_private)
{
    Numbers numbers = {{}, is_private ? kPartsMax : kPublicParts};
    v8::Local<v8::Value> parts[kPartsMax];

    if (EVP_PKEY_is_a(key, "RSA") != 1) {
        return {};
    }
    for (uint32_t i = 0; i < numbers.count; i++) {
        BIGNUM *number = nullptr;

        if (EVP_PKEY_get_bn_param(key, kNames[i], &number) != 1) {
            return {};
        }
        numbers.at[i].reset(number);
    }
    if (!IsSound(numbers)) {
        return {};
    }
    for (uint32_t i = 0; i < numbers.count; i++) {
        v8::Local<v8::Uint8Array> array;

        if (!BytesOf(isolate, numbers.at[i].get(), 0).ToLocal(&array)) {
            return {};
        }
        parts[i] = array;
    }
    return v8::Array::New(isolate, parts, numbers.count);
}

} // namespace v8e
