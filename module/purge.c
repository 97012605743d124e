/* SPDX-License-Identifier: Apache-2.0
 *
 * purge.c: what is asked to be forgotten becomes tags, each of which is one
 * store in shared memory.
 */
#include "purge.h"

#include "cached.h"
#include "config.h"
#include "l2.h"
#include "log.h"
#include "metrics.h"
#include "zone.h"

#include "cache/tags.h"

#include <http_core.h>
#include <http_protocol.h>
#include <http_request.h>
#include <apr_strings.h>
#include <string.h>

APLOG_USE_MODULE(v8ssr);

struct purge {
    request_rec *r;
    const char *host;           /* normalised */
    apr_array_header_t *tags;   /* const char * */
    int soft;
    const char *wrong;          /* what was expected */
};

/* --- what is to go ------------------------------------------------------------ */

static void add(struct purge *purge, const char *tag)
{
    APR_ARRAY_PUSH(purge->tags, const char *) = tag;
}

/* A path that ends in an asterisk is what is below a directory. */
static void add_path(struct purge *purge, const char *path)
{
    apr_pool_t *p = purge->r->pool;
    rcache_span host = rcache_span_of(purge->host);
    size_t n = strlen(path);

    if (path[0] != '/') {
        purge->wrong = "a path that begins with / was expected";
    }
    else if (path[n - 1] != '*') {
        add(purge, rcache_tag_url(p, host, rcache_span_of(path)));
    }
    else if (path[n - 2] != '/') {
        purge->wrong = "/DIRECTORY/* was expected: what begins with a part of "
                       "a name cannot be purged at once";
    }
    else {
        add(purge, rcache_tag_prefix(p, host, (rcache_span){path, n - 1}));
    }
}

static void add_tags(struct purge *purge, const char *field)
{
    if (!rcache_tags_read(purge->tags, rcache_span_of(field), ",")) {
        purge->wrong = "at most 64 tags of at most 256 bytes were expected";
    }
}

static void add_all(struct purge *purge)
{
    add(purge, rcache_tag_host(purge->r->pool, rcache_span_of(purge->host)));
}

/* --- doing it ------------------------------------------------------------------ */

static void print(struct purge *purge)
{
    request_rec *r = purge->r;
    int i;

    ap_set_content_type(r, "application/json");
    apr_table_setn(r->headers_out, "Cache-Control", "no-store");
    ap_rprintf(r, "{\"soft\":%s,\"purged\":[", purge->soft ? "true" : "false");
    for (i = 0; i < purge->tags->nelts; i++) {
        ap_rprintf(r, "%s%s", i > 0 ? "," : "",
                   v8ssr_json_string(
                       r->pool, APR_ARRAY_IDX(purge->tags, i, const char *)));
    }
    ap_rputs("]}\n", r);
}

static int execute(struct purge *purge)
{
    request_rec *r = purge->r;
    apr_time_t now = apr_time_now();
    int i;

    if (purge->wrong == NULL && purge->tags->nelts == 0) {
        purge->wrong = "nothing to purge is named";
    }
    if (purge->wrong != NULL) {
        ap_log_rerror(APLOG_MARK, APLOG_WARNING, 0, r,
                      V8SSR_LOGNO(0076) "%s %s: %s", r->method,
                      r->unparsed_uri, purge->wrong);
        return HTTP_BAD_REQUEST;
    }
    for (i = 0; i < purge->tags->nelts; i++) {
        const char *tag = APR_ARRAY_IDX(purge->tags, i, const char *);
        uint64_t hash = rcache_tag_hash(tag, strlen(tag));

        rcache_purge(v8ssr_zone(), hash, purge->soft, now);
        v8ssr_l2_purge(hash, purge->soft, now);
        ap_log_rerror(APLOG_MARK, APLOG_INFO, 0, r,
                      V8SSR_LOGNO(0077) "purged%s: %s",
                      purge->soft ? " softly" : "", tag);
    }
    v8ssr_zone_count(&v8ssr_zone_counted()->purges);
    print(purge);
    return OK;
}

/* --- who may ------------------------------------------------------------------- */

