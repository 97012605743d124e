/* SPDX-License-Identifier: Apache-2.0
 *
 * stream.c: pieces into httpd's filters.  What goes into the cache is a copy,
 * stored when the page has ended well; others who want the page wait for that.
 */
#include "stream.h"

#include "client.h"
#include "failure.h"
#include "log.h"
#include "routes.h"
#include "upload.h"
#include "zone.h"

#include <http_core.h>
#include <http_protocol.h>
#include <util_filter.h>
#include <stdlib.h>
#include <string.h>

APLOG_USE_MODULE(v8ssr);

/* With SSRStreaming auto, more than this does not wait for a pause. */
#define HELD (64 * 1024)

_Static_assert((int)V8SSR_ROUTE_STREAMING_OFF == (int)V8SSR_STREAMING_OFF &&
                   (int)V8SSR_ROUTE_STREAMING_AUTO == (int)V8SSR_STREAMING_AUTO &&
                   (int)V8SSR_ROUTE_STREAMING_ON == (int)V8SSR_STREAMING_ON,
               "a route's word is the directive's");

static int streaming_of(const request_rec *r)
{
    const v8ssr_route_rule *rule = v8ssr_rule_of(r);
    int wanted = v8ssr_dir_config_of(r)->streaming;

    if (rule != NULL && rule->streaming != V8SSR_ROUTE_UNSAID) {
        return rule->streaming;
    }
    return wanted != V8SSR_UNSET ? wanted : V8SSR_STREAMING_AUTO;
}

int v8ssr_stream_wanted(const request_rec *r)
{
    return streaming_of(r) != V8SSR_STREAMING_OFF;
}

static int flush_of(const v8ssr_stream *s)
{
    const char *buffering =
        apr_table_get(s->response->fields, "X-Accel-Buffering");
    int flush = v8ssr_dir_config_of(s->r)->flush;

    if (buffering != NULL && ap_cstr_casecmp(buffering, "no") == 0) {
        return V8SSR_FLUSH_CHUNK;
    }
    return flush != V8SSR_UNSET ? flush : V8SSR_FLUSH_SHELL;
}

/* --- the cache --------------------------------------------------------------------- */

/* Whoever waits for the page goes on. */
static void let_others_go(const v8ssr_stream *s)
{
    if (s->extra->flight != NULL) {
        rcache_flight_end(s->extra->cached->zone, s->extra->flight);
    }
    v8ssr_l2_unlock(s->extra->lock);
}

static apr_status_t free_body(void *data)
{
    apr_array_header_t *body = data;
    int i;

    for (i = 0; i < body->nelts; i++) {
        free(APR_ARRAY_IDX(body, i, struct iovec).iov_base);
    }
    body->nelts = 0;
    return APR_SUCCESS;
}

/* Whether it may be stored, and what clients are told. */
static void judge(v8ssr_stream *s)
{
    v8ssr_cached *cached = s->extra->cached;
    rcache_reason reason = v8ssr_cached_judge(cached, s->response->status,
                                              s->response->fields);

    s->is_stored = reason == RCACHE_REASON_NONE;
    v8ssr_cache_tell(s->r, cached, s->extra->event, s->extra->collapsed,
                     reason);
    if (!s->is_stored) {
        let_others_go(s);
        return;
    }
    s->body = apr_array_make(s->r->pool, 16, sizeof(struct iovec));
    apr_pool_cleanup_register(s->r->pool, s->body, free_body,
                              apr_pool_cleanup_null);
    if (s->response->status == HTTP_OK) {
        v8ssr_save_coded(s->r, cached);
    }
}

static void keep(v8ssr_stream *s, const char *data, size_t length)
{
    char *copy = s->is_stored ? malloc(length) : NULL;
    struct iovec *part;

    if (copy == NULL) {
        s->is_stored = 0;
        return;
    }
    part = apr_array_push(s->body);
    part->iov_base = memcpy(copy, data, length);
    part->iov_len = length;
}

static void store(v8ssr_stream *s)
{
    v8ssr_cached *cached;

    if (s->extra == NULL || s->body == NULL) {
        return; /* others went on when that was known */
    }
    cached = s->extra->cached;
    if (s->is_stored) {
        cached->nonce = v8ssr_host_nonce(s->host);
        v8ssr_cached_store(cached, s->response->fields,
                           (const struct iovec *)(void *)s->body->elts,
                           s->body->nelts);
    }
    let_others_go(s);
}

