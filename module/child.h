/* SPDX-License-Identifier: Apache-2.0
 *
 * child.h: the pool of one child process.
 */
#ifndef V8SSR_CHILD_H
#define V8SSR_CHILD_H

#include "v8pool.h"

#include <httpd.h>

void v8ssr_child_init(apr_pool_t *pchild, server_rec *s);
void v8ssr_child_stopping(apr_pool_t *pchild, int graceful);

/* NULL when V8 could not be started, or no bundle is configured. */
v8pool *v8ssr_child_pool(void);

#endif /* V8SSR_CHILD_H */
