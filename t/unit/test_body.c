/* SPDX-License-Identifier: Apache-2.0
 *
 * test_body.c: a request's body on its way to the render: its bound, its end,
 * and whose time it is when nothing comes.
 */
#include "fixture.h"

#include "clock.h"
#include "pool.h"

#include <stdio.h>
#include <unistd.h>

#define PIECE 65536u
#define UNREAD_MAX 262144u

static char zeros[PIECE];

/* One isolate, so many renders in it at a time. */
static v8pool *pool_with(unsigned concurrency)
{
    v8pool_config config;

    pool_config(&config, 1, NULL);
    config.concurrency = concurrency;
    return pool_open(&config);
}

/* What it answers; releases it. */
static void answers(v8pool_job **job, const char *text)
{
    v8pool_event event;
    char got[256] = "";

    do {
        v8pool_job_next(*job, &event);
        if (event.kind == V8POOL_CHUNK) {
            snprintf(got, sizeof(got), "%.*s", (int)event.length, event.data);
            v8pool_chunk_free(event.data);
        }
    } while (event.kind != V8POOL_END);
    IS_STATUS(event.result, V8POOL_OK);
    IS_STR(got, text);
    v8pool_job_release(job);
}

/* Waits for room; 0: there will be none. */
static int give(v8pool_job *job, size_t length)
{
    v8pool_event event;

    while (v8pool_job_body_room(job) == 0) {
        if (v8pool_job_wait_fd(job, &event, WAIT_MS, -1)) {
            return 0;
        }
    }
    return v8pool_job_body(job, zeros, length);
}

static void test_body_of_many_pieces_comes_whole(void)
{
    v8pool *pool = pool_with(4);
    v8pool_job *job =
        upload(pool, bundle_of(pool, "b", "good"), "/body", WAIT_MS);
    int i, given = 0;

    for (i = 0; i < 1000; i++) {
        given += give(job, i % 2 == 0 ? 10000 : 1);
    }
    IS_INT(given, 1000);
    v8pool_job_body_end(job, V8POOL_BODY_WHOLE);
    v8pool_job_body_end(job, V8POOL_BODY_CUT); /* too late */
    answers(&job, "5000500 ok");
    v8pool_destroy(&pool);
}

static void test_body_ends_are_told(void)
{
    v8pool *pool = pool_with(4);
    v8pool_bundle *bundle = bundle_of(pool, "b", "good");
    v8pool_job *job = upload(pool, bundle, "/body", WAIT_MS);

    OK(give(job, 5));
    v8pool_job_body_end(job, V8POOL_BODY_CUT);
    IS_INT(v8pool_job_body_room(job), 0);
    OK(!v8pool_job_body(job, zeros, 1));
    answers(&job, "5 ERR_BODY_CUT");
    job = upload(pool, bundle, "/body", WAIT_MS);
    v8pool_job_body_end(job, V8POOL_BODY_TOO_LARGE);
    answers(&job, "0 ERR_BODY_TOO_LARGE");
    job = upload(pool, bundle, "/body", WAIT_MS);
    v8pool_job_body_end(job, V8POOL_BODY_WHOLE);
    answers(&job, "0 ok");
    v8pool_destroy(&pool);
}

static void test_body_that_nobody_reads_is_bounded(void)
{
    v8pool *pool = pool_with(1);
    v8pool_bundle *bundle = bundle_of(pool, "b", "good");
    v8pool_job *first = upload(pool, bundle, "/body", WAIT_MS);
    v8pool_job *job = upload(pool, bundle, "/body", WAIT_MS); /* queued */
    v8pool_event event;
    size_t taken = 0;

    IS_INT(v8pool_job_body_room(job), UNREAD_MAX);
    OK(!v8pool_job_body_is_wanted(job));
    while (v8pool_job_body_room(job) > 0) {
        OK(v8pool_job_body(job, zeros, PIECE));
        taken += PIECE;
    }
    IS_INT(taken, UNREAD_MAX);
    v8pool_job_body_end(first, V8POOL_BODY_WHOLE);
    answers(&first, "0 ok");
    while (v8pool_job_body_room(job) == 0) {
        OK(!v8pool_job_wait_fd(job, &event, WAIT_MS, -1)); /* woken for that */
    }
    OK(v8pool_job_body_is_wanted(job));
    OK(v8pool_job_body(job, zeros, 10));
    v8pool_job_body_end(job, V8POOL_BODY_WHOLE);
    answers(&job, "262154 ok");
    v8pool_destroy(&pool);
}

static void test_body_wait_ends_for_a_descriptor(void)
{
    v8pool *pool = pool_with(4);
    v8pool_job *job =
        upload(pool, bundle_of(pool, "b", "good"), "/body", WAIT_MS);
    v8pool_event event;
    char byte;
    int ends[2];

    OK(pipe(ends) == 0);
    OK(!v8pool_job_wait_fd(job, &event, 1, ends[0])); /* or: it is wanted */
    OK(write(ends[1], "x", 1) == 1);
    OK(!v8pool_job_wait_fd(job, &event, WAIT_MS, ends[0]));
    OK(read(ends[0], &byte, 1) == 1);
    v8pool_job_body_end(job, V8POOL_BODY_WHOLE);
    /* and for an event, which wakes it there */
    while (!v8pool_job_wait_fd(job, &event, WAIT_MS, ends[0])) {
    }
    IS_INT(event.kind, V8POOL_HEAD);
    close(ends[0]);
    close(ends[1]);
    v8pool_job_release(&job);
    v8pool_destroy(&pool);
}

