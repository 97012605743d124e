/* SPDX-License-Identifier: Apache-2.0
 *
 * loop.c: renders in turns.  Each turn is armed in the watchdog for its own
 * job, so a termination hits the one that runs; what waits is ended here.
 */
#include "loop.h"

#include "error.h"
#include "flight.h"
#include "load.h"
#include "mark.h"
#include "net.h"
#include "spare.h"
#include "worker.h"

#include <stdlib.h>
#include <string.h>

/* Who waits for its client's body alone takes nobody's place: slow clients must
 * not fill an isolate.  Where there is one place, it is the render's. */
unsigned v8p_loop_count(const struct v8p_worker *worker)
{
    const struct v8p_flight *flight;
    unsigned count = worker->flight_count;

    if (worker->pool->config.concurrency == 1) {
        return count;
    }
    for (flight = worker->flights; flight != NULL; flight = flight->next) {
        count -= (unsigned)flight->awaits_body;
    }
    return count;
}

int v8p_loop_has_room(const struct v8p_worker *worker)
{
    return worker->serving && !worker->pool->stopping &&
           v8p_loop_count(worker) < worker->pool->config.concurrency;
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
    case V8P_FIRED_CPU:
        return v8p_error_message(err, V8POOL_E_CPU,
                                 "used up %u ms of processor time",
                                 (unsigned)job->request.cpu_ms);
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

static uint64_t deadline_of(const v8pool_job *job)
{
    return v8p_after_ms(v8p_now_us(), job->request.timeout_ms);
}

/* What ctx.waitUntil() keeps has as long again. */
static void answered(struct v8p_flight *flight)
{
    if (!flight->is_answered) {
        v8p_flight_prolong(flight);
        v8p_job_end(flight->job, V8POOL_OK, &flight->timing, NULL);
    }
}

/* One run's turn may bring others on. */
static void wake_askers(const struct v8p_worker *worker)
{
    const struct v8p_flight *flight;

    for (flight = worker->flights; flight != NULL; flight = flight->next) {
        v8p_job_turned(flight->job);
    }
}

/* What is left of its time; the least there can be where nothing is, as a turn
 * may end a moment after its limit. */
static uint64_t cpu_left_us(const struct v8p_flight *flight)
{
    uint64_t limit_us = (uint64_t)flight->job->request.cpu_ms * 1000u;

    return limit_us > flight->cpu_us ? limit_us - flight->cpu_us : 1;
}

static uint64_t arm(struct v8p_worker *worker, const struct v8p_flight *flight)
{
    struct v8p_watchdog *watchdog = &worker->pool->watchdog;

    return flight->job->request.cpu_ms == 0
               ? v8p_watchdog_arm(watchdog, worker->index, worker->isolate,
                                  flight->job, flight->deadline_us)
               : v8p_watchdog_arm_cpu(watchdog, worker->index, worker->isolate,
                                      flight->job, cpu_left_us(flight),
                                      flight->deadline_us);
}

/* It waits for other turns in between: these are not its time. */
static v8e_state timed_turn(struct v8p_flight *flight, v8pool_status *status,
                            v8pool_error *err)
{
    int counts = flight->job->request.cpu_ms != 0;
    uint64_t from_us = counts ? v8p_clock_us(CLOCK_THREAD_CPUTIME_ID) : 0;
    v8e_state state = v8e_run_turn(flight->run, status, &flight->timing, err);

    if (counts) {
        flight->cpu_us += v8p_clock_us(CLOCK_THREAD_CPUTIME_ID) - from_us;
    }
    return state;
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
    v8p_mark_set(worker, job);
    arming = arm(worker, flight);
    if (!flight->is_answered) {
        v8p_job_armed(job, arming);
    }
    state = timed_turn(flight, &status, &err);
    fired = v8p_watchdog_disarm(&pool->watchdog, worker->index);
    v8p_mark_clear(worker);
    status = verdict(job, status, fired, &err);
    if (fired != V8P_NOT_FIRED || state == V8E_ENDED) {
        v8p_flight_end(worker, flight, status, fired, &err);
    }
    else if (state == V8E_ANSWERED) {
        answered(flight);
    }
    wake_askers(worker);
}

/* --- beginnings ---------------------------------------------------------------------- */

/* Where those that stay leave no room for another one, the isolate is replaced:
 * it is not this render that filled it. */
static v8pool_status fresh_context(struct v8p_worker *worker, v8pool_job *job,
                                   v8e_context **context, v8pool_error *err)
{
    v8pool_status status = v8p_spare_take(worker, job->bundle, context, err);

    if (status != V8POOL_E_HEAP) {
        return status;
    }
    v8p_worker_reopen(worker);
    if (worker->isolate == NULL) {
        return status;
    }
    status = v8p_load_bundle(worker, job->bundle->index, err);
    return status == V8POOL_OK
               ? v8p_spare_take(worker, job->bundle, context, err)
               : status;
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
        return fresh_context(worker, job, context, err);
    }
    *context = worker->contexts[bundle];
    return V8POOL_OK;
}

