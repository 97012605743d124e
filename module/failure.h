/* SPDX-License-Identifier: Apache-2.0
 *
 * failure.h: what a render that failed means to the client and to the log.
 */
#ifndef V8SSR_FAILURE_H
#define V8SSR_FAILURE_H

#include "v8pool.h"

#include <httpd.h>

/* Logs one line with the bundle's name and the place, returns the handler's
 * return value (DECLINED for V8POOL_DECLINED).  err may be NULL. */
int v8ssr_fail(request_rec *r, const char *bundle, v8pool_status status,
               const v8pool_error *err);

/* Retry-After, of a response that is an error. */
void v8ssr_ask_for_retry(request_rec *r);

#endif /* V8SSR_FAILURE_H */
