/* SPDX-License-Identifier: Apache-2.0
 *
 * queue.h: which renders wait, whose turn it is, and who is refused.  Each
 * bundle has a line of its own, first come first served.  Between bundles the
 * one goes first that has had the least of the isolates' time, and places that
 * are scarce are divided.
 */
#ifndef V8P_QUEUE_H
#define V8P_QUEUE_H

#include "job.h"

struct v8p_worker;

/* One of a bundle. */
struct v8p_line {
    v8pool_job *first, *last;    /* guarded by pool.mtx; some may have been
                                    given up by their askers */
    atomic_uint waiting;         /* jobs in it that have not */
    atomic_uint running;         /* jobs of the bundle that are under way */
    atomic_uint_fast64_t spent_us; /* of the isolates' time; moved on to the
                                    others' when it was idle */
    atomic_uint_fast64_t begin_us; /* a render's first turn, on average */
    unsigned held;               /* guarded by pool.mtx: of what is divided */
};

/* Pre: pool.mtx is held.  0 = full.  *displaced: the render, ended with E_FULL,
 * that had to go for it; the caller unrefs it without the mutex.  NULL: none. */
int v8p_queue_push(v8pool *pool, v8pool_job *job, v8pool_job **displaced);

/* Pre: pool.mtx is held, the worker has room for a render.  The job whose turn
 * it is, of those that may begin there.  NULL: there is none. */
v8pool_job *v8p_queue_pop(struct v8p_worker *worker);
/* Any thread.  Whatever job; NULL: nothing waits. */
v8pool_job *v8p_queue_take(v8pool *pool);
/* Asker.  It no longer waits: what is left of it goes from the line. */
void v8p_queue_leave(v8pool_job *job);

/* Pre: pool.mtx is held, the worker is asleep or is the caller's.  Whether a
 * render of the bundle may begin there. */
int v8p_queue_suits(const struct v8p_worker *worker,
                    const v8pool_bundle *bundle);

/* Worker.  A job that was popped is under way; it is over. */
void v8p_queue_begun(v8pool_job *job);
void v8p_queue_over(v8pool_job *job);

/* Worker.  What a render's turn took; of its first one, which was paid for in
 * advance. */
void v8p_queue_spent(v8pool_bundle *bundle, uint64_t us);
void v8p_queue_spent_begin(struct v8p_worker *worker, v8pool_bundle *bundle,
                           uint64_t us);

#endif /* V8P_QUEUE_H */
