/* SPDX-License-Identifier: Apache-2.0
 *
 * quick.h: SSRCacheQuick: fresh pages are sent before httpd looks at anything
 * else, access control included.
 */
#ifndef V8SSR_QUICK_H
#define V8SSR_QUICK_H

#include <httpd.h>

/* quick_handler hook.  DECLINED unless the page is there in the very form the
 * client wants. */
int v8ssr_quick_handler(request_rec *r, int lookup);

#endif /* V8SSR_QUICK_H */
