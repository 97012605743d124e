/* SPDX-License-Identifier: Apache-2.0
 *
 * poison.h: URLs and bundles that keep ending children.  A child says in shared
 * memory what it renders; its parent, which outlives it, counts.
 */
#ifndef V8SSR_POISON_H
#define V8SSR_POISON_H

#include "config.h"

#include <mpm_common.h>

/* ---- the parent --------------------------------------------------------------- */

/* post_config hook: the shared memory, kept over restarts. */
int v8ssr_poison_post_config(apr_pool_t *pconf, apr_pool_t *plog,
                             apr_pool_t *ptemp, server_rec *s);
/* child_status hook: what a child was in when it ended. */
void v8ssr_poison_child_status(server_rec *s, pid_t pid, ap_generation_t gen,
                               int slot, mpm_child_status status);
/* monitor hook: what children cannot get out of. */
int v8ssr_poison_monitor(apr_pool_t *p, server_rec *s);

/* ---- children ----------------------------------------------------------------- */

/* child_init: where this child's workers say what they render.  NULL: no room. */
v8pool_mark *v8ssr_poison_marks(unsigned *count);

/* v8pool_request.owner: the version of a bundle; another one is not to blame. */
uint64_t v8ssr_poison_owner(const v8ssr_bundle *bundle);

/* Whether the request is not to be rendered now. */
int v8ssr_poison_refuses(const request_rec *r, const v8ssr_bundle *bundle);

/* v8ssr-status. */
void v8ssr_poison_print_json(request_rec *r);
void v8ssr_poison_print_html(request_rec *r);
void v8ssr_poison_print_prometheus(request_rec *r);

#endif /* V8SSR_POISON_H */
