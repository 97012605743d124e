/* SPDX-License-Identifier: Apache-2.0
 *
 * test_loop.c: renders that wait hold up nobody, end in time, and are ended by
 * whoever gives them up.
 */
#include "fixture.h"

#include <stdio.h>
#include <stdlib.h>

#define MANY 32

static v8pool *pool_with(unsigned isolates, unsigned concurrency)
{
    v8pool_config config;

    pool_config(&config, isolates, NULL);
    config.concurrency = concurrency;
    return pool_open(&config);
}

/* How many runs there are in the one isolate; one of them asks. */
static int waiting(v8pool *pool, v8pool_bundle *bundle)
{
    struct reply reply;
    int count = -1;

    if (reply_get(&reply, pool, bundle, "/waiting", WAIT_MS) == V8POOL_OK) {
        count = atoi(reply_body(&reply)) - 1;
    }
    reply_clear(&reply);
    return count;
}

static void test_waiting_renders_do_not_hold_up_others(void)
{
    v8pool *pool = pool_with(1, 32);
    v8pool_bundle *bundle = bundle_of(pool, "b", "good");
    v8pool_job *job = submit(pool, bundle, "/never", WAIT_MS);
    int i;

    for (i = 0; i < 100; i++) {
        OK(renders(pool, bundle, "/x", "/x"));
    }
    IS_INT(waiting(pool, bundle), 1);
    v8pool_job_release(&job);
    OK(WAIT_UNTIL(waiting(pool, bundle) == 0));
    v8pool_destroy(&pool);
}

static void test_many_wait_at_a_time(void)
{
    v8pool *pool = pool_with(1, MANY);
    v8pool_bundle *bundle = bundle_of(pool, "b", "good");
    v8pool_job *jobs[MANY - 1];
    int i;

    for (i = 0; i < MANY - 1; i++) {
        jobs[i] = submit(pool, bundle, "/wait-300", WAIT_MS);
    }
    OK(WAIT_UNTIL(waiting(pool, bundle) == MANY - 1));
    for (i = 0; i < MANY - 1; i++) {
        IS_STATUS(finish(&jobs[i]), V8POOL_OK);
    }
    IS_INT(waiting(pool, bundle), 0);
    v8pool_destroy(&pool);
}

static void test_no_more_than_concurrency_begin(void)
{
    v8pool *pool = pool_with(1, 2);
    v8pool_bundle *bundle = bundle_of(pool, "b", "good");
    v8pool_job *first = submit(pool, bundle, "/wait-300", WAIT_MS);
    v8pool_job *second = submit(pool, bundle, "/never", WAIT_MS);
    v8pool_job *third;
    v8pool_event event;
    int got;

    OK(WAIT_UNTIL(pool_stats(pool).running == 2));
    third = submit(pool, bundle, "/x", WAIT_MS);
    IS_STATUS(finish(&third), V8POOL_OK);
    /* not before the first one had ended */
    do {
        got = v8pool_job_wait(first, &event, 0);
        v8pool_chunk_free(event.kind == V8POOL_CHUNK ? event.data : NULL);
    } while (got && event.kind != V8POOL_END);
    OK(got);
    v8pool_job_release(&first);
    v8pool_job_release(&second);
    v8pool_destroy(&pool);
}

static void test_deadline_ends_what_waits(void)
{
    v8pool *pool = pool_with(1, 32);
    v8pool_bundle *bundle = bundle_of(pool, "b", "good");
    struct reply reply;

    IS_STATUS(reply_get(&reply, pool, bundle, "/never", 20), V8POOL_E_TIMEOUT);
    IS_STR(reply.error.message, "still waiting after 20 ms, for a timer or a "
                                "fetch");
    reply_clear(&reply);
    IS_INT(pool_stats(pool).timeouts_total, 1);
    IS_INT(pool_stats(pool).contexts_rebuilt_total, 0);
    IS_INT(waiting(pool, bundle), 0);
    v8pool_destroy(&pool);
}

