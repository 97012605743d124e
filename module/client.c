/* SPDX-License-Identifier: Apache-2.0
 *
 * client.c: httpd says that a client has gone when it writes to it; a render
 * that has nothing to write yet must ask the socket.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE /* POLLRDHUP */
#endif
#include "client.h"

#include "upload.h"

#include <http_core.h>
#include <apr_portable.h>
#include <poll.h>

/* How often a client is looked at; short renders cost no look. */
#define LOOK_MS 250u

int v8ssr_client_socket(const request_rec *r)
{
    apr_socket_t *socket = NULL;
    apr_os_sock_t fd;

    if (r->connection->master == NULL) {
        socket = ap_get_conn_socket(r->connection);
    }
    return socket != NULL && apr_os_sock_get(&fd, socket) == APR_SUCCESS ? fd
                                                                         : -1;
}

/* Of an HTTP/2 stream mod_http2 says so. */
int v8ssr_client_is_gone(const request_rec *r)
{
    struct pollfd look = {v8ssr_client_socket(r), POLLRDHUP, 0};

    if (r->connection->aborted) {
        return 1;
    }
    return look.fd >= 0 && poll(&look, 1, 0) > 0 &&
           (look.revents & (POLLRDHUP | POLLHUP | POLLERR)) != 0;
}

/* In milliseconds, not longer than a look. */
static unsigned wait_ms(apr_time_t until)
{
    apr_interval_time_t left;

    if (until == 0) {
        return LOOK_MS;
    }
    left = until - apr_time_now();
    return left <= 0 ? 0
           : left < apr_time_from_msec(LOOK_MS)
               ? (unsigned)apr_time_as_msec(left) + 1
               : LOOK_MS;
}

static int wait_for_event(const request_rec *r, v8pool_job *job,
                          uint32_t ms, v8pool_event *event)
{
    v8ssr_upload *upload = v8ssr_upload_of(r);

    return upload != NULL ? v8ssr_upload_wait(upload, job, ms, event)
                          : v8pool_job_wait(job, event, ms);
}

enum v8ssr_client v8ssr_client_wait(const request_rec *r, v8pool_job *job,
                                    int is_wanted, apr_time_t until,
                                    v8pool_event *event)
{
    if (wait_for_event(r, job, wait_ms(until), event)) {
        return V8SSR_CLIENT_EVENT;
    }
    if (!is_wanted && v8ssr_client_is_gone(r)) {
        return V8SSR_CLIENT_GONE;
    }
    return until != 0 && apr_time_now() >= until ? V8SSR_CLIENT_LATE
                                                 : V8SSR_CLIENT_LOOK;
}

int v8ssr_client_next(const request_rec *r, v8pool_job *job, int is_wanted,
                      v8pool_event *event)
{
    enum v8ssr_client came;

    do {
        came = v8ssr_client_wait(r, job, is_wanted, 0, event);
    } while (came == V8SSR_CLIENT_LOOK);
    return came == V8SSR_CLIENT_EVENT;
}
