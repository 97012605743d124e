/* SPDX-License-Identifier: Apache-2.0
 *
 * serve.c: a page out of shared memory.  Its bytes go to the socket from where
 * they are: each part is a heap bucket whose release gives back its pin.
 */
#include "cache.h"

#include "host.h"
#include "linger.h"
#include "log.h"
#include "zone.h"

#include <http_core.h>
#include <http_protocol.h>
#include <util_filter.h>
#include <apr_strings.h>
#include <string.h>

APLOG_USE_MODULE(v8ssr);

/* Copying so little is cheaper than pins, which may be held long by a slow
 * client. */
#define COPIED 4096

/* "abc" is "abc-br" in brotli, as mod_brotli has it. */
static const char *coded_etag(apr_pool_t *p, const char *etag,
                              enum rcache_coding coding)
{
    size_t n = strlen(etag);

    if (coding == RCACHE_IDENTITY || n < 2 || etag[n - 1] != '"') {
        return etag;
    }
    return apr_pstrcat(p, apr_pstrmemdup(p, etag, n - 1), "-",
                       rcache_coding_name(coding), "\"", NULL);
}

/* The nonce that was stored, and the one of this answer in its place. */
struct nonce {
    const char *stored; /* NULL: the page has none */
    char fresh[V8SSR_NONCE_LENGTH + 1];
};

static void replace(char *text, size_t length, const struct nonce *nonce)
{
    char *at = text, *end = text + length;

    while ((at = memmem(at, (size_t)(end - at), nonce->stored,
                        V8SSR_NONCE_LENGTH)) != NULL) {
        memcpy(at, nonce->fresh, V8SSR_NONCE_LENGTH);
        at += V8SSR_NONCE_LENGTH;
    }
}

/* 0: there is one in the page that is not of ours, or no other can be made. */
static int find_nonce(struct nonce *nonce, const char *head, size_t length)
{
    const char *name;
    size_t at = 0;

    do {
        name = v8ssr_cached_field(head, length, &at, &nonce->stored);
    } while (name != NULL && strcmp(name, V8SSR_NONCE_FIELD) != 0);
    return name != NULL && strlen(nonce->stored) == V8SSR_NONCE_LENGTH &&
           v8ssr_nonce_make(nonce->fresh);
}

static void set_field(request_rec *r, const char *name, const char *value,
                      enum rcache_coding coding)
{
    if (strcmp(name, V8SSR_NONCE_FIELD) == 0) {
        return;
    }
    if (ap_cstr_casecmp(name, "content-type") == 0) {
        ap_set_content_type(r, value);
    }
    else if (ap_cstr_casecmp(name, "etag") == 0) {
        apr_table_setn(r->headers_out, "ETag",
                       coded_etag(r->pool, value, coding));
    }
    else {
        apr_table_addn(r->headers_out, name, value);
    }
}

/* The request may outlive the pin: log_transaction, HTTP/2. */
static void set_fields(request_rec *r, const rcache_hit *hit,
                       enum rcache_coding coding, const struct nonce *nonce)
{
    char *head = apr_pmemdup(r->pool, hit->head, hit->head_length);
    const char *name, *value;
    size_t at = 0;

    if (nonce->stored != NULL) {
        replace(head, hit->head_length, nonce);
    }

    while ((name = v8ssr_cached_field(head, hit->head_length, &at, &value)) !=
           NULL) {
        set_field(r, name, value, coding);
    }
}

/* RFC 9111 5.1 */
static void set_age(request_rec *r, const rcache_meta *meta)
{
    apr_int64_t age = apr_time_sec(r->request_time - meta->made);

    apr_table_setn(r->headers_out, "Age",
                   apr_ltoa(r->pool, age > 0 ? (long)age : 0));
}

static void set_coding(request_rec *r, enum rcache_coding coding)
{
    if (coding != RCACHE_IDENTITY) {
        apr_table_setn(r->headers_out, "Content-Encoding",
                       rcache_coding_name(coding));
        apr_table_mergen(r->headers_out, "Vary", "Accept-Encoding");
    }
}

