/* SPDX-License-Identifier: Apache-2.0
 *
 * test_fair.c: two bundles in one pool: whose turn it is, who has to go when
 * there is no place, and what is kept for whom.
 */
#include "fixture.h"
#include "inside.h"

#define MANY 4
#define PLACES 5 /* to wait; odd: there are no two halves */

static v8pool *pool_with(unsigned isolates, unsigned concurrency,
                         unsigned queue_length, unsigned job_limit)
{
    v8pool_config config;

    pool_config(&config, isolates, NULL);
    config.concurrency = concurrency;
    config.queue_length = queue_length;
    config.job_limit = job_limit;
    return pool_open(&config);
}

static uint64_t started_us(v8pool_job *job)
{
    uint64_t us;

    pthread_mutex_lock(&job->mtx);
    us = job->started_us;
    pthread_mutex_unlock(&job->mtx);
    return us;
}

/* A render that keeps the only isolate until it is released. */
static v8pool_job *block(v8pool *pool, v8pool_bundle *bundle)
{
    v8pool_job *job = submit(pool, bundle, "/spin", WAIT_MS);

    OK(WAIT_UNTIL(pool_stats(pool).running == 1));
    return job;
}

static v8pool_status refusal(v8pool *pool, v8pool_bundle *bundle)
{
    v8pool_request request;
    v8pool_job *job = NULL;
    v8pool_status status;

    v8pool_request_init(&request);
    status = v8pool_submit(pool, bundle, &request, &job);
    v8pool_job_release(&job);
    return status;
}

/* --- turns --------------------------------------------------------------------------- */

static void test_turn_bundle_that_had_less_time_goes_first(void)
{
    v8pool *pool = pool_with(1, 1, 100, 0);
    v8pool_bundle *slow = bundle_of(pool, "slow", "good");
    v8pool_bundle *other = bundle_of(pool, "other", "good");
    v8pool_job *blocker = block(pool, slow);
    v8pool_job *slows[MANY], *others[MANY];
    int i, late = 0;

    for (i = 0; i < MANY; i++) {
        slows[i] = submit(pool, slow, "/late-50", WAIT_MS);
    }
    for (i = 0; i < MANY; i++) {
        others[i] = submit(pool, other, "/late-50", WAIT_MS);
    }
    spend(slow, (uint64_t)1000000000);
    v8pool_job_release(&blocker);
    OK(WAIT_UNTIL(pool_stats(pool).renders_total == 2 * MANY + 1));
    for (i = 0; i < MANY; i++) {
        late += started_us(others[i]) > started_us(slows[0]);
        late += i > 0 && started_us(others[i]) < started_us(others[i - 1]);
        late += i > 0 && started_us(slows[i]) < started_us(slows[i - 1]);
    }
    IS_INT(late, 0);
    release_all(slows, MANY);
    release_all(others, MANY);
    close_empty(&pool);
}

static void test_turn_time_of_all_turns_is_counted(void)
{
    v8pool *pool = pool_with(1, 4, 100, 0);
    v8pool_bundle *bundle = bundle_of(pool, "b", "good");
    v8pool_bundle *other = bundle_of(pool, "other", "good");
    uint64_t before;

    OK(renders(pool, bundle, "/late-20000", NULL));
    OK(renders(pool, other, "/x", "/x")); /* the first one is counted by now */
    before = atomic_load(&bundle->line.spent_us);
    OK(before >= 20000);
    atomic_store(&bundle->line.begin_us, 0);
    OK(renders(pool, bundle, "/then-20000", NULL));
    OK(renders(pool, other, "/x", "/x"));
    OK(atomic_load(&bundle->line.spent_us) >= before + 20000);
    close_empty(&pool);
}

/* Whoever was away has saved nothing up: it is next, and not for long. */
static void test_turn_back_from_idle_begins_where_others_are(void)
{
    v8pool *pool = pool_with(1, 1, 100, 0);
    v8pool_bundle *busy = bundle_of(pool, "busy", "good");
    v8pool_bundle *idle = bundle_of(pool, "idle", "good");
    v8pool_job *blocker, *job;

    spend(busy, 5000000);
    blocker = block(pool, busy);
    job = submit(pool, idle, "/x", WAIT_MS);
    IS_INT(atomic_load(&idle->line.spent_us), 5000000);
    v8pool_job_release(&blocker);
    IS_STATUS(finish(&job), V8POOL_OK);
    close_empty(&pool);
}

