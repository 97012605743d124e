// SPDX-License-Identifier: Apache-2.0
//
// crypto_key.cc: keys of two halves: made, taken, read and written.  What a
// native refuses it answers with undefined: the runtime says why.

#include "crypto.h"

#include <climits>
#include <cstring>
#include <openssl/core_names.h>
#include <openssl/decoder.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

namespace v8e {
namespace {

// The longest that RSA's largest key has is below 3 kB.
constexpr size_t kDerMax = 16384;
constexpr int kMadeBitsMin = 1024;
constexpr size_t kExponentMax = 4;

using Decoder = std::unique_ptr<OSSL_DECODER_CTX, Freed<OSSL_DECODER_CTX_free>>;
using Pkcs8 =
    std::unique_ptr<PKCS8_PRIV_KEY_INFO, Freed<PKCS8_PRIV_KEY_INFO_free>>;

bool PartsOf(v8::Isolate *isolate, v8::Local<v8::Value> value, Parts *parts)
{
    v8::Local<v8::Context> context = isolate->GetCurrentContext();

    if (!value->IsArray()) {
        return false;
    }
    auto array = value.As<v8::Array>();

    parts->count = array->Length();
    if (parts->count > kPartsMax) {
        return false;
    }
    for (uint32_t i = 0; i < parts->count; i++) {
        if (!array->Get(context, i).ToLocal(&parts->part[i])) {
            return false;
        }
    }
    return true;
}

void GiveParts(const Info &info, const Curve *curve, EVP_PKEY *key,
               bool is_private)
{
    v8::Isolate *isolate = info.GetIsolate();
    v8::Local<v8::Array> parts;

    if (key != nullptr &&
        (curve != nullptr ? EcParts(isolate, *curve, key, is_private)
                          : RsaParts(isolate, key, is_private))
            .ToLocal(&parts)) {
        info.GetReturnValue().Set(parts);
    }
}

// Only keys of that type are decoded: OpenSSL computes with the numbers of some
// others, however large they are.
PKey Read(const char *type, const Bytes &der, bool is_private)
{
    EVP_PKEY *key = nullptr;
    const uint8_t *data = der.data();
    size_t left = der.size();
    Decoder decoder(OSSL_DECODER_CTX_new_for_pkey(
        &key, "DER", is_private ? "PrivateKeyInfo" : "SubjectPublicKeyInfo",
        type, is_private ? EVP_PKEY_KEYPAIR : EVP_PKEY_PUBLIC_KEY, nullptr,
        nullptr));

    if (decoder == nullptr || der.size() > kDerMax) {
        return nullptr;
    }
    bool done = OSSL_DECODER_from_data(decoder.get(), &data, &left) == 1;
    PKey owned(key);

    return done && left == 0 ? std::move(owned) : nullptr;
}

// keyRead(kind, DER, is private): the parts
void KeyRead(const Info &info)
{
    if (!Takes(info, "sv")) {
        return;
    }
    NoErrorsLeft errors;
    const Curve *curve = CurveOf(info.GetIsolate(), info[0]);
    Bytes der(info[1]);
    bool is_private = info[2]->IsTrue();
    PKey key = Read(curve != nullptr ? "EC" : "RSA", der, is_private);

    GiveParts(info, curve, key.get(), is_private);
}

// keyTake(kind, parts): the same parts, if such a key may have them; a point
// that was compressed is not any more
void KeyTake(const Info &info)
{
    if (!Takes(info, "sa")) {
        return;
    }
    NoErrorsLeft errors;
    v8::Isolate *isolate = info.GetIsolate();
    const Curve *curve = CurveOf(isolate, info[0]);
    PKey key = KeyOf(isolate, info[0], info[1]);

    GiveParts(info, curve, key.get(),
              info[1].As<v8::Array>()->Length() > (curve != nullptr ? 1 : 2));
}

void GiveDer(const Info &info, uint8_t *der, int size)
{
    if (size > 0) {
        Give(info, der, static_cast<size_t>(size));
        OPENSSL_clear_free(der, static_cast<size_t>(size));
    }
}

// keyWrite(kind, parts, is private): DER, PKCS #8 or SubjectPublicKeyInfo
void KeyWrite(const Info &info)
{
    if (!Takes(info, "sa")) {
        return;
    }
    NoErrorsLeft errors;
    PKey key = KeyOf(info.GetIsolate(), info[0], info[1]);
    uint8_t *der = nullptr;

    if (key == nullptr) {
        return;
    }
    if (!info[2]->IsTrue()) {
        GiveDer(info, der, i2d_PUBKEY(key.get(), &der));
        return;
    }
    Pkcs8 pkcs8(EVP_PKEY2PKCS8(key.get()));

    if (pkcs8 != nullptr) {
        GiveDer(info, der, i2d_PKCS8_PRIV_KEY_INFO(pkcs8.get(), &der));
    }
}

// ecMake(curve): parts of a private key
void EcMake(const Info &info)
{
    if (!Takes(info, "s")) {
        return;
    }
    NoErrorsLeft errors;
    const Curve *curve = CurveOf(info.GetIsolate(), info[0]);

    if (curve == nullptr) {
        return;
    }
    PKey key(EVP_EC_gen(curve->group));

    GiveParts(info, curve, key.get(), true);
}

// OpenSSL asks while it looks for primes: a limit of the render's ends that.
int GoOn(EVP_PKEY_CTX *context)
{
    return !IsEnding(*static_cast<const Info *>(
        EVP_PKEY_CTX_get_app_data(context)));
}

// rsaMake(bits, exponent): parts of a private key
void RsaMake(const Info &info)
{
    if (!Takes(info, "iv")) {
        return;
    }
    NoErrorsLeft errors;
    int bits = info[0].As<v8::Int32>()->Value();
    Number exponent = NumberOf(info[1]);
    PKeyContext context(EVP_PKEY_CTX_new_from_name(nullptr, "RSA", nullptr));
    EVP_PKEY *key = nullptr;

    if (bits < kMadeBitsMin || bits > kRsaPrivateBitsMax || exponent == nullptr ||
        !BN_is_odd(exponent.get()) || BN_is_one(exponent.get()) ||
        BN_num_bytes(exponent.get()) > static_cast<int>(kExponentMax) ||
        context == nullptr || EVP_PKEY_keygen_init(context.get()) != 1 ||
        EVP_PKEY_CTX_set_rsa_keygen_bits(context.get(), bits) != 1 ||
        EVP_PKEY_CTX_set1_rsa_keygen_pubexp(context.get(), exponent.get()) !=
            1) {
        return;
    }
    EVP_PKEY_CTX_set_app_data(context.get(), const_cast<Info *>(&info));
    EVP_PKEY_CTX_set_cb(context.get(), GoOn);
    if (EVP_PKEY_generate(context.get(), &key) == 1) {
        PKey owned(key);

        GiveParts(info, nullptr, key, true);
    }
}

} // namespace

PKey KeyOf(v8::Isolate *isolate, v8::Local<v8::Value> kind,
           v8::Local<v8::Value> value)
{
    const Curve *curve = CurveOf(isolate, kind);
    Parts parts;

    if (!PartsOf(isolate, value, &parts)) {
        return nullptr;
    }
    return curve != nullptr ? EcKey(*curve, parts) : RsaKey(parts);
}

v8::MaybeLocal<v8::Uint8Array> BytesOf(v8::Isolate *isolate,
                                       const BIGNUM *number, size_t size)
{
    size_t wanted = size > 0 ? size
                             : static_cast<size_t>(BN_num_bytes(number));
    v8::Local<v8::Uint8Array> array;
    uint8_t *data;

    if (!NewBytes(isolate, wanted, &data).ToLocal(&array) ||
        BN_bn2binpad(number, data, static_cast<int>(wanted)) < 0) {
        return {};
    }
    return array;
}

Number NumberOf(v8::Local<v8::Value> value)
{
    Bytes bytes(value);

    if (bytes.size() > static_cast<size_t>(kRsaBitsMax) / CHAR_BIT) {
        return nullptr;
    }
    return Number(BN_bin2bn(bytes.data(), static_cast<int>(bytes.size()),
                            nullptr));
}

constexpr Native kKeyNatives[] = {
    {"ecMake", EcMake},     {"keyRead", KeyRead}, {"keyTake", KeyTake},
    {"keyWrite", KeyWrite}, {"rsaMake", RsaMake}, {nullptr, nullptr}};

} // namespace v8e
