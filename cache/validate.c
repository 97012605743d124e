/* SPDX-License-Identifier: Apache-2.0
 *
 * validate.c: counts, and whether everything is where it should be.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE /* asprintf */
#endif
#include "layout.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void add_shard(rcache *c, rc_shard *shard, rcache_stats *stats)
{
    uint32_t link;

    stats->bytes += (uint64_t)shard->granules * RC_GRANULE;
    stats->used += (shard->granules - shard->free_granules) * RC_GRANULE;
    stats->entries += shard->entries;
    stats->slots += shard->slots;
    stats->puts += shard->puts;
    stats->replaced += shard->replaced;
    stats->evicted += shard->evicted;
    stats->refused += shard->refused;
    stats->recovered += shard->recovered;
    for (link = shard->queues[RC_ZOMBIES].head; link != 0;
         link = c->slots[link - 1].queue_next) {
        stats->zombies++;
    }
}

void rcache_stats_read(rcache *cache, rcache_stats *stats)
{
    uint32_t i;

    memset(stats, 0, sizeof(*stats));
    for (i = 0; i < cache->header->shards; i++) {
        if (rc_lock(cache, &cache->shards[i]) == 0) {
            add_shard(cache, &cache->shards[i], stats);
            rc_unlock(&cache->shards[i]);
        }
    }
    for (i = 0; i < cache->header->processes; i++) {
        stats->processes += RC_WHO_STATE(atomic_load(
                                &cache->processes[i].who)) == RC_JOINED;
    }
}

struct check {
    rcache *c;
    rc_shard *shard;
    unsigned char *seen; /* by slot of the shard: 1 = in a list or chain */
    uint32_t live, dead, filled, free;
    uint64_t used;
};

__attribute__((format(printf, 2, 3))) static char *
wrong(const struct check *check, const char *format, ...)
{
    va_list ap;
    char text[200];
    char *whole;

    va_start(ap, format);
    vsnprintf(text, sizeof(text), format, ap);
    va_end(ap);
    return asprintf(&whole, "shard %td: %s", check->shard - check->c->shards,
                    text) < 0
               ? strdup("no memory to say what is wrong")
               : whole;
}

static char *check_extents(struct check *check, uint32_t number)
{
    const rc_slot *slot = &check->c->slots[number];
    uint64_t bytes = 0;
    unsigned i;

    for (i = 0; i < slot->extents; i++) {
        uint32_t n;

        bytes += RC_GRANULE << slot->order[i];
        for (n = 0; n < 1u << slot->order[i]; n++) {
            if (atomic_load(&check->c->owners[slot->extent[i] + n]) !=
                number + 1) {
                return wrong(check, "granule %u of slot %u is another's",
                             slot->extent[i] + n, number);
            }
        }
    }
    if (bytes != (uint64_t)slot->used * RC_GRANULE) {
        return wrong(check, "slot %u has %llu bytes and counts %u granules",
                     number, (unsigned long long)bytes, slot->used);
    }
    if (atomic_load(&slot->state) == RC_LIVE &&
        slot->body_offset + slot->body_length > bytes) {
        return wrong(check, "the body of slot %u is longer than its memory",
                     number);
    }
    check->used += slot->used;
    return NULL;
}

static char *check_slots(struct check *check)
{
    char *said = NULL;
    uint32_t i;

    for (i = 0; i < check->shard->used_slots && said == NULL; i++) {
        uint32_t number = check->shard->first_slot + i;

        switch (atomic_load(&check->c->slots[number].state)) {
        case RC_FREE:
            check->free++;
            continue;
        case RC_FILLED:
            check->filled++;
            break;
        case RC_LIVE:
            check->live++;
            break;
        default:
            check->dead++;
            break;
        }
        said = check_extents(check, number);
    }
    return said;
}

static int mark(struct check *check, uint32_t number)
{
    uint32_t i = number - check->shard->first_slot;

    return i < check->shard->used_slots && check->seen[i]++ == 0;
}

static void forget_marks(struct check *check)
{
    memset(check->seen, 0, check->shard->slots);
}

