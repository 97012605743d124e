/* SPDX-License-Identifier: Apache-2.0
 *
 * loop.c: renders in turns.  Each turn is armed in the watchdog for its own
 * job, so a termination hits the one that runs; what waits is ended here.
 */
#include "loop.h"

#include "engine/run.h"
#include "error.h"
#include "load.h"
#include "recycle.h"
#include "spare.h"
#include "worker.h"

#include <stdlib.h>
#include <string.h>

/* What V8 has pending after a render (finalisers, tasks) may take this long. */
#define IDLE_MS 50u

/* Heap statistics cost microseconds: they are read now and then. */
#define USAGE_EVERY 16u

/* One render under way. */
struct v8p_flight {
    struct v8p_flight *next;
    v8pool_job *job;
    v8e_sink sink;
    v8e_context *context;  /* of a fresh one: its own */
    v8e_run *run;          /* NULL: it is to begin (anew) */
    uint64_t deadline_us;
    v8pool_timing timing;
    int is_retry;
    int is_answered;       /* the job has ended, ctx.waitUntil() goes on */
};

int v8p_loop_has_room(const struct v8p_worker *worker)
{
    return worker->serving && !worker->pool->stopping &&
           worker->flight_count < worker->pool->config.concurrency;
}

/* --- the list: whoever had a turn goes to its end --------------------------------- */

static void append(struct v8p_worker *worker, struct v8p_flight *flight)
{
    struct v8p_flight **at = &worker->flights;

    while (*at != NULL) {
        at = &(*at)->next;
    }
    flight->next = NULL;
    *at = flight;
    worker->flight_count++;
}

static void take_out(struct v8p_worker *worker, struct v8p_flight *flight)
{
    struct v8p_flight **at = &worker->flights;

    while (*at != flight) {
        at = &(*at)->next;
    }
    *at = flight->next;
    worker->flight_count--;
}

/* --- ends ---------------------------------------------------------------------------- */

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

/* V8's own tasks, which nobody waits for.  Its own limit.  0: they, and not a
 * render, were ended by force. */
static int idle(struct v8p_worker *worker, enum v8p_fired *fired)
{
    v8pool *pool = worker->pool;

    v8p_watchdog_arm(&pool->watchdog, worker->index, worker->isolate, NULL,
                     v8p_after_ms(v8p_now_us(), IDLE_MS));
    atomic_fetch_add(&pool->counters.gc_us, v8e_isolate_idle(worker->isolate));
    *fired = v8p_watchdog_disarm(&pool->watchdog, worker->index);
    return *fired == V8P_NOT_FIRED;
}

/* After the answer is out. */
static void tidy(struct v8p_worker *worker, unsigned bundle, int is_fresh,
                 v8pool_status status, enum v8p_fired fired)
{
    v8e_usage usage;

    if (is_fresh) {
        worker->spare_due = bundle + 1;
    }
    if (status == V8POOL_E_HEAP) {
        v8p_worker_rebuild(worker); /* fragmented, limit raised (b3, b4) */
        return;
    }
    if (fired == V8P_FIRED_STOP) {
        return; /* the thread leaves: nothing will render here any more */
    }
    if (fired != V8P_NOT_FIRED && !is_fresh) {
        v8p_worker_renew(worker, bundle);
        return;
    }
    if (!idle(worker, &fired)) {
        if (fired != V8P_FIRED_STOP) {
            v8p_worker_rebuild(worker); /* whose finaliser it was is not known */
        }
        return;
    }
    if (worker->renders % USAGE_EVERY == 1) {
        v8e_isolate_usage(worker->isolate, &usage);
        atomic_store(&worker->heap_used_bytes, usage.heap_used_bytes);
        v8p_recycle_look(worker, &usage);
    }
}

/* Takes the flight out and frees it.  The answer goes first. */
static void finish(struct v8p_worker *worker, struct v8p_flight *flight,
                   v8pool_status status, const v8pool_error *err)
{
    v8pool_job *job = flight->job;

    take_out(worker, flight);
    if (!flight->is_answered) {
        v8p_job_end(job, status, &flight->timing, err);
    }
    if (flight->run != NULL) {
        v8e_run_destroy(&flight->run);
    }
    if (job->request.fresh && flight->context != NULL) {
        v8e_context_destroy(&flight->context);
    }
    atomic_fetch_sub(&worker->pool->running, 1);
    free(flight);
}

