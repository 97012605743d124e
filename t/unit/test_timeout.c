/* SPDX-License-Identifier: Apache-2.0
 *
 * test_timeout.c: a render that outlives its limit, and what becomes of the
 * isolate it ran in (v8-rules a2, a3, a5, a9, b4).
 */
#include "fixture.h"

#include "clock.h"

#include <stdio.h>
#include <stdlib.h>

#define RACES 10000
#define RACERS 4

static void test_timeout_render_ends_isolate_usable(void)
{
    v8pool *pool = pool_of(1);
    v8pool_bundle *bundle = bundle_of(pool, "b", "good");
    struct reply reply;
    v8pool_stats stats;

    IS_STATUS(reply_get(&reply, pool, bundle, "/spin", 5), V8POOL_E_TIMEOUT);
    IS_STATUS(reply.error.status, V8POOL_E_TIMEOUT);
    HAS_STR(reply.error.message, "5 ms");
    OK(reply.answer.body == NULL && reply.answer.headers == NULL);
    OK(renders(pool, bundle, "/after", "/after"));
    stats = pool_stats(pool);
    IS_INT(stats.timeouts_total, 1);
    IS_INT(stats.failures_total, 1);
    IS_INT(stats.renders_total, 2);
    IS_INT(stats.contexts_rebuilt_total, 1);
    IS_INT(stats.isolates_rebuilt_total, 0);
    v8pool_destroy(&pool);
}

static void test_timeout_other_bundles_contexts_kept(void)
{
    struct recorder *log = recorder_create();
    v8pool_config config;
    v8pool *pool;
    v8pool_bundle *one, *two;
    struct reply reply;

    pool_config(&config, 1, log);
    pool = pool_open(&config);
    one = bundle_of(pool, "one", "good");
    two = bundle_of(pool, "two", "good");
    IS_INT(recorder_count(log, "loading"), 2);
    reply_get(&reply, pool, one, "/spin", 5);
    OK(renders(pool, two, "/a", "/a"));
    OK(renders(pool, one, "/b", "/b"));
    IS_INT(recorder_count(log, "loading"), 3); /* `one` again, once */
    v8pool_destroy(&pool);
    recorder_destroy(&log);
}

static void test_timeout_plain_failure_context_kept(void)
{
    v8pool *pool = pool_of(1);
    v8pool_bundle *bundle = bundle_of(pool, "b", "good");
    struct reply reply;

    IS_STATUS(reply_get(&reply, pool, bundle, "/throw", WAIT_MS),
              V8POOL_E_SCRIPT);
    IS_STR(reply.error.message, "thrown");
    IS_STATUS(reply_get(&reply, pool, bundle, "/decline", WAIT_MS),
              V8POOL_DECLINED);
    OK(renders(pool, bundle, "/after", "/after"));
    IS_INT(pool_stats(pool).contexts_rebuilt_total, 0);
    IS_INT(pool_stats(pool).failures_total, 1);
    v8pool_destroy(&pool);
}

static void test_heap_limit_isolate_rebuilt(void)
{
    v8pool *pool = pool_of(1);
    v8pool_bundle *one = bundle_of(pool, "one", "good");
    v8pool_bundle *two = bundle_of(pool, "two", "good");
    struct reply reply;
    int i;

    for (i = 1; i <= 3; i++) {
        IS_STATUS(reply_get(&reply, pool, one, "/heap", WAIT_MS),
                  V8POOL_E_HEAP);
        OK(renders(pool, two, "/a", "/a"));
        OK(renders(pool, one, "/b", "/b"));
        IS_INT(pool_stats(pool).heap_limits_total, i);
        IS_INT(pool_stats(pool).isolates_rebuilt_total, i);
    }
    IS_INT(pool_stats(pool).contexts_rebuilt_total, 0);
    v8pool_destroy(&pool);
}

