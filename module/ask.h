/* SPDX-License-Identifier: Apache-2.0
 *
 * ask.h: a request of httpd's as one of the pool's.
 */
#ifndef V8SSR_ASK_H
#define V8SSR_ASK_H

#include "cached.h"
#include "host.h"

/* Only submits.  cached may be NULL: the bundle sees everything.  *host is
 * there as long as the job; it may be NULL.
 * Blocks: never.  Errors: as v8pool_submit(); nothing is logged. */
v8pool_status v8ssr_ask(request_rec *r, const v8ssr_bundle *bundle,
                        const v8ssr_cached *cached, v8pool_job **job,
                        const v8ssr_host **host);

#endif /* V8SSR_ASK_H */
