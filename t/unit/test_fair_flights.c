/* SPDX-License-Identifier: Apache-2.0
 *
 * test_fair_flights.c: two bundles in one isolate: the last renders that may be
 * under way in it are kept for who has hardly any; who is woken for what.
 */
#include "fixture.h"
#include "inside.h"

#include "worker.h"

#include <stdlib.h>

static v8pool *pool_with(unsigned isolates, unsigned concurrency)
{
    v8pool_config config;

    pool_config(&config, isolates, NULL);
    config.concurrency = concurrency;
    return pool_open(&config);
}

static void test_flights_some_kept_for_others(void)
{
    v8pool *pool = pool_with(2, 8);
    v8pool_bundle *slow = bundle_of(pool, "slow", "good");
    v8pool_bundle *other = bundle_of(pool, "other", "good");
    v8pool_job *jobs[18];
    int i;

    for (i = 0; i < 18; i++) {
        jobs[i] = submit(pool, slow, "/never", UINT32_MAX);
    }
    OK(WAIT_UNTIL(pool_stats(pool).running == 14));
    for (i = 0; i < 50; i++) {
        OK(renders(pool, other, "/x", "/x"));
    }
    IS_INT(pool_stats(pool).queued, 4);
    v8pool_job_release(&jobs[0]); /* its place is taken again */
    OK(WAIT_UNTIL(pool_stats(pool).queued == 3));
    OK(WAIT_UNTIL(pool_stats(pool).running == 14));
    release_all(jobs, 18);
    close_empty(&pool);
}

/* Both sleep; the one that would be woken first has kept places only. */
static void test_flights_isolate_with_room_is_woken(void)
{
    v8pool *pool = pool_with(2, 8);
    v8pool_bundle *slow = bundle_of(pool, "slow", "good");
    v8pool_job *jobs[14], *job;
    int i, released = 0;

    bundle_of(pool, "other", "good");
    for (i = 0; i < 14; i++) {
        jobs[i] = submit(pool, slow, "/never", UINT32_MAX);
    }
    OK(WAIT_UNTIL(pool_stats(pool).running == 14));
    for (i = 1; i < 14 && released < 2; i++) {
        if (slot_of(jobs[i]) == slot_of(jobs[0])) {
            v8pool_job_release(&jobs[i]);
            released++;
        }
    }
    OK(WAIT_UNTIL(in_lines(pool) == 12 && idle_workers(pool) == 2));
    job = submit(pool, slow, "/never", UINT32_MAX);
    OK(WAIT_UNTIL(pool_stats(pool).running == 13));
    v8pool_job_release(&job);
    release_all(jobs, 14);
    close_empty(&pool);
}

static int sleeps_last(v8pool *pool, const struct v8p_worker *worker)
{
    int is_last;

    pthread_mutex_lock(&pool->mtx);
    is_last = !worker->poked && worker->next_idle == NULL;
    pthread_mutex_unlock(&pool->mtx);
    return is_last && idle_workers(pool) == 3;
}

/* It goes to the end of the stack. */
static void poke(v8pool *pool, unsigned slot)
{
    v8p_worker_poke(&pool->workers[slot]);
    OK(WAIT_UNTIL(sleeps_last(pool, &pool->workers[slot])));
}

/* As v8pool_submit() does, but for the signal.  Pre: pool.mtx is held. */
static v8pool_job *push(v8pool *pool, v8pool_bundle *bundle, const char *url,
                        unsigned wakes)
{
    v8pool_request request;
    v8pool_job *job, *displaced;

    v8pool_request_init(&request);
    request.url = url;
    request.timeout_ms = UINT32_MAX;
    request.queue_ms = WAIT_MS;
    job = v8p_job_create(pool, bundle, &request, 1000);
    OK(v8p_queue_push(pool, job, &displaced));
    OK(v8p_worker_wake_one(pool, bundle) == &pool->workers[wakes]);
    return job;
}

/* Slots 0 and 2 have room for the slow one, 1 has not.  0 is woken for it and 1
 * for the other; but 0 takes the other's, and 1 cannot take what is left. */
