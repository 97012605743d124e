/* SPDX-License-Identifier: Apache-2.0
 *
 * test_fetch_redirect.c: redirects as the Fetch standard has them, each judged
 * by the policy.
 */
#include "fetch_fixture.h"

#include <stdio.h>
#include <stdlib.h>

/* /to?STATUS&TARGET */
static const char *path_to(int status, const char *target)
{
    static char paths[4][700];
    static int turn;
    char *path = paths[turn++ % 4];

    snprintf(path, sizeof(paths[0]), "/to?%d&%s", status, target);
    return path;
}

static void test_redirect_is_followed(void)
{
    static const int statuses[] = {301, 302, 303, 307, 308};
    struct origin *o = origin_start();
    v8p_fetcher *fetcher = fetcher_of(0);
    v8pool_fetch_policy policy = test_policy();
    size_t i;

    for (i = 0; i < 5; i++) {
        struct call *call = call_get(
            fetcher, origin_url(o, NULL, path_to(statuses[i], "/hello?x")),
            &policy);

        IS_INT(call->head->status, 200);
        IS_INT(call->head->redirected, 1);
        IS_STR(call->head->url, origin_url(o, NULL, "/hello?x"));
        IS_STR(call->body, "hello\n"); /* and nothing of the redirect's */
        IS_INT(call->heads, 1);
        call_destroy(&call);
    }
    IS_INT(atomic_load(&o->connections), 1);
    v8p_fetcher_destroy(&fetcher);
    origin_stop(&o);
}

static void test_redirect_relative_is_resolved(void)
{
    struct origin *o = origin_start();
    v8p_fetcher *fetcher = fetcher_of(0);
    v8pool_fetch_policy policy = test_policy();
    struct call *call = call_get(
        fetcher, origin_url(o, NULL, path_to(302, "./a/../hello?x")), &policy);

    IS_STR(call->head->url, origin_url(o, NULL, "/hello?x"));
    call_destroy(&call);
    v8p_fetcher_destroy(&fetcher);
    origin_stop(&o);
}

static void test_redirect_without_location_is_an_answer(void)
{
    struct origin *o = origin_start();
    v8p_fetcher *fetcher = fetcher_of(0);
    v8pool_fetch_policy policy = test_policy();
    v8p_fetch_request request =
        get_of(origin_url(o, NULL, path_to(300, "/hello")), &policy);
    struct call *call = call_create();

    OK(call_wait(call_start(call, fetcher, &request)));
    IS_INT(call->head->status, 300);
    IS_STR(call->body, "there\n");
    call_destroy(&call);
    v8p_fetcher_destroy(&fetcher);
    origin_stop(&o);
}

static void test_redirect_manual_is_handed_out(void)
{
    struct origin *o = origin_start();
    v8p_fetcher *fetcher = fetcher_of(0);
    v8pool_fetch_policy policy = test_policy();
    v8p_fetch_request request =
        get_of(origin_url(o, NULL, path_to(302, "/hello")), &policy);
    struct call *call = call_create();

    request.redirect = V8P_FETCH_MANUAL;
    OK(call_wait(call_start(call, fetcher, &request)));
    IS_INT(call->head->status, 302);
    IS_INT(call->head->redirected, 0);
    IS_STR(call_field(call, "location"), "/hello");
    IS_STR(call->body, "there\n");
    call_destroy(&call);
    v8p_fetcher_destroy(&fetcher);
    origin_stop(&o);
}

static void test_redirect_may_be_an_error(void)
{
    struct origin *o = origin_start();
    v8p_fetcher *fetcher = fetcher_of(0);
    v8pool_fetch_policy policy = test_policy();
    v8p_fetch_request request =
        get_of(origin_url(o, NULL, path_to(302, "/hello")), &policy);
    struct call *call = call_create();

    request.redirect = V8P_FETCH_ERROR;
    OK(call_wait(call_start(call, fetcher, &request)));
    IS_ERROR(call, V8P_FETCH_E_REDIRECT);
    HAS_STR(call->message, "a redirect to /hello, where none was expected");
    IS_INT(call->heads, 0);
    call_destroy(&call);
    v8p_fetcher_destroy(&fetcher);
    origin_stop(&o);
}

