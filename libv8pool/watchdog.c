/* SPDX-License-Identifier: Apache-2.0
 *
 * watchdog.c: the deadline thread.  It owns no memory of the calls it watches.
 */
#include "watchdog.h"

#include "error.h"
#include "job.h"
#include "memory.h"
#include "stuck.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

/* V8 may miss a request to terminate (a9): it is repeated this often until the
 * call returns. */
#define REPEAT_US 50000u

/* What a render whose client has gone may still take. */
#define GRACE_CPU_MS 50u
#define GRACE_WALL_MS 2000u

/* While calls run, the memory is looked at this often. */
#define MEMORY_EVERY_MS 250u

/* Pre: w->mtx is held, the slot is armed.  It fires again after a while. */
static void fire_slot(struct v8p_slot *slot, enum v8p_fired why,
                      uint64_t now_us)
{
    slot->deadline_us = now_us + REPEAT_US;
    if (slot->fired == V8P_NOT_FIRED) {
        slot->fired = why;
        slot->fired_us = now_us;
        slot->asker_told = slot->stuck_told = 0;
        if (slot->job != NULL) {
            v8p_job_interrupt(slot->job);
        }
    }
    v8e_terminate(slot->isolate);
}

/* Pre: w->mtx is held, the slot is armed: its thread lives.  1: the deadline
 * has passed, but the thread had less time than that; it is moved. */
static int put_off(struct v8p_slot *slot, uint64_t now_us)
{
    uint64_t used_us;

    if (slot->cpu_until_us == 0 || slot->fired != V8P_NOT_FIRED ||
        now_us >= slot->wall_until_us) {
        return 0;
    }
    used_us = v8p_clock_us(slot->cpu);
    if (used_us >= slot->cpu_until_us) {
        return 0;
    }
    /* Not sooner than the thread could be done if it never waited. */
    slot->deadline_us = now_us + (slot->cpu_until_us - used_us);
    if (slot->deadline_us > slot->wall_until_us) {
        slot->deadline_us = slot->wall_until_us;
    }
    return 1;
}

/* Pre: w->mtx is held, the slot is due. */
static enum v8p_fired which_limit(const struct v8p_slot *slot, uint64_t now_us)
{
    if (slot->is_unwanted) {
        return V8P_FIRED_CANCEL;
    }
    return slot->cpu_until_us != 0 && now_us < slot->wall_until_us
               ? V8P_FIRED_CPU
               : V8P_FIRED_DEADLINE;
}

/* Pre: w->mtx is held.  Fires what is due, returns when to look again. */
static uint64_t fire_due(struct v8p_watchdog *w, uint64_t now_us)
{
    uint64_t next = V8P_NEVER;
    unsigned i;

    for (i = 0; i < w->slot_count; i++) {
        struct v8p_slot *slot = &w->slots[i];

        if (slot->isolate == NULL) {
            continue;
        }
        if (slot->deadline_us <= now_us && !put_off(slot, now_us)) {
            fire_slot(slot, which_limit(slot, now_us), now_us);
        }
        if (slot->fired != V8P_NOT_FIRED) {
            v8p_stuck_look(slot, now_us);
        }
        if (slot->deadline_us < next) {
            next = slot->deadline_us;
        }
        if (w->memory_us < next) {
            next = w->memory_us;
        }
    }
    return next;
}

/* Pre: w->mtx is held.  Deadlines mostly lie behind the one the thread sleeps
 * for: it is woken about once per time limit, not once per render. */
static void wake_before(struct v8p_watchdog *w, uint64_t deadline_us)
{
    if (deadline_us < w->wakes_us) {
        w->wakes_us = deadline_us;
        pthread_cond_signal(&w->cond);
    }
}

/* Pre: w->mtx is held; it is released meanwhile. */
static void tell_stuck(struct v8p_watchdog *w)
{
    struct v8p_stuck_news news;

    while (v8p_stuck_take(w, &news)) {
        pthread_mutex_unlock(&w->mtx);
        v8p_stuck_tell(w, &news);
        pthread_mutex_lock(&w->mtx);
    }
}

