/* SPDX-License-Identifier: Apache-2.0
 *
 * cache_fixture.h: a segment to try, and pages whose every byte says which key
 * they belong to.
 */
#ifndef CACHE_FIXTURE_H
#define CACHE_FIXTURE_H

#include "rcache.h"

#define MB ((size_t)1024 * 1024)

/* A segment of zeros that child processes share; joined. */
rcache *cache_of(size_t bytes, unsigned processes);
/* Leaves it, looks whether it is whole, unmaps it. */
void cache_end(rcache **cache);
/* One check: rcache_validate() has nothing to say. */
void cache_is_whole(rcache *cache, const char *when);
rcache_stats cache_stats(rcache *cache);

/* Page n of a length, with one tag. */
enum rcache_put_result put_page(rcache *cache, unsigned n, size_t length,
                                const char *tag, int64_t rendered);
/* 1: found and right, to the last byte; 0: not found; -1: found and wrong. */
int get_page(rcache *cache, unsigned n);
/* Same, of a hit that is there. */
int page_is_right(const rcache_hit *hit, unsigned n);
/* The key in a buffer of 32 bytes. */
void key_of_page(const rcache *cache, rcache_key *key, char *buffer,
                 unsigned n);
uint64_t tag_of(const char *tag);

/* Numbers that are the same in every run. */
unsigned random_number(unsigned *state);

#endif /* CACHE_FIXTURE_H */
