/* SPDX-License-Identifier: Apache-2.0
 *
 * check.c: what is wrong only once the whole configuration is known.
 */
#include "canary.h"
#include "config.h"
#include "generation.h"
#include "image.h"
#include "log.h"
#include "route.h"
#include "routes.h"
#include "template.h"
#include "verdict.h"
#include "warmup.h"

#include <ap_mpm.h>

APLOG_USE_MODULE(v8ssr);

/* Plain text on stderr, as httpd's own syntax errors. */
#define SAY APLOG_MARK, APLOG_STARTUP | APLOG_ERR, 0

static int check_references(const server_rec *s)
{
    const v8ssr_server_config *c = v8ssr_server_config_of(s);
    int i;

    for (i = 0; i < c->references->nelts; i++) {
        const v8ssr_reference *ref =
            &APR_ARRAY_IDX(c->references, i, v8ssr_reference);

        if (v8ssr_find_bundle(c, ref->bundle) == NULL) {
            ap_log_error(SAY, s,
                         "%s: no SSRBundle is named \"%s\" (line %d of %s)",
                         ref->directive, ref->bundle, ref->line, ref->file);
            return HTTP_INTERNAL_SERVER_ERROR;
        }
    }
    return OK;
}

/* What would never be done. */
static int check_warmup_cache(const server_rec *s, const v8ssr_warmup *w)
{
    if (!w->cache_only || v8ssr_server_config_of(s)->cache.used) {
        return OK;
    }
    ap_log_error(SAY, s,
                 "SSRWarmup: \"%s\" is for the cache only, but SSRCache is on "
                 "nowhere in this server (line %d of %s)",
                 w->sitemap != NULL ? w->sitemap : w->url, w->line, w->file);
    return HTTP_INTERNAL_SERVER_ERROR;
}

/* Nobody ever gets what would be rendered. */
static int check_warmup_left(apr_pool_t *ptemp, const server_rec *s,
                             const v8ssr_warmup *w)
{
    const v8ssr_route_rule *rule =
        w->sitemap == NULL
            ? v8ssr_rule_at(v8ssr_server_config_of(s),
                            v8ssr_path_of_url(ptemp, w->url))
            : NULL;

    if (rule == NULL || rule->ssr) {
        return OK;
    }
    ap_log_error(SAY, s,
                 "SSRWarmup: \"%s\" is left to httpd by SSRManifest %s (line "
                 "%d of %s)",
                 w->url, v8ssr_server_config_of(s)->routes->path, w->line,
                 w->file);
    return HTTP_INTERNAL_SERVER_ERROR;
}

static int check_warmups(apr_pool_t *ptemp, const server_rec *s)
{
    const v8ssr_server_config *c = v8ssr_server_config_of(s);
    int i;

    for (i = 0; i < c->warmups->nelts; i++) {
        const v8ssr_warmup *w = &APR_ARRAY_IDX(c->warmups, i, v8ssr_warmup);

        if (check_warmup_cache(s, w) != OK ||
            check_warmup_left(ptemp, s, w) != OK) {
            return HTTP_INTERNAL_SERVER_ERROR;
        }
        if (w->sitemap == NULL && v8ssr_warmup_bundle(ptemp, s, w) == NULL) {
            ap_log_error(SAY, s,
                         "SSRWarmup: which bundle renders \"%s\" is not said: "
                         "bundle=NAME, SSRMap or a single SSRBundle was "
                         "expected (line %d of %s)",
                         w->url, w->line, w->file);
            return HTTP_INTERNAL_SERVER_ERROR;
        }
    }
    return OK;
}

static int check_engine(const server_rec *s)
{
    const v8ssr_server_config *c = v8ssr_server_config_of(s);
    const v8ssr_dir_config *d =
        ap_get_module_config(s->lookup_defaults, &v8ssr_module);

    if (d->engine == 1 && c->bundles->nelts == 0) {
        ap_log_error(SAY, s,
                     "SSREngine: on for %s, but no SSRBundle is defined",
                     s->server_hostname != NULL ? s->server_hostname
                                                : "the main server");
        return HTTP_INTERNAL_SERVER_ERROR;
    }
    return OK;
}

static int check_mpm(server_rec *s)
{
    int threaded = AP_MPMQ_NOT_SUPPORTED;

    ap_mpm_query(AP_MPMQ_IS_THREADED, &threaded);
    if (threaded == AP_MPMQ_NOT_SUPPORTED) {
        ap_log_error(SAY, s,
                     "mod_v8ssr: a threaded MPM was expected (event), not "
                     "%s: its isolates are shared by the threads of a child",
                     ap_show_mpm());
        return HTTP_INTERNAL_SERVER_ERROR;
    }
    return OK;
}

int v8ssr_check_config(apr_pool_t *pconf, apr_pool_t *plog, apr_pool_t *ptemp,
                       server_rec *s)
{
    const server_rec *host;
    int rc;

    (void)pconf, (void)plog;
    if (check_mpm(s) != OK) {
        return HTTP_INTERNAL_SERVER_ERROR;
    }
    if (v8ssr_routes_prepare(ptemp, s) != OK) {
        return HTTP_INTERNAL_SERVER_ERROR;
    }
    for (host = s; host != NULL; host = host->next) {
        if (check_references(host) != OK || check_engine(host) != OK ||
            check_warmups(ptemp, host) != OK) {
            return HTTP_INTERNAL_SERVER_ERROR;
        }
        v8ssr_canary_resolve(host);
    }
    rc = v8ssr_template_prepare(ptemp, s);
    if (rc == OK) {
        rc = v8ssr_generation_prepare(ptemp, s);
    }
    if (rc == OK && v8ssr_verdict_is_for_another()) {
        v8ssr_image_prepare(ptemp, s);
    }
    return rc;
}
