/* SPDX-License-Identifier: Apache-2.0
 *
 * test_stuck.c: calls that the engine does not end (v8-rules a8, a9): who is
 * told, of what, and how often.
 */
#include "fixture.h"
#include "inside.h"

#include <stdatomic.h>
#include <stdio.h>

struct told {
    atomic_uint count;
    char bundle[64], url[64]; /* of the first; read once it is counted */
    unsigned after_ms, lost, isolates;
    unsigned most_lost;
};

static void note_stuck(void *baton, const v8pool_stuck *stuck)
{
    struct told *told = baton;

    if (atomic_load(&told->count) == 0) {
        snprintf(told->bundle, sizeof(told->bundle), "%s", stuck->bundle);
        snprintf(told->url, sizeof(told->url), "%s", stuck->url);
        told->after_ms = stuck->after_ms;
        told->lost = stuck->lost;
        told->isolates = stuck->isolates;
    }
    if (stuck->lost > told->most_lost) {
        told->most_lost = stuck->lost;
    }
    atomic_fetch_add(&told->count, 1);
}

static v8pool *open_pool(struct told *told, unsigned isolates,
                         uint32_t stuck_ms)
{
    v8pool_config config;

    memset(told, 0, sizeof(*told));
    pool_config(&config, isolates, NULL);
    config.guard.stuck_ms = stuck_ms;
    config.guard.stuck = note_stuck;
    config.guard.baton = told;
    return pool_open(&config);
}

/* It comes back in the end: a pool that is destroyed before leaks its thread. */
static void close_pool(v8pool **pool)
{
    OK(WAIT_UNTIL(pool_stats(*pool).running == 0));
    v8pool_destroy(pool);
}

static void test_stuck_render_told_once_with_its_url(void)
{
    struct told told;
    v8pool *pool = open_pool(&told, 2, 30);
    v8pool_bundle *bundle = bundle_of(pool, "b", "good");
    v8pool_job *job = submit(pool, bundle, "/deaf-700", 20);

    OK(WAIT_UNTIL(atomic_load(&told.count) == 1));
    IS_STR(told.bundle, "b");
    IS_STR(told.url, "/deaf-700");
    IS_INT(told.after_ms, 30);
    IS_INT(told.lost, 1);
    IS_INT(told.isolates, 2);
    OK(renders(pool, bundle, "/other", "/other")); /* there is another one */
    IS_STATUS(finish(&job), V8POOL_E_TIMEOUT);
    OK(WAIT_UNTIL(pool_stats(pool).running == 0));
    IS_INT(atomic_load(&told.count), 1);
    v8pool_destroy(&pool);
}

static void test_stuck_isolates_counted_together(void)
{
    struct told told;
    v8pool *pool = open_pool(&told, 2, 30);
    v8pool_bundle *bundle = bundle_of(pool, "b", "good");
    v8pool_job *one = submit(pool, bundle, "/deaf-4000", 20);
    v8pool_job *two = submit(pool, bundle, "/deaf-4000", 20);

    OK(WAIT_UNTIL(atomic_load(&told.count) == 2));
    IS_INT(told.most_lost, 2);
    finish(&one);
    finish(&two);
    close_pool(&pool);
}

/* A client that left is no reason to think the isolate is well. */
static void test_stuck_given_up_by_its_asker_told(void)
{
    struct told told;
    v8pool *pool = open_pool(&told, 1, 30);
    v8pool_bundle *bundle = bundle_of(pool, "b", "good");
    v8pool_job *job = submit(pool, bundle, "/deaf-5000", WAIT_MS);

    OK(WAIT_UNTIL(pool_stats(pool).running == 1));
    v8pool_job_release(&job);
    OK(WAIT_UNTIL(atomic_load(&told.count) == 1));
    IS_STR(told.url, "/deaf-5000");
    close_pool(&pool);
}

