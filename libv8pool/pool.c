/* SPDX-License-Identifier: Apache-2.0
 *
 * pool.c: the pool's life and its front door.
 */
#include "pool.h"

#include "error.h"
#include "worker.h"

#include <apr_general.h>
#include <stdlib.h>
#include <string.h>

/* How long terminated renders get to leave V8 when the pool stops. */
#define STOP_EXTRA_MS 1000u

#define ISOLATES_MAX 1024u

void v8pool_config_init(v8pool_config *config)
{
    memset(config, 0, sizeof(*config));
    config->isolates = 1;
    config->queue_length = 512;
    config->heap_limit_bytes = (size_t)256 * 1024 * 1024;
    config->arraybuffer_limit_bytes = (size_t)64 * 1024 * 1024;
    config->channel_bytes = (size_t)256 * 1024;
    config->load_timeout_ms = 10000;
}

void v8pool_request_init(v8pool_request *request)
{
    memset(request, 0, sizeof(*request));
    request->method = "GET";
    request->url = "/";
    request->origin = "";
    request->queue_ms = 1000;
    request->timeout_ms = 3000;
    request->max_response_bytes = (size_t)16 * 1024 * 1024;
}

static v8pool_status check_config(const v8pool_config *config,
                                  v8pool_error *err)
{
    if (config->isolates > ISOLATES_MAX) {
        return v8p_error_set(err, V8POOL_E_ARG, "isolates: 0..%u expected",
                             ISOLATES_MAX);
    }
    if (config->queue_length < 1 || config->queue_length > 1000000) {
        return v8p_error_set(err, V8POOL_E_ARG,
                             "queue_length: 1..1000000 expected");
    }
    if (config->heap_limit_bytes < (size_t)8 * 1024 * 1024) {
        return v8p_error_set(err, V8POOL_E_ARG,
                             "heap_limit_bytes: at least 8 MiB expected");
    }
    if (config->channel_bytes < 1) {
        return v8p_error_set(err, V8POOL_E_ARG,
                             "channel_bytes: at least 1 expected");
    }
    if (config->load_timeout_ms < 1) {
        return v8p_error_set(err, V8POOL_E_ARG,
                             "load_timeout_ms: at least 1 expected");
    }
    return V8POOL_OK;
}

/* Room also for jobs that were given up and that no worker has met yet. */
static unsigned queue_room(unsigned length)
{
    return length > 8192 ? length + 65536 : length * 8;
}

/* The queue lives in an APR pool of our own: httpd's belong to its threads. */
static int create_queue(v8pool *pool)
{
    if (apr_initialize() != APR_SUCCESS ||
        apr_pool_create_unmanaged_ex(&pool->apr, NULL, NULL) != APR_SUCCESS) {
        return 0;
    }
    return apr_queue_create(&pool->queue,
                            queue_room(pool->config.queue_length),
                            pool->apr) == APR_SUCCESS;
}

static int create_workers(v8pool *pool)
{
    unsigned n = v8p_pool_is_inline(pool) ? 1 : pool->config.isolates;
    unsigned i;

    pool->workers = calloc(n, sizeof(*pool->workers));
    if (pool->workers == NULL) {
        return 0;
    }
    pool->worker_count = n;
    for (i = 0; i < n; i++) {
        pool->workers[i].pool = pool;
        pool->workers[i].index = i;
        v8p_cond_init(&pool->workers[i].cond);
    }
    return v8p_watchdog_start(&pool->watchdog, n) == 0;
}

