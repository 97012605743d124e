/* SPDX-License-Identifier: Apache-2.0
 *
 * render.h: one request through the pool.
 */
#ifndef V8SSR_RENDER_H
#define V8SSR_RENDER_H

#include "breaker.h"
#include "cache.h"
#include "canary.h"
#include "host.h"
#include "l2.h"

#include <httpd.h>

/* Handler phase: says which bundle answers, then the cache or the pool.
 * Returns OK when an answer was sent, DECLINED when the bundle declined, else
 * an HTTP status; what failed is logged. */
int v8ssr_render(request_rec *r);

/* For a page that is to be stored. */
typedef struct v8ssr_render_extra {
    v8ssr_cached *cached;
    rcache_flight *flight;   /* ended once it is stored; NULL = none */
    v8ssr_l2_lock *lock;     /* likewise */
    v8ssr_cache_event event; /* what is told */
    int collapsed;
    int is_handed_on; /* flight and lock are now another thread's */
} v8ssr_render_extra;

/* Blocks: at most SSRQueue's wait plus SSRTimeout plus one second.  extra may
 * be NULL.  A failure is answered as SSRFallback says. */
int v8ssr_render_choice(request_rec *r, const v8ssr_choice *choice,
                        v8ssr_render_extra *extra);

/* A request over HTTP/2 that may not wait (h2.h).  cached may be NULL. */
int v8ssr_render_refuse_stream(request_rec *r, const v8ssr_choice *choice,
                               v8ssr_cached *cached);

/* Only submits.  cached may be NULL: the bundle sees everything.  *host is
 * there as long as the job; it may be NULL.  *pass is to be given back, unless
 * it failed. */
v8pool_status v8ssr_render_submit(request_rec *r, const v8ssr_bundle *bundle,
                                  const v8ssr_cached *cached, v8pool_job **job,
                                  const v8ssr_host **host,
                                  v8ssr_breaker_pass *pass);

/* ---- for stream.c -------------------------------------------------------------- */

/* A console line. */
void v8ssr_render_log(request_rec *r, const v8ssr_bundle *bundle,
                      const v8pool_event *event);
/* The end: notes and counts. */
void v8ssr_render_ended(request_rec *r, const v8ssr_choice *choice,
                        v8ssr_breaker_pass *pass, const v8pool_event *event);
/* It has failed, and nothing was sent.  err may be NULL.  Returns what a handler
 * does. */
int v8ssr_render_failed(request_rec *r, const v8ssr_choice *choice,
                        v8ssr_cached *cached, v8pool_status status,
                        const v8pool_error *err);

#endif /* V8SSR_RENDER_H */
