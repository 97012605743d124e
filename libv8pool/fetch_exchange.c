/* SPDX-License-Identifier: Apache-2.0
 *
 * fetch_exchange.c: an exchange from its beginning over its redirects to its
 * end.  Fetch thread only.
 */
#include "fetch_inside.h"

#include "error.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define REDIRECTS_MAX 20u

/* --- events --------------------------------------------------------------------- */

int v8p_fetch_deliver(v8p_fetch *f, const v8p_fetch_event *event)
{
    int wanted;

    pthread_mutex_lock(&f->mtx);
    wanted = !atomic_load(&f->silent);
    if (wanted) {
        f->fn(f->baton, f, event);
        wanted = !atomic_load(&f->silent);
    }
    else {
        free(event->head);
        free(event->data);
    }
    pthread_mutex_unlock(&f->mtx);
    return wanted;
}

/* --- how it ends ------------------------------------------------------------------ */

static void clear(v8p_fetch *f)
{
    v8p_fetcher *fetcher = f->fetcher;

    v8p_fetch_leave_turn(f);
    v8p_fetch_hop_close(f);
    v8p_fetch_url_clear(&f->url);
    v8p_fetch_url_clear(&f->next_url);
    v8p_head_clear(&f->head);
    if (f->prev != NULL) {
        f->prev->next = f->next;
    }
    else {
        fetcher->all = f->next;
    }
    if (f->next != NULL) {
        f->next->prev = f->prev;
    }
    f->stage = V8P_STAGE_OVER;
    v8p_fetch_count(&fetcher->config.counts->ended, 1);
}

/* The last event, and the fetcher's reference.  Cleared before, so that who
 * sees the end sees a free turn, and a counted one. */
static void end(v8p_fetch *f, enum v8p_fetch_error error, const char *message)
{
    v8p_fetch_event event = {.kind = V8P_FETCH_END, .error = error,
                             .message = message};

    clear(f);
    pthread_mutex_lock(&f->mtx);
    if (!atomic_load(&f->silent)) {
        f->fn(f->baton, f, &event);
        atomic_store(&f->silent, 1);
    }
    pthread_mutex_unlock(&f->mtx);
    v8p_fetch_unref(f);
}

static void count_failure(v8p_fetch *f, enum v8p_fetch_error error)
{
    v8pool_fetch_counts *counts = f->fetcher->config.counts;

    v8p_fetch_count(&counts->failed, 1);
    if (error == V8P_FETCH_E_REFUSED || error == V8P_FETCH_E_LIMIT) {
        v8p_fetch_count(&counts->refused, 1);
    }
    else if (error == V8P_FETCH_E_BROKEN) {
        v8p_fetch_count(&counts->broken, 1);
    }
    else if (error == V8P_FETCH_E_TIMEOUT) {
        v8p_fetch_count(&counts->timeouts, 1);
    }
}

void v8p_fetch_fail(v8p_fetch *f, enum v8p_fetch_error error,
                    const char *format, ...)
{
    char url[200], why[400], message[640], clean[640];
    va_list args;

    v8p_fetch_url_shown(f->url.text != NULL ? f->url.text : f->request.url,
                        url, sizeof(url));
    va_start(args, format);
    vsnprintf(why, sizeof(why), format, args);
    va_end(args);
    snprintf(message, sizeof(message), "fetch failed: %s: %s", url, why);
    /* a server's words may be in it */
    v8p_text_copy(clean, sizeof(clean), message, strlen(message), 0);
    count_failure(f, error);
    end(f, error, clean);
}

void v8p_fetch_drop(v8p_fetch *f)
{
    v8p_fetch_count(&f->fetcher->config.counts->cancelled, 1);
    clear(f);
    v8p_fetch_unref(f);
}

/* --- its beginning ---------------------------------------------------------------- */

/* RFC 9110, 5.6.2 */
static int is_token(const char *text)
{
    static const char more[] = "!#$%&'*+-.^_`|~";
    const char *at = text;

    while ((*at >= '0' && *at <= '9') || (*at >= 'A' && *at <= 'Z') ||
           (*at >= 'a' && *at <= 'z') ||
           (*at != '\0' && strchr(more, *at) != NULL)) {
        at++;
    }
    return *at == '\0' && at != text;
}

static int is_forbidden_method(const char *method)
{
    return strcasecmp(method, "CONNECT") == 0 ||
           strcasecmp(method, "TRACE") == 0 ||
           strcasecmp(method, "TRACK") == 0;
}