/* Both limits are over by far: the render's, and the second more after which its
 * asker would leave. */
static void test_body_wait_is_not_the_renders_time(void)
{
    v8pool *pool = pool_with(4);
    v8pool_job *job = upload(pool, bundle_of(pool, "b", "good"), "/body", 500);
    v8pool_event event;

    OK(give(job, 5));
    OK(!v8pool_job_wait(job, &event, 1800));
    OK(give(job, 5));
    v8pool_job_body_end(job, V8POOL_BODY_WHOLE);
    answers(&job, "10 ok");
    v8pool_destroy(&pool);
}

static void test_body_wait_takes_nobodys_place(void)
{
    v8pool *pool = pool_with(2);
    v8pool_bundle *bundle = bundle_of(pool, "b", "good");
    v8pool_job *jobs[3];
    int i;

    for (i = 0; i < 3; i++) {
        jobs[i] = upload(pool, bundle, "/body", WAIT_MS);
        OK(WAIT_UNTIL(v8pool_job_body_is_wanted(jobs[i])));
    }
    OK(renders(pool, bundle, "/waiting", "4"));
    for (i = 0; i < 3; i++) {
        v8pool_job_body_end(jobs[i], V8POOL_BODY_WHOLE);
        answers(&jobs[i], "0 ok");
    }
    v8pool_destroy(&pool);
}

/* Nor of the places that bundles share. */
static void test_body_wait_takes_no_share(void)
{
    v8pool *pool = pool_with(4);
    v8pool_bundle *slow = bundle_of(pool, "slow", "good");
    v8pool_bundle *other = bundle_of(pool, "other", "good");
    v8pool_job *jobs[8];
    unsigned i;

    for (i = 0; i < 8; i++) {
        jobs[i] = upload(pool, slow, "/body", WAIT_MS);
        OK(WAIT_UNTIL(v8pool_job_body_is_wanted(jobs[i])));
    }
    OK(renders(pool, slow, "/x", "/x"));
    OK(renders(pool, other, "/x", "/x"));
    for (i = 0; i < 8; i++) {
        v8pool_job_body_end(jobs[i], V8POOL_BODY_WHOLE);
        answers(&jobs[i], "0 ok");
    }
    v8pool_destroy(&pool);
}

static void test_body_is_given_up_with_its_job(void)
{
    v8pool *pool = pool_with(4);
    v8pool_bundle *bundle = bundle_of(pool, "b", "good");
    v8pool_job *job = upload(pool, bundle, "/body", WAIT_MS);

    OK(give(job, PIECE));
    v8pool_job_release(&job);
    OK(WAIT_UNTIL(pool_stats(pool).running == 0));
    OK(renders(pool, bundle, "/waiting", "1")); /* it alone */
    v8pool_destroy(&pool);
}

/* Whatever it was that the first run has read, it is gone. */
static void test_body_that_was_begun_is_no_retry(void)
{
    v8pool *pool = pool_with(4);
    v8pool_bundle *bundle = bundle_of(pool, "b", "good");
    v8pool_job *begun = upload(pool, bundle, "/body", WAIT_MS);
    v8pool_job *waits = upload(pool, bundle, "/body", WAIT_MS);
    v8pool_event event;
    struct reply reply;

    OK(give(begun, 5));
    OK(WAIT_UNTIL(v8pool_job_body_room(begun) == UNREAD_MAX));
    OK(WAIT_UNTIL(v8pool_job_body_is_wanted(waits)));
    IS_STATUS(reply_get(&reply, pool, bundle, "/heap", WAIT_MS),
              V8POOL_E_HEAP);
    reply_clear(&reply);
    v8pool_job_next(begun, &event);
    IS_INT(event.kind, V8POOL_END);
    IS_STATUS(event.result, V8POOL_E_HEAP);
    v8pool_job_release(&begun);
    OK(give(waits, 7));
    v8pool_job_body_end(waits, V8POOL_BODY_WHOLE);
    answers(&waits, "7 ok");
    v8pool_destroy(&pool);
}

TAP_MAIN(RUN(test_body_of_many_pieces_comes_whole),
         RUN(test_body_ends_are_told),
         RUN(test_body_that_nobody_reads_is_bounded),
         RUN(test_body_wait_ends_for_a_descriptor),
         RUN(test_body_wait_is_not_the_renders_time),
         RUN(test_body_wait_takes_nobodys_place),
         RUN(test_body_wait_takes_no_share),
         RUN(test_body_is_given_up_with_its_job),
         RUN(test_body_that_was_begun_is_no_retry))
