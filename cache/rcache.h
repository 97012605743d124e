/* SPDX-License-Identifier: Apache-2.0
 *
 * rcache.h: rendered pages in memory that processes share.
 *
 * One process makes a segment (rcache_format) and forks; each of its children
 * joins (rcache_join) and then finds, puts and purges from any of its threads.
 * A process may be killed at any instruction: the others go on, and its pins
 * and half-written entries are given back once somebody has said that it is
 * gone (rcache_process_gone).
 *
 * An entry never changes.  rcache_find() pins it, which keeps its memory where
 * it is; whoever pins must release.  Pins are few and short: one that is held
 * keeps memory from being used again, nothing else.
 *
 * Nothing here blocks longer than RCACHE_LOCK_MS: what cannot be stored or
 * found in time is a miss.
 */
#ifndef RCACHE_H
#define RCACHE_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <sys/uio.h>

/* A stopped process may hold a lock; nobody waits for one longer. */
#define RCACHE_LOCK_MS 50

/* The smallest segment that can be formatted. */
#define RCACHE_MIN_BYTES ((size_t)4 * 1024 * 1024)

/* An entry's, at most. */
#define RCACHE_MAX_TAGS 128

/* The parts of memory a body may be in. */
#define RCACHE_PARTS 8

typedef struct rcache rcache; /* a process's handle on a segment */

/* ---- segment: one thread, before any child is there --------------------- */

/* base: zeros, as mmap() makes and aligns them, at the same address in every
 * process.  processes: how many may have joined at a time.
 * 0, or an errno value: EINVAL (too small), or what pthread_mutex_init said. */
int rcache_format(void *base, size_t bytes, unsigned processes);

/* A handle, malloc'ed; NULL when this is no segment of this layout version and
 * size.  Survives fork(). */
rcache *rcache_open(void *base, size_t bytes);

/* The memory stays.  No pin of this process may be left. */
void rcache_close(rcache *cache);

/* ---- processes ---------------------------------------------------------- */

/* In each process, once, before it finds or puts.  0, or ENOSPC: as many as
 * there is room for have joined. */
int rcache_join(rcache *cache);

/* Its last call; pins that are left are given back. */
void rcache_leave(rcache *cache);

/* By whoever reaped the process, before its number can be used again.  Takes
 * no lock. Says nothing about a process that never joined. */
void rcache_process_gone(rcache *cache, pid_t pid);

/* ---- keys ---------------------------------------------------------------- */

/* text: any bytes; not copied. */
typedef struct rcache_key {
    const char *text;
    size_t length;
    uint64_t hash[2]; /* SipHash-2-4 twice, with keys of the segment's own */
} rcache_key;

void rcache_key_set(const rcache *cache, rcache_key *key, const char *text,
                    size_t length);

/* ---- entries ------------------------------------------------------------- */

/* What the store and its users need of an entry without reading its head.
 * Times are microseconds since 1970 UTC; 0 where there is none. */
typedef struct rcache_meta {
    int64_t rendered;        /* the render BEGAN; purges count from here */
    int64_t made;            /* Date */
    int64_t fresh_until;
    int64_t stale_until;     /* stale-while-revalidate */
    int64_t error_until;     /* stale-if-error */
    uint64_t etag;           /* of the identity body; 0 = none */
    uint32_t status;         /* HTTP status; 0 = a note that the key's answers
                              * are not stored */
    uint32_t flags;          /* RCACHE_* below */
    uint64_t generation;     /* of the bundle that rendered it */
} rcache_meta;

#define RCACHE_HAS_NONCE 1u  /* the body holds the marker of a CSP nonce */
#define RCACHE_RECOMPRESSED 4u /* of a compressed form: by the best means */
#define RCACHE_FROM_L2 2u    /* was made by another host or life */

/* head: the caller's own bytes (header fields), put back as they were.
 * tags: hashes by rcache_tag_hash(). */
typedef struct rcache_value {
    rcache_meta meta;
    const char *head;
    size_t head_length;
    const uint64_t *tags;
    size_t tag_count;
    const struct iovec *body;
    size_t body_parts;
} rcache_value;

