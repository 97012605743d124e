/* SPDX-License-Identifier: Apache-2.0
 *
 * directives.h: what a response says about caching, read from the one field
 * that governs it.  What follows from it is freshness.c's.
 *
 * Thread: any.
 */
#ifndef RCACHE_DIRECTIVES_H
#define RCACHE_DIRECTIVES_H

#include "span.h"

#include <apr_pools.h>
#include <apr_tables.h>
#include <stdint.h>

#define RCACHE_UNSAID (-1) /* of a time: there is no such directive */

/* Times are seconds, at most a year. */
typedef struct rcache_directives {
    int no_store;
    int no_cache;        /* with field names, too: those that a response
                          * names are not kept apart */
    int is_private;      /* likewise */
    int must_revalidate; /* or proxy-revalidate */
    int64_t max_age;
    int64_t s_maxage;
    int64_t stale_while_revalidate; /* RFC 5861 3 */
    int64_t stale_if_error;         /* RFC 5861 4 */
    int targeted; /* read from CDN-Cache-Control or Surrogate-Control: Expires
                   * does not count (RFC 9213 2.2) */
} rcache_directives;

void rcache_directives_clear(rcache_directives *d);

/* Cache-Control, one line; adds to *d.  RFC 9111 4.2.1: of several values the
 * shortest counts, one that is no number is 0.  A restriction is found in a
 * broken element too ("private foo"), and behind a ';'. */
void rcache_directives_read(rcache_directives *d, rcache_span line);

/* CDN-Cache-Control, all lines joined: RFC 9213 2.1.  0: it is empty or no
 * dictionary, *d is as it was.  The last of equal directives counts. */
int rcache_directives_read_targeted(rcache_directives *d, rcache_span field);

/* Surrogate-Control (Edge Architecture Specification 1.0, 2.3), all lines
 * joined; adds to *d.  "max-age=60+30" is 60 seconds and then 30 stale ones; an
 * element with a parameter is for a certain surrogate, not for us.  1: there
 * was a directive that counts. */
int rcache_directives_read_surrogate(rcache_directives *d, rcache_span line);

/* From the first of CDN-Cache-Control, Surrogate-Control and Cache-Control
 * that says something. */
void rcache_directives_find(apr_pool_t *p, rcache_directives *d,
                            const apr_table_t *fields);

#endif /* RCACHE_DIRECTIVES_H */
