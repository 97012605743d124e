/* SPDX-License-Identifier: Apache-2.0
 *
 * v8pool_stats.h: what a pool has done so far.  Part of v8pool.h.
 */
#ifndef V8POOL_STATS_H
#define V8POOL_STATS_H

typedef struct v8pool_stats {
    unsigned isolates;           /* configured */
    unsigned isolates_ready;     /* up, every bundle evaluated or given up */
    unsigned queued;
    unsigned running;
    uint64_t renders_total;      /* taken by an isolate */
    uint64_t failures_total;     /* of these, ended neither OK nor DECLINED */
    uint64_t timeouts_total;     /* by either limit of time */
    uint64_t heap_limits_total;
    uint64_t refused_total;      /* E_FULL */
    uint64_t expired_total;      /* E_QUEUE_TIMEOUT */
    uint64_t contexts_rebuilt_total;
    uint64_t isolates_rebuilt_total;
    uint64_t isolates_recycled_total; /* a new one took the place of an old one */
    uint64_t render_us_total;
    uint64_t gc_us_total;
    uint64_t heap_used_bytes;    /* all isolates, after their last render */
    v8pool_fetch_counts fetch;
} v8pool_stats;

/* Blocks: never for long. */
V8POOL_API void v8pool_stats_get(v8pool *pool, v8pool_stats *stats);

#endif /* V8POOL_STATS_H */
