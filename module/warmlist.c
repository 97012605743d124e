/* SPDX-License-Identifier: Apache-2.0
 *
 * warmlist.c: SSRWarmup's arguments, and the files they name.
 */
#include "warmup.h"

#include "route.h"
#include "sitemap.h"
#include "values.h"

#include <http_main.h>
#include <apr_lib.h>
#include <apr_strings.h>
#include <string.h>

static v8ssr_warmup *add_url(cmd_parms *cmd, const char *url)
{
    v8ssr_server_config *c = v8ssr_server_config_of(cmd->server);
    v8ssr_warmup *warmup = apr_array_push(c->warmups);

    memset(warmup, 0, sizeof(*warmup));
    warmup->url = url;
    warmup->file = cmd->directive->filename;
    warmup->line = cmd->directive->line_num;
    return warmup;
}

/* One URL a line; what begins with # and empty lines are skipped. */
static const char *add_lines(cmd_parms *cmd, ap_configfile_t *file)
{
    char line[MAX_STRING_LEN];
    int count = 0;

    while (ap_cfg_getline(line, sizeof(line), file) == APR_SUCCESS) {
        if (*line == '/' && ++count > V8SSR_SITEMAP_URLS) {
            return apr_psprintf(cmd->temp_pool,
                                "line %u of %s: at most %d URLs were expected",
                                file->line_number, file->name,
                                V8SSR_SITEMAP_URLS);
        }
        if (*line == '/') {
            add_url(cmd, apr_pstrdup(cmd->pool, line));
        }
        else if (*line != '\0' && *line != '#') {
            return apr_psprintf(cmd->temp_pool,
                                "line %u of %s: a URL that starts with / was "
                                "expected",
                                file->line_number, file->name);
        }
    }
    return NULL;
}

static const char *add_file(cmd_parms *cmd, const char *name)
{
    const char *path = ap_server_root_relative(cmd->pool, name);
    ap_configfile_t *file;
    apr_status_t rv;
    const char *wrong;
    char why[120];

    if (path == NULL || *name == '\0') {
        return "file: a path was expected after it";
    }
    rv = ap_pcfg_openfile(&file, cmd->temp_pool, path);
    if (rv != APR_SUCCESS) {
        return apr_psprintf(cmd->temp_pool, "cannot read %s: %s", path,
                            apr_strerror(rv, why, sizeof(why)));
    }
    wrong = add_lines(cmd, file);
    ap_cfg_closefile(file);
    return wrong;
}

/* Read when the cache is filled: what a site writes for search engines must not
 * keep the server from a restart. */
static const char *add_sitemap(cmd_parms *cmd, const char *name)
{
    const char *path = ap_server_root_relative(cmd->pool, name);

    if (path == NULL || *name == '\0') {
        return "sitemap: a path was expected after it";
    }
    add_url(cmd, NULL)->sitemap = path;
    return NULL;
}

static const char *add_one(cmd_parms *cmd, const char *arg, v8ssr_warmup *all)
{
    if (*arg == '/') {
        add_url(cmd, arg);
        return NULL;
    }
    if (strncmp(arg, "file:", 5) == 0) {
        return add_file(cmd, arg + 5);
    }
    if (strncmp(arg, "sitemap:", 8) == 0) {
        return add_sitemap(cmd, arg + 8);
    }
    if (strcmp(arg, "cache=only") == 0) {
        all->cache_only = 1;
        return NULL;
    }
    if (strncmp(arg, "bundle=", 7) == 0 && v8ssr_is_name(arg + 7)) {
        all->bundle = arg + 7;
        return NULL;
    }
    if (strncmp(arg, "concurrency=", 12) == 0) {
        const char *wrong = v8ssr_parse_number(cmd->temp_pool, arg + 12, 1,
                                               1024, &all->concurrency);

        return wrong == NULL ? NULL
                             : apr_pstrcat(cmd->temp_pool, "concurrency=: ",
                                           wrong, NULL);
    }
    return apr_pstrcat(cmd->temp_pool, "\"", arg, "\": a URL that starts with "
                       "/, file:PATH, sitemap:PATH, cache=only, concurrency=N "
                       "or bundle=NAME was expected", NULL);
}

const char *v8ssr_warmup_add(cmd_parms *cmd, int argc, char *const argv[],
                             const v8ssr_warmup **first)
{
    apr_array_header_t *warmups =
        v8ssr_server_config_of(cmd->server)->warmups;
    v8ssr_warmup all = {0};
    const char *wrong = NULL;
    int before = warmups->nelts;
    int i;

    for (i = 0; i < argc && wrong == NULL; i++) {
        wrong = add_one(cmd, apr_pstrdup(cmd->pool, argv[i]), &all);
    }
    if (wrong == NULL && warmups->nelts == before) {
        wrong = "a URL was expected";
    }
    if (wrong != NULL) {
        return wrong;
    }
    for (i = before; i < warmups->nelts; i++) {
        v8ssr_warmup *warmup = &APR_ARRAY_IDX(warmups, i, v8ssr_warmup);

        warmup->bundle = all.bundle;
        warmup->concurrency = all.concurrency;
        warmup->cache_only = all.cache_only || warmup->sitemap != NULL;
    }
    *first = &APR_ARRAY_IDX(warmups, before, v8ssr_warmup);
    return NULL;
}

/* A host without any directive of ours has the main server's configuration
 * itself, not a merged one. */
const apr_array_header_t *v8ssr_warmups_of(const server_rec *s)
{
    const v8ssr_server_config *c = v8ssr_server_config_of(s);

    return s->is_virtual && c == v8ssr_server_config_of(ap_server_conf)
               ? NULL
               : c->warmups;
}

v8ssr_bundle *v8ssr_warmup_bundle(apr_pool_t *p, const server_rec *s,
                                  const v8ssr_warmup *warmup)
{
    return warmup->bundle != NULL
               ? v8ssr_find_bundle(v8ssr_server_config_of(s), warmup->bundle)
               : v8ssr_route_url(p, s, warmup->url);
}
