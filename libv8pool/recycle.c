/* SPDX-License-Identifier: Apache-2.0
 *
 * recycle.c: when an isolate is due, and how a new one takes its place.  The
 * pool has one slot more than isolates.  A worker that is due starts a thread
 * in it and goes on; once that thread has evaluated all bundles it serves and
 * the old one does not.  The slot of the old one is the next spare.
 */
#include "recycle.h"

#include "error.h"
#include "load.h"
#include "worker.h"

#include <stdio.h>

/* A replacement that failed is tried again after a second, then two, four, up
 * to four minutes: what failed it will most often fail it again. */
#define RETRY_MS 1000u
#define RETRY_DOUBLINGS_MAX 8u

/* When the worker is to be replaced; 0 = now. */
static uint64_t due_us(const struct v8p_worker *worker)
{
    const v8pool_config *c = &worker->pool->config;

    if (worker->outgrown ||
        (c->recycle_renders > 0 && worker->renders >= c->recycle_renders)) {
        return 0;
    }
    return c->recycle_ms > 0 ? v8p_after_ms(worker->opened_us, c->recycle_ms)
                             : V8P_NEVER;
}

/* Three quarters of the limit; a bundle that needs about as much from the
 * start may have a quarter of the limit more, since a new isolate would soon
 * be there again. */
static size_t growth_limit(const struct v8p_worker *worker)
{
    size_t quarter = worker->pool->config.heap_limit_bytes / 4;
    size_t grown = worker->loaded_bytes + quarter;

    return grown > 3 * quarter ? grown : 3 * quarter;
}

/* V8's last full collection may have run amid a render and met what that
 * render held.  One that is made now does not; it is slow only where the heap
 * is full indeed, and then it is the last one of this isolate. */
void v8p_recycle_look(struct v8p_worker *worker, const v8e_usage *usage)
{
    v8e_usage held;

    if (v8p_pool_is_inline(worker->pool) || worker->outgrown ||
        usage->heap_live_bytes <= growth_limit(worker)) {
        return;
    }
    v8e_isolate_collect(worker->isolate);
    v8e_isolate_usage(worker->isolate, &held);
    worker->outgrown = held.heap_live_bytes > growth_limit(worker);
}

/* Pre: pool.mtx is held. */
static int slot_is_free(const v8pool *pool)
{
    return pool->spare_slot != NULL &&
           (!pool->spare_slot->joinable || pool->spare_slot->exited);
}

uint64_t v8p_recycle_wakes_us(const struct v8p_worker *worker)
{
    const v8pool *pool = worker->pool;
    uint64_t due = due_us(worker);

    if (!slot_is_free(pool)) {
        return V8P_NEVER; /* the thread in it wakes all when it leaves */
    }
    return due > pool->recycle_after_us ? due : pool->recycle_after_us;
}

static void say(v8pool *pool, const char *why, const v8pool_error *err)
{
    const v8pool_config *c = &pool->config;
    char text[sizeof(err->message) + 128];

    if (c->log != NULL) {
        snprintf(text, sizeof(text), "%s; the one it was to replace goes on",
                 why);
        c->log(c->log_baton, V8POOL_LOG_ERROR, "", text, err);
    }
}

/* Pre: pool.mtx is held. */
static void put_off(v8pool *pool)
{
    uint32_t after_ms = RETRY_MS << pool->recycle_failures;

    if (pool->recycle_failures < RETRY_DOUBLINGS_MAX) {
        pool->recycle_failures++;
    }
    pool->recycle_after_us = v8p_after_ms(v8p_now_us(), after_ms);
}

/* Pre: pool.mtx is held, the spare slot is free.  Creating a thread is short,
 * and v8pool_stop() must not miss it.  It inherits the blocked signals. */
