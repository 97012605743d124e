/* SPDX-License-Identifier: Apache-2.0
 *
 * test_queue.c: who waits, who is refused, who works.
 */
#include "fixture.h"

#include "inside.h"

#define MANY 8

static v8pool *pool_with_queue(unsigned isolates, unsigned length)
{
    v8pool_config config;

    pool_config(&config, isolates, NULL);
    config.queue_length = length;
    return pool_open(&config);
}

/* Lets a render that spins go, by cancelling it. */
static void cancel_all(v8pool_job **jobs, unsigned count)
{
    unsigned i;

    for (i = 0; i < count; i++) {
        v8pool_job_release(&jobs[i]);
    }
}

static void test_queue_full_refused_at_once(void)
{
    v8pool *pool = pool_with_queue(1, 2);
    v8pool_bundle *bundle = bundle_of(pool, "b", "good");
    v8pool_job *jobs[3], *more = NULL;
    v8pool_request request;

    jobs[0] = submit(pool, bundle, "/spin", WAIT_MS);
    OK(WAIT_UNTIL(pool_stats(pool).running == 1));
    jobs[1] = submit(pool, bundle, "/1", WAIT_MS);
    jobs[2] = submit(pool, bundle, "/2", WAIT_MS);
    OK(jobs[1] != NULL && jobs[2] != NULL);
    IS_INT(pool_stats(pool).queued, 2);
    v8pool_request_init(&request);
    IS_STATUS(v8pool_submit(pool, bundle, &request, &more), V8POOL_E_FULL);
    OK(more == NULL);
    IS_INT(pool_stats(pool).refused_total, 1);
    v8pool_job_release(&jobs[0]);
    IS_STATUS(finish(&jobs[1]), V8POOL_OK);
    IS_STATUS(finish(&jobs[2]), V8POOL_OK);
    OK(renders(pool, bundle, "/3", "/3"));
    v8pool_destroy(&pool);
}

static void test_queue_full_render_says_so(void)
{
    v8pool *pool = pool_with_queue(1, 1);
    v8pool_bundle *bundle = bundle_of(pool, "b", "good");
    v8pool_job *jobs[2];
    struct reply reply;

    jobs[0] = submit(pool, bundle, "/spin", WAIT_MS);
    OK(WAIT_UNTIL(pool_stats(pool).running == 1));
    jobs[1] = submit(pool, bundle, "/1", WAIT_MS);
    IS_STATUS(reply_get(&reply, pool, bundle, "/2", WAIT_MS), V8POOL_E_FULL);
    IS_STATUS(reply.error.status, V8POOL_E_FULL);
    IS_STR(reply.error.message, v8pool_status_text(V8POOL_E_FULL));
    OK(reply.answer.body == NULL && reply.answer.job == NULL);
    cancel_all(jobs, 2);
    v8pool_destroy(&pool);
}

static uint64_t started_us(v8pool_job *job)
{
    uint64_t us;

    pthread_mutex_lock(&job->mtx);
    us = job->started_us;
    pthread_mutex_unlock(&job->mtx);
    return us;
}

static void test_queue_order_first_in_first_out(void)
{
    v8pool *pool = pool_with_queue(1, MANY);
    v8pool_bundle *bundle = bundle_of(pool, "b", "good");
    v8pool_job *blocker = submit(pool, bundle, "/spin", WAIT_MS);
    v8pool_job *jobs[MANY];
    int i, out_of_order = 0;

    OK(WAIT_UNTIL(pool_stats(pool).running == 1));
    for (i = 0; i < MANY; i++) {
        jobs[i] = submit(pool, bundle, "/late-50", WAIT_MS);
    }
    v8pool_job_release(&blocker);
    OK(WAIT_UNTIL(pool_stats(pool).renders_total == MANY + 1));
    for (i = 1; i < MANY; i++) {
        out_of_order += started_us(jobs[i]) <= started_us(jobs[i - 1]);
    }
    IS_INT(out_of_order, 0);
    for (i = 0; i < MANY; i++) {
        IS_STATUS(finish(&jobs[i]), V8POOL_OK);
    }
    v8pool_destroy(&pool);
}

/* The slot a job ran in: readable once it has ended. */
static unsigned slot_used(v8pool *pool, v8pool_bundle *bundle)
{
    v8pool_job *job = submit(pool, bundle, "/x", WAIT_MS);
    v8pool_event event;
    unsigned slot;

    do {
        v8pool_job_next(job, &event);
        if (event.kind == V8POOL_CHUNK) {
            v8pool_chunk_free(event.data);
        }
    } while (event.kind != V8POOL_END);
    slot = slot_of(job);
    v8pool_job_release(&job);
    return slot;
}

static void test_queue_idle_last_in_first_out(void)
{
    v8pool *pool = pool_with_queue(4, 8);
    v8pool_bundle *bundle = bundle_of(pool, "b", "good");
    unsigned first, others = 0;
    int i;

    OK(WAIT_UNTIL(idle_workers(pool) == 4));
    first = slot_used(pool, bundle);
    for (i = 0; i < 200; i++) {
        OK(WAIT_UNTIL(idle_workers(pool) == 4) || i > 0);
        others += slot_used(pool, bundle) != first;
    }
    IS_INT(others, 0);
    v8pool_destroy(&pool);
}

