/* SPDX-License-Identifier: Apache-2.0
 *
 * origin.c: the server of the fetch tests.
 */
#include "origin.h"

#include "tap.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static const unsigned char gzip[] = {
        0x1f, 0x8b, 0x08, 0x00, 0x00, 0x00, 0x00, 0x00, 0x02, 0x03, 0xcb,
        0x48, 0xcd, 0xc9, 0xc9, 0x57, 0xc8, 0x40, 0x27, 0xb9, 0x32, 0x48,
        0x14, 0x07, 0x00, 0x4a, 0x0e, 0xce, 0x11, 0x48, 0x00, 0x00, 0x00,
};
static const unsigned char deflate[] = {
        0x78, 0x9c, 0xcb, 0x48, 0xcd, 0xc9, 0xc9, 0x57, 0xc8, 0x40, 0x27,
        0xb9, 0x30, 0x44, 0x08, 0x88, 0x03, 0x00, 0xc6, 0xb7, 0x1a, 0x2f,
};
static const unsigned char br[] = {
        0x1f, 0x47, 0x00, 0xf8, 0x8d, 0x94, 0x6e, 0xde, 0x44, 0x55, 0x86,
        0xd6, 0x0a, 0x20, 0x6c, 0x6f, 0x7a, 0x01, 0x25, 0x88, 0x91, 0x47,
        0x1d, 0x70, 0xc2, 0xae, 0x16, 0x98, 0x35,
};

struct visit {
    struct origin *origin;
    int socket;
    char head[65536]; /* of the request, and what came with it */
    size_t length;    /* in head[] */
    size_t head_length;
    char path[1024];
    int keep;
};

/* --- bytes ----------------------------------------------------------------------- */

/* Polls, so that origin_stop() need not close what others read. */
static int ready(struct visit *v, short events)
{
    struct pollfd fd = {v->socket, events, 0};

    while (!atomic_load(&v->origin->stopping)) {
        if (poll(&fd, 1, 20) > 0) {
            return 1;
        }
    }
    return 0;
}

static ssize_t receive(struct visit *v, char *to, size_t size)
{
    return ready(v, POLLIN) ? recv(v->socket, to, size, 0) : -1;
}

static int put(struct visit *v, const void *data, size_t length)
{
    const char *at = data;

    while (length > 0) {
        ssize_t n = ready(v, POLLOUT)
                        ? send(v->socket, at, length,
                               MSG_NOSIGNAL | MSG_DONTWAIT)
                        : -1;

        if (n <= 0) {
            return 0;
        }
        at += n;
        length -= (size_t)n;
    }
    return 1;
}

static int say(struct visit *v, const char *text)
{
    return put(v, text, strlen(text));
}

/* --- the request ------------------------------------------------------------------ */

static int read_head(struct visit *v)
{
    char *end;

    v->head[v->length] = '\0';
    while ((end = strstr(v->head, "\r\n\r\n")) == NULL) {
        ssize_t n = receive(v, v->head + v->length,
                            sizeof(v->head) - 1 - v->length);

        if (n <= 0) {
            return 0;
        }
        v->length += (size_t)n;
        v->head[v->length] = '\0';
    }
    v->head_length = (size_t)(end - v->head) + 4;
    return sscanf(v->head, "%*s %1023s", v->path) == 1;
}

static const char *field(const struct visit *v, const char *name)
{
    const char *at = strcasestr(v->head, name);

    return at != NULL && at < v->head + v->head_length ? at + strlen(name)
                                                       : NULL;
}

static int is_whole_chunked(const struct visit *v)
{
    size_t from = v->head_length - 2;

    return memmem(v->head + from, v->length - from, "\r\n0\r\n\r\n", 7) !=
           NULL;
}

/* All of it stays behind the head: small bodies only.  What has been counted by
 * /sip is thrown away instead. */
static void read_body(struct visit *v, int keep)
{
    const char *size = field(v, "\r\nContent-Length:");
    int chunked = field(v, "\r\nTransfer-Encoding: chunked") != NULL;
    size_t wanted = v->head_length + (size != NULL ? (size_t)atol(size) : 0);

    while (chunked ? !is_whole_chunked(v) : v->length < wanted) {
        ssize_t n;

        if (!keep && v->length > 32768) { /* the end of chunks is small */
            memmove(v->head + v->head_length, v->head + v->length - 16, 16);
            v->length = v->head_length + 16;
        }
        n = receive(v, v->head + v->length, sizeof(v->head) - 1 - v->length);
        if (n <= 0) {
            v->keep = 0;
            return;
        }
        v->length += (size_t)n;
        v->head[v->length] = '\0';
    }
}

/* --- answers ---------------------------------------------------------------------- */

