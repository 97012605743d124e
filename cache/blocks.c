/* SPDX-License-Identifier: Apache-2.0
 *
 * blocks.c: a shard's memory: buddies, from one granule to 2^RC_MAX_ORDER.  An
 * entry takes a few blocks whose sizes add up to about its own, so little is
 * wasted, and it fits while any blocks are free, not only large ones.
 */
#include "layout.h"

/* The remainder that is rounded up instead of being cut once more. */
#define WASTE 16

static rc_free_block *links(const rcache *c, uint32_t granule)
{
    return (rc_free_block *)(void *)rc_granule(c, granule);
}

static void push_block(rcache *c, rc_shard *shard, uint32_t granule,
                       unsigned order)
{
    uint32_t head = shard->free_blocks[order];

    links(c, granule)->next = head;
    links(c, granule)->prev = 0;
    if (head != 0) {
        links(c, head - 1)->prev = granule + 1;
    }
    shard->free_blocks[order] = granule + 1;
    atomic_store_explicit(&c->owners[granule], RC_OWNER_FREE | order,
                          memory_order_relaxed);
}

static void drop_block(rcache *c, rc_shard *shard, uint32_t granule,
                       unsigned order)
{
    rc_free_block *block = links(c, granule);

    if (block->prev != 0) {
        links(c, block->prev - 1)->next = block->next;
    }
    else {
        shard->free_blocks[order] = block->next;
    }
    if (block->next != 0) {
        links(c, block->next - 1)->prev = block->prev;
    }
    atomic_store_explicit(&c->owners[granule], 0, memory_order_relaxed);
}

/* With its buddy, if that is free, and so on. */
static void free_block(rcache *c, rc_shard *shard, uint32_t granule,
                       unsigned order)
{
    uint32_t at = granule - shard->first_granule;

    while (order < RC_MAX_ORDER) {
        uint32_t buddy = at ^ (1u << order);

        if (buddy + (1u << order) > shard->granules ||
            atomic_load_explicit(&c->owners[shard->first_granule + buddy],
                                 memory_order_relaxed) !=
                (RC_OWNER_FREE | order)) {
            break;
        }
        drop_block(c, shard, shard->first_granule + buddy, order);
        at &= ~(1u << order);
        order++;
    }
    push_block(c, shard, shard->first_granule + at, order);
}

/* 0 = none; plus one.  A larger one is cut in halves. */
static uint32_t take_block(rcache *c, rc_shard *shard, unsigned order)
{
    unsigned have = order;
    uint32_t granule;

    while (have <= RC_MAX_ORDER && shard->free_blocks[have] == 0) {
        have++;
    }
    if (have > RC_MAX_ORDER) {
        return 0;
    }
    granule = shard->free_blocks[have] - 1;
    drop_block(c, shard, granule, have);
    while (have > order) {
        have--;
        push_block(c, shard, granule + (1u << have), have);
    }
    return granule + 1;
}

void rc_own(rcache *c, uint32_t granule, unsigned order, uint32_t owner)
{
    uint32_t i;

    for (i = 0; i < 1u << order; i++) {
        atomic_store_explicit(&c->owners[granule + i], owner,
                              memory_order_relaxed);
    }
}

/* The largest order of which n granules hold one. */
static unsigned floor_order(uint64_t n)
{
    unsigned order = 63u - (unsigned)__builtin_clzll(n);

    return order < RC_MAX_ORDER ? order : RC_MAX_ORDER;
}

static unsigned wanted_order(uint64_t left, uint64_t all)
{
    unsigned order = floor_order(left);
    uint64_t waste = (UINT64_C(2) << order) - left;

    return order < RC_MAX_ORDER && left != UINT64_C(1) << order &&
                   waste * WASTE <= all
               ? order + 1
               : order;
}

static void take_extent(rc_slot *slot, uint32_t granule, unsigned order)
{
    slot->extent[slot->extents] = granule;
    slot->order[slot->extents++] = (uint8_t)order;
    slot->used += 1u << order;
}

static uint64_t granules_for(size_t bytes)
{
    return (bytes + RC_GRANULE - 1) / RC_GRANULE;
}

int rc_blocks_take(rcache *c, rc_shard *shard, uint32_t number, size_t bytes,
                   size_t first)
{
    rc_slot *slot = &c->slots[number];
    uint64_t all = granules_for(bytes);
    uint64_t left = all;
    uint64_t least = granules_for(first);

    slot->extents = 0;
    slot->used = 0;
    while (left > 0 && slot->extents < RCACHE_PARTS) {
        unsigned order = wanted_order(left, all);
        uint32_t granule = 0;

        while ((granule = take_block(c, shard, order)) == 0 && order > 0) {
            order--;
        }
        if (granule == 0) {
            break;
        }
        rc_own(c, granule - 1, order, number + 1);
        take_extent(slot, granule - 1, order);
        left -= left < 1u << order ? left : 1u << order;
        if (slot->extents == 1 && 1u << order < least) {
            break;
        }
    }
    if (left > 0 || 1u << slot->order[0] < least) {
        shard->free_granules -= slot->used; /* give() adds them */
        rc_blocks_give(c, shard, number);
        return 0;
    }
    shard->free_granules -= slot->used;
    return 1;
}

void rc_blocks_give(rcache *c, rc_shard *shard, uint32_t number)
{
    rc_slot *slot = &c->slots[number];

    shard->free_granules += slot->used;
    while (slot->extents > 0) {
        unsigned i = --slot->extents;

        rc_own(c, slot->extent[i], slot->order[i], 0);
        free_block(c, shard, slot->extent[i], slot->order[i]);
    }
    slot->used = 0;
}

/* The largest block that may begin at `at` and is in a run of n granules. */
static unsigned fitting_order(uint32_t at, uint32_t n)
{
    unsigned order = floor_order(n);
    unsigned aligned = at == 0 ? RC_MAX_ORDER : (unsigned)__builtin_ctz(at);

    return aligned < order ? aligned : order;
}

static int is_free(const rcache *c, uint32_t granule)
{
    return atomic_load_explicit(&c->owners[granule], memory_order_relaxed) == 0;
}

/* Large blocks at once: a new segment is not touched from end to end. */
static void free_run(rcache *c, rc_shard *shard, uint32_t at, uint32_t n)
{
    shard->free_granules += n;
    while (n > 0) {
        unsigned order = fitting_order(at, n);

        push_block(c, shard, shard->first_granule + at, order);
        at += 1u << order;
        n -= 1u << order;
    }
}

void rc_blocks_format(rcache *c, rc_shard *shard)
{
    free_run(c, shard, 0, shard->granules);
}

void rc_blocks_repair(rcache *c, rc_shard *shard)
{
    uint32_t at = 0;
    unsigned order;

    for (order = 0; order <= RC_MAX_ORDER; order++) {
        shard->free_blocks[order] = 0;
    }
    shard->free_granules = 0;
    while (at < shard->granules) {
        uint32_t end = at;

        while (end < shard->granules && is_free(c, shard->first_granule + end)) {
            end++;
        }
        if (end > at) {
            free_run(c, shard, at, end - at);
        }
        at = end + 1;
    }
}
