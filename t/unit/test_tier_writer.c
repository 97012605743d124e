/* SPDX-License-Identifier: Apache-2.0
 *
 * test_tier_writer.c: what is written later, by the tier's thread.
 */
#include "memcached.h"
#include "tap.h"

#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct server server;
static rcache_tier *tier;
static const rcache_tier_counts *counts;
static rcache_tier_config config;

static int open_fixture(unsigned queue_count, size_t queue_bytes)
{
    char error[256] = "";

    server.port = 0;
    if (!OK(server_start(&server))) {
        return 0;
    }
    servers_config(&config, &server, 1);
    config.budget_ms = 5000;
    config.queue_count = queue_count;
    config.queue_bytes = queue_bytes;
    OK(rcache_tier_create(&tier, &config, error, sizeof(error)) == 0);
    counts = &rcache_tier_shared_of(tier)->counts;
    return 1;
}

static void close_fixture(void)
{
    rcache_tier_destroy(&tier);
    server_stop(&server);
}

static enum rcache_tier_result put(int i, size_t length)
{
    rcache_l2_key key;
    char text[32];

    rcache_tier_key(tier, &key, text,
                    (size_t)snprintf(text, sizeof(text), "page %d", i));
    return rcache_tier_put_later(tier, &key, calloc(1, length), length, 60);
}

static enum rcache_tier_result get(int i)
{
    enum rcache_tier_result result;
    rcache_l2_key key;
    char text[32];
    size_t length;
    char *bytes;

    rcache_tier_key(tier, &key, text,
                    (size_t)snprintf(text, sizeof(text), "page %d", i));
    result = rcache_tier_get(tier, &key, &bytes, &length);
    free(bytes);
    return result;
}

static void test_writer_queue_is_bounded_in_count(void)
{
    int i;

    if (!open_fixture(10, 1000000)) {
        return;
    }
    for (i = 0; i < 10; i++) {
        IS_INT(put(i, 100), RCACHE_TIER_DONE);
    }
    for (; i < 13; i++) {
        IS_INT(put(i, 100), RCACHE_TIER_NOT);
    }
    IS_INT(counts->dropped, 3);
    IS_INT(counts->sets, 0);
    IS_INT(rcache_tier_start(tier), 0);
    OK(WAIT_UNTIL(counts->sets == 10));
    IS_INT(get(9), RCACHE_TIER_DONE);
    IS_INT(get(10), RCACHE_TIER_NOT);
    IS_INT(put(10, 100), RCACHE_TIER_DONE); /* there is room again */
    OK(WAIT_UNTIL(counts->sets == 11));
    IS_INT(rcache_tier_stop(tier, 60000), 0);
    close_fixture();
}

static void test_writer_queue_is_bounded_in_bytes(void)
{
    if (!open_fixture(1000, 1000)) {
        return;
    }
    IS_INT(put(1, 600), RCACHE_TIER_DONE);
    IS_INT(put(2, 401), RCACHE_TIER_NOT);
    IS_INT(put(3, 400), RCACHE_TIER_DONE);
    IS_INT(put(4, 1), RCACHE_TIER_NOT);
    IS_INT(counts->dropped, 2);
    IS_INT(rcache_tier_start(tier), 0);
    OK(WAIT_UNTIL(counts->sets == 2));
    OK(WAIT_UNTIL(put(5, 1000) == RCACHE_TIER_DONE));
    IS_INT(rcache_tier_stop(tier, 60000), 0);
    IS_INT(counts->sets, 3);
    close_fixture();
}

static void test_writer_too_large_is_not_queued(void)
{
    if (!open_fixture(10, 100000000)) {
        return;
    }
    IS_INT(put(1, RCACHE_VALUE_MAX + 1), RCACHE_TIER_TOO_LARGE);
    IS_INT(counts->too_large, 1);
    IS_INT(counts->dropped, 0);
    close_fixture(); /* what is queued is freed: LeakSanitizer */
}

