/* SPDX-License-Identifier: Apache-2.0
 *
 * ask.c: makes the pool's request of httpd's.
 */
#include "ask.h"

#include "body.h"
#include "child.h"
#include "config.h"
#include "fetch.h"
#include "poison.h"
#include "sandbox.h"
#include "upload.h"

#include <http_core.h>
#include <http_protocol.h>
#include <apr_lib.h>
#include <apr_strings.h>
#include <apr_uri.h>

static char *lower_case(apr_pool_t *p, const char *text)
{
    char *copy = apr_pstrdup(p, text);

    ap_str_tolower(copy);
    return copy;
}

/* The bundle sees what the key holds, so that the page is the same for all who
 * get it. */
static void fill_headers(request_rec *r, const v8ssr_cached *cached,
                         v8pool_request *request)
{
    const v8ssr_dir_config *d = v8ssr_dir_config_of(r);
    const apr_array_header_t *fields = apr_table_elts(r->headers_in);
    const apr_table_entry_t *field = (const void *)fields->elts;
    v8pool_header *headers =
        apr_palloc(r->pool, ((size_t)fields->nelts + 1) * sizeof(*headers));
    size_t count = 0;
    int i;

    for (i = 0; i < fields->nelts; i++) {
        if (field[i].key != NULL && v8ssr_sandbox_shows(d, field[i].key) &&
            v8ssr_cached_shows(cached, field[i].key)) {
            headers[count].name = lower_case(r->pool, field[i].key);
            headers[count++].value = field[i].val;
        }
    }
    if (cached != NULL && cached->cookie != NULL &&
        v8ssr_sandbox_shows(d, "cookie")) {
        headers[count].name = "cookie";
        headers[count++].value = cached->cookie;
    }
    request->headers = headers;
    request->header_count = count;
}

/* The path that access control saw, not the raw one: "/admin/../x" must mean
 * the same to both. */
static const char *url_of(request_rec *r, const v8ssr_cached *cached)
{
    const char *path = ap_escape_uri(r->pool, r->uri);
    const char *query = r->args;

    if (cached != NULL) {
        query = *cached->query != '\0' ? cached->query : NULL;
    }
    return query != NULL ? apr_pstrcat(r->pool, path, "?", query, NULL) : path;
}

/* What the client says its host is must not be in a page that clients of other
 * hosts get. */
static const char *origin_of(request_rec *r, const v8ssr_cached *cached)
{
    const server_rec *s = r->server;
    const char *scheme = s->server_scheme != NULL ? s->server_scheme : "http";
    const char *port = "";

    if (cached == NULL || cached->spec.host) {
        return ap_construct_url(r->pool, "", r);
    }
    if (s->port != 0 && s->port != apr_uri_port_of_scheme(scheme)) {
        port = apr_psprintf(r->pool, ":%u", s->port);
    }
    return apr_pstrcat(r->pool, scheme, "://",
                       s->server_hostname != NULL ? s->server_hostname
                                                  : "localhost",
                       port, NULL);
}

/* A HEAD that is to be stored renders as the GET that others will send. */
static void fill_request(request_rec *r, const v8ssr_cached *cached,
                         v8pool_request *request)
{
    const v8ssr_dir_config *d = v8ssr_dir_config_of(r);
    const v8ssr_body *body = v8ssr_body_of(r);

    v8pool_request_init(request);
    request->method = cached != NULL ? "GET" : r->method;
    if (body != NULL) {
        request->body = body->data;
        request->body_length = body->length;
    }
    request->body_streamed = v8ssr_upload_of(r) != NULL;
    request->url = url_of(r, cached);
    request->origin = origin_of(r, cached);
    request->env = d->env;
    request->queue_ms = (uint32_t)apr_time_as_msec(
        v8ssr_queue_wait(v8ssr_server_config_of(r->server)));
    request->timeout_ms = (uint32_t)apr_time_as_msec(v8ssr_timeout(d));
    request->cpu_ms = (uint32_t)apr_time_as_msec(v8ssr_cpu_limit(d));
    request->max_response_bytes = (size_t)v8ssr_max_response(d);
    request->fresh = v8ssr_scope(d) == V8SSR_SCOPE_REQUEST;
    request->wrapped_in = v8ssr_template_of(d);
    fill_headers(r, cached, request);
    v8ssr_fetch_fill(r, request);
}

v8pool_status v8ssr_ask(request_rec *r, const v8ssr_bundle *bundle,
                        const v8ssr_cached *cached, v8pool_job **job,
                        const v8ssr_host **host)
{
    v8pool_request request;

    fill_request(r, cached, &request);
    request.owner = v8ssr_poison_owner(bundle);
    *host = v8ssr_host_make(r, bundle,
                            cached != NULL ? cached->host
                                           : v8ssr_cached_host(r),
                            &request.host);
    return v8pool_submit(v8ssr_child_pool(), bundle->loaded, &request, job);
}
