/* SPDX-License-Identifier: Apache-2.0
 *
 * route.h: which bundle answers a request.
 */
#ifndef V8SSR_ROUTE_H
#define V8SSR_ROUTE_H

#include "config.h"

/* What SSRManifest says, else SSRUse, else the longest SSRMap prefix, else the
 * only bundle there is; NULL when none of these says, or the manifest leaves the
 * request to httpd. */
v8ssr_bundle *v8ssr_route(const request_rec *r);

/* The same for a URL (path, escaped, and query) of a server, outside any
 * request: a <Location>'s SSRUse is not looked at. */
v8ssr_bundle *v8ssr_route_url(apr_pool_t *p, const server_rec *s,
                              const char *url);

/* The decoded path of such a URL. */
const char *v8ssr_path_of_url(apr_pool_t *p, const char *url);

#endif /* V8SSR_ROUTE_H */
