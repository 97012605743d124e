/* SPDX-License-Identifier: Apache-2.0
 *
 * routes.c: when route manifests are read, which one counts, and where their
 * words take the place of directives.
 */
#include "routes.h"

#include "generation.h"
#include "log.h"
#include "retained.h"
#include "setters.h"

#include "cache/rcache.h"
#include "cache/tags.h"

#include <http_core.h>
#include <apr_file_io.h>
#include <apr_strings.h>
#include <stdlib.h>
#include <string.h>

APLOG_USE_MODULE(v8ssr);

_Static_assert(RCACHE_TAGS_MAX + RCACHE_TAG_LEVELS + 3 + V8SSR_ROUTE_TAGS <=
                   RCACHE_MAX_TAGS,
               "a page with all the tags it may have can be stored");

const char *v8ssr_set_manifest(cmd_parms *cmd, void *dir, const char *path)
{
    v8ssr_routes *routes = apr_pcalloc(cmd->pool, sizeof(*routes));

    (void)dir;
    routes->pool = cmd->pool;
    routes->server = cmd->server;
    routes->file = cmd->directive->filename;
    routes->line = cmd->directive->line_num;
    if (ap_cstr_casecmp(path, "none") != 0) {
        routes->path = ap_server_root_relative(cmd->pool, path);
        if (routes->path == NULL) {
            return v8ssr_named(cmd, "the path is invalid");
        }
    }
    v8ssr_server_config_of(cmd->server)->routes = routes;
    return NULL;
}

/* --- the last good texts -------------------------------------------------------- */

#define RETAINED "mod_v8ssr routes"

typedef struct kept {
    struct kept *next;
    char *path;
    char *text;
    size_t length;
    int in_use;
} kept;

static kept **all_kept(void)
{
    return v8ssr_retained(RETAINED, sizeof(kept *));
}

static kept *find_kept(const char *path)
{
    kept *at = *all_kept();

    while (at != NULL && strcmp(at->path, path) != 0) {
        at = at->next;
    }
    return at;
}

static char *copy(const char *bytes, size_t length)
{
    char *to = ap_malloc(length + 1);

    memcpy(to, bytes, length);
    to[length] = '\0';
    return to;
}

static void keep(const char *path, const char *text, size_t length)
{
    kept *at = find_kept(path);

    if (at == NULL) {
        at = ap_calloc(1, sizeof(*at));
        at->path = copy(path, strlen(path));
        at->next = *all_kept();
        *all_kept() = at;
    }
    free(at->text);
    at->text = copy(text, length);
    at->length = length;
    at->in_use = 1;
}

static void drop_unused(void)
{
    kept **at = all_kept();

    while (*at != NULL) {
        kept *this = *at;

        if (this->in_use) {
            this->in_use = 0;
            at = &this->next;
        }
        else {
            *at = this->next;
            free(this->path);
            free(this->text);
            free(this);
        }
    }
}

/* --- reading -------------------------------------------------------------------- */

static const char *cannot_read(apr_pool_t *p, const char *path, apr_status_t rv)
{
    char why[120];

    return apr_psprintf(p, "cannot read %s: %s", path,
                        apr_strerror(rv, why, sizeof(why)));
}

/* One byte more than may be, so that whoever parses it sees it.  NULL: *wrong. */
static const char *read_file(apr_pool_t *p, const char *path,
                             apr_size_t *length, const char **wrong)
{
    apr_finfo_t info;
    apr_file_t *file;
    apr_status_t rv = apr_stat(&info, path, APR_FINFO_TYPE | APR_FINFO_SIZE, p);
    char *text = NULL;

    if (rv == APR_SUCCESS && info.filetype != APR_REG) {
        *wrong = apr_psprintf(p, "cannot read %s: not a regular file", path);
        return NULL;
    }
    if (rv == APR_SUCCESS) {
        rv = apr_file_open(&file, path, APR_FOPEN_READ | APR_FOPEN_BINARY, 0,
                           p);
    }
    if (rv == APR_SUCCESS) {
        *length = info.size < V8SSR_ROUTE_MANIFEST_BYTES
                      ? (apr_size_t)info.size
                      : V8SSR_ROUTE_MANIFEST_BYTES + 1;
        text = apr_palloc(p, *length + 1);
        rv = apr_file_read_full(file, text, *length, length);
        apr_file_close(file);
    }
    if (rv != APR_SUCCESS && rv != APR_EOF) {
        *wrong = cannot_read(p, path, rv);
        return NULL;
    }
    return text;
}

