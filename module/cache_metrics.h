/* SPDX-License-Identifier: Apache-2.0
 *
 * cache_metrics.h: the render cache in v8ssr-status, in each of its formats.
 * Nothing, or null, in a child without a cache.
 */
#ifndef V8SSR_CACHE_METRICS_H
#define V8SSR_CACHE_METRICS_H

#include <httpd.h>

void v8ssr_cache_print_html(request_rec *r);
/* The member "cache".  validate: looks at every entry; locks each shard in
 * turn, in which meanwhile nothing can be stored. */
void v8ssr_cache_print_json(request_rec *r, int validate);
void v8ssr_cache_print_prometheus(request_rec *r);

#endif /* V8SSR_CACHE_METRICS_H */