static char *check_chains(struct check *check)
{
    rcache *c = check->c;
    uint32_t i, found = 0;
    size_t first = (size_t)(check->shard - c->shards) *
                   c->header->shard_buckets;

    for (i = 0; i < c->header->shard_buckets; i++) {
        uint32_t link = atomic_load(&c->buckets[first + i]);

        for (; link != 0; link = atomic_load(&c->slots[link - 1].next)) {
            if (!mark(check, link - 1) ||
                atomic_load(&c->slots[link - 1].state) != RC_LIVE) {
                return wrong(check, "slot %u is in a chain and should not be",
                             link - 1);
            }
            found++;
        }
    }
    forget_marks(check);
    return found == check->live
               ? NULL
               : wrong(check, "%u of %u live slots can be found", found,
                       check->live);
}

static char *check_queue(struct check *check, unsigned queue, uint32_t *count)
{
    rc_list *list = &check->shard->queues[queue];
    uint64_t granules = 0;
    uint32_t link, before = 0;

    for (link = list->head; link != 0;
         link = check->c->slots[link - 1].queue_next) {
        const rc_slot *slot = &check->c->slots[link - 1];

        if (!mark(check, link - 1) || slot->queue != queue ||
            slot->queue_prev != before) {
            return wrong(check, "queue %u is broken at slot %u", queue,
                         link - 1);
        }
        granules += slot->used;
        before = link;
        (*count)++;
    }
    return list->tail != before || granules != list->granules
               ? wrong(check, "queue %u does not end as it says", queue)
               : NULL;
}

static char *check_queues(struct check *check)
{
    uint32_t live = 0, dead = 0;
    char *said = check_queue(check, RC_SMALL, &live);

    if (said == NULL) {
        said = check_queue(check, RC_MAIN, &live);
    }
    if (said == NULL) {
        said = check_queue(check, RC_ZOMBIES, &dead);
    }
    forget_marks(check);
    if (said == NULL && (live != check->live || dead != check->dead ||
                         live != check->shard->entries)) {
        said = wrong(check, "%u live and %u dead slots, %u and %u in queues, "
                            "%u counted",
                     check->live, check->dead, live, dead,
                     check->shard->entries);
    }
    return said;
}

static char *check_free_slots(struct check *check)
{
    uint32_t link, count = 0;

    for (link = check->shard->free_slots; link != 0;
         link = check->c->slots[link - 1].queue_next) {
        if (!mark(check, link - 1) ||
            atomic_load(&check->c->slots[link - 1].state) != RC_FREE) {
            return wrong(check, "slot %u is in the free list", link - 1);
        }
        count++;
    }
    return count == check->free
               ? NULL
               : wrong(check, "%u of %u free slots are in the list", count,
                       check->free);
}

static char *check_blocks(struct check *check)
{
    rc_shard *shard = check->shard;
    uint64_t granules = 0;
    unsigned order;

    for (order = 0; order <= RC_MAX_ORDER; order++) {
        uint32_t link, before = 0;

        for (link = shard->free_blocks[order]; link != 0;) {
            const rc_free_block *block =
                (const void *)rc_granule(check->c, link - 1);

            if (atomic_load(&check->c->owners[link - 1]) !=
                    (RC_OWNER_FREE | order) ||
                block->prev != before || granules > shard->granules) {
                return wrong(check, "free block %u of order %u is broken",
                             link - 1, order);
            }
            granules += UINT64_C(1) << order;
            before = link;
            link = block->next;
        }
    }
    if (granules != shard->free_granules ||
        granules + check->used != shard->granules) {
        return wrong(check, "%llu granules free, %llu counted, %llu used of %u",
                     (unsigned long long)granules,
                     (unsigned long long)shard->free_granules,
                     (unsigned long long)check->used, shard->granules);
    }
    return NULL;
}

static char *check_shard(rcache *c, rc_shard *shard)
{
    static char *(*const checks[])(struct check *) = {
        check_slots, check_chains, check_queues, check_free_slots,
        check_blocks};
    struct check check = {c, shard, calloc(1, shard->slots), 0, 0, 0, 0, 0};
    char *said = check.seen == NULL ? strdup("no memory to look") : NULL;
    size_t i;

    for (i = 0; i < sizeof(checks) / sizeof(checks[0]) && said == NULL; i++) {
        said = checks[i](&check);
    }
    free(check.seen);
    return said;
}

char *rcache_validate(rcache *cache)
{
    char *said = NULL;
    uint32_t i;

    for (i = 0; i < cache->header->shards && said == NULL; i++) {
        if (rc_lock(cache, &cache->shards[i]) != 0) {
            return strdup("a shard's lock is not to be had");
        }
        said = check_shard(cache, &cache->shards[i]);
        rc_unlock(&cache->shards[i]);
    }
    return said;
}
