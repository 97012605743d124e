/* SPDX-License-Identifier: Apache-2.0
 *
 * test_watchdog.c: arming numbers and verdicts (v8-rules a1, a2), without
 * a pool.  The test is the worker.
 */
#include "fixture.h"

#include "error.h"
#include "watchdog.h"
#include "engine/run.h"

struct fixture {
    struct v8p_watchdog watchdog;
    v8e_isolate *isolate;
    v8e_context *context;
};

static void ignore_log(void *baton, v8pool_log_level level, const char *text,
                       size_t length)
{
    (void)baton, (void)level, (void)text, (void)length;
}

static int no_head(void *baton, int status, const v8pool_header *headers,
                   size_t count, int streamed)
{
    (void)streamed;
    (void)baton, (void)status, (void)headers, (void)count;
    return 1;
}

static const v8e_sink sink = {NULL, no_head, NULL, NULL, ignore_log, NULL};

static void open_fixture(struct fixture *f)
{
    v8e_limits limits = {0, 0, 0, NULL, 0};
    v8e_script script = {"b", "good", 4, "b", NULL, 0, NULL, 0, 0};
    v8pool_error err;

    IS_INT(v8p_watchdog_start(&f->watchdog, 3, NULL), 0);
    f->isolate = v8e_isolate_create(&limits, &err);
    f->context = v8e_context_create(f->isolate, &script, &sink, &err);
}

static void close_fixture(struct fixture *f)
{
    v8e_context_destroy(&f->context);
    v8e_isolate_destroy(&f->isolate);
    v8p_watchdog_stop(&f->watchdog);
}

/* Whether a termination is pending in the isolate: it would end this call. */
static int is_poisoned(struct fixture *f)
{
    v8pool_request request;
    v8pool_timing timing;
    v8pool_error err;

    v8pool_request_init(&request);
    return v8e_render(f->context, &request, &sink, &timing, &err) ==
           V8POOL_E_TIMEOUT;
}

static uint64_t arm(struct fixture *f, unsigned slot, uint64_t deadline_us)
{
    return v8p_watchdog_arm(&f->watchdog, slot, f->isolate, NULL, deadline_us);
}

static void arm_cpu(struct fixture *f, uint32_t cpu_ms, uint32_t wall_ms)
{
    v8p_watchdog_arm_cpu(&f->watchdog, 0, f->isolate, NULL,
                         (uint64_t)cpu_ms * 1000u,
                         v8p_after_ms(v8p_now_us(), wall_ms));
}

static enum v8p_fired fired(struct fixture *f, unsigned slot)
{
    enum v8p_fired why;

    pthread_mutex_lock(&f->watchdog.mtx);
    why = f->watchdog.slots[slot].fired;
    pthread_mutex_unlock(&f->watchdog.mtx);
    return why;
}

/* Uses the thread's time up.  0: nothing fires, however much it takes. */
static int runs_until_fired(struct fixture *f, unsigned slot)
{
    uint64_t until_us = v8p_clock_us(CLOCK_THREAD_CPUTIME_ID) +
                        WAIT_MS * 1000u;

    while (fired(f, slot) == V8P_NOT_FIRED &&
           v8p_clock_us(CLOCK_THREAD_CPUTIME_ID) < until_us) {
    }
    return fired(f, slot) != V8P_NOT_FIRED;
}

static void test_watchdog_deadline_fires_and_is_taken_back(void)
{
    struct fixture f;

    open_fixture(&f);
    arm(&f, 1, v8p_now_us());
    OK(WAIT_UNTIL(fired(&f, 1) != V8P_NOT_FIRED));
    OK(is_poisoned(&f));
    IS_INT(v8p_watchdog_disarm(&f.watchdog, 1), V8P_FIRED_DEADLINE);
    OK(!is_poisoned(&f));
    close_fixture(&f);
}

static void test_watchdog_disarmed_does_not_fire(void)
{
    struct fixture f;
    int i, poisoned = 0;

    open_fixture(&f);
    for (i = 0; i < 200; i++) {
        arm(&f, 0, v8p_now_us() + 200);
        (void)v8p_watchdog_disarm(&f.watchdog, 0);
        usleep(300); /* past the deadline */
        poisoned += is_poisoned(&f);
    }
    IS_INT(poisoned, 0);
    close_fixture(&f);
}

