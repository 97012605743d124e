/* SPDX-License-Identifier: Apache-2.0
 *
 * tags.h: the names a stored page can be purged by.  All of them go through
 * rcache_tag_hash(), so the first letter keeps the kinds apart:
 *
 *   t:NAME          the bundle's own, from Cache-Tag or Surrogate-Key
 *   u:HOST/PATH     a URL, whatever its query and variant
 *   p:HOST/DIR/     everything below a directory
 *   a:HOST          everything of a host
 *   a:              everything
 *
 * Hosts are as rcache_host_normalise() makes them, paths as in the key: whoever
 * purges must write both as whoever stored did.
 *
 * Thread: any.  Owns: results live in the pool.
 */
#ifndef RCACHE_TAGS_H
#define RCACHE_TAGS_H

#include "span.h"

#include <apr_pools.h>
#include <apr_tables.h>

/* Of the bundle's own tags; a page with more or longer ones cannot be purged as
 * its author meant and so is not stored. */
#define RCACHE_TAGS_MAX 64
#define RCACHE_TAG_BYTES 256

/* p: tags of one page, "/" counted. */
#define RCACHE_TAG_LEVELS 16

/* A list of const char *, to be filled. */
apr_array_header_t *rcache_tags_create(apr_pool_t *p);

/* Adds the t: names of a field; each once, case counts.  separators: "," for
 * Cache-Tag (a tag may hold spaces), " " for Surrogate-Key.  Spaces and tabs
 * around tags go.  0: there are too many or too long ones (or one holds a NUL);
 * the list is incomplete. */
int rcache_tags_read(apr_array_header_t *tags, rcache_span field,
                     const char *separators);

/* Both fields of a response.  0: as above. */
int rcache_tags_find(apr_array_header_t *tags, const apr_table_t *fields);

/* Adds u:, p: and a: names of a page: at most RCACHE_TAG_LEVELS + 3. */
void rcache_tags_add_implicit(apr_array_header_t *tags, rcache_span host,
                              rcache_span path);

/* For purging.  A directory deeper than RCACHE_TAG_LEVELS has no name of its
 * own: rcache_tag_prefix() gives that of the deepest one above it that has. */
const char *rcache_tag_url(apr_pool_t *p, rcache_span host, rcache_span path);
const char *rcache_tag_prefix(apr_pool_t *p, rcache_span host,
                              rcache_span directory);
const char *rcache_tag_host(apr_pool_t *p, rcache_span host);
const char *rcache_tag_all(void);

#endif /* RCACHE_TAGS_H */
