/* SPDX-License-Identifier: Apache-2.0
 *
 * test_channel.c: the events of a render, their order and their bound.
 */
#include "fixture.h"

#include "clock.h"
#include "pool.h"

#include <stdlib.h>

#define CHUNK 1000u /* the fake engine's */
#define BOUND 5000u
#define ITEM 128u /* what an event takes itself: not more */

static v8pool *pool_with_channel(size_t bytes)
{
    v8pool_config config;

    pool_config(&config, 1, NULL);
    config.channel_bytes = bytes;
    return pool_open(&config);
}

static size_t unread(v8pool_job *job)
{
    size_t n;

    pthread_mutex_lock(&job->mtx);
    n = job->unread_bytes;
    pthread_mutex_unlock(&job->mtx);
    return n;
}

static int producer_waits(v8pool_job *job)
{
    int waits;

    pthread_mutex_lock(&job->mtx);
    waits = job->producer_waits;
    pthread_mutex_unlock(&job->mtx);
    return waits;
}

static void test_channel_events_in_order(void)
{
    v8pool *pool = pool_of(1);
    v8pool_bundle *bundle = bundle_of(pool, "b", "good");
    v8pool_job *job = submit(pool, bundle, "/log-1", WAIT_MS);
    v8pool_event event;

    v8pool_job_next(job, &event);
    IS_INT(event.kind, V8POOL_LOG);
    IS_INT(event.level, V8POOL_LOG_WARN);
    OK(event.length == 4 && memcmp(event.data, "line", 4) == 0);
    v8pool_job_next(job, &event);
    IS_INT(event.kind, V8POOL_HEAD);
    IS_INT(event.status, 200);
    IS_INT(event.header_count, 1);
    IS_STR(event.headers[0].name, "content-type");
    IS_STR(event.headers[0].value, "text/plain");
    v8pool_job_next(job, &event);
    IS_INT(event.kind, V8POOL_CHUNK);
    v8pool_chunk_free(event.data);
    v8pool_job_next(job, &event);
    IS_INT(event.kind, V8POOL_END);
    IS_STATUS(event.result, V8POOL_OK);
    OK(event.error == NULL);
    OK(event.timing.call_us == 1 && event.timing.output_us == 1);
    v8pool_job_next(job, &event); /* and for ever */
    IS_INT(event.kind, V8POOL_END);
    v8pool_job_release(&job);
    v8pool_destroy(&pool);
}

static void test_channel_head_lives_as_long_as_job(void)
{
    v8pool *pool = pool_of(1);
    v8pool_bundle *bundle = bundle_of(pool, "b", "good");
    v8pool_job *job = submit(pool, bundle, "/x", WAIT_MS);
    v8pool_event head, event;

    v8pool_job_next(job, &head);
    do {
        v8pool_job_next(job, &event);
        if (event.kind == V8POOL_CHUNK) {
            v8pool_chunk_free(event.data);
        }
    } while (event.kind != V8POOL_END);
    IS_STR(head.headers[0].value, "text/plain");
    v8pool_job_release(&job);
    v8pool_destroy(&pool);
}

/* After each chunk it takes, the reader waits until the producer is stuck
 * again: the worst a slow reader can see. */
static void test_channel_slow_reader_buffer_bounded(void)
{
    v8pool *pool = pool_with_channel(BOUND);
    v8pool_bundle *bundle = bundle_of(pool, "b", "good");
    v8pool_job *job = submit(pool, bundle, "/stream-200", WAIT_MS);
    v8pool_event event = {0};
    size_t most = 0, total = 0;
    int stuck = 0;

    while (event.kind != V8POOL_END) {
        if (total / CHUNK < 200 - BOUND / CHUNK - 1) {
            stuck += WAIT_UNTIL(producer_waits(job));
        }
        if (unread(job) > most) {
            most = unread(job);
        }
        v8pool_job_next(job, &event);
        if (event.kind == V8POOL_CHUNK) {
            total += event.length;
            v8pool_chunk_free(event.data);
        }
    }
    IS_STATUS(event.result, V8POOL_OK);
    IS_INT(total, 200 * CHUNK);
    OK(stuck >= 190);
    OK(most >= BOUND && most < BOUND + CHUNK + ITEM);
    v8pool_job_release(&job);
    v8pool_destroy(&pool);
}

