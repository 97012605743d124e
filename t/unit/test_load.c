/* SPDX-License-Identifier: Apache-2.0
 *
 * test_load.c: bundles that load, that do not, and when.
 */
#include "fixture.h"

#include "pool.h"

#define WORKERS 4

struct fixture {
    struct recorder *log;
    v8pool *pool;
};

static void open_fixture(struct fixture *f, unsigned isolates,
                         uint32_t load_timeout_ms)
{
    v8pool_config config;

    f->log = recorder_create();
    pool_config(&config, isolates, f->log);
    config.load_timeout_ms = load_timeout_ms;
    f->pool = pool_open(&config);
}

static void close_fixture(struct fixture *f)
{
    v8pool_destroy(&f->pool);
    recorder_destroy(&f->log);
}

/* Loads without waiting for the workers. */
static v8pool_bundle *start_loading(v8pool *pool, const char *source)
{
    v8pool_bundle_config config = {source, NULL, source, strlen(source),
                                   NULL, 0};
    v8pool_bundle *bundle = NULL;

    IS_STATUS(v8pool_bundle_load(pool, &config, 0, &bundle, NULL), V8POOL_OK);
    return bundle;
}

static unsigned errors_logged(struct recorder *log, const char *text)
{
    unsigned n = recorder_count(log, text);
    const struct logged *line = recorder_find(log, text);

    return line != NULL && line->has_error &&
                   line->level == V8POOL_LOG_ERROR
               ? n
               : 0;
}

static void test_load_bad_reported_once(void)
{
    struct fixture f;
    v8pool_error err;

    open_fixture(&f, WORKERS, 10000);
    IS_STATUS(bundle_try(f.pool, "shop", "bad", NULL, &err), V8POOL_E_BUNDLE);
    IS_STR(err.message, "bad script");
    OK(WAIT_UNTIL(pool_stats(f.pool).isolates_ready == WORKERS));
    v8pool_stop(f.pool, WAIT_MS);
    IS_INT(errors_logged(f.log, "bad script"), 1);
    IS_STR(recorder_find(f.log, "bad script")->bundle, "shop");
    IS_STATUS(recorder_find(f.log, "bad script")->error.status,
              V8POOL_E_BUNDLE);
    close_fixture(&f);
}

static void test_load_bad_given_up_not_tried_again(void)
{
    struct fixture f;
    v8pool_bundle *bundle;
    unsigned tried;
    int i, other = 0;

    open_fixture(&f, WORKERS, 10000);
    bundle = start_loading(f.pool, "bad");
    OK(WAIT_UNTIL(pool_stats(f.pool).isolates_ready == WORKERS));
    OK(WAIT_UNTIL(errors_logged(f.log, "bad script") == 1));
    tried = recorder_count(f.log, "loading");
    for (i = 0; i < 50; i++) {
        struct reply reply;

        reply_get(&reply, f.pool, bundle, "/x", WAIT_MS);
        other += reply.status != V8POOL_E_BUNDLE ||
                 strcmp(reply.error.message, "bad script") != 0 ||
                 reply.error.status != V8POOL_E_BUNDLE;
    }
    IS_INT(other, 0);
    IS_INT(recorder_count(f.log, "loading"), tried);
    IS_INT(pool_stats(f.pool).renders_total, 50);
    IS_INT(pool_stats(f.pool).failures_total, 50);
    close_fixture(&f);
}

static void test_load_bad_others_served(void)
{
    struct fixture f;
    v8pool_bundle *good;
    v8pool_error err;

    open_fixture(&f, 2, 10000);
    IS_STATUS(bundle_try(f.pool, "x", "bad", NULL, &err), V8POOL_E_BUNDLE);
    good = bundle_of(f.pool, "good", "good");
    OK(renders(f.pool, good, "/x", "/x"));
    close_fixture(&f);
}

