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
#include "recycle.h"
#include "spare.h"

#include <errno.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>

/* V8 takes its own limit (1 MiB) from the top of the stack; the rest is for
 * builtins and regular expressions below that limit (d7). */
#define STACK_BYTES ((size_t)4 * 1024 * 1024)

/* What V8 has pending after a render (finalisers, tasks) may take this much of
 * the thread's time; and this long, on a machine that hardly runs it. */
#define IDLE_CPU_MS 50u
#define IDLE_WALL_MS 2000u

/* Heap statistics cost microseconds: they are read now and then. */
#define USAGE_EVERY 16u

struct v8p_worker *v8p_worker_wake_one(v8pool *pool)
{
    struct v8p_worker *worker = pool->idle;

    if (worker != NULL) {
        pool->idle = worker->next_idle;
        worker->woken = 1;
    }
    return worker;
}

struct v8p_worker *v8p_worker_wake_oldest(v8pool *pool)
{
    struct v8p_worker **at = &pool->idle;
    struct v8p_worker *worker;

    while (*at != NULL && (*at)->next_idle != NULL) {
        at = &(*at)->next_idle;
    }
    worker = *at;
    if (worker != NULL) {
        *at = NULL;
        worker->woken = 1;
    }
    return worker;
}

void v8p_worker_wake_all(v8pool *pool)
{
    struct v8p_worker *worker;

    while ((worker = v8p_worker_wake_one(pool)) != NULL) {
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

/* The bundles come back one by one, as renders need them. */
static void reopen(struct v8p_worker *worker)
{
    const v8pool_config *c = &worker->pool->config;
    v8pool_error err;

    v8p_worker_close(worker);
    atomic_fetch_add(&worker->pool->counters.isolates_rebuilt, 1);
    if (v8p_worker_open(worker, &err) != V8POOL_OK && c->log != NULL) {
        c->log(c->log_baton, V8POOL_LOG_ERROR, "", err.message, &err);
    }
}

static void rebuild_isolate(struct v8p_worker *worker)
{
    unsigned i;

    reopen(worker);
    for (i = 0; worker->isolate != NULL && i < worker->seen; i++) {
        if (v8p_load_bundle(worker, i, NULL) == V8POOL_E_HEAP) {
            reopen(worker);
            return;
        }
    }
}

/* A context that was ended by force may hold half-done state: `finally` blocks
 * did not run (a5). */
static void rebuild_context(struct v8p_worker *worker, unsigned bundle)
{
    v8e_context_destroy(&worker->contexts[bundle]);
    atomic_fetch_add(&worker->pool->counters.contexts_rebuilt, 1);
    if (v8p_load_bundle(worker, bundle, NULL) == V8POOL_E_HEAP) {
        reopen(worker);
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
            reopen(worker);
        }
        v8p_worker_tried(worker);
    }
    pthread_mutex_lock(&pool->mtx);
    worker->ready = worker->seen == pool->bundle_count;
    pthread_cond_broadcast(&pool->changed);
    pthread_mutex_unlock(&pool->mtx);
}

static v8pool_status verdict(v8pool_job *job, v8pool_status status,
                             enum v8p_fired fired, v8pool_error *err)
{
    switch (fired) {
    case V8P_FIRED_DEADLINE:
        return v8p_error_message(err, V8POOL_E_TIMEOUT,
                                 "still rendering after %u ms",
                                 (unsigned)job->request.timeout_ms);
    case V8P_FIRED_CANCEL:
        return v8p_error_message(err, V8POOL_E_CANCELLED,
                                 "given up by its caller");
    case V8P_FIRED_STOP:
        return v8p_error_message(err, V8POOL_E_STOPPED,
                                 "the pool is stopping");
    case V8P_NOT_FIRED:
        break;
    }
    return status;
}

static v8pool_status render(struct v8p_worker *worker, v8pool_job *job,
                            v8e_context *context, enum v8p_fired *fired,
                            v8pool_timing *timing, v8pool_error *err)
{
    v8pool *pool = worker->pool;
    v8e_sink sink = v8p_job_sink(job);
    v8pool_status status;
    uint64_t deadline_us;

    deadline_us = v8p_after_ms(v8p_now_us(), job->request.timeout_ms);
    v8p_job_armed(job, v8p_watchdog_arm(&pool->watchdog, worker->index,
                                        worker->isolate, job, deadline_us));
    status = v8e_render(context, &job->request, &sink, timing, err);
    *fired = v8p_watchdog_disarm(&pool->watchdog, worker->index);
    return verdict(job, status, *fired, err);
}

static void count(struct v8p_worker *worker, v8pool_status status,
                  enum v8p_fired fired, const v8pool_timing *timing)
{
    struct v8p_counters *c = &worker->pool->counters;

    worker->renders++;
    atomic_fetch_add(&c->renders, 1);
    atomic_fetch_add(&c->render_us, timing->call_us + timing->output_us);
    atomic_fetch_add(&c->gc_us, timing->gc_us);
    if (status != V8POOL_OK && status != V8POOL_DECLINED) {
        atomic_fetch_add(&c->failures, 1);
    }
    if (fired == V8P_FIRED_DEADLINE) {
        atomic_fetch_add(&c->timeouts, 1);
    }
    if (status == V8POOL_E_HEAP) {
        atomic_fetch_add(&c->heap_limits, 1);
    }
}

/* After the answer is out: nobody waits for this. */
static void tidy(struct v8p_worker *worker, v8pool_job *job,
                 v8e_context *context, v8pool_status status,
                 enum v8p_fired fired)
{
    v8pool *pool = worker->pool;
    v8e_usage usage;

    if (job->request.fresh) {
        v8e_context_destroy(&context);
        worker->spare_due = job->bundle->index + 1;
    }
    if (status == V8POOL_E_HEAP) {
        rebuild_isolate(worker); /* fragmented, limit raised (b3, b4) */
        return;
    }
    if (fired == V8P_FIRED_STOP) {
        return; /* the thread leaves: nothing will render here any more */
    }
    if (fired != V8P_NOT_FIRED && !job->request.fresh) {
        rebuild_context(worker, job->bundle->index);
        return;
    }
    v8p_watchdog_arm_cpu(&pool->watchdog, worker->index, worker->isolate,
                         IDLE_CPU_MS, IDLE_WALL_MS);
    atomic_fetch_add(&pool->counters.gc_us, v8e_isolate_idle(worker->isolate));
    fired = v8p_watchdog_disarm(&pool->watchdog, worker->index);
    if (fired == V8P_FIRED_STOP) {
        return;
    }
    if (fired != V8P_NOT_FIRED) {
        rebuild_isolate(worker); /* whose finaliser it was is not known */
        return;
    }
    if (worker->renders % USAGE_EVERY == 1) {
        v8e_isolate_usage(worker->isolate, &usage);
        atomic_store(&worker->heap_used_bytes, usage.heap_used_bytes);
        v8p_recycle_look(worker, &usage);
    }
}

/* Gives the job its context, loading it anew if a rebuild failed before. */
static v8pool_status need_context(struct v8p_worker *worker, v8pool_job *job,
                                  v8e_context **context, v8pool_error *err)
{
    unsigned bundle = job->bundle->index;
    v8pool_status status = V8POOL_OK;

    if (worker->isolate == NULL) {
        return v8p_error_set(err, V8POOL_E_ENGINE, "the isolate is gone");
    }
    if (bundle >= worker->context_slots || worker->contexts[bundle] == NULL) {
        status = v8p_load_bundle(worker, bundle, err);
    }
    if (status != V8POOL_OK) {
        return status;
    }
    if (job->request.fresh) {
        return v8p_spare_take(worker, job->bundle, context, err);
    }
    *context = worker->contexts[bundle];
    return V8POOL_OK;
}

void v8p_worker_run(struct v8p_worker *worker, v8pool_job *job)
{
    v8e_context *context = NULL;
    v8pool_timing timing = {0, 0, 0, 0};
    enum v8p_fired fired = V8P_NOT_FIRED;
    v8pool_status loaded, status;
    v8pool_error err;

    v8p_error_set(&err, V8POOL_OK, "%s", "");
    /* While the job still counts as waiting: loading has a limit of its own. */
    loaded = need_context(worker, job, &context, &err);
    if (!v8p_job_begin(job, worker->index)) {
        if (job->request.fresh && context != NULL) {
            v8p_spare_return(worker, job->bundle, context);
        }
        v8p_job_unref(job);
        return;
    }
    atomic_fetch_add(&worker->pool->running, 1);
    status = loaded == V8POOL_OK ? render(worker, job, context, &fired, &timing, &err)
                                 : loaded;
    count(worker, status, fired, &timing);
    v8p_job_end(job, status, &timing, &err);
    if (loaded == V8POOL_OK) {
        tidy(worker, job, context, status, fired);
    }
    else if (loaded == V8POOL_E_HEAP) {
        reopen(worker);
    }
    atomic_fetch_sub(&worker->pool->running, 1);
    v8p_job_unref(job);
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

/* Pre: pool.mtx is held.  0 = woken by nobody, it may be due for recycling. */
static int sleep_idle(struct v8p_worker *worker)
{
    v8pool *pool = worker->pool;
    uint64_t until_us = v8p_recycle_wakes_us(worker);

    if (!worker->ready && worker->isolate != NULL) {
        worker->ready = 1;
        pthread_cond_broadcast(&pool->changed);
    }
    worker->woken = 0;
    worker->next_idle = pool->idle;
    pool->idle = worker;
    while (!worker->woken && v8p_now_us() < until_us) {
        v8p_cond_wait_until(&worker->cond, &pool->mtx, until_us);
    }
    if (!worker->woken) {
        leave_idle(worker);
    }
    return worker->woken;
}

/* Blocks until there is something to do.  0 = leave; else *job is the next
 * render, or NULL when there is something else: new bundles, a spare context
 * to make, or the isolate may be due for recycling. */
static int next_task(struct v8p_worker *worker, v8pool_job **job)
{
    v8pool *pool = worker->pool;
    void *popped;
    int go_on = 1;

    *job = NULL;
    pthread_mutex_lock(&pool->mtx);
    for (;;) {
        if (pool->stopping || !worker->serving) {
            go_on = 0;
            break;
        }
        if (worker->isolate != NULL && worker->seen < pool->bundle_count) {
            break;
        }
        if (apr_queue_trypop(pool->queue, &popped) == APR_SUCCESS) {
            *job = popped;
            break;
        }
        if (worker->spare_due != 0) {
            break;
        }
        if (!sleep_idle(worker)) {
            break;
        }
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

static void serve(struct v8p_worker *worker)
{
    v8pool_job *job;

    while (next_task(worker, &job)) {
        if (job != NULL) {
            v8p_worker_run(worker, job);
        }
        else {
            v8p_worker_load_new(worker);
            if (v8p_spare_make(worker) == V8POOL_E_HEAP) {
                rebuild_isolate(worker);
            }
        }
        v8p_recycle_check(worker);
    }
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
