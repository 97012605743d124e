/* SPDX-License-Identifier: Apache-2.0
 *
 * test_fresh.c: renders that have a context of their own, and the spare
 * contexts that are made for them.  "fragile" is a bundle whose loading the
 * tests hold up or spoil; what still renders then had its context before
 * (engine/fake.c).
 */
#include "fixture.h"

#include "pool.h"

#include <stdio.h>
#include <stdlib.h>

struct fixture {
    struct recorder *log;
    v8pool_config config;
    v8pool *pool;
    v8pool_bundle *bundle;
};

static void open_fixture(struct fixture *f, unsigned isolates)
{
    f->log = recorder_create();
    pool_config(&f->config, isolates, f->log);
    f->config.load_timeout_ms = WAIT_MS;
    f->pool = pool_open(&f->config);
    f->bundle = bundle_of(f->pool, "shop", "fragile");
}

static void close_fixture(struct fixture *f)
{
    v8pool_destroy(&f->pool);
    recorder_destroy(&f->log);
}

static void fresh_request(v8pool_request *request, const char *url)
{
    v8pool_request_init(request);
    request->url = url;
    request->queue_ms = WAIT_MS;
    request->timeout_ms = WAIT_MS;
    request->fresh = 1;
}

static v8pool_status fresh_get(struct fixture *f, const char *url,
                               struct reply *reply)
{
    v8pool_request request;

    fresh_request(&request, url);
    return reply_send(reply, f->pool, f->bundle, &request);
}

static int fresh_renders(struct fixture *f, const char *url, const char *body)
{
    struct reply reply;
    int good = fresh_get(f, url, &reply) == V8POOL_OK &&
               strcmp(reply_body(&reply), body) == 0;

    if (!good) {
        tap_note("  %s: \"%s\", body \"%s\"", url, reply.error.message,
                 reply_body(&reply));
    }
    reply_clear(&reply);
    return good;
}

static v8pool_job *fresh_submit(struct fixture *f, const char *url)
{
    v8pool_request request;
    v8pool_job *job = NULL;

    fresh_request(&request, url);
    (void)v8pool_submit(f->pool, f->bundle, &request, &job);
    return job;
}

/* From another pool, as this one's isolate may be busy.  The body, as a
 * number; -1 = it failed.  No check: it is asked as often as it takes. */
static int ask_engine(const char *url)
{
    v8pool *pool = pool_of(1);
    struct reply reply;
    int number;

    reply_get(&reply, pool, bundle_of(pool, "b", "good"), url, WAIT_MS);
    number = reply.status == V8POOL_OK ? atoi(reply_body(&reply)) : -1;
    reply_clear(&reply);
    v8pool_destroy(&pool);
    return number;
}

/* Without the one of the pool that is asked. */
static int contexts(void)
{
    return ask_engine("/contexts") - 1;
}

/* An isolate writes a line for each context it begins to make. */
static unsigned loads(struct fixture *f)
{
    return recorder_count(f->log, "loading");
}

/* Pre: there is none.  The first render sees to the bundle's own context. */
static void make_spare(struct fixture *f)
{
    unsigned before;

    OK(renders(f->pool, f->bundle, "/a", "/a"));
    before = loads(f);
    OK(fresh_renders(f, "/renders", "1"));
    OK(WAIT_UNTIL(loads(f) == before + 2)); /* the render's is destroyed */
    OK(WAIT_UNTIL(contexts() == 2));
}

static void test_fresh_each_render_has_its_own_context(void)
{
    struct fixture f;
    char count[16];
    int i;

    open_fixture(&f, 1);
    for (i = 1; i <= 20; i++) {
        snprintf(count, sizeof(count), "%d", i);
        OK(fresh_renders(&f, "/renders", "1"));
        OK(renders(f.pool, f.bundle, "/renders", count)); /* the one kept */
    }
    close_fixture(&f);
}

/* While one renders there is that, and the bundle's own. */
static void test_fresh_context_is_destroyed_after_its_render(void)
{
    struct fixture f;
    int i, bad = 0;

    open_fixture(&f, 1);
    for (i = 0; i < 300; i++) {
        bad += !fresh_renders(&f, "/contexts", "2");
    }
    IS_INT(bad, 0);
    OK(WAIT_UNTIL(contexts() == 2));
    close_fixture(&f);
    IS_INT(contexts(), 0);
}

