/* SPDX-License-Identifier: Apache-2.0
 *
 * breaker.h: SSRBreaker: bundles of which too many renders have failed are not
 * rendered for a while; then one render is tried.  All children together.
 */
#ifndef V8SSR_BREAKER_H
#define V8SSR_BREAKER_H

#include "config.h"

#include "v8pool.h"

/* What a render was let through with, until it has ended.  Zeros: by nobody. */
typedef struct v8ssr_breaker_pass {
    const v8ssr_breaker_conf *conf; /* NULL: there is no breaker */
    const v8ssr_bundle *bundle;
    uint64_t key;
    int64_t trial_us; /* it is the trial, and the only one until then; or 0 */
    int64_t left_us;  /* it was refused, for so long; 0 = it was not */
} v8ssr_breaker_pass;

/* post_config hook: the shared memory, kept over restarts. */
int v8ssr_breaker_post_config(apr_pool_t *pconf, apr_pool_t *plog,
                              apr_pool_t *ptemp, server_rec *s);

/* ---- children.  Thread: any --------------------------------------------------- */

/* 0: it is not to be rendered now.  Else *pass is given back once, by one of the
 * next two. */
int v8ssr_breaker_lets(const request_rec *r, const v8ssr_bundle *bundle,
                       v8ssr_breaker_pass *pass);
/* The render has ended; err may be NULL.  p: for the log line. */
void v8ssr_breaker_ended(const server_rec *s, apr_pool_t *p,
                         v8ssr_breaker_pass *pass, v8pool_status status,
                         const v8pool_error *err);
/* It was given up, so it is not known how it would have ended; nothing where the
 * pass was given back before. */
void v8ssr_breaker_left(v8ssr_breaker_pass *pass);

/* Logs that the request was refused; returns its HTTP status. */
int v8ssr_breaker_refused(request_rec *r, const v8ssr_breaker_pass *pass);

/* v8ssr-status. */
void v8ssr_breaker_print_json(request_rec *r);
void v8ssr_breaker_print_html(request_rec *r);
void v8ssr_breaker_print_prometheus(request_rec *r);

#endif /* V8SSR_BREAKER_H */