static void fail_to_begin(struct v8p_worker *worker, struct v8p_flight *flight,
                          v8pool_status status, const v8pool_error *err)
{
    v8pool_job *job = flight->job;

    v8p_flight_count(worker, status, V8P_NOT_FIRED, &flight->timing);
    v8p_flight_finish(worker, flight, status, err);
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
        flight->deadline_us = deadline_of(flight->job);
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
    v8pool_job *job = flight->job;

    if (job->request.fresh && flight->context != NULL) {
        v8p_spare_return(worker, job->bundle, flight->context);
    }
    v8p_job_unref(job);
    free(flight);
}

static void begin(struct v8p_worker *worker, v8pool_job *job)
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
    v8p_queue_begun(job);
    v8p_flight_append(worker, flight);
    if (status != V8POOL_OK) {
        fail_to_begin(worker, flight, status, &err);
        return;
    }
    start(worker, flight);
}

/* All that it costs the isolate, its context included; the bundle outlives it. */
void v8p_loop_begin(struct v8p_worker *worker, v8pool_job *job)
{
    v8pool_bundle *bundle = job->bundle;
    uint64_t from_us = v8p_now_us();

    begin(worker, job);
    v8p_queue_spent_begin(worker, bundle, v8p_now_us() - from_us);
}

/* --- who is next --------------------------------------------------------------------- */

static int is_given_up(const struct v8p_flight *flight)
{
    return !flight->is_answered && v8p_job_is_deaf(flight->job);
}

/* What its client takes to read, or to send what it waits for, does not count
 * for its time limit: httpd has limits for clients. */
static void look_at_client(struct v8p_flight *flight)
{
    int is_held;

    if (v8p_job_got_room(flight->job)) {
        v8e_run_room(flight->run);
    }
    v8p_body_deliver(flight->job, flight->run);
    flight->awaits_body = v8p_body_is_awaited(flight->job, flight->run);
    is_held = v8p_job_wants_room(flight->job) || flight->awaits_body;
    if (is_held && flight->behind_us == 0) {
        flight->behind_us = v8p_now_us();
    }
    else if (!is_held && flight->behind_us != 0) {
        flight->deadline_us += v8p_now_us() - flight->behind_us;
        flight->behind_us = 0;
    }
}

/* 0 = now. */
static uint64_t wakes_us(struct v8p_flight *flight)
{
    uint64_t wakes;

    if (flight->run == NULL || is_given_up(flight)) {
        return 0;
    }
    v8p_net_deliver(flight->job, flight->run);
    look_at_client(flight);
    wakes = v8e_run_wakes_us(flight->run);
    return flight->behind_us != 0 || wakes < flight->deadline_us
               ? wakes
               : flight->deadline_us;
}

/* Whether one's last turn was before another one's: the list is in that order. */
static int turned_before(const struct v8p_worker *worker,
                         const v8pool_bundle *one, const v8pool_bundle *other)
{
    const v8pool_bundle *last = one;
    const struct v8p_flight *flight;

    for (flight = worker->flights; flight != NULL; flight = flight->next) {
        if (flight->job->bundle == one || flight->job->bundle == other) {
            last = flight->job->bundle;
        }
    }
    return last != one;
}