static size_t add_pieces(v8e_sink *sink)
{
    size_t pieces = 0;

    while (pieces < 100000 && sink->room(sink->baton)) {
        char *piece = malloc(1);

        *piece = 'x';
        pieces += sink->chunk(sink->baton, piece, 1) == 0;
    }
    return pieces;
}

/* Each of them is on the heap with its event. */
static void test_channel_pieces_of_one_byte_count_as_much_as_they_take(void)
{
    v8pool *pool = pool_with_channel(BOUND);
    v8pool_bundle *bundle = bundle_of(pool, "b", "good");
    v8pool_job *job = submit(pool, bundle, "/spin", WAIT_MS);
    v8e_sink sink = v8p_job_sink(job);
    v8pool_event event;
    size_t pieces = add_pieces(&sink), i;

    OK(pieces > 0 && pieces <= BOUND / 64);
    for (i = 0; i < pieces; i++) {
        v8pool_job_next(job, &event);
        OK(event.kind == V8POOL_CHUNK && event.length == 1);
        v8pool_chunk_free(event.data);
    }
    IS_INT(unread(job), 0);
    IS_INT(add_pieces(&sink), pieces);
    v8pool_job_release(&job);
    v8pool_destroy(&pool);
}

static void test_channel_one_large_chunk_passes_whole(void)
{
    v8pool *pool = pool_with_channel(1);
    v8pool_bundle *bundle = bundle_of(pool, "b", "good");

    OK(renders(pool, bundle, "/a-body-longer-than-one-byte",
               "/a-body-longer-than-one-byte"));
    v8pool_destroy(&pool);
}

static void test_channel_many_chunks_rendered_whole(void)
{
    v8pool *pool = pool_with_channel(BOUND);
    v8pool_bundle *bundle = bundle_of(pool, "b", "good");
    struct reply reply;

    IS_STATUS(reply_get(&reply, pool, bundle, "/stream-3000", WAIT_MS),
              V8POOL_OK);
    IS_INT(reply.answer.length, 3000 * CHUNK);
    OK(reply.answer.body != NULL && strspn(reply_body(&reply), "x") ==
                                        3000 * CHUNK);
    reply_clear(&reply);
    v8pool_destroy(&pool);
}

static void test_channel_reader_leaves_worker_free(void)
{
    v8pool *pool = pool_with_channel(BOUND);
    v8pool_bundle *bundle = bundle_of(pool, "b", "good");
    v8pool_job *job = submit(pool, bundle, "/stream-1000000", UINT32_MAX);
    v8pool_event event;

    v8pool_job_next(job, &event);
    OK(WAIT_UNTIL(producer_waits(job)));
    v8pool_job_release(&job);
    OK(renders(pool, bundle, "/after", "/after"));
    v8pool_destroy(&pool);
}

/* Nobody reads until the limit is long over: it was the limit that ended it,
 * not the caller. */
static void test_channel_reader_never_reads_ends_by_timeout(void)
{
    v8pool *pool = pool_with_channel(BOUND);
    v8pool_bundle *bundle = bundle_of(pool, "b", "good");
    int i, other = 0;

    for (i = 0; i < 20; i++) {
        v8pool_job *job = submit(pool, bundle, "/stream-1000000", 10);

        OK(renders(pool, bundle, "/after", "/after"));
        other += finish(&job) != V8POOL_E_TIMEOUT;
    }
    IS_INT(other, 0);
    IS_INT(pool_stats(pool).timeouts_total, 20);
    v8pool_destroy(&pool);
}

