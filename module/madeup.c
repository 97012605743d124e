/* SPDX-License-Identifier: Apache-2.0
 *
 * madeup.c: what ap_read_request() and ap_process_request_internal() do for a
 * client, without the steps that are about clients.
 */
#include "madeup.h"

#include "config.h"
#include "request.h"
#include "tls.h"

#include <ap_mpm.h>
#include <http_config.h>
#include <http_core.h>
#include <http_main.h>
#include <http_protocol.h>
#include <http_request.h>
#include <util_filter.h>
#include <apr_strings.h>
#include <string.h>

#define SINK "V8SSR_SINK"

/* Where a client's connection would be. */
static apr_status_t sink(ap_filter_t *f, apr_bucket_brigade *bb)
{
    (void)f;
    return bb != NULL ? apr_brigade_cleanup(bb) : APR_SUCCESS;
}

/* What of a made-up request is ours; NULL for those of clients. */
struct madeup {
    int tls;
};

static int is_tls(const request_rec *r)
{
    const struct madeup *madeup =
        ap_get_module_config(r->request_config, &v8ssr_module);

    return madeup != NULL && madeup->tls;
}

/* mod_ssl looks at the connection. */
static const char *scheme(const request_rec *r)
{
    return is_tls(r) ? "https" : NULL;
}

static apr_port_t default_port(const request_rec *r)
{
    return is_tls(r) ? 443 : 0;
}

void v8ssr_madeup_register(apr_pool_t *p)
{
    (void)p;
    ap_hook_http_scheme(scheme, NULL, NULL, APR_HOOK_REALLY_FIRST);
    ap_hook_default_port(default_port, NULL, NULL, APR_HOOK_REALLY_FIRST);
    ap_register_output_filter(SINK, sink, NULL, AP_FTYPE_NETWORK);
}

conn_rec *v8ssr_madeup_connection(apr_pool_t *p)
{
    conn_rec *c = apr_pcalloc(p, sizeof(*c));

    c->pool = p;
    c->base_server = ap_server_conf;
    c->bucket_alloc = apr_bucket_alloc_create(p);
    c->conn_config = ap_create_conn_config(p);
    c->notes = apr_table_make(p, 2);
    c->cs = apr_pcalloc(p, sizeof(*c->cs));
    c->local_ip = c->client_ip = apr_pstrdup(p, "127.0.0.1");
    if (apr_sockaddr_info_get(&c->client_addr, c->client_ip, APR_INET, 0, 0,
                              p) != APR_SUCCESS) {
        return NULL;
    }
    c->local_addr = c->client_addr;
    c->keepalive = AP_CONN_CLOSE;
    ap_add_output_filter(SINK, NULL, NULL, c);
    return c;
}

/* As a client names it who has the site's address from its ServerName. */
static void set_host(request_rec *r)
{
    const server_rec *s = r->server;
    const char *name = s->server_hostname != NULL ? s->server_hostname
                                                  : "localhost";

    r->hostname = name;
    if (s->port != 0 && !ap_is_default_port(s->port, r)) {
        name = apr_psprintf(r->pool, "%s:%u", name, s->port);
    }
    apr_table_setn(r->headers_in, "Host", name);
}

/* Once it has been parsed.  0: httpd would refuse it. */
static int clean_path(request_rec *r)
{
    const core_server_config *core =
        ap_get_core_module_config(r->server->module_config);
    const core_dir_config *d = ap_get_core_module_config(r->per_dir_config);
    unsigned flags = AP_NORMALIZE_DECODE_UNRESERVED;

    if (core->merge_slashes != AP_CORE_CONFIG_OFF) {
        flags |= AP_NORMALIZE_MERGE_SLASHES;
    }
    return r->status == HTTP_OK && r->uri[0] == '/' &&
           ap_normalize_path(r->uri, flags) &&
           (d->allow_encoded_slashes
                ? ap_unescape_url_keep2f(r->uri, d->decode_encoded_slashes)
                : ap_unescape_url(r->uri)) == OK;
}

static request_rec *make(conn_rec *c, server_rec *s, const char *coding)
{
    struct madeup *madeup;
    request_rec *r;

    c->base_server = s;
    r = ap_create_request(c);
    madeup = apr_pcalloc(r->pool, sizeof(*madeup));
    madeup->tls = v8ssr_speaks_tls(s);
    ap_set_module_config(r->request_config, &v8ssr_module, madeup);
    r->server = s;
    r->per_dir_config = s->lookup_defaults;
    r->request_time = apr_time_now();
    r->method = "GET";
    r->method_number = M_GET;
    r->protocol = "HTTP/1.1";
    r->proto_num = HTTP_VERSION(1, 1);
    set_host(r);
    if (coding != NULL) {
        apr_table_setn(r->headers_in, "Accept-Encoding", coding);
    }
    return r;
}

/* As ap_run_post_read_request(), but for the MPM's own: mpm_event looks there for
 * the state of a connection that it accepted. */
static int post_read(request_rec *r)
{
    const apr_array_header_t *hooks = ap_hook_get_post_read_request();
    const char *mpm = ap_show_mpm();
    int i, rc = OK;

    for (i = 0; hooks != NULL && i < hooks->nelts; i++) {
        const ap_LINK_post_read_request_t *hook =
            &APR_ARRAY_IDX(hooks, i, ap_LINK_post_read_request_t);

        if (strncmp(hook->szName, mpm, strlen(mpm)) != 0) {
            rc = hook->pFunc(r);
        }
        if (rc != OK && rc != DECLINED) {
            return 0;
        }
    }
    return 1;
}

static int walk(request_rec *r)
{
    return ap_location_walk(r) == OK && ap_if_walk(r) == OK;
}

static int is_ok(int rc)
{
    return rc == OK || rc == DECLINED;
}

/* <Location> twice, as httpd does it: what translates a name may change it. */
static int reach_handler(request_rec *r)
{
    return walk(r) && ap_run_translate_name(r) == OK &&
           is_ok(ap_run_map_to_storage(r)) && walk(r) &&
           is_ok(ap_run_header_parser(r)) && is_ok(ap_run_fixups(r)) &&
           v8ssr_is_ours(r);
}

/* As ap_invoke_handler() does it.  1: all can be used. */
static int insert_filters(request_rec *r)
{
    ap_filter_t *f;

    ap_run_insert_filter(r);
    for (f = r->output_filters; f != NULL; f = f->next) {
        if (f->frec->filter_init_func != NULL &&
            f->frec->filter_init_func(f) != OK) {
            return 0;
        }
    }
    return 1;
}

request_rec *v8ssr_madeup_request(conn_rec *c, server_rec *s, const char *url,
                                  const char *coding)
{
    request_rec *r = make(c, s, coding);

    r->the_request = apr_pstrcat(r->pool, "GET ", url, " HTTP/1.1", NULL);
    ap_parse_uri(r, url);
    if (!post_read(r) || !clean_path(r) || !reach_handler(r) ||
        !insert_filters(r)) {
        apr_pool_destroy(r->pool);
        return NULL;
    }
    return r;
}
