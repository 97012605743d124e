/* SPDX-License-Identifier: Apache-2.0
 *
 * test_tier.c: calls to memcached servers that work.
 */
#include "memcached.h"
#include "tap.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static struct server server[2];
static rcache_tier *tier;
static const rcache_tier_counts *counts;

static void open_tier(rcache_tier **made, int servers)
{
    rcache_tier_config config;
    char error[256] = "";

    servers_config(&config, server, servers);
    config.budget_ms = 5000; /* these tests are not about time */
    OK(rcache_tier_create(made, &config, error, sizeof(error)) == 0);
    IS_STR(error, "");
    counts = &rcache_tier_shared_of(*made)->counts;
}

static int open_fixture(int servers)
{
    int i, ok = 1;

    for (i = 0; i < servers; i++) {
        server[i].port = 0;
        ok &= OK(server_start(&server[i]));
    }
    if (ok) {
        open_tier(&tier, servers);
    }
    return ok;
}

static void close_fixture(void)
{
    int i;

    rcache_tier_destroy(&tier);
    OK(tier == NULL);
    for (i = 0; i < 2; i++) {
        server_stop(&server[i]);
    }
}

static rcache_l2_key key_of(int i)
{
    rcache_l2_key key;
    char text[32];

    rcache_tier_key(tier, &key, text,
                    (size_t)snprintf(text, sizeof(text), "page %d", i));
    return key;
}

static void test_tier_get_finds_what_was_set(void)
{
    rcache_l2_key key;
    size_t length;
    char *bytes;

    if (!open_fixture(1)) {
        return;
    }
    key = key_of(1);
    IS_INT(rcache_tier_get(tier, &key, &bytes, &length), RCACHE_TIER_NOT);
    OK(bytes == NULL);
    IS_INT(rcache_tier_set(tier, &key, "a\0b", 3, 60), RCACHE_TIER_DONE);
    IS_INT(rcache_tier_get(tier, &key, &bytes, &length), RCACHE_TIER_DONE);
    IS_INT(length, 3);
    OK(bytes != NULL && memcmp(bytes, "a\0b", 3) == 0);
    free(bytes);
    IS_INT(rcache_tier_delete(tier, &key), RCACHE_TIER_DONE);
    IS_INT(rcache_tier_delete(tier, &key), RCACHE_TIER_NOT);
    IS_INT(rcache_tier_get(tier, &key, &bytes, &length), RCACHE_TIER_NOT);
    IS_INT(counts->gets, 3);
    IS_INT(counts->hits, 1);
    IS_INT(counts->misses, 2);
    IS_INT(counts->sets, 1);
    IS_INT(counts->errors + counts->timeouts + counts->busy, 0);
    close_fixture();
}

static void store(const char *key, char *bytes, size_t length)
{
    rcache_l2_key name;

    rcache_tier_key(tier, &name, key, strlen(key));
    IS_INT(rcache_tier_set(tier, &name, bytes, length, 60), RCACHE_TIER_DONE);
}

static enum rcache_tier_result find(const char *key)
{
    enum rcache_tier_result result;
    rcache_value_view view;
    char *bytes;

    result = rcache_tier_find(tier, key, strlen(key), &view, &bytes);
    OK((result == RCACHE_TIER_DONE) == (bytes != NULL));
    free(bytes);
    return result;
}

static void test_tier_torn_or_foreign_is_a_miss(void)
{
    rcache_value value;
    char *bytes;
    size_t length;

    if (!open_fixture(1)) {
        return;
    }
    memset(&value, 0, sizeof(value));
    value.head = "some fields";
    value.head_length = 11;
    rcache_value_encode("/a", 2, &value, &bytes, &length);
    store("/a", bytes, length);
    IS_INT(find("/a"), RCACHE_TIER_DONE);
    store("/b", bytes, length); /* as if the hashes were the same */
    IS_INT(find("/b"), RCACHE_TIER_NOT);
    store("/a", bytes, length - 1);
    IS_INT(find("/a"), RCACHE_TIER_NOT);
    bytes[length / 2] ^= 1;
    store("/a", bytes, length);
    IS_INT(find("/a"), RCACHE_TIER_NOT);
    store("/a", bytes, 0);
    IS_INT(find("/a"), RCACHE_TIER_NOT);
    store("/a", "<html>", 6);
    IS_INT(find("/a"), RCACHE_TIER_NOT);
    IS_INT(find("/never"), RCACHE_TIER_NOT);
    IS_INT(counts->foreign, 5);
    IS_INT(counts->hits, 1);
    IS_INT(counts->misses, 1);
    free(bytes);
    close_fixture();
}

static void test_tier_too_large_is_not_sent(void)
{
    char *bytes = calloc(1, RCACHE_VALUE_MAX + 1);
    rcache_l2_key key;

    if (!open_fixture(1)) {
        return;
    }
    key = key_of(1);
    IS_INT(rcache_tier_set(tier, &key, bytes, RCACHE_VALUE_MAX + 1, 60),
           RCACHE_TIER_TOO_LARGE);
    HAS_STR(server_says(&server[0], "stats"), "STAT cmd_set 0\r\n");
    IS_INT(counts->too_large, 1);
    /* and the limit is not too high for memcached */
    IS_INT(rcache_tier_set(tier, &key, bytes, RCACHE_VALUE_MAX, 60),
           RCACHE_TIER_DONE);
    IS_INT(counts->too_large, 1);
    free(bytes);
    close_fixture();
}

