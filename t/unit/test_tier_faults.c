/* SPDX-License-Identifier: Apache-2.0
 *
 * test_tier_faults.c: servers that are killed or stopped.  What a call costs is
 * asserted by counting, not by the clock.
 */
#include "memcached.h"
#include "tap.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

static struct server server[2];
static int broken; /* results that contradict what came with them */
static rcache_tier *tier;
static rcache_tier_shared *shared;

#define COUNT(name) atomic_load(&shared->counts.name)

static int open_fixture(int servers, uint32_t open_ms)
{
    rcache_tier_config config;
    char error[256] = "";
    int i, ok = 1;

    for (i = 0; i < servers; i++) {
        server[i].port = 0;
        ok &= OK(server_start(&server[i]));
    }
    servers_config(&config, server, servers);
    config.breaker_open_ms = open_ms;
    shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE,
                  MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    config.shared = shared;
    return ok && OK(rcache_tier_create(&tier, &config, error,
                                       sizeof(error)) == 0);
}

static void close_fixture(void)
{
    int i;

    IS_INT(broken, 0);
    rcache_tier_destroy(&tier);
    for (i = 0; i < 2; i++) {
        server_stop(&server[i]);
    }
    munmap(shared, sizeof(*shared));
}

/* A key on that server; i makes others. */
static rcache_l2_key key_on(unsigned where, int i)
{
    rcache_l2_key key;
    char text[32];

    do {
        rcache_tier_key(tier, &key, text,
                        (size_t)snprintf(text, sizeof(text), "page %d", i));
        i += 1000;
    } while (rcache_tier_server_of(tier, &key) != where);
    return key;
}

static enum rcache_tier_result get(unsigned where, int i)
{
    enum rcache_tier_result result;
    rcache_l2_key key = key_on(where, i);
    size_t length;
    char *bytes;

    result = rcache_tier_get(tier, &key, &bytes, &length);
    broken += (bytes != NULL) != (result == RCACHE_TIER_DONE);
    free(bytes);
    return result;
}

static enum rcache_tier_result set(unsigned where, int i)
{
    rcache_l2_key key = key_on(where, i);

    return rcache_tier_set(tier, &key, "page", 4, 60);
}

/* A busy machine may make a call late now and then: until one is not. */
static int set_at_last(unsigned where, int i)
{
    return WAIT_UNTIL(set(where, i) == RCACHE_TIER_DONE);
}

#define FOR_EVER 3600000

static void test_tier_hung_server_costs_n_timeouts(void)
{
    uint64_t before;
    int i;

    if (!open_fixture(1, FOR_EVER)) {
        return;
    }
    OK(set_at_last(0, 1));
    before = COUNT(timeouts);
    server_freeze(&server[0]);
    for (i = 0; i < 5; i++) {
        IS_INT(get(0, 1), RCACHE_TIER_DOWN);
    }
    IS_INT(COUNT(timeouts) - before, 5);
    IS_INT(COUNT(opens), 1);
    IS_INT(COUNT(skipped), 0);
    for (i = 0; i < 20; i++) {
        IS_INT(get(0, 1), RCACHE_TIER_DOWN);
    }
    IS_INT(set(0, 1), RCACHE_TIER_DOWN);
    IS_INT(COUNT(timeouts) - before, 5);
    IS_INT(COUNT(errors), 0);
    IS_INT(COUNT(skipped), 21);
    IS_INT(COUNT(opens), 1);
    server_thaw(&server[0]);
    IS_INT(get(0, 1), RCACHE_TIER_DOWN); /* not asked yet */
    close_fixture();
}

static void test_tier_hung_server_heals(void)
{
    int i;

    if (!open_fixture(1, 200)) {
        return;
    }
    OK(set_at_last(0, 1));
    server_freeze(&server[0]);
    for (i = 0; i < 5; i++) {
        get(0, 1);
    }
    IS_INT(COUNT(opens), 1);
    server_thaw(&server[0]);
    OK(WAIT_UNTIL(get(0, 1) == RCACHE_TIER_DONE));
    IS_INT(rcache_breaker_state(&shared->breaker[0]), RCACHE_BREAKER_CLOSED);
    close_fixture();
}

/* While it is open, one call in a time finds out, and fails, too. */
static void test_tier_hung_server_is_probed(void)
{
    uint64_t before;

    if (!open_fixture(1, 50)) {
        return;
    }
    OK(set_at_last(0, 1));
    server_freeze(&server[0]);
    OK(WAIT_UNTIL(get(0, 1) == RCACHE_TIER_DOWN && COUNT(opens) == 1));
    before = COUNT(timeouts);
    OK(WAIT_UNTIL(get(0, 1) == RCACHE_TIER_DOWN &&
                  COUNT(timeouts) >= before + 2));
    IS_INT(COUNT(opens), 1);
    OK(COUNT(skipped) > 0);
    server_thaw(&server[0]);
    OK(WAIT_UNTIL(get(0, 1) == RCACHE_TIER_DONE));
    close_fixture();
}

