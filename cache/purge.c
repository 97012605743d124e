/* SPDX-License-Identifier: Apache-2.0
 *
 * purge.c: tags.  A tag's place in the table holds the time until which pages
 * with it are gone.  Times, not numbers: they mean the same on all hosts, and
 * say by themselves that a page whose render began before a purge is old.
 */
#include "layout.h"

#include <apr_siphash.h>

uint64_t rcache_tag_hash(const char *tag, size_t length)
{
    /* Known to all: who can choose tags can purge anyway. */
    static const unsigned char key[APR_SIPHASH_KSIZE] = "v8ssr cache tag";

    return apr_siphash24(tag, length, key);
}

static rc_tag *tag_at(const rcache *c, uint64_t tag)
{
    return &c->tags[tag % RC_TAGS];
}

static void raise_to(_Atomic int64_t *time, int64_t at)
{
    int64_t seen = atomic_load(time);

    while (seen < at && !atomic_compare_exchange_weak(time, &seen, at)) {
    }
}

void rcache_purge(rcache *cache, uint64_t tag, int soft, int64_t at)
{
    rc_tag *place = tag_at(cache, tag);

    raise_to(soft ? &place->soft : &place->hard, at);
    atomic_fetch_add(&cache->header->purges, 1);
}

enum rc_purged rc_purged(const rcache *c, const uint64_t *tags, size_t count,
                         int64_t rendered)
{
    enum rc_purged result = RC_NOT_PURGED;
    size_t i;

    if (atomic_load_explicit(&c->header->purges, memory_order_acquire) == 0) {
        return RC_NOT_PURGED;
    }
    for (i = 0; i < count; i++) {
        const rc_tag *place = tag_at(c, tags[i]);

        if (rendered <= atomic_load(&place->hard)) {
            return RC_PURGED_HARD;
        }
        if (rendered <= atomic_load(&place->soft)) {
            result = RC_PURGED_SOFT;
        }
    }
    return result;
}

int rcache_is_purged(const rcache *cache, const uint64_t *tags, size_t count,
                     int64_t rendered)
{
    return rc_purged(cache, tags, count, rendered) != RC_NOT_PURGED;
}
