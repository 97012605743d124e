/* SPDX-License-Identifier: Apache-2.0
 *
 * value.h: a page as memcached holds it, and the name it has there.  Bytes in
 * and out, no network; what a page means is the caller's.
 *
 * memcached is shared: what comes back may be another program's, another
 * version's, cut off, or another page's of the same hash.  Decoding takes any
 * bytes and accepts only what encoding made, for this very key.
 *
 * Thread: any.  Blocks: never.
 */
#ifndef RCACHE_VALUE_H
#define RCACHE_VALUE_H

#include "rcache.h"

/* memcached's default limit for an item is 1 MB with its own header, and it
 * says so only after it was sent everything. */
#define RCACHE_VALUE_MAX ((size_t)1024 * 1024 - 1024)

#define RCACHE_L2_PREFIX_MAX 64
#define RCACHE_L2_KEY_BYTES 128

/* A name in memcached: PREFIX "v8ssr:1:" and 32 hex digits.  The 1 is the
 * version of the layout: two versions of the module do not see each other's
 * values. */
typedef struct rcache_l2_key {
    char text[RCACHE_L2_KEY_BYTES]; /* ends in NUL */
    size_t length;
} rcache_l2_key;

/* The same on every host.  prefix: at most RCACHE_L2_PREFIX_MAX bytes, what
 * is beyond them is cut off. */
void rcache_l2_key_set(rcache_l2_key *key, const char *prefix,
                       const char *text, size_t length);

/* Owns:   *bytes is the caller's, free().
 * Errors: 0, or an errno value: E2BIG (more than RCACHE_VALUE_MAX), ENOMEM;
 *         *bytes is NULL then. */
int rcache_value_encode(const char *key, size_t key_length,
                        const rcache_value *value, char **bytes,
                        size_t *length);

/* What was decoded; points into the bytes and into itself: not to be copied. */
typedef struct rcache_value_view {
    rcache_value value; /* flags: RCACHE_FROM_L2 is set */
    struct iovec body;
} rcache_value_view;

/* Once for each bytes, which must be aligned as by malloc() and stay as long
 * as the view: numbers in them are turned into this machine's order.
 * 1: *view is filled.  0: not a value, or not of this key. */
int rcache_value_decode(char *bytes, size_t length, const char *key,
                        size_t key_length, rcache_value_view *view);

#endif /* RCACHE_VALUE_H */
