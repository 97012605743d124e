/* SPDX-License-Identifier: Apache-2.0
 *
 * l2.h: the memcached tier of a child: pages that other hosts, or another life
 * of this one, have rendered.  Where SSRCacheStore names no memcached, or this
 * child could not start it, every function does nothing, at once.
 */
#ifndef V8SSR_L2_H
#define V8SSR_L2_H

#include "cached.h"

#include "cache/tier.h"

#include <httpd.h>

/* ---- l2.c: start and end ------------------------------------------------------ */

/* post_config hook, after that of the zone: memory for breakers and counts, kept
 * over restarts as long as servers and zone are the same ones. */
int v8ssr_l2_post_config(apr_pool_t *pconf, apr_pool_t *plog, apr_pool_t *ptemp,
                         server_rec *s);

/* child_init, once the zone is joined, before there are threads; stops with
 * pchild.  Blocks: while names are resolved. */
void v8ssr_l2_child_init(apr_pool_t *pchild, server_rec *s);

/* The child is told to go: nobody waits for another host any more. */
void v8ssr_l2_hurry(void);

/* NULL: there is none. */
rcache_tier *v8ssr_l2(void);

/* After calls to memcached: says in the log which servers have stopped or begun
 * to answer, once for all children. */
void v8ssr_l2_say(void);

/* How many servers are not asked at present. */
unsigned v8ssr_l2_down(void);

/* Tells the other hosts.  Does not block. */
void v8ssr_l2_purge(uint64_t tag, int soft, apr_time_t at);

/* Sleeps; 0: the child goes. */
int v8ssr_l2_pause(apr_interval_time_t time);

/* ---- l2_page.c: pages ----------------------------------------------------------- */

/* Looks for the page in memcached and puts it into the store in memory, unless
 * there is none, it is no better than what is there, or it was purged.
 * rendered: it must be that one's; 0 = any.
 * Blocks: at most SSRCacheL2Timeout.  DONE: look again. */
enum rcache_tier_result v8ssr_l2_fetch(v8ssr_cached *cached,
                                       enum rcache_coding coding,
                                       int64_t rendered);

/* What was just stored in memory, under the key it has there (its coding is
 * that of the last v8ssr_cached_key()).  Does not block. */
void v8ssr_l2_put(const v8ssr_cached *cached, const rcache_value *value);

/* The right to render a page for all hosts. */
typedef struct v8ssr_l2_lock {
    int is_held;
    rcache_tier_lock lock;
} v8ssr_l2_lock;

/* Blocks: at most SSRCacheL2Timeout.  NOT: another host has it. */
enum rcache_tier_result v8ssr_l2_lock_take(v8ssr_cached *cached,
                                           apr_interval_time_t time,
                                           v8ssr_l2_lock *lock);

/* After what was put so far.  NULL and a lock that is not held are taken. */
void v8ssr_l2_unlock(v8ssr_l2_lock *lock);

#endif /* V8SSR_L2_H */
