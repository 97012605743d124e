// SPDX-License-Identifier: Apache-2.0

#ifndef V8E_UTF8_H
#define V8E_UTF8_H

#include <cstddef>
#include <cstdint>

namespace v8e {

bool IsAscii(const uint8_t *bytes, size_t size);

// Whether the bytes are UTF-8: no surrogates, nothing longer than need be,
// nothing beyond U+10FFFF.
bool IsUtf8(const uint8_t *bytes, size_t size);

} // namespace v8e

#endif // V8E_UTF8_H