static int is_allowed(request_rec *r)
{
    if (!v8ssr_dir_config_of(r)->has_require) {
        ap_log_rerror(APLOG_MARK, APLOG_ERR, 0, r,
                      V8SSR_LOGNO(0078) "%s %s is refused: a Require in its "
                                        "<Location> was expected",
                      r->method, r->uri);
        return 0;
    }
    return 1;
}

static int begin(struct purge *purge, request_rec *r)
{
    purge->r = r;
    purge->host = v8ssr_cached_host(r);
    purge->tags = rcache_tags_create(r->pool);
    purge->soft = 0;
    purge->wrong = NULL;
    if (!is_allowed(r)) {
        return HTTP_FORBIDDEN;
    }
    if (v8ssr_zone() == NULL) {
        purge->wrong = "SSRCache is on nowhere";
    }
    return OK;
}

/* --- PURGE ---------------------------------------------------------------------- */

int v8ssr_purge_is_asked(const request_rec *r)
{
    return strcmp(r->method, "PURGE") == 0 &&
           v8ssr_dir_config_of(r)->cache.purge == 1;
}

static int is_one(const char *value)
{
    return value != NULL && strcmp(value, "1") == 0;
}

int v8ssr_purge_method(request_rec *r)
{
    const char *tags = apr_table_get(r->headers_in, "SSR-Purge-Tags");
    struct purge purge;
    int rc = begin(&purge, r);

    if (rc != OK) {
        return rc;
    }
    purge.soft = is_one(apr_table_get(r->headers_in, "SSR-Purge-Soft"));
    if (tags != NULL) {
        add_tags(&purge, tags);
    }
    else if (is_one(apr_table_get(r->headers_in, "SSR-Purge-All"))) {
        add_all(&purge);
    }
    else {
        add_path(&purge, r->uri);
    }
    return execute(&purge);
}

/* --- the handler ------------------------------------------------------------------ */

static void set_argument(struct purge *purge, const char *name,
                         const char *value)
{
    if (strcmp(name, "url") == 0) {
        add_path(purge, value);
    }
    else if (strcmp(name, "prefix") == 0) {
        add_path(purge, apr_pstrcat(purge->r->pool, value, "*", NULL));
    }
    else if (strcmp(name, "tag") == 0) {
        add_tags(purge, value);
    }
    else if (strcmp(name, "all") == 0 && is_one(value)) {
        add_all(purge);
    }
    else if (strcmp(name, "soft") == 0) {
        purge->soft = is_one(value);
    }
    else if (strcmp(name, "host") != 0) {
        purge->wrong = "url=, prefix=, tag=, all=1, host= or soft=1 was "
                       "expected";
    }
}

/* host= counts for all that is beside it. */
static void read_arguments(struct purge *purge, int hosts_only)
{
    apr_pool_t *p = purge->r->pool;
    char *state;
    char *pair = apr_pstrdup(p, purge->r->args != NULL ? purge->r->args : "");

    for (pair = apr_strtok(pair, "&", &state); pair != NULL;
         pair = apr_strtok(NULL, "&", &state)) {
        char *value = strchr(pair, '=');

        value = value != NULL ? value : pair + strlen(pair);
        if (*value == '=') {
            *value++ = '\0';
        }
        if (ap_unescape_urlencoded(value) != OK) {
            purge->wrong = "an escape in the query is wrong";
        }
        else if (!hosts_only) {
            set_argument(purge, pair, value);
        }
        else if (strcmp(pair, "host") == 0) {
            purge->host = rcache_host_normalise(p, rcache_span_of(value), 0)
                              .data;
        }
    }
}

int v8ssr_purge_handler(request_rec *r)
{
    struct purge purge;
    int rc;

    if (r->handler == NULL || strcmp(r->handler, "v8ssr-purge") != 0) {
        return DECLINED;
    }
    if (r->method_number != M_POST) {
        ap_allow_standard_methods(r, REPLACE_ALLOW, M_POST, -1);
        return HTTP_METHOD_NOT_ALLOWED;
    }
    rc = ap_discard_request_body(r);
    if (rc == OK) {
        rc = begin(&purge, r);
    }
    if (rc != OK) {
        return rc;
    }
    read_arguments(&purge, 1);
    read_arguments(&purge, 0);
    return execute(&purge);
}
