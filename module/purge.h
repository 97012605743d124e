/* SPDX-License-Identifier: Apache-2.0
 *
 * purge.h: pages are forgotten on demand: PURGE requests, and the handler
 * v8ssr-purge.
 */
#ifndef V8SSR_PURGE_H
#define V8SSR_PURGE_H

#include <httpd.h>

/* Whether it is a PURGE request where SSRCachePurge is on. */
int v8ssr_purge_is_asked(const request_rec *r);

/* Handler phase, access control has passed.  PURGE URL forgets that URL, PURGE
 * /DIR/STAR what is below; SSR-Purge-Tags: A, B what bears these tags;
 * SSR-Purge-All: 1 everything of the host; SSR-Purge-Soft: 1 makes it stale. */
int v8ssr_purge_method(request_rec *r);

/* handler hook: SetHandler v8ssr-purge; POST ?url= &prefix= &tag= &all=1 &host=
 * &soft=1. */
int v8ssr_purge_handler(request_rec *r);

#endif /* V8SSR_PURGE_H */
