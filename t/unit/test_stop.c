/* SPDX-License-Identifier: Apache-2.0
 *
 * test_stop.c: the end of a pool, from every state it can be in.
 */
#include "fixture.h"

#include "clock.h"

#include <dirent.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

static void test_stop_idle_joins_all_and_refuses(void)
{
    unsigned threads = thread_count();
    v8pool *pool = pool_of(4);
    v8pool_bundle *bundle = bundle_of(pool, "b", "good");
    struct reply reply;

    OK(thread_count() > threads);
    IS_STATUS(v8pool_stop(pool, WAIT_MS), V8POOL_OK);
    OK(WAIT_UNTIL(thread_count() == threads + 1)); /* the watchdog stays */
    IS_STATUS(reply_get(&reply, pool, bundle, "/x", WAIT_MS),
              V8POOL_E_STOPPED);
    IS_STATUS(v8pool_stop(pool, WAIT_MS), V8POOL_OK);
    IS_INT(pool_stats(pool).isolates_ready, 0);
    v8pool_destroy(&pool);
    OK(WAIT_UNTIL(thread_count() == threads));
}

static void test_stop_queued_jobs_fail(void)
{
    v8pool *pool = pool_of(1);
    v8pool_bundle *bundle = bundle_of(pool, "b", "good");
    v8pool_job *jobs[4];
    v8pool_event event;
    int i;

    jobs[0] = submit(pool, bundle, "/spin", UINT32_MAX);
    OK(WAIT_UNTIL(pool_stats(pool).running == 1));
    for (i = 1; i < 4; i++) {
        jobs[i] = submit(pool, bundle, "/x", WAIT_MS);
    }
    IS_STATUS(v8pool_stop(pool, 0), V8POOL_OK);
    v8pool_job_next(jobs[1], &event);
    IS_INT(event.kind, V8POOL_END);
    OK(event.error != NULL && event.error->status == V8POOL_E_STOPPED);
    for (i = 0; i < 4; i++) {
        IS_STATUS(finish(&jobs[i]), V8POOL_E_STOPPED);
    }
    IS_INT(pool_stats(pool).renders_total, 1);
    v8pool_destroy(&pool);
}

static void test_stop_running_job_may_finish_within_grace(void)
{
    v8pool *pool = pool_of(1);
    v8pool_bundle *bundle = bundle_of(pool, "b", "good");
    v8pool_job *job = submit(pool, bundle, "/late-200000", UINT32_MAX);

    OK(WAIT_UNTIL(pool_stats(pool).running == 1));
    IS_STATUS(v8pool_stop(pool, WAIT_MS), V8POOL_OK);
    IS_STATUS(finish(&job), V8POOL_OK);
    IS_INT(pool_stats(pool).failures_total, 0);
    v8pool_destroy(&pool);
}

static void test_stop_running_job_terminated_after_grace(void)
{
    v8pool *pool = pool_of(2);
    v8pool_bundle *bundle = bundle_of(pool, "b", "good");
    v8pool_job *one = submit(pool, bundle, "/spin", UINT32_MAX);
    v8pool_job *two = submit(pool, bundle, "/spin", UINT32_MAX);
    uint64_t start;

    OK(WAIT_UNTIL(pool_stats(pool).running == 2));
    start = v8p_now_us();
    IS_STATUS(v8pool_stop(pool, 50), V8POOL_OK);
    OK(v8p_now_us() - start >= 50000);
    IS_STATUS(finish(&one), V8POOL_E_STOPPED);
    IS_STATUS(finish(&two), V8POOL_E_STOPPED);
    IS_INT(pool_stats(pool).timeouts_total, 0);
    v8pool_destroy(&pool);
}

/* The producer sleeps until its reader comes: V8's termination is nothing to
 * it, the pool must wake it. */
