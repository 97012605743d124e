/* SPDX-License-Identifier: Apache-2.0
 *
 * fill.h: the pages that SSRWarmup names are put into the render cache, in the
 * background, by one child of the host.
 */
#ifndef V8SSR_FILL_H
#define V8SSR_FILL_H

#include <httpd.h>

/* child_init hook, when all other modules are done: their hooks are used. */
void v8ssr_fill_child_init(apr_pool_t *pchild, server_rec *s);

/* The child is told to go: no further page.  Does not block. */
void v8ssr_fill_stop(void);

/* After the pool has stopped: waits for the threads, at most two seconds.
 * 0: they are still at it, and use the pool. */
int v8ssr_fill_end(void);

#endif /* V8SSR_FILL_H */
