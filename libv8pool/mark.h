/* SPDX-License-Identifier: Apache-2.0
 *
 * mark.h: says in the program's memory which render each worker is in
 * (v8pool_mark), for when the process dies of it.
 */
#ifndef V8P_MARK_H
#define V8P_MARK_H

#include "pool.h"

/* Worker, around each turn. */
void v8p_mark_set(const struct v8p_worker *worker, const v8pool_job *job);
void v8p_mark_clear(const struct v8p_worker *worker);

/* Watchdog.  The turn of that worker does not end. */
void v8p_mark_stuck(const v8pool *pool, unsigned worker);

#endif /* V8P_MARK_H */
