/* SPDX-License-Identifier: Apache-2.0
 *
 * cache.h: pages from the cache, or rendered once for all that wait.
 */
#ifndef V8SSR_CACHE_H
#define V8SSR_CACHE_H

#include "cached.h"

/* Handler phase.  Answers from the cache, or renders.  Blocks as v8ssr_render()
 * and before that at most SSRCacheLock's wait.  Returns what a handler does. */
int v8ssr_cache_answer(request_rec *r, const v8ssr_choice *choice);

/* A fresh page in the form the client likes best, which no filter need touch;
 * else DECLINED. */
int v8ssr_cache_quick(request_rec *r, const v8ssr_bundle *bundle);

/* Whether the page need not be rendered for the cache.  1: it is fresh, *hit is
 * pinned; -1: known not to be for storing; 0: it must. */
int v8ssr_cache_fresh(v8ssr_cached *cached, enum rcache_coding coding,
                      rcache_hit *hit);

/* ---- for fallback.c ------------------------------------------------------------ */

/* A page that may be shown because there is no newer one.  1: *hit is pinned. */
int v8ssr_cache_find_stale(request_rec *r, v8ssr_cached *cached,
                           rcache_hit *hit);
/* Sends it; what a handler returns. */
int v8ssr_cache_give_stale(request_rec *r, v8ssr_cached *cached,
                           rcache_hit *hit);

/* ---- tell.c ------------------------------------------------------------------ */

/* What happened to a request, for Cache-Status and %{ssr-cache}n. */
typedef enum v8ssr_cache_event {
    V8SSR_CACHE_HIT,
    V8SSR_CACHE_HIT_L2,      /* of another host's page, just fetched */
    V8SSR_CACHE_STALE,       /* renewed meanwhile */
    V8SSR_CACHE_STALE_ERROR, /* rendering failed */
    V8SSR_CACHE_MISS,
    V8SSR_CACHE_EXPIRED,     /* a miss: what was there is too old */
    V8SSR_CACHE_PASS
} v8ssr_cache_event;

/* Counts it, and writes field and note.  Not for hits: status of the render. */
void v8ssr_cache_tell(request_rec *r, const v8ssr_cached *cached,
                      v8ssr_cache_event event, int collapsed,
                      rcache_reason reason);

/* ---- serve.c ---------------------------------------------------------------- */

/* Whether a filter may compress what the client gets. */
int v8ssr_takes_codings(const request_rec *r);

/* Sends a hit, whose pin it takes.  Returns OK or the status of a condition. */
int v8ssr_serve(request_rec *r, v8ssr_cached *cached, rcache_hit *hit,
                enum rcache_coding coding);

/* ---- save.c ------------------------------------------------------------------- */

void v8ssr_save_register(apr_pool_t *p);
/* Stores the page as mod_brotli and mod_deflate send it.  cached must say what
 * the page is (v8ssr_cached_put(), v8ssr_cached_take()). */
void v8ssr_save_coded(request_rec *r, v8ssr_cached *cached);

#endif /* V8SSR_CACHE_H */
