/* SPDX-License-Identifier: Apache-2.0
 *
 * inline.c: a pool without threads: the caller takes the worker's steps.
 */
#include "loop.h"

static void sleep_until(struct v8p_worker *worker, uint64_t until_us)
{
    pthread_mutex_lock(&worker->pool->mtx);
    while (!worker->poked && v8p_now_us() < until_us) {
        v8p_cond_wait_until(&worker->cond, &worker->pool->mtx, until_us);
    }
    worker->poked = 0;
    pthread_mutex_unlock(&worker->pool->mtx);
}

void v8p_loop_run(struct v8p_worker *worker, v8pool_job *job)
{
    uint64_t next;

    v8p_loop_begin(worker, job);
    while (worker->flights != NULL) {
        if (v8p_loop_is_due(worker, &next)) {
            v8p_loop_turn(worker);
        }
        else {
            sleep_until(worker, next);
        }
    }
}
