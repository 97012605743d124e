/* SPDX-License-Identifier: Apache-2.0
 *
 * test_tier_purge.c: what one host purges reaches another.  Hosts are tiers
 * with memory of their own.
 */
#include "memcached.h"
#include "tap.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>

/* What a host's store would know of purges. */
struct host {
    rcache_tier *tier;
    rcache_tier_shared *shared;
    pthread_mutex_t mtx;
    uint64_t tag;          /* guarded by mtx; of the last purge */
    int soft;              /* guarded by mtx */
    int64_t at;            /* guarded by mtx */
    int64_t everything;    /* guarded by mtx; 0: never */
    int purges;            /* guarded by mtx */
};

static struct server server;
static struct host one, two;

static void note_purge(void *baton, uint64_t tag, int soft, int64_t at)
{
    struct host *host = baton;

    pthread_mutex_lock(&host->mtx);
    host->tag = tag;
    host->soft = soft;
    host->at = at;
    host->purges++;
    pthread_mutex_unlock(&host->mtx);
}

static void note_everything(void *baton, int64_t at)
{
    struct host *host = baton;

    pthread_mutex_lock(&host->mtx);
    host->everything = at > host->everything ? at : host->everything;
    pthread_mutex_unlock(&host->mtx);
}

static struct host look(struct host *host)
{
    struct host copy;

    pthread_mutex_lock(&host->mtx);
    copy = *host;
    pthread_mutex_unlock(&host->mtx);
    return copy;
}

#define LOOK(host, field) (look(host).field)

/* In the memory that the host has. */
static void create_process(struct host *host, uint32_t publish_ms)
{
    rcache_tier_config config;
    char error[256] = "";

    servers_config(&config, &server, 1);
    config.budget_ms = 1000; /* a call that is late on a busy machine is one
                              * these tests are not about */
    config.breaker_open_ms = 50;
    config.poll_ms = 20;
    config.publish_ms = publish_ms;
    config.shared = host->shared;
    config.purges = (rcache_tier_purges){note_purge, note_everything, host};
    OK(rcache_tier_create(&host->tier, &config, error, sizeof(error)) == 0);
}

static void start_process(struct host *host, uint32_t publish_ms)
{
    create_process(host, publish_ms);
    IS_INT(rcache_tier_start(host->tier), 0);
}

static void end_process(struct host *host)
{
    IS_INT(rcache_tier_stop(host->tier, 0), 0);
    rcache_tier_destroy(&host->tier);
}

static int follows(struct host *host)
{
    return WAIT_UNTIL(atomic_load(&host->shared->purge_seen) != 0);
}

static void open_host(struct host *host)
{
    memset(host, 0, sizeof(*host));
    pthread_mutex_init(&host->mtx, NULL);
    host->shared = calloc(1, sizeof(*host->shared));
    start_process(host, 60000);
}

static void close_host(struct host *host)
{
    end_process(host);
    free(host->shared);
    pthread_mutex_destroy(&host->mtx);
}

static int open_fixture(void)
{
    server.port = 0;
    if (!OK(server_start(&server))) {
        return 0;
    }
    open_host(&one);
    open_host(&two);
    OK(follows(&one));
    OK(follows(&two));
    return 1;
}

static void close_fixture(void)
{
    close_host(&one);
    close_host(&two);
    server_stop(&server);
}

static int64_t now_us(void)
{
    struct timespec ts;

    clock_gettime(CLOCK_REALTIME, &ts);
    return (int64_t)ts.tv_sec * 1000000 + ts.tv_nsec / 1000;
}

static void test_purge_reaches_the_other_host(void)
{
    struct host seen;
    int i;

    if (!open_fixture()) {
        return;
    }
    rcache_tier_purge_later(one.tier, UINT64_C(0xfedcba9876543210), 1,
                            1700000000123456);
    OK(WAIT_UNTIL(LOOK(&two, purges) > 0));
    seen = look(&two);
    OK(seen.tag == UINT64_C(0xfedcba9876543210));
    IS_INT(seen.soft, 1);
    IS_INT(seen.at, 1700000000123456);
    rcache_tier_purge_later(two.tier, 5, 0, 17);
    OK(WAIT_UNTIL(LOOK(&one, tag) == 5));
    IS_INT(LOOK(&one, soft), 0);
    IS_INT(LOOK(&one, at), 17);
    for (i = 0; i < 50; i++) {
        rcache_tier_purge_later(one.tier, 100, 0, i);
    }
    rcache_tier_purge_later(one.tier, 101, 0, 1);
    OK(WAIT_UNTIL(LOOK(&two, tag) == 101));
    IS_INT(LOOK(&two, purges), 53);
    IS_INT(one.shared->counts.purges_sent, 52);
    /* nobody had to assume anything */
    IS_INT(LOOK(&one, everything), 0);
    IS_INT(LOOK(&two, everything), 0);
    close_fixture();
}

