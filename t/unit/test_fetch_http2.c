/* SPDX-License-Identifier: Apache-2.0
 *
 * test_fetch_http2.c: TLS, whom it trusts, and HTTP/2 over it.
 */
#include "fetch_fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

/* A server with a certificate for the name localhost alone. */
struct server {
    char folder[64];
    char key[80], certificate[80];
    pid_t pid;
    int input; /* ours to close, which ends it */
    int port;
};

static int make_certificate(struct server *s)
{
    char command[600];

    snprintf(s->folder, sizeof(s->folder), "/tmp/v8ssr-test-XXXXXX");
    if (mkdtemp(s->folder) == NULL) {
        return 0;
    }
    snprintf(s->key, sizeof(s->key), "%s/key", s->folder);
    snprintf(s->certificate, sizeof(s->certificate), "%s/cert", s->folder);
    snprintf(command, sizeof(command),
             "openssl req -x509 -newkey ec -pkeyopt "
             "ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=test "
             "-addext subjectAltName=DNS:localhost -keyout %s -out %s "
             "2>/dev/null",
             s->key, s->certificate);
    return system(command) == 0;
}

static int launch(struct server *s)
{
    int in[2], out[2];
    char port[20] = "";

    if (pipe(in) != 0 || pipe(out) != 0) {
        return 0;
    }
    s->pid = fork();
    if (s->pid == 0) {
        dup2(in[0], 0);
        dup2(out[1], 1);
        close(in[1]);
        execlp("node", "node", HTTP2_SERVER, s->key, s->certificate, NULL);
        _exit(127);
    }
    close(in[0]);
    close(out[1]);
    s->input = in[1];
    if (read(out[0], port, sizeof(port) - 1) > 0) {
        s->port = atoi(port);
    }
    close(out[0]);
    return s->port != 0;
}

static struct server *server_start(void)
{
    struct server *s = calloc(1, sizeof(*s));

    s->input = -1;
    OK(make_certificate(s) && launch(s));
    return s;
}

static void server_stop(struct server **sp)
{
    struct server *s = *sp;

    *sp = NULL;
    close(s->input);
    waitpid(s->pid, NULL, 0);
    unlink(s->key);
    unlink(s->certificate);
    rmdir(s->folder);
    free(s);
}

static const char *url_of(const struct server *s, const char *host,
                          const char *path)
{
    static char urls[4][200];
    static int turn;
    char *url = urls[turn++ % 4];

    snprintf(url, sizeof(urls[0]), "https://%s:%d%s", host, s->port, path);
    return url;
}

static v8p_fetcher *trusting_fetcher(const struct server *s)
{
    v8p_fetcher_config config;

    v8p_fetcher_config_init(&config);
    config.ca_file = s->certificate;
    return v8p_fetcher_create(&config);
}

static v8pool_fetch_policy localhost_policy(void)
{
    static const v8pool_fetch_host host = {"*", V8POOL_FETCH_PORT_ANY, 1};
    v8pool_fetch_policy policy = test_policy();

    policy.hosts = &host;
    policy.host_count = 1;
    return policy;
}

static void test_http2_is_spoken_on_one_connection(void)
{
    struct server *s = server_start();
    v8p_fetcher *fetcher = trusting_fetcher(s);
    v8pool_fetch_policy policy = localhost_policy();
    v8p_fetch_request request =
        get_of(url_of(s, "localhost", "/hello"), &policy);
    struct call *calls[50];
    int i, good = 0;

    for (i = 0; i < 50; i++) { /* all at once: they wait for the first */
        calls[i] = call_start(call_create(), fetcher, &request);
    }
    for (i = 0; i < 50; i++) {
        good += call_wait(calls[i]) && calls[i]->head != NULL &&
                strcmp(calls[i]->body, "hello\n") == 0 &&
                strcmp(call_field(calls[i], "x-version"), "2.0") == 0 &&
                strcmp(call_field(calls[i], "x-connection"), "1") == 0;
    }
    IS_INT(good, 50);
    IS_STR(calls[0]->message, "");
    IS_INT(calls[0]->head != NULL && *calls[0]->head->status_text == '\0', 1);
    for (i = 0; i < 50; i++) {
        call_destroy(&calls[i]);
    }
    IS_INT(counts_of(fetcher).connects, 1);
    v8p_fetcher_destroy(&fetcher);
    server_stop(&s);
}

/* A reader that is slow holds its own stream back, and no other. */
static void test_http2_paused_stream_does_not_hold_others_back(void)
{
    struct server *s = server_start();
    v8p_fetcher *fetcher = trusting_fetcher(s);
    v8pool_fetch_policy policy = localhost_policy();
    v8p_fetch_request request =
        get_of(url_of(s, "localhost", "/big?20000000"), &policy);
    struct call *slow = call_create();
    size_t used = 0;
    int i;

    policy.max_response_bytes = 20000000;
    policy.timeout_ms = 600000;
    slow->hoards = 1;
    call_start(slow, fetcher, &request);
    OK(WAIT_UNTIL(call_length(slow) > V8P_FETCH_UNCONSUMED));
    for (i = 0; i < 20; i++) {
        struct call *call = call_get(
            fetcher, url_of(s, "localhost", "/big?1000000"), &policy);

        IS_STR(call->message, "");
        IS_INT(call->length, 1000000);
        IS_STR(call_field(call, "x-connection"), "1");
        call_destroy(&call);
    }
    OK(call_length(slow) < 2 * V8P_FETCH_UNCONSUMED);
    while (call_count(slow, &slow->ends) == 0) {
        size_t length = call_length(slow);

        v8p_fetch_consumed(slow->fetch, length - used);
        used = length;
        usleep(100);
    }
    IS_ERROR(slow, V8P_FETCH_E_NONE);
    IS_INT(slow->length, 20000000);
    call_destroy(&slow);
    v8p_fetcher_destroy(&fetcher);
    server_stop(&s);
}

