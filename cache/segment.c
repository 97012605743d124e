/* SPDX-License-Identifier: Apache-2.0
 *
 * segment.c: a segment's parts, and the processes that use it.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE /* getrandom */
#endif
#include "layout.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

/* One slot for so many bytes: the smallest entries are hardly smaller. */
#define BYTES_PER_SLOT 1536
/* Shards are for writers, which are few and quick; large ones hold large
 * pages. */
#define SHARD_BYTES ((size_t)64 * 1024 * 1024)
#define MAX_SHARDS 64

#define ALIGNED(n) (((n) + 4095) & ~(size_t)4095)

struct part {
    size_t offset, processes, tags, flights, shards, slots, buckets, ghosts,
        owners, granules, end;
};

static uint32_t buckets_for(uint32_t slots)
{
    uint32_t n = 64;

    while (n < slots && n < UINT32_C(1) << 30) {
        n *= 2;
    }
    return n;
}

static void divide(struct part *at, const rc_header *h)
{
    size_t shards = h->shards;

    at->processes = ALIGNED(sizeof(rc_header));
    at->tags = ALIGNED(at->processes + h->processes * sizeof(rc_process));
    at->flights = ALIGNED(at->tags + RC_TAGS * sizeof(rc_tag));
    at->shards = ALIGNED(at->flights + RC_FLIGHTS * sizeof(rc_flight));
    at->slots = ALIGNED(at->shards + shards * sizeof(rc_shard));
    at->buckets = ALIGNED(at->slots + shards * h->shard_slots * sizeof(rc_slot));
    at->ghosts = ALIGNED(at->buckets +
                         shards * h->shard_buckets * sizeof(uint32_t));
    at->owners = ALIGNED(at->ghosts +
                         shards * h->shard_buckets * sizeof(uint64_t));
    at->granules = ALIGNED(at->owners +
                           shards * h->shard_granules * sizeof(uint32_t));
    at->end = at->granules + shards * h->shard_granules * RC_GRANULE;
}

/* As many granules as fit beside what describes them. */
static int plan(rc_header *h, size_t bytes, unsigned processes)
{
    struct part at;
    size_t shards = bytes / SHARD_BYTES;

    h->processes = processes;
    h->shards = (uint32_t)(shards < 1            ? 1
                           : shards > MAX_SHARDS ? MAX_SHARDS
                                                 : shards);
    h->shard_slots = (uint32_t)(bytes / h->shards / BYTES_PER_SLOT);
    h->shard_buckets = buckets_for(h->shard_slots);
    h->shard_granules = 0;
    divide(&at, h);
    if (at.end + (size_t)h->shards * RC_GRANULE * 64 > bytes) {
        return EINVAL;
    }
    h->shard_granules = (uint32_t)((bytes - at.end - 4096) / h->shards /
                                   (RC_GRANULE + sizeof(uint32_t)));
    return 0;
}

static void find_parts(rcache *c, rc_header *h)
{
    struct part at;
    char *base = (char *)h;

    divide(&at, h);
    c->header = h;
    c->processes = (void *)(base + at.processes);
    c->tags = (void *)(base + at.tags);
    c->flights = (void *)(base + at.flights);
    c->shards = (void *)(base + at.shards);
    c->slots = (void *)(base + at.slots);
    c->buckets = (void *)(base + at.buckets);
    c->ghosts = (void *)(base + at.ghosts);
    c->owners = (void *)(base + at.owners);
    c->granules = base + at.granules;
}

static int format_shard(rcache *c, uint32_t i)
{
    rc_shard *shard = &c->shards[i];

    shard->slots = c->header->shard_slots;
    shard->first_slot = i * shard->slots;
    shard->granules = c->header->shard_granules;
    shard->first_granule = i * shard->granules;
    rc_blocks_format(c, shard);
    return rc_mutex_init(&shard->lock);
}

int rcache_format(void *base, size_t bytes, unsigned processes)
{
    rc_header *h = base;
    rc_header planned;
    rcache c;
    uint32_t i;
    int rc;

    memset(&planned, 0, sizeof(planned));
    memset(&c, 0, sizeof(c));
    rc = bytes < RCACHE_MIN_BYTES || processes == 0
             ? EINVAL
             : plan(&planned, bytes, processes);
    if (rc != 0) {
        return rc;
    }
    find_parts(&c, memcpy(base, &planned, sizeof(planned)));
    rc = rc_mutex_init(&h->flight_lock);
    if (rc == 0) {
        rc = rc_mutex_init(&h->reap_lock);
    }
    for (i = 0; i < h->shards && rc == 0; i++) {
        rc = format_shard(&c, i);
    }
    if (rc == 0 && getrandom(h->hash_keys, sizeof(h->hash_keys), 0) !=
                       (ssize_t)sizeof(h->hash_keys)) {
        rc = EIO;
    }
    h->bytes = bytes;
    h->version = RC_VERSION;
    h->magic = rc == 0 ? RC_MAGIC : 0;
    return rc;
}

/* rcache_part_free() gets an address and nothing else. */
static _Atomic(rcache *) opened;

rcache *rc_opened(const void *address)
{
    rcache *c = atomic_load(&opened);

    while (c != NULL && ((const char *)address < (const char *)c->header ||
                         (const char *)address >=
                             (const char *)c->header + c->header->bytes)) {
        c = c->next_open;
    }
    return c;
}

rcache *rcache_open(void *base, size_t bytes)
{
    rc_header *h = base;
    rcache *c;

    if (h->magic != RC_MAGIC || h->version != RC_VERSION || h->bytes != bytes) {
        return NULL;
    }
    c = calloc(1, sizeof(*c));
    if (c != NULL) {
        find_parts(c, h);
        c->next_open = atomic_load(&opened);
        atomic_store(&opened, c);
    }
    return c;
}

void rcache_close(rcache *cache)
{
    rcache *c = atomic_load(&opened);

    if (c == cache) {
        atomic_store(&opened, cache->next_open);
    }
    while (c != NULL) {
        if (c->next_open == cache) {
            c->next_open = cache->next_open;
        }
        c = c->next_open;
    }
    free(cache);
}

static int join(rcache *c)
{
    uint32_t i;

    for (i = 0; i < c->header->processes; i++) {
        rc_process *process = &c->processes[i];
        uint64_t nobody = 0;

        if (atomic_compare_exchange_strong(&process->who, &nobody,
                                           RC_WHO(RC_JOINED, getpid()))) {
            atomic_fetch_add(&process->epoch, 1);
            c->self = process;
            return 0;
        }
    }
    return ENOSPC;
}

int rcache_join(rcache *cache)
{
    rc_reap(cache);
    return join(cache);
}

void rcache_process_gone(rcache *cache, pid_t pid)
{
    uint32_t i;

    for (i = 0; i < cache->header->processes; i++) {
        uint64_t joined = RC_WHO(RC_JOINED, pid);

        atomic_compare_exchange_strong(&cache->processes[i].who, &joined,
                                       RC_WHO(RC_GONE, pid));
    }
}

void rcache_leave(rcache *cache)
{
    if (cache->self != NULL) {
        cache->self = NULL;
        rcache_process_gone(cache, getpid());
        rc_reap(cache);
    }
}
