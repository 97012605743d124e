/* SPDX-License-Identifier: Apache-2.0
 *
 * limit_config.c: SSRCPUTimeLimit, SSRArrayBufferLimit, SSRMemoryLimit,
 * SSRPoison, SSRStuckGrace.
 */
#include "limit_config.h"

#include "config.h"
#include "setters.h"
#include "values.h"

#include <apr_strings.h>

void v8ssr_limit_server_init(v8ssr_limit_server *c)
{
    c->array_buffers = V8SSR_UNSET;
    c->memory = V8SSR_UNSET;
    c->stuck_grace = V8SSR_UNSET;
    c->deaths = V8SSR_UNSET;
    c->deaths_window = V8SSR_UNSET;
    c->deaths_cooldown = V8SSR_UNSET;
}

v8ssr_limit_server v8ssr_limit_server_merged(const v8ssr_limit_server *base,
                                             const v8ssr_limit_server *add)
{
#define EITHER(member)                                                         \
    to.member = add->member != V8SSR_UNSET ? add->member : base->member
    v8ssr_limit_server to;

    EITHER(array_buffers);
    EITHER(memory);
    EITHER(stuck_grace);
    EITHER(deaths);
    EITHER(deaths_window);
    EITHER(deaths_cooldown);
    return to;
#undef EITHER
}

apr_off_t v8ssr_array_buffers(const v8ssr_limit_server *c)
{
    return c->array_buffers != V8SSR_UNSET ? c->array_buffers
                                           : (apr_off_t)64 << 20;
}

/* What is unset must not end a child that keeps its other limits: near is four
 * fifths of it.  An isolate may hold three times its heap limit for a moment
 * (docs/threads.md), and one is made ahead of each that is replaced. */
apr_off_t v8ssr_memory_limit(const v8ssr_limit_server *c, int isolates,
                             apr_off_t heap_limit)
{
    const apr_off_t rest = (apr_off_t)512 << 20;

    if (c->memory != V8SSR_UNSET) {
        return c->memory;
    }
    return ((isolates + 1) * (3 * heap_limit + v8ssr_array_buffers(c)) + rest) /
           4 * 5;
}

apr_interval_time_t v8ssr_stuck_grace(const v8ssr_limit_server *c)
{
    return c->stuck_grace != V8SSR_UNSET ? c->stuck_grace
                                         : apr_time_from_sec(2);
}

int v8ssr_deaths(const v8ssr_limit_server *c)
{
    return c->deaths != V8SSR_UNSET ? c->deaths : 3;
}

apr_interval_time_t v8ssr_deaths_window(const v8ssr_limit_server *c)
{
    return c->deaths_window != V8SSR_UNSET ? c->deaths_window
                                           : apr_time_from_sec(60);
}

apr_interval_time_t v8ssr_deaths_cooldown(const v8ssr_limit_server *c)
{
    return c->deaths_cooldown != V8SSR_UNSET ? c->deaths_cooldown
                                             : apr_time_from_sec(300);
}

/* "off", or as values.h has it, with its words. */
static const char *time_or_off(cmd_parms *cmd, const char *arg,
                               apr_interval_time_t from,
                               apr_interval_time_t *time)
{
    const char *wrong;

    if (ap_cstr_casecmp(arg, "off") == 0) {
        *time = V8SSR_LIMIT_OFF;
        return NULL;
    }
    wrong = v8ssr_parse_time(cmd->temp_pool, arg, from,
                             apr_time_from_sec(3600), time);
    return wrong != NULL
               ? v8ssr_named(cmd, apr_pstrcat(cmd->temp_pool, "off, or ", wrong,
                                              NULL))
               : NULL;
}

const char *v8ssr_set_cpu_limit(cmd_parms *cmd, void *dir, const char *arg)
{
    return time_or_off(cmd, arg, apr_time_from_msec(1),
                       &((v8ssr_dir_config *)dir)->cpu_limit);
}

const char *v8ssr_set_array_buffers(cmd_parms *cmd, void *dir, const char *arg)
{
    v8ssr_server_config *c = v8ssr_server_config_of(cmd->server);
    const char *wrong = ap_check_cmd_context(cmd, GLOBAL_ONLY);

    (void)dir;
    if (wrong != NULL) {
        return wrong;
    }
    return v8ssr_named(cmd, v8ssr_parse_size(cmd->temp_pool, arg,
                                             (apr_off_t)1 << 20,
                                             (apr_off_t)4 << 30,
                                             &c->limits.array_buffers));
}

const char *v8ssr_set_memory_limit(cmd_parms *cmd, void *dir, const char *arg)
{
    v8ssr_server_config *c = v8ssr_server_config_of(cmd->server);
    const char *wrong = ap_check_cmd_context(cmd, GLOBAL_ONLY);

    (void)dir;
    if (wrong != NULL) {
        return wrong;
    }
    if (ap_cstr_casecmp(arg, "off") == 0) {
        c->limits.memory = V8SSR_LIMIT_OFF;
        return NULL;
    }
    wrong = v8ssr_parse_size(cmd->temp_pool, arg, (apr_off_t)64 << 20,
                             (apr_off_t)1024 << 30, &c->limits.memory);
    return wrong != NULL
               ? v8ssr_named(cmd, apr_pstrcat(cmd->temp_pool, "off, or ", wrong,
                                              NULL))
               : NULL;
}

const char *v8ssr_set_poison(cmd_parms *cmd, void *dir, const char *deaths,
                             const char *window, const char *cooldown)
{
    v8ssr_limit_server *c = &v8ssr_server_config_of(cmd->server)->limits;
    const char *wrong = ap_check_cmd_context(cmd, GLOBAL_ONLY);

    (void)dir;
    if (wrong != NULL) {
        return wrong;
    }
    if (ap_cstr_casecmp(deaths, "off") == 0 && window == NULL) {
        c->deaths = V8SSR_LIMIT_OFF;
        return NULL;
    }
    if (window == NULL || cooldown == NULL) {
        return v8ssr_named(cmd, "off, or a number and two times, was expected");
    }
    wrong = v8ssr_parse_number(cmd->temp_pool, deaths, 1, V8SSR_DEATHS_MAX,
                               &c->deaths);
    if (wrong == NULL) {
        wrong = v8ssr_parse_time(cmd->temp_pool, window, apr_time_from_sec(1),
                                 apr_time_from_sec(3600), &c->deaths_window);
    }
    if (wrong == NULL) {
        wrong = v8ssr_parse_time(cmd->temp_pool, cooldown, apr_time_from_sec(1),
                                 apr_time_from_sec(86400),
                                 &c->deaths_cooldown);
    }
    return v8ssr_named(cmd, wrong);
}

const char *v8ssr_set_stuck_grace(cmd_parms *cmd, void *dir, const char *arg)
{
    v8ssr_server_config *c = v8ssr_server_config_of(cmd->server);
    const char *wrong = ap_check_cmd_context(cmd, GLOBAL_ONLY);

    (void)dir;
    return wrong != NULL ? wrong
                         : time_or_off(cmd, arg, apr_time_from_msec(100),
                                       &c->limits.stuck_grace);
}
