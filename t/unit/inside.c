/* SPDX-License-Identifier: Apache-2.0
 *
 * inside.c: looks under the pool's own locks.
 */
#include "inside.h"

#include "fixture.h"

void release_all(v8pool_job **jobs, unsigned count)
{
    unsigned i;

    for (i = 0; i < count; i++) {
        v8pool_job_release(&jobs[i]);
    }
}

int is_queued(v8pool_job *job)
{
    int queued;

    pthread_mutex_lock(&job->mtx);
    queued = job->state == V8P_JOB_QUEUED;
    pthread_mutex_unlock(&job->mtx);
    return queued;
}

unsigned in_lines(v8pool *pool)
{
    unsigned i, sum = 0;

    for (i = 0; i < pool->bundle_count; i++) {
        sum += atomic_load(&pool->bundles[i]->line.waiting) +
               atomic_load(&pool->bundles[i]->line.running);
    }
    return sum;
}

void close_empty(v8pool **pool)
{
    OK(WAIT_UNTIL(in_lines(*pool) == 0));
    v8pool_destroy(pool);
}

void spend(v8pool_bundle *bundle, uint64_t us)
{
    atomic_store(&bundle->line.spent_us, us);
}

unsigned slot_of(v8pool_job *job)
{
    unsigned slot;

    pthread_mutex_lock(&job->mtx);
    slot = job->slot;
    pthread_mutex_unlock(&job->mtx);
    return slot;
}
