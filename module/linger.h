/* SPDX-License-Identifier: Apache-2.0
 *
 * linger.h: SSRKeepAliveWait: a worker that sent a page from the cache waits a
 * moment for the client's next request, before the connection goes back to
 * mpm_event's listener and from there to another worker.
 */
#ifndef V8SSR_LINGER_H
#define V8SSR_LINGER_H

#include <httpd.h>

void v8ssr_linger_register(apr_pool_t *p);

/* pre_connection hook. */
int v8ssr_linger_pre_connection(conn_rec *c, void *socket);

/* A page from the cache was sent. */
void v8ssr_linger_after(request_rec *r);

#endif /* V8SSR_LINGER_H */
