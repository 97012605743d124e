/* SPDX-License-Identifier: Apache-2.0
 *
 * test_ready.c: waiting until a pool renders at once, and warming all of it.
 */
#include "fixture.h"

#include "inside.h"

#define WORKERS 4

static v8pool *pool_with_limit(uint32_t load_timeout_ms)
{
    v8pool_config config;

    pool_config(&config, WORKERS, NULL);
    config.load_timeout_ms = load_timeout_ms;
    return pool_open(&config);
}

static void start_loading(v8pool *pool, const char *source)
{
    v8pool_bundle_config config = {source, NULL, source, strlen(source),
                                   NULL, 0};
    v8pool_bundle *bundle = NULL;

    IS_STATUS(v8pool_bundle_load(pool, &config, 0, &bundle, NULL), V8POOL_OK);
}

static void test_ready_no_bundle_isolates_up(void)
{
    v8pool *pool = pool_of(WORKERS);

    IS_STATUS(v8pool_wait_ready(pool, WAIT_MS), V8POOL_OK);
    IS_INT(pool_stats(pool).isolates_ready, WORKERS);
    v8pool_destroy(&pool);
}

static void test_ready_bundles_every_isolate_has_them(void)
{
    v8pool *pool = pool_with_limit(200);

    start_loading(pool, "good");
    start_loading(pool, "slow"); /* 200 ms, then given up */
    start_loading(pool, "bad");
    IS_STATUS(v8pool_wait_ready(pool, WAIT_MS), V8POOL_OK);
    IS_INT(pool_stats(pool).isolates_ready, WORKERS);
    v8pool_destroy(&pool);
}

static void test_ready_wait_over_says_so(void)
{
    v8pool *pool = pool_with_limit(WAIT_MS);

    start_loading(pool, "slow");
    IS_STATUS(v8pool_wait_ready(pool, 20), V8POOL_E_TIMEOUT);
    IS_STATUS(v8pool_wait_ready(pool, 0), V8POOL_E_TIMEOUT);
    v8pool_destroy(&pool);
}

static void *stop_soon(void *pool)
{
    usleep(20000);
    v8pool_stop(pool, 0);
    return NULL;
}

static void test_ready_stop_ends_the_wait(void)
{
    v8pool *pool = pool_with_limit(WAIT_MS);
    pthread_t thread;

    start_loading(pool, "slow");
    pthread_create(&thread, NULL, stop_soon, pool);
    IS_STATUS(v8pool_wait_ready(pool, WAIT_MS), V8POOL_E_STOPPED);
    pthread_join(thread, NULL);
    IS_STATUS(v8pool_wait_ready(pool, WAIT_MS), V8POOL_E_STOPPED);
    v8pool_destroy(&pool);
}

static void test_ready_inline_at_once(void)
{
    v8pool *pool = pool_of(0);

    IS_STATUS(v8pool_wait_ready(pool, 0), V8POOL_OK);
    v8pool_destroy(&pool);
}

/* One after another, as a warm-up with concurrency 1. */
static void render_spread(v8pool *pool, v8pool_bundle *bundle)
{
    v8pool_request request;
    struct reply reply;

    v8pool_request_init(&request);
    request.spread = 1;
    OK(WAIT_UNTIL(idle_workers(pool) == WORKERS));
    IS_STATUS(reply_send(&reply, pool, bundle, &request), V8POOL_OK);
    reply_clear(&reply);
}

static void test_ready_spread_renders_reach_every_isolate(void)
{
    v8pool *pool = pool_of(WORKERS);
    v8pool_bundle *bundle = bundle_of(pool, "good", "good");
    int i;

    for (i = 0; i < 2 * WORKERS; i++) {
        render_spread(pool, bundle);
    }
    OK(WAIT_UNTIL(idle_workers(pool) == WORKERS)); /* have counted it */
    v8pool_stop(pool, 0); /* their threads are gone: their fields are ours */
    for (i = 0; i < WORKERS; i++) {
        IS_INT(pool->workers[i].renders, 2);
    }
    v8pool_destroy(&pool);
}

TAP_MAIN(RUN(test_ready_no_bundle_isolates_up),
         RUN(test_ready_bundles_every_isolate_has_them),
         RUN(test_ready_wait_over_says_so),
         RUN(test_ready_stop_ends_the_wait),
         RUN(test_ready_inline_at_once),
         RUN(test_ready_spread_renders_reach_every_isolate))
