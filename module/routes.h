/* SPDX-License-Identifier: Apache-2.0
 *
 * routes.h: SSRManifest: the route manifests of hosts, and what they say of
 * requests.  A route's word goes before that of any directive but SSREngine.
 */
#ifndef V8SSR_ROUTES_H
#define V8SSR_ROUTES_H

#include "config.h"
#include "route_manifest.h"

/* One SSRManifest; hosts that inherit it share it. */
struct v8ssr_routes {
    apr_pool_t *pool;         /* of the configuration */
    const char *path;         /* NULL: none, whatever the main server has */
    const server_rec *server; /* where it stands */
    const char *file;         /* of the configuration */
    int line;
    v8ssr_route_manifest manifest; /* const after check_config */
};

const char *v8ssr_set_manifest(cmd_parms *cmd, void *dir, const char *path);

/* check_config phase: reads and checks all of them.
 * configtest, start: returns the first failure, having said it.
 * Restart: a manifest that has become wrong keeps its last good text; only one
 * that was never good fails. */
int v8ssr_routes_prepare(apr_pool_t *ptemp, server_rec *s);

/* NULL: nothing is said.  Costs a search each time, no memory. */
const v8ssr_route_rule *v8ssr_rule_at(const v8ssr_server_config *c,
                                      const char *path);
const v8ssr_route_rule *v8ssr_rule_of(const request_rec *r);

/* SSRCache and its times, with what the route says of them; its tags, or NULL. */
v8ssr_cache_dir v8ssr_routed_cache(const request_rec *r,
                                   const apr_array_header_t **tags);

#endif /* V8SSR_ROUTES_H */
