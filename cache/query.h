/* SPDX-License-Identifier: Apache-2.0
 *
 * query.h: the one form of all queries that mean the same.  The key is made of
 * it and the bundle sees it, so that neither knows more than the other.
 *
 * Thread: any.  Owns: results live in the pool.
 */
#ifndef RCACHE_QUERY_H
#define RCACHE_QUERY_H

#include "span.h"

#include <apr_pools.h>
#include <apr_tables.h>

/* What advertisers and newsletters add to links; NULL ends the list. */
extern const char *const rcache_ignored_parameters[];

/* `*`: any bytes, `?`: any one.  Case counts.  Takes time in proportion to the
 * product of both lengths at worst. */
int rcache_glob_matches(const char *pattern, rcache_span text);

/* The query (what follows '?') with
 * - the pairs left out that are empty or whose name matches a glob of `ignore`
 *   (const char *; NULL: rcache_ignored_parameters).  The name is compared
 *   as applications read it: escapes decoded, '+' is a space;
 * - escapes in upper case, unreserved characters without (RFC 3986 6.2.2), and
 *   escaped what may not be in a query at all (controls, space, '"', '#', '<',
 *   '>', bytes from 0x7F on; a '%' that escapes nothing becomes "%25");
 * - pairs sorted by name as read; those of equal names keep their order, which
 *   applications see.
 * Doing it twice changes nothing.  Never NULL; "" when nothing is left. */
const char *rcache_query_normalise(apr_pool_t *p, rcache_span query,
                                   const apr_array_header_t *ignore);

#endif /* RCACHE_QUERY_H */