/* Whoever gets the lock finds the page: it is given back after it was put. */
static void test_writer_value_is_found_as_it_was(void)
{
    char page[] = "<p>page</p>";
    struct iovec body[2] = {{page, 3}, {page + 3, sizeof(page) - 4}};
    rcache_value value = {.body = body, .body_parts = 2};
    rcache_value_view view;
    char *bytes = NULL;

    if (!open_fixture(10, 1000000)) {
        return;
    }
    value.meta.status = 200;
    value.meta.rendered = 17;
    IS_INT(rcache_tier_start(tier), 0);
    IS_INT(rcache_tier_put_value_later(tier, "page", 4, &value, 60),
           RCACHE_TIER_DONE);
    WAIT_UNTIL(atomic_load(&counts->sets) == 1);
    if (OK(rcache_tier_find(tier, "page", 4, &view, &bytes) ==
           RCACHE_TIER_DONE)) {
        IS_INT(view.value.meta.rendered, 17);
        IS_INT(view.body.iov_len, sizeof(page) - 1);
        OK(memcmp(view.body.iov_base, page, sizeof(page) - 1) == 0);
    }
    free(bytes);
    body[1].iov_len = RCACHE_VALUE_MAX;
    IS_INT(rcache_tier_put_value_later(tier, "page", 4, &value, 60),
           RCACHE_TIER_TOO_LARGE);
    IS_INT(atomic_load(&counts->too_large), 1);
    rcache_tier_stop(tier, 1000);
    close_fixture();
}

static void test_writer_keeps_the_order(void)
{
    rcache_tier_lock lock;
    rcache_l2_key key;
    int i, early = 0;

    if (!open_fixture(100, 100000000)) {
        return;
    }
    IS_INT(rcache_tier_start(tier), 0);
    for (i = 0; i < 20; i++) {
        char text[32];

        rcache_tier_key(tier, &key, text,
                        (size_t)snprintf(text, sizeof(text), "page %d", i));
        rcache_tier_lock_take(tier, &key, 600, &lock);
        put(i, 100000);
        rcache_tier_unlock_later(tier, &lock);
        OK(WAIT_UNTIL(rcache_tier_lock_take(tier, &key, 600, &lock) ==
                      RCACHE_TIER_DONE));
        early += get(i) != RCACHE_TIER_DONE;
    }
    IS_INT(early, 0);
    IS_INT(rcache_tier_stop(tier, 60000), 0);
    close_fixture();
}

static void test_writer_stop_drains_in_its_time(void)
{
    int i;

    if (!open_fixture(100, 1000000)) {
        return;
    }
    for (i = 0; i < 50; i++) {
        put(i, 100);
    }
    IS_INT(rcache_tier_start(tier), 0);
    IS_INT(rcache_tier_stop(tier, 60000), 0);
    IS_INT(counts->sets, 50);
    IS_INT(put(1, 1), RCACHE_TIER_NOT); /* nobody would write it */
    IS_INT(rcache_tier_stop(tier, 60000), 0);
    close_fixture();
}

/* With no time at all, nothing is written that was not begun. */
static void test_writer_stop_drops_what_is_late(void)
{
    int i;

    if (!open_fixture(1000, 100000000)) {
        return;
    }
    server_freeze(&server);
    IS_INT(rcache_tier_start(tier), 0);
    for (i = 0; i < 1000; i++) {
        put(i, 1000);
    }
    server_thaw(&server);
    IS_INT(rcache_tier_stop(tier, 0), 0);
    OK(counts->sets < 1000);
    close_fixture();
}

