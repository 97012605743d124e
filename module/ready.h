/* SPDX-License-Identifier: Apache-2.0
 *
 * ready.h: a child accepts once its isolates can render at once.
 */
#ifndef V8SSR_READY_H
#define V8SSR_READY_H

#include "v8pool.h"

#include <httpd.h>

/* Waits until every isolate has evaluated, or given up, every bundle, and has
 * rendered what SSRWarmup names.
 * Thread: the child's main thread, in child_init, SIGTERM blocked.
 * Blocks: at most SSRLoadTimeout and a second, and SSRLoadTimeout and a second
 *         again where there are warm-up URLs; a SIGTERM that comes meanwhile
 *         stops the pool, which ends the wait within a second.
 * began:  when child_init began, for the log. */
void v8ssr_ready_wait(apr_pool_t *pchild, server_rec *s, v8pool *pool,
                      apr_time_t began);

#endif /* V8SSR_READY_H */
