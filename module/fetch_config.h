/* SPDX-License-Identifier: Apache-2.0
 *
 * fetch_config.h: what the directives about fetch() leave behind.
 */
#ifndef V8SSR_FETCH_CONFIG_H
#define V8SSR_FETCH_CONFIG_H

#include "v8pool.h"

#include <httpd.h>
#include <http_config.h>
#include <apr_tables.h>

/* Part of v8ssr_dir_config.  Times in microseconds. */
typedef struct v8ssr_fetch_dir {
    int local;                        /* unset: hosts is not set, either */
    const apr_array_header_t *hosts;  /* v8pool_fetch_host; NULL = none */
    apr_interval_time_t timeout;
    int most;                         /* fetches in one render */
    int failures;                     /* in a row: an origin is left alone; 0 =
                                         never */
    apr_interval_time_t open;         /* for so long */
} v8ssr_fetch_dir;

void v8ssr_fetch_dir_init(v8ssr_fetch_dir *c);
v8ssr_fetch_dir v8ssr_fetch_dir_merged(const v8ssr_fetch_dir *base,
                                       const v8ssr_fetch_dir *add);

/* What is in force, defaults applied.  What it points to lives as long as the
 * configuration. */
v8pool_fetch_policy v8ssr_fetch_policy_of(const v8ssr_fetch_dir *c);

/* Setters. */
const char *v8ssr_set_fetch(cmd_parms *cmd, void *dir, int argc,
                            char *const argv[]);
const char *v8ssr_set_fetch_timeout(cmd_parms *cmd, void *dir,
                                    const char *arg);
const char *v8ssr_set_fetch_breaker(cmd_parms *cmd, void *dir,
                                    const char *failures, const char *open);
const char *v8ssr_set_max_subrequests(cmd_parms *cmd, void *dir,
                                      const char *arg);

#endif /* V8SSR_FETCH_CONFIG_H */
