/* SPDX-License-Identifier: Apache-2.0
 *
 * recompress.h: SSRCacheRecompress: pages that are asked for often are
 * compressed once more, as well as it goes, in the background.
 */
#ifndef V8SSR_RECOMPRESS_H
#define V8SSR_RECOMPRESS_H

#include "cached.h"

/* The setter: NULL or "Directive: what was expected". */
const char *v8ssr_set_cache_recompress(cmd_parms *cmd, void *dir, int argc,
                                       char *const argv[]);

/* child_init, before there are threads. */
void v8ssr_recompress_child_init(apr_pool_t *pchild);
/* The child is told to go: what is being compressed is given up. */
void v8ssr_recompress_stop(void);

/* Request thread, a compressed form is about to be served.  Counts, and when it
 * is time starts a thread, unless one is at work on this host.  Does not block. */
void v8ssr_recompress_hit(v8ssr_cached *cached, const rcache_hit *hit,
                          enum rcache_coding coding);

#endif /* V8SSR_RECOMPRESS_H */
