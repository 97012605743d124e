/* SPDX-License-Identifier: Apache-2.0
 *
 * warmup.h: SSRWarmup, renders whose results are thrown away: after them the
 * code of a bundle is compiled and its caches are filled.  Pages for the render
 * cache are fill.h's.
 */
#ifndef V8SSR_WARMUP_H
#define V8SSR_WARMUP_H

#include "config.h"

/* The directive's arguments: URLs or file:PATH, options.  Appends to the
 * server's warmups; *first is the first one added.  NULL, or what was
 * expected. */
const char *v8ssr_warmup_add(cmd_parms *cmd, int argc, char *const argv[],
                             const v8ssr_warmup **first);

/* v8ssr_warmup; the host's own.  NULL: none. */
const apr_array_header_t *v8ssr_warmups_of(const server_rec *s);

/* NULL: the configuration does not say which bundle.  Not for a sitemap. */
v8ssr_bundle *v8ssr_warmup_bundle(apr_pool_t *p, const server_rec *s,
                                  const v8ssr_warmup *warmup);

/* Renders every URL of every server once for each isolate.
 * Thread: the child's main thread, in child_init, its bundles loaded.
 * Blocks: at most SSRLoadTimeout, and one second where V8 does not stop; until
 *         the pool is stopped, if that is sooner.
 * Errors: logged, never fatal.  Returns how many renders were done. */
int v8ssr_warmup_run(apr_pool_t *p, server_rec *s, v8pool *pool);

#endif /* V8SSR_WARMUP_H */