static void test_load_slow_terminated(void)
{
    struct fixture f;
    v8pool_bundle *slow, *good;
    v8pool_error err;
    struct reply reply;

    open_fixture(&f, 2, 20);
    IS_STATUS(bundle_try(f.pool, "slow", "slow", NULL, &err),
              V8POOL_E_TIMEOUT);
    HAS_STR(err.message, "20 ms");
    slow = start_loading(f.pool, "slow");
    IS_STATUS(reply_get(&reply, f.pool, slow, "/x", WAIT_MS),
              V8POOL_E_BUNDLE);
    HAS_STR(reply.error.message, "20 ms");
    good = bundle_of(f.pool, "good", "good");
    OK(renders(f.pool, good, "/x", "/x"));
    close_fixture(&f);
}

/* All are at it at once: none knows yet that it fails. */
static void test_load_slow_everywhere_reported_once(void)
{
    struct fixture f;

    open_fixture(&f, WORKERS, 1000);
    (void)bundle_of(f.pool, "good", "good"); /* the isolates are up */
    start_loading(f.pool, "slow");
    OK(WAIT_UNTIL(recorder_count(f.log, "loading") == 2 * WORKERS));
    OK(WAIT_UNTIL(errors_logged(f.log, "1000 ms") > 0));
    v8pool_stop(f.pool, WAIT_MS);
    IS_INT(errors_logged(f.log, "1000 ms"), 1);
    close_fixture(&f);
}

static void test_load_wait_over_before_load_says_so(void)
{
    struct fixture f;
    v8pool_bundle_config config = {"slow", NULL, "slow", 4, NULL, 0};
    v8pool_bundle *bundle = (v8pool_bundle *)&f;
    v8pool_error err;

    open_fixture(&f, 2, 60000);
    IS_STATUS(v8pool_bundle_load(f.pool, &config, 20, &bundle, &err),
              V8POOL_E_TIMEOUT);
    OK(bundle == NULL);
    HAS_STR(err.message, "0 of 2");
    close_fixture(&f);
}

/* A bundle that fills the heap as it loads takes the isolate with it, not the
 * worker: it is rebuilt once, without that bundle. */
static void test_load_heap_limit_does_not_recurse(void)
{
    struct fixture f;
    v8pool_bundle *good;
    v8pool_error err;
    v8pool_stats stats;

    open_fixture(&f, 1, 10000);
    good = bundle_of(f.pool, "good", "good");
    IS_STATUS(bundle_try(f.pool, "m", "loadmem", NULL, &err), V8POOL_E_HEAP);
    OK(renders(f.pool, good, "/x", "/x"));
    stats = pool_stats(f.pool);
    IS_INT(stats.isolates_rebuilt_total, 1);
    IS_INT(errors_logged(f.log, "heap limit"), 1);
    IS_INT(stats.failures_total, 0);
    close_fixture(&f);
}

static void test_load_heap_limit_renders_get_bundle_error(void)
{
    struct fixture f;
    v8pool_bundle *bundle;
    struct reply reply;
    int i;

    open_fixture(&f, 2, 10000);
    bundle = start_loading(f.pool, "loadmem");
    OK(WAIT_UNTIL(errors_logged(f.log, "heap limit") == 1));
    for (i = 0; i < 10; i++) {
        IS_STATUS(reply_get(&reply, f.pool, bundle, "/x", WAIT_MS),
                  V8POOL_E_BUNDLE);
    }
    OK(pool_stats(f.pool).isolates_rebuilt_total <= 2);
    close_fixture(&f);
}

static unsigned successes(v8pool *pool, v8pool_bundle *bundle)
{
    unsigned n;

    pthread_mutex_lock(&pool->mtx);
    n = bundle->successes;
    pthread_mutex_unlock(&pool->mtx);
    return n;
}

static void test_load_later_idle_workers_all_get_it(void)
{
    struct fixture f;
    v8pool_bundle *first, *second;

    open_fixture(&f, WORKERS, 10000);
    first = bundle_of(f.pool, "first", "good");
    OK(WAIT_UNTIL(pool_stats(f.pool).isolates_ready == WORKERS));
    second = bundle_of(f.pool, "second", "good");
    IS_INT(successes(f.pool, second), WORKERS);
    OK(renders(f.pool, first, "/x", "/x"));
    OK(renders(f.pool, second, "/x", "/x"));
    IS_STR(v8pool_bundle_name(second), "second");
    close_fixture(&f);
}