static void test_watchdog_old_arming_given_up_hits_nobody(void)
{
    struct fixture f;
    uint64_t first, second;

    open_fixture(&f);
    first = arm(&f, 0, V8P_NEVER);
    v8p_watchdog_disarm(&f.watchdog, 0);
    v8p_watchdog_give_up(&f.watchdog, 0, first);
    OK(!is_poisoned(&f));
    second = arm(&f, 0, V8P_NEVER);
    OK(second != first);
    v8p_watchdog_give_up(&f.watchdog, 0, first);
    IS_INT(f.watchdog.slots[0].is_unwanted, 0);
    v8p_watchdog_give_up(&f.watchdog, 0, second);
    OK(runs_until_fired(&f, 0));
    OK(is_poisoned(&f));
    IS_INT(v8p_watchdog_disarm(&f.watchdog, 0), V8P_FIRED_CANCEL);
    close_fixture(&f);
}

/* It has 50 ms of its thread's time to end by itself, not of the clock's. */
static void test_watchdog_given_up_has_time_left_to_end(void)
{
    struct fixture f;
    uint64_t arming, used_us;

    open_fixture(&f);
    used_us = v8p_clock_us(CLOCK_THREAD_CPUTIME_ID);
    arming = arm(&f, 0, V8P_NEVER);
    v8p_watchdog_give_up(&f.watchdog, 0, arming);
    usleep(200000);
    IS_INT(fired(&f, 0), V8P_NOT_FIRED);
    OK(runs_until_fired(&f, 0));
    OK(v8p_clock_us(CLOCK_THREAD_CPUTIME_ID) - used_us >= 50000);
    v8p_watchdog_disarm(&f.watchdog, 0);
    close_fixture(&f);
}

/* It waits for something: V8 is deaf then, and so is its clock. */
static void test_watchdog_given_up_that_only_waits_ends_in_2_s(void)
{
    struct fixture f;
    uint64_t arming;

    open_fixture(&f);
    arming = arm(&f, 0, V8P_NEVER);
    v8p_watchdog_give_up(&f.watchdog, 0, arming);
    OK(WAIT_UNTIL(fired(&f, 0) == V8P_FIRED_CANCEL));
    v8p_watchdog_disarm(&f.watchdog, 0);
    close_fixture(&f);
}

/* Its own limit is not put off by it. */
static void test_watchdog_given_up_its_limit_stays(void)
{
    struct fixture f;
    uint64_t arming, used_us;

    open_fixture(&f);
    arming = arm(&f, 0, v8p_now_us() + 1000);
    v8p_watchdog_give_up(&f.watchdog, 0, arming);
    IS_INT(f.watchdog.slots[0].wall_until_us <= v8p_now_us() + 1000, 1);
    v8p_watchdog_disarm(&f.watchdog, 0);

    used_us = v8p_clock_us(CLOCK_THREAD_CPUTIME_ID);
    arming = v8p_watchdog_arm_cpu(&f.watchdog, 0, f.isolate, NULL, 1000,
                                  V8P_NEVER);
    v8p_watchdog_give_up(&f.watchdog, 0, arming);
    pthread_mutex_lock(&f.watchdog.mtx);
    OK(f.watchdog.slots[0].cpu_until_us < used_us + 40000);
    pthread_mutex_unlock(&f.watchdog.mtx);
    v8p_watchdog_disarm(&f.watchdog, 0);
    close_fixture(&f);
}

static void test_watchdog_first_reason_stays(void)
{
    struct fixture f;
    uint64_t arming;

    open_fixture(&f);
    arming = arm(&f, 2, V8P_NEVER);
    v8p_watchdog_give_up(&f.watchdog, 2, arming);
    OK(runs_until_fired(&f, 2));
    v8p_watchdog_fire_all(&f.watchdog, V8P_FIRED_STOP);
    IS_INT(v8p_watchdog_disarm(&f.watchdog, 2), V8P_FIRED_CANCEL);
    close_fixture(&f);
}

