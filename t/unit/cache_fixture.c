/* SPDX-License-Identifier: Apache-2.0 */
#include "cache_fixture.h"

#include "tap.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

static struct segment {
    rcache *cache;
    void *base;
    size_t bytes;
} segments[8];

rcache *cache_of(size_t bytes, unsigned processes)
{
    int i = 0;
    void *base = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
                      MAP_SHARED | MAP_ANONYMOUS, -1, 0);

    if (base == MAP_FAILED || rcache_format(base, bytes, processes) != 0) {
        return NULL;
    }
    while (segments[i].cache != NULL) {
        i++;
    }
    segments[i].cache = rcache_open(base, bytes);
    segments[i].base = base;
    segments[i].bytes = bytes;
    return rcache_join(segments[i].cache) == 0 ? segments[i].cache : NULL;
}

void cache_is_whole(rcache *cache, const char *when)
{
    char *said = rcache_validate(cache);

    if (!OK(said == NULL)) {
        tap_note("%s: %s", when, said);
    }
    free(said);
}

void cache_end(rcache **cache)
{
    int i = 0;

    cache_is_whole(*cache, "at the end");
    rcache_leave(*cache);
    while (segments[i].cache != *cache) {
        i++;
    }
    rcache_close(*cache);
    munmap(segments[i].base, segments[i].bytes);
    segments[i].cache = NULL;
    *cache = NULL;
}

rcache_stats cache_stats(rcache *cache)
{
    rcache_stats stats;

    rcache_stats_read(cache, &stats);
    return stats;
}

unsigned random_number(unsigned *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 17;
    *state ^= *state << 5;
    return *state;
}

uint64_t tag_of(const char *tag)
{
    return rcache_tag_hash(tag, strlen(tag));
}

void key_of_page(const rcache *cache, rcache_key *key, char *buffer, unsigned n)
{
    int length = snprintf(buffer, 32, "page %u", n);

    rcache_key_set(cache, key, buffer, (size_t)length);
}

static char byte_of(unsigned n, size_t at)
{
    return (char)(n * 31u + at * 7u + (at >> 8));
}

enum rcache_put_result put_page(rcache *cache, unsigned n, size_t length,
                                const char *tag, int64_t rendered)
{
    char buffer[32];
    rcache_key key;
    rcache_value value;
    uint64_t hash = tag != NULL ? tag_of(tag) : 0;
    struct iovec body[2];
    char *bytes = malloc(length + 1);
    enum rcache_put_result result;
    size_t i;

    for (i = 0; i < length; i++) {
        bytes[i] = byte_of(n, i);
    }
    memset(&value, 0, sizeof(value));
    value.meta.rendered = rendered;
    value.meta.status = 200;
    value.meta.generation = length;
    value.head = "head";
    value.head_length = 4;
    value.tags = &hash;
    value.tag_count = tag != NULL;
    body[0].iov_base = bytes;
    body[0].iov_len = length / 3;
    body[1].iov_base = bytes + length / 3;
    body[1].iov_len = length - length / 3;
    value.body = body;
    value.body_parts = 2;
    key_of_page(cache, &key, buffer, n);
    result = rcache_put(cache, &key, &value);
    free(bytes);
    return result;
}

int page_is_right(const rcache_hit *hit, unsigned n)
{
    size_t at = 0;
    unsigned i;

    for (i = 0; i < hit->body_parts; i++) {
        const char *bytes = hit->body[i].iov_base;
        size_t j;

        for (j = 0; j < hit->body[i].iov_len; j++, at++) {
            if (bytes[j] != byte_of(n, at)) {
                return 0;
            }
        }
    }
    return at == hit->meta->generation && at == hit->body_length &&
           hit->head_length == 4 && memcmp(hit->head, "head", 4) == 0;
}

int get_page(rcache *cache, unsigned n)
{
    char buffer[32];
    rcache_key key;
    rcache_hit hit;
    int right;

    key_of_page(cache, &key, buffer, n);
    if (!rcache_find(cache, &key, &hit)) {
        return 0;
    }
    right = page_is_right(&hit, n) ? 1 : -1;
    rcache_release(cache, &hit);
    return right;
}