static void test_http2_stream_is_uploaded(void)
{
    static char block[100000];
    struct server *s = server_start();
    v8p_fetcher *fetcher = trusting_fetcher(s);
    v8pool_fetch_policy policy = localhost_policy();
    v8p_fetch_request request =
        get_of(url_of(s, "localhost", "/echo"), &policy);
    struct call *call = call_create();
    int i;

    request.method = "POST";
    request.streamed = 1;
    call_start(call, fetcher, &request);
    for (i = 0; i < 50; i++) {
        memset(block, 'a' + i % 26, sizeof(block));
        v8p_fetch_send(call->fetch, block, sizeof(block));
    }
    v8p_fetch_send_end(call->fetch);
    OK(call_wait(call));
    IS_ERROR(call, V8P_FETCH_E_NONE);
    IS_STR(call->message, "");
    IS_INT(call->length, 5000000);
    OK(call->length == 5000000 && call->body[0] == 'a' &&
       call->body[4999999] == 'a' + 49 % 26);
    call_destroy(&call);
    v8p_fetcher_destroy(&fetcher);
    server_stop(&s);
}

static void test_http2_cancel_leaves_the_connection(void)
{
    struct server *s = server_start();
    v8p_fetcher *fetcher = trusting_fetcher(s);
    v8pool_fetch_policy policy = localhost_policy();
    v8p_fetch_request request =
        get_of(url_of(s, "localhost", "/wait"), &policy);
    struct call *call, *other;

    other = call_get(fetcher, url_of(s, "localhost", "/hello"), &policy);
    call_destroy(&other);
    call = call_start(call_create(), fetcher, &request);
    call_cancel(call);
    OK(WAIT_UNTIL(counts_of(fetcher).cancelled == 1));
    other = call_get(fetcher, url_of(s, "localhost", "/hello"), &policy);
    IS_STR(call_field(other, "x-connection"), "1");
    call_destroy(&other);
    call_destroy(&call);
    v8p_fetcher_destroy(&fetcher);
    server_stop(&s);
}

static void test_tls_certificate_is_checked(void)
{
    struct server *s = server_start();
    v8p_fetcher *strict = fetcher_of(0);
    v8p_fetcher *fetcher = trusting_fetcher(s);
    v8pool_fetch_policy policy = localhost_policy();
    struct call *call =
        call_get(strict, url_of(s, "localhost", "/hello"), &policy);

    IS_ERROR(call, V8P_FETCH_E_TLS);
    HAS_STR(call->message, "/hello: TLS: ");
    call_destroy(&call);
    call = call_get(fetcher, url_of(s, "127.0.0.1", "/hello"), &policy);
    IS_ERROR(call, V8P_FETCH_E_TLS);
    HAS_STR(call->message, "/hello: TLS: ");
    call_destroy(&call);
    v8p_fetcher_destroy(&strict);
    v8p_fetcher_destroy(&fetcher);
    server_stop(&s);
}

/* Own pages: the place is this machine, whatever it calls itself. */
static void test_tls_of_the_place_is_not_checked(void)
{
    struct server *s = server_start();
    v8p_fetcher *fetcher = fetcher_of(0);
    v8pool_fetch_policy policy = localhost_policy();
    v8p_fetch_request request = get_of("https://shop.example/hello", &policy);
    struct call *call = call_create();

    policy.local = 1;
    request.origin = "https://shop.example";
    request.place.address = "127.0.0.1";
    request.place.port = s->port;
    request.place.tls = 1;
    OK(call_wait(call_start(call, fetcher, &request)));
    IS_STR(call->message, "");
    IS_STR(call->body, "hello\n");
    IS_STR(call->head->url, "https://shop.example/hello");
    IS_STR(call_field(call, "x-version"), "1.1");
    call_destroy(&call);
    /* that is kept, and is for nobody else */
    call = call_get(fetcher, url_of(s, "localhost", "/hello"), &policy);
    IS_ERROR(call, V8P_FETCH_E_TLS);
    call_destroy(&call);
    v8p_fetcher_destroy(&fetcher);
    server_stop(&s);
}

TAP_MAIN(RUN(test_http2_is_spoken_on_one_connection),
         RUN(test_http2_paused_stream_does_not_hold_others_back),
         RUN(test_http2_stream_is_uploaded),
         RUN(test_http2_cancel_leaves_the_connection),
         RUN(test_tls_certificate_is_checked),
         RUN(test_tls_of_the_place_is_not_checked))
