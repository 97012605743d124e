/* SPDX-License-Identifier: Apache-2.0
 *
 * ready.c: waiting until a pool renders at once.
 */
#include "pool.h"

/* Pre: pool.mtx is held.  A thread that could not make its isolate has left:
 * nobody waits for it. */
static int all_ready(const v8pool *pool)
{
    unsigned i;

    for (i = 0; i < pool->worker_count; i++) {
        if (!pool->workers[i].ready && !pool->workers[i].exited) {
            return 0;
        }
    }
    return 1;
}

v8pool_status v8pool_wait_ready(v8pool *pool, uint32_t wait_ms)
{
    uint64_t until_us = v8p_after_ms(v8p_now_us(), wait_ms);
    int is_inline = v8p_pool_is_inline(pool);
    v8pool_status status;
    int gone;

    pthread_mutex_lock(&pool->mtx);
    while (!pool->stopping && !all_ready(pool) && v8p_now_us() < until_us) {
        v8p_cond_wait_until(&pool->changed, &pool->mtx, until_us);
    }
    gone = pool->stopping || (!is_inline && pool->alive == 0);
    status = all_ready(pool) ? V8POOL_OK : V8POOL_E_TIMEOUT;
    pthread_mutex_unlock(&pool->mtx);
    return gone ? V8POOL_E_STOPPED : status;
}
