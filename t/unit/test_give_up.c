/* SPDX-License-Identifier: Apache-2.0
 *
 * test_give_up.c: renders that are given up, by their client or at their time
 * limit: those that listen to their signal are told in one turn, whatever they do
 * in it; nothing of them stays.
 */
#include "fixture.h"

#include <stdio.h>
#include <stdlib.h>

#define MANY 8
#define ROUNDS 40

struct bench {
    struct recorder *log;
    v8pool *pool;
    v8pool_bundle *bundle;
};

static struct bench bench_of(unsigned isolates)
{
    struct bench b = {recorder_create(), NULL, NULL};
    v8pool_config config;

    pool_config(&config, isolates, b.log);
    config.channel_bytes = 2000;
    config.queue_length = 1000;
    b.pool = pool_open(&config);
    b.bundle = bundle_of(b.pool, "b", "good");
    return b;
}

static void bench_end(struct bench *b)
{
    v8pool_destroy(&b->pool);
    recorder_destroy(&b->log);
}

/* Runs that the one isolate has; one of them asks. */
static int runs(const struct bench *b)
{
    struct reply reply;
    int count = -1;

    if (reply_get(&reply, b->pool, b->bundle, "/waiting", WAIT_MS) ==
        V8POOL_OK) {
        count = atoi(reply_body(&reply)) - 1;
    }
    reply_clear(&reply);
    return count;
}

static int is_empty(const struct bench *b)
{
    v8pool_stats stats = pool_stats(b->pool);

    return stats.running == 0 && stats.queued == 0;
}

static void test_give_up_in_each_state_leaves_nothing(void)
{
    static const char *const urls[] = {"/spin", "/never", "/wait-100000",
                                       "/room-1000000", "/stream-1000000",
                                       "/after-50", "/signal",
                                       "/signal-after-50", "/signal-spin"};
    struct bench b = bench_of(1);
    size_t i;

    for (i = 0; i < sizeof(urls) / sizeof(urls[0]); i++) {
        v8pool_job *job = submit(b.pool, b.bundle, urls[i], WAIT_MS);

        OK(WAIT_UNTIL(pool_stats(b.pool).queued == 0));
        v8pool_job_release(&job);
        OK(WAIT_UNTIL(is_empty(&b)));
        IS_INT(runs(&b), 0);
    }
    bench_end(&b);
}

static void test_give_up_in_the_queue_leaves_nothing(void)
{
    struct bench b = bench_of(1);
    v8pool_job *first = submit(b.pool, b.bundle, "/spin", WAIT_MS);
    v8pool_job *queued;

    OK(WAIT_UNTIL(pool_stats(b.pool).running == 1));
    queued = submit(b.pool, b.bundle, "/signal", WAIT_MS);
    IS_INT(pool_stats(b.pool).queued, 1);
    v8pool_job_release(&queued);
    IS_INT(pool_stats(b.pool).queued, 0);
    v8pool_job_release(&first);
    OK(WAIT_UNTIL(is_empty(&b)));
    IS_INT(runs(&b), 0);
    bench_end(&b);
}

static void test_give_up_late_asker_gets_its_error(void)
{
    struct bench b = bench_of(1);
    struct reply reply;

    IS_STATUS(reply_get(&reply, b.pool, b.bundle, "/signal", 20),
              V8POOL_E_TIMEOUT);
    IS_STR(reply.error.message, "still waiting after 20 ms, for a timer or a "
                                "fetch");
    reply_clear(&reply);
    OK(WAIT_UNTIL(is_empty(&b)));
    IS_INT(pool_stats(b.pool).timeouts_total, 1);
    IS_INT(pool_stats(b.pool).contexts_rebuilt_total, 0);
    IS_INT(recorder_count(b.log, "waitUntil"), 0); /* said already */
    IS_INT(runs(&b), 0);
    bench_end(&b);
}

/* At the time limit nothing goes on, whatever it would like. */
static void test_give_up_late_ends_what_would_go_on(void)
{
    struct bench b = bench_of(1);
    struct reply reply;

    IS_STATUS(reply_get(&reply, b.pool, b.bundle, "/signal-after-100000", 20),
              V8POOL_E_TIMEOUT);
    reply_clear(&reply);
    OK(WAIT_UNTIL(is_empty(&b)));
    bench_end(&b);
}

static void test_give_up_gone_what_goes_on_may_until_its_limit(void)
{
    struct bench b = bench_of(1);
    v8pool_job *job = submit(b.pool, b.bundle, "/signal-after-100000", 100);

    OK(WAIT_UNTIL(pool_stats(b.pool).running == 1));
    v8pool_job_release(&job);
    OK(renders(b.pool, b.bundle, "/x", "/x"));
    OK(WAIT_UNTIL(is_empty(&b)));
    OK(recorder_find(b.log, "ctx.waitUntil() of /signal-after-100000") != NULL);
    IS_INT(runs(&b), 0);
    bench_end(&b);
}