static void test_fresh_spare_is_made_while_idle_and_used(void)
{
    struct fixture f;
    struct reply reply;

    open_fixture(&f, 1);
    make_spare(&f);
    IS_INT(loads(&f), 3);
    ask_engine("/load-bad");
    OK(fresh_renders(&f, "/renders", "1"));
    OK(WAIT_UNTIL(loads(&f) == 4)); /* the next spare, which fails */
    IS_STATUS(fresh_get(&f, "/renders", &reply), V8POOL_E_BUNDLE);
    reply_clear(&reply);
    ask_engine("/load-good");
    make_spare(&f);
    close_fixture(&f);
}

static void test_fresh_none_without_fresh_renders(void)
{
    struct fixture f;

    open_fixture(&f, 1);
    OK(renders(f.pool, f.bundle, "/a", "/a"));
    OK(renders(f.pool, f.bundle, "/contexts", "1"));
    IS_INT(loads(&f), 1);
    close_fixture(&f);
}

/* Making one would hold it up: as it would here, until it is told. */
static void test_fresh_spare_after_renders_that_wait(void)
{
    struct fixture f;
    v8pool_job *first, *second;

    open_fixture(&f, 1);
    first = fresh_submit(&f, "/spin");
    OK(WAIT_UNTIL(pool_stats(f.pool).running == 1));
    second = submit(f.pool, f.bundle, "/renders", WAIT_MS);
    ask_engine("/load-wait");
    v8pool_job_release(&first);
    IS_STATUS(finish(&second), V8POOL_OK);
    OK(WAIT_UNTIL(loads(&f) == 3));
    ask_engine("/load-good");
    OK(WAIT_UNTIL(contexts() == 2));
    close_fixture(&f);
}

/* Its asker leaves while the context is made: it is the next one's. */
static void test_fresh_given_up_leaves_a_spare(void)
{
    struct fixture f;
    v8pool_job *job;

    open_fixture(&f, 1);
    ask_engine("/load-wait");
    job = fresh_submit(&f, "/x");
    OK(WAIT_UNTIL(loads(&f) == 2));
    v8pool_job_release(&job);
    ask_engine("/load-good");
    OK(renders(f.pool, f.bundle, "/renders", "1")); /* that is behind us */
    ask_engine("/load-bad");
    OK(fresh_renders(&f, "/renders", "1"));
    ask_engine("/load-good");
    close_fixture(&f);
    IS_INT(contexts(), 0);
}

static void test_fresh_failed_load_fails_that_render_alone(void)
{
    struct fixture f;
    struct reply reply;

    open_fixture(&f, 1);
    ask_engine("/load-bad");
    IS_STATUS(fresh_get(&f, "/x", &reply), V8POOL_E_BUNDLE);
    IS_STR(reply.error.message, "broken");
    reply_clear(&reply);
    OK(renders(f.pool, f.bundle, "/renders", "1"));
    IS_INT(recorder_count(f.log, "broken"), 0); /* the asker says it */
    IS_INT(pool_stats(f.pool).failures_total, 1);
    ask_engine("/load-good");
    OK(fresh_renders(&f, "/renders", "1"));
    OK(renders(f.pool, f.bundle, "/renders", "2"));
    close_fixture(&f);
}

static void test_fresh_load_has_its_own_limit(void)
{
    struct fixture f;
    struct reply reply;

    f.log = recorder_create();
    pool_config(&f.config, 1, f.log);
    f.config.load_timeout_ms = 300;
    f.pool = pool_open(&f.config);
    f.bundle = bundle_of(f.pool, "shop", "fragile");
    ask_engine("/load-wait");
    IS_STATUS(fresh_get(&f, "/x", &reply), V8POOL_E_TIMEOUT);
    HAS_STR(reply.error.message, "still being evaluated after 300 ms");
    reply_clear(&reply);
    ask_engine("/load-good");
    OK(fresh_renders(&f, "/renders", "1"));
    OK(renders(f.pool, f.bundle, "/renders", "1"));
    close_fixture(&f);
}