/* NULL, or what was expected. */
static const char *check_request(const v8p_fetch_request *r)
{
    size_t i;

    if (!is_token(r->method) || is_forbidden_method(r->method)) {
        return "a method other than CONNECT, TRACE and TRACK was expected";
    }
    if ((r->body != NULL || r->streamed) &&
        (strcmp(r->method, "GET") == 0 || strcmp(r->method, "HEAD") == 0)) {
        return "no body was expected with GET and HEAD";
    }
    for (i = 0; i < r->header_count; i++) {
        if (!is_token(r->headers[i].name) ||
            strpbrk(r->headers[i].value, "\r\n") != NULL) {
            return "header fields with a token for a name and no line break "
                   "in the value were expected";
        }
    }
    return NULL;
}

/* As libcurl would write it: the caller's may have a default port. */
static struct v8p_fetch_judged judge(v8p_fetch *f)
{
    struct v8p_fetch_url own = {0};
    struct v8p_fetch_judged said;

    if (f->request.origin != NULL) {
        v8p_fetch_url_parse(&own, NULL, f->request.origin);
    }
    said = v8p_fetch_judge(&f->policy, own.origin, &f->request.place, &f->url);
    v8p_fetch_url_clear(&own);
    f->verdict = said.verdict;
    f->lane = said.verdict == V8P_FETCH_LOCAL ? V8P_LANE_LOCAL
                                              : V8P_LANE_OUTSIDE;
    return said;
}

static uint64_t hash_of_origin(const v8p_fetch *f)
{
    /* What a client says its host is must not fill the table. */
    return v8p_fetch_origin_hash(f->verdict == V8P_FETCH_LOCAL ? "local"
                                                               : f->url.origin);
}

/* Of each hop. */
static void line_up(v8p_fetch *f, const char *redirected)
{
    struct v8p_fetch_judged said = judge(f);

    if (said.verdict == V8P_FETCH_NO) {
        v8p_fetch_fail(f, V8P_FETCH_E_REFUSED, "%srefused: %s", redirected,
                       said.why);
        return;
    }
    f->origin_hash = hash_of_origin(f);
    v8p_fetch_wait_turn(f, f->hops > 0);
}

void v8p_fetch_begin(v8p_fetch *f)
{
    const v8p_fetch_request *r = &f->request;
    const char *wrong = check_request(r);

    f->method = r->method;
    if (wrong == NULL) {
        wrong = v8p_fetch_url_parse(&f->url, NULL, r->url);
    }
    if (wrong != NULL) {
        v8p_fetch_fail(f, V8P_FETCH_E_ARGUMENT, "%s", wrong);
        return;
    }
    if (r->nth > f->policy.max_fetches && f->policy.max_fetches > 0) {
        v8p_fetch_fail(f, V8P_FETCH_E_LIMIT, "refused: more than %u fetches "
                                             "in one render",
                       f->policy.max_fetches);
        return;
    }
    line_up(f, "");
}

static struct v8p_fetch_breaker_rule rule_of(const v8p_fetch *f)
{
    struct v8p_fetch_breaker_rule rule = {f->policy.breaker_failures,
                                          f->policy.breaker_ms,
                                          f->policy.timeout_ms + 1000};

    return rule;
}

void v8p_fetch_go(v8p_fetch *f)
{
    struct v8p_fetch_breaker_rule rule = rule_of(f);

    if (!v8p_fetch_breaker_enter(&f->fetcher->breaker, f->origin_hash, &rule,
                                 v8p_now_us())) {
        v8p_fetch_fail(f, V8P_FETCH_E_BROKEN,
                       "the last %u fetches from there failed; it is left "
                       "alone for %u ms",
                       rule.failures, (unsigned)rule.open_ms);
        return;
    }
    if (!v8p_fetch_hop_open(f)) {
        v8p_fetch_fail(f, V8P_FETCH_E_MEMORY, "out of memory");
    }
}

/* --- redirects -------------------------------------------------------------------- */

static int is_redirect(int status)
{
    return status == 301 || status == 302 || status == 303 || status == 307 ||
           status == 308;
}

static int give_up(v8p_fetch *f, const char *format, const char *text)
{
    f->error = V8P_FETCH_E_REDIRECT;
    snprintf(f->why, sizeof(f->why), format, text);
    return 0;
}

/* Fetch standard, HTTP-redirect fetch.  What is left of the response's body is
 * swallowed, unless libcurl is still sending. */