static void test_flights_who_took_anothers_wakes_the_next(void)
{
    v8pool *pool = pool_with(3, 8);
    v8pool_bundle *slow = bundle_of(pool, "slow", "good");
    v8pool_bundle *other = bundle_of(pool, "other", "good");
    v8pool_job *jobs[21], *left, *busy;
    int i, released[3] = {0, 1, 0};

    for (i = 0; i < 21; i++) {
        jobs[i] = submit(pool, slow, "/never", UINT32_MAX);
    }
    OK(WAIT_UNTIL(pool_stats(pool).running == 21));
    for (i = 0; i < 21; i++) {
        unsigned slot = slot_of(jobs[i]);

        if (!released[slot]++) {
            v8pool_job_release(&jobs[i]);
        }
    }
    OK(WAIT_UNTIL(in_lines(pool) == 19));
    for (i = 0; i < 3; i++) {
        poke(pool, (unsigned)i);
    }
    pthread_mutex_lock(&pool->mtx);
    left = push(pool, slow, "/never", 0);
    busy = push(pool, other, "/spin", 1);
    spend(slow, (uint64_t)1000000000);
    pthread_mutex_unlock(&pool->mtx);
    pthread_cond_signal(&pool->workers[0].cond);
    OK(WAIT_UNTIL(!is_queued(busy)));
    pthread_cond_signal(&pool->workers[1].cond);
    OK(WAIT_UNTIL(!is_queued(left)));
    IS_INT(slot_of(left), 2);
    v8pool_job_release(&busy);
    v8pool_job_release(&left);
    release_all(jobs, 21);
    close_empty(&pool);
}

static void test_flights_one_bundle_has_them_all(void)
{
    v8pool *pool = pool_with(1, 8);
    v8pool_bundle *bundle = bundle_of(pool, "b", "good");
    v8pool_job *jobs[8];
    int i;

    for (i = 0; i < 8; i++) {
        jobs[i] = submit(pool, bundle, "/never", WAIT_MS);
    }
    OK(WAIT_UNTIL(pool_stats(pool).running == 8));
    release_all(jobs, 8);
    close_empty(&pool);
}

/* Where an isolate has one place there is nothing to keep. */
static void test_flights_of_one_nothing_is_kept(void)
{
    v8pool *pool = pool_with(1, 1);
    v8pool_bundle *bundle = bundle_of(pool, "b", "good");

    bundle_of(pool, "other", "good");
    OK(renders(pool, bundle, "/x", "/x"));
    close_empty(&pool);
}

/* How many turns the isolate had until a render of `own` had 50, beside six of
 * `crowd`, all of which can always go on. */
static int turns_beside_six(v8pool *pool, v8pool_bundle *crowd,
                            v8pool_bundle *own)
{
    struct reply reply;
    v8pool_job *jobs[6];
    int i, turns;

    for (i = 0; i < 6; i++) {
        jobs[i] = submit(pool, crowd, "/share-1000000000", UINT32_MAX);
    }
    OK(WAIT_UNTIL(pool_stats(pool).running == 6));
    IS_STATUS(reply_get(&reply, pool, own, "/share-50", WAIT_MS), V8POOL_OK);
    turns = atoi(reply_body(&reply));
    reply_clear(&reply);
    release_all(jobs, 6);
    return turns;
}

static void test_flights_go_on_by_turns_of_their_bundles(void)
{
    v8pool *pool = pool_with(1, 32);
    v8pool_bundle *crowd = bundle_of(pool, "crowd", "good");
    v8pool_bundle *other = bundle_of(pool, "other", "good");
    int turns = turns_beside_six(pool, crowd, other);

    OK(turns >= 50 && turns <= 110);
    close_empty(&pool);
}

/* Among those of one bundle, too. */
static void test_flights_go_on_by_turns(void)
{
    v8pool *pool = pool_with(1, 32);
    v8pool_bundle *bundle = bundle_of(pool, "b", "good");
    int turns = turns_beside_six(pool, bundle, bundle);

    OK(turns >= 300 && turns <= 400);
    close_empty(&pool);
}

TAP_MAIN(RUN(test_flights_some_kept_for_others),
         RUN(test_flights_isolate_with_room_is_woken),
         RUN(test_flights_who_took_anothers_wakes_the_next),
         RUN(test_flights_go_on_by_turns_of_their_bundles),
         RUN(test_flights_go_on_by_turns),
         RUN(test_flights_one_bundle_has_them_all),
         RUN(test_flights_of_one_nothing_is_kept))
