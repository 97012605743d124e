/* SPDX-License-Identifier: Apache-2.0
 *
 * request.c: claims a request when its URL is translated, keeps it away from
 * the file system, and renders it once access control has let it through.
 */
#include "request.h"

#include "body.h"
#include "config.h"
#include "log.h"
#include "purge.h"
#include "render.h"
#include "route.h"
#include "routes.h"
#include "upload.h"

#include <http_core.h>
#include <http_protocol.h>
#include <http_request.h>
#include <apr_strings.h>
#include <string.h>

APLOG_USE_MODULE(v8ssr);

#define HANDLER "v8ssr-render"

/* In place of a file name, as mod_proxy's "proxy:". */
#define CLAIMED "v8ssr:"

static int is_claimed(const request_rec *r)
{
    return r->filename != NULL &&
           strncmp(r->filename, CLAIMED, sizeof(CLAIMED) - 1) == 0;
}

/* Hashed assets of a build: a missing one is a 404 of the server's, not
 * a page (a bundle would answer it with HTML and status 200). */
static int is_asset(const char *uri)
{
    return strncmp(uri, "/assets/", sizeof("/assets/") - 1) == 0;
}

static int is_file(request_rec *r)
{
    apr_finfo_t info;
    const char *path;
    size_t n = strlen(r->uri);

    if (r->uri[n - 1] == '/') {
        return 0; /* spares a page its system call */
    }
    path = apr_pstrcat(r->pool, ap_document_root(r), r->uri, NULL);
    return apr_stat(&info, path, APR_FINFO_TYPE, r->pool) == APR_SUCCESS &&
           info.filetype == APR_REG;
}

/* SSRManifest: "ssr": false, excluded, or not in a list of all that there is. */
static int is_left(const request_rec *r)
{
    const v8ssr_route_rule *rule = v8ssr_rule_of(r);

    return rule != NULL && !rule->ssr;
}

int v8ssr_translate_name(request_rec *r)
{
    if (v8ssr_dir_config_of(r)->engine != 1 || r->proxyreq ||
        r->uri[0] != '/') {
        return DECLINED;
    }
    if (!v8ssr_purge_is_asked(r) &&
        (is_asset(r->uri) || is_left(r) || is_file(r))) {
        return DECLINED;
    }
    r->filename = apr_pstrcat(r->pool, CLAIMED, r->uri, NULL);
    return OK;
}

/* OK ends the hook: no directory walk, no .htaccess.  <Location> applies. */
int v8ssr_map_to_storage(request_rec *r)
{
    return is_claimed(r) ? OK : DECLINED;
}

/* OK ends the hook: what mod_mime reads into an extension (".de", ".gz") is
 * about files. */
int v8ssr_type_checker(request_rec *r)
{
    return is_claimed(r) ? OK : DECLINED;
}

int v8ssr_fixups(request_rec *r)
{
    if (is_claimed(r) && r->handler == NULL) {
        r->handler = HANDLER;
        return OK;
    }
    return DECLINED;
}

int v8ssr_is_ours(const request_rec *r)
{
    return r->handler != NULL && strcmp(r->handler, HANDLER) == 0;
}

/* A bundle that renders URLs knows nothing of methods. */
static int takes_method(const request_rec *r)
{
    const v8ssr_bundle *bundle;

    switch (r->method_number) {
    case M_GET:
        return 1;
    case M_POST:
    case M_PUT:
    case M_PATCH:
    case M_DELETE:
    case M_OPTIONS:
        bundle = v8ssr_route(r);
        return v8ssr_max_body(v8ssr_dir_config_of(r)) > 0 && bundle != NULL &&
               bundle->loaded != NULL &&
               v8pool_bundle_takes_requests(bundle->loaded);
    default:
        return 0;
    }
}

static int refuse_body(request_rec *r, int rc)
{
    ap_log_rerror(APLOG_MARK, APLOG_INFO, 0, r,
                  V8SSR_LOGNO(0087) "%s %s: its body is not for a bundle: "
                                    "status %d (SSRMaxRequestBody)",
                  r->method, r->uri, rc);
    return rc;
}

/* Others of the isolate go on while one of them waits for its client; where
 * there may be none, no render does. */
static int streams_body(const request_rec *r)
{
    return v8ssr_upload_fits(r) &&
           v8ssr_isolate_concurrency(v8ssr_server_config_of(r->server)) > 1;
}

/* 413 for one that says so itself. */
static int is_too_long(const request_rec *r, apr_off_t most)
{
    const char *length = apr_table_get(r->headers_in, "Content-Length");
    apr_off_t bytes;

    return length != NULL && ap_parse_strict_length(&bytes, length) &&
           bytes > most;
}

static int render_with_body(request_rec *r)
{
    apr_off_t most = v8ssr_max_body(v8ssr_dir_config_of(r));
    int rc;

    if (is_too_long(r, most)) {
        return refuse_body(r, HTTP_REQUEST_ENTITY_TOO_LARGE);
    }
    if (streams_body(r)) {
        v8ssr_upload_begin(r, most);
        rc = v8ssr_render(r);
        if (rc != OK) {
            v8ssr_upload_close(r); /* the answer is httpd's */
        }
        return rc;
    }
    rc = v8ssr_body_read(r, most);
    return rc == OK ? v8ssr_render(r) : refuse_body(r, rc);
}

int v8ssr_handler(request_rec *r)
{
    int rc;

    if (!v8ssr_is_ours(r)) {
        return DECLINED;
    }
    if (v8ssr_purge_is_asked(r)) {
        rc = ap_discard_request_body(r);
        return rc == OK ? v8ssr_purge_method(r) : rc;
    }
    if (!takes_method(r)) {
        ap_allow_standard_methods(r, REPLACE_ALLOW, M_GET, -1);
        return HTTP_METHOD_NOT_ALLOWED;
    }
    if (r->method_number == M_GET) { /* HEAD is a GET to httpd */
        rc = ap_discard_request_body(r);
        return rc == OK ? v8ssr_render(r) : rc;
    }
    return render_with_body(r);
}
