/* SPDX-License-Identifier: Apache-2.0
 *
 * respond.c: status, header fields and body into httpd's filters.  The body is
 * the buffer the engine wrote, handed on as one heap bucket: no copy of ours.
 */
#include "respond.h"

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
    response->headers = NULL;
    response->header_count = 0;
}

void v8ssr_respond_head(v8ssr_response *response, const v8pool_event *event)
{
    response->status = event->status;
    response->headers = event->headers;
    response->header_count = event->header_count;
}

void v8ssr_respond_chunk(v8ssr_response *response, const v8pool_event *event)
{
    apr_bucket *b = apr_bucket_heap_create(
        event->data, event->length, v8pool_chunk_free,
        response->body->bucket_alloc);

    APR_BRIGADE_INSERT_TAIL(response->body, b);
}

/* The strings are copied: they belong to the job, which goes before the
 * response is out. */
static void set_headers(v8ssr_response *response)
{
    request_rec *r = response->r;
    size_t i;

    for (i = 0; i < response->header_count; i++) {
        const v8pool_header *h = &response->headers[i];

        if (is_servers_own(h->name)) {
            continue;
        }
        if (ap_cstr_casecmp(h->name, "content-type") == 0) {
            /* through httpd, so that AddOutputFilterByType sees it */
            ap_set_content_type(r, apr_pstrdup(r->pool, h->value));
            continue;
        }
        apr_table_add(r->headers_out, h->name, h->value);
    }
}

int v8ssr_respond_send(v8ssr_response *response)
{
    request_rec *r = response->r;
    int rc;

    /* An ErrorDocument that is rendered keeps the status it stands for. */
    if (r->status == HTTP_OK || response->status != HTTP_OK) {
        r->status = response->status;
        /* httpd would send those it has no text for as 500 */
        r->status_line = ap_get_status_line_ex(r->pool, r->status);
    }
    set_headers(response);
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
