// SPDX-License-Identifier: Apache-2.0
//
// natives.h: the functions that the runtime's JavaScript calls as $host.NAME.
// Bundles cannot reach them.  All run on the isolate's thread, inside a call.

#ifndef V8E_NATIVES_H
#define V8E_NATIVES_H

#include "isolate.h"

namespace v8e {

struct Native {
    const char *name; // nullptr: the end of a list
    v8::FunctionCallback call;
};

extern const Native kAesNatives[];
extern const Native kBufferNatives[];
extern const Native kCryptoNatives[];
extern const Native kDeriveNatives[];
extern const Native kFrameNatives[];
extern const Native kKeyNatives[];
extern const Native kPreludeNatives[];
extern const Native kSignNatives[];
extern const Native kTextNatives[];

using Info = v8::FunctionCallbackInfo<v8::Value>;

// The bytes of an ArrayBufferView, for as long as no JavaScript runs.  V8 keeps
// short arrays inside its heap: these are copied.
class Bytes {
  public:
    explicit Bytes(v8::Local<v8::Value> value);
    Bytes(const Bytes &) = delete;
    Bytes &operator=(const Bytes &) = delete;

    const uint8_t *data() const { return data_; }
    size_t size() const { return size_; }

  private:
    uint8_t kept_[64];
    const uint8_t *data_ = kept_;
    size_t size_ = 0;
};

// Whether each argument is what its letter says: a array, b ArrayBuffer, f
// function, i whole number of 32 bits, n number, s string, u Uint8Array, v typed
// array, * anything.  False: a TypeError was thrown.
bool Takes(const Info &info, const char *letters);

// A new array of the isolate's array buffer quota, and where its bytes are.
// Empty: a RangeError was thrown.
v8::MaybeLocal<v8::Uint8Array> NewBytes(v8::Isolate *isolate, size_t size,
                                        uint8_t **data);

void ThrowTypeError(v8::Isolate *isolate, const char *message);
void ThrowRangeError(v8::Isolate *isolate, const char *message);

} // namespace v8e

#endif // V8E_NATIVES_H
