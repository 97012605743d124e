/* SPDX-License-Identifier: Apache-2.0
 *
 * flight.h: one render under way in a worker: loop.c gives it its turns, flight.c
 * ends it.
 *
 * Thread: the worker's.
 */
#ifndef V8P_FLIGHT_H
#define V8P_FLIGHT_H

#include "engine/run.h"
#include "pool.h"

struct v8p_flight {
    struct v8p_flight *next;
    v8pool_job *job;
    v8e_sink sink;
    v8e_context *context;  /* of a fresh one: its own */
    v8e_run *run;          /* NULL: it is to begin (anew) */
    uint64_t deadline_us;
    uint64_t cpu_us;       /* of the thread, in all its turns so far */
    uint64_t behind_us;    /* since when its client is; 0 = it is not */
    int awaits_body;       /* and nothing else; 0 or 1 */
    v8pool_timing timing;
    int is_retry;
    int is_answered;       /* the job has ended; its run goes on */
    v8pool_status cut;     /* what the job ended with, if it was given up */
};

/* The list: whoever had a turn goes to its end. */
void v8p_flight_append(struct v8p_worker *worker, struct v8p_flight *flight);
void v8p_flight_take_out(struct v8p_worker *worker, struct v8p_flight *flight);

/* The pool's counters. */
void v8p_flight_count(struct v8p_worker *worker, v8pool_status status,
                      enum v8p_fired fired, const v8pool_timing *timing);

/* Takes it out, says how it ended and frees it; the job is the caller's. */
void v8p_flight_finish(struct v8p_worker *worker, struct v8p_flight *flight,
                       v8pool_status status, const v8pool_error *err);

/* A turn was the last one. */
void v8p_flight_end(struct v8p_worker *worker, struct v8p_flight *flight,
                    v8pool_status status, enum v8p_fired fired,
                    const v8pool_error *err);

/* It waits, and is to end as err says; its code is told, in one turn that the
 * answer does not wait for.  It stays where ctx.waitUntil() goes on. */
void v8p_flight_give_up(struct v8p_worker *worker, struct v8p_flight *flight,
                        v8e_abort why, const v8pool_error *err);

/* ctx.waitUntil() has as long again. */
void v8p_flight_prolong(struct v8p_flight *flight);

/* It waits, and no longer: no code of it is on the stack, nothing is to be
 * renewed. */
void v8p_flight_end_waiting(struct v8p_worker *worker,
                            struct v8p_flight *flight, v8pool_status status,
                            const v8pool_error *err);

#endif /* V8P_FLIGHT_H */