static void test_stop_producer_waiting_for_reader_leaves(void)
{
    v8pool_config config;
    v8pool *pool;
    v8pool_bundle *bundle;
    v8pool_job *job;
    v8pool_event event;

    pool_config(&config, 1, NULL);
    config.channel_bytes = 1000;
    pool = pool_open(&config);
    bundle = bundle_of(pool, "b", "good");
    job = submit(pool, bundle, "/stream-100000", UINT32_MAX);
    v8pool_job_next(job, &event); /* the head; then it fills the channel */
    IS_STATUS(v8pool_stop(pool, 10), V8POOL_OK);
    IS_STATUS(finish(&job), V8POOL_E_STOPPED);
    v8pool_destroy(&pool);
}

/* A task that a stop ended: the isolate is not made anew for nobody.  Its own
 * limit may come first on a busy machine; not each time. */
static void test_stop_amid_a_task_rebuilds_nothing(void)
{
    int tries = 0, rebuilt = 1;

    while (rebuilt && tries++ < 100) {
        v8pool *pool = pool_of(1);
        v8pool_bundle *bundle = bundle_of(pool, "b", "good");
        struct reply reply;

        reply_get(&reply, pool, bundle, "/task", WAIT_MS);
        reply_clear(&reply);
        v8pool_stop(pool, 0);
        rebuilt = pool_stats(pool).isolates_rebuilt_total > 0;
        v8pool_destroy(&pool);
    }
    OK(!rebuilt);
}

static void test_stop_stuck_thread_times_out_then_ok(void)
{
    unsigned threads = thread_count();
    v8pool *pool = pool_of(2);
    v8pool_bundle *bundle = bundle_of(pool, "b", "good");
    v8pool_job *job = submit(pool, bundle, "/deaf-3000", UINT32_MAX);

    OK(WAIT_UNTIL(pool_stats(pool).running == 1));
    IS_STATUS(v8pool_stop(pool, 0), V8POOL_E_TIMEOUT);
    OK(WAIT_UNTIL(thread_count() == threads + 2)); /* the stuck one and the watchdog */
    IS_STATUS(v8pool_stop(pool, WAIT_MS), V8POOL_OK);
    v8pool_job_release(&job);
    v8pool_destroy(&pool);
    OK(WAIT_UNTIL(thread_count() == threads));
}

/* Its asker must not wait for V8, nor a second stop for another second. */
static void test_stop_stuck_thread_its_job_ends(void)
{
    v8pool *pool = pool_of(1);
    v8pool_bundle *bundle = bundle_of(pool, "b", "good");
    v8pool_job *job = submit(pool, bundle, "/deaf-4000", UINT32_MAX);

    OK(WAIT_UNTIL(pool_stats(pool).running == 1));
    IS_STATUS(v8pool_stop(pool, 0), V8POOL_E_TIMEOUT);
    IS_STATUS(v8pool_stop(pool, 0), V8POOL_E_TIMEOUT);
    IS_STATUS(v8pool_stop(pool, 0), V8POOL_E_TIMEOUT);
    IS_STATUS(v8pool_stop(pool, 0), V8POOL_E_TIMEOUT);
    IS_STATUS(v8pool_stop(pool, 0), V8POOL_E_TIMEOUT);
    IS_STATUS(finish(&job), V8POOL_E_STOPPED);
    IS_INT(pool_stats(pool).running, 1); /* it is stuck yet */
    IS_STATUS(v8pool_stop(pool, WAIT_MS), V8POOL_OK);
    v8pool_destroy(&pool);
}

/* Leaked on purpose: a sanitizer may say so, the program must not die. */
static void test_destroy_stuck_thread_leaks_it(void)
{
    static v8pool *leaked; /* reachable: no leak to LeakSanitizer */
    unsigned threads = thread_count();
    v8pool *pool = pool_of(1);
    v8pool_bundle *bundle = bundle_of(pool, "b", "good");
    v8pool_job *job = submit(pool, bundle, "/deaf-2500", UINT32_MAX);

    leaked = pool;
    OK(WAIT_UNTIL(pool_stats(pool).running == 1));
    v8pool_job_release(&job);
    v8pool_destroy(&pool);
    OK(pool == NULL);
    OK(WAIT_UNTIL(thread_count() == threads + 1)); /* the watchdog */
    v8pool_destroy(&leaked); /* now that it has come back */
    OK(WAIT_UNTIL(thread_count() == threads));
}

