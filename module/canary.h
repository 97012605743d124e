/* SPDX-License-Identifier: Apache-2.0
 *
 * canary.h: the second version of a bundle, who gets it, and when it is taken
 * out of service.
 */
#ifndef V8SSR_CANARY_H
#define V8SSR_CANARY_H

#include "config.h"
#include "watch.h"

/* What SSRCanary says.  The script itself is a v8ssr_bundle as any other; its
 * name is "NAME@canary". */
typedef struct v8ssr_canary {
    const char *of;             /* the bundle's name */
    const v8ssr_bundle *stable; /* that bundle; set when all are known */
    int share;                  /* thousandths of a percent, 0..V8SSR_WHOLE */
    const char *cookie;         /* NULL = clients are told apart by address */
    const char *header;         /* NULL = none forces a version */
    int rollback;               /* as share; V8SSR_UNSET, or NO_ROLLBACK */
    apr_interval_time_t window; /* microseconds, or V8SSR_UNSET */
    v8ssr_watch *watch;         /* set by post_config */
} v8ssr_canary;

#define V8SSR_NO_ROLLBACK (-2)

/* Renders that must be in the window before a rate means anything. */
#define V8SSR_CANARY_LEAST 20

/* What is in force where SSRCanary does not say. */
int v8ssr_canary_rollback(const v8ssr_canary *canary);
apr_interval_time_t v8ssr_canary_window(const v8ssr_canary *canary);

/* The arguments of SSRCanary.  NULL: *bundle is the canary's; else what was
 * expected. */
const char *v8ssr_canary_parse(apr_pool_t *p, int argc, char *const argv[],
                               v8ssr_bundle **bundle);

/* check_config phase, after references were checked: a canary has the entry
 * and the self-test of its bundle. */
void v8ssr_canary_resolve(const server_rec *s);

/* Which version answers a request. */
typedef struct v8ssr_choice {
    const v8ssr_bundle *bundle;
    const v8ssr_canary *canary; /* whose watch counts it; NULL = none does: no
                                   canary, or the client named the version */
    v8ssr_version version;
} v8ssr_choice;

/* Whether there is a choice. */
int v8ssr_canary_has(const request_rec *r, const v8ssr_bundle *bundle);

/* Handler phase.  Sets Vary, and the cookie where SSRCanary names one. */
v8ssr_choice v8ssr_canary_choose(request_rec *r, const v8ssr_bundle *bundle);

/* Counts the end of a request, and rolls the canary back if it is time. */
void v8ssr_canary_ended(server_rec *s, const v8ssr_choice *choice,
                        v8pool_status status, const v8pool_timing *timing);

#endif /* V8SSR_CANARY_H */
