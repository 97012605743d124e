/* SPDX-License-Identifier: Apache-2.0
 *
 * fragment.h: parts of pages in the render cache: ctx.cache.fragment().  Only
 * in this host's memory: memcached is for pages.
 *
 * Thread: any.  Does not block.
 */
#ifndef V8SSR_FRAGMENT_H
#define V8SSR_FRAGMENT_H

#include "config.h"

#include "v8pool.h"

#include <httpd.h>

/* Whose fragments: those of a bundle, with its SSREnv, in a virtual host. */
typedef struct v8ssr_fragments {
    const v8ssr_bundle *bundle;
    uint64_t settings;
    const char *host;          /* the client's, normalised; lives as long */
    const server_rec *s;
    apr_interval_time_t ttl;   /* SSRCacheTTL */
} v8ssr_fragments;

void v8ssr_fragments_init(v8ssr_fragments *f, request_rec *r,
                          const v8ssr_bundle *bundle, const char *host);

/* key.  *result: undefined where nothing is kept; "mBEGAN": not there; "fTEXT";
 * "eBEGAN TEXT": too old, but may be used when making a new one fails. */
v8pool_status v8ssr_fragment_get(const v8ssr_fragments *f,
                                 const v8pool_text *args, v8pool_text *result,
                                 v8pool_error *err);

/* key, BEGAN, seconds fresh ("" = SSRCacheTTL), seconds after errors, TEXT,
 * tags… */
v8pool_status v8ssr_fragment_put(const v8ssr_fragments *f,
                                 const v8pool_text *args, size_t count,
                                 v8pool_error *err);

#endif /* V8SSR_FRAGMENT_H */
