/* SPDX-License-Identifier: Apache-2.0
 *
 * fallback.h: what a client gets in place of a page that could not be rendered,
 * or not in time.
 */
#ifndef V8SSR_FALLBACK_H
#define V8SSR_FALLBACK_H

#include "cached.h"

#include <httpd.h>

/* A render has failed with this HTTP status, and that is logged.  cached may be
 * NULL: the page is not for the cache.  Returns what a handler does. */
int v8ssr_fallback(request_rec *r, const v8ssr_bundle *bundle,
                   v8ssr_cached *cached, int rc);

/* Only a stored page, where that is among the ways, without a render.  1: *rc
 * is what a handler returns. */
int v8ssr_fallback_stale(request_rec *r, v8ssr_cached *cached, int *rc);

/* Until when this client waits for a render (after=TIME); 0 = to its end. */
apr_time_t v8ssr_fallback_until(const request_rec *r);

/* What would be given now that the time is over. */
typedef struct v8ssr_instead {
    v8ssr_way way;
    rcache_hit hit; /* pinned; of V8SSR_WAY_STALE */
} v8ssr_instead;

/* 0: nothing, the client has to wait. */
int v8ssr_fallback_choose(request_rec *r, v8ssr_cached *cached,
                          v8ssr_instead *instead);
/* Gives it; what a handler returns. */
int v8ssr_fallback_give(request_rec *r, const v8ssr_bundle *bundle,
                        v8ssr_cached *cached, v8ssr_instead *instead);
/* Or not, after all. */
void v8ssr_fallback_leave(v8ssr_cached *cached, v8ssr_instead *instead);

/* Hooks. */
void v8ssr_fallback_register(apr_pool_t *p);
void v8ssr_fallback_insert_filter(request_rec *r);

#endif /* V8SSR_FALLBACK_H */
