/* SPDX-License-Identifier: Apache-2.0
 *
 * layout.h: how the segment is divided.  Private to cache/.
 *
 *   segment                 | struct rc_header
 *                           | struct rc_process [processes]
 *                           | struct rc_tag     [RC_TAGS]
 *                           | struct rc_flight  [RC_FLIGHTS]
 *                           | struct rc_shard   [shards]
 *                           | struct rc_slot    [slots]      each shard's in a row
 *                           | uint32_t buckets  [buckets]    same: heads of chains
 *                           | uint64_t ghosts   [buckets]    same: evicted lately
 *                           | uint32_t owners   [granules]   what a granule is
 *                           | granules, RC_GRANULE bytes each, each shard's in a row
 *
 *   an entry's memory       | rcache_meta | tags | key | head | pad | body...
 *                           ^ first extent, at least up to the body;
 *                             the body goes on in the next extents
 *
 * Numbers of slots and granules count through all shards; a link is a number
 * plus one, 0 = none.  Nothing is a pointer, so that processes with another
 * build of this code read it, as long as RC_VERSION is theirs.
 *
 * Who may write what:
 *   slot.freq               anybody, atomically
 *   slot.hash, .next, .state  the holder of the shard's lock; readers take no
 *                           lock, so they are atomic and a reader believes
 *                           nothing before it has a pin and has looked again
 *   other things of a shard the holder of its lock
 *   memory of an entry      the process that fills it, before it is live
 *   rc_process.cells        threads of that process; whoever reaps it
 */
#ifndef RC_LAYOUT_H
#define RC_LAYOUT_H

#include "rcache.h"

#include <pthread.h>
#include <stdatomic.h>

#define RC_MAGIC UINT64_C(0x3148434143525638) /* "8VRCACH1" */
#define RC_VERSION 1u

_Static_assert(ATOMIC_LLONG_LOCK_FREE == 2 && ATOMIC_INT_LOCK_FREE == 2,
               "atomics in shared memory must not hide a lock");

#define RC_GRANULE ((size_t)256)
#define RC_MAX_ORDER 14          /* the largest block: 4 MB */
#define RC_CELLS 1024u           /* entries a process can have pinned */
#define RC_WINDOW 16u            /* cells where a slot's pin may be */
#define RC_FILLING 64u           /* entries a process can be writing */
#define RC_TAGS 65536u
#define RC_FLIGHTS 4096u
#define RC_MAX_CHAIN 64          /* steps of a lookup that walks astray */

/* ---- slots ----------------------------------------------------------------- */

enum rc_state {
    RC_FREE,
    RC_FILLED, /* its memory is being written, by slot.process */
    RC_LIVE,   /* can be found and pinned */
    RC_DEAD    /* not found any more, but somebody has it pinned */
};

typedef struct rc_slot {
    /* the line that a lookup reads */
    _Atomic uint64_t hash[2];
    _Atomic uint32_t state;
    _Atomic uint32_t next;      /* in the chain of its bucket */
    uint32_t tag_count;
    uint32_t key_length;
    uint32_t head_length;
    uint32_t body_offset;       /* in the first extent */
    uint64_t body_length;
    _Atomic uint32_t freq;      /* hits since the queues last looked; 0..3 */
    uint32_t used;              /* granules */
    uint32_t extent[RCACHE_PARTS];   /* first granule */
    uint8_t order[RCACHE_PARTS];
    uint8_t extents;
    uint8_t queue;              /* an rc_queue */
    uint16_t spare;
    uint32_t queue_next, queue_prev; /* the free list uses queue_next */
    uint32_t process;           /* RC_FILLED: index of the one that fills it */
    uint32_t spare2[4];
} rc_slot;

_Static_assert(sizeof(rc_slot) == 128, "two cache lines");

enum rc_queue { RC_NOWHERE, RC_SMALL, RC_MAIN, RC_ZOMBIES, RC_QUEUES };

typedef struct rc_list {
    uint32_t head, tail;        /* slots; new ones at the head */
    uint64_t granules;
} rc_list;