/* Puts what was found into a store that was told of the purge. */
static enum rcache_put_result put_after(const struct host *seen,
                                        const rcache_value *value)
{
    void *base = mmap(NULL, RCACHE_MIN_BYTES, PROT_READ | PROT_WRITE,
                      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    enum rcache_put_result result;
    rcache_key key;
    rcache *store;

    IS_INT(rcache_format(base, RCACHE_MIN_BYTES, 1), 0);
    store = rcache_open(base, RCACHE_MIN_BYTES);
    IS_INT(rcache_join(store), 0);
    rcache_key_set(store, &key, "/p", 2);
    rcache_purge(store, seen->tag, seen->soft, seen->at);
    result = rcache_put(store, &key, value);
    rcache_leave(store);
    rcache_close(store);
    munmap(base, RCACHE_MIN_BYTES);
    return result;
}

/* A page set before a purge, by a server that did it after. */
static void test_purge_beats_a_set_that_was_done_late(void)
{
    static const uint64_t tags[] = {8, 9};
    rcache_value value;
    rcache_value_view view;
    rcache_l2_key key;
    char *bytes = NULL;
    size_t length;
    struct host seen;

    if (!open_fixture()) {
        return;
    }
    memset(&value, 0, sizeof(value));
    value.meta.rendered = now_us();
    value.meta.status = 200;
    value.meta.fresh_until = value.meta.rendered + 60000000;
    value.tags = tags;
    value.tag_count = 2;
    rcache_value_encode("/p", 2, &value, &bytes, &length);
    rcache_tier_key(one.tier, &key, "/p", 2);
    server_freeze(&server);
    IS_INT(rcache_tier_set(one.tier, &key, bytes, length, 60),
           RCACHE_TIER_DOWN);
    server_thaw(&server);
    rcache_tier_purge_later(one.tier, 9, 0, now_us());
    OK(WAIT_UNTIL(LOOK(&two, tag) == 9));
    free(bytes);
    bytes = NULL;
    /* it may have been done, or been lost with its connection */
    WAIT_UNTIL(rcache_tier_find(two.tier, "/p", 2, &view, &bytes) !=
               RCACHE_TIER_DOWN);
    tap_note("the set was %s", bytes != NULL ? "done" : "lost");
    if (bytes == NULL) {
        /* then as it would have been */
        rcache_value_encode("/p", 2, &value, &bytes, &length);
        OK(rcache_value_decode(bytes, length, "/p", 2, &view));
    }
    seen = look(&two);
    IS_INT(put_after(&seen, &view.value), RCACHE_PURGED);
    view.value.meta.rendered = seen.at + 1;
    IS_INT(put_after(&seen, &view.value), RCACHE_STORED);
    free(bytes);
    close_fixture();
}

/* A child is replaced: what was purged in between is read by the next one. */
static void test_purge_between_two_processes_is_read(void)
{
    if (!open_fixture()) {
        return;
    }
    end_process(&two);
    rcache_tier_purge_later(one.tier, 7, 0, 1);
    OK(WAIT_UNTIL(atomic_load(&one.shared->counts.purges_sent) == 1));
    IS_INT(LOOK(&two, purges), 0);
    start_process(&two, 60000);
    OK(WAIT_UNTIL(LOOK(&two, tag) == 7));
    IS_INT(LOOK(&two, everything), 0);
    close_fixture();
}

/* A host that starts has no purges in memory, but memcached has pages. */
static void test_purge_before_a_host_started_is_read(void)
{
    struct host late;
    int i;

    if (!open_fixture()) {
        return;
    }
    for (i = 0; i < 10; i++) {
        rcache_tier_purge_later(one.tier, 7, 0, i + 1);
    }
    OK(WAIT_UNTIL(atomic_load(&one.shared->counts.purges_sent) == 10));
    open_host(&late);
    OK(WAIT_UNTIL(LOOK(&late, purges) == 10));
    OK(follows(&late));
    IS_INT(LOOK(&late, everything), 0);
    close_host(&late);
    close_fixture();
}

/* The text of the number of the last purge. */
static uint64_t newest(void)
{
    const char *said = server_says(&server, "get v8ssr:purge:seq");
    unsigned long long number = 0;

    sscanf(said, "VALUE v8ssr:purge:seq 0 %*d %llu", &number);
    return number;
}

static void test_purge_hole_before_a_start_is_everything(void)
{
    struct host late;
    char command[64];
    int i;

    if (!open_fixture()) {
        return;
    }
    for (i = 0; i < 10; i++) {
        rcache_tier_purge_later(one.tier, 7, 0, i + 1);
    }
    OK(WAIT_UNTIL(atomic_load(&one.shared->counts.purges_sent) == 10));
    snprintf(command, sizeof(command), "delete v8ssr:purge:%llu",
             (unsigned long long)newest() - 5);
    HAS_STR(server_says(&server, command), "DELETED");
    open_host(&late);
    OK(WAIT_UNTIL(LOOK(&late, everything) != 0));
    IS_INT(LOOK(&late, purges), 9);
    close_host(&late);
    close_fixture();
}

/* A number nobody wrote a record for: its owner died. */
static void test_purge_record_missing_is_everything(void)
{
    int64_t began = now_us();

    if (!open_fixture()) {
        return;
    }
    HAS_STR(server_says(&server, "incr v8ssr:purge:seq 3"), "\r\n");
    rcache_tier_purge_later(one.tier, 7, 0, 1);
    OK(WAIT_UNTIL(LOOK(&two, everything) != 0));
    OK(LOOK(&two, everything) >= began);
    OK(WAIT_UNTIL(atomic_load(&two.shared->purge_seen) == newest()));
    rcache_tier_purge_later(one.tier, 8, 0, 1); /* and on it goes */
    OK(WAIT_UNTIL(LOOK(&two, tag) == 8));
    IS_INT(two.shared->counts.purges_lost, 1);
    close_fixture();
}

/* A record comes a little after its number: that is waited for. */
static void test_purge_record_late_is_waited_for(void)
{
    char command[128];
    uint64_t number;

    if (!open_fixture()) {
        return;
    }
    server_says(&server, "incr v8ssr:purge:seq 1");
    number = newest();
    usleep(100000); /* two is looking; if not, the test is weaker, not wrong */
    OK(atomic_load(&two.shared->purge_seen) < number);
    snprintf(command, sizeof(command),
             "set v8ssr:purge:%llu 0 60 22\r\n1 00000000000000ab 0 5",
             (unsigned long long)number);
    HAS_STR(server_says(&server, command), "STORED");
    OK(WAIT_UNTIL(LOOK(&two, tag) == 0xab));
    IS_INT(LOOK(&two, everything), 0);
    close_fixture();
}

static void test_purge_record_of_others_is_everything(void)
{
    char command[128];

    if (!open_fixture()) {
        return;
    }
    server_says(&server, "incr v8ssr:purge:seq 1");
    snprintf(command, sizeof(command),
             "set v8ssr:purge:%llu 0 60 24\r\n1 00000000000000ab 0 5 6",
             (unsigned long long)newest());
    HAS_STR(server_says(&server, command), "STORED");
    OK(WAIT_UNTIL(LOOK(&two, everything) != 0));
    IS_INT(LOOK(&two, purges), 0);
    close_fixture();
}

/* memcached restarted: the log is empty, and what was in it is unknown. */
static void test_purge_log_lost_is_everything(void)
{
    uint64_t before;

    if (!open_fixture()) {
        return;
    }
    rcache_tier_purge_later(one.tier, 7, 0, 1);
    OK(WAIT_UNTIL(LOOK(&two, tag) == 7));
    before = newest();
    server_stop(&server);
    rcache_tier_purge_later(one.tier, 8, 0, 1); /* waits for the server */
    usleep(1100000); /* a second has 1000 numbers, those of its milliseconds */
    OK(server_start(&server));
    OK(WAIT_UNTIL(LOOK(&two, everything) != 0));
    OK(WAIT_UNTIL(atomic_load(&one.shared->counts.purges_sent) == 2));
    OK(newest() > before);
    rcache_tier_purge_later(one.tier, 9, 0, 1);
    OK(WAIT_UNTIL(LOOK(&two, tag) == 9));
    close_fixture();
}

/* Begun again by a host whose clock is behind. */
static void test_purge_log_gone_back_is_everything(void)
{
    if (!open_fixture()) {
        return;
    }
    HAS_STR(server_says(&server, "set v8ssr:purge:seq 0 0 1\r\n5"), "STORED");
    OK(WAIT_UNTIL(LOOK(&two, everything) != 0));
    OK(WAIT_UNTIL(LOOK(&one, everything) != 0));
    rcache_tier_purge_later(one.tier, 9, 0, 1);
    OK(WAIT_UNTIL(LOOK(&two, tag) == 9));
    IS_INT(newest(), 6);
    close_fixture();
}

/* What the record of that number says. */
static const char *record(uint64_t number)
{
    char command[64];

    snprintf(command, sizeof(command), "get v8ssr:purge:%llu",
             (unsigned long long)number);
    return server_says(&server, command);
}

static uint64_t failures(const struct host *host)
{
    return atomic_load(&host->shared->counts.errors) +
           atomic_load(&host->shared->counts.skipped);
}

/* What cannot be told in time is not forgotten. */
static void test_purge_late_becomes_everything(void)
{
    uint64_t before;

    if (!open_fixture()) {
        return;
    }
    end_process(&one);
    server_stop(&server);
    start_process(&one, 1);
    rcache_tier_purge_later(one.tier, 8, 0, 1000);
    rcache_tier_purge_later(one.tier, 8, 0, 4000);
    rcache_tier_purge_later(one.tier, 8, 0, 2000);
    /* 80 times 20 ms: it was tried several times to tell them */
    before = failures(&one);
    OK(WAIT_UNTIL(failures(&one) > before + 80));
    OK(server_start(&server));
    OK(WAIT_UNTIL(atomic_load(&one.shared->counts.purges_sent) == 1));
    HAS_STR(record(newest()), " 2 4000\r\n");
    close_fixture();
}

/* More than the list holds. */
static void test_purge_too_many_become_everything(void)
{
    int i;

    if (!open_fixture()) {
        return;
    }
    end_process(&one);
    create_process(&one, 60000);
    for (i = 1; i <= 300; i++) {
        rcache_tier_purge_later(one.tier, 8, 0, i);
    }
    IS_INT(rcache_tier_start(one.tier), 0);
    OK(WAIT_UNTIL(LOOK(&two, everything) == 300));
    OK(WAIT_UNTIL(LOOK(&two, purges) == 256));
    IS_INT(one.shared->counts.purges_sent, 257);
    IS_INT(two.shared->counts.purges_lost, 0);
    close_fixture();
}

/* The log was out of reach when the host started: it may have missed some. */
static void test_purge_log_found_late_is_everything(void)
{
    struct host late;

    if (!open_fixture()) {
        return;
    }
    server_freeze(&server);
    open_host(&late);
    OK(WAIT_UNTIL(atomic_load(&late.shared->counts.timeouts) > 0));
    server_thaw(&server);
    OK(WAIT_UNTIL(LOOK(&late, everything) != 0));
    close_host(&late);
    close_fixture();
}

/* Of the processes of a host, one reads at a time. */
static void test_purge_log_is_read_once_a_host(void)
{
    struct host second;
    unsigned long long gets = 0;
    const char *at;
    int rounds;

    if (!open_fixture()) {
        return;
    }
    end_process(&one);
    second = two;
    second.tier = NULL;
    start_process(&second, 60000);
    at = strstr(server_says(&server, "stats"), "STAT cmd_get ");
    sscanf(at != NULL ? at : "", "STAT cmd_get %llu", &gets);
    rounds = (int)gets;
    usleep(400000);
    at = strstr(server_says(&server, "stats"), "STAT cmd_get ");
    sscanf(at != NULL ? at : "", "STAT cmd_get %llu", &gets);
    tap_note("%d reads in 20 periods", (int)gets - rounds);
    OK((int)gets - rounds <= 30);
    end_process(&second);
    start_process(&one, 60000);
    close_fixture();
}

TAP_MAIN(RUN(test_purge_reaches_the_other_host),
         RUN(test_purge_beats_a_set_that_was_done_late),
         RUN(test_purge_between_two_processes_is_read),
         RUN(test_purge_before_a_host_started_is_read),
         RUN(test_purge_hole_before_a_start_is_everything),
         RUN(test_purge_record_missing_is_everything),
         RUN(test_purge_record_late_is_waited_for),
         RUN(test_purge_record_of_others_is_everything),
         RUN(test_purge_log_lost_is_everything),
         RUN(test_purge_log_gone_back_is_everything),
         RUN(test_purge_late_becomes_everything),
         RUN(test_purge_too_many_become_everything),
         RUN(test_purge_log_found_late_is_everything),
         RUN(test_purge_log_is_read_once_a_host))
