/* SPDX-License-Identifier: Apache-2.0
 *
 * test_fetch_upload.c: bodies that are sent bit by bit.
 */
#include "fetch_fixture.h"
#include "fetch_inside.h"

#include <stdio.h>

static v8p_fetch_request post_to(const char *url,
                                 const v8pool_fetch_policy *policy)
{
    v8p_fetch_request request = get_of(url, policy);

    request.method = "POST";
    request.streamed = 1;
    return request;
}

static void test_upload_arrives_in_order(void)
{
    struct origin *o = origin_start();
    v8p_fetcher *fetcher = fetcher_of(0);
    v8pool_fetch_policy policy = test_policy();
    v8p_fetch_request request = post_to(origin_url(o, NULL, "/echo"), &policy);
    struct call *call = call_start(call_create(), fetcher, &request);

    IS_INT(v8p_fetch_send(call->fetch, "one ", 4), 1);
    OK(WAIT_UNTIL(v8p_fetch_upload_starves(call->fetch)));
    IS_INT(v8p_fetch_send(call->fetch, "two ", 4), 1);
    v8p_fetch_send(call->fetch, "three", 5);
    v8p_fetch_send_end(call->fetch);
    OK(call_wait(call));
    IS_ERROR(call, V8P_FETCH_E_NONE);
    HAS_STR(call->body, "POST /echo HTTP/1.1\r\n");
    HAS_STR(call->body, "\r\nTransfer-Encoding: chunked\r\n");
    OK(strcasestr(call->body, "\r\nExpect:") == NULL);
    HAS_STR(call->body, "one ");
    HAS_STR(call->body, "two ");
    HAS_STR(call->body, "three");
    OK(strstr(call->body, "one ") < strstr(call->body, "two "));
    OK(strstr(call->body, "two ") < strstr(call->body, "three"));
    call_destroy(&call);
    v8p_fetcher_destroy(&fetcher);
    origin_stop(&o);
}

static void test_upload_may_be_empty(void)
{
    struct origin *o = origin_start();
    v8p_fetcher *fetcher = fetcher_of(0);
    v8pool_fetch_policy policy = test_policy();
    v8p_fetch_request request = post_to(origin_url(o, NULL, "/echo"), &policy);
    struct call *call = call_start(call_create(), fetcher, &request);

    v8p_fetch_send_end(call->fetch);
    OK(call_wait(call));
    IS_ERROR(call, V8P_FETCH_E_NONE);
    HAS_STR(call->body, "\r\n\r\n0\r\n\r\n");
    call_destroy(&call);
    v8p_fetcher_destroy(&fetcher);
    origin_stop(&o);
}

/* The server does not read: the sender is told to wait, and when to go on. */
static void test_upload_server_that_is_slow_holds_the_sender_back(void)
{
    static const char block[65536];
    struct origin *o = origin_start();
    v8p_fetcher *fetcher = fetcher_of(0);
    v8pool_fetch_policy policy = test_policy();
    v8p_fetch_request request = post_to(origin_url(o, NULL, "/sip"), &policy);
    struct call *call = call_start(call_create(), fetcher, &request);
    int blocks = 0, rooms;

    OK(WAIT_UNTIL(atomic_load(&o->waiting) == 1));
    for (;;) { /* until the system's buffers are full, too */
        rooms = call_count(call, &call->rooms);
        blocks++;
        if (!v8p_fetch_send(call->fetch, block, sizeof(block))) {
            int left = 500;

            while (call_count(call, &call->rooms) == rooms && left-- > 0) {
                usleep(1000);
            }
            if (call_count(call, &call->rooms) == rooms) {
                break;
            }
        }
    }
    tap_note("%d blocks", blocks);
    OK(blocks < 1000);
    origin_release(o);
    OK(WAIT_UNTIL(call_count(call, &call->rooms) > rooms));
    v8p_fetch_send_end(call->fetch);
    OK(call_wait(call));
    IS_ERROR(call, V8P_FETCH_E_NONE);
    IS_STR(call->body, "hello\n");
    call_destroy(&call);
    v8p_fetcher_destroy(&fetcher);
    origin_stop(&o);
}

