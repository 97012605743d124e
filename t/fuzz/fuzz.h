/* SPDX-License-Identifier: Apache-2.0
 *
 * fuzz.h: what the fuzzers share: taking bytes apart, and saying what does not
 * hold.
 */
#ifndef FUZZ_H
#define FUZZ_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What must hold for any bytes: says what did not, ends the process, which
 * libFuzzer takes for a crash. */
#define MUST(condition)                                                        \
    ((condition) ? (void)0 : fuzz_fail(#condition, __FILE__, __LINE__))

static inline void fuzz_fail(const char *condition, const char *file, int line)
{
    fprintf(stderr, "%s:%d: does not hold: %s\n", file, line, condition);
    abort();
}

#define FUZZ_PIECES 64

/* An input that is read from the front.  Each piece is a copy of its own, so
 * that AddressSanitizer sees who reads beyond it. */
struct fuzz {
    const uint8_t *at;
    const uint8_t *end;
    char *pieces[FUZZ_PIECES];
    size_t count;
};

static inline struct fuzz fuzz_begin(const uint8_t *data, size_t size)
{
    struct fuzz fuzz = {.at = data, .end = data + size};

    return fuzz;
}

static inline void fuzz_end(struct fuzz *fuzz)
{
    while (fuzz->count > 0) {
        free(fuzz->pieces[--fuzz->count]);
    }
}

/* 0 at the end. */
static inline unsigned fuzz_byte(struct fuzz *fuzz)
{
    return fuzz->at < fuzz->end ? *fuzz->at++ : 0;
}

static inline size_t fuzz_left(const struct fuzz *fuzz)
{
    return (size_t)(fuzz->end - fuzz->at);
}

/* Not NUL-terminated; until fuzz_end(). */
static inline char *fuzz_copy(struct fuzz *fuzz, const void *from,
                              size_t length)
{
    char *piece = malloc(length);

    MUST(fuzz->count < FUZZ_PIECES);
    MUST(piece != NULL || length == 0);
    if (length > 0) {
        memcpy(piece, from, length);
    }
    fuzz->pieces[fuzz->count++] = piece;
    return piece;
}

/* All that is left, or up to and without the next separator. */
static inline char *fuzz_until(struct fuzz *fuzz, int separator,
                               size_t *length)
{
    const uint8_t *from = fuzz->at;
    const uint8_t *end = fuzz_left(fuzz) > 0
                             ? memchr(from, separator, fuzz_left(fuzz))
                             : NULL;

    fuzz->at = end != NULL ? end + 1 : fuzz->end;
    *length = (size_t)((end != NULL ? end : fuzz->end) - from);
    return fuzz_copy(fuzz, from, *length);
}

static inline char *fuzz_rest(struct fuzz *fuzz, size_t *length)
{
    const uint8_t *from = fuzz->at;

    *length = fuzz_left(fuzz);
    fuzz->at = fuzz->end;
    return fuzz_copy(fuzz, from, *length);
}

/* A line as a string; ends at a NUL in it. */
static inline char *fuzz_line(struct fuzz *fuzz)
{
    size_t length;
    char *raw = fuzz_until(fuzz, '\n', &length);
    size_t n = length > 0 ? strnlen(raw, length) : 0;
    char *line = malloc(n + 1);

    MUST(line != NULL && fuzz->count > 0);
    if (n > 0) {
        memcpy(line, raw, n);
    }
    line[n] = '\0';
    free(raw);
    fuzz->pieces[fuzz->count - 1] = line;
    return line;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#endif /* FUZZ_H */