static void test_destroy_queued_jobs_end(void)
{
    unsigned threads = thread_count();
    v8pool *pool = pool_of(1);
    v8pool_bundle *bundle = bundle_of(pool, "b", "good");
    v8pool_job *jobs[8];
    int i;

    for (i = 0; i < 8; i++) {
        jobs[i] = submit(pool, bundle, "/spin", UINT32_MAX);
    }
    v8pool_destroy(&pool);
    for (i = 0; i < 8; i++) {
        IS_STATUS(finish(&jobs[i]), V8POOL_E_STOPPED);
    }
    OK(WAIT_UNTIL(thread_count() == threads));
}

/* The job may be anywhere between the queue and the armed slot when the pool
 * stops: it must be ended all the same. */
static void test_stop_race_with_begin_always_ends(void)
{
    int i, bad = 0, finished = 0;
    unsigned seed = 5;

    for (i = 0; i < 2000; i++) {
        v8pool *pool = pool_of(1);
        v8pool_bundle *bundle = bundle_of(pool, "b", "good");
        v8pool_job *job = submit(pool, bundle, "/spin", UINT32_MAX);
        int spins = rand_r(&seed) % 2000;

        while (spins-- > 0) {
            __asm__ volatile("" ::: "memory");
        }
        bad += v8pool_stop(pool, 0) != V8POOL_OK;
        finished += finish(&job) == V8POOL_E_STOPPED;
        v8pool_destroy(&pool);
        if (bad > 0) {
            break;
        }
    }
    IS_INT(bad, 0);
    IS_INT(finished, 2000);
}

/* The replacement may be anywhere between its start and its first render. */
static void test_stop_race_with_recycling_all_leave(void)
{
    unsigned threads = thread_count(), seed = 7;
    int i, bad = 0;

    for (i = 0; i < 500; i++) {
        v8pool_config config;
        v8pool *pool;
        int spins = rand_r(&seed) % 20000;

        pool_config(&config, 2, NULL);
        config.recycle_renders = 1;
        pool = pool_open(&config);
        bad += !renders(pool, bundle_of(pool, "b", "good"), "/x", "/x");
        while (spins-- > 0) {
            __asm__ volatile("" ::: "memory");
        }
        bad += v8pool_stop(pool, 0) != V8POOL_OK;
        v8pool_destroy(&pool);
    }
    IS_INT(bad, 0);
    OK(WAIT_UNTIL(thread_count() == threads));
}

static void test_stop_while_loading_ends_every_load(void)
{
    v8pool_config config;
    v8pool *pool;
    v8pool_bundle_config slow = {"slow", NULL, "slow", 4, NULL, 0};
    v8pool_bundle *bundle;
    v8pool_job *job;
    unsigned threads = thread_count();
    int i;

    pool_config(&config, 1, NULL);
    config.load_timeout_ms = WAIT_MS;
    pool = pool_open(&config);
    job = submit(pool, bundle_of(pool, "b", "good"), "/spin", UINT32_MAX);
    OK(WAIT_UNTIL(pool_stats(pool).running == 1));
    for (i = 0; i < 3; i++) {
        v8pool_bundle_load(pool, &slow, 0, &bundle, NULL);
    }
    v8pool_job_release(&job); /* and on to the three */
    OK(WAIT_UNTIL(pool_stats(pool).running == 0));
    IS_STATUS(v8pool_stop(pool, 20), V8POOL_OK);
    v8pool_destroy(&pool);
    OK(WAIT_UNTIL(thread_count() == threads));
}