/* status, method, and what the second request is. */
static void test_redirect_changes_method_and_body(void)
{
    static const struct {
        int status;
        const char *method, *then;
        int body;
    } rows[] = {
        {301, "POST", "GET", 0},   {302, "POST", "GET", 0},
        {303, "POST", "GET", 0},   {303, "PUT", "GET", 0},
        {301, "PUT", "PUT", 1},    {302, "DELETE", "DELETE", 1},
        {307, "POST", "POST", 1},  {308, "POST", "POST", 1},
    };
    static const v8pool_header type = {"content-type", "text/x"};
    struct origin *o = origin_start();
    v8p_fetcher *fetcher = fetcher_of(0);
    v8pool_fetch_policy policy = test_policy();
    size_t i;

    for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        v8p_fetch_request request = get_of(
            origin_url(o, NULL, path_to(rows[i].status, "/echo")), &policy);
        struct call *call = call_create();
        char line[50];

        request.method = rows[i].method;
        request.body = "body";
        request.body_length = 4;
        request.headers = &type;
        request.header_count = 1;
        tap_note("%d %s", rows[i].status, rows[i].method);
        OK(call_wait(call_start(call, fetcher, &request)));
        snprintf(line, sizeof(line), "%s /echo ", rows[i].then);
        OK(strncmp(call->body, line, strlen(line)) == 0);
        IS_INT(strstr(call->body, "\r\n\r\nbody") != NULL, rows[i].body);
        IS_INT(strstr(call->body, "content-type") != NULL, rows[i].body);
        call_destroy(&call);
    }
    v8p_fetcher_destroy(&fetcher);
    origin_stop(&o);
}

static void test_redirect_head_stays_head(void)
{
    struct origin *o = origin_start();
    v8p_fetcher *fetcher = fetcher_of(0);
    v8pool_fetch_policy policy = test_policy();
    v8p_fetch_request request =
        get_of(origin_url(o, NULL, path_to(303, "/hello")), &policy);
    struct call *call = call_create();

    request.method = "HEAD";
    OK(call_wait(call_start(call, fetcher, &request)));
    IS_INT(call->head->status, 200);
    IS_INT(call->length, 0);
    call_destroy(&call);
    v8p_fetcher_destroy(&fetcher);
    origin_stop(&o);
}

static void echo_after(struct origin *from, const char *to, int credentials)
{
    static const v8pool_header headers[] = {
        {"authorization", "Bearer secret"}, {"Cookie", "secret=1"},
        {"x-kept", "1"}};
    v8p_fetcher *fetcher = fetcher_of(0);
    v8pool_fetch_policy policy = test_policy();
    v8p_fetch_request request =
        get_of(origin_url(from, NULL, path_to(302, to)), &policy);
    struct call *call = call_create();

    request.headers = headers;
    request.header_count = 3;
    OK(call_wait(call_start(call, fetcher, &request)));
    HAS_STR(call->body, "x-kept: 1");
    IS_INT(strstr(call->body, "Bearer") != NULL, credentials);
    IS_INT(strstr(call->body, "secret=1") != NULL, credentials);
    call_destroy(&call);
    v8p_fetcher_destroy(&fetcher);
}

static void test_redirect_elsewhere_drops_credentials(void)
{
    struct origin *o = origin_start();
    struct origin *other = origin_start();
    char back[200];

    echo_after(o, "/echo", 1);
    echo_after(o, origin_url(other, NULL, "/echo"), 0);
    /* they do not come back on the way back */
    snprintf(back, sizeof(back), "%s",
             origin_url(other, NULL,
                        path_to(302, origin_url(o, NULL, "/echo"))));
    echo_after(o, back, 0);
    origin_stop(&o);
    origin_stop(&other);
}