static v8pool_status start_workers(v8pool *pool, v8pool_error *err)
{
    unsigned i;

    if (v8p_pool_is_inline(pool)) {
        pool->owner = pthread_self();
        pool->workers[0].ready = 1; /* nobody sees it where opening fails */
        return v8p_worker_open(&pool->workers[0], err);
    }
    for (i = 0; i < pool->worker_count; i++) {
        pthread_mutex_lock(&pool->mtx);
        pool->alive++;
        pthread_mutex_unlock(&pool->mtx);
        if (v8p_worker_start(&pool->workers[i]) != 0) {
            pthread_mutex_lock(&pool->mtx);
            pool->alive--;
            pthread_mutex_unlock(&pool->mtx);
            return v8p_error_set(err, V8POOL_E_MEMORY,
                                 "the system refuses thread %u of %u", i + 1,
                                 pool->worker_count);
        }
    }
    return V8POOL_OK;
}

v8pool_status v8pool_create(const v8pool_config *config, v8pool **out,
                            v8pool_error *err)
{
    v8pool_status status = check_config(config, err);
    v8pool *pool;

    *out = NULL;
    if (status == V8POOL_OK) {
        status = v8e_platform_start(err);
    }
    if (status != V8POOL_OK) {
        return status;
    }
    pool = calloc(1, sizeof(*pool));
    if (pool == NULL) {
        return v8p_error_set(err, V8POOL_E_MEMORY, "no memory for a pool");
    }
    pool->config = *config;
    pthread_mutex_init(&pool->mtx, NULL);
    v8p_cond_init(&pool->changed);
    if (!create_queue(pool) || !create_workers(pool)) {
        status = v8p_error_set(err, V8POOL_E_MEMORY, "no memory for a pool");
    }
    else {
        status = start_workers(pool, err);
    }
    if (status != V8POOL_OK) {
        v8pool_destroy(&pool);
        return status;
    }
    *out = pool;
    return V8POOL_OK;
}

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
    void *popped;

    while (apr_queue_trypop(pool->queue, &popped) == APR_SUCCESS) {
        v8pool_error err;

        v8p_error_set(&err, V8POOL_E_STOPPED, "the pool is stopping");
        v8p_job_end(popped, V8POOL_E_STOPPED, NULL, &err);
        v8p_job_unref(popped);
    }
}

/* Pre: pool.mtx is held: a thread that has exited no longer wants it, and two
 * callers must not join the same one. */
static void join_left(v8pool *pool)
{
    unsigned i;

    for (i = 0; i < pool->worker_count; i++) {
        struct v8p_worker *worker = &pool->workers[i];

        if (worker->joinable && worker->exited) {
            pthread_join(worker->thread, NULL);
            worker->joinable = 0;
        }
    }
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
    if (!left) {
        pthread_mutex_unlock(&pool->mtx);
        v8p_watchdog_fire_all(&pool->watchdog, V8P_FIRED_STOP);
        pthread_mutex_lock(&pool->mtx);
        left = wait_until_left(pool,
                               v8p_after_ms(v8p_now_us(), STOP_EXTRA_MS));
    }
    join_left(pool);
    pthread_mutex_unlock(&pool->mtx);
    return left ? V8POOL_OK : V8POOL_E_TIMEOUT;
}

static void free_bundles(v8pool *pool)
{
    unsigned i;

    for (i = 0; i < pool->bundle_count; i++) {
        v8p_bundle_destroy(&pool->bundles[i]);
    }
    free(pool->bundles);
}

void v8pool_destroy(v8pool **poolp)
{
    v8pool *pool = *poolp;
    unsigned i;

    *poolp = NULL;
    if (pool == NULL) {
        return;
    }
    if (pool->queue != NULL && v8pool_stop(pool, 0) != V8POOL_OK) {
        return; /* a thread still uses all of it: leaked, as documented */
    }
    if (v8p_pool_is_inline(pool) && pool->workers != NULL) {
        v8p_worker_close(&pool->workers[0]);
    }
    v8p_watchdog_stop(&pool->watchdog);
    for (i = 0; i < pool->worker_count; i++) {
        pthread_cond_destroy(&pool->workers[i].cond);
    }
    free(pool->workers);
    free_bundles(pool);
    if (pool->apr != NULL) {
        apr_pool_destroy(pool->apr);
    }
    pthread_cond_destroy(&pool->changed);
    pthread_mutex_destroy(&pool->mtx);
    free(pool);
}

