/* SPDX-License-Identifier: Apache-2.0
 *
 * freshness.h: may a response be stored, for how long, and if not, why not.
 * Looks at fields only; says nothing of room, locks or purges.
 *
 * Thread: any.  Owns: results live in the pool.  Units: microseconds.
 */
#ifndef RCACHE_FRESHNESS_H
#define RCACHE_FRESHNESS_H

#include "key.h"

/* What users read in Cache-Status and in the log is the second one. */
#define RCACHE_REASON_LIST(X)                                                  \
    X(NONE, "stored")                                                          \
    X(METHOD, "method")               /* neither GET nor HEAD */               \
    X(AUTHORIZATION, "authorization") /* the request bears credentials */      \
    X(STATUS, "status")               /* one that is never stored */           \
    X(SET_COOKIE, "set-cookie")                                                \
    X(NO_STORE, "no-store")                                                    \
    X(PRIVATE, "private")                                                      \
    X(NO_CACHE, "no-cache")                                                    \
    X(VARY, "vary")                   /* by what is not in the key, or by * */ \
    X(TAGS, "tags")                   /* too many or too long ones */          \
    X(NO_LIFETIME, "no-lifetime")     /* none is given, or it is over */

typedef enum rcache_reason {
#define RCACHE_REASON_ENUM(name, text) RCACHE_REASON_##name,
    RCACHE_REASON_LIST(RCACHE_REASON_ENUM)
#undef RCACHE_REASON_ENUM
    RCACHE_REASON_COUNT
} rcache_reason;

const char *rcache_reason_text(rcache_reason reason);

/* What directives fill in where the response leaves it open; 0 = nothing. */
typedef struct rcache_policy {
    int64_t ttl;                    /* for 200, 203, 301, 308 */
    int64_t stale_while_revalidate; /* likewise */
    int64_t stale_if_error;         /* likewise */
    int64_t negative_ttl;           /* for 404, 410 */
    int64_t error_ttl;              /* for 500 to 599 */
} rcache_policy;

typedef struct rcache_exchange {
    const char *method;
    int has_authorization;
    const rcache_key_spec *key; /* for Vary; NULL: nothing is in the key */
    int status;
    const apr_table_t *fields;  /* all of the response: what a server keeps
                                 * apart for errors must be in it */
    int64_t now;                /* since 1970 */
} rcache_exchange;

typedef struct rcache_verdict {
    rcache_reason reason; /* RCACHE_REASON_NONE: store it */
    int64_t fresh_for;    /* from now; times are 0 unless it is stored */
    int64_t stale_for;    /* from when it is no longer fresh */
    int64_t error_for;    /* likewise */
    int64_t age;          /* it was as old as that when it came (Age, Date;
                           * RFC 9111 4.2.3).  The times above count it; what
                           * is sent later adds it, in place of the
                           * response's own Age */
    const apr_array_header_t *vary; /* const char *, lower case, without "*" */
    const apr_array_header_t *tags; /* const char *, see tags.h; t: only */
} rcache_verdict;

/* The rules of RFC 9111 3 for a shared cache, narrower:
 * - a request with Authorization, a response with Set-Cookie or one that a
 *   client would have to revalidate (no-cache) is never stored;
 * - CDN-Cache-Control (RFC 9213 2.2) > Surrogate-Control > Cache-Control: the
 *   first that says something is all that counts; s-maxage > max-age > Expires
 *   less Date (RFC 9111 4.2.1) > policy;
 * - 302, 307, 404, 410 and 5xx take a lifetime of their own (404, 410 and 5xx:
 *   or the policy's for them), and what is stale of them only by their word;
 * - stale-while-revalidate and stale-if-error (RFC 5861) are 0 with
 *   must-revalidate or proxy-revalidate.  s-maxage, which RFC 9111 5.2.2.10
 *   puts beside them, does not forbid them: sites write it in one line with
 *   stale-while-revalidate.  The policy's do not prolong a page that says it is
 *   stale at once (max-age=0);
 * - every time is at most a year. */
void rcache_judge(apr_pool_t *p, const rcache_exchange *exchange,
                  const rcache_policy *policy, rcache_verdict *verdict);

/* Takes the fields away that are for caches as this one: CDN-Cache-Control,
 * Surrogate-Control, Cache-Tag, Surrogate-Key. */
void rcache_strip(apr_table_t *fields);

#endif /* RCACHE_FRESHNESS_H */
