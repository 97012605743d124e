/* SPDX-License-Identifier: Apache-2.0
 *
 * linger.c: a connection filter.  When a response is out, httpd looks without
 * waiting whether the next request is there (check_pipeline); where it finds
 * one it stays in the worker, which spares two context switches.
 */
#include "linger.h"

#include "config.h"

#include <ap_mpm.h>
#include <http_core.h>
#include <util_filter.h>
#include <apr_poll.h>
#include <apr_portable.h>
#include <errno.h>
#include <poll.h>
#include <stdatomic.h>

#define NAME "V8SSR_LINGER"

struct v8ssr_linger {
    int armed;              /* the last response came from the cache */
    int ms;
    apr_socket_t *socket;
};

/* Workers of this child that wait.  At most half of them may: the others are
 * for connections that have something to say. */
static _Atomic int waiting;

static int may_wait(void)
{
    int threads = 2;

    ap_mpm_query(AP_MPMQ_MAX_THREADS, &threads);
    if (atomic_fetch_add(&waiting, 1) < threads / 2) {
        return 1;
    }
    atomic_fetch_sub(&waiting, 1);
    return 0;
}

/* 1: there is something to read, or the end. */
static int wait_readable(const struct v8ssr_linger *linger)
{
    struct pollfd fd = {-1, POLLIN, 0};
    int rc;

    if (apr_os_sock_get(&fd.fd, linger->socket) != APR_SUCCESS ||
        !may_wait()) {
        return 0;
    }
    rc = poll(&fd, 1, linger->ms);
    atomic_fetch_sub(&waiting, 1);
    return rc > 0;
}

/* What of the response waits for more to come.  1: all is written.  As mpm_event
 * does it: httpd 2.4 has no function for it. */
static int write_pending(conn_rec *c)
{
    ap_filter_t *last = c->output_filters;

    if (!c->data_in_output_filters) {
        return 1;
    }
    while (last->next != NULL) {
        last = last->next;
    }
    return last->frec->filter_func.out_func(last, NULL) == APR_SUCCESS &&
           !c->data_in_output_filters;
}

static apr_status_t filter(ap_filter_t *f, apr_bucket_brigade *bb,
                           ap_input_mode_t mode, apr_read_type_e block,
                           apr_off_t bytes)
{
    struct v8ssr_linger *linger = f->ctx;
    apr_status_t rv = ap_get_brigade(f->next, bb, mode, block, bytes);

    if (!linger->armed || mode != AP_MODE_SPECULATIVE ||
        block != APR_NONBLOCK_READ) {
        return rv;
    }
    linger->armed = 0;
    if (!APR_STATUS_IS_EAGAIN(rv) &&
        !(rv == APR_SUCCESS && APR_BRIGADE_EMPTY(bb))) {
        return rv;
    }
    /* A client that does not read is the listener's to wait for. */
    if (!write_pending(f->c) || !wait_readable(linger)) {
        return rv;
    }
    return ap_get_brigade(f->next, bb, mode, block, bytes);
}

void v8ssr_linger_register(apr_pool_t *p)
{
    (void)p;
    ap_register_input_filter(NAME, filter, NULL, AP_FTYPE_CONNECTION);
}

int v8ssr_linger_pre_connection(conn_rec *c, void *socket)
{
    const v8ssr_server_config *s = v8ssr_server_config_of(c->base_server);
    struct v8ssr_linger *linger;

    if (s->cache.linger <= 0 || c->master != NULL) {
        return DECLINED;
    }
    linger = apr_pcalloc(c->pool, sizeof(*linger));
    linger->ms = (int)apr_time_as_msec(s->cache.linger);
    linger->socket = socket;
    ap_set_module_config(c->conn_config, &v8ssr_module, linger);
    ap_add_input_filter(NAME, linger, NULL, c);
    return OK;
}

void v8ssr_linger_after(request_rec *r)
{
    struct v8ssr_linger *linger = ap_get_module_config(r->connection->conn_config,
                                                 &v8ssr_module);

    if (linger != NULL && r->connection->keepalive == AP_CONN_KEEPALIVE) {
        linger->armed = 1;
    }
}
