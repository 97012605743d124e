/* SPDX-License-Identifier: Apache-2.0
 *
 * worker.h: one isolate and the thread it is pinned to.
 */
#ifndef V8P_WORKER_H
#define V8P_WORKER_H

#include "pool.h"

/* Returns 0 or an errno value. */
int v8p_worker_start(struct v8p_worker *worker);

/* Pre: pool.mtx is held.  Takes one idle worker off the stack in which a render
 * of the bundle may begin, to be signalled once the mutex is released; NULL when
 * there is none.  A bundle of NULL: any worker. */
struct v8p_worker *v8p_worker_wake_one(v8pool *pool,
                                       const v8pool_bundle *bundle);
/* The same for the one that has been idle for longest. */
struct v8p_worker *v8p_worker_wake_oldest(v8pool *pool,
                                          const v8pool_bundle *bundle);
/* Pre: pool.mtx is held. */
void v8p_worker_wake_all(v8pool *pool);

/* The steps of the thread; an inline pool's caller takes them itself. */
v8pool_status v8p_worker_open(struct v8p_worker *worker, v8pool_error *err);
void v8p_worker_close(struct v8p_worker *worker);
void v8p_worker_load_new(struct v8p_worker *worker);
/* One bundle more, loaded or not. */
void v8p_worker_tried(struct v8p_worker *worker);

/* A new isolate; the bundles come back one by one, as renders need them. */
void v8p_worker_reopen(struct v8p_worker *worker);
/* A new isolate with the bundles. */
void v8p_worker_rebuild(struct v8p_worker *worker);
/* A new context: one that was ended by force may hold half-done state:
 * `finally` blocks did not run (a5). */
void v8p_worker_renew(struct v8p_worker *worker, unsigned bundle);

/* Any thread.  One of its renders may go on, or is given up. */
void v8p_worker_poke(struct v8p_worker *worker);
/* Pre: pool.mtx is held. */
void v8p_worker_poke_all(v8pool *pool);

#endif /* V8P_WORKER_H */