static void test_upload_may_be_cancelled(void)
{
    struct origin *o = origin_start();
    v8p_fetcher *fetcher = fetcher_of(0);
    v8pool_fetch_policy policy = test_policy();
    v8p_fetch_request request = post_to(origin_url(o, NULL, "/echo"), &policy);
    struct call *call = call_start(call_create(), fetcher, &request);

    v8p_fetch_send(call->fetch, "x", 1);
    OK(WAIT_UNTIL(atomic_load(&o->requests) == 1));
    call_cancel(call);
    v8p_fetch_send(call->fetch, "y", 1); /* goes nowhere */
    v8p_fetch_send_end(call->fetch);
    OK(WAIT_UNTIL(atomic_load(&o->open) == 0));
    OK(WAIT_UNTIL(counts_of(fetcher).ended == 1));
    IS_INT(call->after_end, 0);
    call_destroy(&call);
    v8p_fetcher_destroy(&fetcher);
    origin_stop(&o);
}

static void test_upload_is_not_sent_twice(void)
{
    struct origin *o = origin_start();
    v8p_fetcher *fetcher = fetcher_of(0);
    v8pool_fetch_policy policy = test_policy();
    v8p_fetch_request request =
        post_to(origin_url(o, NULL, "/to?307&/echo"), &policy);
    struct call *call = call_start(call_create(), fetcher, &request);

    v8p_fetch_send(call->fetch, "x", 1);
    v8p_fetch_send_end(call->fetch);
    OK(call_wait(call));
    IS_ERROR(call, V8P_FETCH_E_REDIRECT);
    HAS_STR(call->message, "a stream again, which is gone");
    call_destroy(&call);

    request = post_to(origin_url(o, NULL, "/to?303&/echo"), &policy);
    call = call_start(call_create(), fetcher, &request);
    v8p_fetch_send(call->fetch, "x", 1);
    v8p_fetch_send_end(call->fetch);
    OK(call_wait(call));
    IS_ERROR(call, V8P_FETCH_E_NONE);
    HAS_STR(call->body, "GET /echo HTTP/1.1\r\n");
    OK(strcasestr(call->body, "\r\nTransfer-Encoding:") == NULL);
    call_destroy(&call);
    v8p_fetcher_destroy(&fetcher);
    origin_stop(&o);
}

/* The sender is late, not the origin. */
static void test_upload_that_starves_does_not_open_the_breaker(void)
{
    struct origin *o = origin_start();
    v8p_fetcher *fetcher = fetcher_of(0);
    v8pool_fetch_policy policy = test_policy();
    v8p_fetch_request request;
    struct call *call;

    policy.timeout_ms = 2000; /* it is connected by then */
    policy.breaker_failures = 1;
    policy.breaker_ms = 60000;
    request = post_to(origin_url(o, NULL, "/echo"), &policy);
    call = call_start(call_create(), fetcher, &request);
    OK(call_wait(call));
    IS_ERROR(call, V8P_FETCH_E_TIMEOUT);
    call_destroy(&call);
    policy.timeout_ms = 30000;
    call = call_get(fetcher, origin_url(o, NULL, "/hello"), &policy);
    IS_ERROR(call, V8P_FETCH_E_NONE);
    call_destroy(&call);
    v8p_fetcher_destroy(&fetcher);
    origin_stop(&o);
}

/* What was answered does not wait for a body that nobody wants. */
static void test_upload_that_is_refused_is_over(void)
{
    struct origin *o = origin_start();
    v8p_fetcher *fetcher = fetcher_of(0);
    v8pool_fetch_policy policy = test_policy();
    v8p_fetch_request request =
        post_to(origin_url(o, NULL, "/refuses"), &policy);
    struct call *call = call_start(call_create(), fetcher, &request);

    IS_INT(v8p_fetch_send(call->fetch, "one ", 4), 1);
    OK(call_wait(call)); /* though it was never told of the end */
    IS_ERROR(call, V8P_FETCH_E_NONE);
    IS_STR(call->body, "no\n");
    IS_INT(v8p_fetch_send(call->fetch, "two ", 4), 1);
    v8p_fetch_send_end(call->fetch);
    call_destroy(&call);
    v8p_fetcher_destroy(&fetcher);
    origin_stop(&o);
}

TAP_MAIN(RUN(test_upload_arrives_in_order),
         RUN(test_upload_may_be_empty),
         RUN(test_upload_server_that_is_slow_holds_the_sender_back),
         RUN(test_upload_may_be_cancelled),
         RUN(test_upload_is_not_sent_twice),
         RUN(test_upload_that_starves_does_not_open_the_breaker),
         RUN(test_upload_that_is_refused_is_over))
