/* SPDX-License-Identifier: Apache-2.0
 *
 * render.h: one request through the pool.
 */
#ifndef V8SSR_RENDER_H
#define V8SSR_RENDER_H

#include <httpd.h>

/* Handler phase.  Blocks: at most SSRQueue's wait plus SSRTimeout plus one
 * second.  Returns OK when an answer was sent, DECLINED when the bundle
 * declined, else an HTTP status; what failed is logged. */
int v8ssr_render(request_rec *r);

#endif /* V8SSR_RENDER_H */