static void test_stuck_ends_in_time_nobody_told(void)
{
    struct told told;
    v8pool *pool = open_pool(&told, 1, 60000);
    v8pool_bundle *bundle = bundle_of(pool, "b", "good");
    v8pool_job *job = submit(pool, bundle, "/deaf-300", 20);

    IS_STATUS(finish(&job), V8POOL_E_TIMEOUT);
    OK(renders(pool, bundle, "/after", "/after"));
    close_pool(&pool);
    IS_INT(atomic_load(&told.count), 0);

    pool = open_pool(&told, 1, 0); /* never */
    bundle = bundle_of(pool, "b", "good");
    job = submit(pool, bundle, "/deaf-300", 20);
    IS_STATUS(finish(&job), V8POOL_E_TIMEOUT);
    close_pool(&pool);
    IS_INT(atomic_load(&told.count), 0);
}

/* The limit of processor time may lie far before that of the wall clock. */
static void test_stuck_at_the_cpu_limit_asker_leaves(void)
{
    struct told told;
    v8pool *pool = open_pool(&told, 1, 100);
    v8pool_bundle *bundle = bundle_of(pool, "b", "good");
    v8pool_request request;
    struct reply reply;

    v8pool_request_init(&request);
    request.url = "/deaf-4000";
    request.timeout_ms = WAIT_MS;
    request.cpu_ms = 20;
    IS_STATUS(reply_send(&reply, pool, bundle, &request), V8POOL_E_CPU);
    HAS_STR(reply.error.message, "did not stop within 1000 ms");
    HAS_STR(reply.error.message, "20 ms");
    IS_INT(pool_stats(pool).running, 1); /* it is in there yet */
    reply_clear(&reply);
    IS_INT(atomic_load(&told.count), 1);
    close_pool(&pool);
}

/* Four wait in two isolates when a fifth does not end in one of them. */
static void test_stuck_others_in_its_isolate_are_lost(void)
{
    struct told told;
    v8pool *pool = open_pool(&told, 2, 60000);
    v8pool_bundle *bundle = bundle_of(pool, "b", "good");
    v8pool_job *waits[4], *deaf;
    unsigned i, lost = 0;

    for (i = 0; i < 4; i++) {
        waits[i] = submit(pool, bundle, "/never", WAIT_MS);
        OK(WAIT_UNTIL(pool_stats(pool).running == i + 1));
    }
    deaf = submit(pool, bundle, "/deaf-4000", 20);
    OK(WAIT_UNTIL(pool_stats(pool).running == 5));
    for (i = 0; i < 4; i++) {
        if (slot_of(waits[i]) == slot_of(deaf)) {
            OK(WAIT_UNTIL(v8pool_job_is_lost(waits[i])));
            lost++;
        }
    }
    for (i = 0; i < 4; i++) {
        OK(slot_of(waits[i]) == slot_of(deaf) || !v8pool_job_is_lost(waits[i]));
    }
    OK(lost > 0 && lost < 4);
    OK(!v8pool_job_is_lost(deaf));
    for (i = 0; i < 4; i++) {
        v8pool_job_release(&waits[i]);
    }
    finish(&deaf);
    close_pool(&pool);
}

static void test_stuck_alone_nobody_is_lost(void)
{
    struct told told;
    v8pool *pool = open_pool(&told, 1, 1100);
    v8pool_bundle *bundle = bundle_of(pool, "b", "good");
    v8pool_job *waits = submit(pool, bundle, "/never", WAIT_MS);
    v8pool_job *deaf;

    OK(WAIT_UNTIL(pool_stats(pool).running == 1));
    deaf = submit(pool, bundle, "/deaf-2500", 20);
    OK(WAIT_UNTIL(atomic_load(&told.count) == 1));
    OK(!v8pool_job_is_lost(waits)); /* where would it go? */
    v8pool_job_release(&waits);
    finish(&deaf);
    close_pool(&pool);
}

TAP_MAIN(RUN(test_stuck_render_told_once_with_its_url),
         RUN(test_stuck_isolates_counted_together),
         RUN(test_stuck_given_up_by_its_asker_told),
         RUN(test_stuck_ends_in_time_nobody_told),
         RUN(test_stuck_at_the_cpu_limit_asker_leaves),
         RUN(test_stuck_others_in_its_isolate_are_lost),
         RUN(test_stuck_alone_nobody_is_lost))