/* A turn was the last one. */
static void end(struct v8p_worker *worker, struct v8p_flight *flight,
                v8pool_status status, enum v8p_fired fired,
                const v8pool_error *err)
{
    v8pool_job *job = flight->job;

    count(worker, status, fired, &flight->timing);
    finish(worker, flight, status, err);
    tidy(worker, job->bundle->index, job->request.fresh, status, fired);
    v8p_job_unref(job);
}

/* It waits, and no longer: no code of it is on the stack, nothing is to be
 * renewed. */
static void end_waiting(struct v8p_worker *worker, struct v8p_flight *flight,
                        v8pool_status status, const v8pool_error *err)
{
    v8pool_job *job = flight->job;

    count(worker, status,
          status == V8POOL_E_TIMEOUT ? V8P_FIRED_DEADLINE : V8P_NOT_FIRED,
          &flight->timing);
    if (job->request.fresh) {
        worker->spare_due = job->bundle->index + 1;
    }
    finish(worker, flight, status, err);
    v8p_job_unref(job);
}

/* --- turns --------------------------------------------------------------------------- */

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

/* What ctx.waitUntil() keeps has as long again. */
static void answered(struct v8p_flight *flight)
{
    if (!flight->is_answered) {
        flight->is_answered = 1;
        flight->deadline_us =
            v8p_after_ms(v8p_now_us(), flight->job->request.timeout_ms);
        v8p_job_end(flight->job, V8POOL_OK, &flight->timing, NULL);
    }
}

static void turn(struct v8p_worker *worker, struct v8p_flight *flight)
{
    v8pool *pool = worker->pool;
    v8pool_job *job = flight->job;
    v8pool_status status = V8POOL_OK;
    enum v8p_fired fired;
    v8e_state state;
    uint64_t arming;
    v8pool_error err;

    v8p_error_set(&err, V8POOL_OK, "%s", "");
    arming = v8p_watchdog_arm(&pool->watchdog, worker->index, worker->isolate,
                              job, flight->deadline_us);
    if (!flight->is_answered) {
        v8p_job_armed(job, arming);
    }
    state = v8e_run_turn(flight->run, &status, &flight->timing, &err);
    fired = v8p_watchdog_disarm(&pool->watchdog, worker->index);
    status = verdict(job, status, fired, &err);
    if (fired != V8P_NOT_FIRED || state == V8E_ENDED) {
        end(worker, flight, status, fired, &err);
    }
    else if (state == V8E_ANSWERED) {
        answered(flight);
    }
}

/* --- beginnings ---------------------------------------------------------------------- */

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

static void fail_to_begin(struct v8p_worker *worker, struct v8p_flight *flight,
                          v8pool_status status, const v8pool_error *err)
{
    v8pool_job *job = flight->job;

    count(worker, status, V8P_NOT_FIRED, &flight->timing);
    finish(worker, flight, status, err);
    if (status == V8POOL_E_HEAP) {
        v8p_worker_reopen(worker);
    }
    v8p_job_unref(job);
}

/* The context is there.  The first turn. */
static void start(struct v8p_worker *worker, struct v8p_flight *flight)
{
    v8pool_error err;

    flight->sink = v8p_job_sink(flight->job);
    if (!flight->is_retry) {
        flight->deadline_us =
            v8p_after_ms(v8p_now_us(), flight->job->request.timeout_ms);
    }
    flight->run = v8e_run_create(flight->context, &flight->job->request,
                                 &flight->sink);
    if (flight->run == NULL) {
        v8p_error_set(&err, V8POOL_E_MEMORY, "no memory for a render");
        fail_to_begin(worker, flight, V8POOL_E_MEMORY, &err);
        return;
    }
    turn(worker, flight);
}

static void begin_anew(struct v8p_worker *worker, struct v8p_flight *flight)
{
    v8pool_error err;
    v8pool_status status;

    v8p_error_set(&err, V8POOL_OK, "%s", "");
    status = need_context(worker, flight->job, &flight->context, &err);
    if (status != V8POOL_OK) {
        fail_to_begin(worker, flight, status, &err);
        return;
    }
    start(worker, flight);
}

/* Nobody waits for it any more; its context was not used. */
static void drop(struct v8p_worker *worker, struct v8p_flight *flight)
{
    if (flight->job->request.fresh && flight->context != NULL) {
        v8p_spare_return(worker, flight->job->bundle, flight->context);
    }
    v8p_job_unref(flight->job);
    free(flight);
}