static void test_redirect_loop_ends(void)
{
    struct origin *o = origin_start();
    v8p_fetcher *fetcher = fetcher_of(0);
    v8pool_fetch_policy policy = test_policy();
    struct call *call = call_get(fetcher, origin_url(o, NULL, "/loop"),
                                 &policy);

    IS_ERROR(call, V8P_FETCH_E_REDIRECT);
    HAS_STR(call->message, "more than 20 redirects, the last to /loop");
    IS_INT(atomic_load(&o->requests), 21);
    call_destroy(&call);
    v8p_fetcher_destroy(&fetcher);
    origin_stop(&o);
}

static void test_redirect_is_judged(void)
{
    static const struct {
        const char *to;
        enum v8p_fetch_error error;
        const char *text;
    } rows[] = {
        {"http://169.254.169.254/latest/meta-data", V8P_FETCH_E_REFUSED,
         "http://169.254.169.254/latest/meta-data: http://127.0.0.1"},
        {"http://other.example/", V8P_FETCH_E_REFUSED,
         "redirects there, refused: host and port are not among"},
        {"file:///etc/passwd", V8P_FETCH_E_REDIRECT,
         "in a redirect an http or https URL was expected"},
        {"gopher://127.0.0.1/", V8P_FETCH_E_REDIRECT, "http or https URL"},
        {"http://u:p@127.0.0.1/", V8P_FETCH_E_REDIRECT, "without user name"},
        {"http://[bad", V8P_FETCH_E_REDIRECT, "in a redirect"},
    };
    struct origin *o = origin_start();
    v8p_fetcher *fetcher = fetcher_of(0);
    v8pool_fetch_policy policy = test_policy();
    size_t i;

    for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct call *call = call_get(
            fetcher, origin_url(o, NULL, path_to(302, rows[i].to)), &policy);

        tap_note("%s", rows[i].to);
        IS_ERROR(call, rows[i].error);
        HAS_STR(call->message, rows[i].text);
        call_destroy(&call);
    }
    v8p_fetcher_destroy(&fetcher);
    origin_stop(&o);
}

static void test_redirect_time_counts_all_hops(void)
{
    struct origin *o = origin_start();
    v8p_fetcher *fetcher = fetcher_of(0);
    v8pool_fetch_policy policy = test_policy();
    struct call *call = NULL;
    char text[100];

    policy.timeout_ms = 50;
    do { /* until the machine is quick enough for the first hop */
        if (call != NULL) {
            call_destroy(&call);
        }
        policy.timeout_ms *= 2;
        call = call_get(fetcher, origin_url(o, NULL, path_to(302, "/hang")),
                        &policy);
    } while (strstr(call->message, "/hang: ") == NULL &&
             policy.timeout_ms < 30000);
    IS_ERROR(call, V8P_FETCH_E_TIMEOUT);
    snprintf(text, sizeof(text), "/hang: no answer within %u ms",
             (unsigned)policy.timeout_ms);
    HAS_STR(call->message, text);
    call_destroy(&call);
    v8p_fetcher_destroy(&fetcher);
    origin_stop(&o);
}

TAP_MAIN(RUN(test_redirect_is_followed),
         RUN(test_redirect_relative_is_resolved),
         RUN(test_redirect_without_location_is_an_answer),
         RUN(test_redirect_manual_is_handed_out),
         RUN(test_redirect_may_be_an_error),
         RUN(test_redirect_changes_method_and_body),
         RUN(test_redirect_head_stays_head),
         RUN(test_redirect_elsewhere_drops_credentials),
         RUN(test_redirect_loop_ends),
         RUN(test_redirect_is_judged),
         RUN(test_redirect_time_counts_all_hops))
