/* SPDX-License-Identifier: Apache-2.0
 *
 * test_recycle.c: isolates that are replaced while the pool works.  "fragile"
 * is a bundle whose loading the tests hold up or spoil (engine/fake.c).  More
 * in test_stop.c and test_stress.c.
 */
#include "fixture.h"

#include "clock.h"
#include "pool.h"

struct fixture {
    struct recorder *log;
    v8pool_config config;
    v8pool *pool;
    v8pool_bundle *bundle;
    unsigned threads; /* of the program, without the pool */
};

static void open_fixture(struct fixture *f, unsigned isolates,
                         uint64_t recycle_renders, const char *source)
{
    f->threads = thread_count();
    f->log = recorder_create();
    pool_config(&f->config, isolates, f->log);
    f->config.recycle_renders = recycle_renders;
    f->config.load_timeout_ms = WAIT_MS;
    f->pool = pool_open(&f->config);
    f->bundle = bundle_of(f->pool, "shop", source);
    OK(WAIT_UNTIL(pool_stats(f->pool).isolates_ready == isolates));
}

/* Without a bundle. */
static void open_aging_fixture(struct fixture *f, unsigned isolates,
                               uint32_t recycle_ms)
{
    f->threads = thread_count();
    f->log = recorder_create();
    pool_config(&f->config, isolates, f->log);
    f->config.recycle_ms = recycle_ms;
    f->pool = pool_open(&f->config);
}

static void close_fixture(struct fixture *f)
{
    v8pool_destroy(&f->pool);
    OK(WAIT_UNTIL(thread_count() == f->threads));
    recorder_destroy(&f->log);
}

/* From another pool, as this one's isolates may be busy. */
static void tell_engine(const char *url)
{
    v8pool *pool = pool_of(1);

    OK(renders(pool, bundle_of(pool, "b", "good"), url, url));
    v8pool_destroy(&pool);
}

static uint64_t recycled(v8pool *pool)
{
    return pool_stats(pool).isolates_recycled_total;
}

/* Each isolate writes a line for each bundle it begins to load. */
static unsigned loads(struct fixture *f)
{
    return recorder_count(f->log, "loading");
}

static unsigned render_many(struct fixture *f, unsigned n)
{
    unsigned bad = 0;

    while (n-- > 0) {
        bad += !renders(f->pool, f->bundle, "/x", "/x");
    }
    return bad;
}

/* A render's worker has seen to recycling by the end of the next one. */
static int replacement_was_begun(struct fixture *f)
{
    int begun;

    pthread_mutex_lock(&f->pool->mtx);
    begun = f->pool->spare_slot->joinable;
    pthread_mutex_unlock(&f->pool->mtx);
    return begun;
}

static void test_recycle_unset_never(void)
{
    struct fixture f;

    open_fixture(&f, 1, 0, "good");
    IS_INT(render_many(&f, 300), 0);
    OK(!replacement_was_begun(&f));
    IS_INT(recycled(f.pool), 0);
    close_fixture(&f);
}

static void test_recycle_after_count_counts_anew(void)
{
    struct fixture f;

    open_fixture(&f, 1, 3, "good");
    IS_INT(render_many(&f, 2), 0);
    OK(!replacement_was_begun(&f));
    IS_INT(render_many(&f, 1), 0);
    OK(WAIT_UNTIL(recycled(f.pool) == 1));
    IS_INT(loads(&f), 2);
    OK(WAIT_UNTIL(thread_count() == f.threads + 2)); /* and the watchdog */
    IS_INT(render_many(&f, 2), 0);
    IS_INT(recycled(f.pool), 1);
    IS_INT(render_many(&f, 1), 0);
    OK(WAIT_UNTIL(recycled(f.pool) == 2));
    IS_INT(loads(&f), 3); /* before it served, in a slot that was used */
    IS_INT(pool_stats(f.pool).isolates_rebuilt_total, 0);
    IS_INT(pool_stats(f.pool).isolates, 1);
    close_fixture(&f);
}