static int start_replacement(struct v8p_worker *old)
{
    v8pool *pool = old->pool;
    struct v8p_worker *worker = pool->spare_slot;

    if (worker->joinable) {
        pthread_join(worker->thread, NULL); /* it has exited */
    }
    worker->replaces = old;
    worker->exited = 0;
    worker->seen = 0;
    worker->spare_due = 0;
    pool->alive++;
    if (v8p_worker_start(worker) == 0) {
        return 1;
    }
    pool->alive--;
    put_off(pool);
    return 0;
}

void v8p_recycle_check(struct v8p_worker *worker)
{
    v8pool *pool = worker->pool;
    v8pool_error err;
    int failed = 0;

    if (v8p_now_us() < due_us(worker)) {
        return; /* the rule, without the lock */
    }
    pthread_mutex_lock(&pool->mtx);
    if (!pool->stopping && v8p_now_us() >= v8p_recycle_wakes_us(worker)) {
        failed = !start_replacement(worker);
    }
    pthread_mutex_unlock(&pool->mtx);
    if (failed) {
        v8p_error_set(&err, V8POOL_E_MEMORY, "the system refuses a thread");
        say(pool, err.message, &err);
    }
}

/* The next bundle that the isolate has not.  One that loads nowhere is no
 * reason to keep the old isolate, which has not got it either. */
static v8pool_status load_next(struct v8p_worker *worker, char *why,
                               size_t size, v8pool_error *err)
{
    v8pool *pool = worker->pool;
    v8pool_bundle *bundle = NULL;
    v8pool_status status;

    pthread_mutex_lock(&pool->mtx);
    if (!pool->stopping) {
        bundle = pool->bundles[worker->seen];
    }
    pthread_mutex_unlock(&pool->mtx);
    if (bundle == NULL) {
        return V8POOL_E_STOPPED;
    }
    status = v8p_load_bundle(worker, bundle->index, err);
    if (status != V8POOL_OK && status != V8POOL_E_HEAP) {
        pthread_mutex_lock(&pool->mtx);
        status = bundle->status != V8POOL_OK ? V8POOL_OK : status;
        pthread_mutex_unlock(&pool->mtx);
    }
    if (status == V8POOL_OK) {
        v8p_worker_tried(worker);
        return V8POOL_OK;
    }
    snprintf(why, size, "bundle %s: %s", bundle->name, err->message);
    return status;
}

/* One moment for both: the pool has never an isolate less.  0 = there is a
 * bundle to load yet. */
static int change_places(struct v8p_worker *worker)
{
    v8pool *pool = worker->pool;
    struct v8p_worker *old = worker->replaces;
    int now;

    pthread_mutex_lock(&pool->mtx);
    now = worker->seen == pool->bundle_count;
    if (now) {
        worker->serving = 1;
        worker->ready = 1;
        old->serving = 0; /* it leaves after the render it is in */
        pool->spare_slot = old;
        pool->recycle_failures = 0;
        atomic_fetch_add(&pool->counters.isolates_recycled, 1);
        v8p_worker_wake_all(pool); /* it may be asleep */
        pthread_cond_broadcast(&pool->changed);
    }
    pthread_mutex_unlock(&pool->mtx);
    return now;
}

int v8p_recycle_take_over(struct v8p_worker *worker)
{
    v8pool *pool = worker->pool;
    v8pool_error err;
    char why[sizeof(err.message) + 80];
    v8pool_status status = v8p_worker_open(worker, &err);

    if (status != V8POOL_OK) {
        snprintf(why, sizeof(why), "%s", err.message);
    }
    while (status == V8POOL_OK && !change_places(worker)) {
        status = load_next(worker, why, sizeof(why), &err);
    }
    if (status == V8POOL_OK) {
        return 1;
    }
    if (status != V8POOL_E_STOPPED) {
        pthread_mutex_lock(&pool->mtx);
        put_off(pool);
        pthread_mutex_unlock(&pool->mtx);
        say(pool, why, &err);
    }
    return 0;
}