/* The asker leaves after the limit and one second; the worker later. */
static void test_timeout_deaf_engine_asker_leaves(void)
{
    v8pool *pool = pool_of(1);
    v8pool_bundle *bundle = bundle_of(pool, "b", "good");
    struct reply reply;
    uint64_t start = v8p_now_us(), took;

    IS_STATUS(reply_get(&reply, pool, bundle, "/deaf-3000", 20),
              V8POOL_E_TIMEOUT);
    took = v8p_now_us() - start;
    HAS_STR(reply.error.message, "did not stop");
    OK(took >= 1020000 && pool_stats(pool).running == 1);
    OK(renders(pool, bundle, "/after", "/after"));
    OK(v8p_now_us() - start >= 3000000);
    IS_INT(pool_stats(pool).timeouts_total, 1);
    IS_INT(pool_stats(pool).contexts_rebuilt_total, 1);
    v8pool_destroy(&pool);
}

/* The asker has left with a verdict; the worker's comes later and must not
 * change what the asker may still read. */
static void test_timeout_deaf_engine_verdict_stays(void)
{
    v8pool *pool = pool_of(1);
    v8pool_bundle *bundle = bundle_of(pool, "b", "good");
    v8pool_job *job = submit(pool, bundle, "/deaf-2000", 10);
    v8pool_event event;

    v8pool_job_next(job, &event);
    IS_INT(event.kind, V8POOL_END);
    IS_STATUS(event.result, V8POOL_E_TIMEOUT);
    HAS_STR(event.error->message, "did not stop");
    OK(WAIT_UNTIL(pool_stats(pool).running == 0));
    v8pool_job_next(job, &event);
    IS_STATUS(event.result, V8POOL_E_TIMEOUT);
    HAS_STR(event.error->message, "did not stop");
    v8pool_job_release(&job);
    v8pool_destroy(&pool);
}

struct race {
    pthread_t thread;
    unsigned seed;
    unsigned rounds;
    unsigned finished, cut, other, poisoned;
    v8pool_stats stats;
};

/* Renders take so long that they end about when the limit fires: a render that
 * was cut makes the next one shorter, one that was not, longer. */
static void race_once(struct race *race, v8pool *pool, v8pool_bundle *bundle,
                      long *late_us)
{
    char url[32];
    struct reply reply;
    long step = 1 + (long)(rand_r(&race->seed) % 25);

    snprintf(url, sizeof(url), "/late-%ld", *late_us);
    reply_get(&reply, pool, bundle, url, 1 + race->rounds % 2);
    if (reply.status == V8POOL_OK) {
        race->finished++;
        *late_us += step;
    }
    else if (reply.status == V8POOL_E_TIMEOUT) {
        race->cut++;
        *late_us -= *late_us > step ? step : 0;
    }
    else {
        race->other++;
    }
    reply_clear(&reply);
    reply_get(&reply, pool, bundle, "/next", WAIT_MS);
    race->poisoned += reply.status != V8POOL_OK ||
                      strcmp(reply_body(&reply), "/next") != 0;
    reply_clear(&reply);
}

static void *race_main(void *arg)
{
    struct race *race = arg;
    v8pool *pool = pool_of(1);
    v8pool_bundle *bundle = bundle_of(pool, "b", "good");
    long late_us[2] = {950, 1950};

    while (race->rounds < RACES / RACERS) {
        race->rounds++;
        race_once(race, pool, bundle, &late_us[race->rounds % 2]);
    }
    race->stats = pool_stats(pool);
    v8pool_destroy(&pool);
    return NULL;
}

static void test_timeout_race_at_deadline_no_successor_hit(void)
{
    struct race races[RACERS];
    struct race sum;
    int i;

    memset(races, 0, sizeof(races));
    memset(&sum, 0, sizeof(sum));
    for (i = 0; i < RACERS; i++) {
        races[i].seed = 17u + (unsigned)i;
        pthread_create(&races[i].thread, NULL, race_main, &races[i]);
    }
    for (i = 0; i < RACERS; i++) {
        pthread_join(races[i].thread, NULL);
        sum.rounds += races[i].rounds;
        sum.finished += races[i].finished;
        sum.cut += races[i].cut;
        sum.other += races[i].other;
        sum.poisoned += races[i].poisoned;
        sum.stats.timeouts_total += races[i].stats.timeouts_total;
        sum.stats.contexts_rebuilt_total +=
            races[i].stats.contexts_rebuilt_total;
    }
    tap_note("%u finished, %u cut", sum.finished, sum.cut);
    IS_INT(sum.rounds, RACES);
    IS_INT(sum.poisoned, 0);
    IS_INT(sum.other, 0);
    OK(sum.finished > RACES / 50 && sum.cut > RACES / 50);
    IS_INT(sum.stats.timeouts_total, sum.cut);
    IS_INT(sum.stats.contexts_rebuilt_total, sum.cut);
}

