/* SPDX-License-Identifier: Apache-2.0
 *
 * flight.c: how renders end, and what is put in order after them.
 */
#include "flight.h"

#include "error.h"
#include "mark.h"
#include "recycle.h"
#include "worker.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What V8 has pending after a render (finalisers, tasks) may take this much of
 * the thread's time; and this long, on a machine that hardly runs it. */
#define IDLE_CPU_MS 50u
#define IDLE_WALL_MS 2000u

/* The same for what listens to the signal of a render that was given up. */
#define TOLD_CPU_MS 50u
#define TOLD_WALL_MS 2000u

/* Heap statistics cost microseconds: they are read now and then. */
#define USAGE_EVERY 16u

void v8p_flight_append(struct v8p_worker *worker, struct v8p_flight *flight)
{
    struct v8p_flight **at = &worker->flights;

    while (*at != NULL) {
        at = &(*at)->next;
    }
    flight->next = NULL;
    *at = flight;
    worker->flight_count++;
}

void v8p_flight_take_out(struct v8p_worker *worker, struct v8p_flight *flight)
{
    struct v8p_flight **at = &worker->flights;

    while (*at != flight) {
        at = &(*at)->next;
    }
    *at = flight->next;
    worker->flight_count--;
}


void v8p_flight_count(struct v8p_worker *worker, v8pool_status status,
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
    if (fired == V8P_FIRED_DEADLINE || fired == V8P_FIRED_CPU) {
        atomic_fetch_add(&c->timeouts, 1);
    }
    if (status == V8POOL_E_HEAP) {
        atomic_fetch_add(&c->heap_limits, 1);
    }
}

/* One that was given up counts for what it was given up for. */
static void count_end(struct v8p_worker *worker,
                      const struct v8p_flight *flight, v8pool_status status,
                      enum v8p_fired fired)
{
    if (flight->cut != V8POOL_OK) {
        status = flight->cut;
        fired = status == V8POOL_E_TIMEOUT ? V8P_FIRED_DEADLINE : V8P_NOT_FIRED;
    }
    v8p_flight_count(worker, status, fired, &flight->timing);
}

/* V8's own tasks, which nobody waits for.  Its own limit.  0: they, and not a
 * render, were ended by force. */
