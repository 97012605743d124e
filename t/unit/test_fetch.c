/* SPDX-License-Identifier: Apache-2.0
 *
 * test_fetch.c: exchanges that go well.
 */
#include "fetch_fixture.h"

#include <stdio.h>

static void test_fetch_get_tells_all(void)
{
    struct origin *o = origin_start();
    v8p_fetcher *fetcher = fetcher_of(0);
    v8pool_fetch_policy policy = test_policy();
    const char *url = origin_url(o, NULL, "/hello?x=1");
    char with_fragment[200];
    struct call *call;

    snprintf(with_fragment, sizeof(with_fragment), "%s#here", url);
    call = call_get(fetcher, with_fragment, &policy);
    IS_ERROR(call, V8P_FETCH_E_NONE);
    IS_INT(call->head->status, 200);
    IS_STR(call->head->status_text, "Fine");
    IS_STR(call->head->url, url);
    IS_INT(call->head->redirected, 0);
    IS_STR(call_field(call, "content-length"), "6");
    IS_STR(call->body, "hello\n");
    IS_INT(call->heads, 1);
    IS_INT(call->ends, 1);
    IS_STR(call->message, "");
    call_destroy(&call);
    v8p_fetcher_destroy(&fetcher);
    origin_stop(&o);
}

static void test_fetch_fields_stay_apart(void)
{
    struct origin *o = origin_start();
    v8p_fetcher *fetcher = fetcher_of(0);
    v8pool_fetch_policy policy = test_policy();
    struct call *call = call_get(fetcher, origin_url(o, NULL, "/fields"),
                                 &policy);

    IS_INT(call->head->header_count, 6);
    IS_STR(call->head->headers[1].name, "set-cookie");
    IS_STR(call->head->headers[1].value, "a=1; Path=/");
    IS_STR(call->head->headers[2].name, "set-cookie");
    IS_STR(call->head->headers[2].value, "b=2");
    IS_STR(call_field(call, "x-folded"), "one two");
    IS_STR(call_field(call, "x-spaces"), "x");
    IS_STR(call_field(call, "x-empty"), "");
    call_destroy(&call);
    v8p_fetcher_destroy(&fetcher);
    origin_stop(&o);
}

static void test_fetch_informational_head_is_left_out(void)
{
    struct origin *o = origin_start();
    v8p_fetcher *fetcher = fetcher_of(0);
    v8pool_fetch_policy policy = test_policy();
    struct call *call = call_get(fetcher, origin_url(o, NULL, "/hints"),
                                 &policy);

    IS_INT(call->heads, 1);
    IS_INT(call->head->status, 200);
    OK(call_field(call, "link") == NULL);
    IS_STR(call->body, "hello\n");
    call_destroy(&call);
    v8p_fetcher_destroy(&fetcher);
    origin_stop(&o);
}

static void test_fetch_chunked_is_whole_without_trailers(void)
{
    struct origin *o = origin_start();
    v8p_fetcher *fetcher = fetcher_of(0);
    v8pool_fetch_policy policy = test_policy();
    struct call *call = call_get(fetcher, origin_url(o, NULL, "/chunked"),
                                 &policy);

    IS_INT(call->length, 60);
    OK(call_field(call, "x-trailer") == NULL);
    IS_ERROR(call, V8P_FETCH_E_NONE);
    call_destroy(&call);
    v8p_fetcher_destroy(&fetcher);
    origin_stop(&o);
}

static void test_fetch_coded_body_is_decoded(void)
{
    static const char *const codings[] = {"/gzip", "/deflate", "/br"};
    struct origin *o = origin_start();
    v8p_fetcher *fetcher = fetcher_of(0);
    v8pool_fetch_policy policy = test_policy();
    size_t i;

    for (i = 0; i < 3; i++) {
        struct call *call =
            call_get(fetcher, origin_url(o, NULL, codings[i]), &policy);

        IS_STR(call->body, CODED_TEXT);
        IS_STR(call_field(call, "content-encoding"), codings[i] + 1);
        call_destroy(&call);
    }
    v8p_fetcher_destroy(&fetcher);
    origin_stop(&o);
}