/* Some spin when it comes; they take it before their next render. */
static void test_load_later_busy_workers_get_it_after(void)
{
    struct fixture f;
    v8pool_bundle *first, *second;
    v8pool_job *jobs[WORKERS];
    int i;

    open_fixture(&f, WORKERS, 10000);
    first = bundle_of(f.pool, "first", "good");
    for (i = 0; i < WORKERS; i++) {
        jobs[i] = submit(f.pool, first, "/spin", WAIT_MS);
    }
    OK(WAIT_UNTIL(pool_stats(f.pool).running == WORKERS));
    second = start_loading(f.pool, "good");
    IS_INT(successes(f.pool, second), 0);
    for (i = 0; i < WORKERS; i++) {
        v8pool_job_release(&jobs[i]);
    }
    OK(WAIT_UNTIL(successes(f.pool, second) == WORKERS));
    OK(renders(f.pool, second, "/x", "/x"));
    close_fixture(&f);
}

/* Ready: up, and done with every bundle there is. */
static void test_load_ready_counts_isolates_that_are(void)
{
    struct fixture f;
    v8pool_bundle *good;
    v8pool_job *job;

    open_fixture(&f, 2, 200);
    OK(WAIT_UNTIL(pool_stats(f.pool).isolates_ready == 2));
    good = bundle_of(f.pool, "good", "good");
    OK(WAIT_UNTIL(pool_stats(f.pool).isolates_ready == 2));
    job = submit(f.pool, good, "/spin", UINT32_MAX);
    OK(WAIT_UNTIL(pool_stats(f.pool).running == 1));
    start_loading(f.pool, "good");
    OK(WAIT_UNTIL(pool_stats(f.pool).isolates_ready == 1));
    v8pool_job_release(&job);
    OK(WAIT_UNTIL(pool_stats(f.pool).isolates_ready == 2));
    close_fixture(&f);
    open_fixture(&f, 0, 200);
    IS_INT(pool_stats(f.pool).isolates_ready, 1);
    close_fixture(&f);
}

static void test_load_ready_not_between_two_loads(void)
{
    struct fixture f;

    open_fixture(&f, 1, 800);
    start_loading(f.pool, "slow");
    OK(WAIT_UNTIL(recorder_count(f.log, "loading") == 1));
    start_loading(f.pool, "slow");
    OK(WAIT_UNTIL(recorder_count(f.log, "loading") == 2));
    IS_INT(pool_stats(f.pool).isolates_ready, 0);
    OK(WAIT_UNTIL(pool_stats(f.pool).isolates_ready == 1));
    close_fixture(&f);
}

static void test_load_many_bundles_all_render(void)
{
    struct fixture f;
    v8pool_bundle *bundles[40];
    int i, bad = 0;

    open_fixture(&f, 2, 10000);
    for (i = 0; i < 40; i++) {
        bundles[i] = start_loading(f.pool, "good");
    }
    for (i = 39; i >= 0; i--) {
        bad += !renders(f.pool, bundles[i], "/x", "/x");
    }
    IS_INT(bad, 0);
    close_fixture(&f);
}


static void test_load_stopped_pool_refuses(void)
{
    struct fixture f;
    v8pool_error err;

    open_fixture(&f, 1, 10000);
    IS_STATUS(v8pool_stop(f.pool, 0), V8POOL_OK);
    IS_STATUS(bundle_try(f.pool, "late", "good", NULL, &err),
              V8POOL_E_STOPPED);
    IS_STATUS(err.status, V8POOL_E_STOPPED);
    close_fixture(&f);
}

TAP_MAIN(RUN(test_load_bad_reported_once),
         RUN(test_load_bad_given_up_not_tried_again),
         RUN(test_load_bad_others_served),
         RUN(test_load_slow_terminated),
         RUN(test_load_slow_everywhere_reported_once),
         RUN(test_load_wait_over_before_load_says_so),
         RUN(test_load_heap_limit_does_not_recurse),
         RUN(test_load_heap_limit_renders_get_bundle_error),
         RUN(test_load_later_idle_workers_all_get_it),
         RUN(test_load_later_busy_workers_get_it_after),
         RUN(test_load_ready_counts_isolates_that_are),
         RUN(test_load_ready_not_between_two_loads),
         RUN(test_load_many_bundles_all_render),
         RUN(test_load_stopped_pool_refuses))
