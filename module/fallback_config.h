/* SPDX-License-Identifier: Apache-2.0
 *
 * fallback_config.h: SSRFallback: its value and its setter.
 */
#ifndef V8SSR_FALLBACK_CONFIG_H
#define V8SSR_FALLBACK_CONFIG_H

#include <httpd.h>
#include <http_config.h>

/* What takes the place of a page that was not rendered. */
typedef enum v8ssr_way {
    V8SSR_WAY_STALE,         /* the last good one */
    V8SSR_WAY_SHELL,         /* a static page, the same for all */
    V8SSR_WAY_ERRORDOCUMENT, /* httpd's own: the status of the failure */
    V8SSR_WAYS
} v8ssr_way;

typedef struct v8ssr_fallback_conf {
    v8ssr_way ways[V8SSR_WAYS]; /* in this order */
    int count;
    const char *shell;          /* a URL of this host */
    apr_interval_time_t after;  /* microseconds that a visitor waits; 0 = until
                                 * the render has ended */
} v8ssr_fallback_conf;

/* For metrics: "stale". */
const char *v8ssr_way_name(v8ssr_way way);

const char *v8ssr_set_fallback(cmd_parms *cmd, void *dir, int argc,
                               char *const argv[]);

#endif /* V8SSR_FALLBACK_CONFIG_H */