static v8pool_status reply_within_cpu(struct reply *reply, v8pool *pool,
                                      const v8pool_bundle *bundle,
                                      const char *url, uint32_t cpu_ms)
{
    v8pool_request request;

    v8pool_request_init(&request);
    request.url = url;
    request.queue_ms = request.timeout_ms = WAIT_MS;
    request.cpu_ms = cpu_ms;
    return reply_send(reply, pool, bundle, &request);
}

static void test_timeout_cpu_limit_ends_what_runs(void)
{
    v8pool *pool = pool_of(1);
    v8pool_bundle *bundle = bundle_of(pool, "b", "good");
    struct reply reply;

    IS_STATUS(reply_within_cpu(&reply, pool, bundle, "/spin", 7), V8POOL_E_CPU);
    IS_STATUS(reply.error.status, V8POOL_E_CPU);
    HAS_STR(reply.error.message, "7 ms");
    IS_STATUS(reply_within_cpu(&reply, pool, bundle, "/a", 1000), V8POOL_OK);
    reply_clear(&reply);
    IS_INT(pool_stats(pool).timeouts_total, 1);
    IS_INT(pool_stats(pool).contexts_rebuilt_total, 1);
    v8pool_destroy(&pool);
}

static void test_timeout_cpu_limit_waiting_costs_nothing(void)
{
    v8pool *pool = pool_of(1);
    v8pool_bundle *bundle = bundle_of(pool, "b", "good");
    struct reply reply;

    IS_STATUS(reply_within_cpu(&reply, pool, bundle, "/wait-300", 100),
              V8POOL_OK);
    reply_clear(&reply);
    v8pool_destroy(&pool);
}

/* A busy machine that does not run the thread is no reason to lose an isolate. */
static void test_timeout_task_that_waits_isolate_kept(void)
{
    v8pool *pool = pool_of(1);
    v8pool_bundle *bundle = bundle_of(pool, "b", "good");

    OK(renders(pool, bundle, "/task-200", "/task-200"));
    OK(renders(pool, bundle, "/after", "/after"));
    IS_INT(pool_stats(pool).isolates_rebuilt_total, 0);
    v8pool_destroy(&pool);
}

static void test_timeout_task_that_runs_isolate_rebuilt(void)
{
    v8pool *pool = pool_of(1);
    v8pool_bundle *bundle = bundle_of(pool, "b", "good");

    OK(renders(pool, bundle, "/task", "/task"));
    OK(renders(pool, bundle, "/after", "/after"));
    IS_INT(pool_stats(pool).isolates_rebuilt_total, 1);
    v8pool_destroy(&pool);
}

TAP_MAIN(RUN(test_timeout_task_that_waits_isolate_kept),
         RUN(test_timeout_task_that_runs_isolate_rebuilt),
         RUN(test_timeout_cpu_limit_ends_what_runs),
         RUN(test_timeout_cpu_limit_waiting_costs_nothing),
         RUN(test_timeout_render_ends_isolate_usable),
         RUN(test_timeout_other_bundles_contexts_kept),
         RUN(test_timeout_plain_failure_context_kept),
         RUN(test_heap_limit_isolate_rebuilt),
         RUN(test_timeout_deaf_engine_asker_leaves),
         RUN(test_timeout_deaf_engine_verdict_stays),
         RUN(test_timeout_race_at_deadline_no_successor_hit))
