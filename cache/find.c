/* SPDX-License-Identifier: Apache-2.0
 *
 * find.c: keys, lookups, and what a hit is made of.
 */
#include "layout.h"

#include <apr_siphash.h>
#include <string.h>

void rcache_key_set(const rcache *cache, rcache_key *key, const char *text,
                    size_t length)
{
    int i;

    key->text = text;
    key->length = length;
    for (i = 0; i < 2; i++) {
        key->hash[i] = apr_siphash24(
            text, length,
            (const unsigned char *)cache->header->hash_keys[i]);
    }
}

static const char *memory_of(const rcache *c, const rc_slot *slot)
{
    return rc_granule(c, slot->extent[0]);
}

static const uint64_t *tags_of(const rcache *c, const rc_slot *slot)
{
    return (const void *)(memory_of(c, slot) + sizeof(rcache_meta));
}

static const char *key_of(const rcache *c, const rc_slot *slot)
{
    return (const char *)(tags_of(c, slot) + slot->tag_count);
}

static int has_hash(const rc_slot *slot, const uint64_t hash[2])
{
    return atomic_load_explicit(&slot->hash[0], memory_order_relaxed) ==
               hash[0] &&
           atomic_load_explicit(&slot->hash[1], memory_order_relaxed) ==
               hash[1];
}

int rc_slot_has_key(const rcache *c, const rc_slot *slot,
                    const rcache_key *key)
{
    return has_hash(slot, key->hash) && slot->key_length == key->length &&
           memcmp(key_of(c, slot), key->text, key->length) == 0;
}

/* 1: live, with this key, and pinned. */
static int pin_if(rcache *c, uint32_t number, const rcache_key *key)
{
    const rc_slot *slot = &c->slots[number];

    if (!has_hash(slot, key->hash) || !rc_pin(c, number, 1)) {
        return 0;
    }
    if (atomic_load(&slot->state) == RC_LIVE &&
        rc_slot_has_key(c, slot, key)) {
        return 1;
    }
    rc_unpin(c, number, 1);
    return 0;
}

static uint32_t find_slot(rcache *c, const rcache_key *key)
{
    const rc_shard *shard = rc_shard_of(c, key);
    uint32_t link = atomic_load_explicit(rc_bucket(c, shard, key->hash),
                                         memory_order_acquire);
    int steps;

    for (steps = 0; link != 0 && steps < RC_MAX_CHAIN; steps++) {
        if (pin_if(c, link - 1, key)) {
            return link;
        }
        link = atomic_load_explicit(&c->slots[link - 1].next,
                                    memory_order_acquire);
    }
    return 0;
}

static size_t extent_bytes(const rc_slot *slot, unsigned i)
{
    return RC_GRANULE << slot->order[i];
}

unsigned rc_slot_body(const rcache *c, const rc_slot *slot, struct iovec *body)
{
    uint64_t left = slot->body_length;
    unsigned i, parts = 0;

    for (i = 0; i < slot->extents && left > 0; i++) {
        size_t offset = i == 0 ? slot->body_offset : 0;
        size_t room = extent_bytes(slot, i) - offset;

        if (room > 0) {
            body[parts].iov_base = rc_granule(c, slot->extent[i]) + offset;
            body[parts].iov_len = left < room ? (size_t)left : room;
            left -= body[parts++].iov_len;
        }
    }
    return parts;
}

static void fill(const rcache *c, uint32_t number, rcache_hit *hit)
{
    const rc_slot *slot = &c->slots[number];

    hit->slot = number;
    hit->meta = (const void *)memory_of(c, slot);
    hit->tags = tags_of(c, slot);
    hit->tag_count = slot->tag_count;
    hit->head = key_of(c, slot) + slot->key_length;
    hit->head_length = slot->head_length;
    hit->body_length = slot->body_length;
    hit->body_parts = rc_slot_body(c, slot, hit->body);
    hit->soft_purged = 0;
}

static void count_hit(rc_slot *slot)
{
    uint32_t freq = atomic_load_explicit(&slot->freq, memory_order_relaxed);

    if (freq < 3) {
        atomic_store_explicit(&slot->freq, freq + 1, memory_order_relaxed);
    }
}

int rcache_find(rcache *cache, const rcache_key *key, rcache_hit *hit)
{
    uint32_t link = cache->self != NULL ? find_slot(cache, key) : 0;

    if (link == 0) {
        return 0;
    }
    fill(cache, link - 1, hit);
    switch (rc_purged(cache, hit->tags, hit->tag_count, hit->meta->rendered)) {
    case RC_PURGED_HARD:
        rcache_release(cache, hit);
        return 0;
    case RC_PURGED_SOFT:
        hit->soft_purged = 1;
        break;
    default:
        break;
    }
    count_hit(&cache->slots[link - 1]);
    return 1;
}

void rcache_release(rcache *cache, rcache_hit *hit)
{
    rc_unpin(cache, hit->slot, 1);
}

int rcache_hit_split(rcache *cache, rcache_hit *hit)
{
    if (hit->body_parts == 0) {
        rcache_release(cache, hit);
        return 1;
    }
    return hit->body_parts == 1 ||
           rc_pin(cache, hit->slot, hit->body_parts - 1);
}

void rcache_part_free(void *base)
{
    rcache *c = rc_opened(base);
    size_t granule = (size_t)((char *)base - c->granules) / RC_GRANULE;

    rc_unpin(c,
             atomic_load_explicit(&c->owners[granule], memory_order_relaxed) -
                 1,
             1);
}
