/* SPDX-License-Identifier: Apache-2.0
 *
 * test_fetch_turns.c: how many exchanges run at a time, and those with the
 * server itself, which never take its last threads.
 */
#include "fetch_fixture.h"

#include <stdio.h>

static void test_turns_are_bounded_and_in_order(void)
{
    struct origin *o = origin_start();
    v8p_fetcher *fetcher = fetcher_of(3);
    v8pool_fetch_policy policy = test_policy();
    v8p_fetch_request request = get_of(origin_url(o, NULL, "/late"), &policy);
    struct call *calls[20];
    int i;

    for (i = 0; i < 20; i++) {
        calls[i] = call_start(call_create(), fetcher, &request);
    }
    OK(WAIT_UNTIL(atomic_load(&o->waiting) == 3));
    call_cancel(calls[0]); /* its turn goes to the next */
    OK(WAIT_UNTIL(atomic_load(&o->requests) == 4));
    origin_release(o);
    for (i = 1; i < 20; i++) {
        OK(call_wait(calls[i]));
        IS_STR(calls[i]->body, "hello\n");
    }
    /* one more: the server may not yet have seen that the first has gone */
    OK(atomic_load(&o->most_at_once) <= 4);
    for (i = 0; i < 20; i++) {
        call_destroy(&calls[i]);
    }
    v8p_fetcher_destroy(&fetcher);
    origin_stop(&o);
}

static void test_turns_that_do_not_come_end_in_time(void)
{
    struct origin *o = origin_start();
    v8p_fetcher *fetcher = fetcher_of(1);
    v8pool_fetch_policy policy = test_policy();
    v8p_fetch_request request = get_of(origin_url(o, NULL, "/hang"), &policy);
    struct call *first = call_start(call_create(), fetcher, &request);
    struct call *second;

    policy.timeout_ms = 100;
    policy.breaker_failures = 1; /* it says nothing about the origin */
    policy.breaker_ms = 60000;
    second = call_get(fetcher, origin_url(o, NULL, "/hello"), &policy);
    IS_ERROR(second, V8P_FETCH_E_TIMEOUT);
    HAS_STR(second->message, "waited 100 ms for its turn");
    call_destroy(&second);
    call_cancel(first);
    policy.timeout_ms = 30000;
    second = call_get(fetcher, origin_url(o, NULL, "/hello"), &policy);
    IS_ERROR(second, V8P_FETCH_E_NONE);
    call_destroy(&first);
    call_destroy(&second);
    v8p_fetcher_destroy(&fetcher);
    origin_stop(&o);
}

static void test_turns_beyond_the_renders_share_are_refused(void)
{
    struct origin *o = origin_start();
    v8p_fetcher *fetcher = fetcher_of(0);
    v8pool_fetch_policy policy = test_policy();
    v8p_fetch_request request = get_of(origin_url(o, NULL, "/hello"), &policy);
    struct call *call = call_create();

    policy.max_fetches = 2;
    request.nth = 3;
    OK(call_wait(call_start(call, fetcher, &request)));
    IS_ERROR(call, V8P_FETCH_E_LIMIT);
    HAS_STR(call->message, "refused: more than 2 fetches in one render");
    call_destroy(&call);
    request.nth = 2;
    call = call_create();
    OK(call_wait(call_start(call, fetcher, &request)));
    IS_ERROR(call, V8P_FETCH_E_NONE);
    call_destroy(&call);
    v8p_fetcher_destroy(&fetcher);
    origin_stop(&o);
}

/* --- this server itself -------------------------------------------------------------- */

#define OWN "http://shop.example"

static v8pool_fetch_policy local_policy(void)
{
    v8pool_fetch_policy policy = test_policy();

    policy.local = 1;
    policy.host_count = 0;
    policy.local_mark_name = "SSR-Subrequest";
    policy.local_mark_value = "token";
    return policy;
}

static v8p_fetch_request local_get(const struct origin *o, const char *url,
                                   const v8pool_fetch_policy *policy)
{
    v8p_fetch_request request = get_of(url, policy);

    request.origin = OWN;
    request.place.address = o->is_v6 ? "::1" : "127.0.0.1";
    request.place.port = o->port;
    return request;
}

static void echo_own(struct origin *o)
{
    static const v8pool_header forged = {"ssr-subrequest", "forged"};
    v8p_fetcher *fetcher = fetcher_of(0);
    v8pool_fetch_policy policy = local_policy();
    v8p_fetch_request request = local_get(o, OWN "/echo", &policy);
    struct call *call = call_create();

    request.headers = &forged;
    request.header_count = 1;
    OK(call_wait(call_start(call, fetcher, &request)));
    IS_STR(call->head->url, OWN "/echo");
    HAS_STR(call->body, "GET /echo HTTP/1.1\r\nHost: shop.example\r\n");
    HAS_STR(call->body, "\r\nSSR-Subrequest: token\r\n");
    OK(strstr(call->body, "forged") == NULL);
    call_destroy(&call);
    v8p_fetcher_destroy(&fetcher);
}

static void test_local_goes_to_the_place_with_the_mark(void)
{
    struct origin *o = origin_start();
    struct origin *six = origin_start_v6();

    echo_own(o);
    echo_own(six);
    origin_stop(&o);
    origin_stop(&six);
}

