/* SPDX-License-Identifier: Apache-2.0
 *
 * tier.h: memcached behind the store in memory, shared by hosts.
 *
 * Whatever memcached does, a request goes on: a server that is down or slow is
 * a miss, and one that stays so is not asked (breaker.h).  No caller waits for
 * another: each uses a connection of its own, and when all are in use the tier
 * is busy, which is a miss, too.
 *
 * A tier belongs to one process, is created after fork(), and is used from any
 * of its threads.  What processes of a host share is rcache_tier_shared.
 *
 * Calls that reach the network block for at most budget_ms while the server
 * says nothing (a server that sends single bytes can take longer); those named
 * _later, and all that touch an open breaker, never do.
 */
#ifndef RCACHE_TIER_H
#define RCACHE_TIER_H

#include "breaker.h"
#include "servers.h"
#include "value.h"

#include <apr_pools.h>

/* NULL, or one sentence from the pool: what is wrong with the list of servers.
 * For directives.  Blocks: never. */
const char *rcache_tier_check(apr_pool_t *pool, const char *servers);

/* ---- what processes share ------------------------------------------------- */

/* name, meaning: one counter each, never reset. */
#define RCACHE_TIER_COUNTS(X)                                                  \
    X(gets, "values asked for")                                                \
    X(hits, "values found")                                                    \
    X(misses, "values that were not there")                                    \
    X(foreign, "values that were cut off, of another key or another format")   \
    X(skipped, "calls not made because the server's breaker was open")         \
    X(busy, "calls not made because all connections were in use")              \
    X(errors, "calls that failed, other than by a timeout")                    \
    X(timeouts, "calls that got no answer in time")                            \
    X(opens, "times a breaker opened")                                         \
    X(sets, "values stored")                                                   \
    X(dropped, "values not stored because the queue was full")                 \
    X(too_large, "values not sent because memcached would refuse them")        \
    X(purges_sent, "purges other hosts were told")                             \
    X(purges_seen, "purges read from the log")                                 \
    X(purges_lost, "times the log had a gap: everything was purged")

#define RCACHE_TIER_FIELD(name, text) _Atomic uint64_t name;
typedef struct rcache_tier_counts {
    RCACHE_TIER_COUNTS(RCACHE_TIER_FIELD)
} rcache_tier_counts;

/* Zero at first; every field atomic, no locks, no addresses.  In memory of all
 * children, so that one child's timeouts spare the others theirs. */
typedef struct rcache_tier_shared {
    rcache_breaker breaker[RCACHE_SERVERS_MAX]; /* as in the list */
    rcache_tier_counts counts;
    _Atomic uint64_t purge_seen;   /* number of the last purge applied; 0: none
                                    * was ever looked for */
    _Atomic int64_t purge_polled;  /* when, us of CLOCK_MONOTONIC */
} rcache_tier_shared;

/* ---- create, start, stop, destroy ----------------------------------------- */

/* Called by the writer thread: purges other hosts (or this one) have made. They
 * may come more than once and in any order. */
typedef struct rcache_tier_purges {
    void (*one)(void *baton, uint64_t tag, int soft, int64_t at);
    /* Purges were lost: all that was rendered at or before `at` counts as
     * softly purged. */
    void (*everything)(void *baton, int64_t at);
    void *baton;
} rcache_tier_purges;

typedef struct rcache_tier_config {
    const char *servers;        /* the same on all hosts, in the same order */
    const char *prefix;         /* of all keys; no spaces; at most
                                 * RCACHE_L2_PREFIX_MAX bytes */
    uint32_t budget_ms;         /* for an answer */
    uint32_t breaker_failures;  /* in a row, 1..255 */
    uint32_t breaker_open_ms;
    unsigned connections;       /* to each server, for callers; one more is
                                 * the writer thread's */
    unsigned queue_count;       /* of what _later calls have put and is not */
    size_t queue_bytes;         /* written yet: at most so many, so large */
    uint32_t ttl_max_s;         /* no value lives longer */
    uint32_t poll_ms;           /* how often the log of purges is read */
    uint32_t publish_ms;        /* a purge that could not be published for so
                                 * long becomes "everything" */
    rcache_tier_purges purges;  /* functions may be NULL */
    rcache_tier_shared *shared; /* NULL: the process's own */
} rcache_tier_config;

/* The defaults; servers is the caller's. */
void rcache_tier_config_init(rcache_tier_config *config);

typedef struct rcache_tier rcache_tier;

/* Blocks: while names are resolved; no server is contacted.
 * Owns:   *tier is the caller's, rcache_tier_destroy(); the strings of the
 *         configuration may go.
 * Errors: -1 and one sentence in error; *tier is NULL then. */
int rcache_tier_create(rcache_tier **tier, const rcache_tier_config *config,
                       char *error, size_t error_bytes);

