/* SPDX-License-Identifier: Apache-2.0
 *
 * stop.c: ends a pool's threads, whatever they are doing.
 */
#include "pool.h"

#include "error.h"
#include "worker.h"

/* How long terminated renders get to leave V8. */
#define STOP_EXTRA_MS 1000u

/* Pre: pool.mtx is held. */
static int wait_until_left(v8pool *pool, uint64_t until_us)
{
    while (pool->alive > 0 && v8p_now_us() < until_us) {
        v8p_cond_wait_until(&pool->changed, &pool->mtx, until_us);
    }
    return pool->alive == 0;
}

static void fail_queued(v8pool *pool)
{
    v8pool_job *job;

    while ((job = v8p_queue_take(pool)) != NULL) {
        v8pool_error err;

        v8p_error_set(&err, V8POOL_E_STOPPED, "the pool is stopping");
        v8p_job_end(job, V8POOL_E_STOPPED, NULL, &err);
        v8p_job_unref(job);
    }
}

/* Pre: pool.mtx is held: a thread that has exited no longer wants it, and two
 * callers must not join the same one. */
static void join_left(v8pool *pool)
{
    unsigned i;

    for (i = 0; i < pool->slot_count; i++) {
        struct v8p_worker *worker = &pool->workers[i];

        if (worker->joinable && worker->exited) {
            pthread_join(worker->thread, NULL);
            worker->joinable = 0;
        }
    }
}

/* Pre: pool.mtx is not held.  However often it is called, they get one second:
 * a child of httpd's stops its pool when it is told to go, and again in a
 * cleanup. */
static int terminate(v8pool *pool)
{
    int left;

    v8p_watchdog_fire_all(&pool->watchdog, V8P_FIRED_STOP);
    pthread_mutex_lock(&pool->mtx);
    if (pool->fired_us == 0) {
        pool->fired_us = v8p_now_us();
    }
    v8p_worker_poke_all(pool); /* also those whose renders wait */
    left = wait_until_left(pool, v8p_after_ms(pool->fired_us, STOP_EXTRA_MS));
    pthread_mutex_unlock(&pool->mtx);
    if (!left) {
        v8p_watchdog_end_jobs(&pool->watchdog);
    }
    return left;
}

v8pool_status v8pool_stop(v8pool *pool, uint32_t grace_ms)
{
    int left;

    pthread_mutex_lock(&pool->mtx);
    pool->stopping = 1;
    v8p_worker_wake_all(pool);
    pthread_mutex_unlock(&pool->mtx);
    fail_queued(pool); /* submit no longer pushes: it looks under mtx */

    pthread_mutex_lock(&pool->mtx);
    left = wait_until_left(pool, v8p_after_ms(v8p_now_us(), grace_ms));
    pthread_mutex_unlock(&pool->mtx);
    left = left || terminate(pool);
    pthread_mutex_lock(&pool->mtx);
    join_left(pool);
    pthread_mutex_unlock(&pool->mtx);
    v8p_fetcher_stop(pool->fetcher);
    return left ? V8POOL_OK : V8POOL_E_TIMEOUT;
}
