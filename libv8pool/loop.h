/* SPDX-License-Identifier: Apache-2.0
 *
 * loop.h: a worker's event loop: the renders it has under way.  One of them has
 * its turn, the others wait for a timer, an event, their reader, or their turn.
 *
 * Thread: the worker's.
 */
#ifndef V8P_LOOP_H
#define V8P_LOOP_H

#include "pool.h"

/* Renders under way that count for its concurrency.  Owner thread, or pool.mtx is
 * held and the worker idle. */
unsigned v8p_loop_count(const struct v8p_worker *worker);
/* It may begin another one. */
int v8p_loop_has_room(const struct v8p_worker *worker);

/* The job is under way, or has ended. */
void v8p_loop_begin(struct v8p_worker *worker, v8pool_job *job);

/* 1: v8p_loop_turn() has something to do.  0: not before *wakes_us (V8P_NEVER:
 * not before it is poked). */
int v8p_loop_is_due(struct v8p_worker *worker, uint64_t *wakes_us);

/* One turn of one render that is due, if there is one; ends those whose time is
 * up, or that were given up. */
void v8p_loop_turn(struct v8p_worker *worker);

/* The isolate goes: those that have sent nothing begin anew in the next one,
 * once; the others end with E_HEAP. */
void v8p_loop_abandon(struct v8p_worker *worker);

/* The thread leaves: all end with E_STOPPED. */
void v8p_loop_end(struct v8p_worker *worker);

/* All of one job, on the caller's thread.  Blocks. */
void v8p_loop_run(struct v8p_worker *worker, v8pool_job *job);

#endif /* V8P_LOOP_H */