/* Starts the writer thread, with all signals blocked: writes what _later calls
 * put, publishes and reads purges.  0 or an errno value. */
int rcache_tier_start(rcache_tier *tier);

/* Writes for at most ms more, purges first, drops the rest and ends the thread.
 * Blocks: ms, and the rest of a call that is under way.
 * 0; ETIMEDOUT: the thread hangs in a call beyond that; it and the tier's
 * memory are left to the process's end. */
int rcache_tier_stop(rcache_tier *tier, uint32_t ms);

/* Nobody may be in a call.  NULL is taken. */
void rcache_tier_destroy(rcache_tier **tier);

/* ---- calls ----------------------------------------------------------------- */

enum rcache_tier_result {
    RCACHE_TIER_DONE,      /* found, stored, deleted, ours, or queued */
    RCACHE_TIER_NOT,       /* not there; another one's; full */
    RCACHE_TIER_DOWN,      /* no answer; not even asked; refused */
    RCACHE_TIER_TOO_LARGE  /* more than RCACHE_VALUE_MAX: not sent */
};

void rcache_tier_key(const rcache_tier *tier, rcache_l2_key *key,
                     const char *text, size_t length);

/* Bytes as they are there.  DONE: *bytes is the caller's, free(); else NULL. */
enum rcache_tier_result rcache_tier_get(rcache_tier *tier,
                                        const rcache_l2_key *key, char **bytes,
                                        size_t *length);

/* The same, decoded; what is no value of this key is NOT there.  DONE: *view
 * points into *bytes.  Of which bundle it is, whether it is fresh and whether
 * it was purged since it was rendered is for the caller to see. */
enum rcache_tier_result rcache_tier_find(rcache_tier *tier, const char *text,
                                         size_t length,
                                         rcache_value_view *view, char **bytes);

/* ttl_s: seconds it stays there, cut to 1..ttl_max_s.  The bytes stay the
 * caller's.  A set that timed out may still be done later by the server: what
 * a value is worth can only be told from its own times. */
enum rcache_tier_result rcache_tier_set(rcache_tier *tier,
                                        const rcache_l2_key *key,
                                        const char *bytes, size_t length,
                                        uint32_t ttl_s);

/* NOT: it was not there. */
enum rcache_tier_result rcache_tier_delete(rcache_tier *tier,
                                           const rcache_l2_key *key);

/* By the writer thread.  Takes the malloc'ed bytes, whatever it returns; NOT:
 * the queue was full, they are dropped and counted. */
enum rcache_tier_result rcache_tier_put_later(rcache_tier *tier,
                                              const rcache_l2_key *key,
                                              char *bytes, size_t length,
                                              uint32_t ttl_s);

/* The same for a value, which is copied and stays the caller's; as
 * rcache_tier_find() returns it. */
enum rcache_tier_result rcache_tier_put_value_later(rcache_tier *tier,
                                                    const char *text,
                                                    size_t length,
                                                    const rcache_value *value,
                                                    uint32_t ttl_s);

/* ---- one host at a time ----------------------------------------------------- */

typedef struct rcache_tier_lock {
    rcache_l2_key key;
    int64_t until; /* us of CLOCK_MONOTONIC */
} rcache_tier_lock;

/* DONE: this host makes the page, *lock is to be given back.  NOT: another one
 * does.  It ends by itself after ttl_s, should its owner have gone. */
enum rcache_tier_result rcache_tier_lock_take(rcache_tier *tier,
                                              const rcache_l2_key *key,
                                              uint32_t ttl_s,
                                              rcache_tier_lock *lock);

/* After everything that is in the queue now, so that whoever gets the lock next
 * finds what was put.  A lock whose time is over is another one's and stays. */
void rcache_tier_unlock_later(rcache_tier *tier, const rcache_tier_lock *lock);

/* ---- purges, host to host --------------------------------------------------- */

/* Tells the other hosts; this host's store is the caller's to purge.  Nothing
 * is lost while this process lives: what cannot be told in time is told as
 * "everything", and so is, to be safe, one that memcached took a number for
 * and did not say so in time.  at: microseconds since 1970 UTC; hosts' clocks
 * must agree.  Blocks: never; by the writer thread. */
void rcache_tier_purge_later(rcache_tier *tier, uint64_t tag, int soft,
                             int64_t at);

/* ---- what it is doing -------------------------------------------------------- */

const rcache_tier_shared *rcache_tier_shared_of(const rcache_tier *tier);
unsigned rcache_tier_server_count(const rcache_tier *tier);
/* As resolved; valid as long as the tier. */
const rcache_server *rcache_tier_server(const rcache_tier *tier, unsigned i);
/* Which one a key is on. */
unsigned rcache_tier_server_of(const rcache_tier *tier,
                               const rcache_l2_key *key);

#endif /* RCACHE_TIER_H */