/* It has 50 ms of the thread's time for it; the asker does not wait for that. */
static void test_give_up_listener_that_spins_is_ended_and_said(void)
{
    struct bench b = bench_of(1);
    struct reply reply;
    const struct logged *line;

    IS_STATUS(reply_get(&reply, b.pool, b.bundle, "/signal-spin", 20),
              V8POOL_E_TIMEOUT);
    IS_STR(reply.error.message, "still waiting after 20 ms, for a timer or a "
                                "fetch");
    reply_clear(&reply);
    OK(WAIT_UNTIL(is_empty(&b)));
    line = recorder_find(b.log, "what listens to the signal");
    OK(line != NULL && line->error.status == V8POOL_E_CANCELLED);
    IS_STR(line != NULL ? line->text : "",
           "what listens to the signal of /signal-spin was ended after 50 ms");
    OK(renders(b.pool, b.bundle, "/x", "/x"));
    IS_INT(pool_stats(b.pool).contexts_rebuilt_total, 1);
    IS_INT(pool_stats(b.pool).timeouts_total, 1);
    bench_end(&b);
}

/* What it still gives is dropped; in its next turn it is told. */
static void test_give_up_on_the_stack_told_when_the_turn_ends(void)
{
    struct bench b = bench_of(1);
    v8pool_job *job = submit(b.pool, b.bundle, "/signal-busy", WAIT_MS);

    OK(WAIT_UNTIL(pool_stats(b.pool).running == 1));
    v8pool_job_release(&job);
    OK(WAIT_UNTIL(is_empty(&b)));
    IS_INT(recorder_count(b.log, "told"), 1);
    IS_INT(pool_stats(b.pool).contexts_rebuilt_total, 0);
    IS_INT(runs(&b), 0);
    bench_end(&b);
}

/* The isolate goes; who waits in it is rendered in the next one. */
static void test_give_up_listener_at_heap_limit_others_go_on(void)
{
    struct bench b = bench_of(1);
    v8pool_job *other = submit(b.pool, b.bundle, "/wait-200", WAIT_MS);
    v8pool_job *job = submit(b.pool, b.bundle, "/signal-heap", WAIT_MS);

    OK(WAIT_UNTIL(pool_stats(b.pool).running == 2));
    v8pool_job_release(&job);
    IS_STATUS(finish(&other), V8POOL_OK);
    OK(WAIT_UNTIL(is_empty(&b)));
    IS_INT(runs(&b), 0);
    bench_end(&b);
}

static void test_give_up_stop_amid_a_listener_that_spins(void)
{
    int i;

    for (i = 0; i < 10; i++) {
        struct bench b = bench_of(2);
        v8pool_job *job = submit(b.pool, b.bundle, "/signal-spin", WAIT_MS);

        OK(WAIT_UNTIL(pool_stats(b.pool).running == 1));
        v8pool_job_release(&job);
        IS_STATUS(v8pool_stop(b.pool, 0), V8POOL_OK);
        bench_end(&b);
    }
}

/* --- by both at once ------------------------------------------------------------- */

static void *ask_and_leave(void *arg)
{
    static const char *const urls[] = {"/signal", "/signal-after-3", "/never",
                                       "/room-50", "/signal-heap"};
    const struct bench *b = arg;
    v8pool_event event;
    int i;

    for (i = 0; i < ROUNDS; i++) {
        v8pool_job *job = submit(b->pool, b->bundle, urls[i % 5], 5);

        if (job != NULL && v8pool_job_wait(job, &event, (unsigned)i % 8) &&
            event.kind == V8POOL_CHUNK) {
            v8pool_chunk_free(event.data);
        }
        if (job != NULL) {
            v8pool_job_release(&job);
        }
    }
    return NULL;
}

/* The client leaves as the time limit is reached. */
static void test_give_up_by_client_and_limit_at_once_all_accounted(void)
{
    struct bench b = bench_of(2);
    pthread_t threads[MANY];
    int i;

    for (i = 0; i < MANY; i++) {
        OK(pthread_create(&threads[i], NULL, ask_and_leave, &b) == 0);
    }
    for (i = 0; i < MANY; i++) {
        pthread_join(threads[i], NULL);
    }
    OK(WAIT_UNTIL(is_empty(&b)));
    OK(renders(b.pool, b.bundle, "/x", "/x"));
    bench_end(&b);
}

TAP_MAIN(RUN(test_give_up_in_each_state_leaves_nothing),
         RUN(test_give_up_in_the_queue_leaves_nothing),
         RUN(test_give_up_late_asker_gets_its_error),
         RUN(test_give_up_late_ends_what_would_go_on),
         RUN(test_give_up_gone_what_goes_on_may_until_its_limit),
         RUN(test_give_up_listener_that_spins_is_ended_and_said),
         RUN(test_give_up_on_the_stack_told_when_the_turn_ends),
         RUN(test_give_up_listener_at_heap_limit_others_go_on),
         RUN(test_give_up_stop_amid_a_listener_that_spins),
         RUN(test_give_up_by_client_and_limit_at_once_all_accounted))
