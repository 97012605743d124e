/* SPDX-License-Identifier: Apache-2.0
 *
 * submit.c: a render's way into the queue, or into an inline pool's isolate.
 */
#include "pool.h"

#include "error.h"
#include "loop.h"
#include "worker.h"

static v8pool_status check_request(const v8pool_request *r)
{
    int whole = r->method != NULL && r->url != NULL && r->origin != NULL &&
                (r->header_count == 0 || r->headers != NULL);

    return whole && r->timeout_ms > 0 ? V8POOL_OK : V8POOL_E_ARG;
}

/* Push and wake under one lock, so that a stopping pool takes nothing more. */
static v8pool_status enqueue(v8pool *pool, v8pool_job *job)
{
    struct v8p_worker *worker = NULL;
    v8pool_job *displaced = NULL;
    v8pool_status status = V8POOL_OK;

    pthread_mutex_lock(&pool->mtx);
    if (pool->stopping || pool->alive == 0) {
        status = V8POOL_E_STOPPED;
    }
    else if (!v8p_queue_push(pool, job, &displaced)) {
        status = V8POOL_E_FULL;
    }
    else {
        worker = job->request.spread
                     ? v8p_worker_wake_oldest(pool, job->bundle)
                     : v8p_worker_wake_one(pool, job->bundle);
    }
    pthread_mutex_unlock(&pool->mtx);
    if (worker != NULL) {
        pthread_cond_signal(&worker->cond);
    }
    if (status == V8POOL_E_FULL || displaced != NULL) {
        atomic_fetch_add(&pool->counters.refused, 1);
    }
    if (displaced != NULL) {
        v8p_job_unref(displaced);
    }
    return status;
}

static v8pool_status run_inline(v8pool *pool, v8pool_job *job)
{
    int stopping;

    if (!pthread_equal(pool->owner, pthread_self())) {
        return V8POOL_E_ARG;
    }
    pthread_mutex_lock(&pool->mtx);
    stopping = pool->stopping;
    pthread_mutex_unlock(&pool->mtx);
    if (stopping) {
        return V8POOL_E_STOPPED;
    }
    v8p_loop_run(&pool->workers[0], job);
    return V8POOL_OK;
}

v8pool_status v8pool_submit(v8pool *pool, const v8pool_bundle *bundle,
                            const v8pool_request *request, v8pool_job **out)
{
    int is_inline = v8p_pool_is_inline(pool);
    v8pool_status status = check_request(request);
    v8pool_job *job;

    *out = NULL;
    if (status == V8POOL_OK && request->body_streamed && is_inline) {
        status = V8POOL_E_ARG; /* nobody could bring it */
    }
    if (status != V8POOL_OK) {
        v8p_host_release(&request->host);
        return status;
    }
    /* Nobody reads beside an inline render: its channel has no bound. */
    job = v8p_job_create(pool, (v8pool_bundle *)bundle, request,
                         is_inline ? SIZE_MAX : pool->config.channel_bytes);
    if (job == NULL) {
        v8p_host_release(&request->host);
        return V8POOL_E_MEMORY;
    }
    status = is_inline ? run_inline(pool, job) : enqueue(pool, job);
    if (status != V8POOL_OK) {
        v8p_job_unref(job);
        v8p_job_unref(job);
        return status;
    }
    *out = job;
    return V8POOL_OK;
}
