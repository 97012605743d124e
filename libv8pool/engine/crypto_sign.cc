// SPDX-License-Identifier: Apache-2.0
//
// crypto_sign.cc: what is done with keys of two halves: signatures (ECDSA,
// RSASSA-PKCS1-v1_5, RSA-PSS), RSA-OAEP, ECDH.

#include "crypto.h"

#include <cstring>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/rsa.h>

namespace v8e {
namespace {

constexpr int kResultMax = kRsaBitsMax / 8;
constexpr int kPkcs1 = -1; // in place of a salt's length

using DigestContext = std::unique_ptr<EVP_MD_CTX, Freed<EVP_MD_CTX_free>>;
using Signature = std::unique_ptr<ECDSA_SIG, Freed<ECDSA_SIG_free>>;

// Of ECDSA there are two forms: OpenSSL's is DER, WebCrypto's the two numbers,
// each as long as a coordinate (IEEE P1363).
size_t ToP1363(const Curve &curve, const uint8_t *der, size_t length,
               uint8_t *to)
{
    Signature pair(d2i_ECDSA_SIG(nullptr, &der, static_cast<long>(length)));
    int size = static_cast<int>(curve.size);

    if (pair == nullptr ||
        BN_bn2binpad(ECDSA_SIG_get0_r(pair.get()), to, size) != size ||
        BN_bn2binpad(ECDSA_SIG_get0_s(pair.get()), to + size, size) != size) {
        return 0;
    }
    return 2 * curve.size;
}

// 0: it is none
size_t ToDer(const Curve &curve, const Bytes &p1363, uint8_t *to)
{
    int size = static_cast<int>(curve.size);
    Signature pair(ECDSA_SIG_new());

    if (p1363.size() != 2 * curve.size || pair == nullptr) {
        return 0;
    }
    Number r(BN_bin2bn(p1363.data(), size, nullptr));
    Number s(BN_bin2bn(p1363.data() + size, size, nullptr));

    if (r == nullptr || s == nullptr ||
        ECDSA_SIG_set0(pair.get(), r.get(), s.get()) != 1) {
        return 0;
    }
    r.release(); // the pair's
    s.release();
    int length = i2d_ECDSA_SIG(pair.get(), &to);

    return length > 0 ? static_cast<size_t>(length) : 0;
}

bool SetPadding(EVP_PKEY_CTX *context, int salt)
{
    if (salt == kPkcs1) {
        return EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PADDING) == 1;
    }
    // a negative one means something else to OpenSSL
    return salt >= 0 && salt <= kResultMax &&
           EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PSS_PADDING) == 1 &&
           EVP_PKEY_CTX_set_rsa_pss_saltlen(context, salt) == 1;
}

// What both need: (kind, parts, hash, salt's length, ...).
struct Signing {
    explicit Signing(const Info &info)
        : curve(CurveOf(info.GetIsolate(), info[0])),
          hash(HashOf(info.GetIsolate(), info[2])),
          salt(info[3].As<v8::Int32>()->Value()),
          key(KeyOf(info.GetIsolate(), info[0], info[1])),
          context(EVP_MD_CTX_new())
    {
    }
    bool IsKnown() const
    {
        return key != nullptr && hash != nullptr && context != nullptr;
    }

    const Curve *curve; // nullptr: RSA
    const EVP_MD *hash;
    int salt;
    PKey key;
    DigestContext context;
    EVP_PKEY_CTX *of = nullptr; // the context's, once that has begun
};

// sign(kind, parts, hash, salt's length, data)
void Sign(const Info &info)
{
    if (!Takes(info, "sasiv")) {
        return;
    }
    NoErrorsLeft errors;
    Signing by(info);
    Bytes data(info[4]);
    uint8_t made[kResultMax], result[kResultMax];
    size_t size = sizeof(made);

    if (!by.IsKnown() ||
        EVP_DigestSignInit(by.context.get(), &by.of, by.hash, nullptr,
                           by.key.get()) != 1 ||
        (by.curve == nullptr && !SetPadding(by.of, by.salt)) ||
        EVP_DigestSign(by.context.get(), made, &size, data.data(),
                       data.size()) != 1) {
        return;
    }
    if (by.curve == nullptr) {
        Give(info, made, size);
    }
    else if ((size = ToP1363(*by.curve, made, size, result)) > 0) {
        Give(info, result, size);
    }
}

