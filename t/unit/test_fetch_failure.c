/* SPDX-License-Identifier: Apache-2.0
 *
 * test_fetch_failure.c: all the ways in which exchanges fail, and what is told.
 */
#include "fetch_fixture.h"

#include <stdio.h>

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
    v8p_fetcher *fetcher = fetcher_of(0);
    v8pool_fetch_policy policy = test_policy();
    struct call *call = NULL;
    char text[100];

    policy.timeout_ms = 100;
    fails(origin_url(o, NULL, "/hang"), &policy, V8P_FETCH_E_TIMEOUT,
          "/hang: no answer within 100 ms");
    do { /* until the machine is quick enough for the head to come */
        if (call != NULL) {
            call_destroy(&call);
        }
        policy.timeout_ms *= 2;
        call = call_get(fetcher, origin_url(o, NULL, "/slow"), &policy);
    } while (call->heads == 0 && policy.timeout_ms < 30000);
    IS_ERROR(call, V8P_FETCH_E_TIMEOUT);
    snprintf(text, sizeof(text), "/slow: the body was not whole within %u ms",
             (unsigned)policy.timeout_ms);
    HAS_STR(call->message, text);
    call_destroy(&call);
    v8p_fetcher_destroy(&fetcher);
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
        {"GET", "http://127.0.0.1./", "a", "b", NULL, "without a dot"},
        {"GET", "http://127%2e1/", "a", "b", NULL, "address of four numbers"},
        /* libcurl 8 refuses it before we do */
        {"GET", "http://a.%%/", "a", "b", NULL, "was expected"},
        {"GET", "http://a.1/", "a", "b", NULL, "address of four numbers"},
        {"GET", "http://0x7f./", "a", "b", NULL, "without a dot"},
        {"GET", "http://a.example../", "a", "b", NULL, "without an empty part"},
        {"GET", "http://a%7f.example/", "a", "b", NULL, "in ASCII"},
        {"GET", "http://./", "a", "b", NULL, "without an empty part"},
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

TAP_MAIN(RUN(test_fetch_failure_says_what_and_where),
         RUN(test_fetch_unknown_name_is_told),
         RUN(test_fetch_time_is_bounded),
         RUN(test_fetch_body_is_bounded),
         RUN(test_fetch_whole_limit_is_allowed),
         RUN(test_fetch_wrong_request_is_refused),
         RUN(test_fetch_breaker_leaves_a_dead_origin_alone),
         RUN(test_fetch_breaker_tries_again))
