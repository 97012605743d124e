/* SPDX-License-Identifier: Apache-2.0
 *
 * fallback.c: goes through the ways of SSRFallback.  The shell is a page of its
 * own that httpd serves after an internal redirect, access control and all.
 */
#include "fallback.h"

#include "cache.h"
#include "counts.h"
#include "fetch.h"
#include "log.h"
#include "request.h"

#include <http_core.h>
#include <http_protocol.h>
#include <http_request.h>
#include <util_filter.h>
#include <apr_strings.h>

APLOG_USE_MODULE(v8ssr);

#define NAME "V8SSR_SHELL"

/* For LogFormat; of the request that failed. */
#define NOTE "v8ssr-fallback"

static const v8ssr_fallback_conf *conf_of(const request_rec *r)
{
    static const v8ssr_fallback_conf usual = {
        {V8SSR_WAY_STALE, V8SSR_WAY_ERRORDOCUMENT, V8SSR_WAYS}, 2, NULL, 0};
    const v8ssr_fallback_conf *conf = v8ssr_dir_config_of(r)->fallback;

    return conf != NULL ? conf : &usual;
}

/* --- the shell -------------------------------------------------------------------- */

static int is_shell(const request_rec *r)
{
    return r->prev != NULL && apr_table_get(r->prev->notes, NAME) != NULL;
}

/* A person's browser starts an application in it; a fetch() of another render,
 * or a form that was sent, would take it for the answer.  The page of an
 * ErrorDocument is none: the client is to see the status. */
static int is_for_shell(request_rec *r)
{
    return r->method_number == M_GET && r->main == NULL && r->prev == NULL &&
           !v8ssr_fetch_is_subrequest(r);
}

/* NULL: it is there. */
static const char *why_no_shell(request_rec *r, const char *url)
{
    request_rec *sub = ap_sub_req_lookup_uri(url, r, NULL);
    const char *why = NULL;

    if (sub->status != HTTP_OK) {
        why = apr_psprintf(r->pool, "its status is %d", sub->status);
    }
    else if (v8ssr_is_ours(sub)) {
        why = "it would be rendered itself: a file below DocumentRoot was "
              "expected";
    }
    else if (sub->handler == NULL && sub->finfo.filetype != APR_REG) {
        why = "there is no such file";
    }
    ap_destroy_sub_req(sub);
    return why;
}

static int has_shell(request_rec *r)
{
    const char *url = conf_of(r)->shell;
    const char *why;

    if (!is_for_shell(r)) {
        return 0;
    }
    why = why_no_shell(r, url);
    if (why != NULL) {
        ap_log_rerror(APLOG_MARK, APLOG_ERR, 0, r,
                      V8SSR_LOGNO(0140) "SSRFallback: shell:%s cannot take the "
                                        "place of %s: %s",
                      url, r->uri, why);
    }
    return why == NULL;
}

/* What the client knows of the page is not to be compared with the shell: a 304
 * would tell it that its page is the newest. */
static void drop_conditions(request_rec *r)
{
    static const char *const names[] = {
        "If-Match", "If-Modified-Since", "If-None-Match", "If-Range",
        "If-Unmodified-Since", "Range"};
    size_t i;

    r->headers_in = apr_table_copy(r->pool, r->headers_in);
    for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        apr_table_unset(r->headers_in, names[i]);
    }
}

static void give_shell(request_rec *r)
{
    drop_conditions(r);
    apr_table_unset(r->err_headers_out, "Retry-After");
    apr_table_setn(r->notes, NAME, "");
    ap_internal_redirect(conf_of(r)->shell, r);
}

/* Behind mod_expires and mod_headers, whatever they say of the file: it is kept
 * by nobody in place of the page. */
