/* SPDX-License-Identifier: Apache-2.0
 *
 * inside.h: what tests of the pool see inside of it.
 */
#ifndef INSIDE_H
#define INSIDE_H

#include "pool.h"

void release_all(v8pool_job **jobs, unsigned count);
int is_in(v8pool_job *job, enum v8p_job_state state);
int is_queued(v8pool_job *job);
/* Of the worker that it is with. */
unsigned slot_of(v8pool_job *job);
/* What the bundles' own numbers say is there. */
unsigned in_lines(v8pool *pool);
/* That sleep. */
unsigned idle_workers(v8pool *pool);
/* When all jobs are released. */
void close_empty(v8pool **pool);
/* As if the bundle's renders had had that much time so far. */
void spend(v8pool_bundle *bundle, uint64_t us);

#endif /* INSIDE_H */