/* "t=" of memcached's meta command: the seconds a value has left. */
static int ttl_of(const rcache_l2_key *key)
{
    char command[RCACHE_L2_KEY_BYTES + 16];
    const char *said;
    int ttl = -2;

    snprintf(command, sizeof(command), "mg %s t", key->text);
    said = server_says(&server[0], command);
    sscanf(said, "HD t%d", &ttl);
    return ttl;
}

static void test_tier_ttl_is_cut(void)
{
    rcache_l2_key key;

    if (!open_fixture(1)) {
        return;
    }
    key = key_of(1);
    rcache_tier_set(tier, &key, "x", 1, 100 * 24 * 3600);
    OK(ttl_of(&key) > 3000 && ttl_of(&key) <= 3600);
    rcache_tier_set(tier, &key, "x", 1, 500);
    OK(ttl_of(&key) > 300 && ttl_of(&key) <= 500);
    rcache_tier_set(tier, &key, "x", 1, 0); /* not: for ever */
    OK(ttl_of(&key) != -1);
    close_fixture();
}

static void test_tier_keys_are_spread_over_servers(void)
{
    unsigned on[2] = {0, 0};
    int i, wrong = 0;

    if (!open_fixture(2)) {
        return;
    }
    IS_INT(rcache_tier_server_count(tier), 2);
    IS_INT(rcache_tier_server(tier, 1)->port, server[1].port);
    for (i = 0; i < 200; i++) {
        rcache_l2_key key = key_of(i);
        unsigned where = rcache_tier_server_of(tier, &key);

        on[where % 2]++;
        wrong += rcache_tier_set(tier, &key, "x", 1, 60) != RCACHE_TIER_DONE;
        if (i < 10) { /* what server_of() says is where it went */
            char command[RCACHE_L2_KEY_BYTES + 16];

            snprintf(command, sizeof(command), "get %s", key.text);
            HAS_STR(server_says(&server[where], command), "VALUE");
        }
    }
    IS_INT(wrong, 0);
    tap_note("%u and %u of 200", on[0], on[1]);
    OK(on[0] > 40 && on[1] > 40);
    close_fixture();
}

/* No server is asked. */
static void test_tier_keys_stay_when_a_server_is_added(void)
{
    rcache_tier_config config;
    rcache_tier *more;
    char error[256];
    int i, moved = 0;

    rcache_tier_config_init(&config);
    config.servers = "127.0.0.1:1,127.0.0.1:2,127.0.0.1:3";
    OK(rcache_tier_create(&tier, &config, error, sizeof(error)) == 0);
    config.servers = "127.0.0.1:1,127.0.0.1:2,127.0.0.1:3,127.0.0.1:4";
    OK(rcache_tier_create(&more, &config, error, sizeof(error)) == 0);
    for (i = 0; i < 1000; i++) {
        rcache_l2_key key = key_of(i);

        moved += rcache_tier_server_of(tier, &key) !=
                 rcache_tier_server_of(more, &key);
    }
    tap_note("%d of 1000 moved", moved);
    OK(moved > 100 && moved < 450); /* a quarter; without ketama, most */
    rcache_tier_destroy(&more);
    close_fixture();
}

static void test_tier_prefix_separates_sites(void)
{
    rcache_tier_config config;
    rcache_tier *other;
    rcache_l2_key key;
    char error[256];
    char *bytes;
    size_t length;

    if (!open_fixture(1)) {
        return;
    }
    servers_config(&config, server, 1);
    config.prefix = "shop:";
    OK(rcache_tier_create(&other, &config, error, sizeof(error)) == 0);
    rcache_tier_key(other, &key, "page 1", 6);
    HAS_STR(key.text, "shop:v8ssr:1:");
    rcache_tier_set(other, &key, "x", 1, 60);
    key = key_of(1);
    IS_INT(rcache_tier_get(tier, &key, &bytes, &length), RCACHE_TIER_NOT);
    rcache_tier_destroy(&other);
    config.prefix = "a b";
    IS_INT(rcache_tier_create(&other, &config, error, sizeof(error)), -1);
    HAS_STR(error, "printable characters expected");
    OK(other == NULL);
    config.prefix = "";
    config.servers = "nowhere";
    IS_INT(rcache_tier_create(&other, &config, error, sizeof(error)), -1);
    HAS_STR(error, "host:port expected");
    close_fixture();
}

