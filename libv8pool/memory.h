/* SPDX-License-Identifier: Apache-2.0
 *
 * memory.h: the guard on what the process has resident (v8-rules b7, b8): the
 * limits of isolates do not count all that V8 takes.
 */
#ifndef V8P_MEMORY_H
#define V8P_MEMORY_H

#include "pool.h"

/* Watchdog thread, without watchdog.mtx.  Looks, tells the program, and asks
 * the workers for relief. */
void v8p_memory_look(v8pool *pool);

/* Worker, owner thread, with no render under way.  A full collection; a new
 * isolate if that was not enough. */
void v8p_memory_relieve(struct v8p_worker *worker);

#endif /* V8P_MEMORY_H */
