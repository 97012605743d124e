/* SPDX-License-Identifier: Apache-2.0
 *
 * queue.c: which entry goes next: S3-FIFO (Yang et al., "FIFO queues are all
 * you need for cache eviction", SOSP 2023).  New entries pass a small queue,
 * and only those that were asked for again on the way get into the main one;
 * so pages that a crawler reads once do not push out the others.  A hit writes
 * at most its entry's counter, and not even that when it is full.
 */
#include "layout.h"

/* Of the memory in use, what the small queue may have. */
#define SMALL_PART 10
/* Entries that one eviction looks at; then the next one has to go. */
#define MAX_TURNS 256

static rc_list *list_of(rc_shard *shard, unsigned queue)
{
    return &shard->queues[queue];
}

void rc_queue_push(rcache *c, rc_shard *shard, uint32_t number, unsigned queue)
{
    rc_slot *slot = &c->slots[number];
    rc_list *list = list_of(shard, queue);

    slot->queue = (uint8_t)queue;
    slot->queue_prev = 0;
    slot->queue_next = list->head;
    if (list->head != 0) {
        c->slots[list->head - 1].queue_prev = number + 1;
    }
    else {
        list->tail = number + 1;
    }
    list->head = number + 1;
    list->granules += slot->used;
}

void rc_queue_remove(rcache *c, rc_shard *shard, uint32_t number)
{
    rc_slot *slot = &c->slots[number];
    rc_list *list = list_of(shard, slot->queue);

    if (slot->queue_prev != 0) {
        c->slots[slot->queue_prev - 1].queue_next = slot->queue_next;
    }
    else {
        list->head = slot->queue_next;
    }
    if (slot->queue_next != 0) {
        c->slots[slot->queue_next - 1].queue_prev = slot->queue_prev;
    }
    else {
        list->tail = slot->queue_prev;
    }
    list->granules -= slot->used;
    slot->queue = RC_NOWHERE;
}

static uint64_t *ghost_of(rcache *c, rc_shard *shard, const uint64_t hash[2])
{
    uint32_t buckets = c->header->shard_buckets;

    return &c->ghosts[(size_t)(shard - c->shards) * buckets +
                      (uint32_t)hash[0] % buckets];
}

static void remember(rcache *c, rc_shard *shard, const rc_slot *slot)
{
    uint64_t hash[2] = {atomic_load_explicit(&slot->hash[0],
                                             memory_order_relaxed), 0};

    shard->ghost_clock++;
    *ghost_of(c, shard, hash) =
        (hash[0] & UINT64_C(0xffffffff00000000)) | shard->ghost_clock;
}

/* Remembered are as many as there are entries. */
unsigned rc_queue_for(rcache *c, rc_shard *shard, const uint64_t hash[2])
{
    uint64_t ghost = *ghost_of(c, shard, hash);

    return ghost != 0 && ghost >> 32 == hash[0] >> 32 &&
                   shard->ghost_clock - (uint32_t)ghost <= shard->entries
               ? RC_MAIN
               : RC_SMALL;
}

static unsigned turn(rcache *c, rc_shard *shard)
{
    const rc_list *small = list_of(shard, RC_SMALL);
    const rc_list *main = list_of(shard, RC_MAIN);

    (void)c;
    if (small->tail == 0) {
        return RC_MAIN;
    }
    return main->tail == 0 || small->granules * SMALL_PART >=
                                  small->granules + main->granules
               ? RC_SMALL
               : RC_MAIN;
}

/* 1: it stays, in the main queue. */
static int gets_another_turn(rcache *c, rc_shard *shard, uint32_t number,
                             unsigned queue)
{
    rc_slot *slot = &c->slots[number];
    uint32_t freq = atomic_load_explicit(&slot->freq, memory_order_relaxed);

    if (queue == RC_SMALL ? freq < 2 : freq == 0) {
        return 0;
    }
    atomic_store_explicit(&slot->freq, queue == RC_SMALL ? 0 : freq - 1,
                          memory_order_relaxed);
    rc_queue_push(c, shard, number, RC_MAIN);
    return 1;
}

uint32_t rc_queue_victim(rcache *c, rc_shard *shard)
{
    int turns;

    for (turns = 0;; turns++) {
        unsigned queue = turn(c, shard);
        uint32_t link = list_of(shard, queue)->tail;

        if (link == 0) {
            return 0;
        }
        rc_queue_remove(c, shard, link - 1);
        if (turns >= MAX_TURNS ||
            !gets_another_turn(c, shard, link - 1, queue)) {
            if (queue == RC_SMALL) {
                remember(c, shard, &c->slots[link - 1]);
            }
            return link;
        }
    }
}