typedef struct rc_shard {
    pthread_mutex_t lock;       /* robust, between processes */
    rc_list queues[RC_QUEUES];
    uint32_t first_slot, slots;
    uint32_t first_granule, granules;
    uint32_t free_slots;        /* list of those that were used before */
    uint32_t used_slots;        /* the others come after so many */
    uint32_t free_blocks[RC_MAX_ORDER + 1]; /* lists of granules */
    uint64_t free_granules;
    uint32_t ghost_clock;
    uint32_t entries;           /* live ones */
    uint64_t puts, replaced, evicted, refused, recovered;
} rc_shard;

/* ---- processes ------------------------------------------------------------ */

enum { RC_NOBODY, RC_JOINED, RC_GONE };

#define RC_WHO(state, pid) (((uint64_t)(state) << 32) | (uint32_t)(pid))
#define RC_WHO_STATE(who) ((uint32_t)((who) >> 32))

/* Pins are hazard pointers with a count: whoever frees a slot makes it dead
 * first and then looks whether any process has a cell for it; whoever pins
 * writes its cell first and then looks whether the slot is live.  So nobody
 * writes to a page that everybody reads, and a process that is killed leaves
 * nothing behind but its cells.
 * A cell: slot plus one (32 bits), pins (32 bits); 0 = free. */
#define RC_CELL(link, pins) (((uint64_t)(link) << 32) | (pins))
#define RC_CELL_LINK(cell) ((uint32_t)((cell) >> 32))
#define RC_CELL_PINS(cell) ((uint32_t)(cell))

typedef struct rc_process {
    _Atomic uint64_t who;                   /* RC_WHO; 0 = free */
    _Atomic uint32_t epoch;                 /* how many have been here */
    _Atomic uint32_t filling[RC_FILLING];   /* slots plus one */
    _Atomic uint64_t cells[RC_CELLS];
} rc_process;

/* ---- purges and flights ---------------------------------------------------- */

typedef struct rc_tag {
    _Atomic int64_t hard;       /* what was rendered until then is gone */
    _Atomic int64_t soft;       /* ... is stale */
} rc_tag;

typedef struct rc_flight {
    _Atomic uint32_t ticket;    /* odd: in the air; what followers sleep on */
    _Atomic uint32_t process;   /* of the leader: index */
    _Atomic uint32_t epoch;     /* of that process */
    uint32_t spare;
    _Atomic uint64_t hash[2];
} rc_flight;

typedef struct rc_header {
    uint64_t magic;
    uint32_t version;
    uint32_t processes, shards, shard_slots, shard_buckets, shard_granules;
    uint64_t bytes;
    uint64_t hash_keys[2][2];
    _Atomic uint64_t purges;    /* so far: spares looking at tags */
    pthread_mutex_t flight_lock; /* for beginning one */
    pthread_mutex_t reap_lock;
} rc_header;

struct rcache {
    rc_header *header;
    rc_process *processes;
    rc_tag *tags;
    rc_flight *flights;
    rc_shard *shards;
    rc_slot *slots;
    _Atomic uint32_t *buckets;
    uint64_t *ghosts;
    _Atomic uint32_t *owners;
    char *granules;
    rc_process *self;           /* NULL = has not joined */
    struct rcache *next_open;
};

/* ---- owners: what is in a granule ----------------------------------------- */

/* A slot plus one, in each of its granules; in the first of a free block
 * RC_OWNER_FREE | order; in its others 0. */
#define RC_OWNER_FREE 0x80000000u

/* A free block begins with its links; granules plus one. */
typedef struct rc_free_block {
    uint32_t next, prev;
} rc_free_block;

/* ---- segment.c -------------------------------------------------------------- */

/* The handle of the segment that an address is in; NULL: none. */
rcache *rc_opened(const void *address);

static inline char *rc_granule(const rcache *c, uint32_t number)
{
    return c->granules + (size_t)number * RC_GRANULE;
}

static inline rc_shard *rc_shard_of(const rcache *c, const rcache_key *key)
{
    return &c->shards[(key->hash[1] >> 32) % c->header->shards];
}

