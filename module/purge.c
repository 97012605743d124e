/* SPDX-License-Identifier: Apache-2.0
 *
 * purge.c: purges by HTTP.
 */
#include "purge.h"

#include "cached.h"
#include "config.h"
#include "forget.h"
#include "log.h"
#include "metrics.h"
#include "zone.h"

#include <http_core.h>
#include <http_protocol.h>
#include <http_request.h>
#include <apr_strings.h>
#include <string.h>

APLOG_USE_MODULE(v8ssr);

static void print(request_rec *r, const v8ssr_forget *forget)
{
    int i;

    ap_set_content_type(r, "application/json");
    apr_table_setn(r->headers_out, "Cache-Control", "no-store");
    ap_rprintf(r, "{\"soft\":%s,\"purged\":[", forget->soft ? "true" : "false");
    for (i = 0; i < forget->tags->nelts; i++) {
        ap_rprintf(r, "%s%s", i > 0 ? "," : "",
                   v8ssr_json_string(
                       r->pool, APR_ARRAY_IDX(forget->tags, i, const char *)));
    }
    ap_rputs("]}\n", r);
}

static int execute(request_rec *r, v8ssr_forget *forget)
{
    if (forget->wrong == NULL && forget->tags->nelts == 0) {
        forget->wrong = "nothing to purge is named";
    }
    if (forget->wrong != NULL) {
        ap_log_rerror(APLOG_MARK, APLOG_WARNING, 0, r,
                      V8SSR_LOGNO(0076) "%s %s: %s", r->method,
                      r->unparsed_uri, forget->wrong);
        return HTTP_BAD_REQUEST;
    }
    v8ssr_forget_now(forget, r->server);
    print(r, forget);
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

static int begin(v8ssr_forget *forget, request_rec *r)
{
    v8ssr_forget_init(forget, r->pool, v8ssr_cached_host(r));
    if (!is_allowed(r)) {
        return HTTP_FORBIDDEN;
    }
    if (v8ssr_zone() == NULL) {
        forget->wrong = "SSRCache is on nowhere";
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
    v8ssr_forget forget;
    int rc = begin(&forget, r);

    if (rc != OK) {
        return rc;
    }
    forget.soft = is_one(apr_table_get(r->headers_in, "SSR-Purge-Soft"));
    if (tags != NULL) {
        v8ssr_forget_tags(&forget, tags);
    }
    else if (is_one(apr_table_get(r->headers_in, "SSR-Purge-All"))) {
        v8ssr_forget_all(&forget);
    }
    else {
        v8ssr_forget_path(&forget, r->uri);
    }
    return execute(r, &forget);
}

/* --- the handler ------------------------------------------------------------------ */

static void set_argument(v8ssr_forget *forget, const char *name,
                         const char *value)
{
    if (strcmp(name, "url") == 0) {
        v8ssr_forget_path(forget, value);
    }
    else if (strcmp(name, "prefix") == 0) {
        v8ssr_forget_path(forget, apr_pstrcat(forget->p, value, "*", NULL));
    }
    else if (strcmp(name, "tag") == 0) {
        v8ssr_forget_tags(forget, value);
    }
    else if (strcmp(name, "all") == 0 && is_one(value)) {
        v8ssr_forget_all(forget);
    }
    else if (strcmp(name, "soft") == 0) {
        forget->soft = is_one(value);
    }
    else if (strcmp(name, "host") != 0) {
        forget->wrong = "url=, prefix=, tag=, all=1, host= or soft=1 was "
                       "expected";
    }
}

/* host= counts for all that is beside it. */
static void read_arguments(v8ssr_forget *forget, const char *args,
                           int hosts_only)
{
    apr_pool_t *p = forget->p;
    char *state;
    char *pair = apr_pstrdup(p, args != NULL ? args : "");

    for (pair = apr_strtok(pair, "&", &state); pair != NULL;
         pair = apr_strtok(NULL, "&", &state)) {
        char *value = strchr(pair, '=');

        value = value != NULL ? value : pair + strlen(pair);
        if (*value == '=') {
            *value++ = '\0';
        }
        if (ap_unescape_urlencoded(value) != OK) {
            forget->wrong = "an escape in the query is wrong";
        }
        else if (!hosts_only) {
            set_argument(forget, pair, value);
        }
        else if (strcmp(pair, "host") == 0) {
            forget->host = rcache_host_normalise(p, rcache_span_of(value), 0)
                              .data;
        }
    }
}

int v8ssr_purge_handler(request_rec *r)
{
    v8ssr_forget forget;
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
        rc = begin(&forget, r);
    }
    if (rc != OK) {
        return rc;
    }
    read_arguments(&forget, r->args, 1);
    read_arguments(&forget, r->args, 0);
    return execute(r, &forget);
}
