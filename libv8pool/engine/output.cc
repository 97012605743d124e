// SPDX-License-Identifier: Apache-2.0
//
// output.cc: a page out of V8: a string to one malloc'ed UTF-8 buffer.
//
// Why not String::WriteUtf8: it transcodes unit by unit, and it wants either
// a worst-case buffer (3 bytes per unit: 137 KB for a 48 KB page, which glibc
// takes from mmap, page faults included) or a second pass for the length.
//
// How: on V8 10.2 every String::Write* flattens the rope first, whatever the
// hints say, so after the first call the string is flat and further calls are
// plain copies.  The text is fetched in chunks that stay in the L1 cache and is
// transcoded from there straight into the result: no scratch buffer per
// thread, no worst-case allocation, the size limit is checked on the way.
//
// simdutf does the transcoding where the process has it (Debian's libnode
// exports it, but ships no header); otherwise plain C++ with an SSE2 path for
// ASCII.  Both give the bytes of WriteUtf8 with REPLACE_INVALID_UTF8: a lone
// surrogate becomes U+FFFD.  The figures are in docs/architecture.md.
//
// Runs no JavaScript; flattening may collect garbage.

#include "output.h"

#include <cstdint>
#include <cstdlib>
#if defined(__SSE2__)
#include <emmintrin.h>
#endif

// Weak: null when no loaded library has it. Return 0 for invalid input.
namespace simdutf {
__attribute__((weak)) size_t convert_utf16le_to_utf8(const char16_t *, size_t,
                                                     char *) noexcept;
__attribute__((weak)) size_t convert_latin1_to_utf8(const char *, size_t,
                                                    char *) noexcept;
} // namespace simdutf

