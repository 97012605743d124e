/* SPDX-License-Identifier: Apache-2.0
 *
 * route_manifest.h: a route manifest (docs/route-manifest.md) out of its JSON
 * text, checked fully but for the names of bundles.  Knows neither httpd nor
 * files.  Not the manifest of `v8ssr snapshot`, which is manifest.h's.
 *
 * Thread: any.  Owns: all lives in the pool; never changed once it is read.
 */
#ifndef V8SSR_ROUTE_MANIFEST_H
#define V8SSR_ROUTE_MANIFEST_H

#include "route_table.h"

#include <apr_time.h>

#define V8SSR_ROUTES_MOST 10000
#define V8SSR_ROUTE_MANIFEST_BYTES (4 * 1024 * 1024)
#define V8SSR_ROUTE_TAGS 32

#define V8SSR_ROUTE_UNSAID (-1)

/* What a route says, and V8SSR_ROUTE_UNSAID or NULL where it says nothing. */
typedef struct v8ssr_route_rule {
    const char *path;  /* as it is written */
    const char *place; /* "routes[3]" */
    const char *bundle;
    int ssr; /* 0: httpd's */
    int cache;
    int streaming; /* V8SSR_ROUTE_STREAMING_… */
    apr_interval_time_t ttl, swr, stale_if_error; /* microseconds */
    const apr_array_header_t *tags; /* const char *, as cache/tags.h has them */
} v8ssr_route_rule;

enum {
    V8SSR_ROUTE_STREAMING_OFF,
    V8SSR_ROUTE_STREAMING_AUTO,
    V8SSR_ROUTE_STREAMING_ON
};

typedef struct v8ssr_route_manifest {
    v8ssr_route_table excluded; /* goes before the others: _routes.json */
    v8ssr_route_table routes;
    int is_list; /* same: what it does not name is httpd's */
    const apr_array_header_t *rules; /* v8ssr_route_rule *, as written */
    int caches;                      /* a route has "cache": true */
} v8ssr_route_manifest;

/* NULL, or one line: the place and what was expected.  name goes before it. */
const char *v8ssr_route_manifest_read(apr_pool_t *p, const char *name,
                                      const char *text, size_t length,
                                      v8ssr_route_manifest *manifest);

/* What is said of a path, decoded; NULL: nothing. */
const v8ssr_route_rule *
v8ssr_route_manifest_find(const v8ssr_route_manifest *manifest,
                          const char *path);

#endif /* V8SSR_ROUTE_MANIFEST_H */