/* TLS ends in front of the server: the page is https, the place is not. */
static void test_local_speaks_what_the_place_speaks(void)
{
    struct origin *o = origin_start();
    v8p_fetcher *fetcher = fetcher_of(0);
    v8pool_fetch_policy policy = local_policy();
    v8p_fetch_request request =
        local_get(o, "https://shop.example:8443/echo?x", &policy);
    struct call *call = call_create();

    request.origin = "https://shop.example:8443";
    OK(call_wait(call_start(call, fetcher, &request)));
    IS_STR(call->head->url, "https://shop.example:8443/echo?x");
    HAS_STR(call->body, "GET /echo?x HTTP/1.1\r\nHost: shop.example:8443\r\n");
    call_destroy(&call);
    v8p_fetcher_destroy(&fetcher);
    origin_stop(&o);
}

static void test_local_mark_goes_nowhere_else(void)
{
    static const v8pool_fetch_host here = {"127.0.0.1", V8POOL_FETCH_PORT_ANY,
                                           0};
    struct origin *o = origin_start();
    struct origin *other = origin_start();
    v8p_fetcher *fetcher = fetcher_of(0);
    v8pool_fetch_policy policy = local_policy();
    char url[300];
    v8p_fetch_request request;
    struct call *call = call_create();

    policy.hosts = &here;
    policy.host_count = 1;
    snprintf(url, sizeof(url), OWN "/to?302&%s",
             origin_url(other, NULL, "/echo"));
    request = local_get(o, url, &policy);
    OK(call_wait(call_start(call, fetcher, &request)));
    HAS_STR(call->body, "GET /echo ");
    OK(strstr(call->body, "token") == NULL);
    IS_INT(atomic_load(&o->requests), 1);
    call_destroy(&call);
    v8p_fetcher_destroy(&fetcher);
    origin_stop(&o);
    origin_stop(&other);
}

static void test_local_of_a_subrequest_is_refused(void)
{
    struct origin *o = origin_start();
    v8p_fetcher *fetcher = fetcher_of(0);
    v8pool_fetch_policy policy = local_policy();
    v8p_fetch_request request = local_get(o, OWN "/hello", &policy);
    struct call *call = call_create();

    request.place.subrequest = 1;
    OK(call_wait(call_start(call, fetcher, &request)));
    IS_ERROR(call, V8P_FETCH_E_REFUSED);
    HAS_STR(call->message, "fetch failed: http://shop.example/hello: refused: "
                           "the page is itself rendered for a fetch");
    IS_INT(atomic_load(&o->connections), 0);
    call_destroy(&call);
    v8p_fetcher_destroy(&fetcher);
    origin_stop(&o);
}

/* The server has few threads to spare; other hosts do not wait for them. */
static void test_local_turns_are_its_own(void)
{
    struct origin *o = origin_start();
    struct origin *other = origin_start();
    v8p_fetcher *fetcher = fetcher_of(0);
    v8pool_fetch_policy policy = local_policy();
    v8pool_fetch_policy outside = test_policy();
    v8p_fetch_request request;
    struct call *calls[10], *call;
    int i;

    policy.local_max = 2;
    request = local_get(o, OWN "/late", &policy);
    for (i = 0; i < 10; i++) {
        calls[i] = call_start(call_create(), fetcher, &request);
    }
    OK(WAIT_UNTIL(atomic_load(&o->waiting) == 2));
    call = call_get(fetcher, origin_url(other, NULL, "/hello"), &outside);
    IS_STR(call->body, "hello\n");
    call_destroy(&call);
    origin_release(o);
    for (i = 0; i < 10; i++) {
        OK(call_wait(calls[i]));
        IS_STR(calls[i]->body, "hello\n");
        call_destroy(&calls[i]);
    }
    IS_INT(atomic_load(&o->most_at_once), 2);
    v8p_fetcher_destroy(&fetcher);
    origin_stop(&o);
    origin_stop(&other);
}

static void test_local_redirect_from_outside_takes_a_local_turn(void)
{
    struct origin *o = origin_start();
    v8p_fetcher *fetcher = fetcher_of(0);
    v8pool_fetch_policy policy = local_policy();
    v8pool_fetch_policy both = test_policy();
    v8p_fetch_request request = local_get(o, OWN "/late", &policy);
    struct call *first = call_start(call_create(), fetcher, &request);
    struct call *second = call_create();
    char url[200];

    OK(WAIT_UNTIL(atomic_load(&o->waiting) == 1));
    both.local = 1;
    snprintf(url, sizeof(url), "%s",
             origin_url(o, NULL, "/to?302&" OWN "/late"));
    request = local_get(o, url, &both);
    call_start(second, fetcher, &request);
    OK(WAIT_UNTIL(atomic_load(&o->requests) == 2));
    origin_release(o);
    OK(call_wait(first));
    OK(call_wait(second));
    IS_STR(second->head->url, OWN "/late");
    IS_INT(atomic_load(&o->requests), 3);
    call_destroy(&first);
    call_destroy(&second);
    v8p_fetcher_destroy(&fetcher);
    origin_stop(&o);
}

TAP_MAIN(RUN(test_turns_are_bounded_and_in_order),
         RUN(test_turns_that_do_not_come_end_in_time),
         RUN(test_turns_beyond_the_renders_share_are_refused),
         RUN(test_local_goes_to_the_place_with_the_mark),
         RUN(test_local_speaks_what_the_place_speaks),
         RUN(test_local_mark_goes_nowhere_else),
         RUN(test_local_of_a_subrequest_is_refused),
         RUN(test_local_turns_are_its_own),
         RUN(test_local_redirect_from_outside_takes_a_local_turn))
