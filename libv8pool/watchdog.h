/* SPDX-License-Identifier: Apache-2.0
 *
 * watchdog.h: one thread per pool that ends calls into the engine which
 * outlive their deadline (v8-rules a1, a2).
 *
 * Each worker owns one slot.  The slot is armed around every call that may run
 * a bundle's code.  Arming, disarming and firing happen under one mutex, and
 * each arming has a number: a termination can therefore never hit a later call
 * than the one it was meant for.
 */
#ifndef V8P_WATCHDOG_H
#define V8P_WATCHDOG_H

#include "clock.h"
#include "engine/engine.h"

enum v8p_fired {
    V8P_NOT_FIRED,
    V8P_FIRED_DEADLINE,
    V8P_FIRED_CPU,    /* the thread has used its time up */
    V8P_FIRED_CANCEL, /* the caller gave the render up */
    V8P_FIRED_STOP    /* the pool is stopping */
};

struct v8p_slot {
    v8e_isolate *isolate;    /* guarded by watchdog.mtx; NULL = not armed */
    struct v8pool_job *job;  /* guarded by watchdog.mtx; may be NULL */
    uint64_t deadline_us;    /* guarded by watchdog.mtx */
    clockid_t cpu;           /* guarded by watchdog.mtx: the thread's time;
                                CLOCK_MONOTONIC where there is no such clock */
    uint64_t cpu_until_us;   /* guarded by watchdog.mtx, by that clock; 0 =
                                deadline_us is all there is */
    uint64_t wall_until_us;  /* guarded by watchdog.mtx; with cpu_until_us */
    uint64_t arming;         /* guarded by watchdog.mtx; counts up */
    int is_unwanted;         /* guarded by watchdog.mtx; since it was armed */
    enum v8p_fired fired;    /* guarded by watchdog.mtx */
    uint64_t fired_us;       /* guarded by watchdog.mtx; the first time */
    int asker_told;          /* guarded by watchdog.mtx; since it was fired */
    int stuck_told;          /* same */
};

struct v8p_watchdog {
    pthread_mutex_t mtx;     /* see docs/threads.md for the lock order */
    pthread_cond_t cond;
    struct v8p_slot *slots;  /* the array is const after start */
    unsigned slot_count;     /* const after start */
    uint64_t wakes_us;       /* guarded by mtx: when the thread looks next */
    int stop;                /* guarded by mtx */
    enum v8p_fired all;      /* guarded by mtx; fires on arming, too */
    v8pool *pool;            /* const after start; whose v8pool_guard it has to
                                keep; NULL: there is none */
    uint64_t memory_us;      /* guarded by mtx: when to look at the memory */
    int started;             /* creating thread only */
    pthread_t thread;
};

/* Returns 0 or an errno value; nothing is owed then.  pool may be NULL. */
int v8p_watchdog_start(struct v8p_watchdog *w, unsigned slot_count,
                       v8pool *pool);
/* Joins the thread.  Pre: no slot will be armed any more. */
void v8p_watchdog_stop(struct v8p_watchdog *w);

/* Worker thread.  job, if any, is woken when the slot fires, since a producer
 * that waits for its reader is deaf to V8's termination.  Returns the number
 * of this arming, for v8p_watchdog_give_up(). */
uint64_t v8p_watchdog_arm(struct v8p_watchdog *w, unsigned slot,
                          v8e_isolate *isolate, struct v8pool_job *job,
                          uint64_t deadline_us);

/* The same for a call that may take cpu_us of the thread's own time: what it
 * waits for a core on a busy machine is not its fault.  It ends at deadline_us
 * all the same.  job may be NULL. */
uint64_t v8p_watchdog_arm_cpu(struct v8p_watchdog *w, unsigned slot,
                              v8e_isolate *isolate, struct v8pool_job *job,
                              uint64_t cpu_us, uint64_t deadline_us);

/* Worker thread, after the call returned.  Whether, and why, it was ended:
 * this verdict counts, not V8's (a3).  Takes a late termination back. */
enum v8p_fired v8p_watchdog_disarm(struct v8p_watchdog *w, unsigned slot);

/* Any thread.  Nobody wants what the call of that arming gives: if it does not
 * end within 50 ms of its thread's time (2 s in all), it is ended.  Most do, and
 * what is ended by force costs the bundle its context. */
void v8p_watchdog_give_up(struct v8p_watchdog *w, unsigned slot,
                          uint64_t arming);
/* Any thread.  Ends every running call, and each that is armed later. */
void v8p_watchdog_fire_all(struct v8p_watchdog *w, enum v8p_fired why);
/* The askers of calls that do not end are told E_STOPPED.  V8 goes on. */
void v8p_watchdog_end_jobs(struct v8p_watchdog *w);

#endif /* V8P_WATCHDOG_H */
