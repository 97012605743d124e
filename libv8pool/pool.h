/* SPDX-License-Identifier: Apache-2.0
 *
 * pool.h: the pool's own struct, shared by pool.c, worker.c and job.c.
 */
#ifndef V8P_POOL_H
#define V8P_POOL_H

#include "bundle.h"
#include "fetch.h"
#include "job.h"
#include "watchdog.h"

struct v8p_counters { /* atomic */
    atomic_uint_fast64_t renders, failures, timeouts, heap_limits, refused,
        expired, contexts_rebuilt, isolates_rebuilt, isolates_recycled,
        render_us, gc_us;
};

/* A slot for a thread and its isolate; see docs/threads.md for its life. */
struct v8p_worker {
    v8pool *pool;               /* const after create */
    unsigned index;             /* const after create; its watchdog slot too */
    struct v8p_worker *replaces; /* const while the thread runs; NULL = it is
                                   one of the first */
    pthread_t thread;           /* guarded by pool.mtx */
    int joinable;               /* guarded by pool.mtx */
    int serving;                /* guarded by pool.mtx: one of the configured
                                   isolates; not yet, or no longer: 0 */
    pthread_cond_t cond;        /* with pool.mtx */
    struct v8p_worker *next_idle; /* guarded by pool.mtx */
    int woken;                  /* guarded by pool.mtx */
    int poked;                  /* guarded by pool.mtx */
    int exited;                 /* guarded by pool.mtx */
    int relief_due;             /* guarded by pool.mtx: see memory.c */
    unsigned seen;              /* bundles it has tried; the owner thread
                                   writes it under pool.mtx */
    int ready;                  /* guarded by pool.mtx */
    v8e_isolate *isolate;       /* owner thread */
    v8e_context **contexts;     /* owner thread; by bundle index */
    unsigned context_slots;     /* owner thread; of spares, too */
    v8e_context **spares;       /* owner thread; by bundle index: contexts
                                   that have rendered nothing */
    unsigned spare_due;         /* owner thread: bundle index + 1; 0 = none */
    struct v8p_flight *flights; /* owner thread; the next turn is the first
                                   one's that is due */
    unsigned flight_count;      /* owner thread */
    uint64_t prepaid_us;        /* owner thread: see queue.c */
    int turned;                 /* owner thread: the last thing it did */
    uint64_t renders;           /* owner thread: since the isolate was made */
    uint64_t opened_us;         /* owner thread: when that was */
    size_t loaded_bytes;        /* owner thread: heap, its bundles evaluated */
    int outgrown;               /* owner thread: see recycle.c */
    atomic_size_t heap_used_bytes;
};

struct v8pool {
    v8pool_config config;       /* const after create */
    atomic_uint waiting;        /* jobs in the lines of all bundles; not those
                                   that were given up by their askers */
    uint64_t turn_us;           /* guarded by mtx: v8p_line.spent_us of the one
                                   whose turn it was last; never goes back */
    pthread_mutex_t mtx;        /* see docs/threads.md for the lock order */
    pthread_cond_t changed;     /* a worker got ready, reported or exited */
    int stopping;               /* guarded by mtx */
    uint64_t fired_us;          /* guarded by mtx: when a stop first ended
                                   calls by force; 0 = not yet */
    struct v8p_worker *workers; /* const after create */
    unsigned worker_count;      /* const after create; 1 for an inline pool */
    unsigned slot_count;        /* const after create; workers, and a spare */
    struct v8p_worker *spare_slot; /* guarded by mtx: for a replacement, or of
                                   the last one replaced; may be NULL */
    unsigned recycle_failures;  /* guarded by mtx; since the last success */
    uint64_t recycle_after_us;  /* guarded by mtx; no replacement before */
    unsigned alive;             /* guarded by mtx: threads that run */
    struct v8p_worker *idle;    /* guarded by mtx; last in, first out: the
                                   isolate with the warmest caches */
    v8pool_bundle **bundles;    /* guarded by mtx; grows only */
    unsigned bundle_count;      /* guarded by mtx */
    unsigned bundle_room;       /* guarded by mtx */
    atomic_uint running;
    pthread_t owner;            /* const after create; for an inline pool */
    struct v8p_watchdog watchdog;
    int memory_near;            /* watchdog: the program was told */
    int memory_over;            /* same */
    uint64_t relief_after_us;   /* watchdog: not before */
    struct v8p_counters counters;
    v8p_fetcher *fetcher;       /* const after create; its thread is started
                                   by the first fetch */
};

static inline int v8p_pool_is_inline(const v8pool *pool)
{
    return pool->config.isolates == 0;
}

#endif /* V8P_POOL_H */