/* What takes long is not begun in all isolates before it was counted once. */
static void test_turn_paid_in_advance_others_get_an_isolate(void)
{
    v8pool *pool = pool_with(2, 1, 100, 0);
    v8pool_bundle *third = bundle_of(pool, "third", "good");
    v8pool_bundle *slow = bundle_of(pool, "slow", "good");
    v8pool_bundle *other = bundle_of(pool, "other", "good");
    v8pool_job *blockers[2], *slows[2], *job;
    int i;

    for (i = 0; i < 2; i++) {
        blockers[i] = submit(pool, third, "/spin", WAIT_MS);
    }
    OK(WAIT_UNTIL(pool_stats(pool).running == 2));
    for (i = 0; i < 2; i++) {
        slows[i] = submit(pool, slow, "/spin", WAIT_MS);
    }
    job = submit(pool, other, "/spin", WAIT_MS);
    atomic_store(&slow->line.begin_us, (uint64_t)1000000000);
    spend(slow, 0);
    spend(other, 1000);
    release_all(blockers, 2);
    OK(WAIT_UNTIL(!is_queued(slows[0]) && !is_queued(job)));
    OK(is_queued(slows[1]));
    release_all(slows, 2);
    v8pool_job_release(&job);
    close_empty(&pool);
}

/* --- places to wait ------------------------------------------------------------------ */

static void test_full_newest_of_the_most_makes_room(void)
{
    v8pool *pool = pool_with(1, 1, PLACES, 0);
    v8pool_bundle *slow = bundle_of(pool, "slow", "good");
    v8pool_bundle *other = bundle_of(pool, "other", "good");
    v8pool_job *blocker = block(pool, slow);
    v8pool_job *slows[PLACES], *others[2];
    v8pool_event event;
    int i;

    for (i = 0; i < PLACES; i++) {
        slows[i] = submit(pool, slow, "/slow", WAIT_MS);
    }
    IS_STATUS(refusal(pool, slow), V8POOL_E_FULL);
    for (i = 0; i < 2; i++) {
        others[i] = submit(pool, other, "/other", WAIT_MS);
        IS_INT(pool_stats(pool).queued, PLACES);
    }
    /* half of the places: no more, and nothing to and fro */
    IS_STATUS(refusal(pool, other), V8POOL_E_FULL);
    IS_STATUS(refusal(pool, slow), V8POOL_E_FULL);
    IS_INT(pool_stats(pool).refused_total, 5);

    v8pool_job_next(slows[4], &event); /* at once: the isolate is busy yet */
    IS_INT(event.kind, V8POOL_END);
    IS_STATUS(event.result, V8POOL_E_FULL);
    IS_STR(event.error->message,
           "the queue is full, its place went to bundle other, which has "
           "fewer renders in it");
    v8pool_job_release(&slows[4]);
    IS_STATUS(finish(&slows[3]), V8POOL_E_FULL);
    v8pool_job_release(&blocker);
    for (i = 0; i < 3; i++) {
        IS_STATUS(finish(&slows[i]), V8POOL_OK);
    }
    for (i = 0; i < 2; i++) {
        IS_STATUS(finish(&others[i]), V8POOL_OK);
    }
    IS_INT(pool_stats(pool).queued, 0);
    close_empty(&pool);
}

/* One that was given up made room when it was: it is not taken for a place. */
static void test_full_given_up_is_no_place(void)
{
    v8pool *pool = pool_with(1, 1, 2, 0);
    v8pool_bundle *slow = bundle_of(pool, "slow", "good");
    v8pool_bundle *other = bundle_of(pool, "other", "good");
    v8pool_job *blocker = block(pool, slow);
    v8pool_job *first = submit(pool, slow, "/1", WAIT_MS);
    v8pool_job *second = submit(pool, slow, "/2", WAIT_MS);
    v8pool_job *job;
    v8pool_request request;
    struct reply reply;

    v8pool_job_release(&second);
    OK(slow->line.first == first && slow->line.last == first);
    v8pool_request_init(&request);
    request.queue_ms = 5;
    IS_STATUS(reply_send(&reply, pool, slow, &request),
              V8POOL_E_QUEUE_TIMEOUT);
    OK(slow->line.first == first && slow->line.last == first);
    job = submit(pool, other, "/3", WAIT_MS); /* there is a place */
    IS_INT(pool_stats(pool).refused_total, 0);
    IS_STATUS(refusal(pool, other), V8POOL_E_FULL);
    v8pool_job_release(&blocker);
    IS_STATUS(finish(&first), V8POOL_OK);
    IS_STATUS(finish(&job), V8POOL_OK);
    close_empty(&pool);
}

