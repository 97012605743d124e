/* SPDX-License-Identifier: Apache-2.0
 *
 * inside.c: looks under the pool's own locks.
 */
#include "inside.h"

#include "fixture.h"
#include "worker.h"

void release_all(v8pool_job **jobs, unsigned count)
{
    unsigned i;

    for (i = 0; i < count; i++) {
        v8pool_job_release(&jobs[i]);
    }
}

int is_in(v8pool_job *job, enum v8p_job_state state)
{
    int is;

    pthread_mutex_lock(&job->mtx);
    is = job->state == state;
    pthread_mutex_unlock(&job->mtx);
    return is;
}

int is_queued(v8pool_job *job)
{
    return is_in(job, V8P_JOB_QUEUED);
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

unsigned idle_workers(v8pool *pool)
{
    struct v8p_worker *worker;
    unsigned n = 0;

    pthread_mutex_lock(&pool->mtx);
    for (worker = pool->idle; worker != NULL; worker = worker->next_idle) {
        n++;
    }
    pthread_mutex_unlock(&pool->mtx);
    return n;
}
