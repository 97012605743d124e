/* SPDX-License-Identifier: Apache-2.0
 *
 * reload.h: SSRReload stat, which looks whether a bundle's file changed and has
 * new children serve what is good (roll.h), or httpd restart gracefully.
 */
#ifndef V8SSR_RELOAD_H
#define V8SSR_RELOAD_H

#include <httpd.h>

/* monitor hook: the parent, between restarts, every ten seconds or so.
 * Blocks: SSRReload's interval where it is a second or less and a file has
 *         changed; then the check of each changed bundle.  Requests do not
 *         wait for the parent. */
int v8ssr_reload_monitor(apr_pool_t *p, server_rec *s);

#endif /* V8SSR_RELOAD_H */
