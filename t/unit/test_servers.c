/* SPDX-License-Identifier: Apache-2.0
 *
 * test_servers.c: the list of memcached servers in a directive.
 */
#include "tap.h"

#include "tier.h"

#include <apr_general.h>
#include <stdio.h>
#include <string.h>

static const char *check(const char *list)
{
    static char said[512];
    apr_pool_t *pool;
    const char *error;

    apr_initialize();
    apr_pool_create(&pool, NULL);
    error = rcache_tier_check(pool, list);
    snprintf(said, sizeof(said), "%s", error != NULL ? error : "fine");
    apr_pool_destroy(pool);
    apr_terminate();
    return said;
}

static void test_list_good_is_taken(void)
{
    IS_STR(check("localhost:11211"), "fine");
    IS_STR(check("cache-1.example.com:1,192.0.2.1:65535"), "fine");
    IS_STR(check("[::1]:11211,[2001:db8::7]:11212"), "fine");
    IS_STR(check("a:1,a:2,b:1"), "fine");
}

static void test_list_wrong_is_refused_with_a_sentence(void)
{
    static const char *const hosts[] = {
        "", "localhost", "[::1]", "::1:11211", ":11211", "[::1:11211",
        "[localhost]:1", "[]:1", "a b:1", "a:1,", ",a:1", "a:1,,b:1",
        "[::1]x:1", "/run/memcached.sock", "[127.0.0.1]:1", "ho/st:1"};
    static const char *const ports[] = {"a:", "a:0", "a:65536", "a:x", "a:1x",
                                        "a:-1", "a: 1", "a:1 ", "a:111111",
                                        "a:1/?5", "[::1]:"};
    size_t i;

    for (i = 0; i < sizeof(hosts) / sizeof(*hosts); i++) {
        tap_note("%s", hosts[i]);
        HAS_STR(check(hosts[i]), "host:port expected");
    }
    for (i = 0; i < sizeof(ports) / sizeof(*ports); i++) {
        tap_note("%s", ports[i]);
        if (!strstr(check(ports[i]), "host:port expected")) {
            HAS_STR(check(ports[i]), "a port of 1..65535 expected");
        }
    }
    HAS_STR(check("a:1,b:1,a:1"), "\"a:1\" is there twice");
}

static void test_list_limits_are_kept(void)
{
    char list[1024] = "";
    char host[300];
    int i;

    for (i = 0; i < RCACHE_SERVERS_MAX; i++) {
        sprintf(list + strlen(list), "%sh:%d", i > 0 ? "," : "", i + 1);
    }
    IS_STR(check(list), "fine");
    strcat(list, ",h:99");
    IS_STR(check(list), "at most 32 servers expected");
    memset(host, 'a', sizeof(host));
    strcpy(host + RCACHE_HOST_BYTES - 1, ":1");
    IS_STR(check(host), "fine");
    memset(host, 'a', sizeof(host));
    strcpy(host + RCACHE_HOST_BYTES, ":1");
    HAS_STR(check(host), "host:port expected");
}

static void test_resolve_name_becomes_an_address(void)
{
    rcache_servers servers;
    char error[256] = "";

    IS_INT(rcache_servers_parse(&servers, "localhost:5,[::1]:6", error,
                                sizeof(error)), 0);
    IS_INT(rcache_servers_resolve(&servers, error, sizeof(error)), 0);
    IS_STR(servers.server[0].host, "127.0.0.1");
    IS_INT(servers.server[0].port, 5);
    IS_STR(servers.server[1].host, "::1");
    IS_INT(rcache_servers_parse(&servers, "name.invalid:5", error,
                                sizeof(error)), 0);
    IS_INT(rcache_servers_resolve(&servers, error, sizeof(error)), -1);
    HAS_STR(error, "name.invalid: ");
}

TAP_MAIN(RUN(test_list_good_is_taken),
         RUN(test_list_wrong_is_refused_with_a_sentence),
         RUN(test_list_limits_are_kept),
         RUN(test_resolve_name_becomes_an_address))
