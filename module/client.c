/* SPDX-License-Identifier: Apache-2.0
 *
 * client.c: httpd says that a client has gone when it writes to it; a render
 * that has nothing to write yet must ask the socket.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE /* POLLRDHUP */
#endif
#include "client.h"

#include <http_core.h>
#include <apr_portable.h>
#include <poll.h>

/* How often a client is looked at; short renders cost no look. */
#define LOOK_MS 250u

int v8ssr_client_is_gone(const request_rec *r)
{
    conn_rec *c = r->connection;
    struct pollfd look = {-1, POLLRDHUP, 0};
    apr_socket_t *socket;
    apr_os_sock_t fd;

    if (c->aborted) {
        return 1;
    }
    if (c->master != NULL) {
        return 0; /* an HTTP/2 stream has no socket; mod_http2 sets aborted */
    }
    socket = ap_get_conn_socket(c);
    if (socket == NULL || apr_os_sock_get(&fd, socket) != APR_SUCCESS) {
        return 0;
    }
    look.fd = fd;
    return poll(&look, 1, 0) > 0 &&
           (look.revents & (POLLRDHUP | POLLHUP | POLLERR)) != 0;
}

int v8ssr_client_next(const request_rec *r, v8pool_job *job, int is_wanted,
                      v8pool_event *event)
{
    while (!v8pool_job_wait(job, event, LOOK_MS)) {
        if (!is_wanted && v8ssr_client_is_gone(r)) {
            return 0;
        }
    }
    return 1;
}
