/* SPDX-License-Identifier: Apache-2.0
 *
 * test_inline.c: a pool without threads: the caller renders.
 */
#include "fixture.h"

static void test_inline_answers_as_a_pool_with_threads(void)
{
    unsigned threads = thread_count();
    v8pool *pool = pool_of(0);
    v8pool_bundle *bundle = bundle_of(pool, "b", "good");
    struct reply reply;
    v8pool_stats stats;

    OK(WAIT_UNTIL(thread_count() == threads + 1)); /* the watchdog */
    OK(renders(pool, bundle, "/x", "/x"));
    IS_STATUS(reply_get(&reply, pool, bundle, "/throw", 100),
              V8POOL_E_SCRIPT);
    IS_STATUS(reply_get(&reply, pool, bundle, "/decline", 100),
              V8POOL_DECLINED);
    IS_STATUS(reply_get(&reply, pool, bundle, "/spin", 5), V8POOL_E_TIMEOUT);
    OK(renders(pool, bundle, "/y", "/y"));
    IS_STATUS(reply_get(&reply, pool, bundle, "/heap", 100), V8POOL_E_HEAP);
    OK(renders(pool, bundle, "/z", "/z"));
    stats = pool_stats(pool);
    IS_INT(stats.renders_total, 7);
    IS_INT(stats.failures_total, 3);
    IS_INT(stats.contexts_rebuilt_total, 1);
    IS_INT(stats.isolates_rebuilt_total, 1);
    IS_INT(stats.isolates, 1);
    IS_INT(stats.isolates_ready, 1);
    IS_INT(stats.running, 0);
    v8pool_destroy(&pool);
    OK(WAIT_UNTIL(thread_count() == threads));
}

static void test_inline_bad_bundle_refused(void)
{
    v8pool *pool = pool_of(0);
    v8pool_bundle *good;
    v8pool_error err;

    IS_STATUS(bundle_try(pool, "x", "bad", NULL, &err), V8POOL_E_BUNDLE);
    IS_STATUS(bundle_try(pool, "x", "loadmem", NULL, &err), V8POOL_E_HEAP);
    good = bundle_of(pool, "b", "good");
    OK(renders(pool, good, "/x", "/x"));
    v8pool_destroy(&pool);
}

/* Nobody reads beside it: the whole answer is buffered. */
static void test_inline_long_stream_not_stuck(void)
{
    v8pool *pool = pool_of(0);
    v8pool_bundle *bundle = bundle_of(pool, "b", "good");
    struct reply reply;

    IS_STATUS(reply_get(&reply, pool, bundle, "/stream-2000", WAIT_MS),
              V8POOL_OK);
    IS_INT(reply.answer.length, 2000000);
    reply_clear(&reply);
    v8pool_destroy(&pool);
}

struct foreign {
    v8pool *pool;
    v8pool_bundle *bundle;
    v8pool_status render, load;
};

static void *foreign_main(void *arg)
{
    struct foreign *f = arg;
    v8pool_bundle_config config = {"b", NULL, "good", 4, NULL, 0};
    v8pool_bundle *bundle;
    struct reply reply;

    f->render = reply_get(&reply, f->pool, f->bundle, "/x", WAIT_MS);
    f->load = v8pool_bundle_load(f->pool, &config, WAIT_MS, &bundle, NULL);
    return NULL;
}

static void test_inline_wrong_thread_refused(void)
{
    v8pool *pool = pool_of(0);
    struct foreign f = {pool, bundle_of(pool, "b", "good"), V8POOL_OK,
                        V8POOL_OK};
    pthread_t thread;

    pthread_create(&thread, NULL, foreign_main, &f);
    pthread_join(thread, NULL);
    IS_STATUS(f.render, V8POOL_E_ARG);
    IS_STATUS(f.load, V8POOL_E_ARG);
    OK(renders(pool, f.bundle, "/x", "/x"));
    IS_INT(pool_stats(pool).renders_total, 1);
    v8pool_destroy(&pool);
}

static void test_inline_stopped_refuses(void)
{
    v8pool *pool = pool_of(0);
    v8pool_bundle *bundle = bundle_of(pool, "b", "good");
    struct reply reply;
    v8pool_error err;

    IS_STATUS(v8pool_stop(pool, 0), V8POOL_OK);
    IS_STATUS(reply_get(&reply, pool, bundle, "/x", WAIT_MS),
              V8POOL_E_STOPPED);
    IS_STATUS(bundle_try(pool, "late", "good", NULL, &err),
              V8POOL_E_STOPPED);
    IS_STATUS(v8pool_stop(pool, 0), V8POOL_OK);
    v8pool_destroy(&pool);
}

TAP_MAIN(RUN(test_inline_answers_as_a_pool_with_threads),
         RUN(test_inline_bad_bundle_refused),
         RUN(test_inline_long_stream_not_stuck),
         RUN(test_inline_wrong_thread_refused),
         RUN(test_inline_stopped_refuses))