/* Each job holds a thread of httpd's. */
static void test_job_limit_some_kept_for_others(void)
{
    v8pool *pool = pool_with(1, 32, 100, 16);
    v8pool_bundle *slow = bundle_of(pool, "slow", "good");
    v8pool_bundle *other;
    v8pool_job *jobs[17];
    int i;

    for (i = 0; i < 16; i++) { /* all, as long as there is one bundle */
        jobs[i] = submit(pool, slow, "/never", UINT32_MAX);
    }
    OK(WAIT_UNTIL(pool_stats(pool).running == 16));
    IS_STATUS(refusal(pool, slow), V8POOL_E_FULL);
    release_all(jobs, 16);
    OK(WAIT_UNTIL(pool_stats(pool).running == 0));

    other = bundle_of(pool, "other", "good");
    for (i = 0; i < 14; i++) {
        jobs[i] = submit(pool, slow, "/never", UINT32_MAX);
    }
    OK(WAIT_UNTIL(pool_stats(pool).running == 14));
    IS_STATUS(refusal(pool, slow), V8POOL_E_FULL);
    for (i = 14; i < 16; i++) {
        jobs[i] = submit(pool, other, "/never", WAIT_MS);
    }
    OK(WAIT_UNTIL(pool_stats(pool).running == 16));
    IS_STATUS(refusal(pool, other), V8POOL_E_FULL); /* none of those waits */
    release_all(jobs, 16);
    close_empty(&pool);
}

static void test_job_limit_waiting_one_makes_room(void)
{
    v8pool *pool = pool_with(1, 1, 100, 8);
    v8pool_bundle *slow = bundle_of(pool, "slow", "good");
    v8pool_bundle *other = bundle_of(pool, "other", "good");
    v8pool_job *blocker = block(pool, slow);
    v8pool_job *slows[6], *others[4];
    int i;

    for (i = 0; i < 6; i++) {
        slows[i] = submit(pool, slow, "/slow", WAIT_MS);
    }
    IS_STATUS(refusal(pool, slow), V8POOL_E_FULL); /* the eighth is kept */
    for (i = 0; i < 4; i++) {
        others[i] = submit(pool, other, "/other", WAIT_MS);
    }
    IS_STATUS(refusal(pool, other), V8POOL_E_FULL);
    for (i = 3; i < 6; i++) {
        IS_STATUS(finish(&slows[i]), V8POOL_E_FULL);
    }
    v8pool_job_release(&blocker);
    for (i = 0; i < 3; i++) {
        IS_STATUS(finish(&slows[i]), V8POOL_OK);
    }
    for (i = 0; i < 4; i++) {
        IS_STATUS(finish(&others[i]), V8POOL_OK);
    }
    close_empty(&pool);
}

/* The one with most has nothing to give; one with its share gives nothing. */
static void test_job_limit_nobody_falls_below_a_share(void)
{
    v8pool *pool = pool_with(1, 8, 100, 8);
    v8pool_bundle *slow = bundle_of(pool, "slow", "good");
    v8pool_bundle *other = bundle_of(pool, "other", "good");
    v8pool_bundle *third = bundle_of(pool, "third", "good");
    v8pool_job *slows[6], *busy, *job;
    int i;

    for (i = 0; i < 6; i++) {
        slows[i] = submit(pool, slow, "/never", UINT32_MAX);
    }
    OK(WAIT_UNTIL(pool_stats(pool).running == 6));
    IS_STATUS(refusal(pool, slow), V8POOL_E_FULL);
    busy = submit(pool, other, "/spin", WAIT_MS);
    OK(WAIT_UNTIL(pool_stats(pool).running == 7));
    job = submit(pool, third, "/x", WAIT_MS);
    IS_STATUS(refusal(pool, other), V8POOL_E_FULL);
    OK(is_queued(job));
    v8pool_job_release(&busy);
    IS_STATUS(finish(&job), V8POOL_OK);
    release_all(slows, 6);
    close_empty(&pool);
}

TAP_MAIN(RUN(test_turn_bundle_that_had_less_time_goes_first),
         RUN(test_turn_time_of_all_turns_is_counted),
         RUN(test_turn_back_from_idle_begins_where_others_are),
         RUN(test_turn_paid_in_advance_others_get_an_isolate),
         RUN(test_full_newest_of_the_most_makes_room),
         RUN(test_full_given_up_is_no_place),
         RUN(test_job_limit_some_kept_for_others),
         RUN(test_job_limit_waiting_one_makes_room),
         RUN(test_job_limit_nobody_falls_below_a_share))
