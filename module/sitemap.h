/* SPDX-License-Identifier: Apache-2.0
 *
 * sitemap.h: the URLs in a site's sitemap (sitemaps.org), a local file.
 */
#ifndef V8SSR_SITEMAP_H
#define V8SSR_SITEMAP_H

#include <httpd.h>
#include <apr_tables.h>

/* Of one file, in bytes; the parsed tree takes some times as much. */
#define V8SSR_SITEMAP_BYTES (16 * 1024 * 1024)
/* Of one SSRWarmup sitemap:, whatever files its index names, and of a file:. */
#define V8SSR_SITEMAP_URLS 50000

/* Appends paths with queries (const char *) to urls.  An index names files that
 * are in its own folder: of their URLs the last segment counts.
 * Returns NULL, or what was wrong first; what could be used is there all the
 * same.  Thread: any, p is its own.  Blocks: on the file. */
const char *v8ssr_sitemap_read(apr_pool_t *p, const server_rec *s,
                               const char *path, apr_array_header_t *urls);

#endif /* V8SSR_SITEMAP_H */
