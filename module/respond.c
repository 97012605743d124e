/* SPDX-License-Identifier: Apache-2.0
 *
 * respond.c: status, header fields and body into httpd's filters.  The body is
 * the buffer the engine wrote, handed on as one heap bucket: no copy of ours.
 */
#include "respond.h"

#include "cache.h"
#include "upload.h"

#include <http_protocol.h>
#include <util_filter.h>
#include <apr_strings.h>

/* Fields of the connection, not of the answer (RFC 9110, 7.6.1), and those the
 * server computes itself. */
static int is_servers_own(const char *name)
{
    static const char *const names[] = {
        "connection", "keep-alive", "proxy-connection", "te", "trailer",
        "transfer-encoding", "upgrade", "content-length"};
    size_t i;

    for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (ap_cstr_casecmp(name, names[i]) == 0) {
            return 1;
        }
    }
    return 0;
}

void v8ssr_respond_init(v8ssr_response *response, request_rec *r)
{
    response->r = r;
    response->body = apr_brigade_create(r->pool, r->connection->bucket_alloc);
    response->status = HTTP_OK;
    response->fields = apr_table_make(r->pool, 8);
}

/* The table copies: the strings are the job's, which goes before the answer is
 * out. */
void v8ssr_respond_fields(apr_table_t *fields, const v8pool_event *head)
{
    size_t i;

    for (i = 0; i < head->header_count; i++) {
        if (!is_servers_own(head->headers[i].name)) {
            apr_table_add(fields, head->headers[i].name, head->headers[i].value);
        }
    }
}

void v8ssr_respond_head(v8ssr_response *response, const v8pool_event *event)
{
    response->status = event->status;
    v8ssr_respond_fields(response->fields, event);
}

void v8ssr_respond_chunk(v8ssr_response *response, const v8pool_event *event)
{
    apr_bucket *b = apr_bucket_heap_create(
        event->data, event->length, v8pool_chunk_free,
        response->body->bucket_alloc);

    APR_BRIGADE_INSERT_TAIL(response->body, b);
}

/* Through httpd, so that AddOutputFilterByType sees it. */
static int set_field(void *data, const char *name, const char *value)
{
    request_rec *r = data;

    if (ap_cstr_casecmp(name, "content-type") == 0) {
        ap_set_content_type(r, value);
    }
    else {
        apr_table_addn(r->headers_out, name, value);
    }
    return 1;
}

#define MAX_PARTS 256

rcache_reason v8ssr_respond_store(v8ssr_response *response,
                                  v8ssr_cached *cached)
{
    request_rec *r = response->r;
    struct iovec body[MAX_PARTS];
    int parts = MAX_PARTS;
    rcache_reason reason;

    if (apr_brigade_to_iovec(response->body, body, &parts) != APR_SUCCESS) {
        return RCACHE_REASON_STATUS;
    }
    reason = v8ssr_cached_put(cached, response->status, response->fields, body,
                              parts);
    if (reason == RCACHE_REASON_NONE && response->status == HTTP_OK &&
        !(cached->meta.flags & RCACHE_HAS_NONCE)) {
        v8ssr_save_coded(r, cached);
    }
    return reason;
}

void v8ssr_respond_begin(v8ssr_response *response)
{
    request_rec *r = response->r;

    /* An ErrorDocument that is rendered keeps the status it stands for. */
    if (r->status == HTTP_OK || response->status != HTTP_OK) {
        r->status = response->status;
        /* httpd would send those it has no text for as 500 */
        r->status_line = ap_get_status_line_ex(r->pool, r->status);
    }
    apr_table_do(set_field, r, response->fields, NULL);
    v8ssr_upload_close(r);
}

int v8ssr_respond_send(v8ssr_response *response)
{
    request_rec *r = response->r;
    int rc;

    v8ssr_upload_leave(r);
    v8ssr_respond_begin(response);
    if (r->status == HTTP_OK) {
        rc = ap_meets_conditions(r); /* where the bundle gave ETag or date */
        if (rc != OK) {
            return rc;
        }
    }
    APR_BRIGADE_INSERT_TAIL(
        response->body, apr_bucket_eos_create(response->body->bucket_alloc));
    /* A client that left is no failure of ours, and is in the access log. */
    ap_pass_brigade(r->output_filters, response->body);
    return OK;
}
