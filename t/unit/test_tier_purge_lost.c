/* SPDX-License-Identifier: Apache-2.0
 *
 * test_tier_purge_lost.c: purges that cannot be told, or be read, count as
 * purges of everything.
 */
#include "hosts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static int64_t now_us(void)
{
    struct timespec ts;

    clock_gettime(CLOCK_REALTIME, &ts);
    return (int64_t)ts.tv_sec * 1000000 + ts.tv_nsec / 1000;
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

    if (!hosts_open()) {
        return;
    }
    for (i = 0; i < 10; i++) {
        rcache_tier_purge_later(one.tier, 7, 0, i + 1);
    }
    OK(WAIT_UNTIL(atomic_load(&one.shared->counts.purges_sent) == 10));
    snprintf(command, sizeof(command), "delete v8ssr:purge:%llu",
             (unsigned long long)newest() - 5);
    HAS_STR(server_says(&server, command), "DELETED");
    host_open(&late);
    OK(WAIT_UNTIL(LOOK(&late, everything) != 0));
    IS_INT(LOOK(&late, purges), 9);
    host_close(&late);
    hosts_close();
}

/* A number nobody wrote a record for: its owner died. */
static void test_purge_record_missing_is_everything(void)
{
    int64_t began = now_us();

    if (!hosts_open()) {
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
    hosts_close();
}

/* A record comes a little after its number: that is waited for. */
static void test_purge_record_late_is_waited_for(void)
{
    char command[128];
    uint64_t number;

    if (!hosts_open()) {
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
    hosts_close();
}

static void test_purge_record_of_others_is_everything(void)
{
    char command[128];

    if (!hosts_open()) {
        return;
    }
    server_says(&server, "incr v8ssr:purge:seq 1");
    snprintf(command, sizeof(command),
             "set v8ssr:purge:%llu 0 60 24\r\n1 00000000000000ab 0 5 6",
             (unsigned long long)newest());
    HAS_STR(server_says(&server, command), "STORED");
    OK(WAIT_UNTIL(LOOK(&two, everything) != 0));
    IS_INT(LOOK(&two, purges), 0);
    hosts_close();
}

/* memcached restarted: the log is empty, and what was in it is unknown. */
static void test_purge_log_lost_is_everything(void)
{
    uint64_t before;

    if (!hosts_open()) {
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
    hosts_close();
}

/* Begun again by a host whose clock is behind. */
static void test_purge_log_gone_back_is_everything(void)
{
    if (!hosts_open()) {
        return;
    }
    HAS_STR(server_says(&server, "set v8ssr:purge:seq 0 0 1\r\n5"), "STORED");
    OK(WAIT_UNTIL(LOOK(&two, everything) != 0));
    OK(WAIT_UNTIL(LOOK(&one, everything) != 0));
    rcache_tier_purge_later(one.tier, 9, 0, 1);
    OK(WAIT_UNTIL(LOOK(&two, tag) == 9));
    IS_INT(newest(), 6);
    hosts_close();
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

    if (!hosts_open()) {
        return;
    }
    host_end_process(&one);
    server_stop(&server);
    host_start_process(&one, 1);
    rcache_tier_purge_later(one.tier, 8, 0, 1000);
    rcache_tier_purge_later(one.tier, 8, 0, 4000);
    rcache_tier_purge_later(one.tier, 8, 0, 2000);
    /* 80 times 20 ms: it was tried several times to tell them */
    before = failures(&one);
    OK(WAIT_UNTIL(failures(&one) > before + 80));
    OK(server_start(&server));
    OK(WAIT_UNTIL(atomic_load(&one.shared->counts.purges_sent) == 1));
    HAS_STR(record(newest()), " 2 4000\r\n");
    hosts_close();
}

/* More than the list holds. */
static void test_purge_too_many_become_everything(void)
{
    int i;

    if (!hosts_open()) {
        return;
    }
    host_end_process(&one);
    host_create_process(&one, 60000);
    for (i = 1; i <= 300; i++) {
        rcache_tier_purge_later(one.tier, 8, 0, i);
    }
    IS_INT(rcache_tier_start(one.tier), 0);
    OK(WAIT_UNTIL(LOOK(&two, everything) == 300));
    OK(WAIT_UNTIL(LOOK(&two, purges) == 256));
    IS_INT(one.shared->counts.purges_sent, 257);
    IS_INT(two.shared->counts.purges_lost, 0);
    hosts_close();
}

/* The log was out of reach when the host started: it may have missed some. */
static void test_purge_log_found_late_is_everything(void)
{
    struct host late;

    if (!hosts_open()) {
        return;
    }
    server_freeze(&server);
    host_open(&late);
    OK(WAIT_UNTIL(atomic_load(&late.shared->counts.timeouts) > 0));
    server_thaw(&server);
    OK(WAIT_UNTIL(LOOK(&late, everything) != 0));
    host_close(&late);
    hosts_close();
}

TAP_MAIN(RUN(test_purge_hole_before_a_start_is_everything),
         RUN(test_purge_record_missing_is_everything),
         RUN(test_purge_record_late_is_waited_for),
         RUN(test_purge_record_of_others_is_everything),
         RUN(test_purge_log_lost_is_everything),
         RUN(test_purge_log_gone_back_is_everything),
         RUN(test_purge_late_becomes_everything),
         RUN(test_purge_too_many_become_everything),
         RUN(test_purge_log_found_late_is_everything))
