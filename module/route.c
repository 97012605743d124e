/* SPDX-License-Identifier: Apache-2.0
 *
 * route.c: SSRManifest, SSRUse and SSRMap at work.
 */
#include "route.h"

#include "routes.h"

#include <apr_strings.h>
#include <string.h>

/* As Alias: "/shop" is a prefix of "/shop" and "/shop/x", not of "/shopping". */
static size_t match_length(const char *prefix, const char *uri)
{
    size_t n = strlen(prefix);

    if (strncmp(prefix, uri, n) != 0) {
        return 0;
    }
    if (prefix[n - 1] == '/' || uri[n] == '/' || uri[n] == '\0') {
        return n;
    }
    return 0;
}

static const char *mapped(const v8ssr_server_config *c, const char *uri)
{
    const char *bundle = NULL;
    size_t longest = 0;
    int i;

    for (i = 0; i < c->maps->nelts; i++) {
        const v8ssr_map *map = &APR_ARRAY_IDX(c->maps, i, v8ssr_map);
        size_t n = match_length(map->prefix, uri);

        if (n > longest) {
            longest = n;
            bundle = map->bundle;
        }
    }
    return bundle;
}

static v8ssr_bundle *only_bundle(const v8ssr_server_config *c)
{
    v8ssr_bundle *only = NULL;
    int i;

    for (i = 0; i < c->bundles->nelts; i++) {
        v8ssr_bundle *bundle = APR_ARRAY_IDX(c->bundles, i, v8ssr_bundle *);

        if (bundle->canary == NULL) {
            if (only != NULL) {
                return NULL;
            }
            only = bundle;
        }
    }
    return only;
}

static v8ssr_bundle *route(const v8ssr_server_config *c, const char *use,
                           const char *uri)
{
    const v8ssr_route_rule *rule = v8ssr_rule_at(c, uri);
    const char *name = use;

    if (rule != NULL && !rule->ssr) {
        return NULL;
    }
    if (rule != NULL && rule->bundle != NULL) {
        name = rule->bundle;
    }
    if (name == NULL) {
        name = mapped(c, uri);
    }
    if (name != NULL) {
        return v8ssr_find_bundle(c, name);
    }
    return only_bundle(c);
}

v8ssr_bundle *v8ssr_route(const request_rec *r)
{
    return route(v8ssr_server_config_of(r->server), v8ssr_dir_config_of(r)->use,
                 r->uri);
}

const char *v8ssr_path_of_url(apr_pool_t *p, const char *url)
{
    char *path = apr_pstrmemdup(p, url, strcspn(url, "?"));

    ap_unescape_url(path);
    return path;
}

v8ssr_bundle *v8ssr_route_url(apr_pool_t *p, const server_rec *s,
                              const char *url)
{
    const v8ssr_dir_config *d =
        ap_get_module_config(s->lookup_defaults, &v8ssr_module);

    return route(v8ssr_server_config_of(s), d->use, v8ssr_path_of_url(p, url));
}
