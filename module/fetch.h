/* SPDX-License-Identifier: Apache-2.0
 *
 * fetch.h: what fetch() may do in a render, and requests that come from the
 * fetch() of another one.
 */
#ifndef V8SSR_FETCH_H
#define V8SSR_FETCH_H

#include "config.h"

#include <httpd.h>

/* post_config hook: the mark that our own requests carry, and the counts. */
int v8ssr_fetch_post_config(apr_pool_t *pconf, apr_pool_t *plog,
                            apr_pool_t *ptemp, server_rec *s);

/* post_read_request hook, before all others: takes the mark away, whoever sent
 * it, and notes whether it was ours. */
int v8ssr_fetch_post_read_request(request_rec *r);

/* It comes from a bundle's fetch(), of this server. */
int v8ssr_fetch_is_subrequest(const request_rec *r);

/* child_init, before there are threads: how many local fetches at a time, which
 * asks the system for its processors. */
void v8ssr_fetch_child_init(const v8ssr_server_config *c);

/* Fills in fetch and place. */
void v8ssr_fetch_fill(request_rec *r, v8pool_request *request);
/* The same for the warm-up of a host, when nobody accepts yet.  The policy is
 * allocated of p. */
void v8ssr_fetch_fill_warmup(apr_pool_t *p, const v8ssr_dir_config *d,
                             v8pool_request *request);

/* Of all children since the start, in memory that they share; for
 * v8pool_config. */
v8pool_fetch_counts *v8ssr_fetch_counts(void);

#endif /* V8SSR_FETCH_H */
