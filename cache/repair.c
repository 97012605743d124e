/* SPDX-License-Identifier: Apache-2.0
 *
 * repair.c: after a process died.  Its pins and half-written entries are given
 * back (reap); a shard whose lock it held is built anew from its slots, which
 * are believed one by one (repair).  Both may be begun again at any point.
 */
#include "layout.h"

#include <errno.h>

/* ---- repair: the shard's lock is held ---------------------------------------- */

/* Whether a process that lives, or whose things are still to be reaped, is
 * writing it. */
static int is_being_filled(const rcache *c, uint32_t number)
{
    const rc_slot *slot = &c->slots[number];
    const rc_process *process;
    unsigned i;

    if (slot->process >= c->header->processes) {
        return 0;
    }
    process = &c->processes[slot->process];
    for (i = 0; i < RC_FILLING; i++) {
        if (atomic_load(&process->filling[i]) == number + 1) {
            return 1;
        }
    }
    return 0;
}

static int in_shard(const rc_shard *shard, uint32_t granule, unsigned order)
{
    uint64_t at = (uint64_t)granule - shard->first_granule;

    return granule >= shard->first_granule && order <= RC_MAX_ORDER &&
           at % (UINT64_C(1) << order) == 0 &&
           at + (UINT64_C(1) << order) <= shard->granules;
}

static int is_unowned(const rcache *c, uint32_t granule, unsigned order)
{
    uint32_t i;

    for (i = 0; i < 1u << order; i++) {
        if (atomic_load_explicit(&c->owners[granule + i],
                                 memory_order_relaxed) != 0) {
            return 0;
        }
    }
    return 1;
}

static int has_whole_memory(const rcache *c, const rc_shard *shard,
                            const rc_slot *slot)
{
    unsigned i;

    for (i = 0; i < slot->extents && i < RCACHE_PARTS; i++) {
        if (!in_shard(shard, slot->extent[i], slot->order[i]) ||
            !is_unowned(c, slot->extent[i], slot->order[i])) {
            return 0;
        }
    }
    return slot->extents > 0 && slot->extents <= RCACHE_PARTS;
}

static void claim(rcache *c, uint32_t number)
{
    rc_slot *slot = &c->slots[number];
    unsigned i;

    slot->used = 0;
    for (i = 0; i < slot->extents; i++) {
        rc_own(c, slot->extent[i], slot->order[i], number + 1);
        slot->used += 1u << slot->order[i];
    }
}

static void keep_live(rcache *c, rc_shard *shard, uint32_t number)
{
    unsigned queue = c->slots[number].queue == RC_MAIN ? RC_MAIN : RC_SMALL;

    claim(c, number);
    rc_queue_push(c, shard, number, queue);
    rc_chain_link(c, shard, number);
    shard->entries++;
}

static int is_kept(const rcache *c, const rc_shard *shard, uint32_t number)
{
    const rc_slot *slot = &c->slots[number];

    switch (atomic_load(&slot->state)) {
    case RC_LIVE:
        return has_whole_memory(c, shard, slot);
    case RC_DEAD:
        return rc_is_pinned(c, number) && has_whole_memory(c, shard, slot);
    case RC_FILLED:
        return is_being_filled(c, number) && has_whole_memory(c, shard, slot);
    default:
        return 0;
    }
}

static void repair_slot(rcache *c, rc_shard *shard, uint32_t number)
{
    rc_slot *slot = &c->slots[number];

    if (!is_kept(c, shard, number)) {
        atomic_store(&slot->state, RC_FREE);
        slot->extents = 0;
        slot->used = 0;
        slot->queue = RC_NOWHERE;
        slot->queue_next = shard->free_slots;
        shard->free_slots = number + 1;
    }
    else if (atomic_load(&slot->state) == RC_LIVE) {
        keep_live(c, shard, number);
    }
    else {
        claim(c, number);
        slot->queue = RC_NOWHERE;
        if (atomic_load(&slot->state) == RC_DEAD) {
            rc_queue_push(c, shard, number, RC_ZOMBIES);
        }
    }
}

static void empty_lists(rcache *c, rc_shard *shard)
{
    uint32_t buckets = c->header->shard_buckets;
    size_t first = (size_t)(shard - c->shards) * buckets;
    uint32_t i;

    for (i = 0; i < buckets; i++) {
        atomic_store_explicit(&c->buckets[first + i], 0, memory_order_relaxed);
    }
    for (i = 0; i < shard->granules; i++) {
        atomic_store_explicit(&c->owners[shard->first_granule + i], 0,
                              memory_order_relaxed);
    }
    for (i = 0; i < RC_QUEUES; i++) {
        shard->queues[i] = (rc_list){0, 0, 0};
    }
    shard->free_slots = 0;
    shard->entries = 0;
}

void rc_repair(rcache *c, rc_shard *shard)
{
    uint32_t i;

    empty_lists(c, shard);
    for (i = 0; i < shard->used_slots; i++) {
        repair_slot(c, shard, shard->first_slot + i);
    }
    rc_blocks_repair(c, shard);
    shard->recovered++;
}

/* ---- reap ---------------------------------------------------------------------- */

static int give_back_filled(rcache *c, uint32_t process, uint32_t number)
{
    rc_shard *shard = rc_shard_of_slot(c, number);
    rc_slot *slot = &c->slots[number];

    if (rc_lock(c, shard) != 0) {
        return 0;
    }
    if (atomic_load(&slot->state) == RC_FILLED && slot->process == process) {
        rc_free_slot(c, shard, number);
    }
    rc_unlock(shard);
    return 1;
}

static int reap(rcache *c, uint32_t index)
{
    rc_process *process = &c->processes[index];
    unsigned i;

    for (i = 0; i < RC_FILLING; i++) {
        uint32_t link = atomic_load(&process->filling[i]);

        if (link != 0) {
            if (!give_back_filled(c, index, link - 1)) {
                return 0; /* another time */
            }
            atomic_store(&process->filling[i], 0);
        }
    }
    for (i = 0; i < RC_CELLS; i++) {
        atomic_store(&process->cells[i], 0);
    }
    atomic_store(&process->who, 0);
    return 1;
}

void rc_reap(rcache *c)
{
    pthread_mutex_t *lock = &c->header->reap_lock;
    uint32_t i;

    for (i = 0; i < c->header->processes; i++) {
        if (RC_WHO_STATE(atomic_load(&c->processes[i].who)) == RC_GONE) {
            break;
        }
    }
    if (i == c->header->processes) {
        return;
    }
    switch (pthread_mutex_trylock(lock)) {
    case 0:
        break;
    case EOWNERDEAD:
        if (pthread_mutex_consistent(lock) == 0) {
            break;
        }
        pthread_mutex_unlock(lock);
        return;
    default:
        return; /* somebody is at it */
    }
    for (; i < c->header->processes; i++) {
        if (RC_WHO_STATE(atomic_load(&c->processes[i].who)) == RC_GONE) {
            (void)reap(c, i);
        }
    }
    pthread_mutex_unlock(lock);
}
