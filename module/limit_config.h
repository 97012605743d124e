/* SPDX-License-Identifier: Apache-2.0
 *
 * limit_config.h: what the directives leave behind about limits that protect a
 * child and those beside it.
 */
#ifndef V8SSR_LIMIT_CONFIG_H
#define V8SSR_LIMIT_CONFIG_H

#include <httpd.h>
#include <http_config.h>

/* Part of v8ssr_server_config; one pool per child: main server only.  Times in
 * microseconds, sizes in bytes. */
typedef struct v8ssr_limit_server {
    apr_off_t array_buffers;        /* of one isolate */
    apr_off_t memory;               /* of a child; V8SSR_LIMIT_OFF: any */
    apr_interval_time_t stuck_grace; /* V8SSR_LIMIT_OFF: never replaced */
    int deaths;                     /* of a URL; 0 = it is never refused */
    apr_interval_time_t deaths_window;
    apr_interval_time_t deaths_cooldown;
} v8ssr_limit_server;

#define V8SSR_LIMIT_OFF 0

/* Deaths that one entry of poison.c remembers are twice as many: a bundle's. */
#define V8SSR_DEATHS_MAX 16

void v8ssr_limit_server_init(v8ssr_limit_server *c);
v8ssr_limit_server v8ssr_limit_server_merged(const v8ssr_limit_server *base,
                                             const v8ssr_limit_server *add);

/* What is in force, defaults applied. */
apr_off_t v8ssr_array_buffers(const v8ssr_limit_server *c);
/* More than its isolates may take by their own limits: V8SSR_LIMIT_OFF = any. */
apr_off_t v8ssr_memory_limit(const v8ssr_limit_server *c, int isolates,
                             apr_off_t heap_limit);
apr_interval_time_t v8ssr_stuck_grace(const v8ssr_limit_server *c);

int v8ssr_deaths(const v8ssr_limit_server *c);
apr_interval_time_t v8ssr_deaths_window(const v8ssr_limit_server *c);
apr_interval_time_t v8ssr_deaths_cooldown(const v8ssr_limit_server *c);

/* Setters. */
const char *v8ssr_set_cpu_limit(cmd_parms *cmd, void *dir, const char *arg);
const char *v8ssr_set_array_buffers(cmd_parms *cmd, void *dir, const char *arg);
const char *v8ssr_set_memory_limit(cmd_parms *cmd, void *dir, const char *arg);
const char *v8ssr_set_poison(cmd_parms *cmd, void *dir, const char *deaths,
                             const char *window, const char *cooldown);
const char *v8ssr_set_stuck_grace(cmd_parms *cmd, void *dir, const char *arg);

#endif /* V8SSR_LIMIT_CONFIG_H */
