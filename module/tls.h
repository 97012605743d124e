/* SPDX-License-Identifier: Apache-2.0
 *
 * tls.h: whether clients of a host speak TLS, told from the configuration.  What
 * httpd says of that (ap_http_scheme()) is about a connection.
 */
#ifndef V8SSR_TLS_H
#define V8SSR_TLS_H

#include <httpd.h>

/* SSLEngine, else Listen PORT https (or 443).  In a child, or later. */
int v8ssr_speaks_tls(server_rec *s);

#endif /* V8SSR_TLS_H */
