/* SPDX-License-Identifier: Apache-2.0
 *
 * fetch_breaker.h: origins that do not answer are left alone for a while.
 *
 * One for each origin that has failed; an origin that answers is forgotten.
 * Unlike the one of cache/, it is one thread's alone: no atomics, and a table
 * of origins.  Times are of v8p_now_us().
 *
 * Thread: the fetch thread.
 */
#ifndef V8P_FETCH_BREAKER_H
#define V8P_FETCH_BREAKER_H

#include <stdint.h>

#define V8P_FETCH_ORIGINS 512u /* that fail at a time; the one that failed
                                  first makes room */

struct v8p_fetch_origin {
    uint64_t hash;      /* of its text; 0 = free */
    uint64_t failed_us; /* the last failure */
    uint64_t until_us;  /* open until then; 0 = closed */
    uint64_t probe_us;  /* a probe is under way since then; 0 = none */
    unsigned failures;  /* in a row */
};

struct v8p_fetch_breaker {
    struct v8p_fetch_origin origins[V8P_FETCH_ORIGINS];
};

struct v8p_fetch_breaker_rule {
    unsigned failures; /* 0 = the breaker is off */
    uint32_t open_ms;
    uint32_t probe_ms; /* when a probe that did not report is given up */
};

uint64_t v8p_fetch_origin_hash(const char *origin);

/* Whether the origin may be asked. */
int v8p_fetch_breaker_enter(struct v8p_fetch_breaker *breaker, uint64_t hash,
                            const struct v8p_fetch_breaker_rule *rule,
                            uint64_t now_us);
/* How that ended; what was cancelled says nothing. */
void v8p_fetch_breaker_leave(struct v8p_fetch_breaker *breaker, uint64_t hash,
                             const struct v8p_fetch_breaker_rule *rule, int ok,
                             uint64_t now_us);

#endif /* V8P_FETCH_BREAKER_H */