/* A termination hits the one that runs. */
static void test_termination_spares_those_that_wait(void)
{
    v8pool *pool = pool_with(1, 32);
    v8pool_bundle *bundle = bundle_of(pool, "b", "good");
    v8pool_job *job = submit(pool, bundle, "/wait-200", WAIT_MS);
    struct reply reply;

    OK(WAIT_UNTIL(waiting(pool, bundle) == 1));
    IS_STATUS(reply_get(&reply, pool, bundle, "/spin", 20), V8POOL_E_TIMEOUT);
    reply_clear(&reply);
    IS_STATUS(finish(&job), V8POOL_OK);
    IS_INT(pool_stats(pool).contexts_rebuilt_total, 1);
    v8pool_destroy(&pool);
}

/* The isolate goes: those that have sent nothing are rendered in the next. */
static void test_heap_limit_of_one_renders_others_anew(void)
{
    v8pool *pool = pool_with(1, 32);
    v8pool_bundle *bundle = bundle_of(pool, "b", "good");
    v8pool_job *job = submit(pool, bundle, "/wait-300", WAIT_MS);
    v8pool_job *never = submit(pool, bundle, "/never", WAIT_MS);
    struct reply reply;

    OK(WAIT_UNTIL(waiting(pool, bundle) == 2));
    IS_STATUS(reply_get(&reply, pool, bundle, "/heap", WAIT_MS),
              V8POOL_E_HEAP);
    reply_clear(&reply);
    IS_STATUS(finish(&job), V8POOL_OK);
    /* once */
    IS_STATUS(reply_get(&reply, pool, bundle, "/heap", WAIT_MS),
              V8POOL_E_HEAP);
    reply_clear(&reply);
    IS_STATUS(finish(&never), V8POOL_E_HEAP);
    v8pool_destroy(&pool);
}

static void test_heap_limit_ends_what_was_half_sent(void)
{
    v8pool *pool = pool_with(1, 32);
    v8pool_bundle *bundle = bundle_of(pool, "b", "good");
    v8pool_job *job = submit(pool, bundle, "/room-1000", WAIT_MS);
    v8pool_event event;
    struct reply reply;

    v8pool_job_next(job, &event);
    IS_INT(event.kind, V8POOL_HEAD);
    OK(WAIT_UNTIL(waiting(pool, bundle) == 1)); /* full: it waits for us */
    IS_STATUS(reply_get(&reply, pool, bundle, "/heap", WAIT_MS),
              V8POOL_E_HEAP);
    reply_clear(&reply);
    IS_STATUS(finish(&job), V8POOL_E_HEAP);
    v8pool_destroy(&pool);
}

static void test_slow_reader_holds_up_nobody(void)
{
    v8pool *pool = pool_with(1, 32);
    v8pool_bundle *bundle = bundle_of(pool, "b", "good");
    v8pool_job *job = submit(pool, bundle, "/room-2000", WAIT_MS);
    size_t length = 0;
    v8pool_event event;

    OK(WAIT_UNTIL(waiting(pool, bundle) == 1));
    OK(renders(pool, bundle, "/x", "/x"));
    do {
        v8pool_job_next(job, &event);
        if (event.kind == V8POOL_CHUNK) {
            length += event.length;
            v8pool_chunk_free(event.data);
        }
    } while (event.kind != V8POOL_END);
    IS_STATUS(event.result, V8POOL_OK);
    IS_INT(length, 2000000);
    v8pool_job_release(&job);
    v8pool_destroy(&pool);
}

static void test_answer_is_out_while_it_goes_on(void)
{
    v8pool *pool = pool_with(1, 32);
    v8pool_bundle *bundle = bundle_of(pool, "b", "good");
    struct reply reply;

    IS_STATUS(reply_get(&reply, pool, bundle, "/after-200", WAIT_MS),
              V8POOL_OK);
    reply_clear(&reply);
    IS_INT(waiting(pool, bundle), 1);
    OK(WAIT_UNTIL(waiting(pool, bundle) == 0));
    IS_INT(pool_stats(pool).failures_total, 0);
    v8pool_destroy(&pool);
}

