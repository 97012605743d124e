/* SPDX-License-Identifier: Apache-2.0
 *
 * test_fetch.c: exchanges that go well, and all the ways in which they fail.
 */
#include "fetch_fixture.h"

#include <stdlib.h>
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
    OK(atomic_load(&o->connections) <= 64);
    IS_INT(counts_of(fetcher).ended, MANY);
    v8p_fetcher_destroy(&fetcher);
    origin_stop(&o);
}

#define BIG (64 * 1024 * 1024)

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
        get_of(origin_url(o, NULL, "/big?67108864"), &policy);
    struct call *call = call_create();

    policy.max_response_bytes = BIG;
    call->hoards = 1;
    call_start(call, fetcher, &request);
    OK(WAIT_UNTIL(call_length(call) > V8P_FETCH_UNCONSUMED));
    OK(stands_still(&o->sent));
    OK(call_length(call) < 2 * V8P_FETCH_UNCONSUMED);
    OK(atomic_load(&o->sent) < BIG / 2); /* the system's buffers are full */
    IS_INT(call_count(call, &call->ends), 0);
    while (call_count(call, &call->ends) == 0) {
        static size_t used;

        if (call_length(call) > used) {
            v8p_fetch_consumed(call->fetch, call_length(call) - used);
            used = call_length(call);
        }
        usleep(100);
    }
    IS_ERROR(call, V8P_FETCH_E_NONE);
    IS_INT(call->length, BIG);
    call_destroy(&call);
    v8p_fetcher_destroy(&fetcher);
    origin_stop(&o);
}

/* --- failures ---------------------------------------------------------------------- */

static void fails(const char *url, const v8pool_fetch_policy *policy,
                  enum v8p_fetch_error wanted, const char *text)
{
    v8p_fetcher *fetcher = fetcher_of(0);
    struct call *call = call_get(fetcher, url, policy);

    IS_ERROR(call, wanted);
    HAS_STR(call->message, text);
    IS_INT(call->ends, 1);
    IS_INT(counts_of(fetcher).failed, 1);
    IS_INT(counts_of(fetcher).ended, 1);
    call_destroy(&call);
    v8p_fetcher_destroy(&fetcher);
}

static void test_fetch_failure_says_what_and_where(void)
{
    struct origin *o = origin_start();
    v8pool_fetch_policy policy = test_policy();
    char url[100], text[200];

    snprintf(url, sizeof(url), "http://127.0.0.1:%d/x?secret=1", closed_port());
    snprintf(text, sizeof(text), "fetch failed: %.*s: connection refused",
             (int)strcspn(url, "?"), url);
    fails(url, &policy, V8P_FETCH_E_CONNECT, text);
    fails(origin_url(o, NULL, "/close"), &policy, V8P_FETCH_E_PROTOCOL,
          "/close: the connection was closed without an answer");
    fails(origin_url(o, NULL, "/half"), &policy, V8P_FETCH_E_PROTOCOL,
          "/half: the connection was closed half-way");
    fails(origin_url(o, NULL, "/garbage"), &policy, V8P_FETCH_E_PROTOCOL,
          "HTTP/0.9");
    origin_stop(&o);
}

static void test_fetch_unknown_name_is_told(void)
{
    static const v8pool_fetch_host all[] = {
        {"*", V8POOL_FETCH_PORT_DEFAULT, 0}};
    v8pool_fetch_policy policy = test_policy();

    policy.hosts = all;
    policy.host_count = 1;
    fails("http://no-such-host.invalid/", &policy, V8P_FETCH_E_RESOLVE,
          "the host no-such-host.invalid was not found");
}

static void test_fetch_time_is_bounded(void)
{
    struct origin *o = origin_start();
    v8pool_fetch_policy policy = test_policy();

    policy.timeout_ms = 100;
    fails(origin_url(o, NULL, "/hang"), &policy, V8P_FETCH_E_TIMEOUT,
          "/hang: no answer within 100 ms");
    fails(origin_url(o, NULL, "/slow"), &policy, V8P_FETCH_E_TIMEOUT,
          "/slow: the body was not whole within 100 ms");
    OK(WAIT_UNTIL(atomic_load(&o->open) == 0));
    origin_stop(&o);
}

static void test_fetch_body_is_bounded(void)
{
    struct origin *o = origin_start();
    v8pool_fetch_policy policy = test_policy();

    policy.max_response_bytes = 100000;
    fails(origin_url(o, NULL, "/big?100001"), &policy, V8P_FETCH_E_TOO_LARGE,
          "the body is larger than 100000 bytes");
    policy.max_response_bytes = sizeof(CODED_TEXT) - 2;
    fails(origin_url(o, NULL, "/gzip"), &policy, V8P_FETCH_E_TOO_LARGE,
          "the body is larger than 71 bytes");
    origin_stop(&o);
}

static void test_fetch_whole_limit_is_allowed(void)
{
    struct origin *o = origin_start();
    v8p_fetcher *fetcher = fetcher_of(0);
    v8pool_fetch_policy policy = test_policy();
    struct call *call;

    policy.max_response_bytes = 100000;
    call = call_get(fetcher, origin_url(o, NULL, "/big?100000"), &policy);
    IS_ERROR(call, V8P_FETCH_E_NONE);
    IS_INT(call->length, 100000);
    call_destroy(&call);
    v8p_fetcher_destroy(&fetcher);
    origin_stop(&o);
}