void v8p_loop_begin(struct v8p_worker *worker, v8pool_job *job)
{
    struct v8p_flight *flight = calloc(1, sizeof(*flight));
    v8pool_status status;
    v8pool_error err;

    if (flight == NULL) {
        v8p_error_set(&err, V8POOL_E_MEMORY, "no memory for a render");
        v8p_job_end(job, V8POOL_E_MEMORY, NULL, &err);
        v8p_job_unref(job);
        return;
    }
    v8p_error_set(&err, V8POOL_OK, "%s", "");
    flight->job = job;
    /* While the job still counts as waiting: loading has a limit of its own. */
    status = need_context(worker, job, &flight->context, &err);
    if (!v8p_job_begin(job, worker->index)) {
        drop(worker, flight);
        return;
    }
    atomic_fetch_add(&worker->pool->running, 1);
    append(worker, flight);
    if (status != V8POOL_OK) {
        fail_to_begin(worker, flight, status, &err);
        return;
    }
    start(worker, flight);
}

/* --- who is next --------------------------------------------------------------------- */

static int is_given_up(const struct v8p_flight *flight)
{
    return !flight->is_answered && v8p_job_is_deaf(flight->job);
}

/* 0 = now. */
static uint64_t wakes_us(struct v8p_flight *flight)
{
    uint64_t wakes;

    if (flight->run == NULL || is_given_up(flight)) {
        return 0;
    }
    if (v8p_job_got_room(flight->job)) {
        v8e_run_room(flight->run);
    }
    wakes = v8e_run_wakes_us(flight->run);
    return wakes < flight->deadline_us ? wakes : flight->deadline_us;
}

static struct v8p_flight *first_due(struct v8p_worker *worker, uint64_t *next)
{
    struct v8p_flight *flight;
    uint64_t now = v8p_now_us();

    *next = V8P_NEVER;
    for (flight = worker->flights; flight != NULL; flight = flight->next) {
        uint64_t wakes = wakes_us(flight);

        if (wakes <= now) {
            return flight;
        }
        if (wakes < *next) {
            *next = wakes;
        }
    }
    return NULL;
}

int v8p_loop_is_due(struct v8p_worker *worker, uint64_t *next)
{
    return first_due(worker, next) != NULL;
}

static void end_late(struct v8p_worker *worker, struct v8p_flight *flight)
{
    v8pool_error err;

    v8p_error_set(&err, V8POOL_E_TIMEOUT,
                  "still waiting after %u ms, for a timer, a fetch or its "
                  "client",
                  (unsigned)flight->job->request.timeout_ms);
    end_waiting(worker, flight, V8POOL_E_TIMEOUT, &err);
}

void v8p_loop_turn(struct v8p_worker *worker)
{
    uint64_t next;
    struct v8p_flight *flight = first_due(worker, &next);
    v8pool_error err;

    if (flight == NULL) {
        return;
    }
    take_out(worker, flight);
    append(worker, flight);
    if (is_given_up(flight)) {
        v8p_error_set(&err, V8POOL_E_CANCELLED, "given up by its caller");
        end_waiting(worker, flight, V8POOL_E_CANCELLED, &err);
    }
    else if (flight->run == NULL) {
        begin_anew(worker, flight);
    }
    else if (flight->deadline_us <= v8p_now_us()) {
        end_late(worker, flight);
    }
    else {
        turn(worker, flight);
    }
}

/* --- all of them --------------------------------------------------------------------- */

static void abandon(struct v8p_worker *worker, struct v8p_flight *flight)
{
    v8pool_error err;

    if (!flight->is_retry && !flight->job->head_sent) {
        v8e_run_destroy(&flight->run);
        if (flight->job->request.fresh) {
            v8e_context_destroy(&flight->context);
        }
        flight->context = NULL;
        flight->is_retry = 1;
        return;
    }
    v8p_error_set(&err, V8POOL_E_HEAP,
                  "another render of its isolate reached the heap limit");
    end_waiting(worker, flight, V8POOL_E_HEAP, &err);
}

void v8p_loop_abandon(struct v8p_worker *worker)
{
    struct v8p_flight *flight, *next;

    for (flight = worker->flights; flight != NULL; flight = next) {
        next = flight->next;
        if (flight->run != NULL) {
            abandon(worker, flight);
        }
    }
}

void v8p_loop_end(struct v8p_worker *worker)
{
    v8pool_error err;

    v8p_error_set(&err, V8POOL_E_STOPPED, "the pool is stopping");
    while (worker->flights != NULL) {
        end_waiting(worker, worker->flights, V8POOL_E_STOPPED, &err);
    }
}
