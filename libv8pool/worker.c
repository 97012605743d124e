/* SPDX-License-Identifier: Apache-2.0
 *
 * worker.c: takes jobs from the queue and runs them in its isolate; after
 * a call that was ended by force it rebuilds what can no longer be trusted.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE /* pthread_setaffinity_np */
#endif
#include "worker.h"

#include "error.h"
#include "image.h"
#include "load.h"
#include "loop.h"
#include "memory.h"
#include "recycle.h"
#include "spare.h"

#include <errno.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>

/* V8 takes its own limit (1 MiB) from the top of the stack; the rest is for
 * builtins and regular expressions below that limit (d7). */
#define STACK_BYTES ((size_t)4 * 1024 * 1024)

static int suits(const struct v8p_worker *worker, const v8pool_bundle *bundle)
{
    return bundle == NULL || v8p_queue_suits(worker, bundle);
}

/* Pre: pool.mtx is held.  Takes it off the stack. */
static struct v8p_worker *wake(struct v8p_worker **at)
{
    struct v8p_worker *worker = *at;

    if (worker != NULL) {
        *at = worker->next_idle;
        worker->woken = 1;
    }
    return worker;
}

struct v8p_worker *v8p_worker_wake_one(v8pool *pool,
                                       const v8pool_bundle *bundle)
{
    struct v8p_worker **at = &pool->idle;

    while (*at != NULL && !suits(*at, bundle)) {
        at = &(*at)->next_idle;
    }
    return wake(at);
}

struct v8p_worker *v8p_worker_wake_oldest(v8pool *pool,
                                          const v8pool_bundle *bundle)
{
    struct v8p_worker *none = NULL;
    struct v8p_worker **at, **oldest = &none;

    for (at = &pool->idle; *at != NULL; at = &(*at)->next_idle) {
        oldest = suits(*at, bundle) ? at : oldest;
    }
    return wake(oldest);
}

void v8p_worker_wake_all(v8pool *pool)
{
    struct v8p_worker *worker;

    while ((worker = v8p_worker_wake_one(pool, NULL)) != NULL) {
        pthread_cond_signal(&worker->cond);
    }
}

v8pool_status v8p_worker_open(struct v8p_worker *worker, v8pool_error *err)
{
    const v8pool_config *c = &worker->pool->config;
    v8e_limits limits = {c->heap_limit_bytes, c->arraybuffer_limit_bytes,
                         c->young_bytes, NULL, 0};

    limits.blob = v8p_image_blob(c->image, &limits.blob_length);
    worker->isolate = v8e_isolate_create(&limits, err);
    worker->opened_us = v8p_now_us();
    worker->renders = 0;
    worker->outgrown = 0;
    return worker->isolate != NULL ? V8POOL_OK : V8POOL_E_ENGINE;
}

void v8p_worker_close(struct v8p_worker *worker)
{
    unsigned i;

    for (i = 0; i < worker->context_slots; i++) {
        if (worker->contexts[i] != NULL) {
            v8e_context_destroy(&worker->contexts[i]);
        }
        if (worker->spares[i] != NULL) {
            v8e_context_destroy(&worker->spares[i]);
        }
    }
    if (worker->isolate != NULL) {
        v8e_isolate_destroy(&worker->isolate);
    }
    free(worker->contexts);
    free(worker->spares);
    worker->contexts = NULL;
    worker->spares = NULL;
    worker->context_slots = 0;
    atomic_store(&worker->heap_used_bytes, 0);
}

void v8p_worker_reopen(struct v8p_worker *worker)
{
    const v8pool_config *c = &worker->pool->config;
    v8pool_error err;

    v8p_loop_abandon(worker);
    v8p_worker_close(worker);
    atomic_fetch_add(&worker->pool->counters.isolates_rebuilt, 1);
    if (v8p_worker_open(worker, &err) != V8POOL_OK && c->log != NULL) {
        c->log(c->log_baton, V8POOL_LOG_ERROR, "", err.message, &err);
    }
}

void v8p_worker_rebuild(struct v8p_worker *worker)
{
    unsigned i;

    v8p_worker_reopen(worker);
    for (i = 0; worker->isolate != NULL && i < worker->seen; i++) {
        if (v8p_load_bundle(worker, i, NULL) == V8POOL_E_HEAP) {
            v8p_worker_reopen(worker);
            return;
        }
    }
}

void v8p_worker_renew(struct v8p_worker *worker, unsigned bundle)
{
    v8e_context_destroy(&worker->contexts[bundle]);
    atomic_fetch_add(&worker->pool->counters.contexts_rebuilt, 1);
    if (v8p_load_bundle(worker, bundle, NULL) == V8POOL_E_HEAP) {
        v8p_worker_reopen(worker);
    }
}

