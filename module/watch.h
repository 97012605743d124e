/* SPDX-License-Identifier: Apache-2.0
 *
 * watch.h: how a canary did of late, and whether it was rolled back.  In memory
 * that all children of a generation share; a restart begins anew.
 */
#ifndef V8SSR_WATCH_H
#define V8SSR_WATCH_H

#include <httpd.h>

typedef struct v8ssr_watch v8ssr_watch;

typedef enum v8ssr_version {
    V8SSR_STABLE,
    V8SSR_CANARY,
    V8SSR_VERSIONS
} v8ssr_version;

typedef struct v8ssr_tally {
    unsigned renders;
    unsigned errors; /* of these */
} v8ssr_tally;

/* Thread: the parent's.  Owns: nothing; it goes with p.  Ends the process when
 * there is no memory, as httpd's own ap_malloc(). */
v8ssr_watch *v8ssr_watch_create(apr_pool_t *p, apr_interval_time_t window);

/* Thread: any of any child, as all below. */
void v8ssr_watch_count(v8ssr_watch *watch, v8ssr_version version, int failed);

/* What was counted within the window that ends now. */
v8ssr_tally v8ssr_watch_tally(const v8ssr_watch *watch, v8ssr_version version);

/* 1 for the one caller, on the whole host, that made it so. */
int v8ssr_watch_roll_back(v8ssr_watch *watch);
int v8ssr_watch_is_rolled_back(const v8ssr_watch *watch);

#endif /* V8SSR_WATCH_H */
