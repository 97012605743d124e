// SPDX-License-Identifier: Apache-2.0
//
// crypto_ec.cc: keys of P-256, P-384 and P-521: OpenSSL's of their parts, and
// back.

#include "crypto.h"

#include <cstring>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/param_build.h>

namespace v8e {
namespace {

constexpr Curve kCurves[] = {
    {"P-256", "prime256v1", 32},
    {"P-384", "secp384r1", 48},
    {"P-521", "secp521r1", 66},
};

using Builder = std::unique_ptr<OSSL_PARAM_BLD, Freed<OSSL_PARAM_BLD_free>>;
using Params = std::unique_ptr<OSSL_PARAM, Freed<OSSL_PARAM_free>>;

// Compressed points only come from outside; parts never are.  A leading 0, the
// point at infinity, is no key.
bool IsPoint(const Curve &curve, const Bytes &point)
{
    if (point.size() == 1 + 2 * curve.size) {
        return point.data()[0] == POINT_CONVERSION_UNCOMPRESSED;
    }
    return point.size() == 1 + curve.size && (point.data()[0] | 1) == 3;
}

Number NumberIn(EVP_PKEY *key, const char *name)
{
    BIGNUM *number = nullptr;

    if (EVP_PKEY_get_bn_param(key, name, &number) != 1) {
        return nullptr;
    }
    return Number(number);
}

bool IsOf(const Curve &curve, EVP_PKEY *key)
{
    char group[32];
    size_t length = 0;
    int is_explicit = 0;

    return EVP_PKEY_is_a(key, "EC") == 1 &&
           EVP_PKEY_get_group_name(key, group, sizeof(group), &length) == 1 &&
           strcmp(group, curve.group) == 0 &&
           (EVP_PKEY_get_int_param(
                key, OSSL_PKEY_PARAM_EC_DECODED_FROM_EXPLICIT_PARAMS,
                &is_explicit) != 1 ||
            is_explicit == 0);
}

// The number is that of the point.  That a point is on the curve is looked at
// wherever OpenSSL reads one; that at infinity has no coordinates.
bool IsPair(EVP_PKEY *key)
{
    PKeyContext context(EVP_PKEY_CTX_new_from_pkey(nullptr, key, nullptr));

    return context != nullptr && EVP_PKEY_pairwise_check(context.get()) == 1;
}

} // namespace

const Curve *CurveOf(v8::Isolate *isolate, v8::Local<v8::Value> kind)
{
    v8::String::Utf8Value text(isolate, kind);

    for (const Curve &curve : kCurves) {
        if (*text != nullptr && strcmp(*text, curve.name) == 0) {
            return &curve;
        }
    }
    return nullptr;
}

PKey EcKey(const Curve &curve, const Parts &parts)
{
    if (parts.count < 1 || parts.count > 2) {
        return nullptr;
    }
    Bytes point(parts.part[0]);
    Number number = parts.count > 1 ? NumberOf(parts.part[1]) : nullptr;
    Builder builder(OSSL_PARAM_BLD_new());
    PKeyContext context(EVP_PKEY_CTX_new_from_name(nullptr, "EC", nullptr));
    EVP_PKEY *key = nullptr;

    if (builder == nullptr || context == nullptr || !IsPoint(curve, point) ||
        (parts.count > 1 && number == nullptr) ||
        OSSL_PARAM_BLD_push_utf8_string(builder.get(),
                                        OSSL_PKEY_PARAM_GROUP_NAME,
                                        curve.group, 0) != 1 ||
        OSSL_PARAM_BLD_push_octet_string(builder.get(),
                                         OSSL_PKEY_PARAM_PUB_KEY, point.data(),
                                         point.size()) != 1) {
        return nullptr;
    }
    if (number != nullptr &&
        (BN_num_bytes(number.get()) > static_cast<int>(curve.size) ||
         OSSL_PARAM_BLD_push_BN_pad(builder.get(), OSSL_PKEY_PARAM_PRIV_KEY,
                                    number.get(), curve.size) != 1)) {
        return nullptr;
    }
    Params params(OSSL_PARAM_BLD_to_param(builder.get()));

    if (params == nullptr || EVP_PKEY_fromdata_init(context.get()) != 1 ||
        EVP_PKEY_fromdata(context.get(), &key,
                          number == nullptr ? EVP_PKEY_PUBLIC_KEY
                                            : EVP_PKEY_KEYPAIR,
                          params.get()) != 1) {
        return nullptr;
    }
    return PKey(key);
}

v8::MaybeLocal<v8::Array> EcParts(v8::Isolate *isolate, const Curve &curve,
                                  EVP_PKEY *key, bool is_private)
{
    v8::Local<v8::Value> parts[2];
    v8::Local<v8::Uint8Array> array;
    Number x = NumberIn(key, OSSL_PKEY_PARAM_EC_PUB_X);
    Number y = NumberIn(key, OSSL_PKEY_PARAM_EC_PUB_Y);
    int size = static_cast<int>(curve.size);
    uint8_t *data;

    if (!IsOf(curve, key) || x == nullptr || y == nullptr ||
        (is_private && !IsPair(key)) ||
        !NewBytes(isolate, 1 + 2 * curve.size, &data).ToLocal(&array)) {
        return {};
    }
    data[0] = POINT_CONVERSION_UNCOMPRESSED;
    if (BN_bn2binpad(x.get(), data + 1, size) != size ||
        BN_bn2binpad(y.get(), data + 1 + size, size) != size) {
        return {};
    }
    parts[0] = array;
    if (is_private) {
        Number number = NumberIn(key, OSSL_PKEY_PARAM_PRIV_KEY);

        if (number == nullptr ||
            !BytesOf(isolate, number.get(), curve.size).ToLocal(&array)) {
            return {};
        }
        parts[1] = array;
    }
    return v8::Array::New(isolate, parts, is_private ? 2 : 1);
}

} // namespace v8e