static void test_fetch_wrong_request_is_refused(void)
{
    static const struct {
        const char *method, *url, *name, *value, *body, *text;
    } rows[] = {
        {"GET", "/relative", "a", "b", NULL, "an absolute http or https URL"},
        {"GET", "ftp://127.0.0.1/", "a", "b", NULL, "http or https URL"},
        {"GET", "file:///etc/passwd", "a", "b", NULL, "http or https URL"},
        {"GET", "http://u:p@127.0.0.1/", "a", "b", NULL, "without user name"},
        {"G T", "http://127.0.0.1/", "a", "b", NULL, "a method"},
        {"", "http://127.0.0.1/", "a", "b", NULL, "a method"},
        {"TRACE", "http://127.0.0.1/", "a", "b", NULL, "a method"},
        {"connect", "http://127.0.0.1/", "a", "b", NULL, "a method"},
        {"GET", "http://127.0.0.1/", "a b", "b", NULL, "header fields"},
        {"GET", "http://127.0.0.1/", "", "b", NULL, "header fields"},
        {"GET", "http://127.0.0.1/", "a", "b\r\nc: d", NULL, "no line break"},
        {"GET", "http://127.0.0.1/", "a", "b\nc: d", NULL, "no line break"},
        {"HEAD", "http://127.0.0.1/", "a", "b", "x", "no body was expected"},
    };
    v8p_fetcher *fetcher = fetcher_of(0);
    v8pool_fetch_policy policy = test_policy();
    size_t i;

    for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        v8p_fetch_request request = get_of(rows[i].url, &policy);
        v8pool_header header = {rows[i].name, rows[i].value};
        struct call *call = call_create();

        request.method = rows[i].method;
        request.headers = &header;
        request.header_count = 1;
        request.body = rows[i].body;
        request.body_length = 1;
        OK(call_wait(call_start(call, fetcher, &request)));
        IS_ERROR(call, V8P_FETCH_E_ARGUMENT);
        HAS_STR(call->message, rows[i].text);
        call_destroy(&call);
    }
    IS_INT(counts_of(fetcher).connects, 0);
    v8p_fetcher_destroy(&fetcher);
}

static void test_fetch_breaker_leaves_a_dead_origin_alone(void)
{
    struct origin *o = origin_start();
    v8p_fetcher *fetcher = fetcher_of(0);
    v8pool_fetch_policy policy = test_policy();
    const char *dead = origin_url(o, NULL, "/close");
    struct call *call;
    int i;

    policy.breaker_failures = 3;
    policy.breaker_ms = 60000;
    for (i = 0; i < 3; i++) {
        call = call_get(fetcher, dead, &policy);
        IS_ERROR(call, V8P_FETCH_E_PROTOCOL);
        call_destroy(&call);
    }
    call = call_get(fetcher, origin_url(o, NULL, "/hello"), &policy);
    IS_ERROR(call, V8P_FETCH_E_BROKEN);
    HAS_STR(call->message, "the last 3 fetches from there failed; it is left "
                           "alone for 60000 ms");
    call_destroy(&call);
    IS_INT(atomic_load(&o->requests), 3);
    IS_INT(counts_of(fetcher).broken, 1);
    policy.breaker_failures = 0; /* where it is off, others do not matter */
    call = call_get(fetcher, origin_url(o, NULL, "/hello"), &policy);
    IS_ERROR(call, V8P_FETCH_E_NONE);
    call_destroy(&call);
    v8p_fetcher_destroy(&fetcher);
    origin_stop(&o);
}

static int answers(v8p_fetcher *fetcher, const char *url,
                   const v8pool_fetch_policy *policy)
{
    v8p_fetch_request request = get_of(url, policy);
    struct call *call = call_start(call_create(), fetcher, &request);
    int answered = call_wait(call) && call->error == V8P_FETCH_E_NONE;

    call_destroy(&call);
    return answered;
}

static void test_fetch_breaker_tries_again(void)
{
    struct origin *o = origin_start();
    v8p_fetcher *fetcher = fetcher_of(0);
    v8pool_fetch_policy policy = test_policy();
    struct call *call;

    policy.breaker_failures = 1;
    policy.breaker_ms = 50;
    call = call_get(fetcher, origin_url(o, NULL, "/half"), &policy);
    IS_ERROR(call, V8P_FETCH_E_PROTOCOL);
    call_destroy(&call);
    OK(WAIT_UNTIL(answers(fetcher, origin_url(o, NULL, "/hello"), &policy)));
    call = call_get(fetcher, origin_url(o, NULL, "/hello"), &policy);
    IS_ERROR(call, V8P_FETCH_E_NONE);
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
         RUN(test_fetch_reader_that_is_slow_holds_the_server_back),
         RUN(test_fetch_failure_says_what_and_where),
         RUN(test_fetch_unknown_name_is_told),
         RUN(test_fetch_time_is_bounded),
         RUN(test_fetch_body_is_bounded),
         RUN(test_fetch_whole_limit_is_allowed),
         RUN(test_fetch_wrong_request_is_refused),
         RUN(test_fetch_breaker_leaves_a_dead_origin_alone),
         RUN(test_fetch_breaker_tries_again))