static inline rc_shard *rc_shard_of_slot(const rcache *c, uint32_t slot)
{
    return &c->shards[slot / c->header->shard_slots];
}

/* A robust mutex between processes, with RCACHE_LOCK_MS.  EOWNERDEAD is
 * returned with the lock held. */
int rc_mutex_init(pthread_mutex_t *mutex);
int rc_mutex_lock(pthread_mutex_t *mutex);

/* ---- blocks.c: the shard's lock is held ------------------------------------- */

/* All granules are free. */
void rc_blocks_format(rcache *c, rc_shard *shard);
/* Those are free whose owner is 0. */
void rc_blocks_repair(rcache *c, rc_shard *shard);
/* Extents for `bytes`, the first of at least `first` bytes, into the slot;
 * 0: there are none. */
int rc_blocks_take(rcache *c, rc_shard *shard, uint32_t slot, size_t bytes,
                   size_t first);
void rc_blocks_give(rcache *c, rc_shard *shard, uint32_t slot);
/* Says whose the granules of a block are: a slot plus one; 0 = nobody's. */
void rc_own(rcache *c, uint32_t granule, unsigned order, uint32_t owner);

/* ---- queue.c: the shard's lock is held -------------------------------------- */

void rc_queue_push(rcache *c, rc_shard *shard, uint32_t slot, unsigned queue);
void rc_queue_remove(rcache *c, rc_shard *shard, uint32_t slot);
/* The slot to be evicted next, taken out of its queue; 0 = none; plus one. */
uint32_t rc_queue_victim(rcache *c, rc_shard *shard);
/* Where a new entry of this hash begins: those that came back are worth more. */
unsigned rc_queue_for(rcache *c, rc_shard *shard, const uint64_t hash[2]);

/* ---- chain.c: the shard's lock is held for link and unlink ------------------ */

_Atomic uint32_t *rc_bucket(const rcache *c, const rc_shard *shard,
                            const uint64_t hash[2]);
void rc_chain_link(rcache *c, rc_shard *shard, uint32_t slot);
void rc_chain_unlink(rcache *c, rc_shard *shard, uint32_t slot);

/* ---- pin.c ------------------------------------------------------------------- */

/* The caller looks only then whether the slot is live.  0: no cell. */
int rc_pin(rcache *c, uint32_t slot, uint32_t pins);
void rc_unpin(rcache *c, uint32_t slot, uint32_t pins);
int rc_is_pinned(const rcache *c, uint32_t slot);

/* ---- find.c, purge.c --------------------------------------------------------- */

int rc_slot_has_key(const rcache *c, const rc_slot *slot,
                    const rcache_key *key);
/* Where its body is; how many parts. */
unsigned rc_slot_body(const rcache *c, const rc_slot *slot,
                      struct iovec *body);

enum rc_purged { RC_NOT_PURGED, RC_PURGED_SOFT, RC_PURGED_HARD };

enum rc_purged rc_purged(const rcache *c, const uint64_t *tags, size_t count,
                         int64_t rendered);

/* ---- shard.c: the shard's lock is held ---------------------------------------- */

/* 0 = had; else an errno value.  What a dead owner left is repaired first. */
int rc_lock(rcache *c, rc_shard *shard);
void rc_unlock(rc_shard *shard);
/* Not found any more; its memory is free as soon as nobody has it pinned. */
void rc_kill(rcache *c, rc_shard *shard, uint32_t slot);
/* A slot with memory, RC_FILLED, plus one; 0 = none to be had. */
uint32_t rc_make_room(rcache *c, rc_shard *shard, size_t bytes, size_t first);
/* Of one that is on no list. */
void rc_free_slot(rcache *c, rc_shard *shard, uint32_t slot);

/* ---- repair.c ------------------------------------------------------------------ */

/* The shard's lists anew, of the slots whose memory is whole; its lock is
 * held, by one who got it from a dead process. */
void rc_repair(rcache *c, rc_shard *shard);
/* Gives back what processes had that are gone; holds no lock. */
void rc_reap(rcache *c);

#endif /* RC_LAYOUT_H */
