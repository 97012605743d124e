/* SPDX-License-Identifier: Apache-2.0
 *
 * body.c: bodies that are read before the render begins: short ones, and all where
 * an isolate that waits for a slow client would do nothing else.
 */
#include "body.h"

#include <http_protocol.h>
#include <util_filter.h>
#include <apr_buckets.h>

/* Of the request's pool. */
#define KEY "mod_v8ssr body"

#define PIECE (64 * 1024)

/* One brigade more, whose bytes are added to *length.  1: there is nothing
 * left. */
static int take(request_rec *r, apr_bucket_brigade *all, apr_bucket_brigade *bb,
                apr_off_t *length, apr_status_t *rv)
{
    apr_off_t more = 0;
    int ended;

    *rv = ap_get_brigade(r->input_filters, bb, AP_MODE_READBYTES,
                         APR_BLOCK_READ, PIECE);
    if (*rv != APR_SUCCESS) {
        return 1;
    }
    *rv = apr_brigade_length(bb, 1, &more);
    *length += more;
    ended = !APR_BRIGADE_EMPTY(bb) && APR_BUCKET_IS_EOS(APR_BRIGADE_LAST(bb));
    /* what a filter lent must outlive the next call */
    while (!APR_BRIGADE_EMPTY(bb)) {
        apr_bucket *b = APR_BRIGADE_FIRST(bb);

        APR_BUCKET_REMOVE(b);
        if (APR_BUCKET_IS_METADATA(b)) {
            apr_bucket_destroy(b);
        }
        else {
            apr_bucket_setaside(b, r->pool);
            APR_BRIGADE_INSERT_TAIL(all, b);
        }
    }
    return ended;
}

const v8ssr_body *v8ssr_body_of(const request_rec *r)
{
    void *found = NULL;
    const v8ssr_body *body;

    apr_pool_userdata_get(&found, KEY, r->pool);
    body = found;
    /* an ErrorDocument's request has the same pool, and no body */
    return body != NULL && body->of == r ? body : NULL;
}

static int keep(request_rec *r, apr_bucket_brigade *all)
{
    v8ssr_body *body = apr_pcalloc(r->pool, sizeof(*body));
    char *data;

    if (apr_brigade_pflatten(all, &data, &body->length, r->pool) !=
        APR_SUCCESS) {
        return HTTP_INTERNAL_SERVER_ERROR;
    }
    apr_brigade_destroy(all);
    if (body->length > 0) {
        body->data = data;
        body->of = r;
        apr_pool_userdata_setn(body, KEY, NULL, r->pool);
    }
    return OK;
}

int v8ssr_body_read(request_rec *r, apr_off_t most)
{
    apr_bucket_alloc_t *alloc = r->connection->bucket_alloc;
    apr_bucket_brigade *all = apr_brigade_create(r->pool, alloc);
    apr_bucket_brigade *bb = apr_brigade_create(r->pool, alloc);
    apr_off_t length = 0;
    apr_status_t rv;
    int ended;

    do {
        ended = take(r, all, bb, &length, &rv);
        if (rv != APR_SUCCESS) {
            return ap_map_http_request_error(rv, HTTP_BAD_REQUEST);
        }
        if (length > most) {
            return HTTP_REQUEST_ENTITY_TOO_LARGE;
        }
    } while (!ended);
    return keep(r, all);
}