// verify(kind, parts, hash, salt's length, signature, data): undefined where
// the key is none
void Verify(const Info &info)
{
    if (!Takes(info, "sasivv")) {
        return;
    }
    NoErrorsLeft errors;
    Signing by(info);
    Bytes given(info[4]);
    Bytes data(info[5]);
    uint8_t der[kResultMax];
    const uint8_t *signature = given.data();
    size_t size = given.size();

    if (!by.IsKnown() ||
        EVP_DigestVerifyInit(by.context.get(), &by.of, by.hash, nullptr,
                             by.key.get()) != 1) {
        return;
    }
    if (by.curve != nullptr) {
        size = ToDer(*by.curve, given, der);
        signature = der;
    }
    else if (!SetPadding(by.of, by.salt)) {
        size = 0;
    }
    info.GetReturnValue().Set(
        size > 0 && EVP_DigestVerify(by.context.get(), signature, size,
                                     data.data(), data.size()) == 1);
}

// rsaOaep(seals, parts, hash, data, label)
void RsaOaep(const Info &info)
{
    if (!Takes(info, "*asvv")) {
        return;
    }
    NoErrorsLeft errors;
    v8::Isolate *isolate = info.GetIsolate();
    bool seals = info[0]->IsTrue();
    const EVP_MD *hash = HashOf(isolate, info[2]);
    PKey key = KeyOf(isolate, Utf8(isolate, "RSA", 3), info[1]);
    Bytes data(info[3]);
    Bytes label(info[4]);
    uint8_t result[kResultMax];
    size_t size = sizeof(result);

    if (key == nullptr || hash == nullptr) {
        return;
    }
    PKeyContext context(EVP_PKEY_CTX_new_from_pkey(nullptr, key.get(), nullptr));
    char name[] = OSSL_PKEY_RSA_PAD_MODE_OAEP;
    OSSL_PARAM params[] = {
        OSSL_PARAM_construct_utf8_string(OSSL_ASYM_CIPHER_PARAM_PAD_MODE, name,
                                         0),
        OSSL_PARAM_construct_utf8_string(
            OSSL_ASYM_CIPHER_PARAM_OAEP_DIGEST,
            const_cast<char *>(EVP_MD_get0_name(hash)), 0),
        OSSL_PARAM_construct_octet_string(
            OSSL_ASYM_CIPHER_PARAM_OAEP_LABEL,
            const_cast<uint8_t *>(label.data()), label.size()),
        OSSL_PARAM_construct_end()};

    if (context == nullptr) {
        return;
    }
    if (seals
            ? EVP_PKEY_encrypt_init_ex(context.get(), params) == 1 &&
                  EVP_PKEY_encrypt(context.get(), result, &size, data.data(),
                                   data.size()) == 1
            : EVP_PKEY_decrypt_init_ex(context.get(), params) == 1 &&
                  EVP_PKEY_decrypt(context.get(), result, &size, data.data(),
                                   data.size()) == 1) {
        Give(info, result, size);
    }
    OPENSSL_cleanse(result, sizeof(result));
}

// ecdh(curve, parts, parts of the other's): the shared secret
void Ecdh(const Info &info)
{
    if (!Takes(info, "saa")) {
        return;
    }
    NoErrorsLeft errors;
    v8::Isolate *isolate = info.GetIsolate();
    const Curve *curve = CurveOf(isolate, info[0]);
    PKey own = KeyOf(isolate, info[0], info[1]);
    PKey other = KeyOf(isolate, info[0], info[2]);
    uint8_t secret[kResultMax];
    size_t size = sizeof(secret);

    if (curve == nullptr || own == nullptr || other == nullptr) {
        return;
    }
    PKeyContext context(EVP_PKEY_CTX_new_from_pkey(nullptr, own.get(), nullptr));

    if (context != nullptr && EVP_PKEY_derive_init(context.get()) == 1 &&
        EVP_PKEY_derive_set_peer(context.get(), other.get()) == 1 &&
        EVP_PKEY_derive(context.get(), secret, &size) == 1) {
        Give(info, secret, size);
    }
    OPENSSL_cleanse(secret, sizeof(secret));
}

} // namespace

constexpr Native kSignNatives[] = {{"ecdh", Ecdh},
                                   {"rsaOaep", RsaOaep},
                                   {"sign", Sign},
                                   {"verify", Verify},
                                   {nullptr, nullptr}};

} // namespace v8e