/* Bundles are known once all directives are. */
static const char *check_bundles(const v8ssr_routes *routes)
{
    const v8ssr_server_config *c = v8ssr_server_config_of(routes->server);
    const apr_array_header_t *rules = routes->manifest.rules;
    int i;

    for (i = 0; i < rules->nelts; i++) {
        const v8ssr_route_rule *rule =
            APR_ARRAY_IDX(rules, i, const v8ssr_route_rule *);

        if (rule->bundle != NULL &&
            v8ssr_find_bundle(c, rule->bundle) == NULL) {
            return apr_psprintf(routes->pool,
                                "%s: %s.bundle: no SSRBundle is named \"%s\"",
                                routes->path, rule->place, rule->bundle);
        }
    }
    return NULL;
}

static const char *take(v8ssr_routes *routes, const char *text,
                        apr_size_t length)
{
    const char *wrong = v8ssr_route_manifest_read(
        routes->pool, routes->path, text, length, &routes->manifest);

    return wrong != NULL ? wrong : check_bundles(routes);
}

/* 1: the text of the last time is good still. */
static int go_on(server_rec *s, v8ssr_routes *routes, const char *wrong)
{
    kept *last = v8ssr_generation_is_restart() ? find_kept(routes->path) : NULL;

    if (last == NULL || take(routes, last->text, last->length) != NULL) {
        return 0;
    }
    last->in_use = 1;
    ap_log_error(APLOG_MARK, APLOG_ERR, 0, s,
                 V8SSR_LOGNO(0155) "SSRManifest: the new manifest is refused, "
                                   "the last good one goes on: %s",
                 wrong);
    return 1;
}

static int prepare(apr_pool_t *ptemp, server_rec *s, v8ssr_routes *routes)
{
    apr_size_t length = 0;
    const char *wrong = NULL;
    const char *text = read_file(ptemp, routes->path, &length, &wrong);

    if (text != NULL) {
        wrong = take(routes, text, length);
    }
    if (text != NULL && wrong == NULL) {
        keep(routes->path, text, length);
        return OK;
    }
    if (go_on(s, routes, wrong)) {
        return OK;
    }
    ap_log_error(APLOG_MARK, APLOG_STARTUP | APLOG_ERR, 0, s,
                 "SSRManifest: %s (line %d of %s)", wrong, routes->line,
                 routes->file);
    return HTTP_INTERNAL_SERVER_ERROR;
}

int v8ssr_routes_prepare(apr_pool_t *ptemp, server_rec *s)
{
    for (; s != NULL; s = s->next) {
        v8ssr_server_config *c = v8ssr_server_config_of(s);

        if (c->routes == NULL || c->routes->path == NULL) {
            continue;
        }
        /* else inherited: the main server comes first */
        if (c->routes->server == s && prepare(ptemp, s, c->routes) != OK) {
            return HTTP_INTERNAL_SERVER_ERROR;
        }
        c->cache.used |= c->routes->manifest.caches;
    }
    drop_unused();
    return OK;
}

/* --- what they say --------------------------------------------------------------- */

const v8ssr_route_rule *v8ssr_rule_at(const v8ssr_server_config *c,
                                      const char *path)
{
    return c->routes != NULL && c->routes->path != NULL
               ? v8ssr_route_manifest_find(&c->routes->manifest, path)
               : NULL;
}

const v8ssr_route_rule *v8ssr_rule_of(const request_rec *r)
{
    return v8ssr_rule_at(v8ssr_server_config_of(r->server), r->uri);
}

v8ssr_cache_dir v8ssr_routed_cache(const request_rec *r,
                                   const apr_array_header_t **tags)
{
    v8ssr_cache_dir conf = v8ssr_dir_config_of(r)->cache;
    const v8ssr_route_rule *rule = v8ssr_rule_of(r);

    *tags = NULL;
    if (rule == NULL) {
        return conf;
    }
    conf.on = rule->cache != V8SSR_ROUTE_UNSAID ? rule->cache : conf.on;
    conf.ttl = rule->ttl != V8SSR_ROUTE_UNSAID ? rule->ttl : conf.ttl;
    conf.swr = rule->swr != V8SSR_ROUTE_UNSAID ? rule->swr : conf.swr;
    conf.stale_if_error = rule->stale_if_error != V8SSR_ROUTE_UNSAID
                              ? rule->stale_if_error
                              : conf.stale_if_error;
    *tags = rule->tags;
    return conf;
}