/* Those that fail or are cut count as well. */
static void test_recycle_after_count_of_any_outcome(void)
{
    struct fixture f;
    struct reply reply;

    open_fixture(&f, 1, 3, "good");
    reply_get(&reply, f.pool, f.bundle, "/throw", WAIT_MS);
    reply_get(&reply, f.pool, f.bundle, "/decline", WAIT_MS);
    reply_get(&reply, f.pool, f.bundle, "/spin", 5);
    IS_STATUS(reply.status, V8POOL_E_TIMEOUT);
    OK(WAIT_UNTIL(recycled(f.pool) == 1));
    close_fixture(&f);
}

static void test_recycle_by_age_while_idle(void)
{
    struct fixture f;

    open_aging_fixture(&f, 2, 20);
    OK(WAIT_UNTIL(recycled(f.pool) >= 6));
    f.bundle = bundle_of(f.pool, "shop", "good");
    OK(WAIT_UNTIL(recycled(f.pool) >= 12));
    IS_INT(render_many(&f, 5), 0);
    IS_INT(pool_stats(f.pool).renders_total, 5);
    close_fixture(&f);
}

static void test_recycle_young_enough_stays(void)
{
    struct fixture f;

    open_aging_fixture(&f, 1, 3600000);
    f.bundle = bundle_of(f.pool, "shop", "good");
    IS_INT(render_many(&f, 50), 0);
    OK(!replacement_was_begun(&f));
    close_fixture(&f);
}

static void test_recycle_new_one_ready_before_old_goes(void)
{
    struct fixture f;

    open_fixture(&f, 1, 1, "fragile");
    tell_engine("/load-wait");
    IS_INT(render_many(&f, 1), 0);
    OK(WAIT_UNTIL(loads(&f) == 2));
    IS_INT(render_many(&f, 50), 0); /* the old one */
    IS_INT(pool_stats(f.pool).isolates_ready, 1);
    IS_INT(recycled(f.pool), 0);
    IS_INT(loads(&f), 2); /* one replacement at a time */
    tell_engine("/load-good");
    OK(WAIT_UNTIL(recycled(f.pool) == 1));
    IS_INT(pool_stats(f.pool).isolates_ready, 1);
    close_fixture(&f);
}

/* The old one is in a render: that goes on, the new one serves, and the next
 * that is due waits for the place. */
static void test_recycle_render_of_old_one_goes_on(void)
{
    struct fixture f;
    v8pool_job *job;

    open_fixture(&f, 1, 1, "fragile");
    tell_engine("/load-wait");
    IS_INT(render_many(&f, 1), 0);
    OK(WAIT_UNTIL(loads(&f) == 2));
    job = submit(f.pool, f.bundle, "/spin", UINT32_MAX);
    OK(WAIT_UNTIL(pool_stats(f.pool).running == 1));
    tell_engine("/load-good");
    OK(WAIT_UNTIL(recycled(f.pool) == 1));
    IS_INT(pool_stats(f.pool).isolates_ready, 1);
    IS_INT(render_many(&f, 20), 0); /* the new one, due after the first */
    OK(WAIT_UNTIL(pool_stats(f.pool).running == 1));
    IS_INT(recycled(f.pool), 1);
    v8pool_job_release(&job);
    OK(WAIT_UNTIL(recycled(f.pool) == 2));
    close_fixture(&f);
}

static int every_slot_was_reused(v8pool *pool)
{
    unsigned i, reused = 0;

    pthread_mutex_lock(&pool->mtx);
    for (i = 0; i < pool->slot_count; i++) {
        reused += pool->workers[i].replaces != NULL;
    }
    pthread_mutex_unlock(&pool->mtx);
    return reused == 4;
}

static void test_recycle_all_isolates_get_their_turn(void)
{
    struct fixture f;

    open_aging_fixture(&f, 3, 50);
    OK(WAIT_UNTIL(every_slot_was_reused(f.pool)));
    close_fixture(&f);
}