static int idle(struct v8p_worker *worker, enum v8p_fired *fired)
{
    v8pool *pool = worker->pool;

    v8p_watchdog_arm_cpu(&pool->watchdog, worker->index, worker->isolate, NULL,
                         IDLE_CPU_MS * 1000u,
                         v8p_after_ms(v8p_now_us(), IDLE_WALL_MS));
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

/* The log is to name the sources, not what was built of them. */
static void end_job(v8pool_job *job, v8pool_status status,
                    const v8pool_timing *timing, const v8pool_error *err)
{
    v8pool_error told;

    if (err != NULL && status != V8POOL_OK && status != V8POOL_DECLINED) {
        told = *err;
        v8p_places_map_error(job->bundle->places, &told);
        err = &told;
    }
    v8p_job_end(job, status, timing, err);
}

/* What comes after the answer has nobody to be told but the log. */
static void say_lost(struct v8p_flight *flight, const v8pool_error *err)
{
    char place[sizeof(err->source) + 32] = "";
    char line[sizeof(err->message) + sizeof(place) + 256];

    if (err->line > 0) {
        snprintf(place, sizeof(place), " at %s:%d:%d", err->source, err->line,
                 err->column);
    }
    snprintf(line, sizeof(line), "ctx.waitUntil() of %.200s: %s%s",
             flight->job->request.url, err->message, place);
    flight->sink.log(flight->sink.baton, V8POOL_LOG_WARN, line, strlen(line));
}

/* It ended with an error that was not told to its asker. */
static int is_lost(const struct v8p_flight *flight, v8pool_status status)
{
    return flight->is_answered && status != V8POOL_OK &&
           status != V8POOL_E_STOPPED && status != flight->cut;
}

/* The answer goes first. */
void v8p_flight_finish(struct v8p_worker *worker, struct v8p_flight *flight,
                   v8pool_status status, const v8pool_error *err)
{
    v8pool_job *job = flight->job;

    v8p_flight_take_out(worker, flight);
    if (!flight->is_answered) {
        end_job(job, status, &flight->timing, err);
    }
    else if (is_lost(flight, status)) {
        say_lost(flight, err);
    }
    if (flight->run != NULL) {
        v8e_run_destroy(&flight->run);
    }
    if (job->request.fresh && flight->context != NULL) {
        v8e_context_destroy(&flight->context);
    }
    v8p_queue_over(job);
    free(flight);
}

void v8p_flight_end(struct v8p_worker *worker, struct v8p_flight *flight,
                v8pool_status status, enum v8p_fired fired,
                const v8pool_error *err)
{
    v8pool_job *job = flight->job;

    count_end(worker, flight, status, fired);
    v8p_flight_finish(worker, flight, status, err);
    tidy(worker, job->bundle->index, job->request.fresh, status, fired);
    v8p_job_unref(job);
}

void v8p_flight_end_waiting(struct v8p_worker *worker, struct v8p_flight *flight,
                        v8pool_status status, const v8pool_error *err)
{
    v8pool_job *job = flight->job;

    count_end(worker, flight, status,
              status == V8POOL_E_TIMEOUT ? V8P_FIRED_DEADLINE : V8P_NOT_FIRED);
    if (job->request.fresh) {
        worker->spare_due = job->bundle->index + 1;
    }
    v8p_flight_finish(worker, flight, status, err);
    v8p_job_unref(job);
}

void v8p_flight_prolong(struct v8p_flight *flight)
{
    flight->is_answered = 1;
    flight->behind_us = 0;
    flight->cpu_us = 0;
    flight->deadline_us = v8p_after_ms(v8p_now_us(),
                                       flight->job->request.timeout_ms);
}

static void say_cut(const struct v8p_worker *worker, const v8pool_job *job)
{
    const v8pool_config *c = &worker->pool->config;
    v8pool_error err;

    if (c->log != NULL) {
        v8p_error_set(&err, V8POOL_E_CANCELLED,
                      "what listens to the signal of %s was ended after %u ms",
                      job->request.url, TOLD_CPU_MS);
        c->log(c->log_baton, V8POOL_LOG_WARN, job->bundle->name, err.message,
               &err);
    }
}

/* The turn in which its code is told.  1: it goes on. */
static int tell(struct v8p_worker *worker, struct v8p_flight *flight,
                v8pool_status *status, enum v8p_fired *fired,
                v8pool_error *err)
{
    struct v8p_watchdog *w = &worker->pool->watchdog;
    v8e_state state;

    v8p_mark_set(worker, flight->job);
    v8p_watchdog_arm_cpu(w, worker->index, worker->isolate, NULL,
                         TOLD_CPU_MS * 1000u,
                         v8p_after_ms(v8p_now_us(), TOLD_WALL_MS));
    state = v8e_run_turn(flight->run, status, &flight->timing, err);
    *fired = v8p_watchdog_disarm(w, worker->index);
    v8p_mark_clear(worker);
    if (*fired == V8P_FIRED_DEADLINE || *fired == V8P_FIRED_CPU) {
        say_cut(worker, flight->job);
    }
    return state == V8E_ANSWERED && *fired == V8P_NOT_FIRED;
}

void v8p_flight_give_up(struct v8p_worker *worker, struct v8p_flight *flight,
                        v8e_abort why, const v8pool_error *err)
{
    v8pool_status status;
    enum v8p_fired fired;
    v8pool_error told;

    if (!v8e_run_abort(flight->run, why)) {
        v8p_flight_end_waiting(worker, flight, err->status, err);
        return;
    }
    if (!flight->is_answered) {
        end_job(flight->job, err->status, &flight->timing, err);
        flight->cut = err->status;
    }
    v8p_flight_prolong(flight);
    if (tell(worker, flight, &status, &fired, &told)) {
        return;
    }
    if (status == V8POOL_E_HEAP) {
        v8p_flight_end(worker, flight, status, fired, &told);
    }
    else if (fired != V8P_NOT_FIRED) {
        v8p_flight_end(worker, flight, err->status, fired, err);
    }
    else {
        v8p_flight_end_waiting(worker, flight, err->status, err);
    }
}