void v8p_worker_tried(struct v8p_worker *worker)
{
    v8pool *pool = worker->pool;
    v8e_usage usage;

    if (worker->isolate != NULL && worker->renders == 0) {
        v8e_isolate_usage(worker->isolate, &usage);
        worker->loaded_bytes = usage.heap_used_bytes;
    }
    pthread_mutex_lock(&pool->mtx);
    worker->seen++;
    pthread_cond_broadcast(&pool->changed);
    pthread_mutex_unlock(&pool->mtx);
}

void v8p_worker_load_new(struct v8p_worker *worker)
{
    v8pool *pool = worker->pool;
    unsigned count;

    pthread_mutex_lock(&pool->mtx);
    count = pool->bundle_count;
    pthread_mutex_unlock(&pool->mtx);
    while (worker->isolate != NULL && worker->seen < count) {
        if (v8p_load_bundle(worker, worker->seen, NULL) == V8POOL_E_HEAP) {
            v8p_worker_reopen(worker);
        }
        v8p_worker_tried(worker);
    }
    pthread_mutex_lock(&pool->mtx);
    worker->ready = worker->seen == pool->bundle_count;
    pthread_cond_broadcast(&pool->changed);
    pthread_mutex_unlock(&pool->mtx);
}

/* Pre: pool.mtx is held.  Those that have nothing to wait for come first. */
static void enter_idle(struct v8p_worker *worker)
{
    struct v8p_worker **at = &worker->pool->idle;

    while (worker->flight_count > 0 && *at != NULL) {
        at = &(*at)->next_idle;
    }
    worker->next_idle = *at;
    *at = worker;
}

/* Pre: pool.mtx is held. */
static void leave_idle(struct v8p_worker *worker)
{
    struct v8p_worker **at = &worker->pool->idle;

    while (*at != worker) {
        at = &(*at)->next_idle;
    }
    *at = worker->next_idle;
}

void v8p_worker_poke(struct v8p_worker *worker)
{
    pthread_mutex_lock(&worker->pool->mtx);
    worker->poked = 1;
    pthread_mutex_unlock(&worker->pool->mtx);
    pthread_cond_signal(&worker->cond);
}

void v8p_worker_poke_all(v8pool *pool)
{
    unsigned i;

    for (i = 0; i < pool->slot_count; i++) {
        pool->workers[i].poked = 1;
        pthread_cond_signal(&pool->workers[i].cond);
    }
}

/* Pre: pool.mtx is held.  0 = nobody had something for it: the time is up, or
 * one of its renders can go on. */
static int sleep_idle(struct v8p_worker *worker, uint64_t until_us)
{
    v8pool *pool = worker->pool;
    int takes = v8p_loop_has_room(worker);

    if (!worker->ready && worker->isolate != NULL) {
        worker->ready = 1;
        pthread_cond_broadcast(&pool->changed);
    }
    worker->woken = 0;
    if (takes) {
        enter_idle(worker);
    }
    while (!worker->woken && !worker->poked && v8p_now_us() < until_us) {
        v8p_cond_wait_until(&worker->cond, &pool->mtx, until_us);
    }
    if (takes && !worker->woken) {
        leave_idle(worker);
    }
    return worker->woken;
}

/* Pre: pool.mtx is held.  Who is woken for one bundle's render may take another's,
 * which is first in turn, and then have no place for that one. */
static void wake_for_others(v8pool *pool)
{
    unsigned i;

    for (i = 0; pool->idle != NULL && i < pool->bundle_count; i++) {
        const v8pool_bundle *bundle = pool->bundles[i];
        struct v8p_worker *worker = bundle->line.first != NULL
                                        ? v8p_worker_wake_one(pool, bundle)
                                        : NULL;

        if (worker != NULL) {
            pthread_cond_signal(&worker->cond);
            return; /* it wakes the next one */
        }
    }
}

/* Pre: pool.mtx is held.  Whether the thread has something to do; *job is the
 * next render, if it is that. */
static int find_task(struct v8p_worker *worker, int due, v8pool_job **job)
{
    v8pool *pool = worker->pool;

    if (worker->isolate != NULL && worker->seen < pool->bundle_count) {
        return 1;
    }
    if (worker->relief_due && worker->flight_count == 0) {
        return 1; /* before the next render: there might always be one */
    }
    /* by turns: what goes on, what is new */
    if (due && !worker->turned) {
        return 1;
    }
    if (v8p_loop_has_room(worker) && (*job = v8p_queue_pop(worker)) != NULL) {
        if (pool->bundle_count > 1) {
            wake_for_others(pool);
        }
        return 1;
    }
    return due || (worker->spare_due != 0 && worker->flight_count == 0);
}