static void test_hung_is_an_error_at_once(void)
{
    v8pool *pool = pool_with(1, 32);
    v8pool_bundle *bundle = bundle_of(pool, "b", "good");
    struct reply reply;

    IS_STATUS(reply_get(&reply, pool, bundle, "/hung", WAIT_MS), V8POOL_E_HUNG);
    reply_clear(&reply);
    v8pool_destroy(&pool);
}

static void test_stop_lets_those_that_wait_finish(void)
{
    v8pool *pool = pool_with(1, 32);
    v8pool_bundle *bundle = bundle_of(pool, "b", "good");
    v8pool_job *job = submit(pool, bundle, "/wait-100", WAIT_MS);

    OK(WAIT_UNTIL(waiting(pool, bundle) == 1));
    IS_STATUS(v8pool_stop(pool, WAIT_MS), V8POOL_OK);
    IS_STATUS(finish(&job), V8POOL_OK);
    v8pool_destroy(&pool);
}

static void test_stop_ends_those_that_wait_too_long(void)
{
    v8pool *pool = pool_with(2, 32);
    v8pool_bundle *bundle = bundle_of(pool, "b", "good");
    v8pool_job *jobs[8];
    int i;

    for (i = 0; i < 8; i++) {
        jobs[i] = submit(pool, bundle, "/never", WAIT_MS);
    }
    OK(WAIT_UNTIL(pool_stats(pool).running == 8));
    IS_STATUS(v8pool_stop(pool, 10), V8POOL_OK);
    for (i = 0; i < 8; i++) {
        IS_STATUS(finish(&jobs[i]), V8POOL_E_STOPPED);
    }
    v8pool_destroy(&pool);
}

static void test_recycled_isolate_leaves_after_those_that_wait(void)
{
    v8pool_config config;
    v8pool_bundle *bundle;
    v8pool_job *job;
    v8pool *pool;

    pool_config(&config, 1, NULL);
    config.recycle_renders = 3;
    pool = pool_open(&config);
    bundle = bundle_of(pool, "b", "good");
    job = submit(pool, bundle, "/wait-400", WAIT_MS);
    OK(WAIT_UNTIL(renders(pool, bundle, "/x", "/x") &&
                  pool_stats(pool).isolates_recycled_total > 0));
    IS_STATUS(finish(&job), V8POOL_OK);
    v8pool_destroy(&pool);
}

static void test_inline_pool_waits(void)
{
    v8pool *pool = pool_of(0);
    v8pool_bundle *bundle = bundle_of(pool, "b", "good");
    struct reply reply;

    OK(renders(pool, bundle, "/wait-20", "/wait-20"));
    IS_STATUS(reply_get(&reply, pool, bundle, "/never", 20), V8POOL_E_TIMEOUT);
    reply_clear(&reply);
    v8pool_destroy(&pool);
}

TAP_MAIN(RUN(test_waiting_renders_do_not_hold_up_others),
         RUN(test_many_wait_at_a_time),
         RUN(test_no_more_than_concurrency_begin),
         RUN(test_deadline_ends_what_waits),
         RUN(test_termination_spares_those_that_wait),
         RUN(test_heap_limit_of_one_renders_others_anew),
         RUN(test_heap_limit_ends_what_was_half_sent),
         RUN(test_slow_reader_holds_up_nobody),
         RUN(test_answer_is_out_while_it_goes_on),
         RUN(test_hung_is_an_error_at_once),
         RUN(test_stop_lets_those_that_wait_finish),
         RUN(test_stop_ends_those_that_wait_too_long),
         RUN(test_recycled_isolate_leaves_after_those_that_wait),
         RUN(test_inline_pool_waits))
