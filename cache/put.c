/* SPDX-License-Identifier: Apache-2.0
 *
 * put.c: a new entry: room for it under the shard's lock, its memory without,
 * the exchange for the old one under the lock again.
 */
#include "layout.h"

#include <string.h>

/* So that one page does not push out all others. */
#define SHARD_PART 4

static size_t body_length(const rcache_value *value)
{
    size_t i, length = 0;

    for (i = 0; i < value->body_parts; i++) {
        length += value->body[i].iov_len;
    }
    return length;
}

/* Where the body begins. */
static size_t body_offset(const rcache_key *key, const rcache_value *value)
{
    size_t n = sizeof(rcache_meta) + value->tag_count * sizeof(uint64_t) +
               key->length + value->head_length;

    return (n + 15) & ~(size_t)15;
}

/* So that what the process was writing is found when it dies. */
static _Atomic uint32_t *note_filling(rcache *c, uint32_t link)
{
    unsigned i;

    for (i = 0; i < RC_FILLING; i++) {
        uint32_t none = 0;

        if (atomic_compare_exchange_strong(&c->self->filling[i], &none, link)) {
            return &c->self->filling[i];
        }
    }
    return NULL;
}

static uint32_t begin(rcache *c, rc_shard *shard, size_t bytes, size_t first,
                      _Atomic uint32_t **filling)
{
    uint32_t link = rc_make_room(c, shard, bytes, first);

    *filling = link != 0 ? note_filling(c, link) : NULL;
    if (link != 0 && *filling == NULL) {
        rc_free_slot(c, shard, link - 1);
        link = 0;
    }
    if (link == 0) {
        shard->refused++;
    }
    return link;
}

static void write_head(const rcache *c, rc_slot *slot, const rcache_key *key,
                       const rcache_value *value)
{
    char *at = rc_granule(c, slot->extent[0]);

    memcpy(at, &value->meta, sizeof(rcache_meta));
    at += sizeof(rcache_meta);
    if (value->tag_count > 0) {
        memcpy(at, value->tags, value->tag_count * sizeof(uint64_t));
    }
    at += value->tag_count * sizeof(uint64_t);
    memcpy(at, key->text, key->length);
    at += key->length;
    if (value->head_length > 0) {
        memcpy(at, value->head, value->head_length);
    }
}

static void write_body(const rcache *c, const rc_slot *slot,
                       const rcache_value *value)
{
    struct iovec to[RCACHE_PARTS];
    unsigned part = 0;
    size_t i, filled = 0;

    (void)rc_slot_body(c, slot, to);
    for (i = 0; i < value->body_parts; i++) {
        const char *from = value->body[i].iov_base;
        size_t left = value->body[i].iov_len;

        while (left > 0) {
            size_t room = to[part].iov_len - filled;
            size_t n = left < room ? left : room;

            memcpy((char *)to[part].iov_base + filled, from, n);
            from += n;
            left -= n;
            filled += n;
            if (filled == to[part].iov_len) {
                part++;
                filled = 0;
            }
        }
    }
}

static void write_entry(const rcache *c, rc_slot *slot, const rcache_key *key,
                        const rcache_value *value)
{
    slot->tag_count = (uint32_t)value->tag_count;
    slot->key_length = (uint32_t)key->length;
    slot->head_length = (uint32_t)value->head_length;
    slot->body_offset = (uint32_t)body_offset(key, value);
    slot->body_length = body_length(value);
    write_head(c, slot, key, value);
    write_body(c, slot, value);
}

/* 0 = none; plus one. */
static uint32_t find_locked(const rcache *c, const rc_shard *shard,
                            const rcache_key *key)
{
    uint32_t link = atomic_load_explicit(rc_bucket(c, shard, key->hash),
                                         memory_order_relaxed);

    while (link != 0 && !rc_slot_has_key(c, &c->slots[link - 1], key)) {
        link = atomic_load_explicit(&c->slots[link - 1].next,
                                    memory_order_relaxed);
    }
    return link;
}

/* 1: there was one, and it had been asked for. */
static int remove_old(rcache *c, rc_shard *shard, const rcache_key *key)
{
    uint32_t link = find_locked(c, shard, key);
    int in_main;

    if (link == 0) {
        return 0;
    }
    in_main = c->slots[link - 1].queue == RC_MAIN;
    rc_kill(c, shard, link - 1);
    shard->replaced++;
    return in_main;
}

static void publish(rcache *c, rc_shard *shard, uint32_t number,
                    const rcache_key *key)
{
    rc_slot *slot = &c->slots[number];
    unsigned queue = rc_queue_for(c, shard, key->hash);

    if (remove_old(c, shard, key)) {
        queue = RC_MAIN; /* a page that is renewed keeps its place */
    }
    atomic_store_explicit(&slot->hash[0], key->hash[0], memory_order_relaxed);
    atomic_store_explicit(&slot->hash[1], key->hash[1], memory_order_relaxed);
    atomic_store_explicit(&slot->freq, 0, memory_order_relaxed);
    atomic_store(&slot->state, RC_LIVE);
    rc_queue_push(c, shard, number, queue);
    rc_chain_link(c, shard, number);
    shard->entries++;
    shard->puts++;
}

/* Not to be had: the slot remains noted, and is given back when the process
 * leaves. */
static int commit(rcache *c, rc_shard *shard, uint32_t number,
                  const rcache_key *key, _Atomic uint32_t *filling)
{
    if (rc_lock(c, shard) != 0) {
        return 0;
    }
    publish(c, shard, number, key);
    atomic_store(filling, 0);
    rc_unlock(shard);
    return 1;
}

enum rcache_put_result rcache_put(rcache *cache, const rcache_key *key,
                                  const rcache_value *value)
{
    rc_shard *shard = rc_shard_of(cache, key);
    size_t first = body_offset(key, value);
    size_t bytes = first + body_length(value);
    _Atomic uint32_t *filling;
    uint32_t link;

    if (bytes > (size_t)shard->granules * RC_GRANULE / SHARD_PART ||
        first > (RC_GRANULE << RC_MAX_ORDER) ||
        value->tag_count > RCACHE_MAX_TAGS) {
        return RCACHE_TOO_LARGE;
    }
    if (rc_purged(cache, value->tags, value->tag_count,
                  value->meta.rendered) == RC_PURGED_HARD) {
        return RCACHE_PURGED;
    }
    rc_reap(cache);
    if (cache->self == NULL || rc_lock(cache, shard) != 0) {
        return RCACHE_BUSY;
    }
    link = begin(cache, shard, bytes, first, &filling);
    rc_unlock(shard);
    if (link == 0) {
        return RCACHE_NO_ROOM;
    }
    write_entry(cache, &cache->slots[link - 1], key, value);
    return commit(cache, shard, link - 1, key, filling) ? RCACHE_STORED
                                                        : RCACHE_BUSY;
}

void rcache_remove(rcache *cache, const rcache_key *key)
{
    rc_shard *shard = rc_shard_of(cache, key);
    uint32_t link;

    if (rc_lock(cache, shard) != 0) {
        return;
    }
    link = find_locked(cache, shard, key);
    if (link != 0) {
        rc_kill(cache, shard, link - 1);
    }
    rc_unlock(shard);
}
