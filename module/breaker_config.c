/* SPDX-License-Identifier: Apache-2.0
 *
 * breaker_config.c: reads SSRBreaker.
 */
#include "breaker_config.h"

#include "config.h"
#include "setters.h"
#include "values.h"

#include "cache/rcache.h"

#include <apr_strings.h>
#include <string.h>

static uint64_t hash(const char *text)
{
    return text != NULL ? rcache_tag_hash(text, strlen(text)) : 0;
}

/* All of them: an <If> has no path of its own. */
static uint64_t place_of(const ap_directive_t *section)
{
    uint64_t place = 0;

    for (; section != NULL; section = section->parent) {
        place = (place * 31 + hash(section->directive)) * 31 +
                hash(section->args);
    }
    return place;
}

/* args has the closing bracket. */
static const char *name_of(const cmd_parms *cmd)
{
    const ap_directive_t *section = cmd->directive->parent;

    if (cmd->path == NULL || section == NULL) {
        return "all URLs";
    }
    return apr_pstrcat(cmd->pool, section->directive, " ", section->args,
                       NULL);
}

static const char *parse(apr_pool_t *p, v8ssr_breaker_conf *conf,
                         const char *failures, const char *window,
                         const char *cooldown)
{
    const char *wrong;

    if (ap_cstr_casecmp(failures, "off") == 0 && window == NULL) {
        return NULL;
    }
    if (window == NULL || cooldown == NULL) {
        return "off, or a number and two times, was expected";
    }
    wrong = v8ssr_parse_number(p, failures, 1, V8SSR_FAILURES_MAX,
                               &conf->failures);
    if (wrong == NULL) {
        wrong = v8ssr_parse_time(p, window, apr_time_from_sec(1),
                                 apr_time_from_sec(3600), &conf->window);
    }
    if (wrong == NULL) {
        wrong = v8ssr_parse_time(p, cooldown, apr_time_from_sec(1),
                                 apr_time_from_sec(3600), &conf->cooldown);
    }
    return wrong;
}

const char *v8ssr_set_breaker(cmd_parms *cmd, void *dir, const char *failures,
                              const char *window, const char *cooldown)
{
    v8ssr_breaker_conf *conf = apr_pcalloc(cmd->pool, sizeof(*conf));

    conf->server = cmd->server;
    conf->section = name_of(cmd);
    conf->place = place_of(cmd->directive->parent);
    ((v8ssr_dir_config *)dir)->breaker = conf;
    return v8ssr_named(cmd, parse(cmd->temp_pool, conf, failures, window,
                                  cooldown));
}
