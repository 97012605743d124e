/* SPDX-License-Identifier: Apache-2.0
 *
 * test_cancel.c: the asker gives its job up, at every point of the job's life.
 */
#include "fixture.h"

#include "inside.h"

#include <stdio.h>
#include <stdlib.h>

static void test_cancel_queued_never_runs(void)
{
    v8pool *pool = pool_of(1);
    v8pool_bundle *bundle = bundle_of(pool, "b", "good");
    v8pool_job *blocker = submit(pool, bundle, "/spin", WAIT_MS);
    v8pool_job *job;

    OK(WAIT_UNTIL(pool_stats(pool).running == 1));
    job = submit(pool, bundle, "/spin", WAIT_MS); /* would block the next */
    v8pool_job_release(&job);
    OK(job == NULL);
    v8pool_job_release(&blocker);
    OK(renders(pool, bundle, "/after", "/after"));
    IS_INT(pool_stats(pool).renders_total, 2);
    IS_INT(pool_stats(pool).expired_total, 0);
    v8pool_destroy(&pool);
}

static void test_cancel_running_worker_free_soon(void)
{
    v8pool *pool = pool_of(1);
    v8pool_bundle *bundle = bundle_of(pool, "b", "good");
    v8pool_job *job = submit(pool, bundle, "/spin", UINT32_MAX);

    OK(WAIT_UNTIL(pool_stats(pool).running == 1));
    v8pool_job_release(&job);
    OK(renders(pool, bundle, "/after", "/after"));
    IS_INT(pool_stats(pool).timeouts_total, 0);
    IS_INT(pool_stats(pool).failures_total, 1);
    IS_INT(pool_stats(pool).contexts_rebuilt_total, 1);
    v8pool_destroy(&pool);
}

/* The worker has begun the job and is held before it arms the watchdog: by the
 * test, which holds the watchdog's mutex. */
static void test_cancel_before_arming_takes_effect(void)
{
    v8pool *pool = pool_of(1);
    v8pool_bundle *bundle = bundle_of(pool, "b", "good");
    v8pool_job *job;

    pthread_mutex_lock(&pool->watchdog.mtx);
    job = submit(pool, bundle, "/spin", UINT32_MAX);
    OK(WAIT_UNTIL(is_in(job, V8P_JOB_RUNNING)));
    v8pool_job_release(&job);
    pthread_mutex_unlock(&pool->watchdog.mtx);
    OK(renders(pool, bundle, "/after", "/after"));
    v8pool_destroy(&pool);
}

static void test_cancel_ended_job_nothing_happens(void)
{
    v8pool *pool = pool_of(1);
    v8pool_bundle *bundle = bundle_of(pool, "b", "good");
    v8pool_job *job = submit(pool, bundle, "/x", WAIT_MS);

    OK(WAIT_UNTIL(is_in(job, V8P_JOB_ENDED)));
    v8pool_job_release(&job); /* HEAD and CHUNK unread */
    OK(renders(pool, bundle, "/after", "/after"));
    IS_INT(pool_stats(pool).contexts_rebuilt_total, 0);
    IS_INT(pool_stats(pool).failures_total, 0);
    v8pool_destroy(&pool);
}

/* Each job is given up about when it ends, with the next one behind it. */
static void test_cancel_race_at_end_successor_unhurt(void)
{
    v8pool *pool = pool_of(1);
    v8pool_bundle *bundle = bundle_of(pool, "b", "good");
    unsigned seed = 3;
    int i, hurt = 0;

    for (i = 0; i < 5000; i++) {
        char url[32];
        v8pool_job *job, *next;

        snprintf(url, sizeof(url), "/late-%d", rand_r(&seed) % 60);
        job = submit(pool, bundle, url, WAIT_MS);
        next = submit(pool, bundle, "/late-20", WAIT_MS);
        usleep((useconds_t)(rand_r(&seed) % 60));
        v8pool_job_release(&job);
        hurt += finish(&next) != V8POOL_OK;
    }
    IS_INT(hurt, 0);
    IS_INT(pool_stats(pool).timeouts_total, 0);
    v8pool_destroy(&pool);
}

static void test_cancel_last_job_then_destroy_nothing_left(void)
{
    unsigned threads = thread_count();
    int i, bad = 0;

    for (i = 0; i < 100; i++) {
        v8pool *pool = pool_of(2);
        v8pool_bundle *bundle = bundle_of(pool, "b", "good");
        v8pool_job *job = submit(pool, bundle, "/spin", UINT32_MAX);

        if (i % 2 != 0) {
            WAIT_UNTIL(pool_stats(pool).running == 1);
        }
        v8pool_job_release(&job);
        v8pool_destroy(&pool);
        bad += !WAIT_UNTIL(thread_count() == threads);
    }
    IS_INT(bad, 0);
}

TAP_MAIN(RUN(test_cancel_queued_never_runs),
         RUN(test_cancel_running_worker_free_soon),
         RUN(test_cancel_before_arming_takes_effect),
         RUN(test_cancel_ended_job_nothing_happens),
         RUN(test_cancel_race_at_end_successor_unhurt),
         RUN(test_cancel_last_job_then_destroy_nothing_left))