/* One breaker decides whether the log can be reached, then. */
static void test_tier_log_of_purges_is_on_one_server(void)
{
    int i, empty = 0;

    if (!open_fixture(2)) {
        return;
    }
    for (i = 0; i < 20; i++) {
        rcache_tier_purge_later(tier, 1, 0, 1);
    }
    IS_INT(rcache_tier_start(tier), 0);
    OK(WAIT_UNTIL(counts->purges_sent == 20));
    IS_INT(rcache_tier_stop(tier, 60000), 0);
    for (i = 0; i < 2; i++) {
        empty += strstr(server_says(&server[i], "stats"),
                        "STAT curr_items 0\r\n") != NULL;
    }
    IS_INT(empty, 1);
    close_fixture();
}

static void test_tier_lock_is_one_hosts(void)
{
    rcache_tier_lock lock, second;
    rcache_tier *other = NULL;
    rcache_l2_key key, other_key;

    if (!open_fixture(1)) {
        return;
    }
    open_tier(&other, 1);
    key = key_of(1);
    other_key = key_of(2);
    IS_INT(rcache_tier_lock_take(tier, &key, 60, &lock), RCACHE_TIER_DONE);
    IS_INT(rcache_tier_lock_take(other, &key, 60, &second), RCACHE_TIER_NOT);
    IS_INT(rcache_tier_lock_take(other, &other_key, 60, &second),
           RCACHE_TIER_DONE);
    IS_INT(rcache_tier_start(tier), 0);
    rcache_tier_unlock_later(tier, &lock);
    OK(WAIT_UNTIL(rcache_tier_lock_take(other, &key, 60, &second) ==
                  RCACHE_TIER_DONE));
    /* A lock whose time is over is no longer ours to give back. */
    lock.until = 1;
    rcache_tier_unlock_later(tier, &lock);
    IS_INT(rcache_tier_stop(tier, 60000), 0);
    IS_INT(rcache_tier_lock_take(tier, &key, 60, &lock), RCACHE_TIER_NOT);
    /* Nobody gives this one back: it ends by itself. */
    key = key_of(3);
    IS_INT(rcache_tier_lock_take(tier, &key, 1, &lock), RCACHE_TIER_DONE);
    OK(WAIT_UNTIL(rcache_tier_lock_take(other, &key, 1, &second) ==
                  RCACHE_TIER_DONE));
    rcache_tier_destroy(&other);
    close_fixture();
}

static void test_tier_without_connections_is_busy(void)
{
    rcache_tier_config config;
    rcache_l2_key key;
    rcache_tier *none;
    char error[256];
    char *bytes;
    size_t length;

    if (!open_fixture(1)) {
        return;
    }
    servers_config(&config, server, 1);
    config.connections = 0;
    OK(rcache_tier_create(&none, &config, error, sizeof(error)) == 0);
    key = key_of(1);
    IS_INT(rcache_tier_get(none, &key, &bytes, &length), RCACHE_TIER_DOWN);
    OK(bytes == NULL);
    IS_INT(rcache_tier_shared_of(none)->counts.busy, 1);
    rcache_tier_destroy(&none);
    close_fixture();
}

static double get_us(int i, int rounds)
{
    struct timespec a, b;
    int round;

    clock_gettime(CLOCK_MONOTONIC, &a);
    for (round = 0; round < rounds; round++) {
        rcache_l2_key key = key_of(i);
        size_t length;
        char *bytes;

        rcache_tier_get(tier, &key, &bytes, &length);
        free(bytes);
    }
    clock_gettime(CLOCK_MONOTONIC, &b);
    return ((double)(b.tv_sec - a.tv_sec) * 1e6 +
            (double)(b.tv_nsec - a.tv_nsec) / 1e3) / rounds;
}

static int connections_made(void)
{
    const char *said = strstr(server_says(&server[0], "stats"),
                              "STAT total_connections ");
    int made = -1;

    sscanf(said != NULL ? said : "", "STAT total_connections %d", &made);
    return made;
}

/* Says what a call costs; nothing depends on it. */
static void test_tier_calls_reuse_their_connection(void)
{
    char *page = calloc(1, 48 * 1024);
    rcache_l2_key key;
    int connections;

    if (!open_fixture(1)) {
        return;
    }
    connections = connections_made();
    key = key_of(1);
    rcache_tier_set(tier, &key, page, 48 * 1024, 60);
    tap_note("hit of 48 KB %.0f us", get_us(1, 500));
    tap_note("miss %.0f us", get_us(2, 500));
    IS_INT(counts->gets, 1000);
    IS_INT(connections_made() - connections, 2); /* ours, and the question */
    free(page);
    close_fixture();
}

TAP_MAIN(RUN(test_tier_get_finds_what_was_set),
         RUN(test_tier_torn_or_foreign_is_a_miss),
         RUN(test_tier_too_large_is_not_sent),
         RUN(test_tier_ttl_is_cut),
         RUN(test_tier_keys_are_spread_over_servers),
         RUN(test_tier_keys_stay_when_a_server_is_added),
         RUN(test_tier_prefix_separates_sites),
         RUN(test_tier_log_of_purges_is_on_one_server),
         RUN(test_tier_lock_is_one_hosts),
         RUN(test_tier_without_connections_is_busy),
         RUN(test_tier_calls_reuse_their_connection))