static int answer(struct visit *v, const char *more_fields, const void *body,
                  size_t length)
{
    char head[2048];

    snprintf(head, sizeof(head),
             "HTTP/1.1 200 Fine\r\nContent-Length: %zu\r\n%s\r\n", length,
             more_fields);
    return say(v, head) &&
           (strncmp(v->head, "HEAD ", 5) == 0 || put(v, body, length));
}

static int hello(struct visit *v, const char *more_fields)
{
    return answer(v, more_fields, "hello\n", 6);
}

static int crumbs(struct visit *v)
{
    char text[ORIGIN_CRUMBS * 6 + 1] = "";
    size_t i;

    for (i = 0; i < ORIGIN_CRUMBS; i++) {
        memcpy(text + 6 * i, "1\r\nx\r\n", 7);
    }
    return say(v, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n") &&
           say(v, text) && say(v, "0\r\n\r\n");
}

static int chunked(struct visit *v)
{
    int i;
    int ok = say(v, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");

    for (i = 0; i < 10 && ok; i++) {
        ok = say(v, "6\r\nhello\n\r\n");
    }
    return ok && say(v, "0\r\nX-Trailer: 1\r\n\r\n");
}

static int big(struct visit *v)
{
    static const char block[65536];
    size_t left = (size_t)atoll(v->path + 5);
    char head[100];
    int ok;

    snprintf(head, sizeof(head),
             "HTTP/1.1 200 OK\r\nContent-Length: %zu\r\n\r\n", left);
    ok = say(v, head);
    while (left > 0 && ok) {
        size_t n = left < sizeof(block) ? left : sizeof(block);

        ok = put(v, block, n);
        atomic_fetch_add(&v->origin->sent, n);
        left -= n;
    }
    return ok;
}

/* Until it is released, or the client goes. */
static void wait_released(struct visit *v, int forever)
{
    struct pollfd fd = {v->socket, POLLRDHUP, 0};

    atomic_fetch_add(&v->origin->waiting, 1);
    while ((forever || !atomic_load(&v->origin->released)) &&
           !atomic_load(&v->origin->stopping) && poll(&fd, 1, 10) == 0) {
    }
    atomic_fetch_sub(&v->origin->waiting, 1);
}

static int slow(struct visit *v)
{
    int ok = say(v, "HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\n");

    wait_released(v, 0);
    return ok && say(v, "hello\n");
}

static int redirect(struct visit *v)
{
    char head[2048];
    const char *to = strchr(v->path, '&');

    snprintf(head, sizeof(head),
             "HTTP/1.1 %d Go\r\nLocation: %s\r\nContent-Length: 6\r\n\r\n",
             atoi(v->path + 4), to != NULL ? to + 1 : "");
    return say(v, head) &&
           (strncmp(v->head, "HEAD ", 5) == 0 || say(v, "there\n"));
}

static int starts(const struct visit *v, const char *path)
{
    return strncmp(v->path, path, strlen(path)) == 0;
}

static int misbehave(struct visit *v)
{
    if (starts(v, "/hang")) {
        wait_released(v, 1);
    }
    else if (starts(v, "/half")) {
        say(v, "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhello\n");
    }
    else if (starts(v, "/garbage")) {
        say(v, "hello, I am no HTTP server\r\n\r\n");
    }
    return 0;
}

/* 0 = close. */
static int respond(struct visit *v)
{
    if (starts(v, "/big?")) {
        return big(v);
    }
    if (starts(v, "/crumbs")) {
        return crumbs(v);
    }
    if (starts(v, "/chunked")) {
        return chunked(v);
    }
    if (starts(v, "/fields")) {
        return hello(v, "Set-Cookie: a=1; Path=/\r\nSet-Cookie:b=2\r\n"
                        "X-Folded: one\r\n  two\r\nX-Spaces: \t x \t\r\n"
                        "X-Empty:\r\n");
    }
    if (starts(v, "/hints")) {
        return say(v, "HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n") &&
               hello(v, "");
    }
    if (starts(v, "/gzip")) {
        return answer(v, "Content-Encoding: gzip\r\n", gzip, sizeof(gzip));
    }
    if (starts(v, "/deflate")) {
        return answer(v, "Content-Encoding: deflate\r\n", deflate,
                      sizeof(deflate));
    }
    if (starts(v, "/br")) {
        return answer(v, "Content-Encoding: br\r\n", br, sizeof(br));
    }
    if (starts(v, "/echo")) {
        return answer(v, "", v->head, v->length);
    }
    if (starts(v, "/slow")) {
        return slow(v);
    }
    if (starts(v, "/late")) {
        wait_released(v, 0);
        return hello(v, "");
    }
    if (starts(v, "/to?")) {
        return redirect(v);
    }
    if (starts(v, "/loop")) {
        return say(v, "HTTP/1.1 302 Go\r\nLocation: /loop\r\n"
                      "Content-Length: 0\r\n\r\n");
    }
    return starts(v, "/hello") || starts(v, "/sip") ? hello(v, "")
                                                    : misbehave(v);
}

static void note_most(struct origin *o, int now)
{
    int most = atomic_load(&o->most_at_once);

    while (now > most &&
           !atomic_compare_exchange_weak(&o->most_at_once, &most, now)) {
    }
}

static int refuse(struct visit *v)
{
    int ok = say(v, "HTTP/1.1 403 No\r\nConnection: close\r\n"
                    "Content-Length: 3\r\n\r\nno\n");

    read_body(v, 0);
    return ok && v->keep;
}

static int serve_one(struct visit *v)
{
    struct origin *o = v->origin;
    int ok;

    if (!read_head(v)) {
        return 0;
    }
    atomic_fetch_add(&o->requests, 1);
    note_most(o, atomic_fetch_add(&o->at_once, 1) + 1);
    if (starts(v, "/sip")) {
        wait_released(v, 0);
    }
    if (starts(v, "/refuses")) {
        ok = refuse(v);
    }
    else {
        read_body(v, !starts(v, "/sip"));
        ok = respond(v) && v->keep;
    }
    atomic_fetch_sub(&o->at_once, 1);
    v->length = 0; /* no client here sends ahead */
    return ok;
}

static void *visit(void *data)
{
    struct visit *v = data;

    v->keep = 1;
    while (serve_one(v)) {
    }
    close(v->socket);
    atomic_fetch_sub(&v->origin->open, 1);
    free(v);
    return NULL;
}

/* --- the server -------------------------------------------------------------------- */

static void receive_visitor(struct origin *o, int socket)
{
    struct visit *v = calloc(1, sizeof(*v));
    pthread_t thread;

    v->origin = o;
    v->socket = socket;
    atomic_fetch_add(&o->connections, 1);
    atomic_fetch_add(&o->open, 1);
    if (pthread_create(&thread, NULL, visit, v) == 0) {
        pthread_detach(thread);
    }
}

static void *listen_on(void *data)
{
    struct origin *o = data;
    struct pollfd fd = {o->listener, POLLIN, 0};

    while (!atomic_load(&o->stopping)) {
        if (poll(&fd, 1, 20) > 0) {
            int socket = accept(o->listener, NULL, NULL);

            if (socket >= 0) {
                receive_visitor(o, socket);
            }
        }
    }
    return NULL;
}

static int bind_any(int is_v6, int *port)
{
    struct sockaddr_in6 six = {.sin6_family = AF_INET6,
                               .sin6_addr = IN6ADDR_LOOPBACK_INIT};
    struct sockaddr_in four = {.sin_family = AF_INET,
                               .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    struct sockaddr *address = is_v6 ? (void *)&six : (void *)&four;
    socklen_t size = is_v6 ? sizeof(six) : sizeof(four);
    int s = socket(address->sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);

    if (s < 0 || bind(s, address, size) != 0 ||
        getsockname(s, address, &size) != 0) {
        OK(!"a port of the loopback address");
        return -1;
    }
    *port = ntohs(is_v6 ? six.sin6_port : four.sin_port);
    return s;
}

static struct origin *start(int is_v6)
{
    struct origin *o = calloc(1, sizeof(*o));

    o->is_v6 = is_v6;
    o->listener = bind_any(is_v6, &o->port);
    if (o->listener < 0 || listen(o->listener, 1024) != 0 ||
        pthread_create(&o->thread, NULL, listen_on, o) != 0) {
        OK(!"the test's server starts");
        free(o);
        return NULL;
    }
    return o;
}

struct origin *origin_start(void)
{
    return start(0);
}

struct origin *origin_start_v6(void)
{
    return start(1);
}

void origin_stop(struct origin **op)
{
    struct origin *o = *op;

    *op = NULL;
    atomic_store(&o->stopping, 1);
    pthread_join(o->thread, NULL);
    close(o->listener);
    OK(WAIT_UNTIL(atomic_load(&o->open) == 0));
    free(o);
}

void origin_release(struct origin *o)
{
    atomic_store(&o->released, 1);
}

const char *origin_url(const struct origin *o, const char *host,
                       const char *path)
{
    static _Thread_local char urls[8][1024];
    static _Thread_local unsigned turn;
    char *url = urls[turn++ % 8];

    snprintf(url, sizeof(urls[0]), "http://%s:%d%s",
             host != NULL ? host : o->is_v6 ? "[::1]" : "127.0.0.1", o->port,
             path);
    return url;
}

int closed_port(void)
{
    int port = 0;
    int s = bind_any(0, &port);

    if (s >= 0) {
        close(s);
    }
    return port;
}
