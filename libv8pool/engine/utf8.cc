// SPDX-License-Identifier: Apache-2.0
//
// utf8.cc: is it ASCII, is it UTF-8?  simdutf's answer where the process has it (output.cc),
// else our own.

#include "utf8.h"

#include <cstring>

// Weak: null when no loaded library has it.
namespace simdutf {
__attribute__((weak)) bool validate_utf8(const char *, size_t) noexcept;
} // namespace simdutf

namespace v8e {
namespace {

// The length of the character at s, 0 if there is none.
size_t Length(const uint8_t *s, size_t left)
{
    uint8_t low = 0x80, high = 0xbf;
    size_t length;

    if (s[0] < 0x80) {
        return 1;
    }
    if (s[0] < 0xc2 || s[0] > 0xf4) {
        return 0;
    }
    length = s[0] < 0xe0 ? 2 : s[0] < 0xf0 ? 3 : 4;
    low = s[0] == 0xe0 ? 0xa0 : s[0] == 0xf0 ? 0x90 : low;
    high = s[0] == 0xed ? 0x9f : s[0] == 0xf4 ? 0x8f : high;
    if (left < length || s[1] < low || s[1] > high) {
        return 0;
    }
    for (size_t i = 2; i < length; i++) {
        if ((s[i] & 0xc0) != 0x80) {
            return 0;
        }
    }
    return length;
}

} // namespace

bool IsAscii(const uint8_t *bytes, size_t size)
{
    uint64_t all = 0;
    size_t i = 0;

    for (; i + sizeof(all) <= size; i += sizeof(all)) {
        uint64_t word;

        memcpy(&word, bytes + i, sizeof(word));
        all |= word;
    }
    for (; i < size; i++) {
        all |= bytes[i];
    }
    return (all & UINT64_C(0x8080808080808080)) == 0;
}

bool IsUtf8(const uint8_t *bytes, size_t size)
{
    if (simdutf::validate_utf8 != nullptr) {
        return simdutf::validate_utf8(reinterpret_cast<const char *>(bytes),
                                      size);
    }
    for (size_t i = 0; i < size;) {
        size_t length = Length(bytes + i, size - i);

        if (length == 0) {
            return false;
        }
        i += length;
    }
    return true;
}

} // namespace v8e
