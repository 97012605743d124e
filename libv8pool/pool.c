/* SPDX-License-Identifier: Apache-2.0
 *
 * pool.c: a pool's beginning and end, and its numbers.
 */
#include "pool.h"

#include "engine/run.h"
#include "error.h"
#include "signals.h"
#include "worker.h"
#include "v8pool_image.h"

#include <stdlib.h>
#include <string.h>

#define ISOLATES_MAX 1024u

void v8pool_config_init(v8pool_config *config)
{
    memset(config, 0, sizeof(*config));
    config->isolates = 1;
    config->concurrency = 64;
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
    if (config->concurrency < 1 || config->concurrency > 1024) {
        return v8p_error_set(err, V8POOL_E_ARG, "concurrency: 1..1024 expected");
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
    if (config->isolates == 0 &&
        (config->recycle_renders > 0 || config->recycle_ms > 0)) {
        return v8p_error_set(err, V8POOL_E_ARG,
                             "recycle_renders and recycle_ms: 0 expected "
                             "where isolates is 0");
    }
    return config->image == NULL ? V8POOL_OK
                                 : v8pool_image_check(config->image,
                                                      config->image_length,
                                                      err);
}

static int create_workers(v8pool *pool)
{
    int is_inline = v8p_pool_is_inline(pool);
    unsigned n = is_inline ? 1 : pool->config.isolates;
    unsigned slots = is_inline ? 1 : n + 1;
    unsigned i;

    pool->workers = calloc(slots, sizeof(*pool->workers));
    if (pool->workers == NULL) {
        return 0;
    }
    pool->worker_count = n;
    pool->slot_count = slots;
    pool->spare_slot = is_inline ? NULL : &pool->workers[n];
    for (i = 0; i < slots; i++) {
        pool->workers[i].pool = pool;
        pool->workers[i].index = i;
        pool->workers[i].serving = i < n;
        v8p_cond_init(&pool->workers[i].cond);
    }
    return v8p_watchdog_start(&pool->watchdog, slots, pool) == 0;
}

static int create_fetcher(v8pool *pool)
{
    v8p_fetcher_config config;

    v8p_fetcher_config_init(&config);
    config.counts = pool->config.fetch_counts;
    pool->fetcher = v8p_fetcher_create(&config);
    return pool->fetcher != NULL;
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

static v8pool_status create(const v8pool_config *config, v8pool **out,
                            v8pool_error *err)
{
    v8pool_status status = v8e_platform_start(err);
    v8pool *pool;

    if (status != V8POOL_OK) {
        return status;
    }
    if (config->guard.traps) {
        v8e_catch_traps();
    }
    pool = calloc(1, sizeof(*pool));
    if (pool == NULL) {
        return v8p_error_set(err, V8POOL_E_MEMORY, "no memory for a pool");
    }
    pool->config = *config;
    pthread_mutex_init(&pool->mtx, NULL);
    v8p_cond_init(&pool->changed);
    if (!create_fetcher(pool) || !create_workers(pool)) {
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

v8pool_status v8pool_create(const v8pool_config *config, v8pool **out,
                            v8pool_error *err)
{
    v8pool_status status = check_config(config, err);
    sigset_t before;

    *out = NULL;
    if (status != V8POOL_OK) {
        return status;
    }
    /* Every thread of the library begins in here and inherits the mask. */
    v8p_block_signals(&before);
    status = create(config, out, err);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return status;
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
    if (pool->workers != NULL && v8pool_stop(pool, 0) != V8POOL_OK) {
        return; /* a thread still uses all of it: leaked, as documented */
    }
    if (v8p_pool_is_inline(pool) && pool->workers != NULL) {
        v8p_worker_close(&pool->workers[0]);
    }
    v8p_watchdog_stop(&pool->watchdog);
    v8p_fetcher_destroy(&pool->fetcher);
    for (i = 0; i < pool->slot_count; i++) {
        pthread_cond_destroy(&pool->workers[i].cond);
    }
    free(pool->workers);
    free_bundles(pool);
    pthread_cond_destroy(&pool->changed);
    pthread_mutex_destroy(&pool->mtx);
    free(pool);
}

static unsigned count_ready(v8pool *pool)
{
    unsigned i, ready = 0;

    pthread_mutex_lock(&pool->mtx);
    for (i = 0; i < pool->slot_count; i++) {
        ready += pool->workers[i].serving && pool->workers[i].ready;
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
    stats->isolates_recycled_total = atomic_load(&c->isolates_recycled);
    stats->render_us_total = atomic_load(&c->render_us);
    stats->gc_us_total = atomic_load(&c->gc_us);
    for (i = 0; i < pool->slot_count; i++) {
        stats->heap_used_bytes += atomic_load(&pool->workers[i].heap_used_bytes);
    }
    v8p_fetcher_counts(pool->fetcher, &stats->fetch);
}

const char *v8pool_engine_version(void)
{
    return v8e_version();
}