/* V8 may miss a termination (a9): it is asked for again, whoever asked. */
static void test_watchdog_missed_termination_repeated(void)
{
    struct fixture f;
    uint64_t arming;

    open_fixture(&f);
    arm(&f, 0, v8p_now_us());
    OK(WAIT_UNTIL(is_poisoned(&f)));
    v8e_terminate_cancel(f.isolate); /* V8 misses it */
    OK(WAIT_UNTIL(is_poisoned(&f)));
    v8p_watchdog_disarm(&f.watchdog, 0);

    arming = arm(&f, 0, V8P_NEVER);
    v8p_watchdog_give_up(&f.watchdog, 0, arming);
    OK(runs_until_fired(&f, 0));
    v8e_terminate_cancel(f.isolate);
    OK(WAIT_UNTIL(is_poisoned(&f)));
    IS_INT(v8p_watchdog_disarm(&f.watchdog, 0), V8P_FIRED_CANCEL);
    close_fixture(&f);
}

/* A pool that stops ends the calls that begin after, too. */
static void test_watchdog_armed_after_fire_all_fires(void)
{
    struct fixture f;

    open_fixture(&f);
    v8p_watchdog_fire_all(&f.watchdog, V8P_FIRED_STOP);
    arm(&f, 0, V8P_NEVER);
    OK(is_poisoned(&f));
    IS_INT(v8p_watchdog_disarm(&f.watchdog, 0), V8P_FIRED_STOP);
    OK(!is_poisoned(&f));
    close_fixture(&f);
}

static void test_watchdog_nearer_deadline_wakes_earlier(void)
{
    struct fixture f;

    open_fixture(&f);
    arm(&f, 0, v8p_now_us() + 3600u * 1000000u);
    usleep(2000); /* the thread sleeps for that hour now */
    arm(&f, 1, v8p_now_us() + 1000);
    OK(WAIT_UNTIL(fired(&f, 1) == V8P_FIRED_DEADLINE));
    IS_INT(fired(&f, 0), V8P_NOT_FIRED);
    v8p_watchdog_disarm(&f.watchdog, 1);
    v8p_watchdog_disarm(&f.watchdog, 0);
    close_fixture(&f);
}

/* A thread that waits uses none of its time, however late it gets. */
static void test_watchdog_cpu_limit_fires_by_the_threads_time(void)
{
    struct fixture f;

    open_fixture(&f);
    arm_cpu(&f, 30, 3600000);
    usleep(120000);
    IS_INT(fired(&f, 0), V8P_NOT_FIRED);
    OK(runs_until_fired(&f, 0));
    OK(is_poisoned(&f));
    IS_INT(v8p_watchdog_disarm(&f.watchdog, 0), V8P_FIRED_CPU);

    /* the wall clock again, for the next call */
    arm_cpu(&f, 3600000, 3600000);
    v8p_watchdog_disarm(&f.watchdog, 0);
    arm(&f, 0, v8p_now_us() + 1000);
    OK(WAIT_UNTIL(fired(&f, 0) == V8P_FIRED_DEADLINE));
    v8p_watchdog_disarm(&f.watchdog, 0);
    close_fixture(&f);
}

static void test_watchdog_cpu_limit_wall_limit_ends_it(void)
{
    struct fixture f;

    open_fixture(&f);
    arm_cpu(&f, 10, 40);
    OK(WAIT_UNTIL(fired(&f, 0) == V8P_FIRED_DEADLINE));
    v8p_watchdog_disarm(&f.watchdog, 0);
    arm_cpu(&f, 3600000, 40);
    OK(WAIT_UNTIL(fired(&f, 0) == V8P_FIRED_DEADLINE));
    v8p_watchdog_disarm(&f.watchdog, 0);
    close_fixture(&f);
}

TAP_MAIN(RUN(test_watchdog_cpu_limit_fires_by_the_threads_time),
         RUN(test_watchdog_cpu_limit_wall_limit_ends_it),
         RUN(test_watchdog_deadline_fires_and_is_taken_back),
         RUN(test_watchdog_disarmed_does_not_fire),
         RUN(test_watchdog_old_arming_given_up_hits_nobody),
         RUN(test_watchdog_given_up_has_time_left_to_end),
         RUN(test_watchdog_given_up_that_only_waits_ends_in_2_s),
         RUN(test_watchdog_given_up_its_limit_stays),
         RUN(test_watchdog_first_reason_stays),
         RUN(test_watchdog_missed_termination_repeated),
         RUN(test_watchdog_armed_after_fire_all_fires),
         RUN(test_watchdog_nearer_deadline_wakes_earlier))
