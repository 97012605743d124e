/* SPDX-License-Identifier: Apache-2.0
 *
 * reap.h: httpd's parent wakes when a child ends.  mpm_event starts the first
 * child of a new generation when an old one has ended, and looks for that once
 * a second, while nobody accepts connections.
 */
#ifndef V8SSR_REAP_H
#define V8SSR_REAP_H

#include <httpd.h>

/* post_config hook: until pconf goes. */
int v8ssr_reap_post_config(apr_pool_t *pconf, apr_pool_t *plog,
                           apr_pool_t *ptemp, server_rec *s);

/* child_init: a child keeps the signal's default. */
void v8ssr_reap_child_init(void);

#endif /* V8SSR_REAP_H */