static int keeps_memory(const struct v8p_watchdog *w)
{
    return w->pool != NULL && w->pool->config.guard.memory_bytes != 0;
}

/* Pre: w->mtx is held; it is released meanwhile. */
static void look_at_memory(struct v8p_watchdog *w)
{
    if (w->memory_us <= v8p_now_us()) {
        pthread_mutex_unlock(&w->mtx);
        v8p_memory_look(w->pool);
        pthread_mutex_lock(&w->mtx);
        w->memory_us = v8p_after_ms(v8p_now_us(), MEMORY_EVERY_MS);
    }
}

static void *watchdog_main(void *arg)
{
    struct v8p_watchdog *w = arg;

    pthread_mutex_lock(&w->mtx);
    while (!w->stop) {
        tell_stuck(w);
        look_at_memory(w);
        w->wakes_us = fire_due(w, v8p_now_us());
        v8p_cond_wait_until(&w->cond, &w->mtx, w->wakes_us);
    }
    pthread_mutex_unlock(&w->mtx);
    return NULL;
}

int v8p_watchdog_start(struct v8p_watchdog *w, unsigned slot_count,
                       v8pool *pool)
{
    int rc;

    memset(w, 0, sizeof(*w));
    w->slots = calloc(slot_count, sizeof(*w->slots));
    if (w->slots == NULL) {
        return ENOMEM;
    }
    w->slot_count = slot_count;
    w->pool = pool;
    w->memory_us = keeps_memory(w) ? 0 : V8P_NEVER;
    w->wakes_us = V8P_NEVER;
    pthread_mutex_init(&w->mtx, NULL);
    v8p_cond_init(&w->cond);
    rc = pthread_create(&w->thread, NULL, watchdog_main, w);
    w->started = rc == 0;
    if (rc != 0) {
        v8p_watchdog_stop(w);
    }
    return rc;
}

void v8p_watchdog_stop(struct v8p_watchdog *w)
{
    if (w->started) {
        pthread_mutex_lock(&w->mtx);
        w->stop = 1;
        pthread_cond_signal(&w->cond);
        pthread_mutex_unlock(&w->mtx);
        pthread_join(w->thread, NULL);
        w->started = 0;
    }
    if (w->slots != NULL) {
        pthread_cond_destroy(&w->cond);
        pthread_mutex_destroy(&w->mtx);
        free(w->slots);
        w->slots = NULL;
    }
}

/* Pre: w->mtx is held; deadlines and job are set. */
static uint64_t arm_slot(struct v8p_watchdog *w, struct v8p_slot *slot,
                         v8e_isolate *isolate)
{
    slot->isolate = isolate;
    slot->fired = V8P_NOT_FIRED;
    slot->is_unwanted = 0;
    if (w->all != V8P_NOT_FIRED) {
        fire_slot(slot, w->all, v8p_now_us());
    }
    wake_before(w, slot->deadline_us < w->memory_us ? slot->deadline_us
                                                    : w->memory_us);
    return ++slot->arming;
}

/* Of the calling thread. */
static clockid_t cpu_clock(void)
{
    clockid_t cpu;

    return pthread_getcpuclockid(pthread_self(), &cpu) == 0 ? cpu
                                                            : CLOCK_MONOTONIC;
}

uint64_t v8p_watchdog_arm(struct v8p_watchdog *w, unsigned n,
                          v8e_isolate *isolate, struct v8pool_job *job,
                          uint64_t deadline_us)
{
    struct v8p_slot *slot = &w->slots[n];
    clockid_t cpu = cpu_clock();
    uint64_t arming;

    pthread_mutex_lock(&w->mtx);
    slot->job = job;
    slot->cpu = cpu;
    slot->deadline_us = deadline_us;
    slot->cpu_until_us = 0;
    arming = arm_slot(w, slot, isolate);
    pthread_mutex_unlock(&w->mtx);
    return arming;
}