enum rcache_put_result {
    RCACHE_STORED,
    RCACHE_TOO_LARGE, /* for a shard: more than a quarter of it */
    RCACHE_NO_ROOM,   /* all there is is pinned */
    RCACHE_BUSY,      /* a lock was not to be had */
    RCACHE_PURGED     /* since it was rendered */
};

/* Copies; replaces an entry of the same key. */
enum rcache_put_result rcache_put(rcache *cache, const rcache_key *key,
                                  const rcache_value *value);

/* An entry, pinned.  Valid until rcache_release(). */
typedef struct rcache_hit {
    const rcache_meta *meta;
    const char *head;
    size_t head_length;
    const uint64_t *tags;
    size_t tag_count;
    struct iovec body[RCACHE_PARTS];
    unsigned body_parts;
    uint64_t body_length;
    int soft_purged; /* usable as a stale page only */
    uint32_t slot;   /* the store's own */
} rcache_hit;

/* 1: *hit is filled and pinned.  0: not there, purged, or no pin to be had.
 * Takes no lock. */
int rcache_find(rcache *cache, const rcache_key *key, rcache_hit *hit);

void rcache_release(rcache *cache, rcache_hit *hit);

/* Turns the pin of rcache_find() into one for each part of the body, each to
 * be given back by rcache_part_free(hit->body[i].iov_base), from any thread of
 * this process and in any order; *hit must not be released then.  0: no pins
 * to be had, *hit is as before. */
int rcache_hit_split(rcache *cache, rcache_hit *hit);
void rcache_part_free(void *base); /* fits apr_bucket_heap_create() */

/* Forgets the key.  Readers that have it pinned keep it. */
void rcache_remove(rcache *cache, const rcache_key *key);

/* ---- purging ------------------------------------------------------------- */

/* A tag is known by its hash, equal on all hosts. */
uint64_t rcache_tag_hash(const char *tag, size_t length);

/* From now on what was rendered at or before `at` and bears the tag is not
 * found (soft: only as stale).  Whoever put a page with a colliding tag loses
 * it too.  Takes no lock, O(1). */
void rcache_purge(rcache *cache, uint64_t tag, int soft, int64_t at);

/* 1: a purge has hit one of the tags since then. */
int rcache_is_purged(const rcache *cache, const uint64_t *tags, size_t count,
                     int64_t rendered);

/* ---- one at a time -------------------------------------------------------- */

typedef struct rcache_flight {
    uint32_t cell;
    uint32_t ticket;
} rcache_flight;

enum rcache_flight_role {
    RCACHE_LEADER,   /* make it, then rcache_flight_end() */
    RCACHE_FOLLOWER, /* another one is at it: rcache_flight_wait() */
    RCACHE_ALONE     /* no room or no lock: make it, tell nobody */
};

enum rcache_flight_role rcache_flight_begin(rcache *cache,
                                            const rcache_key *key,
                                            rcache_flight *flight);

/* Wakes those that wait. */
void rcache_flight_end(rcache *cache, const rcache_flight *flight);

/* Blocks the thread until the leader has ended (1), the leader's process is
 * gone (1: look again, somebody will lead) or ms have passed (0). */
int rcache_flight_wait(rcache *cache, const rcache_flight *flight,
                       unsigned ms);

/* ---- what is in it -------------------------------------------------------- */

typedef struct rcache_stats {
    uint64_t bytes;          /* of all shards' memory for entries */
    uint64_t used;           /* of it, by entries (dead but pinned ones too) */
    uint64_t entries;        /* that can be found */
    uint64_t slots;          /* as many entries can there be */
    uint64_t zombies;        /* cannot be found, but are pinned */
    uint64_t puts, replaced, evicted, refused;
    uint64_t recovered;      /* shards rebuilt after a process died in them */
    uint64_t processes;      /* that have joined */
} rcache_stats;

void rcache_stats_read(rcache *cache, rcache_stats *stats);

/* NULL when every link, count and byte of the segment is where it should be,
 * else one sentence, malloc'ed.  Locks each shard in turn. */
char *rcache_validate(rcache *cache);

#endif /* RCACHE_H */
