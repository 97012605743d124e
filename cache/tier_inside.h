/* SPDX-License-Identifier: Apache-2.0
 *
 * tier_inside.h: what the files of the tier know of each other: tier.c (the
 * object, calls), connection.c (one call to one server), writer.c (queue and
 * thread), purgelog.c (publishing and reading purges).
 */
#ifndef RCACHE_TIER_INSIDE_H
#define RCACHE_TIER_INSIDE_H

#include "tier.h"

#include <libmemcached/memcached.h>
#include <pthread.h>
#include <time.h>

/* ---- connection.c ---------------------------------------------------------- */

/* A client of all servers.  libmemcached's are not for two threads. */
typedef struct rcache_client {
    _Atomic int taken;  /* whoever set it owns the rest */
    memcached_st *mc;   /* NULL: not made yet, or thrown away after an error */
    int answered;       /* was in use before: its connections may be stale */
} rcache_client;

enum rcache_verb {
    RCACHE_VERB_GET,
    RCACHE_VERB_SET,
    RCACHE_VERB_ADD,
    RCACHE_VERB_DELETE,
    RCACHE_VERB_INCREMENT
};

typedef struct rcache_call {
    enum rcache_verb verb;
    const char *group; /* decides the server; NULL: the key does */
    size_t group_length;
    const char *key;
    size_t key_length;
    const char *bytes; /* SET, ADD */
    size_t length;
    uint32_t ttl_s;
    char *found;       /* GET: malloc'ed, or NULL */
    size_t found_length;
    uint64_t number;   /* INCREMENT: the sum */
} rcache_call;

/* Makes the call with a client that is free, or with the writer's own. */
enum rcache_tier_result rcache_tier_call(rcache_tier *tier, rcache_call *call,
                                         int is_writer);

/* Sets tier->map and tier->clients.  -1: no memory. */
int rcache_clients_create(rcache_tier *tier);
void rcache_clients_destroy(rcache_tier *tier);

/* ---- tier.c ---------------------------------------------------------------- */

enum rcache_tier_result rcache_tier_store(rcache_tier *tier,
                                          const rcache_l2_key *key,
                                          const char *bytes, size_t length,
                                          uint32_t ttl_s, int is_writer);

/* ---- writer.c -------------------------------------------------------------- */

typedef struct rcache_job {
    struct rcache_job *next;
    rcache_l2_key key;
    char *bytes;  /* SET; NULL: delete the key */
    size_t length;
    uint32_t ttl_s;
    int64_t until; /* DELETE: not after this, us of CLOCK_MONOTONIC */
} rcache_job;

#define RCACHE_PURGES_PENDING 256

typedef struct rcache_purge_record {
    uint64_t number; /* 0: none yet */
    uint64_t tag;
    int kind;        /* enum in purgelog.c */
    int64_t at;      /* us since 1970 */
    int64_t since;   /* us of CLOCK_MONOTONIC, when it was asked for */
} rcache_purge_record;

typedef struct rcache_writer {
    pthread_mutex_t mtx;
    pthread_cond_t wake;      /* for the thread: work, or the end */
    pthread_cond_t ended;     /* for rcache_tier_stop() */
    pthread_t thread;
    int started;              /* owner: whoever starts and stops */
    int is_stopping;          /* guarded by mtx */
    int has_ended;            /* guarded by mtx */
    int is_lost;              /* owner: whoever stops */
    int64_t stop_until;       /* guarded by mtx; us of CLOCK_MONOTONIC */
    rcache_job *first, *last; /* guarded by mtx */
    unsigned count;           /* guarded by mtx; in the list */
    size_t bytes;             /* guarded by mtx; of the list */
    rcache_purge_record pending[RCACHE_PURGES_PENDING]; /* guarded by mtx */
    unsigned pending_count;                             /* guarded by mtx */
    rcache_purge_record all; /* guarded by mtx; at 0: none pending */
    int64_t publish_at;      /* guarded by mtx; not before */
    int64_t poll_at;         /* guarded by mtx; the next look at the log */
} rcache_writer;

int rcache_writer_create(rcache_writer *writer);
void rcache_writer_destroy(rcache_writer *writer);

/* ---- purgelog.c ------------------------------------------------------------ */

/* memcached takes more seconds than these for a time since 1970. */
#define RCACHE_TTL_LIMIT_S (30u * 24 * 60 * 60)

/* A purge stays in the log so much longer than any value stays: a set may be
 * done late (by the queue, by a server that hung). */
#define RCACHE_PURGE_EXTRA_S 600u

typedef struct rcache_purgelog {
    char group[RCACHE_L2_KEY_BYTES];  /* const; all its keys are on the server
                                       * of this one */
    uint64_t missing;                 /* thread only; a record that is not
                                       * there, */
    int64_t missing_since;            /* first looked for then */
    int had_failure;                  /* thread only; the log could not be read
                                       * before it was for the first time */
} rcache_purgelog;

void rcache_purgelog_init(rcache_tier *tier);

/* Thread: the writer's.  1: the record is in the log. */
int rcache_purgelog_publish(rcache_tier *tier, rcache_purge_record *record);
void rcache_purgelog_poll(rcache_tier *tier);

/* What takes the place of purges that were not told in time. */
void rcache_purgelog_collapse(rcache_purge_record *all,
                              const rcache_purge_record *record);

/* ---- the object -------------------------------------------------------------- */

struct rcache_tier {
    rcache_tier_config config; /* const; servers is NULL, prefix is our own */
    rcache_servers servers;    /* const */
    rcache_breaker_rule rule;  /* const */
    rcache_tier_shared *shared; /* its fields are atomic */
    memcached_st *map;         /* const; which server a key is on; never
                                * connects */
    rcache_client *clients;    /* connections, and one for the writer */
    rcache_writer writer;
    rcache_purgelog log;
};

#define RCACHE_TIER_COUNT(tier, name)                                          \
    atomic_fetch_add_explicit(&(tier)->shared->counts.name, 1,                 \
                              memory_order_relaxed)

static inline int64_t rcache_tier_clock(clockid_t clock)
{
    struct timespec ts;

    clock_gettime(clock, &ts);
    return (int64_t)ts.tv_sec * 1000000 + ts.tv_nsec / 1000;
}

#endif /* RCACHE_TIER_INSIDE_H */