/* Pre: pool.mtx is held. */
static int register_bundle(v8pool *pool, v8pool_bundle *bundle)
{
    unsigned i;

    if (pool->bundle_count == pool->bundle_room) {
        unsigned room = pool->bundle_room * 2 + 8;
        v8pool_bundle **grown = realloc(pool->bundles, room * sizeof(*grown));

        if (grown == NULL) {
            return 0;
        }
        pool->bundles = grown;
        pool->bundle_room = room;
    }
    bundle->index = pool->bundle_count;
    pool->bundles[pool->bundle_count++] = bundle;
    for (i = 0; i < pool->worker_count; i++) {
        pool->workers[i].ready = 0;
    }
    return 1;
}

static v8pool_status wait_for_reports(v8pool *pool, v8pool_bundle *bundle,
                                      uint32_t wait_ms, v8pool_error *err)
{
    uint64_t until_us = v8p_after_ms(v8p_now_us(), wait_ms);
    v8pool_status status;

    pthread_mutex_lock(&pool->mtx);
    while (bundle->reports < pool->worker_count &&
           bundle->status == V8POOL_OK && !pool->stopping &&
           pool->alive > 0 && v8p_now_us() < until_us) {
        v8p_cond_wait_until(&pool->changed, &pool->mtx, until_us);
    }
    status = bundle->status;
    if (status != V8POOL_OK) {
        if (err != NULL) {
            *err = bundle->error;
        }
    }
    else if (bundle->reports < pool->worker_count) {
        status = pool->stopping ? V8POOL_E_STOPPED : V8POOL_E_TIMEOUT;
        v8p_error_set(err, status, "bundle %s: %u of %u isolates have it",
                      bundle->name, bundle->reports, pool->worker_count);
    }
    pthread_mutex_unlock(&pool->mtx);
    return status;
}

/* Hands the bundle to the pool, which owns it from then on. */
static v8pool_status add_bundle(v8pool *pool, v8pool_bundle *bundle,
                                v8pool_error *err)
{
    v8pool_status status = V8POOL_OK;

    if (v8p_pool_is_inline(pool) &&
        !pthread_equal(pool->owner, pthread_self())) {
        return v8p_error_set(err, V8POOL_E_ARG,
                             "a pool without threads belongs to the thread "
                             "that created it");
    }
    pthread_mutex_lock(&pool->mtx);
    if (pool->stopping) {
        status = v8p_error_set(err, V8POOL_E_STOPPED, "the pool is stopped");
    }
    else if (!register_bundle(pool, bundle)) {
        status = v8p_error_set(err, V8POOL_E_MEMORY, "no memory for a bundle");
    }
    else {
        v8p_worker_wake_all(pool);
    }
    pthread_mutex_unlock(&pool->mtx);
    return status;
}

v8pool_status v8pool_bundle_load(v8pool *pool,
                                 const v8pool_bundle_config *config,
                                 uint32_t wait_ms, v8pool_bundle **out,
                                 v8pool_error *err)
{
    v8pool_bundle *bundle;
    v8pool_status status = v8p_bundle_create(config, &bundle, err);

    *out = NULL;
    if (status != V8POOL_OK) {
        return status;
    }
    status = add_bundle(pool, bundle, err);
    if (status != V8POOL_OK) {
        v8p_bundle_destroy(&bundle);
        return status;
    }
    if (v8p_pool_is_inline(pool)) {
        v8p_worker_load_new(&pool->workers[0]);
    }
    if (wait_ms > 0 || v8p_pool_is_inline(pool)) {
        status = wait_for_reports(pool, bundle, wait_ms, err);
    }
    *out = status == V8POOL_OK ? bundle : NULL;
    return status;
}

