/* SPDX-License-Identifier: Apache-2.0
 *
 * fetch.c: policies of renders; the mark.
 *
 * A render's fetch() of this server's own pages is a request as any other, in
 * this child or another one.  It carries a field with a secret that all
 * children know, so that a client can neither forge it nor see it.
 */
#include "fetch.h"

#include "log.h"
#include "retained.h"

#include <ap_listen.h>
#include <http_core.h>
#include <http_protocol.h>
#include <http_main.h>
#include <http_ssl.h>
#include <apr_general.h>
#include <apr_lib.h>
#include <apr_strings.h>
#include <string.h>

APLOG_USE_MODULE(v8ssr);

#define MARK "SSR-Subrequest"
#define NOTE "v8ssr-subrequest"
#define RETAINED "mod_v8ssr fetch " V8POOL_VERSION
#define SECRET_BYTES 16

struct retained {
    v8pool_fetch_counts *counts;
    char secret[2 * SECRET_BYTES + 1]; /* kept over restarts: children of the
                                          last generation still use it */
};

static struct retained *retained(void)
{
    return v8ssr_retained(RETAINED, sizeof(struct retained));
}

v8pool_fetch_counts *v8ssr_fetch_counts(void)
{
    return retained()->counts;
}

/* --- the mark ----------------------------------------------------------------------- */

static apr_status_t make_secret(char *secret)
{
    unsigned char bytes[SECRET_BYTES];
    apr_status_t rv = apr_generate_random_bytes(bytes, sizeof(bytes));

    if (rv == APR_SUCCESS) {
        ap_bin2hex(bytes, sizeof(bytes), secret);
    }
    return rv;
}

int v8ssr_fetch_post_config(apr_pool_t *pconf, apr_pool_t *plog,
                            apr_pool_t *ptemp, server_rec *s)
{
    struct retained *kept = retained();
    apr_status_t rv = APR_SUCCESS;

    (void)pconf;
    (void)plog;
    (void)ptemp;
    if (kept->counts == NULL) {
        kept->counts = v8ssr_map_shared(sizeof(*kept->counts));
        rv = make_secret(kept->secret);
    }
    if (rv != APR_SUCCESS || kept->counts == NULL) {
        ap_log_error(APLOG_MARK, APLOG_CRIT, rv, s,
                     V8SSR_LOGNO(0110) "fetch: no random bytes, or no memory "
                                       "that children share, is to be had");
        return HTTP_INTERNAL_SERVER_ERROR;
    }
    return OK;
}

/* In the same time whatever is wrong with it. */
static int is_secret(const char *value)
{
    const char *secret = retained()->secret;
    int differs = 0;
    size_t i;

    if (strlen(value) != 2 * SECRET_BYTES) {
        return 0;
    }
    for (i = 0; i < 2 * SECRET_BYTES; i++) {
        differs |= value[i] ^ secret[i];
    }
    return differs == 0;
}

int v8ssr_fetch_post_read_request(request_rec *r)
{
    const char *value = apr_table_get(r->headers_in, MARK);

    if (value != NULL) {
        if (is_secret(value)) {
            apr_table_setn(r->notes, NOTE, "1");
        }
        apr_table_unset(r->headers_in, MARK);
    }
    return DECLINED;
}

/* Also of what httpd made of the request: an ErrorDocument, a subrequest. */
int v8ssr_fetch_is_subrequest(const request_rec *r)
{
    while (r != NULL && apr_table_get(r->notes, NOTE) == NULL) {
        r = r->main != NULL ? r->main : r->prev;
    }
    return r != NULL;
}

/* --- policies ------------------------------------------------------------------------ */

static unsigned spare_threads; /* of this child */

void v8ssr_fetch_child_init(const v8ssr_server_config *c)
{
    spare_threads = (unsigned)v8ssr_spare_threads(c);
}

static v8pool_fetch_policy *make_policy(apr_pool_t *p,
                                        const v8ssr_dir_config *d)
{
    v8pool_fetch_policy *policy = apr_palloc(p, sizeof(*policy));

    *policy = v8ssr_fetch_policy_of(&d->fetch);
    policy->local_max = spare_threads;
    policy->local_mark_name = MARK;
    policy->local_mark_value = retained()->secret;
    return policy;
}

static const char *host_in_words(apr_pool_t *p, const v8pool_fetch_host *host)
{
    return apr_psprintf(p, host->port == V8POOL_FETCH_PORT_DEFAULT ? " %s:%s"
                           : host->port == V8POOL_FETCH_PORT_ANY   ? " %s:%s:*"
                                                                   : " %s:%s:%d",
                        host->private_too ? "allow-private" : "allow",
                        host->name, host->port);
}

static void log_policy(request_rec *r, const v8pool_fetch_policy *policy)
{
    const char *hosts = policy->local ? " local" : "";
    size_t i;

    if (!APLOGrdebug(r)) {
        return;
    }
    for (i = 0; i < policy->host_count; i++) {
        hosts = apr_pstrcat(r->pool, hosts,
                            host_in_words(r->pool, &policy->hosts[i]), NULL);
    }
    ap_log_rerror(APLOG_MARK, APLOG_DEBUG, 0, r,
                  V8SSR_LOGNO(0111) "fetch for %s:%s; %u ms, at most %u, "
                                    "breaker %u %u ms, local %u at a time%s",
                  r->uri, *hosts != '\0' ? hosts : " off",
                  (unsigned)policy->timeout_ms, policy->max_fetches,
                  policy->breaker_failures, (unsigned)policy->breaker_ms,
                  policy->local_max,
                  v8ssr_fetch_is_subrequest(r) ? ", is one itself" : "");
}

/* One that clients of the host come to; NULL: it has none. */
static const ap_listen_rec *listener_of(const server_rec *s)
{
    apr_port_t wanted = s->addrs != NULL ? s->addrs->host_port : 0;
    const ap_listen_rec *l = ap_listeners;

    while (l != NULL && wanted != 0 && l->bind_addr->port != wanted) {
        l = l->next;
    }
    return l;
}

static const char *address_of(apr_sockaddr_t *bound)
{
    char *ip = NULL;

    apr_sockaddr_ip_get(&ip, bound);
    return ip == NULL || strcmp(ip, "0.0.0.0") == 0 ? "127.0.0.1"
           : strcmp(ip, "::") == 0                  ? "::1"
                                                    : ip;
}

/* The warm-up's pages come from no connection. */
static void find_place(request_rec *r, v8pool_fetch_place *place)
{
    const ap_listen_rec *l = listener_of(r->server);

    if (l != NULL) {
        place->address = address_of(l->bind_addr);
        place->port = l->bind_addr->port;
        place->tls = strcmp(ap_http_scheme(r), "https") == 0;
    }
}

void v8ssr_fetch_fill(request_rec *r, v8pool_request *request)
{
    v8pool_fetch_policy *policy = make_policy(r->pool, v8ssr_dir_config_of(r));
    conn_rec *c = r->connection;

    log_policy(r, policy);
    request->fetch = policy;
    request->place.subrequest = v8ssr_fetch_is_subrequest(r);
    if (c->local_addr->port == 0) {
        find_place(r, &request->place);
        return;
    }
    request->place.address = c->local_ip;
    request->place.port = c->local_addr->port;
    request->place.tls = ap_ssl_conn_is_ssl(c);
}

void v8ssr_fetch_fill_warmup(apr_pool_t *p, const v8ssr_dir_config *d,
                             v8pool_request *request)
{
    v8pool_fetch_policy *policy = make_policy(p, d);

    policy->local_refused = "the server accepts no requests while it warms up";
    request->fetch = policy;
}
