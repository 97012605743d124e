/* SPDX-License-Identifier: Apache-2.0
 *
 * madeup.h: requests that no client sent, for pages that are to be in the cache
 * before one does.  They see <Location>, mod_rewrite, mod_headers and the output
 * filters as a client's do; no access control, no log, no network.
 *
 * Thread: a connection and its requests belong to one thread.
 */
#ifndef V8SSR_MADEUP_H
#define V8SSR_MADEUP_H

#include <httpd.h>

/* Once, when hooks are registered. */
void v8ssr_madeup_register(apr_pool_t *p);

/* Goes with the pool. */
conn_rec *v8ssr_madeup_connection(apr_pool_t *p);

/* A GET of url (path and query, as in a request line) from the host's ServerName,
 * as far as its handler, with its output filters; what they let through is
 * dropped.  coding: Accept-Encoding, or NULL.
 * NULL: no bundle answers there.  Owns: apr_pool_destroy(r->pool). */
request_rec *v8ssr_madeup_request(conn_rec *c, server_rec *s, const char *url,
                                  const char *coding);

#endif /* V8SSR_MADEUP_H */
