/* SPDX-License-Identifier: Apache-2.0
 *
 * stream.h: pages that come in pieces go to the client as they come.
 */
#ifndef V8SSR_STREAM_H
#define V8SSR_STREAM_H

#include "render.h"
#include "respond.h"

/* SSRStreaming, for bodies that are streams.  AUTO: one that comes without a
 * pause goes as a whole, with its length. */
enum { V8SSR_STREAMING_OFF, V8SSR_STREAMING_AUTO, V8SSR_STREAMING_ON };

/* SSRFlush: when what is there leaves, though it is little. */
enum {
    V8SSR_FLUSH_NONE,  /* when httpd's buffers are full */
    V8SSR_FLUSH_SHELL, /* when the bundle makes a pause */
    V8SSR_FLUSH_CHUNK  /* after each piece */
};

int v8ssr_stream_wanted(const request_rec *r);

/* A render whose head has come. */
typedef struct v8ssr_stream {
    request_rec *r;
    const v8ssr_choice *choice;
    v8ssr_breaker_pass *pass;
    v8pool_job *job;
    v8ssr_response *response;         /* has the head */
    const v8ssr_render_extra *extra;  /* NULL: not for the cache */
    const v8ssr_host *host;

    /* the rest is its own */
    int flush;
    int holds;                 /* what comes without a pause goes as a whole */
    size_t held;               /* bytes */
    int is_stored;             /* it will be, if it ends well */
    int is_begun;              /* something has gone to the client */
    int is_client_gone;
    apr_array_header_t *body;  /* struct iovec, malloc'ed: for the cache */
} v8ssr_stream;

/* Returns what a handler returns.  Blocks: until the body has ended; while the
 * client is slow, as httpd's Timeout says. */
int v8ssr_stream_send(v8ssr_stream *stream);

#endif /* V8SSR_STREAM_H */