static void test_queue_jobs_at_once_one_worker_each(void)
{
    v8pool *pool = pool_with_queue(4, 8);
    v8pool_bundle *bundle = bundle_of(pool, "b", "good");
    v8pool_job *jobs[4];
    unsigned slots = 0;
    int i;

    for (i = 0; i < 4; i++) {
        jobs[i] = submit(pool, bundle, "/spin", WAIT_MS);
    }
    OK(WAIT_UNTIL(pool_stats(pool).running == 4));
    for (i = 0; i < 4; i++) {
        pthread_mutex_lock(&jobs[i]->mtx);
        slots |= 1u << jobs[i]->slot;
        pthread_mutex_unlock(&jobs[i]->mtx);
    }
    IS_INT(slots, 15);
    IS_INT(pool_stats(pool).queued, 0);
    cancel_all(jobs, 4);
    v8pool_destroy(&pool);
}

static void test_queue_timeout_worker_skips_job(void)
{
    v8pool *pool = pool_with_queue(1, 8);
    v8pool_bundle *bundle = bundle_of(pool, "b", "good");
    v8pool_job *blocker = submit(pool, bundle, "/spin", WAIT_MS);
    v8pool_request request;
    struct reply reply;
    v8pool_stats before, after;

    OK(WAIT_UNTIL(pool_stats(pool).running == 1));
    v8pool_request_init(&request);
    request.queue_ms = 5;
    IS_STATUS(reply_send(&reply, pool, bundle, &request),
              V8POOL_E_QUEUE_TIMEOUT);
    IS_STATUS(reply.error.status, V8POOL_E_QUEUE_TIMEOUT);
    HAS_STR(reply.error.message, "5 ms");
    before = pool_stats(pool);
    IS_INT(before.expired_total, 1);
    v8pool_job_release(&blocker);
    OK(renders(pool, bundle, "/after", "/after"));
    after = pool_stats(pool);
    IS_INT(after.renders_total, 2); /* the blocker and the last */
    IS_INT(after.queued, 0);
    v8pool_destroy(&pool);
}

static void test_queue_place_of_job_given_up_is_free_at_once(void)
{
    v8pool *pool = pool_with_queue(1, 1);
    v8pool_bundle *bundle = bundle_of(pool, "b", "good");
    v8pool_job *blocker = submit(pool, bundle, "/spin", WAIT_MS);
    v8pool_job *waiting;
    v8pool_request request;
    struct reply reply;
    int i;

    OK(WAIT_UNTIL(pool_stats(pool).running == 1));
    v8pool_request_init(&request);
    request.queue_ms = 5;
    for (i = 0; i < 3; i++) { /* no worker comes to take them out */
        IS_STATUS(reply_send(&reply, pool, bundle, &request),
                  V8POOL_E_QUEUE_TIMEOUT);
        waiting = submit(pool, bundle, "/released", WAIT_MS);
        IS_INT(pool_stats(pool).queued, 1);
        v8pool_job_release(&waiting);
        IS_INT(pool_stats(pool).queued, 0);
    }
    v8pool_job_release(&blocker);
    OK(renders(pool, bundle, "/after", "/after"));
    v8pool_destroy(&pool);
}

/* The queued job is read by nobody: its asker looks again too late. */
static void test_queue_timeout_kept_job_stays_ended(void)
{
    v8pool *pool = pool_with_queue(1, 8);
    v8pool_bundle *bundle = bundle_of(pool, "b", "good");
    v8pool_job *blocker = submit(pool, bundle, "/spin", WAIT_MS);
    v8pool_job *job = NULL;
    v8pool_request request;
    v8pool_event event;

    OK(WAIT_UNTIL(pool_stats(pool).running == 1));
    v8pool_request_init(&request);
    request.queue_ms = 0;
    IS_STATUS(v8pool_submit(pool, bundle, &request, &job), V8POOL_OK);
    v8pool_job_next(job, &event);
    IS_INT(event.kind, V8POOL_END);
    IS_STATUS(event.result, V8POOL_E_QUEUE_TIMEOUT);
    v8pool_job_release(&blocker);
    OK(renders(pool, bundle, "/after", "/after"));
    v8pool_job_next(job, &event); /* the END again, not a render */
    IS_INT(event.kind, V8POOL_END);
    IS_STATUS(event.result, V8POOL_E_QUEUE_TIMEOUT);
    v8pool_job_release(&job);
    v8pool_destroy(&pool);
}

TAP_MAIN(RUN(test_queue_full_refused_at_once),
         RUN(test_queue_full_render_says_so),
         RUN(test_queue_order_first_in_first_out),
         RUN(test_queue_idle_last_in_first_out),
         RUN(test_queue_jobs_at_once_one_worker_each),
         RUN(test_queue_timeout_worker_skips_job),
         RUN(test_queue_place_of_job_given_up_is_free_at_once),
         RUN(test_queue_timeout_kept_job_stays_ended))
