// SPDX-License-Identifier: Apache-2.0
//
// crypto.h: what the natives of crypto.cc and crypto_*.cc have in common: what
// OpenSSL owns, its digests, and keys of two halves.  All run on the isolate's
// thread, inside a call.

#ifndef V8E_CRYPTO_H
#define V8E_CRYPTO_H

#include "natives.h"

#include <memory>
#include <openssl/bn.h>
#include <openssl/err.h>
#include <openssl/evp.h>

namespace v8e {

template <auto Function> struct Freed {
    template <typename T> void operator()(T *object) const
    {
        Function(object);
    }
};

using Number = std::unique_ptr<BIGNUM, Freed<BN_clear_free>>;
using PKey = std::unique_ptr<EVP_PKEY, Freed<EVP_PKEY_free>>;
using PKeyContext = std::unique_ptr<EVP_PKEY_CTX, Freed<EVP_PKEY_CTX_free>>;

// OpenSSL's queue of errors is the thread's: what a bundle causes is not left
// for who asks it next.
class NoErrorsLeft {
  public:
    NoErrorsLeft() { ERR_set_mark(); }
    ~NoErrorsLeft() { ERR_pop_to_mark(); }
    NoErrorsLeft(const NoErrorsLeft &) = delete;
    NoErrorsLeft &operator=(const NoErrorsLeft &) = delete;
};

// nullptr: the name is none of SHA-1, SHA-256, SHA-384, SHA-512.
const EVP_MD *HashOf(v8::Isolate *isolate, v8::Local<v8::Value> name);

// The native's result is a new array of these bytes, or a RangeError.
void Give(const Info &info, const uint8_t *bytes, size_t size);

// Somebody wants the call to end.  For what computes long: no limit of V8's
// ends a native.
bool IsEnding(const Info &info);

// --- keys ---------------------------------------------------------------------
//
// JavaScript keeps a key as an array of Uint8Arrays, its parts, which a startup
// image can hold and structuredClone copy:
//   of a curve   point (not compressed), and number if it is private
//   of RSA       n, e; d, p, q, dp, dq, qi if it is private (RFC 8017)
// Each use makes OpenSSL's key of them, and looks at all that OpenSSL does not:
// a bundle may have changed the built-ins that they went through.

constexpr uint32_t kPartsMax = 8;
constexpr int kRsaBitsMin = 512;
constexpr int kRsaBitsMax = 8192;
constexpr int kRsaPrivateBitsMax = 4096; // with wrong numbers about 50 ms

struct Curve {
    const char *name;  // WebCrypto's
    const char *group; // OpenSSL's
    size_t size;       // bytes of a coordinate
};

struct Parts {
    v8::Local<v8::Value> part[kPartsMax]; // for Bytes, which takes anything
    uint32_t count = 0;
};

// A key's kind is the name of a curve, or "RSA".  nullptr: no curve.
const Curve *CurveOf(v8::Isolate *isolate, v8::Local<v8::Value> kind);

// Empty: these are no parts of such a key.
PKey EcKey(const Curve &curve, const Parts &parts);
PKey RsaKey(const Parts &parts);
PKey KeyOf(v8::Isolate *isolate, v8::Local<v8::Value> kind,
           v8::Local<v8::Value> parts);

// Empty: it is none of that kind, or has parts that EcKey() and RsaKey() refuse.
v8::MaybeLocal<v8::Array> EcParts(v8::Isolate *isolate, const Curve &curve,
                                  EVP_PKEY *key, bool is_private);
v8::MaybeLocal<v8::Array> RsaParts(v8::Isolate *isolate, EVP_PKEY *key,
                                   bool is_private);

// A number as an array of size bytes, 0: as many as it needs.
v8::MaybeLocal<v8::Uint8Array> BytesOf(v8::Isolate *isolate,
                                       const BIGNUM *number, size_t size);
Number NumberOf(v8::Local<v8::Value> bytes);

} // namespace v8e

#endif // V8E_CRYPTO_H
