/* SPDX-License-Identifier: Apache-2.0
 *
 * span.h: a piece of somebody else's text.  Owns nothing, ends where `length`
 * says (there need not be a NUL, there may be several).
 */
#ifndef RCACHE_SPAN_H
#define RCACHE_SPAN_H

#include <apr_cstr.h>
#include <stddef.h>
#include <string.h>

typedef struct rcache_span {
    const char *data; /* may be NULL when length is 0 */
    size_t length;
} rcache_span;

/* NULL is the empty span. */
static inline rcache_span rcache_span_of(const char *text)
{
    return (rcache_span){text, text != NULL ? strlen(text) : 0};
}

/* The first `n` bytes go. */
static inline rcache_span rcache_span_after(rcache_span span, size_t n)
{
    return (rcache_span){n > 0 ? span.data + n : span.data, span.length - n};
}

static inline int rcache_span_equal(rcache_span a, rcache_span b)
{
    return a.length == b.length &&
           (a.length == 0 || memcmp(a.data, b.data, a.length) == 0);
}

/* Of A to Z only, whatever the locale. */
static inline char rcache_ascii_lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

/* Without regard to the case of A to Z, whatever the locale. */
static inline int rcache_span_is(rcache_span span, const char *text)
{
    return span.length == strlen(text) &&
           (span.length == 0 ||
            apr_cstr_casecmpn(span.data, text, span.length) == 0);
}

/* Spaces and tabs at both ends go: OWS, RFC 9110 5.6.3. */
static inline rcache_span rcache_span_trim(rcache_span span)
{
    while (span.length > 0 && (*span.data == ' ' || *span.data == '\t')) {
        span = rcache_span_after(span, 1);
    }
    while (span.length > 0 && (span.data[span.length - 1] == ' ' ||
                               span.data[span.length - 1] == '\t')) {
        span.length--;
    }
    return span;
}

/* Where `c` is first; the length when it is nowhere. */
static inline size_t rcache_span_find(rcache_span span, char c)
{
    const char *at =
        span.length > 0 ? memchr(span.data, c, span.length) : NULL;

    return at != NULL ? (size_t)(at - span.data) : span.length;
}

#endif /* RCACHE_SPAN_H */
