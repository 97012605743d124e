/* SPDX-License-Identifier: Apache-2.0
 *
 * host.h: what a bundle may ask of the module while it renders: ctx.nonce,
 * fragments, ctx.cache.invalidate().  Made with the request, used and freed by
 * the pool's threads.
 */
#ifndef V8SSR_HOST_H
#define V8SSR_HOST_H

#include "config.h"

#include "v8pool.h"

#include <httpd.h>

/* Hexadecimal digits: 128 bits, as CSP 3 asks for (7.1), and base64-value, as
 * it wants them written. */
#define V8SSR_NONCE_LENGTH 32

typedef struct v8ssr_host v8ssr_host;

/* name: v8ssr_cached_host().
 * The pool owns it from v8pool_submit() on, and frees it with the job.
 * Errors: NULL, no memory: then the bundle has none. */
v8ssr_host *v8ssr_host_make(request_rec *r, const v8ssr_bundle *bundle,
                            const char *name, v8pool_host *calls);

/* What ctx.nonce was; NULL: nobody asked.  Once the render has ended and while
 * the job is there. */
const char *v8ssr_host_nonce(const v8ssr_host *host);

/* text: room for V8SSR_NONCE_LENGTH + 1.  0: the system has no random numbers
 * (errno). */
int v8ssr_nonce_make(char *text);

#endif /* V8SSR_HOST_H */