static apr_status_t no_store(ap_filter_t *f, apr_bucket_brigade *bb)
{
    static const char *const names[] = {"Cache-Control", "Expires", "ETag",
                                        "Last-Modified"};
    request_rec *r = f->r;
    size_t i;

    ap_remove_output_filter(f);
    for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        apr_table_unset(r->headers_out, names[i]);
        apr_table_unset(r->err_headers_out, names[i]);
    }
    apr_table_setn(r->headers_out, "Cache-Control", "no-store");
    return ap_pass_brigade(f->next, bb);
}

void v8ssr_fallback_register(apr_pool_t *p)
{
    (void)p;
    ap_register_output_filter(NAME, no_store, NULL, AP_FTYPE_CONTENT_SET + 2);
}

void v8ssr_fallback_insert_filter(request_rec *r)
{
    if (is_shell(r)) {
        ap_add_output_filter(NAME, NULL, r, r->connection);
    }
}

/* --- the ways ------------------------------------------------------------------------ */

static void note(request_rec *r, const v8ssr_bundle *bundle, v8ssr_way way)
{
    apr_table_setn(r->notes, NOTE, v8ssr_way_name(way));
    atomic_fetch_add_explicit(&bundle->counts->fallbacks[way], 1,
                              memory_order_relaxed);
}

/* The first way that is open from here on. */
static v8ssr_way choose(request_rec *r, v8ssr_cached *cached, rcache_hit *hit)
{
    const v8ssr_fallback_conf *conf = conf_of(r);
    int i;

    for (i = 0; i < conf->count; i++) {
        if (conf->ways[i] == V8SSR_WAY_STALE && cached != NULL &&
            v8ssr_cache_find_stale(r, cached, hit)) {
            return V8SSR_WAY_STALE;
        }
        if (conf->ways[i] == V8SSR_WAY_SHELL && has_shell(r)) {
            return V8SSR_WAY_SHELL;
        }
    }
    return V8SSR_WAY_ERRORDOCUMENT;
}

int v8ssr_fallback_choose(request_rec *r, v8ssr_cached *cached,
                          v8ssr_instead *instead)
{
    instead->way = choose(r, cached, &instead->hit);
    return instead->way != V8SSR_WAY_ERRORDOCUMENT;
}

void v8ssr_fallback_leave(v8ssr_cached *cached, v8ssr_instead *instead)
{
    if (instead->way == V8SSR_WAY_STALE) {
        rcache_release(cached->zone, &instead->hit);
    }
}

int v8ssr_fallback_give(request_rec *r, const v8ssr_bundle *bundle,
                        v8ssr_cached *cached, v8ssr_instead *instead)
{
    note(r, bundle, instead->way);
    if (instead->way == V8SSR_WAY_STALE) {
        apr_table_unset(r->err_headers_out, "Retry-After");
        return v8ssr_cache_give_stale(r, cached, &instead->hit);
    }
    give_shell(r);
    return OK;
}

int v8ssr_fallback(request_rec *r, const v8ssr_bundle *bundle,
                   v8ssr_cached *cached, int rc)
{
    v8ssr_instead instead;

    if (!ap_is_HTTP_ERROR(rc)) {
        return rc; /* declined */
    }
    if (!v8ssr_fallback_choose(r, cached, &instead)) {
        note(r, bundle, V8SSR_WAY_ERRORDOCUMENT);
        return rc;
    }
    return v8ssr_fallback_give(r, bundle, cached, &instead);
}

int v8ssr_fallback_stale(request_rec *r, v8ssr_cached *cached, int *rc)
{
    const v8ssr_fallback_conf *conf = conf_of(r);
    v8ssr_instead instead = {.way = V8SSR_WAY_STALE};

    if (conf->ways[0] != V8SSR_WAY_STALE ||
        !v8ssr_cache_find_stale(r, cached, &instead.hit)) {
        return 0;
    }
    *rc = v8ssr_fallback_give(r, cached->bundle, cached, &instead);
    return 1;
}

/* --- in time ---------------------------------------------------------------------------- */

apr_time_t v8ssr_fallback_until(const request_rec *r)
{
    apr_interval_time_t after = conf_of(r)->after;

    return after > 0 ? r->request_time + after : 0;
}