static void test_channel_reader_slow_then_late_gets_whats_there(void)
{
    v8pool *pool = pool_with_channel(BOUND);
    v8pool_bundle *bundle = bundle_of(pool, "b", "good");
    v8pool_job *job = submit(pool, bundle, "/stream-1000000", 10);
    v8pool_event event;
    size_t total = 0;

    OK(renders(pool, bundle, "/after", "/after"));
    do {
        v8pool_job_next(job, &event);
        if (event.kind == V8POOL_CHUNK) {
            total += event.length;
            v8pool_chunk_free(event.data);
        }
    } while (event.kind != V8POOL_END);
    IS_INT(total, BOUND);
    OK(event.error != NULL && event.error->status == V8POOL_E_TIMEOUT);
    v8pool_job_release(&job);
    v8pool_destroy(&pool);
}

static unsigned log_lines(const char *url, const char *last_says)
{
    v8pool *pool = pool_of(1);
    v8pool_bundle *bundle = bundle_of(pool, "b", "good");
    v8pool_job *job = submit(pool, bundle, url, WAIT_MS);
    v8pool_event event;
    unsigned lines = 0;
    int says = last_says == NULL;

    do {
        v8pool_job_next(job, &event);
        if (event.kind == V8POOL_CHUNK) {
            v8pool_chunk_free(event.data);
        }
        if (event.kind == V8POOL_LOG) {
            lines++;
            says = last_says == NULL
                       ? strstr(event.data, "not logged") == NULL
                       : strstr(event.data, last_says) != NULL;
        }
    } while (event.kind != V8POOL_END);
    OK(says);
    v8pool_job_release(&job);
    v8pool_destroy(&pool);
    return lines;
}

static void test_channel_log_flood_cut_with_a_note(void)
{
    IS_INT(log_lines("/log-100", NULL), 100);
    IS_INT(log_lines("/log-101", "(1 more console lines"), 101);
    IS_INT(log_lines("/log-100000", "(99900 more console lines"), 101);
}

static void test_channel_render_console_lines_go_to_log(void)
{
    struct recorder *log = recorder_create();
    v8pool_config config;
    v8pool *pool;
    v8pool_bundle *bundle;

    pool_config(&config, 1, log);
    pool = pool_open(&config);
    bundle = bundle_of(pool, "shop", "good");
    OK(renders(pool, bundle, "/log-3", "/log-3"));
    IS_INT(recorder_count(log, "line"), 3);
    IS_STR(recorder_find(log, "line")->bundle, "shop");
    IS_INT(recorder_find(log, "line")->level, V8POOL_LOG_WARN);
    OK(!recorder_find(log, "line")->has_error);
    v8pool_destroy(&pool);
    recorder_destroy(&log);
}

static void test_channel_long_log_line_cut_between_characters(void)
{
    v8pool *pool = pool_of(1);
    v8pool_bundle *bundle = bundle_of(pool, "b", "good");
    v8pool_job *job = submit(pool, bundle, "/spin", WAIT_MS);
    v8e_sink sink = v8p_job_sink(job);
    char text[3000];
    v8pool_event event;

    memset(text, 'a', sizeof(text));
    memcpy(text + 2046, "\xe2\x82\xac", 3);
    sink.log(sink.baton, V8POOL_LOG_INFO, text, sizeof(text));
    v8pool_job_next(job, &event);
    IS_INT(event.length, 2046);
    IS_INT(strlen(event.data), 2046);
    v8pool_job_release(&job);
    v8pool_destroy(&pool);
}

TAP_MAIN(RUN(test_channel_events_in_order),
         RUN(test_channel_head_lives_as_long_as_job),
         RUN(test_channel_slow_reader_buffer_bounded),
         RUN(test_channel_pieces_of_one_byte_count_as_much_as_they_take),
         RUN(test_channel_one_large_chunk_passes_whole),
         RUN(test_channel_many_chunks_rendered_whole),
         RUN(test_channel_reader_leaves_worker_free),
         RUN(test_channel_reader_never_reads_ends_by_timeout),
         RUN(test_channel_reader_slow_then_late_gets_whats_there),
         RUN(test_channel_log_flood_cut_with_a_note),
         RUN(test_channel_render_console_lines_go_to_log),
         RUN(test_channel_long_log_line_cut_between_characters))