uint64_t v8p_watchdog_arm_cpu(struct v8p_watchdog *w, unsigned n,
                              v8e_isolate *isolate, struct v8pool_job *job,
                              uint64_t cpu_us, uint64_t deadline_us)
{
    struct v8p_slot *slot = &w->slots[n];
    uint64_t done_us = v8p_now_us() + cpu_us; /* if it never waits */
    uint64_t used_us = v8p_clock_us(CLOCK_THREAD_CPUTIME_ID);
    clockid_t cpu = cpu_clock();
    int known = cpu != CLOCK_MONOTONIC;
    uint64_t arming;

    pthread_mutex_lock(&w->mtx);
    slot->job = job;
    slot->cpu = cpu;
    slot->cpu_until_us = known ? used_us + cpu_us : 0;
    slot->wall_until_us = deadline_us;
    slot->deadline_us = known && done_us < deadline_us ? done_us : deadline_us;
    arming = arm_slot(w, slot, isolate);
    pthread_mutex_unlock(&w->mtx);
    return arming;
}

enum v8p_fired v8p_watchdog_disarm(struct v8p_watchdog *w, unsigned n)
{
    struct v8p_slot *slot = &w->slots[n];
    v8e_isolate *isolate;
    enum v8p_fired fired;

    pthread_mutex_lock(&w->mtx);
    isolate = slot->isolate;
    fired = slot->fired;
    slot->isolate = NULL;
    slot->job = NULL;
    pthread_mutex_unlock(&w->mtx);
    /* From here on nobody fires.  A termination that came after the last
     * JavaScript ran would otherwise wait for the next call (a2). */
    v8e_terminate_cancel(isolate);
    return fired;
}

static uint64_t least(uint64_t one, uint64_t other)
{
    return one < other ? one : other;
}

/* Pre: w->mtx is held, the slot is armed: its thread lives. */
static void leave_grace(struct v8p_slot *slot)
{
    uint64_t now_us = v8p_now_us();
    uint64_t until_us = v8p_after_ms(v8p_clock_us(slot->cpu), GRACE_CPU_MS);
    uint64_t limit_us = slot->cpu_until_us != 0 ? slot->wall_until_us
                                                : slot->deadline_us;

    slot->is_unwanted = 1;
    slot->wall_until_us = least(limit_us, v8p_after_ms(now_us, GRACE_WALL_MS));
    slot->cpu_until_us = slot->cpu_until_us != 0
                             ? least(slot->cpu_until_us, until_us)
                             : until_us;
    slot->deadline_us = least(slot->wall_until_us,
                              v8p_after_ms(now_us, GRACE_CPU_MS));
}

void v8p_watchdog_give_up(struct v8p_watchdog *w, unsigned n, uint64_t arming)
{
    struct v8p_slot *slot = &w->slots[n];

    pthread_mutex_lock(&w->mtx);
    if (slot->isolate != NULL && slot->arming == arming &&
        slot->fired == V8P_NOT_FIRED) {
        leave_grace(slot);
        wake_before(w, slot->deadline_us);
    }
    pthread_mutex_unlock(&w->mtx);
}

void v8p_watchdog_fire_all(struct v8p_watchdog *w, enum v8p_fired why)
{
    unsigned i;

    pthread_mutex_lock(&w->mtx);
    w->all = why;
    for (i = 0; i < w->slot_count; i++) {
        if (w->slots[i].isolate != NULL) {
            fire_slot(&w->slots[i], why, v8p_now_us());
            wake_before(w, w->slots[i].deadline_us);
        }
    }
    pthread_mutex_unlock(&w->mtx);
}

void v8p_watchdog_end_jobs(struct v8p_watchdog *w)
{
    v8pool_error err;
    unsigned i;

    v8p_error_set(&err, V8POOL_E_STOPPED, "the pool stopped, V8 did not");
    pthread_mutex_lock(&w->mtx);
    for (i = 0; i < w->slot_count; i++) {
        if (w->slots[i].isolate != NULL && w->slots[i].job != NULL) {
            v8p_job_end(w->slots[i].job, V8POOL_E_STOPPED, NULL, &err);
        }
    }
    pthread_mutex_unlock(&w->mtx);
}