namespace {

constexpr int kOptions = v8::String::NO_NULL_TERMINATION;
constexpr size_t kChunk = 4096; // code units: 8 KB of stack
constexpr size_t kSlack = 16;   // vector stores may run past the end

// What differs between V8's two kinds of strings. kMax: bytes per unit at most
// (a surrogate pair is 2 units and 4 bytes).
struct Latin1 {
    using Unit = uint8_t;
    static constexpr size_t kMax = 2;
};
struct Utf16 {
    using Unit = uint16_t;
    static constexpr size_t kMax = 3;
};

bool IsHigh(uint16_t u)
{
    return (u & 0xfc00) == 0xd800;
}

bool IsLow(uint16_t u)
{
    return (u & 0xfc00) == 0xdc00;
}

char Continuation(unsigned c, int shift)
{
    return static_cast<char>(0x80 | (c >> shift & 63));
}

// One character >= 0x80 at s. Returns the units eaten (1 or 2).
size_t PutChar(const uint16_t *s, size_t left, char **out)
{
    unsigned c = s[0];
    char *o = *out;
    if (c < 0x800) {
        o[0] = static_cast<char>(0xc0 | c >> 6);
        o[1] = Continuation(c, 0);
        *out = o + 2;
        return 1;
    }
    if (IsHigh(s[0]) && left > 1 && IsLow(s[1])) {
        c = 0x10000 + ((c & 0x3ff) << 10) + (s[1] & 0x3ff);
        o[0] = static_cast<char>(0xf0 | c >> 18);
        o[1] = Continuation(c, 12);
        o[2] = Continuation(c, 6);
        o[3] = Continuation(c, 0);
        *out = o + 4;
        return 2;
    }
    if (IsHigh(s[0]) || IsLow(s[0])) {
        c = 0xfffd;
    }
    o[0] = static_cast<char>(0xe0 | c >> 12);
    o[1] = Continuation(c, 6);
    o[2] = Continuation(c, 0);
    *out = o + 3;
    return 1;
}

size_t PutChar(const uint8_t *s, size_t, char **out)
{
    char *o = *out;
    o[0] = static_cast<char>(0xc0 | s[0] >> 6);
    o[1] = Continuation(s[0], 0);
    *out = o + 2;
    return 1;
}

#if defined(__SSE2__)
__m128i Load(const void *p)
{
    return _mm_loadu_si128(static_cast<const __m128i *>(p));
}

// Narrows 16 units to out; true if all are ASCII (out is garbage otherwise).
bool Narrow16(const uint16_t *s, char *out)
{
    const __m128i a = Load(s), b = Load(s + 8);
    // packus clamps units >= 0x8000 to 0, so test the units, not the result.
    const __m128i high =
        _mm_and_si128(_mm_or_si128(a, b), _mm_set1_epi16(-0x80));
    _mm_storeu_si128(reinterpret_cast<__m128i *>(out), _mm_packus_epi16(a, b));
    return _mm_movemask_epi8(_mm_cmpeq_epi16(high, _mm_setzero_si128())) ==
           0xffff;
}

bool Narrow16(const uint8_t *s, char *out)
{
    const __m128i a = Load(s);
    _mm_storeu_si128(reinterpret_cast<__m128i *>(out), a);
    return _mm_movemask_epi8(a) == 0;
}
#else
template <class Unit> bool Narrow16(const Unit *, char *)
{
    return false;
}
#endif

// s[0..n) as UTF-8 at out, which has room for kMax * n + kSlack bytes. A block
// with a wider character is done unit by unit as a whole: going back to the
// vector loop after every such character costs more in mispredictions.
template <class Unit> size_t Transcode(const Unit *s, size_t n, char *out)
{
    char *o = out;
    size_t i = 0;
    while (i < n) {
        size_t stop = n;
        if (n - i >= 16) {
            if (Narrow16(s + i, o)) {
                i += 16;
                o += 16;
                continue;
            }
            stop = i + 16;
        }
        while (i < stop) {
            if (s[i] < 0x80) {
                *o++ = static_cast<char>(s[i++]);
            }
            else {
                i += PutChar(s + i, n - i, &o);
            }
        }
    }
    return static_cast<size_t>(o - out);
}

size_t Convert(const uint8_t *s, size_t n, char *out)
{
    if (simdutf::convert_latin1_to_utf8 == nullptr) {
        return Transcode(s, n, out);
    }
    return simdutf::convert_latin1_to_utf8(reinterpret_cast<const char *>(s), n,
                                           out);
}

size_t Convert(const uint16_t *s, size_t n, char *out)
{
    if (simdutf::convert_utf16le_to_utf8 != nullptr) {
        const size_t done = simdutf::convert_utf16le_to_utf8(
            reinterpret_cast<const char16_t *>(s), n, out);
        if (done != 0) { // 0: a lone surrogate in this chunk
            return done;
        }
    }
    return Transcode(s, n, out);
}

// Copies units [pos, pos + n) of str; returns how many of them to convert now.
size_t Fetch(v8::Isolate *isolate, v8::Local<v8::String> str, size_t pos,
             size_t n, uint8_t *to)
{
    str->WriteOneByte(isolate, to, static_cast<int>(pos), static_cast<int>(n),
                      kOptions);
    return n;
}

size_t Fetch(v8::Isolate *isolate, v8::Local<v8::String> str, size_t pos,
             size_t n, uint16_t *to)
{
    str->Write(isolate, to, static_cast<int>(pos), static_cast<int>(n),
               kOptions);
    // Never cut a pair: if a chunk ends in its first half, fetch it again with
    // the next chunk. (A lone one at the end of str is the last chunk's.)
    return n == kChunk && IsHigh(to[n - 1]) ? n - 1 : n;
}

struct Buffer {
    char *data;
    size_t len;
    size_t cap;
};

bool Resize(Buffer *b, size_t cap)
{
    char *data = static_cast<char *>(realloc(b->data, cap));
    if (data == nullptr) {
        return false;
    }
    b->data = data;
    b->cap = cap;
    return true;
}

// Room for one more chunk of n units, `left` units being still to come. The
// guess is that the rest looks like the last chunk: markup needs hardly more
// than a byte per unit, Chinese prose three.
template <class Kind>
bool MakeRoom(Buffer *b, size_t n, size_t left, size_t per_chunk)
{
    const size_t need = b->len + n * Kind::kMax + kSlack;
    if (need <= b->cap) {
        return true;
    }
    return Resize(b, need + left * per_chunk / kChunk + left / 16);
}

template <class Kind>
v8e::Output Fill(v8::Isolate *isolate, v8::Local<v8::String> str, size_t units,
                 size_t max_bytes, Buffer *b)
{
    typename Kind::Unit chunk[kChunk];
    size_t pos = 0, per_chunk = kChunk;
    while (pos < units) {
        const size_t n = units - pos < kChunk ? units - pos : kChunk;
        if (!MakeRoom<Kind>(b, n, units - pos - n, per_chunk)) {
            return v8e::Output::kNoMemory;
        }
        const size_t used = Fetch(isolate, str, pos, n, chunk);
        per_chunk = Convert(chunk, used, b->data + b->len);
        b->len += per_chunk;
        if (b->len > max_bytes) {
            return v8e::Output::kTooLarge;
        }
        pos += used;
    }
    return v8e::Output::kOk;
}

// A good guess stays as it is: shrinking a block that came from mmap keeps
// glibc from learning that such blocks are common (its dynamic threshold).
// realloc() to nothing would free it.
void Trim(Buffer *b)
{
    if (b->len > 0 && b->cap - b->len > b->len / 4)
        Resize(b, b->len);
}

} // namespace

namespace v8e {

Output ToUtf8(v8::Isolate *isolate, v8::Local<v8::String> string,
              size_t max_bytes, char **data, size_t *length)
{
    // A unit gives at least one byte (a pair: two units, four bytes), so most
    // oversized strings are refused before they are even flattened.
    const size_t units = static_cast<size_t>(string->Length());
    if (units > max_bytes) {
        return Output::kTooLarge;
    }
    Buffer b = {nullptr, 0, 0};
    if (units == 0 && !Resize(&b, 1)) {
        return Output::kNoMemory;
    }
    // Each Write* on a rope makes a handle: do not pile them up in the caller.
    v8::HandleScope scope(isolate);
    Output outcome = string->IsOneByte()
                         ? Fill<Latin1>(isolate, string, units, max_bytes, &b)
                         : Fill<Utf16>(isolate, string, units, max_bytes, &b);
    if (outcome != Output::kOk) {
        std::free(b.data);
        return outcome;
    }
    Trim(&b);
    *data = b.data;
    *length = b.len;
    return Output::kOk;
}

} // namespace v8e
