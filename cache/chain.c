/* SPDX-License-Identifier: Apache-2.0
 *
 * chain.c: from a hash to slots.  Readers walk along while writers change it:
 * a reader may be led into another chain, or miss an entry that is being
 * replaced, and must bear it.
 */
#include "layout.h"

_Atomic uint32_t *rc_bucket(const rcache *c, const rc_shard *shard,
                            const uint64_t hash[2])
{
    uint32_t buckets = c->header->shard_buckets;

    return &c->buckets[(size_t)(shard - c->shards) * buckets +
                       (uint32_t)hash[0] % buckets];
}

static _Atomic uint32_t *bucket_of(rcache *c, rc_shard *shard,
                                   const rc_slot *slot)
{
    uint64_t hash[2] = {atomic_load_explicit(&slot->hash[0],
                                             memory_order_relaxed), 0};

    return rc_bucket(c, shard, hash);
}

void rc_chain_link(rcache *c, rc_shard *shard, uint32_t number)
{
    rc_slot *slot = &c->slots[number];
    _Atomic uint32_t *bucket = bucket_of(c, shard, slot);

    atomic_store_explicit(&slot->next,
                          atomic_load_explicit(bucket, memory_order_relaxed),
                          memory_order_relaxed);
    atomic_store_explicit(bucket, number + 1, memory_order_release);
}

void rc_chain_unlink(rcache *c, rc_shard *shard, uint32_t number)
{
    _Atomic uint32_t *at = bucket_of(c, shard, &c->slots[number]);
    uint32_t link;

    while ((link = atomic_load_explicit(at, memory_order_relaxed)) != 0) {
        if (link == number + 1) {
            atomic_store_explicit(
                at,
                atomic_load_explicit(&c->slots[number].next,
                                     memory_order_relaxed),
                memory_order_release);
            return;
        }
        at = &c->slots[link - 1].next;
    }
}