/* More tries than seconds are a loop. */
static void test_recycle_bundle_fails_old_one_goes_on(void)
{
    struct fixture f;
    uint64_t start = v8p_now_us();
    const struct logged *line;

    open_fixture(&f, 1, 1, "fragile");
    tell_engine("/load-bad");
    IS_INT(render_many(&f, 1), 0);
    OK(WAIT_UNTIL(recorder_count(f.log, "goes on") > 0));
    line = recorder_find(f.log, "goes on");
    HAS_STR(line->text, "bundle shop: broken; the one it was to replace");
    IS_STR(line->bundle, "");
    IS_INT(line->level, V8POOL_LOG_ERROR);
    OK(line->has_error);
    IS_INT(render_many(&f, 300), 0);
    IS_INT(pool_stats(f.pool).isolates_ready, 1);
    OK(loads(&f) <= 2 + (v8p_now_us() - start) / 1000000);
    tell_engine("/load-good");
    OK(WAIT_UNTIL(recycled(f.pool) == 1)); /* and idle */
    pthread_mutex_lock(&f.pool->mtx);
    IS_INT(f.pool->recycle_failures, 0);
    pthread_mutex_unlock(&f.pool->mtx);
    close_fixture(&f);
}

static void test_recycle_no_isolate_old_one_goes_on(void)
{
    struct fixture f;

    open_fixture(&f, 1, 1, "good");
    IS_INT(renders(f.pool, f.bundle, "/no-isolates", NULL), 1);
    OK(WAIT_UNTIL(recorder_count(f.log, "no memory; the one it was") > 0));
    IS_INT(render_many(&f, 50), 0);
    IS_INT(recycled(f.pool), 0);
    IS_INT(renders(f.pool, f.bundle, "/load-good", NULL), 1);
    OK(WAIT_UNTIL(recycled(f.pool) >= 1));
    close_fixture(&f);
}

/* A bundle that loads nowhere is no reason to keep an isolate. */
static void test_recycle_goes_on_past_given_up_bundles(void)
{
    struct fixture f;
    v8pool_error err;

    open_fixture(&f, 1, 1, "fragile");
    IS_STATUS(bundle_try(f.pool, "old", "bad", NULL, &err), V8POOL_E_BUNDLE);
    tell_engine("/load-wait");
    IS_INT(render_many(&f, 1), 0);
    OK(WAIT_UNTIL(loads(&f) == 3));
    tell_engine("/load-good");
    OK(WAIT_UNTIL(recycled(f.pool) == 1));
    IS_INT(recorder_count(f.log, "goes on"), 0);
    IS_INT(recorder_count(f.log, "bad script"), 1);
    close_fixture(&f);
}

static void test_recycle_bundle_added_meanwhile_loaded_in_all(void)
{
    struct fixture f;
    v8pool_bundle *second;

    open_fixture(&f, 2, 1, "fragile");
    tell_engine("/load-wait");
    IS_INT(render_many(&f, 1), 0);
    OK(WAIT_UNTIL(loads(&f) == 3));
    second = bundle_of(f.pool, "second", "good");
    IS_INT(loads(&f), 5); /* in the two that serve */
    OK(WAIT_UNTIL(pool_stats(f.pool).isolates_ready == 2));
    tell_engine("/load-good");
    OK(WAIT_UNTIL(recycled(f.pool) == 1));
    IS_INT(loads(&f), 6); /* and in the new one, before it served */
    OK(renders(f.pool, second, "/x", "/x"));
    close_fixture(&f);
}

/* The old one never gets the bundle: it is busy till it goes. */
static void test_recycle_bundle_added_while_old_one_is_busy(void)
{
    struct fixture f;
    v8pool_bundle_config config = {"second", NULL, "good", 4, NULL, 0};
    v8pool_bundle *second;
    v8pool_job *job;
    v8pool_error err;

    open_fixture(&f, 1, 1, "fragile");
    tell_engine("/load-wait");
    IS_INT(render_many(&f, 1), 0);
    OK(WAIT_UNTIL(loads(&f) == 2));
    job = submit(f.pool, f.bundle, "/spin", UINT32_MAX);
    OK(WAIT_UNTIL(pool_stats(f.pool).running == 1));
    IS_STATUS(v8pool_bundle_load(f.pool, &config, 20, &second, &err),
              V8POOL_E_TIMEOUT);
    tell_engine("/load-good");
    second = bundle_of(f.pool, "third", "good");
    OK(renders(f.pool, second, "/x", "/x"));
    OK(WAIT_UNTIL(pool_stats(f.pool).running == 1));
    v8pool_job_release(&job);
    close_fixture(&f);
}