/* For a render, which is given a second isolate and leaves a third, then for a
 * spare: the isolate is made anew. */
static void test_fresh_load_at_heap_limit_rebuilds_isolate(void)
{
    struct fixture f;
    struct reply reply;

    open_fixture(&f, 1);
    ask_engine("/load-heap");
    IS_STATUS(fresh_get(&f, "/x", &reply), V8POOL_E_HEAP);
    reply_clear(&reply);
    OK(WAIT_UNTIL(pool_stats(f.pool).isolates_rebuilt_total == 2));
    ask_engine("/load-good");
    make_spare(&f);
    ask_engine("/load-heap");
    OK(fresh_renders(&f, "/renders", "1")); /* the spare; the next one fails */
    OK(WAIT_UNTIL(pool_stats(f.pool).isolates_rebuilt_total == 4));
    ask_engine("/load-good");
    OK(fresh_renders(&f, "/renders", "1"));
    close_fixture(&f);
    IS_INT(contexts(), 0);
}

/* The bundle's own context has no part in it. */
static void test_fresh_ended_by_force_leaves_the_kept_context(void)
{
    struct fixture f;
    struct reply reply;
    v8pool_request request;

    open_fixture(&f, 1);
    OK(renders(f.pool, f.bundle, "/renders", "1"));
    fresh_request(&request, "/spin");
    request.timeout_ms = 5;
    IS_STATUS(reply_send(&reply, f.pool, f.bundle, &request), V8POOL_E_TIMEOUT);
    reply_clear(&reply);
    OK(fresh_renders(&f, "/renders", "1"));
    OK(renders(f.pool, f.bundle, "/renders", "2"));
    IS_INT(pool_stats(f.pool).contexts_rebuilt_total, 0);
    IS_INT(pool_stats(f.pool).isolates_rebuilt_total, 0);
    close_fixture(&f);
}

static void test_fresh_heap_limit_rebuilds_isolate(void)
{
    struct fixture f;
    struct reply reply;

    open_fixture(&f, 1);
    make_spare(&f);
    IS_STATUS(fresh_get(&f, "/heap", &reply), V8POOL_E_HEAP);
    reply_clear(&reply);
    OK(WAIT_UNTIL(pool_stats(f.pool).isolates_rebuilt_total == 1));
    OK(fresh_renders(&f, "/renders", "1"));
    OK(renders(f.pool, f.bundle, "/renders", "1"));
    OK(WAIT_UNTIL(contexts() == 2));
    close_fixture(&f);
}

static void test_fresh_stop_destroys_spares(void)
{
    struct fixture f;

    open_fixture(&f, 1);
    make_spare(&f);
    IS_STATUS(v8pool_stop(f.pool, WAIT_MS), V8POOL_OK);
    IS_INT(contexts(), 0);
    close_fixture(&f);
}

static void test_fresh_stop_while_a_spare_is_made(void)
{
    struct fixture f;

    open_fixture(&f, 1);
    OK(fresh_renders(&f, "/load-wait", "/load-wait"));
    OK(WAIT_UNTIL(loads(&f) == 3));
    IS_STATUS(v8pool_stop(f.pool, 0), V8POOL_OK);
    IS_INT(contexts(), 0);
    ask_engine("/load-good");
    close_fixture(&f);
}

static void test_fresh_recycled_isolate_takes_its_spares_along(void)
{
    struct fixture f;
    int round;

    f.log = recorder_create();
    pool_config(&f.config, 1, f.log);
    f.config.recycle_renders = 3;
    f.pool = pool_open(&f.config);
    f.bundle = bundle_of(f.pool, "shop", "good");
    for (round = 1; round <= 3; round++) {
        make_spare(&f);
        OK(fresh_renders(&f, "/renders", "1"));
        OK(WAIT_UNTIL(pool_stats(f.pool).isolates_recycled_total ==
                      (unsigned)round));
        OK(WAIT_UNTIL(contexts() == 1));
    }
    close_fixture(&f);
    IS_INT(contexts(), 0);
}

static int somebody_is_idle(v8pool *pool)
{
    int idle;

    pthread_mutex_lock(&pool->mtx);
    idle = pool->idle != NULL;
    pthread_mutex_unlock(&pool->mtx);
    return idle;
}

