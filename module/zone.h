/* SPDX-License-Identifier: Apache-2.0
 *
 * zone.h: the shared memory of the render cache: made by the parent, kept over
 * restarts, joined by children.
 */
#ifndef V8SSR_ZONE_H
#define V8SSR_ZONE_H

#include "cache/rcache.h"

#include <httpd.h>
#include <mpm_common.h>
#include <stdatomic.h>

/* Counters of pages, which share them; a power of two. */
#define V8SSR_POPULAR 16384

/* Events since the first start, in all children. */
typedef struct v8ssr_zone_counts {
    _Atomic uint64_t hits;        /* fresh */
    _Atomic uint64_t l2_hits;     /* of them, fetched from memcached for that */
    _Atomic uint64_t stale;       /* served while or because it was renewed */
    _Atomic uint64_t stale_error; /* served because a render failed */
    _Atomic uint64_t misses;
    _Atomic uint64_t collapsed;   /* of hits and misses: waited for another's
                                   * render */
    _Atomic uint64_t passes;      /* not looked up, or known not to be stored */
    _Atomic uint64_t stored;
    _Atomic uint64_t not_stored;
    _Atomic uint64_t refreshes;   /* in the background, well ended */
    _Atomic uint64_t refresh_failures;
    _Atomic uint64_t not_modified; /* 304s; of hits and stale ones */
    _Atomic uint64_t purges;
    _Atomic uint64_t warmed;       /* rendered for the cache by SSRWarmup */
    _Atomic uint64_t warm_failures;
    _Atomic uint64_t recompressed;
    _Atomic uint64_t filled_generation; /* no counts: fill.c's */
    _Atomic uint64_t fill_tries;
    _Atomic uint32_t popular[V8SSR_POPULAR]; /* hits: recompress.c's */
} v8ssr_zone_counts;

/* post_config hook: a zone where SSRCache is on somewhere. */
int v8ssr_zone_post_config(apr_pool_t *pconf, apr_pool_t *plog,
                           apr_pool_t *ptemp, server_rec *s);

/* child_init, before there are threads. */
void v8ssr_zone_child_init(server_rec *s);

/* child_status hook, in the parent: what a child had is given back. */
void v8ssr_zone_child_status(server_rec *s, pid_t pid, ap_generation_t gen,
                             int slot, mpm_child_status status);

/* In the parent: how many zones were made so far, counting the one there is; 0
 * = there is none. */
unsigned v8ssr_zone_number(void);

/* NULL: there is none, or this child could not join. */
rcache *v8ssr_zone(void);
/* Not NULL while there is a zone. */
v8ssr_zone_counts *v8ssr_zone_counted(void);
/* One more. */
void v8ssr_zone_count(_Atomic uint64_t *counter);

#endif /* V8SSR_ZONE_H */
