/* SPDX-License-Identifier: Apache-2.0
 *
 * counts.h: how many renders of a bundle ended how, in all children together.
 * In shared memory that outlives graceful restarts, so that counts only grow.
 */
#ifndef V8SSR_COUNTS_H
#define V8SSR_COUNTS_H

#include "fallback_config.h"

#include "v8pool.h"

#include <httpd.h>
#include <stdatomic.h>
#include <stdint.h>

typedef struct v8ssr_counts {
    _Atomic uint64_t ended[V8POOL_STATUS_COUNT];
    _Atomic uint64_t fallbacks[V8SSR_WAYS]; /* requests; how it ended */
    _Atomic uint64_t timed;     /* renders whose time is known */
    _Atomic uint64_t render_us; /* of these, together */
} v8ssr_counts;

typedef enum v8ssr_kind {
    V8SSR_NOT_RENDERED, /* refused before the bundle was called */
    V8SSR_ANSWERED,
    V8SSR_FAILED /* the bundle's fault */
} v8ssr_kind;

v8ssr_kind v8ssr_kind_of(v8pool_status status);
/* "script", "queue_timeout": for metrics. */
const char *v8ssr_kind_name(v8pool_status status);

/* Thread: any of any child.  timing may be NULL. */
void v8ssr_count(v8ssr_counts *counts, v8pool_status status,
                 const v8pool_timing *timing);

/* "shop.example:443": tells apart the bundles of one name on several hosts. */
const char *v8ssr_host_name(apr_pool_t *p, const server_rec *s);

/* post_config hook: gives every bundle its counts, every canary its watch. */
int v8ssr_post_config(apr_pool_t *pconf, apr_pool_t *plog, apr_pool_t *ptemp,
                      server_rec *s);

#endif /* V8SSR_COUNTS_H */