/* Pre: pool.mtx is held. */
static int may_go_on(const struct v8p_worker *worker)
{
    return worker->pool->fired_us == 0 &&
           (worker->flight_count > 0 ||
            (!worker->pool->stopping && worker->serving));
}

/* Blocks until there is something to do.  0 = leave; else *job is the next
 * render, or NULL when there is something else: a render that goes on, new
 * bundles, a spare context to make, or the isolate may be due for recycling. */
static int next_task(struct v8p_worker *worker, v8pool_job **job)
{
    v8pool *pool = worker->pool;
    uint64_t wakes_us, recycle_us;
    int go_on, due;

    *job = NULL;
    for (;;) {
        due = v8p_loop_is_due(worker, &wakes_us);
        pthread_mutex_lock(&pool->mtx);
        go_on = may_go_on(worker);
        if (!go_on || find_task(worker, due, job)) {
            break;
        }
        if (worker->poked) {
            worker->poked = 0; /* look again: not under the mutex */
            pthread_mutex_unlock(&pool->mtx);
            continue;
        }
        recycle_us = v8p_recycle_wakes_us(worker);
        if (!sleep_idle(worker, recycle_us < wakes_us ? recycle_us : wakes_us) &&
            recycle_us <= v8p_now_us()) {
            break;
        }
        pthread_mutex_unlock(&pool->mtx);
    }
    pthread_mutex_unlock(&pool->mtx);
    return go_on;
}

/* Best effort: an affinity the system refuses costs speed, not service.  A
 * replacement has the core of the thread that started it, and no other. */
static void pin(const struct v8p_worker *worker)
{
    const v8pool_config *c = &worker->pool->config;
    cpu_set_t allowed, one;
    int wanted, cpu;

    if (!c->pin_threads || sched_getaffinity(0, sizeof(allowed), &allowed)) {
        return;
    }
    wanted = (int)((c->pin_first + worker->index) %
                   (unsigned)CPU_COUNT(&allowed));
    for (cpu = 0; cpu < CPU_SETSIZE; cpu++) {
        if (CPU_ISSET(cpu, &allowed) && wanted-- == 0) {
            CPU_ZERO(&one);
            CPU_SET(cpu, &one);
            pthread_setaffinity_np(pthread_self(), sizeof(one), &one);
            return;
        }
    }
}

static int begin(struct v8p_worker *worker)
{
    const v8pool_config *c = &worker->pool->config;
    v8pool_error err;

    if (worker->replaces != NULL) {
        return v8p_recycle_take_over(worker);
    }
    if (v8p_worker_open(worker, &err) != V8POOL_OK) {
        if (c->log != NULL) {
            c->log(c->log_baton, V8POOL_LOG_ERROR, "", err.message, &err);
        }
        return 0;
    }
    return 1;
}

static void relieve(struct v8p_worker *worker)
{
    int due;

    pthread_mutex_lock(&worker->pool->mtx);
    due = worker->relief_due && worker->flight_count == 0;
    pthread_mutex_unlock(&worker->pool->mtx);
    if (due) {
        v8p_memory_relieve(worker);
    }
}

static void serve(struct v8p_worker *worker)
{
    v8pool_job *job;

    while (next_task(worker, &job)) {
        worker->turned = job == NULL;
        if (job != NULL) {
            v8p_loop_begin(worker, job);
        }
        else {
            v8p_worker_load_new(worker);
            relieve(worker);
            v8p_loop_turn(worker);
            if (worker->flight_count == 0 &&
                v8p_spare_make(worker) == V8POOL_E_HEAP) {
                v8p_worker_rebuild(worker);
            }
        }
        v8p_recycle_check(worker);
    }
    v8p_loop_end(worker);
}

static void leave(struct v8p_worker *worker)
{
    v8pool *pool = worker->pool;

    pthread_mutex_lock(&pool->mtx);
    worker->exited = 1;
    worker->ready = 0;
    pool->alive--;
    if (worker == pool->spare_slot) {
        v8p_worker_wake_all(pool); /* another one may have waited for it */
    }
    pthread_cond_broadcast(&pool->changed);
    pthread_mutex_unlock(&pool->mtx);
}

static void *worker_main(void *arg)
{
    struct v8p_worker *worker = arg;

    pin(worker);
    if (begin(worker)) {
        serve(worker);
    }
    v8p_worker_close(worker);
    leave(worker);
    return NULL;
}

int v8p_worker_start(struct v8p_worker *worker)
{
    pthread_attr_t attr;
    int rc = pthread_attr_init(&attr);

    if (rc != 0) {
        return rc;
    }
    pthread_attr_setstacksize(&attr, STACK_BYTES);
    rc = pthread_create(&worker->thread, &attr, worker_main, worker);
    worker->joinable = rc == 0;
    pthread_attr_destroy(&attr);
    return rc;
}
