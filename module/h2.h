/* SPDX-License-Identifier: Apache-2.0
 *
 * h2.h: requests that wait and hold a worker thread of mod_http2.  Its requests run on
 * threads of its own (H2MaxWorkers), of which there may be fewer than the pool
 * takes renders: some are kept for what does not wait.
 */
#ifndef V8SSR_H2_H
#define V8SSR_H2_H

#include <httpd.h>

/* Thread: main, while the child starts. */
void v8ssr_h2_child_init(server_rec *s);

/* Before a render, or before a wait for another request's render, on the request's
 * thread.  1: it may wait on this thread,
 * until v8ssr_h2_leave() with the same *holds; requests over HTTP/1.1 always
 * may.  0: too many do. */
int v8ssr_h2_enter(const request_rec *r, int *holds);
void v8ssr_h2_leave(const request_rec *r, int holds);

/* It may not: one line in the log, Retry-After.  Returns the HTTP status. */
int v8ssr_h2_refused(request_rec *r, const char *bundle);

#endif /* V8SSR_H2_H */