/* The first isolate is replaced amid a render and leaves without its spare,
 * which the one that has its slot next does not owe. */
static void test_fresh_recycled_isolate_leaves_no_spare_due(void)
{
    struct fixture f;
    v8pool_job *first, *second;

    f.log = recorder_create();
    pool_config(&f.config, 1, f.log);
    f.config.recycle_renders = 1;
    f.pool = pool_open(&f.config);
    f.bundle = bundle_of(f.pool, "shop", "fragile");
    first = fresh_submit(&f, "/spin");
    OK(WAIT_UNTIL(pool_stats(f.pool).running == 1));
    second = submit(f.pool, f.bundle, "/spin", WAIT_MS);
    ask_engine("/load-wait"); /* the replacement does, too */
    v8pool_job_release(&first);
    OK(WAIT_UNTIL(loads(&f) == 3 && pool_stats(f.pool).queued == 0));
    ask_engine("/load-good");
    OK(WAIT_UNTIL(pool_stats(f.pool).isolates_recycled_total == 1));
    v8pool_job_release(&second);
    OK(WAIT_UNTIL(contexts() == 1));
    OK(renders(f.pool, f.bundle, "/x", "/x"));
    OK(WAIT_UNTIL(pool_stats(f.pool).isolates_recycled_total == 2));
    OK(WAIT_UNTIL(somebody_is_idle(f.pool)));
    /* three isolates, the first render, a context that was ended by force */
    IS_INT(loads(&f), 5);
    close_fixture(&f);
}

/* Nobody is idle there: each render makes its own. */
static void test_fresh_on_the_calling_thread(void)
{
    struct fixture f;
    int i;

    open_fixture(&f, 0);
    for (i = 0; i < 5; i++) {
        OK(fresh_renders(&f, "/renders", "1"));
    }
    IS_INT(contexts(), 1);
    IS_INT(loads(&f), 6);
    close_fixture(&f);
    IS_INT(contexts(), 0);
}

/* Two bundles and more askers than isolates: what is left is bounded. */
static void test_fresh_many_at_once(void)
{
    enum { JOBS = 400 };
    static v8pool_job *jobs[JOBS];
    struct fixture f;
    v8pool_bundle *other;
    int i, bad = 0;

    open_fixture(&f, 2);
    other = bundle_of(f.pool, "other", "good");
    for (i = 0; i < JOBS; i++) {
        v8pool_request request;

        fresh_request(&request, "/renders");
        request.fresh = i % 3 != 0;
        (void)v8pool_submit(f.pool, i % 2 ? other : f.bundle, &request,
                            &jobs[i]);
    }
    for (i = 0; i < JOBS; i++) {
        bad += jobs[i] == NULL || finish(&jobs[i]) != V8POOL_OK;
    }
    IS_INT(bad, 0);
    OK(contexts() <= 2 * (2 + 2 + 1)); /* kept, spares, one at work */
    close_fixture(&f);
    IS_INT(contexts(), 0);
}

TAP_MAIN(RUN(test_fresh_each_render_has_its_own_context),
         RUN(test_fresh_context_is_destroyed_after_its_render),
         RUN(test_fresh_spare_is_made_while_idle_and_used),
         RUN(test_fresh_none_without_fresh_renders),
         RUN(test_fresh_spare_after_renders_that_wait),
         RUN(test_fresh_given_up_leaves_a_spare),
         RUN(test_fresh_failed_load_fails_that_render_alone),
         RUN(test_fresh_load_has_its_own_limit),
         RUN(test_fresh_load_at_heap_limit_rebuilds_isolate),
         RUN(test_fresh_ended_by_force_leaves_the_kept_context),
         RUN(test_fresh_heap_limit_rebuilds_isolate),
         RUN(test_fresh_stop_destroys_spares),
         RUN(test_fresh_stop_while_a_spare_is_made),
         RUN(test_fresh_recycled_isolate_takes_its_spares_along),
         RUN(test_fresh_recycled_isolate_leaves_no_spare_due),
         RUN(test_fresh_on_the_calling_thread),
         RUN(test_fresh_many_at_once))