static int takes_signal(const char *task, int number)
{
    unsigned long long blocked = 0;
    char line[256];
    FILE *f;

    snprintf(line, sizeof(line), "/proc/self/task/%.16s/status", task);
    f = fopen(line, "re");
    while (f != NULL && fgets(line, sizeof(line), f) != NULL) {
        sscanf(line, "SigBlk: %llx", &blocked);
    }
    if (f != NULL) {
        fclose(f);
    }
    return !(blocked >> (number - 1) & 1);
}

static unsigned threads_taking(int number)
{
    DIR *tasks = opendir("/proc/self/task");
    struct dirent *task;
    unsigned n = 0;

    while ((task = readdir(tasks)) != NULL) {
        n += task->d_name[0] != '.' && takes_signal(task->d_name, number);
    }
    closedir(tasks);
    return n;
}

/* A handler of the program's must not run on a thread of the pool's; what a
 * thread did itself (SIGSEGV) must reach the program's crash report. */
static void test_threads_take_no_signal_of_the_process(void)
{
    unsigned term = threads_taking(SIGTERM), segv = threads_taking(SIGSEGV);
    v8pool *pool = pool_of(3);

    bundle_of(pool, "b", "good");
    /* a thread takes none until it runs */
    OK(WAIT_UNTIL(threads_taking(SIGSEGV) == segv + 3 + 1)); /* the watchdog */
    IS_INT(threads_taking(SIGTERM), term);
    v8pool_destroy(&pool);
}

static void test_threads_that_come_later_take_no_signal_either(void)
{
    unsigned term = threads_taking(SIGTERM), segv = threads_taking(SIGSEGV);
    v8pool_config config;
    v8pool *pool;

    pool_config(&config, 1, NULL);
    config.recycle_renders = 1;
    pool = pool_open(&config);
    OK(renders(pool, bundle_of(pool, "b", "good"), "/x", "/x"));
    OK(WAIT_UNTIL(pool_stats(pool).isolates_recycled_total == 1));
    OK(WAIT_UNTIL(threads_taking(SIGSEGV) == segv + 1 + 1));
    IS_INT(threads_taking(SIGTERM), term);
    v8pool_destroy(&pool);
}

static void *stop_main(void *arg)
{
    v8pool *pool = arg;

    return (void *)(intptr_t)v8pool_stop(pool, 20);
}

static void test_stop_from_many_threads_all_ok(void)
{
    v8pool *pool = pool_of(4);
    v8pool_bundle *bundle = bundle_of(pool, "b", "good");
    v8pool_job *job = submit(pool, bundle, "/spin", UINT32_MAX);
    pthread_t threads[8];
    int i, bad = 0;

    for (i = 0; i < 8; i++) {
        pthread_create(&threads[i], NULL, stop_main, pool);
    }
    for (i = 0; i < 8; i++) {
        void *status;

        pthread_join(threads[i], &status);
        bad += (intptr_t)status != V8POOL_OK;
    }
    IS_INT(bad, 0);
    IS_STATUS(finish(&job), V8POOL_E_STOPPED);
    v8pool_destroy(&pool);
}

TAP_MAIN(RUN(test_threads_take_no_signal_of_the_process),
         RUN(test_threads_that_come_later_take_no_signal_either),
         RUN(test_stop_idle_joins_all_and_refuses),
         RUN(test_stop_queued_jobs_fail),
         RUN(test_stop_running_job_may_finish_within_grace),
         RUN(test_stop_running_job_terminated_after_grace),
         RUN(test_stop_producer_waiting_for_reader_leaves),
         RUN(test_stop_amid_a_task_rebuilds_nothing),
         RUN(test_stop_stuck_thread_times_out_then_ok),
         RUN(test_stop_stuck_thread_its_job_ends),
         RUN(test_destroy_stuck_thread_leaks_it),
         RUN(test_destroy_queued_jobs_end),
         RUN(test_stop_race_with_begin_always_ends),
         RUN(test_stop_race_with_recycling_all_leave),
         RUN(test_stop_while_loading_ends_every_load),
         RUN(test_stop_from_many_threads_all_ok))
