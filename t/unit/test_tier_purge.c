/* SPDX-License-Identifier: Apache-2.0
 *
 * test_tier_purge.c: what one host purges reaches another.
 */
#include "hosts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>

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

    if (!hosts_open()) {
        return;
    }
    rcache_tier_purge_later(one.tier, UINT64_C(0xfedcba9876543210), 1,
                            1700000000123456);
    OK(WAIT_UNTIL(LOOK(&two, purges) > 0));
    seen = host_look(&two);
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
    hosts_close();
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

    if (!hosts_open()) {
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
    seen = host_look(&two);
    IS_INT(put_after(&seen, &view.value), RCACHE_PURGED);
    view.value.meta.rendered = seen.at + 1;
    IS_INT(put_after(&seen, &view.value), RCACHE_STORED);
    free(bytes);
    hosts_close();
}

/* A child is replaced: what was purged in between is read by the next one. */
static void test_purge_between_two_processes_is_read(void)
{
    if (!hosts_open()) {
        return;
    }
    host_end_process(&two);
    rcache_tier_purge_later(one.tier, 7, 0, 1);
    OK(WAIT_UNTIL(atomic_load(&one.shared->counts.purges_sent) == 1));
    IS_INT(LOOK(&two, purges), 0);
    host_start_process(&two, 60000);
    OK(WAIT_UNTIL(LOOK(&two, tag) == 7));
    IS_INT(LOOK(&two, everything), 0);
    hosts_close();
}

/* A host that starts has no purges in memory, but memcached has pages. */
static void test_purge_before_a_host_started_is_read(void)
{
    struct host late;
    int i;

    if (!hosts_open()) {
        return;
    }
    for (i = 0; i < 10; i++) {
        rcache_tier_purge_later(one.tier, 7, 0, i + 1);
    }
    OK(WAIT_UNTIL(atomic_load(&one.shared->counts.purges_sent) == 10));
    host_open(&late);
    OK(WAIT_UNTIL(LOOK(&late, purges) == 10));
    OK(host_follows(&late));
    IS_INT(LOOK(&late, everything), 0);
    host_close(&late);
    hosts_close();
}

/* Of the processes of a host, one reads at a time. */
static void test_purge_log_is_read_once_a_host(void)
{
    struct host second;
    unsigned long long gets = 0;
    const char *at;
    int64_t began;
    int rounds;

    if (!hosts_open()) {
        return;
    }
    host_end_process(&one);
    second = two;
    second.tier = NULL;
    host_start_process(&second, 60000);
    at = strstr(server_says(&server, "stats"), "STAT cmd_get ");
    sscanf(at != NULL ? at : "", "STAT cmd_get %llu", &gets);
    rounds = (int)gets;
    began = now_us() - 1000;
    usleep(400000);
    at = strstr(server_says(&server, "stats"), "STAT cmd_get ");
    sscanf(at != NULL ? at : "", "STAT cmd_get %llu", &gets);
    /* at least three quarters of 20 ms lie between two; both of them on their
     * own would look twice in 20 ms */
    tap_note("%d reads in %d ms", (int)gets - rounds,
             (int)((now_us() - began) / 1000));
    OK((int)gets - rounds <= (now_us() - began) / 15000 + 2);
    host_end_process(&second);
    host_start_process(&one, 60000);
    hosts_close();
}

TAP_MAIN(RUN(test_purge_reaches_the_other_host),
         RUN(test_purge_beats_a_set_that_was_done_late),
         RUN(test_purge_between_two_processes_is_read),
         RUN(test_purge_before_a_host_started_is_read),
         RUN(test_purge_log_is_read_once_a_host))
