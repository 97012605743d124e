/* SPDX-License-Identifier: Apache-2.0
 *
 * recycle.h: a new isolate in the place of an old one, without a gap.
 */
#ifndef V8P_RECYCLE_H
#define V8P_RECYCLE_H

#include "pool.h"

/* Worker thread, between two renders.  Is the heap outgrown? */
void v8p_recycle_look(struct v8p_worker *worker, const v8e_usage *usage);
/* Worker thread, between two renders.  Starts its replacement once it is due. */
void v8p_recycle_check(struct v8p_worker *worker);
/* Pre: pool.mtx is held.  When v8p_recycle_check() is to be called though
 * nothing else happens; V8P_NEVER = somebody will wake the worker, if at all. */
uint64_t v8p_recycle_wakes_us(const struct v8p_worker *worker);

/* Thread of a replacement: all it does before its first render.  0 = leave,
 * the old one goes on. */
int v8p_recycle_take_over(struct v8p_worker *worker);

#endif /* V8P_RECYCLE_H */
