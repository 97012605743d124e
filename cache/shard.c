/* SPDX-License-Identifier: Apache-2.0
 *
 * shard.c: slots come and go.
 */
#include "layout.h"

#include <errno.h>

/* Entries that one put may push out before it gives up. */
#define MAX_EVICTIONS 4096

int rc_lock(rcache *c, rc_shard *shard)
{
    int rc = rc_mutex_lock(&shard->lock);

    if (rc == EOWNERDEAD) {
        rc_repair(c, shard);
        rc = pthread_mutex_consistent(&shard->lock);
        if (rc != 0) {
            pthread_mutex_unlock(&shard->lock);
        }
    }
    return rc;
}

void rc_unlock(rc_shard *shard)
{
    pthread_mutex_unlock(&shard->lock);
}

/* The state first: should we die now, the memory is found to be nobody's. */
void rc_free_slot(rcache *c, rc_shard *shard, uint32_t number)
{
    rc_slot *slot = &c->slots[number];

    atomic_store(&slot->state, RC_FREE);
    rc_blocks_give(c, shard, number);
    slot->queue = RC_NOWHERE;
    slot->queue_next = shard->free_slots;
    shard->free_slots = number + 1;
}

/* Dead first, then the question who has it pinned: see rc_process.cells. */
static void bury(rcache *c, rc_shard *shard, uint32_t number)
{
    rc_chain_unlink(c, shard, number);
    atomic_store(&c->slots[number].state, RC_DEAD);
    shard->entries--;
    if (rc_is_pinned(c, number)) {
        rc_queue_push(c, shard, number, RC_ZOMBIES);
    }
    else {
        rc_free_slot(c, shard, number);
    }
}

void rc_kill(rcache *c, rc_shard *shard, uint32_t number)
{
    rc_queue_remove(c, shard, number);
    bury(c, shard, number);
}

static void sweep_zombies(rcache *c, rc_shard *shard)
{
    uint32_t link = shard->queues[RC_ZOMBIES].tail;

    while (link != 0) {
        uint32_t number = link - 1;

        link = c->slots[number].queue_prev;
        if (!rc_is_pinned(c, number)) {
            rc_queue_remove(c, shard, number);
            rc_free_slot(c, shard, number);
        }
    }
}

static int evict_one(rcache *c, rc_shard *shard)
{
    uint32_t link = rc_queue_victim(c, shard);

    if (link == 0) {
        return 0;
    }
    bury(c, shard, link - 1);
    shard->evicted++;
    return 1;
}

/* Slots are used in order, so that memory for many small entries is not
 * touched where few large ones are. */
static uint32_t free_slot(const rc_shard *shard)
{
    if (shard->free_slots != 0) {
        return shard->free_slots;
    }
    return shard->used_slots < shard->slots
               ? shard->first_slot + shard->used_slots + 1
               : 0;
}

/* The slot stays RC_FREE until it has all it needs. */
static uint32_t try_room(rcache *c, rc_shard *shard, size_t bytes, size_t first)
{
    uint32_t link = free_slot(shard);

    if (link == 0 || !rc_blocks_take(c, shard, link - 1, bytes, first)) {
        return 0;
    }
    if (link == shard->free_slots) {
        shard->free_slots = c->slots[link - 1].queue_next;
    }
    else {
        shard->used_slots++;
    }
    return link;
}

uint32_t rc_make_room(rcache *c, rc_shard *shard, size_t bytes, size_t first)
{
    uint32_t link;
    int i;

    sweep_zombies(c, shard);
    for (i = 0; (link = try_room(c, shard, bytes, first)) == 0; i++) {
        if (i == MAX_EVICTIONS || !evict_one(c, shard)) {
            return 0;
        }
    }
    c->slots[link - 1].process = (uint32_t)(c->self - c->processes);
    atomic_store(&c->slots[link - 1].state, RC_FILLED);
    return link;
}