static v8pool_status check_request(const v8pool_request *r)
{
    int whole = r->method != NULL && r->url != NULL && r->origin != NULL &&
                (r->header_count == 0 || r->headers != NULL);

    return whole && r->timeout_ms > 0 ? V8POOL_OK : V8POOL_E_ARG;
}

/* Pre: pool.mtx is held.  0 = full.  Counted before a worker can see the job. */
static int push(v8pool *pool, v8pool_job *job)
{
    if (atomic_load(&pool->waiting) >= pool->config.queue_length) {
        return 0;
    }
    job->counted = 1;
    atomic_fetch_add(&pool->waiting, 1);
    if (apr_queue_trypush(pool->queue, job) == APR_SUCCESS) {
        return 1;
    }
    job->counted = 0;
    atomic_fetch_sub(&pool->waiting, 1);
    return 0;
}

/* Push and wake under one lock, so that a stopping pool takes nothing more. */
static v8pool_status enqueue(v8pool *pool, v8pool_job *job)
{
    struct v8p_worker *worker = NULL;
    v8pool_status status = V8POOL_OK;

    pthread_mutex_lock(&pool->mtx);
    if (pool->stopping || pool->alive == 0) {
        status = V8POOL_E_STOPPED;
    }
    else if (!push(pool, job)) {
        status = V8POOL_E_FULL;
    }
    else {
        worker = v8p_worker_wake_one(pool);
    }
    pthread_mutex_unlock(&pool->mtx);
    if (worker != NULL) {
        pthread_cond_signal(&worker->cond);
    }
    if (status == V8POOL_E_FULL) {
        atomic_fetch_add(&pool->counters.refused, 1);
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
    v8p_worker_run(&pool->workers[0], job);
    return V8POOL_OK;
}

v8pool_status v8pool_submit(v8pool *pool, const v8pool_bundle *bundle,
                            const v8pool_request *request, v8pool_job **out)
{
    int is_inline = v8p_pool_is_inline(pool);
    v8pool_status status = check_request(request);
    v8pool_job *job;

    *out = NULL;
    if (status != V8POOL_OK) {
        return status;
    }
    /* Nobody reads beside an inline render: its channel has no bound. */
    job = v8p_job_create(pool, (v8pool_bundle *)bundle, request,
                         is_inline ? SIZE_MAX : pool->config.channel_bytes);
    if (job == NULL) {
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

static unsigned count_ready(v8pool *pool)
{
    unsigned i, ready = 0;

    pthread_mutex_lock(&pool->mtx);
    for (i = 0; i < pool->worker_count; i++) {
        ready += (unsigned)pool->workers[i].ready;
    }
    pthread_mutex_unlock(&pool->mtx);
    return ready;
}

void v8pool_stats_get(v8pool *pool, v8pool_stats *stats)
{
    struct v8p_counters *c = &pool->counters;
    unsigned i;

    memset(stats, 0, sizeof(*stats));
    stats->isolates = pool->worker_count;
    stats->isolates_ready = count_ready(pool);
    stats->queued = atomic_load(&pool->waiting);
    stats->running = atomic_load(&pool->running);
    stats->renders_total = atomic_load(&c->renders);
    stats->failures_total = atomic_load(&c->failures);
    stats->timeouts_total = atomic_load(&c->timeouts);
    stats->heap_limits_total = atomic_load(&c->heap_limits);
    stats->refused_total = atomic_load(&c->refused);
    stats->expired_total = atomic_load(&c->expired);
    stats->contexts_rebuilt_total = atomic_load(&c->contexts_rebuilt);
    stats->isolates_rebuilt_total = atomic_load(&c->isolates_rebuilt);
    stats->render_us_total = atomic_load(&c->render_us);
    stats->gc_us_total = atomic_load(&c->gc_us);
    for (i = 0; i < pool->worker_count; i++) {
        stats->heap_used_bytes += atomic_load(&pool->workers[i].heap_used_bytes);
    }
}

const char *v8pool_engine_version(void)
{
    return v8e_version();
}
