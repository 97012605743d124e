/* SPDX-License-Identifier: Apache-2.0
 *
 * dice.h: what the tests of the cache's parsers share: an APR pool, and random
 * bytes that are the same in every run.  Text is in a block of exactly its
 * length, so that AddressSanitizer sees a byte too many.
 *
 * Thread: one.
 */
#ifndef DICE_H
#define DICE_H

#include "cache/span.h"
#include "tap.h"

#include <apr_pools.h>
#include <apr_tables.h>
#include <stdint.h>

/* Owns: apr_pool_destroy(). */
apr_pool_t *dice_pool(void);

struct dice {
    uint64_t state; /* the seed; not 0 */
};

/* 0 to sides - 1. */
unsigned dice_roll(struct dice *dice, unsigned sides);

/* 0 to `most` bytes of the alphabet, in the pool; NULL: any bytes. */
rcache_span dice_text(apr_pool_t *p, struct dice *dice, const char *alphabet,
                      size_t most);

/* The same, with a NUL behind; with any bytes but NUL. */
const char *dice_string(apr_pool_t *p, struct dice *dice, const char *alphabet,
                        size_t most);

/* A copy in a block of its own that lives as long as the pool. */
rcache_span dice_exact(apr_pool_t *p, const char *text, size_t length);

/* A list of const char *; NULL ends the arguments. */
apr_array_header_t *dice_list(apr_pool_t *p, ...)
    __attribute__((sentinel));

/* name, value...; NULL ends the arguments.  Lines are added, not merged. */
apr_table_t *dice_fields(apr_pool_t *p, ...) __attribute__((sentinel));

#endif /* DICE_H */