static void test_fetch_head_has_no_body(void)
{
    struct origin *o = origin_start();
    v8p_fetcher *fetcher = fetcher_of(0);
    v8pool_fetch_policy policy = test_policy();
    v8p_fetch_request request = get_of(origin_url(o, NULL, "/hello"), &policy);
    struct call *call = call_create();

    request.method = "HEAD";
    OK(call_wait(call_start(call, fetcher, &request)));
    IS_ERROR(call, V8P_FETCH_E_NONE);
    IS_STR(call_field(call, "content-length"), "6");
    IS_INT(call->length, 0);
    call_destroy(&call);
    v8p_fetcher_destroy(&fetcher);
    origin_stop(&o);
}

static void test_fetch_request_goes_out_as_asked(void)
{
    static const v8pool_header headers[] = {
        {"x-one", "1"}, {"x-empty", ""},     {"Host", "elsewhere"},
        {"TE", "gzip"}, {"content-length", "999"}, {"connection", "close"},
        {"content-type", "text/x"},
    };
    struct origin *o = origin_start();
    v8p_fetcher *fetcher = fetcher_of(0);
    v8pool_fetch_policy policy = test_policy();
    v8p_fetch_request request = get_of(origin_url(o, NULL, "/echo?q"), &policy);
    struct call *call = call_create();
    char host[50];

    request.method = "PATCH";
    request.headers = headers;
    request.header_count = 7;
    request.body = "b\0dy";
    request.body_length = 4;
    OK(call_wait(call_start(call, fetcher, &request)));
    snprintf(host, sizeof(host), "\r\nHost: 127.0.0.1:%d\r\n", o->port);
    HAS_STR(call->body, "PATCH /echo?q HTTP/1.1\r\n");
    HAS_STR(call->body, host);
    HAS_STR(call->body, "\r\nx-one: 1\r\n");
    HAS_STR(call->body, "\r\nx-empty:\r\n");
    HAS_STR(call->body, "\r\nContent-Length: 4\r\n");
    HAS_STR(call->body, "\r\ncontent-type: text/x\r\n");
    HAS_STR(call->body, "\r\nAccept: */*\r\n");
    HAS_STR(call->body, "\r\nUser-Agent: v8pool/");
    HAS_STR(call->body, "\r\nAccept-Encoding: deflate, gzip, br");
    OK(strstr(call->body, "elsewhere") == NULL);
    OK(strstr(call->body, "999") == NULL);
    OK(strstr(call->body, "close") == NULL);
    OK(strcasestr(call->body, "\r\nte:") == NULL);
    OK(call->length > 4 &&
       memcmp(call->body + call->length - 4, "b\0dy", 4) == 0);
    call_destroy(&call);
    v8p_fetcher_destroy(&fetcher);
    origin_stop(&o);
}

/* Fetch standard: POST and PUT say that they have no body. */
static void test_fetch_post_without_body_has_a_length(void)
{
    struct origin *o = origin_start();
    v8p_fetcher *fetcher = fetcher_of(0);
    v8pool_fetch_policy policy = test_policy();
    v8p_fetch_request request = get_of(origin_url(o, NULL, "/echo"), &policy);
    struct call *call = call_create();

    request.method = "POST";
    OK(call_wait(call_start(call, fetcher, &request)));
    HAS_STR(call->body, "POST /echo HTTP/1.1\r\n");
    HAS_STR(call->body, "\r\nContent-Length: 0\r\n");
    OK(strcasestr(call->body, "\r\nContent-Type:") == NULL);
    call_destroy(&call);
    v8p_fetcher_destroy(&fetcher);
    origin_stop(&o);
}

