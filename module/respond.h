/* SPDX-License-Identifier: Apache-2.0
 *
 * respond.h: a bundle's answer as httpd's response.
 */
#ifndef V8SSR_RESPOND_H
#define V8SSR_RESPOND_H

#include "cached.h"

#include "v8pool.h"

#include <httpd.h>
#include <apr_buckets.h>

/* Request thread only.  A response that is never sent needs nothing: its
 * brigade goes with the request. */
typedef struct v8ssr_response {
    request_rec *r;
    apr_bucket_brigade *body;
    int status;
    apr_table_t *fields;
} v8ssr_response;

void v8ssr_respond_init(v8ssr_response *response, request_rec *r);
void v8ssr_respond_head(v8ssr_response *response, const v8pool_event *event);
/* Takes the event's data. */
void v8ssr_respond_chunk(v8ssr_response *response, const v8pool_event *event);
/* Adds what of a head is the bundle's to say. */
void v8ssr_respond_fields(apr_table_t *fields, const v8pool_event *head);
/* The whole page into the cache; what is compressed of it later, too. */
rcache_reason v8ssr_respond_store(v8ssr_response *response,
                                  v8ssr_cached *cached);
/* Status and fields, before anything of the body is sent. */
void v8ssr_respond_begin(v8ssr_response *response);
/* Returns what a handler returns. */
int v8ssr_respond_send(v8ssr_response *response);

#endif /* V8SSR_RESPOND_H */
