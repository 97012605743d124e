/* SPDX-License-Identifier: Apache-2.0
 *
 * route_reference.h: what module/route_table.h promises, written down once more
 * without any thought of speed: each pattern is tried, and the winner is the
 * one that says more.  For the C test and the fuzzer.
 */
#ifndef ROUTE_REFERENCE_H
#define ROUTE_REFERENCE_H

#include <string.h>

/* The next segment of a path or pattern; NULL: there is none.  A slash at the
 * end does not count. */
static inline const char *reference_next(const char **at, size_t *length)
{
    const char *segment = *at;

    if (segment[0] == '\0' || (segment[0] == '/' && segment[1] == '\0')) {
        return NULL;
    }
    segment += *segment == '/';
    *length = strcspn(segment, "/");
    *at = segment + *length;
    return segment;
}

static inline int reference_is_end(const char *at)
{
    return at[0] == '\0' || (at[0] == '/' && at[1] == '\0');
}

/* 0 a word, 1 any one, 2 the rest. */
static inline int reference_kind(const char *segment, size_t length,
                                 const char *after, int has_names)
{
    if (length == 1 && *segment == '*') {
        return reference_is_end(after) ? 2 : 1;
    }
    return has_names && *segment == ':' ? 1 : 0;
}

static inline int reference_hex(char c)
{
    return strchr("0123456789abcdef", c | 32) != NULL && c >= 'A'
               ? (c | 32) - 'a' + 10
               : c - '0';
}

static inline int reference_is_word(const char *word, size_t length,
                                    const char *segment, size_t size)
{
    size_t i = 0, j = 0;

    while (i < length && j < size) {
        char c = word[i++];

        if (c == '%') {
            c = (char)(reference_hex(word[i]) * 16 +
                       reference_hex(word[i + 1]));
            i += 2;
        }
        if (c != segment[j++]) {
            return 0;
        }
    }
    return i == length && j == size;
}

/* Only of patterns that were taken. */
static inline int reference_matches(const char *pattern, const char *path,
                                    int has_names)
{
    const char *word, *segment;
    size_t length, size;

    if (*path != '/') {
        return 0;
    }
    while ((word = reference_next(&pattern, &length)) != NULL) {
        int kind = reference_kind(word, length, pattern, has_names);

        if (kind == 2) {
            return 1;
        }
        segment = reference_next(&path, &size);
        if (segment == NULL || size == 0 ||
            (kind == 0 && !reference_is_word(word, length, segment, size))) {
            return 0;
        }
    }
    return reference_next(&path, &size) == NULL;
}

/* Of two that match the same path.  1: a says more. */
static inline int reference_wins(const char *a, const char *b, int has_names)
{
    const char *in_a, *in_b;
    size_t m = 0, n = 0;
    int kind_a, kind_b;

    do {
        in_a = reference_next(&a, &m);
        in_b = reference_next(&b, &n);
        kind_a = in_a != NULL ? reference_kind(in_a, m, a, has_names) : -1;
        kind_b = in_b != NULL ? reference_kind(in_b, n, b, has_names) : -1;
    } while (kind_a == kind_b && kind_a >= 0);
    return kind_a < kind_b;
}

#endif /* ROUTE_REFERENCE_H */
