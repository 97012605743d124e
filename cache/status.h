/* SPDX-License-Identifier: Apache-2.0
 *
 * status.h: what the cache did with a request, as Cache-Status says it
 * (RFC 9211) and as the log shows it.
 *
 * Thread: any.  Owns: results live in the pool.
 */
#ifndef RCACHE_STATUS_H
#define RCACHE_STATUS_H

#include <apr_pools.h>
#include <stdint.h>

/* RFC 9211 2.1 and 2.2; the comment is for a render instead of a backend. */
enum rcache_outcome {
    RCACHE_HIT,          /* stale pages, too: their ttl is below 0 */
    RCACHE_FWD_BYPASS,   /* not one for the cache: it is off, or there is no
                          * key */
    RCACHE_FWD_METHOD,
    RCACHE_FWD_URI_MISS, /* nothing is stored for that URL */
    RCACHE_FWD_MISS,     /* nothing was found */
    RCACHE_FWD_REQUEST,  /* the request wanted a new one */
    RCACHE_FWD_STALE     /* what was found was too old */
};

#define RCACHE_NO_TTL INT64_MIN

/* Longer texts end in "..." */
#define RCACHE_STATUS_TEXT 256

typedef struct rcache_status {
    const char *cache;      /* our name; not empty */
    enum rcache_outcome outcome;
    int fwd_status;         /* of the render; 0 = unknown, not for a hit */
    int stored;             /* not for a hit */
    int collapsed;          /* waited for another's render; not for a hit */
    int64_t ttl;            /* seconds left, below 0: stale for so long;
                             * RCACHE_NO_TTL */
    const char *key;        /* NULL = not shown */
    const char *detail;     /* NULL = none; rcache_reason_text(), say */
} rcache_status;

/* The field's value: one member of a List of RFC 8941.  Bytes that a String
 * cannot hold are shown as %XX, a '%' as %25. */
const char *rcache_status_format(apr_pool_t *p, const rcache_status *status);

#endif /* RCACHE_STATUS_H */