static int redirect(v8p_fetch *f, const char *location)
{
    int has_stream = f->request.streamed && !f->drops_body;
    const char *wrong;

    if (f->request.redirect == V8P_FETCH_ERROR) {
        return give_up(f, "a redirect to %.150s, where none was expected",
                       location);
    }
    if (f->hops == REDIRECTS_MAX) {
        return give_up(f, "more than 20 redirects, the last to %.150s",
                       location);
    }
    if (has_stream && f->head.status != 303) {
        return give_up(f, "a redirect to %.100s would have to send a stream "
                          "again, which is gone",
                       location);
    }
    wrong = v8p_fetch_url_parse(&f->next_url, f->url.text, location);
    if (wrong != NULL) {
        return give_up(f, "in a redirect %s", wrong);
    }
    return !has_stream;
}

int v8p_fetch_head_whole(v8p_fetch *f)
{
    const char *location = v8p_head_find(&f->head, "location");
    v8p_fetch_event event = {.kind = V8P_FETCH_HEAD};

    if (location != NULL && is_redirect(f->head.status) &&
        f->request.redirect != V8P_FETCH_MANUAL) {
        return redirect(f, location);
    }
    event.head = v8p_head_make(&f->head, f->url.text, f->hops > 0);
    if (event.head == NULL) {
        f->error = V8P_FETCH_E_MEMORY;
        return 0;
    }
    if (f->head.status >= 400 && f->request.streamed) {
        v8p_fetch_upload_drop(f);
    }
    return v8p_fetch_deliver(f, &event);
}

static void change_request(v8p_fetch *f)
{
    int status = f->head.status;
    int is_post = strcmp(f->method, "POST") == 0;
    int is_read = strcmp(f->method, "GET") == 0 ||
                  strcmp(f->method, "HEAD") == 0;

    if ((status == 303 && !is_read) ||
        ((status == 301 || status == 302) && is_post)) {
        f->method = "GET";
        f->drops_body = 1;
    }
    if (strcmp(f->url.origin, f->next_url.origin) != 0) {
        f->drops_credentials = 1;
    }
}

static void follow(v8p_fetch *f)
{
    char from[160];

    change_request(f);
    v8p_fetch_url_shown(f->url.text, from, sizeof(from) - 40);
    strcat(from, " redirects there, ");
    v8p_fetch_hop_close(f);
    v8p_fetch_leave_turn(f);
    v8p_fetch_url_clear(&f->url);
    f->url = f->next_url;
    memset(&f->next_url, 0, sizeof(f->next_url));
    f->hops++;
    line_up(f, from);
}

/* --- what libcurl says ------------------------------------------------------------ */

/* Whose fault it was not says nothing about the origin. */
static void tell_breaker(v8p_fetch *f, enum v8p_fetch_error error)
{
    struct v8p_fetch_breaker_rule rule = rule_of(f);
    int bad = error == V8P_FETCH_E_RESOLVE || error == V8P_FETCH_E_CONNECT ||
              error == V8P_FETCH_E_TLS || error == V8P_FETCH_E_TIMEOUT ||
              error == V8P_FETCH_E_PROTOCOL;

    if (bad || error == V8P_FETCH_E_NONE) {
        v8p_fetch_breaker_leave(&f->fetcher->breaker, f->origin_hash, &rule,
                                !bad, v8p_now_us());
    }
}

void v8p_fetch_hop_done(v8p_fetch *f, CURLcode result)
{
    enum v8p_fetch_error error = f->error;

    if (atomic_load(&f->silent)) {
        v8p_fetch_drop(f);
        return;
    }
    if (error == V8P_FETCH_E_NONE && f->next_url.text == NULL &&
        result != CURLE_OK) {
        error = v8p_fetch_hop_error(f, result, f->why, sizeof(f->why));
    }
    else if (error == V8P_FETCH_E_MEMORY) {
        snprintf(f->why, sizeof(f->why), "out of memory");
    }
    tell_breaker(f, error);
    if (error != V8P_FETCH_E_NONE) {
        v8p_fetch_fail(f, error, "%s", f->why);
    }
    else if (f->next_url.text != NULL) {
        follow(f);
    }
    else {
        end(f, V8P_FETCH_E_NONE, "");
    }
}

void v8p_fetch_late(v8p_fetch *f)
{
    unsigned ms = f->policy.timeout_ms;

    if (f->stage != V8P_STAGE_ACTIVE) {
        v8p_fetch_fail(f, V8P_FETCH_E_TIMEOUT, "waited %u ms for its turn",
                       ms);
        return;
    }
    /* not where we are what it waits for */
    if (!atomic_load(&f->paused) && !v8p_fetch_upload_starves(f)) {
        tell_breaker(f, V8P_FETCH_E_TIMEOUT);
    }
    v8p_fetch_fail(f, V8P_FETCH_E_TIMEOUT,
                   f->head.whole ? "the body was not whole within %u ms"
                                 : "no answer within %u ms",
                   ms);
}