static void test_tier_killed_server_spares_the_other(void)
{
    int i;

    if (!open_fixture(2, FOR_EVER)) {
        return;
    }
    OK(set_at_last(0, 1));
    OK(set_at_last(1, 1));
    server_stop(&server[1]);
    for (i = 0; i < 20; i++) {
        IS_INT(get(1, 1), RCACHE_TIER_DOWN);
    }
    IS_INT(COUNT(errors), 5);
    IS_INT(COUNT(skipped), 15);
    IS_INT(COUNT(opens), 1);
    OK(WAIT_UNTIL(get(0, 1) == RCACHE_TIER_DONE));
    IS_INT(rcache_breaker_state(&shared->breaker[0]), RCACHE_BREAKER_CLOSED);
    IS_INT(rcache_breaker_state(&shared->breaker[1]), RCACHE_BREAKER_OPEN);
    close_fixture();
}

static void test_tier_killed_server_heals(void)
{
    uint64_t errors;
    int i;

    if (!open_fixture(1, 100)) {
        return;
    }
    OK(set_at_last(0, 1));
    server_stop(&server[0]);
    for (i = 0; i < 5; i++) {
        IS_INT(get(0, 1), RCACHE_TIER_DOWN);
    }
    IS_INT(COUNT(opens), 1);
    OK(server_start(&server[0]));
    errors = COUNT(errors);
    OK(set_at_last(0, 1));
    IS_INT(COUNT(errors), errors); /* libmemcached's own patience is not asked */
    OK(WAIT_UNTIL(get(0, 1) == RCACHE_TIER_DONE));
    close_fixture();
}

/* ---- connections a restart has left dead -------------------------------------- */

#define CALLERS 4

static pthread_barrier_t together;

static void *call_often(void *arg)
{
    rcache_l2_key key = key_on(0, 1);
    int i;

    (void)arg;
    pthread_barrier_wait(&together);
    for (i = 0; i < 200; i++) {
        size_t length;
        char *bytes;

        rcache_tier_get(tier, &key, &bytes, &length);
        free(bytes);
    }
    return NULL;
}

static void call_from_threads(void)
{
    pthread_t thread[CALLERS];
    int i;

    pthread_barrier_init(&together, NULL, CALLERS);
    for (i = 0; i < CALLERS; i++) {
        pthread_create(&thread[i], NULL, call_often, NULL);
    }
    for (i = 0; i < CALLERS; i++) {
        pthread_join(thread[i], NULL);
    }
    pthread_barrier_destroy(&together);
}

/* A restart between two calls is no failure: with a connection for each thread
 * there would be enough of them to open the breaker. */
static void test_tier_restarted_server_is_no_error(void)
{
    uint64_t timeouts;

    if (!open_fixture(1, FOR_EVER)) {
        return;
    }
    OK(set_at_last(0, 1));
    call_from_threads();
    IS_INT(COUNT(errors), 0);
    server_stop(&server[0]);
    OK(server_start(&server[0]));
    call_from_threads();
    IS_INT(COUNT(errors), 0);
    IS_INT(COUNT(opens), 0);
    timeouts = COUNT(timeouts);
    IS_INT(COUNT(gets), CALLERS * 400);
    IS_INT(COUNT(hits) + COUNT(misses) + COUNT(busy) + timeouts,
           CALLERS * 400);
    close_fixture();
}

/* More threads than connections: the others do not wait. */
static void test_tier_connections_all_in_use_is_busy(void)
{
    rcache_tier_config config;
    rcache_tier *all;
    char error[256];

    if (!open_fixture(1, FOR_EVER)) {
        return;
    }
    all = tier;
    servers_config(&config, server, 1);
    config.connections = 1;
    config.budget_ms = 300;
    config.breaker_open_ms = FOR_EVER;
    config.shared = shared;
    OK(rcache_tier_create(&tier, &config, error, sizeof(error)) == 0);
    server_freeze(&server[0]);
    call_from_threads();
    OK(COUNT(busy) > 0);
    IS_INT(COUNT(busy) + COUNT(timeouts) + COUNT(skipped), CALLERS * 200);
    server_thaw(&server[0]);
    rcache_tier_destroy(&tier);
    tier = all;
    close_fixture();
}

TAP_MAIN(RUN(test_tier_hung_server_costs_n_timeouts),
         RUN(test_tier_hung_server_heals),
         RUN(test_tier_hung_server_is_probed),
         RUN(test_tier_killed_server_spares_the_other),
         RUN(test_tier_killed_server_heals),
         RUN(test_tier_restarted_server_is_no_error),
         RUN(test_tier_connections_all_in_use_is_busy))
