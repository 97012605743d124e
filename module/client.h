/* SPDX-License-Identifier: Apache-2.0
 *
 * client.h: waiting for a render while looking whether somebody still wants it.
 */
#ifndef V8SSR_CLIENT_H
#define V8SSR_CLIENT_H

#include "v8pool.h"

#include <httpd.h>

/* It has closed its connection (also if only its sending half: a client that
 * does so without waiting for the answer is told from one that has gone only by
 * sending), or reset its HTTP/2 stream. */
int v8ssr_client_is_gone(const request_rec *r);

/* -1: there is none that could be polled, as for an HTTP/2 stream. */
int v8ssr_client_socket(const request_rec *r);

enum v8ssr_client {
    V8SSR_CLIENT_EVENT,
    V8SSR_CLIENT_GONE,
    V8SSR_CLIENT_LATE,
    V8SSR_CLIENT_LOOK
};

/* As v8ssr_client_next().  LATE: there was no event until then; 0 = never.
 * LOOK: there was none for a moment. */
enum v8ssr_client v8ssr_client_wait(const request_rec *r, v8pool_job *job,
                                    int is_wanted, apr_time_t until,
                                    v8pool_event *event);

/* The next event.  0: the client has gone; never, where is_wanted says that
 * others want the page, too.  Blocks: as v8pool_job_next(). */
int v8ssr_client_next(const request_rec *r, v8pool_job *job, int is_wanted,
                      v8pool_event *event);

#endif /* V8SSR_CLIENT_H */