/* A hung server holds the end up for one call, not for each of the queue. */
static void test_writer_stop_does_not_wait_for_a_hung_server(void)
{
    char error[256];
    int i;

    if (!open_fixture(1, 1)) {
        return;
    }
    rcache_tier_destroy(&tier);
    config.budget_ms = 20;
    config.queue_count = 1000;
    config.queue_bytes = 1000000;
    config.breaker_failures = 255;
    OK(rcache_tier_create(&tier, &config, error, sizeof(error)) == 0);
    counts = &rcache_tier_shared_of(tier)->counts;
    server_freeze(&server);
    IS_INT(rcache_tier_start(tier), 0);
    for (i = 0; i < 200; i++) {
        put(i, 10);
    }
    IS_INT(rcache_tier_stop(tier, 20), 0);
    tap_note("%d timeouts", (int)counts->timeouts);
    OK(counts->timeouts < 100);
    close_fixture();
}

/* ---- signals ------------------------------------------------------------------ */

static sigset_t blocked;         /* set by the thread, before .. */
static _Atomic int has_blocked;  /* .. this */

static void note_mask(void *baton, uint64_t tag, int soft, int64_t at)
{
    (void)baton, (void)tag, (void)soft, (void)at;
    if (!has_blocked) {
        pthread_sigmask(SIG_BLOCK, NULL, &blocked);
        has_blocked = 1;
    }
}

static void test_writer_thread_takes_no_signals(void)
{
    sigset_t ours;
    char error[256];

    if (!open_fixture(10, 1000)) {
        return;
    }
    rcache_tier_destroy(&tier);
    config.purges.one = note_mask;
    config.poll_ms = 20;
    OK(rcache_tier_create(&tier, &config, error, sizeof(error)) == 0);
    IS_INT(rcache_tier_start(tier), 0);
    rcache_tier_purge_later(tier, 1, 0, 1); /* we hear of it, too */
    OK(WAIT_UNTIL(has_blocked));
    IS_INT(sigismember(&blocked, SIGTERM), 1);
    IS_INT(sigismember(&blocked, SIGUSR1), 1);
    IS_INT(sigismember(&blocked, SIGHUP), 1);
    IS_INT(sigismember(&blocked, SIGSEGV), 0);
    pthread_sigmask(SIG_BLOCK, NULL, &ours);
    IS_INT(sigismember(&ours, SIGTERM), 0); /* and it is as it was here */
    IS_INT(rcache_tier_stop(tier, 60000), 0);
    close_fixture();
}

/* ---- many at once -------------------------------------------------------------- */

#define PUTTERS 4
#define EACH 200

static void *put_many(void *arg)
{
    int first = (int)(intptr_t)arg * EACH;
    int i;

    for (i = first; i < first + EACH; i++) {
        put(i, 500);
        get(i);
    }
    return NULL;
}

static void test_writer_many_put_at_once(void)
{
    pthread_t thread[PUTTERS];
    intptr_t i;

    if (!open_fixture(50, 20000)) {
        return;
    }
    IS_INT(rcache_tier_start(tier), 0);
    for (i = 0; i < PUTTERS; i++) {
        pthread_create(&thread[i], NULL, put_many, (void *)i);
    }
    for (i = 0; i < PUTTERS; i++) {
        pthread_join(thread[i], NULL);
    }
    IS_INT(rcache_tier_stop(tier, 60000), 0);
    tap_note("%d written, %d dropped", (int)counts->sets,
             (int)counts->dropped);
    IS_INT(counts->sets + counts->dropped, PUTTERS * EACH);
    OK(counts->sets >= 50);
    close_fixture();
}

TAP_MAIN(RUN(test_writer_thread_takes_no_signals),
         RUN(test_writer_queue_is_bounded_in_count),
         RUN(test_writer_queue_is_bounded_in_bytes),
         RUN(test_writer_too_large_is_not_queued),
         RUN(test_writer_value_is_found_as_it_was),
         RUN(test_writer_keeps_the_order),
         RUN(test_writer_stop_drains_in_its_time),
         RUN(test_writer_stop_drops_what_is_late),
         RUN(test_writer_stop_does_not_wait_for_a_hung_server),
         RUN(test_writer_many_put_at_once))