struct waiter {
    v8pool *pool;
    v8pool_status status;
    v8pool_error err;
};

static void *wait_main(void *arg)
{
    struct waiter *w = arg;
    v8pool_bundle_config config = {"waited", NULL, "good", 4, NULL, 0};
    v8pool_bundle *bundle;

    w->status = v8pool_bundle_load(w->pool, &config, 1500, &bundle, &w->err);
    return NULL;
}

/* One of two isolates has the bundle, and one that does not serve yet. */
static void test_recycle_replacement_does_not_count_for_a_load(void)
{
    struct fixture f;
    struct waiter waiter;
    v8pool_job *job;
    pthread_t thread;

    open_fixture(&f, 2, 1, "good");
    job = submit(f.pool, f.bundle, "/spin", UINT32_MAX);
    OK(WAIT_UNTIL(pool_stats(f.pool).running == 1));
    waiter.pool = f.pool;
    pthread_create(&thread, NULL, wait_main, &waiter);
    OK(WAIT_UNTIL(loads(&f) == 3));
    IS_STATUS(v8pool_bundle_load(f.pool,
                                 &(v8pool_bundle_config){"f", NULL, "fragile",
                                                         7, NULL, 0},
                                 20, &(v8pool_bundle *){NULL}, NULL),
              V8POOL_E_TIMEOUT);
    tell_engine("/load-wait");
    IS_INT(render_many(&f, 1), 0);
    OK(WAIT_UNTIL(loads(&f) == 7)); /* the new one has it, and waits */
    pthread_join(thread, NULL);
    IS_STATUS(waiter.status, V8POOL_E_TIMEOUT);
    HAS_STR(waiter.err.message, "1 of 2");
    tell_engine("/load-good");
    v8pool_job_release(&job);
    close_fixture(&f);
}

static void test_recycle_stop_ends_loading_replacement(void)
{
    uint32_t grace_ms;

    for (grace_ms = 0; grace_ms < 60; grace_ms += 50) {
        struct fixture f;

        open_fixture(&f, 1, 1, "fragile");
        tell_engine("/load-wait");
        IS_INT(render_many(&f, 1), 0);
        OK(WAIT_UNTIL(loads(&f) == 2));
        IS_STATUS(v8pool_stop(f.pool, grace_ms), V8POOL_OK);
        IS_INT(recycled(f.pool), 0);
        IS_INT(recorder_count(f.log, "goes on"), 0);
        IS_INT(pool_stats(f.pool).isolates_ready, 0);
        tell_engine("/load-good");
        close_fixture(&f);
    }
}

static void test_recycle_stop_ends_render_of_old_one(void)
{
    struct fixture f;
    v8pool_job *job;

    open_fixture(&f, 1, 1, "fragile");
    tell_engine("/load-wait");
    IS_INT(render_many(&f, 1), 0);
    OK(WAIT_UNTIL(loads(&f) == 2));
    job = submit(f.pool, f.bundle, "/spin", UINT32_MAX);
    OK(WAIT_UNTIL(pool_stats(f.pool).running == 1));
    tell_engine("/load-good");
    OK(WAIT_UNTIL(recycled(f.pool) == 1));
    IS_STATUS(v8pool_stop(f.pool, 0), V8POOL_OK);
    IS_STATUS(finish(&job), V8POOL_E_STOPPED);
    close_fixture(&f);
}