/* --- the client -------------------------------------------------------------------- */

/* What is in the brigade. */
static void pass(v8ssr_stream *s)
{
    apr_bucket_brigade *bb = s->response->body;

    if (!s->is_begun) {
        s->is_begun = 1;
        v8ssr_respond_begin(s->response);
    }
    if (!s->is_client_gone &&
        ap_pass_brigade(s->r->output_filters, bb) != APR_SUCCESS) {
        s->is_client_gone = 1;
    }
    s->is_client_gone |= s->r->connection->aborted;
    apr_brigade_cleanup(bb);
}

static void append(v8ssr_stream *s, apr_bucket *b)
{
    APR_BRIGADE_INSERT_TAIL(s->response->body, b);
}

static void flush(v8ssr_stream *s)
{
    append(s, apr_bucket_flush_create(s->response->body->bucket_alloc));
    pass(s);
}

static void take_chunk(v8ssr_stream *s, const v8pool_event *event)
{
    keep(s, event->data, event->length);
    v8ssr_respond_chunk(s->response, event);
    if (s->flush == V8SSR_FLUSH_CHUNK) {
        flush(s);
    }
    else if (s->is_begun || !s->holds || (s->held += event->length) > HELD) {
        pass(s);
    }
}

static int end_well(v8ssr_stream *s)
{
    store(s);
    append(s, apr_bucket_eos_create(s->response->body->bucket_alloc));
    pass(s);
    return OK;
}

/* The client must see that it is not all: the connection ends without the last
 * chunk (RFC 9112, 8), the HTTP/2 stream with RST_STREAM.  As mod_proxy does. */
static void break_off(v8ssr_stream *s)
{
    apr_bucket_alloc_t *alloc = s->response->body->bucket_alloc;

    s->r->connection->keepalive = AP_CONN_CLOSE;
    append(s, ap_bucket_error_create(HTTP_BAD_GATEWAY, NULL, s->r->pool,
                                     alloc));
    append(s, apr_bucket_eos_create(alloc));
    pass(s);
}

static int end_badly(v8ssr_stream *s, const v8pool_event *event)
{
    v8ssr_cached *cached = s->extra != NULL ? s->extra->cached : NULL;

    s->is_stored = 0;
    if (s->extra != NULL) {
        v8ssr_cached_put_failure(cached);
    }
    store(s);
    if (!s->is_begun) {
        return v8ssr_render_failed(s->r, s->choice, cached, event->result,
                                   event->error);
    }
    (void)v8ssr_fail(s->r, s->choice->bundle->name, event->result,
                     event->error);
    break_off(s);
    return OK;
}

/* --- the way ----------------------------------------------------------------------- */

static void make_pause(v8ssr_stream *s)
{
    if (APR_BRIGADE_EMPTY(s->response->body) && !s->is_begun) {
        return; /* nothing of the body yet */
    }
    if (s->flush == V8SSR_FLUSH_SHELL) {
        flush(s);
    }
    else {
        pass(s);
    }
}

/* Pieces that are there are taken together.  0: nobody reads it, and nobody
 * will. */
static int next(v8ssr_stream *s, v8pool_event *event)
{
    if (s->is_client_gone && !s->is_stored) {
        return 0;
    }
    if (v8pool_job_wait(s->job, event, 0)) {
        return 1;
    }
    make_pause(s);
    return v8ssr_client_next(s->r, s->job, s->is_stored, event);
}

int v8ssr_stream_send(v8ssr_stream *s)
{
    v8pool_event event;

    s->flush = flush_of(s);
    s->holds = streaming_of(s->r) == V8SSR_STREAMING_AUTO;
    if (s->extra != NULL) {
        judge(s);
    }
    while (next(s, &event)) {
        switch (event.kind) {
        case V8POOL_CHUNK:
            take_chunk(s, &event);
            break;
        case V8POOL_LOG:
            v8ssr_render_log(s->r, s->choice->bundle, &event);
            break;
        case V8POOL_END:
            if (event.result != V8POOL_OK && v8ssr_upload_failed(s->r) != OK) {
                break_off(s); /* its client's doing */
                return OK;
            }
            v8ssr_render_ended(s->r, s->choice, s->pass, &event);
            return event.result == V8POOL_OK ? end_well(s)
                                             : end_badly(s, &event);
        default:
            break;
        }
    }
    return OK; /* the job is released by the caller: that ends the render */
}