static void test_fetch_one_after_the_other_share_a_connection(void)
{
    struct origin *o = origin_start();
    v8p_fetcher *fetcher = fetcher_of(0);
    v8pool_fetch_policy policy = test_policy();
    int i;

    for (i = 0; i < 50; i++) {
        struct call *call =
            call_get(fetcher, origin_url(o, NULL, "/hello"), &policy);

        call_destroy(&call);
    }
    IS_INT(atomic_load(&o->requests), 50);
    IS_INT(atomic_load(&o->connections), 1);
    IS_INT(counts_of(fetcher).connects, 1);
    IS_INT(counts_of(fetcher).started, 50);
    IS_INT(counts_of(fetcher).ended, 50);
    IS_INT(counts_of(fetcher).failed, 0);
    IS_INT(counts_of(fetcher).received_bytes, 300);
    v8p_fetcher_destroy(&fetcher);
    origin_stop(&o);
}

#define MANY 1000

static void test_fetch_a_thousand_at_once_all_answer(void)
{
    struct origin *o = origin_start();
    v8p_fetcher *fetcher = fetcher_of(0);
    v8pool_fetch_policy policy = test_policy();
    struct call *calls[MANY];
    int i, good = 0;

    for (i = 0; i < MANY; i++) {
        char path[50];
        v8p_fetch_request request;

        snprintf(path, sizeof(path), "/echo?number=%d;", i);
        request = get_of(origin_url(o, NULL, path), &policy);
        calls[i] = call_start(call_create(), fetcher, &request);
    }
    for (i = 0; i < MANY; i++) {
        char wanted[50];

        snprintf(wanted, sizeof(wanted), "/echo?number=%d; ", i);
        good += call_wait(calls[i]) && calls[i]->ends == 1 &&
                calls[i]->error == V8P_FETCH_E_NONE &&
                strstr(calls[i]->body, wanted) != NULL;
        call_destroy(&calls[i]);
    }
    IS_INT(good, MANY);
    OK(atomic_load(&o->connections) <= 128);
    IS_INT(counts_of(fetcher).ended, MANY);
    v8p_fetcher_destroy(&fetcher);
    origin_stop(&o);
}

/* More than twice what the system's buffers hold. */
#define BIG (32 * 1024 * 1024)

static int stands_still(atomic_size_t *sent)
{
    size_t before;

    do {
        before = atomic_load(sent);
        usleep(200000);
    } while (atomic_load(sent) != before);
    return 1;
}

static void test_fetch_reader_that_is_slow_holds_the_server_back(void)
{
    struct origin *o = origin_start();
    v8p_fetcher *fetcher = fetcher_of(0);
    v8pool_fetch_policy policy = test_policy();
    v8p_fetch_request request =
        get_of(origin_url(o, NULL, "/big?33554432"), &policy);
    struct call *call = call_create();
    size_t used = 0;

    policy.max_response_bytes = BIG;
    policy.timeout_ms = 600000;
    call->hoards = 1;
    call_start(call, fetcher, &request);
    OK(WAIT_UNTIL(call_length(call) > V8P_FETCH_UNCONSUMED));
    OK(stands_still(&o->sent));
    OK(call_length(call) < 2 * V8P_FETCH_UNCONSUMED);
    OK(atomic_load(&o->sent) < BIG / 2); /* the system's buffers are full */
    IS_INT(call_count(call, &call->ends), 0);
    while (call_count(call, &call->ends) == 0) {
        size_t length = call_length(call);

        v8p_fetch_consumed(call->fetch, length - used);
        used = length;
        usleep(100);
    }
    IS_ERROR(call, V8P_FETCH_E_NONE);
    IS_INT(call->length, BIG);
    call_destroy(&call);
    v8p_fetcher_destroy(&fetcher);
    origin_stop(&o);
}

TAP_MAIN(RUN(test_fetch_get_tells_all),
         RUN(test_fetch_fields_stay_apart),
         RUN(test_fetch_informational_head_is_left_out),
         RUN(test_fetch_chunked_is_whole_without_trailers),
         RUN(test_fetch_coded_body_is_decoded),
         RUN(test_fetch_head_has_no_body),
         RUN(test_fetch_request_goes_out_as_asked),
         RUN(test_fetch_post_without_body_has_a_length),
         RUN(test_fetch_one_after_the_other_share_a_connection),
         RUN(test_fetch_a_thousand_at_once_all_answer),
         RUN(test_fetch_reader_that_is_slow_holds_the_server_back))
