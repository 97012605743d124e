/* SPDX-License-Identifier: Apache-2.0
 *
 * roll.h: to new scripts without a restart.  httpd's parent is given them, the
 * children it forks from then on have them, and each old child leaves once
 * there are new ones that accept.  Somebody accepts at any time.
 */
#ifndef V8SSR_ROLL_H
#define V8SSR_ROLL_H

#include <httpd.h>
#include <ap_mpm.h>
#include <mpm_common.h>

/* post_config hook: the memory that parent and children share. */
int v8ssr_roll_post_config(apr_pool_t *pconf, apr_pool_t *plog,
                           apr_pool_t *ptemp, server_rec *s);

/* Parent.  0: only a restart leads to new scripts: the MPM is not event, httpd may
 * not start another child beside those it has, or there is an SSRCanary, whose
 * window begins anew with a restart. */
int v8ssr_roll_can(const server_rec *s);
/* Parent, once children that it forks have the new scripts. */
void v8ssr_roll_start(void);
/* Parent, now and then.  1, once: children that should have left by now have
 * not.  patience: how long a new child may take to begin. */
int v8ssr_roll_is_late(apr_interval_time_t patience);

/* A child, when it is ready to accept. */
void v8ssr_roll_child_init(apr_pool_t *pchild, server_rec *s);
/* child_status hook: the parent, when a child has ended. */
void v8ssr_roll_child_status(server_rec *s, pid_t pid, ap_generation_t gen,
                             int slot, mpm_child_status status);

/* How often this process, or its parent before the fork, was given new scripts. */
unsigned v8ssr_roll_number(void);

#endif /* V8SSR_ROLL_H */