static void test_recycle_outgrown_heap(void)
{
    struct fixture f;

    open_fixture(&f, 1, 0, "good"); /* of 256 MiB */
    OK(renders(f.pool, f.bundle, "/leak-193", NULL));
    OK(WAIT_UNTIL(recycled(f.pool) == 1));
    OK(WAIT_UNTIL(pool_stats(f.pool).heap_used_bytes == 0)); /* it is gone */
    OK(renders(f.pool, f.bundle, "/leak-193", NULL));
    OK(WAIT_UNTIL(recycled(f.pool) == 2)); /* in the slot of the first */
    IS_INT(render_many(&f, 40), 0);
    v8pool_stop(f.pool, WAIT_MS);
    IS_INT(recycled(f.pool), 2);
    close_fixture(&f);
}

/* What was leaked by the time a bundle comes is not that bundle's need. */
static void test_recycle_outgrown_heap_with_a_late_bundle(void)
{
    struct fixture f;

    open_fixture(&f, 1, 0, "good");
    OK(renders(f.pool, f.bundle, "/leak-150", NULL));
    (void)bundle_of(f.pool, "late", "good");
    IS_INT(render_many(&f, 15), 0);
    OK(renders(f.pool, f.bundle, "/leak-50", NULL)); /* the 17th is looked at */
    OK(WAIT_UNTIL(recycled(f.pool) == 1));
    close_fixture(&f);
}

static void test_recycle_heap_below_three_quarters_stays(void)
{
    struct fixture f;

    open_fixture(&f, 1, 0, "good");
    OK(renders(f.pool, f.bundle, "/leak-192", NULL));
    IS_INT(render_many(&f, 40), 0);
    OK(!replacement_was_begun(&f));
    close_fixture(&f);
}

/* What a collection amid a render left is not what is held. */
static void test_recycle_full_heap_that_can_be_freed_stays(void)
{
    struct fixture f;

    open_fixture(&f, 1, 0, "good");
    OK(renders(f.pool, f.bundle, "/litter-250", NULL));
    IS_INT(render_many(&f, 40), 0);
    OK(!replacement_was_begun(&f));
    close_fixture(&f);
}

/* Its bundles need 200 MiB of 256: a new isolate would be no smaller. */
static void test_recycle_bundle_large_from_the_start_stays(void)
{
    struct fixture f;

    open_fixture(&f, 1, 0, "large");
    OK(renders(f.pool, f.bundle, "/leak-50", NULL));
    IS_INT(render_many(&f, 15), 0);
    OK(!replacement_was_begun(&f));
    OK(renders(f.pool, f.bundle, "/leak-15", NULL)); /* the 17th is looked at */
    OK(WAIT_UNTIL(recycled(f.pool) == 1));
    close_fixture(&f);
}

TAP_MAIN(RUN(test_recycle_unset_never),
         RUN(test_recycle_after_count_counts_anew),
         RUN(test_recycle_after_count_of_any_outcome),
         RUN(test_recycle_by_age_while_idle),
         RUN(test_recycle_young_enough_stays),
         RUN(test_recycle_new_one_ready_before_old_goes),
         RUN(test_recycle_render_of_old_one_goes_on),
         RUN(test_recycle_all_isolates_get_their_turn),
         RUN(test_recycle_bundle_fails_old_one_goes_on),
         RUN(test_recycle_no_isolate_old_one_goes_on),
         RUN(test_recycle_goes_on_past_given_up_bundles),
         RUN(test_recycle_bundle_added_meanwhile_loaded_in_all),
         RUN(test_recycle_bundle_added_while_old_one_is_busy),
         RUN(test_recycle_replacement_does_not_count_for_a_load),
         RUN(test_recycle_stop_ends_loading_replacement),
         RUN(test_recycle_stop_ends_render_of_old_one),
         RUN(test_recycle_outgrown_heap),
         RUN(test_recycle_outgrown_heap_with_a_late_bundle),
         RUN(test_recycle_heap_below_three_quarters_stays),
         RUN(test_recycle_full_heap_that_can_be_freed_stays),
         RUN(test_recycle_bundle_large_from_the_start_stays))
