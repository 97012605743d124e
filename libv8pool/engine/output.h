// SPDX-License-Identifier: Apache-2.0

#ifndef V8E_OUTPUT_H
#define V8E_OUTPUT_H

#include "isolate.h"

namespace v8e {

enum class Output { kOk, kTooLarge, kNoMemory };

// The string as UTF-8 in one malloc'ed buffer that the caller frees; lone
// surrogates become U+FFFD.  kTooLarge: it has more than max_bytes.
Output ToUtf8(v8::Isolate *isolate, v8::Local<v8::String> string,
              size_t max_bytes, char **data, size_t *length);

} // namespace v8e

#endif // V8E_OUTPUT_H
