/* SPDX-License-Identifier: Apache-2.0
 *
 * breaker_config.h: SSRBreaker: its value and its setter.
 */
#ifndef V8SSR_BREAKER_CONFIG_H
#define V8SSR_BREAKER_CONFIG_H

#include <httpd.h>
#include <http_config.h>

#define V8SSR_FAILURES_MAX 100

typedef struct v8ssr_breaker_conf {
    int failures;                /* 0 = off */
    apr_interval_time_t window;  /* microseconds */
    apr_interval_time_t cooldown; /* same */
    const server_rec *server;    /* where it stands */
    const char *section;         /* for people: "<Location /a>" */
    uint64_t place;              /* of the sections it stands in; the same when
                                  * the configuration is read again */
} v8ssr_breaker_conf;

const char *v8ssr_set_breaker(cmd_parms *cmd, void *dir, const char *failures,
                              const char *window, const char *cooldown);

#endif /* V8SSR_BREAKER_CONFIG_H */