static void append_copy(apr_bucket_brigade *bb, const rcache_hit *hit)
{
    unsigned i;

    for (i = 0; i < hit->body_parts; i++) {
        apr_brigade_write(bb, NULL, NULL, hit->body[i].iov_base,
                          hit->body[i].iov_len);
    }
}

static void append_in_place(apr_bucket_brigade *bb, const rcache_hit *hit)
{
    unsigned i;

    for (i = 0; i < hit->body_parts; i++) {
        APR_BRIGADE_INSERT_TAIL(
            bb, apr_bucket_heap_create(hit->body[i].iov_base,
                                       hit->body[i].iov_len, rcache_part_free,
                                       bb->bucket_alloc));
    }
}

/* In one piece: a nonce may lie across two parts. */
static void append_changed(apr_bucket_brigade *bb, const rcache_hit *hit,
                           const struct nonce *nonce)
{
    size_t length = (size_t)hit->body_length;
    char *body = apr_bucket_alloc(length > 0 ? length : 1, bb->bucket_alloc);
    char *at = body;
    unsigned i;

    for (i = 0; i < hit->body_parts; i++) {
        memcpy(at, hit->body[i].iov_base, hit->body[i].iov_len);
        at += hit->body[i].iov_len;
    }
    replace(body, length, nonce);
    APR_BRIGADE_INSERT_TAIL(bb, apr_bucket_heap_create(body, length,
                                                       apr_bucket_free,
                                                       bb->bucket_alloc));
}

static void append_body(apr_bucket_brigade *bb, rcache *zone, rcache_hit *hit,
                        const struct nonce *nonce)
{
    if (nonce->stored != NULL) {
        append_changed(bb, hit, nonce);
        rcache_release(zone, hit);
        return;
    }
    if (hit->body_length > COPIED && rcache_hit_split(zone, hit)) {
        append_in_place(bb, hit);
        return;
    }
    append_copy(bb, hit);
    rcache_release(zone, hit);
}

int v8ssr_takes_codings(const request_rec *r)
{
    return apr_table_get(r->headers_in, "Accept-Encoding") != NULL;
}

static void count_not_modified(int rc)
{
    if (rc == HTTP_NOT_MODIFIED) {
        v8ssr_zone_count(&v8ssr_zone_counted()->not_modified);
    }
}

int v8ssr_serve(request_rec *r, v8ssr_cached *cached, rcache_hit *hit,
                enum rcache_coding coding)
{
    int has_nonce = (hit->meta->flags & RCACHE_HAS_NONCE) != 0;
    struct nonce nonce = {NULL, ""};
    apr_bucket_brigade *bb;
    int rc;

    if (has_nonce && !find_nonce(&nonce, hit->head, hit->head_length)) {
        rcache_release(cached->zone, hit);
        ap_log_rerror(APLOG_MARK, APLOG_ERR, 0, r,
                      V8SSR_LOGNO(0086) "%s: the stored page has a nonce that "
                                        "cannot be replaced",
                      r->uri);
        return HTTP_INTERNAL_SERVER_ERROR;
    }
    r->status = (int)hit->meta->status;
    r->status_line = ap_get_status_line_ex(r->pool, r->status);
    set_fields(r, hit, coding, &nonce);
    set_age(r, hit->meta);
    set_coding(r, coding);
    if (r->status == HTTP_OK && (rc = ap_meets_conditions(r)) != OK) {
        rcache_release(cached->zone, hit);
        count_not_modified(rc);
        return rc;
    }
    if (coding == RCACHE_IDENTITY && r->status == HTTP_OK &&
        v8ssr_takes_codings(r) && !has_nonce) {
        v8ssr_cached_take(cached, hit);
        v8ssr_save_coded(r, cached);
    }
    bb = apr_brigade_create(r->pool, r->connection->bucket_alloc);
    append_body(bb, cached->zone, hit, &nonce);
    APR_BRIGADE_INSERT_TAIL(bb, apr_bucket_eos_create(bb->bucket_alloc));
    /* A client that left is no failure of ours, and is in the access log. */
    ap_pass_brigade(r->output_filters, bb);
    v8ssr_linger_after(r);
    return OK;
}