/* By turns among bundles, then among the renders of one: a bundle does not get
 * more of the isolate by having more renders in it. */
static struct v8p_flight *first_due(struct v8p_worker *worker, uint64_t *next)
{
    struct v8p_flight *flight, *due = NULL;
    const v8pool_bundle *later = NULL; /* not before due's: asked once */
    uint64_t now = v8p_now_us();

    *next = V8P_NEVER;
    for (flight = worker->flights; flight != NULL; flight = flight->next) {
        const v8pool_bundle *bundle = flight->job->bundle;
        uint64_t wakes;

        if (due != NULL && bundle != later &&
            !turned_before(worker, bundle, due->job->bundle)) {
            later = bundle;
        }
        if (bundle == later) {
            continue;
        }
        wakes = wakes_us(flight);
        if (wakes <= now) {
            due = flight;
            later = bundle;
        }
        else if (wakes < *next) {
            *next = wakes;
        }
    }
    return due;
}

int v8p_loop_is_due(struct v8p_worker *worker, uint64_t *next)
{
    return first_due(worker, next) != NULL;
}

static void end_late(struct v8p_worker *worker, struct v8p_flight *flight)
{
    v8pool_error err;

    v8p_error_set(&err, V8POOL_E_TIMEOUT,
                  "still waiting after %u ms, for a timer or a fetch",
                  (unsigned)flight->job->request.timeout_ms);
    v8p_flight_give_up(worker, flight, V8E_LATE, &err);
    wake_askers(worker);
}

/* One that is to begin anew has nothing to be told with. */
static void end_unwanted(struct v8p_worker *worker, struct v8p_flight *flight)
{
    v8pool_error err;

    v8p_error_set(&err, V8POOL_E_CANCELLED, "given up by its caller");
    if (flight->run == NULL) {
        v8p_flight_end_waiting(worker, flight, V8POOL_E_CANCELLED, &err);
    }
    else {
        v8p_flight_give_up(worker, flight, V8E_GONE, &err);
        wake_askers(worker);
    }
}

static void next_turn(struct v8p_worker *worker, struct v8p_flight *flight)
{
    v8p_flight_take_out(worker, flight);
    v8p_flight_append(worker, flight);
    if (is_given_up(flight)) {
        end_unwanted(worker, flight);
    }
    else if (flight->run == NULL) {
        begin_anew(worker, flight);
    }
    else if (flight->behind_us == 0 && flight->deadline_us <= v8p_now_us()) {
        end_late(worker, flight);
    }
    else {
        turn(worker, flight);
    }
}

void v8p_loop_turn(struct v8p_worker *worker)
{
    uint64_t next, from_us;
    struct v8p_flight *flight = first_due(worker, &next);
    v8pool_bundle *bundle;

    if (flight != NULL) {
        bundle = flight->job->bundle;
        from_us = v8p_now_us();
        next_turn(worker, flight);
        v8p_queue_spent(bundle, v8p_now_us() - from_us);
    }
}

/* --- all of them --------------------------------------------------------------------- */

static void abandon(struct v8p_worker *worker, struct v8p_flight *flight)
{
    v8pool_error err;

    if (!flight->is_retry && !flight->is_answered && !flight->job->head_sent &&
        v8p_body_is_whole(flight->job)) {
        v8e_run_destroy(&flight->run);
        if (flight->job->request.fresh) {
            v8e_context_destroy(&flight->context);
        }
        flight->context = NULL;
        flight->awaits_body = 0;
        flight->is_retry = 1;
        v8p_net_clear(flight->job); /* was for the run that is gone */
        return;
    }
    v8p_error_set(&err, V8POOL_E_HEAP,
                  "another render of its isolate reached the heap limit");
    v8p_flight_end_waiting(worker, flight, V8POOL_E_HEAP, &err);
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
        v8p_flight_end_waiting(worker, worker->flights, V8POOL_E_STOPPED, &err);
    }
}
