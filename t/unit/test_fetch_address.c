/* SPDX-License-Identifier: Apache-2.0
 *
 * test_fetch_address.c: a host that is allowed by name only is refused where
 * its name, however it is written, leads to the machine itself.
 */
#include "fetch_fixture.h"

#include <stdio.h>
#include <stdlib.h>

static const v8pool_fetch_host public_only[] = {
    {"*", V8POOL_FETCH_PORT_ANY, 0}};
static const v8pool_fetch_host private_too[] = {
    {"*", V8POOL_FETCH_PORT_ANY, 1}};

static v8pool_fetch_policy policy_of(const v8pool_fetch_host *host)
{
    v8pool_fetch_policy policy = test_policy();

    policy.hosts = host;
    policy.host_count = 1;
    return policy;
}

static void test_address_loopback_is_refused_in_all_writings(void)
{
    static const char *const names[] = {
        "127.0.0.1", "localhost", "LOCALHOST", "2130706433", "0x7f000001",
        "0x7f.1", "017700000001", "127.1", "[::ffff:127.0.0.1]",
        "[::ffff:7f00:1]", "0.0.0.0", "[::]", "[::127.0.0.1]"};
    struct origin *o = origin_start();
    v8p_fetcher *fetcher = fetcher_of(0);
    v8pool_fetch_policy policy = policy_of(public_only);
    size_t i;

    for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        struct call *call =
            call_get(fetcher, origin_url(o, names[i], "/hello"), &policy);

        tap_note("%s: %s", names[i], call->message);
        IS_ERROR(call, V8P_FETCH_E_REFUSED);
        HAS_STR(call->message, " address, which is not allowed for this host");
        call_destroy(&call);
    }
    IS_INT(atomic_load(&o->connections), 0);
    IS_INT(counts_of(fetcher).refused, sizeof(names) / sizeof(names[0]));
    v8p_fetcher_destroy(&fetcher);
    origin_stop(&o);
}

static void test_address_loopback_of_v6_is_refused(void)
{
    struct origin *o = origin_start_v6();
    v8p_fetcher *fetcher = fetcher_of(0);
    v8pool_fetch_policy policy = policy_of(public_only);
    struct call *call =
        call_get(fetcher, origin_url(o, NULL, "/hello"), &policy);

    IS_ERROR(call, V8P_FETCH_E_REFUSED);
    HAS_STR(call->message, "refused: ::1 is a loopback address");
    IS_INT(atomic_load(&o->connections), 0);
    call_destroy(&call);
    policy = policy_of(private_too);
    call = call_get(fetcher, origin_url(o, NULL, "/hello"), &policy);
    IS_STR(call->body, "hello\n");
    call_destroy(&call);
    v8p_fetcher_destroy(&fetcher);
    origin_stop(&o);
}

static void test_address_private_is_reached_where_allowed(void)
{
    struct origin *o = origin_start();
    v8p_fetcher *fetcher = fetcher_of(0);
    v8pool_fetch_policy policy = policy_of(private_too);
    struct call *call =
        call_get(fetcher, origin_url(o, "localhost", "/hello"), &policy);

    IS_STR(call->body, "hello\n");
    call_destroy(&call);
    v8p_fetcher_destroy(&fetcher);
    origin_stop(&o);
}

/* No socket is opened for it then, so that the address is looked at again. */
static void test_address_of_a_kept_connection_is_looked_at(void)
{
    struct origin *o = origin_start();
    v8p_fetcher *fetcher = fetcher_of(0);
    v8pool_fetch_policy may = policy_of(private_too);
    v8pool_fetch_policy may_not = policy_of(public_only);
    struct call *call =
        call_get(fetcher, origin_url(o, "localhost", "/hello"), &may);

    IS_ERROR(call, V8P_FETCH_E_NONE);
    call_destroy(&call);
    call = call_get(fetcher, origin_url(o, "localhost", "/hello"), &may_not);
    IS_ERROR(call, V8P_FETCH_E_REFUSED);
    IS_INT(call->heads, 0);
    call_destroy(&call);
    IS_INT(atomic_load(&o->requests), 1);
    v8p_fetcher_destroy(&fetcher);
    origin_stop(&o);
}

static void test_address_behind_a_redirect_is_looked_at(void)
{
    static const v8pool_fetch_host hosts[] = {
        {"127.0.0.1", V8POOL_FETCH_PORT_ANY, 0},
        {"localhost", V8POOL_FETCH_PORT_ANY, 0}};
    struct origin *o = origin_start();
    v8p_fetcher *fetcher = fetcher_of(0);
    v8pool_fetch_policy policy = policy_of(hosts);
    char path[200];
    struct call *call;

    policy.host_count = 2;
    snprintf(path, sizeof(path), "/to?302&%s",
             origin_url(o, "localhost", "/hello"));
    call = call_get(fetcher, origin_url(o, NULL, path), &policy);
    IS_ERROR(call, V8P_FETCH_E_REFUSED);
    HAS_STR(call->message, "localhost");
    IS_INT(atomic_load(&o->requests), 1);
    call_destroy(&call);
    v8p_fetcher_destroy(&fetcher);
    origin_stop(&o);
}

/* Refusals are ours; the origin is not to blame. */
static void test_address_refused_does_not_open_the_breaker(void)
{
    struct origin *o = origin_start();
    v8p_fetcher *fetcher = fetcher_of(0);
    v8pool_fetch_policy policy = policy_of(public_only);
    int i;

    policy.breaker_failures = 1;
    policy.breaker_ms = 60000;
    for (i = 0; i < 3; i++) {
        struct call *call =
            call_get(fetcher, origin_url(o, NULL, "/hello"), &policy);

        IS_ERROR(call, V8P_FETCH_E_REFUSED);
        call_destroy(&call);
    }
    v8p_fetcher_destroy(&fetcher);
    origin_stop(&o);
}

static void test_address_proxies_of_the_environment_are_not_asked(void)
{
    struct origin *o = origin_start();
    struct origin *proxy = origin_start();
    v8p_fetcher *fetcher = fetcher_of(0);
    v8pool_fetch_policy policy = test_policy();
    struct call *call;

    setenv("http_proxy", origin_url(proxy, NULL, ""), 1);
    setenv("ALL_PROXY", origin_url(proxy, NULL, ""), 1);
    call = call_get(fetcher, origin_url(o, NULL, "/hello"), &policy);
    IS_STR(call->body, "hello\n");
    IS_INT(atomic_load(&proxy->connections), 0);
    call_destroy(&call);
    unsetenv("http_proxy");
    unsetenv("ALL_PROXY");
    v8p_fetcher_destroy(&fetcher);
    origin_stop(&o);
    origin_stop(&proxy);
}

TAP_MAIN(RUN(test_address_loopback_is_refused_in_all_writings),
         RUN(test_address_loopback_of_v6_is_refused),
         RUN(test_address_private_is_reached_where_allowed),
         RUN(test_address_of_a_kept_connection_is_looked_at),
         RUN(test_address_behind_a_redirect_is_looked_at),
         RUN(test_address_refused_does_not_open_the_breaker),
         RUN(test_address_proxies_of_the_environment_are_not_asked))
