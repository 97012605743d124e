/* SPDX-License-Identifier: Apache-2.0
 *
 * quick.c: the shortest way through httpd.  No <Location> has been looked at,
 * no filter but those of the protocol is there: only what needs neither is
 * answered.
 */
#include "quick.h"

#include "cache.h"
#include "route.h"

#include <http_config.h>
#include <string.h>

/* Paths that mean what they say: httpd decodes and normalises others later. */
static int is_plain(const char *path)
{
    size_t n = strspn(path, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
                            "0123456789-_~/.");

    return path[0] == '/' && path[n] == '\0' && strstr(path, "//") == NULL &&
           strstr(path, "/.") == NULL;
}

/* Whether SSRCache is on here is asked where the page is looked for: a route may
 * say so, too. */
static int is_quick(const request_rec *r)
{
    return v8ssr_server_config_of(r->server)->cache.quick == 1 &&
           v8ssr_dir_config_of(r)->engine == 1 &&
           r->method_number == M_GET && !r->proxyreq && is_plain(r->uri);
}

int v8ssr_quick_handler(request_rec *r, int lookup)
{
    const v8ssr_bundle *bundle;

    if (lookup || !is_quick(r) || (bundle = v8ssr_route(r)) == NULL) {
        return DECLINED;
    }
    if (v8ssr_canary_has(r, bundle)) {
        return DECLINED; /* choosing has side effects */
    }
    return v8ssr_cache_quick(r, bundle);
}
