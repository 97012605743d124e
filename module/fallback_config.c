/* SPDX-License-Identifier: Apache-2.0
 *
 * fallback_config.c: reads SSRFallback.
 */
#include "fallback_config.h"

#include "config.h"
#include "setters.h"
#include "values.h"

#include <apr_strings.h>
#include <string.h>

static const char *const names[V8SSR_WAYS] = {"stale", "shell",
                                              "errordocument"};

const char *v8ssr_way_name(v8ssr_way way)
{
    return names[way];
}

static int has(const v8ssr_fallback_conf *conf, v8ssr_way way)
{
    int i;

    for (i = 0; i < conf->count; i++) {
        if (conf->ways[i] == way) {
            return 1;
        }
    }
    return 0;
}

static const char *add(apr_pool_t *p, v8ssr_fallback_conf *conf, v8ssr_way way)
{
    if (has(conf, way)) {
        return apr_pstrcat(p, names[way], " is named twice", NULL);
    }
    if (has(conf, V8SSR_WAY_ERRORDOCUMENT)) {
        return "errordocument was expected last: it is always there";
    }
    conf->ways[conf->count++] = way;
    return NULL;
}

static const char *add_word(apr_pool_t *p, v8ssr_fallback_conf *conf,
                            const char *word)
{
    const char *wrong;

    if (ap_cstr_casecmp(word, "stale") == 0) {
        return add(p, conf, V8SSR_WAY_STALE);
    }
    if (ap_cstr_casecmp(word, "errordocument") == 0) {
        return add(p, conf, V8SSR_WAY_ERRORDOCUMENT);
    }
    if (ap_cstr_casecmpn(word, "shell:/", 7) == 0) {
        conf->shell = word + 6;
        return add(p, conf, V8SSR_WAY_SHELL);
    }
    if (ap_cstr_casecmpn(word, "after=", 6) == 0) {
        wrong = v8ssr_parse_time(p, word + 6, apr_time_from_msec(1),
                                 apr_time_from_sec(3600), &conf->after);
        return wrong != NULL ? apr_pstrcat(p, "after=: ", wrong, NULL) : NULL;
    }
    return apr_pstrcat(p, "stale, shell:/URL, errordocument or after=TIME was "
                          "expected, not \"",
                       word, "\"", NULL);
}

const char *v8ssr_set_fallback(cmd_parms *cmd, void *dir, int argc,
                               char *const argv[])
{
    v8ssr_fallback_conf *conf = apr_pcalloc(cmd->pool, sizeof(*conf));
    const char *wrong = NULL;
    int i;

    for (i = 0; i < argc && wrong == NULL; i++) {
        wrong = add_word(cmd->pool, conf, argv[i]);
    }
    if (wrong == NULL && conf->count == 0) {
        wrong = "stale, shell:/URL or errordocument was expected";
    }
    if (wrong == NULL && conf->after > 0 && !has(conf, V8SSR_WAY_STALE) &&
        !has(conf, V8SSR_WAY_SHELL)) {
        wrong = "after=: stale or shell:/URL was expected with it";
    }
    ((v8ssr_dir_config *)dir)->fallback = conf;
    return v8ssr_named(cmd, wrong);
}
