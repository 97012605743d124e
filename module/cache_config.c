/* SPDX-License-Identifier: Apache-2.0
 *
 * cache_config.c: the SSRCache… directives.
 */
#include "cache_config.h"

#include "config.h"
#include "setters.h"
#include "values.h"

#include "cache/rcache.h"
#include "cache/tier.h"

#include <apr_strings.h>
#include <stddef.h>
#include <string.h>

static v8ssr_cache_dir *dir_of(void *dir)
{
    return &((v8ssr_dir_config *)dir)->cache;
}

static v8ssr_cache_server *server_of(const cmd_parms *cmd)
{
    return &v8ssr_server_config_of(cmd->server)->cache;
}

/* --- making and merging -------------------------------------------------------- */

void v8ssr_cache_dir_init(v8ssr_cache_dir *c)
{
    c->on = c->purge = c->header = V8SSR_UNSET;
    c->ttl = c->swr = c->stale_if_error = V8SSR_UNSET;
    c->backoff = c->backoff_most = V8SSR_UNSET;
    c->recompress_br = c->recompress_gzip = V8SSR_UNSET;
    c->recompress_after = V8SSR_UNSET;
}

#define EITHER(field)                                                          \
    to.field = add->field != V8SSR_UNSET ? add->field : base->field

v8ssr_cache_dir v8ssr_cache_dir_merged(const v8ssr_cache_dir *base,
                                       const v8ssr_cache_dir *add)
{
    v8ssr_cache_dir to;

    EITHER(on);
    EITHER(purge);
    EITHER(header);
    EITHER(ttl);
    EITHER(swr);
    EITHER(stale_if_error);
    EITHER(backoff);
    EITHER(backoff_most);
    EITHER(recompress_br);
    EITHER(recompress_gzip);
    EITHER(recompress_after);
    to.key = add->key != NULL ? add->key : base->key;
    to.ignore = add->ignore != NULL ? add->ignore : base->ignore;
    return to;
}

void v8ssr_cache_server_init(v8ssr_cache_server *c)
{
    c->bytes = c->lock_wait = V8SSR_UNSET;
    c->lock = c->revalidate_most = c->quick = V8SSR_UNSET;
    c->linger = V8SSR_UNSET;
    c->l2_ttl = c->l2_timeout = c->l2_open = c->l2_failures = V8SSR_UNSET;
}

v8ssr_cache_server v8ssr_cache_server_merged(const v8ssr_cache_server *base,
                                             const v8ssr_cache_server *add)
{
    v8ssr_cache_server to;

    EITHER(bytes);
    EITHER(lock);
    EITHER(lock_wait);
    EITHER(revalidate_most);
    to.l2_servers = add->l2_servers != NULL ? add->l2_servers
                                            : base->l2_servers;
    EITHER(l2_ttl);
    EITHER(l2_timeout);
    EITHER(l2_failures);
    EITHER(l2_open);
    EITHER(quick);
    EITHER(linger);
    to.used = add->used || base->used;
    return to;
}

apr_size_t v8ssr_cache_bytes(const v8ssr_cache_server *c)
{
    return c->bytes != V8SSR_UNSET ? (apr_size_t)c->bytes
                                   : (apr_size_t)64 * 1024 * 1024;
}

int v8ssr_cache_locks(const v8ssr_cache_server *c)
{
    return c->lock != 0;
}

apr_interval_time_t v8ssr_cache_lock_wait(const v8ssr_cache_server *c)
{
    return c->lock_wait != V8SSR_UNSET ? c->lock_wait : apr_time_from_sec(2);
}

int v8ssr_cache_revalidate_most(const v8ssr_cache_server *c)
{
    return c->revalidate_most != V8SSR_UNSET ? c->revalidate_most : 2;
}

apr_interval_time_t v8ssr_cache_l2_ttl(const v8ssr_cache_server *c)
{
    return c->l2_ttl != V8SSR_UNSET ? c->l2_ttl : apr_time_from_sec(3600);
}

apr_interval_time_t v8ssr_cache_l2_timeout(const v8ssr_cache_server *c)
{
    return c->l2_timeout != V8SSR_UNSET ? c->l2_timeout
                                        : apr_time_from_msec(20);
}

int v8ssr_cache_l2_failures(const v8ssr_cache_server *c)
{
    return c->l2_failures != V8SSR_UNSET ? c->l2_failures : 5;
}

apr_interval_time_t v8ssr_cache_l2_open(const v8ssr_cache_server *c)
{
    return c->l2_open != V8SSR_UNSET ? c->l2_open : apr_time_from_sec(10);
}

apr_interval_time_t v8ssr_cache_backoff(const v8ssr_cache_dir *c)
{
    return c->backoff != V8SSR_UNSET ? c->backoff : apr_time_from_sec(3);
}

apr_interval_time_t v8ssr_cache_backoff_most(const v8ssr_cache_dir *c)
{
    return c->backoff_most != V8SSR_UNSET ? c->backoff_most
                                          : apr_time_from_sec(30);
}

rcache_key_spec v8ssr_cache_key_spec(const v8ssr_cache_dir *c)
{
    static const rcache_key_spec usual = {1, 1, 1, NULL, NULL, NULL};
    rcache_key_spec spec = c->key != NULL ? *c->key : usual;

    spec.ignore = c->ignore;
    return spec;
}

/* --- setters ------------------------------------------------------------------- */

const char *v8ssr_set_cache(cmd_parms *cmd, void *dir, int on)
{
    dir_of(dir)->on = on;
    server_of(cmd)->used |= on;
    return NULL;
}

const char *v8ssr_set_cache_purge(cmd_parms *cmd, void *dir, int on)
{
    (void)cmd;
    dir_of(dir)->purge = on;
    return NULL;
}

const char *v8ssr_set_cache_header(cmd_parms *cmd, void *dir, const char *arg)
{
    static const char *const values[] = {"off", "cache-status", "x-cache"};
    int i;

    for (i = 0; i < 3; i++) {
        if (ap_cstr_casecmp(arg, values[i]) == 0) {
            dir_of(dir)->header = i;
            return NULL;
        }
    }
    return v8ssr_named(cmd, apr_pstrcat(cmd->temp_pool,
                                  "off, cache-status or x-cache was expected, "
                                  "not \"", arg, "\"", NULL));
}

/* SSRCacheTTL, SSRCacheSWR, SSRCacheStaleIfError: info is the field's place. */
const char *v8ssr_set_cache_time(cmd_parms *cmd, void *dir, const char *arg)
{
    char *c = (char *)dir_of(dir);
    size_t place = (size_t)(uintptr_t)cmd->info;

    return v8ssr_named(cmd, v8ssr_parse_time(cmd->temp_pool, arg, 0,
                                       apr_time_from_sec(365 * 24 * 3600),
                                       (void *)(c + place)));
}

const char *v8ssr_set_cache_backoff(cmd_parms *cmd, void *dir,
                                    const char *first, const char *most)
{
    v8ssr_cache_dir *c = dir_of(dir);
    const char *wrong = v8ssr_parse_time(cmd->temp_pool, first,
                                         apr_time_from_msec(1),
                                         apr_time_from_sec(3600), &c->backoff);

    if (wrong != NULL) {
        return v8ssr_named(cmd, wrong);
    }
    if (most != NULL) {
        return v8ssr_named(cmd, v8ssr_parse_time(cmd->temp_pool, most, c->backoff,
                                           apr_time_from_sec(24 * 3600),
                                           &c->backoff_most));
    }
    c->backoff_most = V8SSR_UNSET; /* an earlier line's does not count */
    if (c->backoff > v8ssr_cache_backoff_most(c)) {
        c->backoff_most = c->backoff;
    }
    else {
        c->backoff_most = v8ssr_cache_backoff_most(c);
    }
    return NULL;
}

/* Of a header field a token (RFC 9110 5.1); cookies have others in use. */
static int is_part_name(const char *prefix, const char *name)
{
    return *prefix == 'h' ? *ap_scan_http_token(name) == '\0'
                          : strpbrk(name, " \t,;=\"") == NULL;
}

static int set_named_part(apr_pool_t *p, const char *arg, const char *prefix,
                          const apr_array_header_t **list)
{
    size_t n = strlen(prefix);
    apr_array_header_t *names;

    if (ap_cstr_casecmpn(arg, prefix, n) != 0 || arg[n] == '\0' ||
        !is_part_name(prefix, arg + n)) {
        return 0;
    }
    names = *list != NULL ? (apr_array_header_t *)*list
                          : apr_array_make(p, 2, sizeof(const char *));
    APR_ARRAY_PUSH(names, const char *) = apr_pstrdup(p, arg + n);
    *list = names;
    return 1;
}

const char *v8ssr_set_cache_key(cmd_parms *cmd, void *dir, int argc,
                                char *const argv[])
{
    rcache_key_spec *spec = apr_pcalloc(cmd->pool, sizeof(*spec));
    int i;

    for (i = 0; i < argc; i++) {
        if (ap_cstr_casecmp(argv[i], "host") == 0) {
            spec->host = 1;
        }
        else if (ap_cstr_casecmp(argv[i], "path") == 0) {
            spec->path = 1;
        }
        else if (ap_cstr_casecmp(argv[i], "query") == 0) {
            spec->query = 1;
        }
        else if (!set_named_part(cmd->pool, argv[i], "header:",
                                 &spec->headers) &&
                 !set_named_part(cmd->pool, argv[i], "cookie:",
                                 &spec->cookies)) {
            return v8ssr_named(cmd, apr_pstrcat(cmd->temp_pool,
                                          "host, path, query, header:NAME or "
                                          "cookie:NAME was expected, not \"",
                                          argv[i], "\"", NULL));
        }
    }
    if (!spec->path) {
        return v8ssr_named(cmd, "path was expected among the parts: pages of all "
                          "URLs would be the same one");
    }
    dir_of(dir)->key = spec;
    return NULL;
}

const char *v8ssr_set_cache_ignore(cmd_parms *cmd, void *dir, int argc,
                                   char *const argv[])
{
    apr_array_header_t *list;
    int i;

    if (argc == 0) {
        return v8ssr_named(cmd, "names of query parameters, or none, were expected");
    }
    list = apr_array_make(cmd->pool, argc, sizeof(const char *));
    for (i = 0; i < argc; i++) {
        if (argc > 1 || ap_cstr_casecmp(argv[i], "none") != 0) {
            APR_ARRAY_PUSH(list, const char *) =
                apr_pstrdup(cmd->pool, argv[i]);
        }
    }
    dir_of(dir)->ignore = list;
    return NULL;
}

/* ttl=TIME: no longer than purges are remembered (cache/tier.h). */
static const char *set_l2_ttl(cmd_parms *cmd, v8ssr_cache_server *c,
                              const char *arg)
{
    const char *wrong;

    if (ap_cstr_casecmpn(arg, "ttl=", 4) != 0) {
        return apr_pstrcat(cmd->temp_pool, "ttl=TIME was expected, not \"", arg,
                           "\"", NULL);
    }
    wrong = v8ssr_parse_time(cmd->temp_pool, arg + 4, apr_time_from_sec(1),
                             apr_time_from_sec(29 * 24 * 3600), &c->l2_ttl);
    return wrong == NULL ? NULL
                         : apr_pstrcat(cmd->temp_pool, "ttl=: ", wrong, NULL);
}

static const char *set_l2(cmd_parms *cmd, v8ssr_cache_server *c,
                          const char *arg)
{
    const char *wrong;

    if (ap_cstr_casecmpn(arg, "memcached:", 10) != 0) {
        return apr_pstrcat(cmd->temp_pool, "memcached:HOST:PORT was expected, "
                           "not \"", arg, "\"", NULL);
    }
    wrong = rcache_tier_check(cmd->temp_pool, arg + 10);
    if (wrong != NULL) {
        return apr_pstrcat(cmd->temp_pool, "memcached: ", wrong, NULL);
    }
    c->l2_servers = apr_pstrdup(cmd->pool, arg + 10);
    return NULL;
}

const char *v8ssr_set_cache_store(cmd_parms *cmd, void *dir, int argc,
                                  char *const argv[])
{
    v8ssr_cache_server *c = server_of(cmd);
    const char *wrong = ap_check_cmd_context(cmd, GLOBAL_ONLY);

    (void)dir;
    if (wrong != NULL) {
        return wrong;
    }
    if (argc < 1 || argc > 3 || ap_cstr_casecmpn(argv[0], "shm:", 4) != 0) {
        return v8ssr_named(cmd, "shm:SIZE [memcached:HOST:PORT [ttl=TIME]] was "
                          "expected");
    }
    c->l2_servers = NULL; /* an earlier line's do not count */
    c->l2_ttl = V8SSR_UNSET;
    wrong = v8ssr_parse_size(cmd->temp_pool, argv[0] + 4,
                             (apr_off_t)RCACHE_MIN_BYTES, (apr_off_t)1 << 40,
                             &c->bytes);
    if (wrong == NULL && argc > 1) {
        wrong = set_l2(cmd, c, argv[1]);
    }
    if (wrong == NULL && argc > 2) {
        wrong = set_l2_ttl(cmd, c, argv[2]);
    }
    return v8ssr_named(cmd, wrong);
}

const char *v8ssr_set_cache_lock(cmd_parms *cmd, void *dir, const char *on,
                                 const char *wait)
{
    v8ssr_cache_server *c = server_of(cmd);
    const char *wrong = ap_check_cmd_context(cmd, GLOBAL_ONLY);

    (void)dir;
    if (wrong != NULL) {
        return wrong;
    }
    if (ap_cstr_casecmp(on, "on") != 0 && ap_cstr_casecmp(on, "off") != 0) {
        return v8ssr_named(cmd, apr_pstrcat(cmd->temp_pool, "on or off was expected, "
                                      "not \"", on, "\"", NULL));
    }
    c->lock = ap_cstr_casecmp(on, "on") == 0;
    c->lock_wait = V8SSR_UNSET; /* an earlier line's does not count */
    if (wait == NULL) {
        return NULL;
    }
    if (ap_cstr_casecmpn(wait, "wait=", 5) != 0) {
        return v8ssr_named(cmd, apr_pstrcat(cmd->temp_pool, "wait=TIME was expected, "
                                      "not \"", wait, "\"", NULL));
    }
    wrong = v8ssr_parse_time(cmd->temp_pool, wait + 5, apr_time_from_msec(1),
                             apr_time_from_sec(60), &c->lock_wait);
    return wrong == NULL ? NULL
                         : v8ssr_named(cmd, apr_pstrcat(cmd->temp_pool, "wait=: ",
                                                  wrong, NULL));
}

const char *v8ssr_set_keepalive_wait(cmd_parms *cmd, void *dir,
                                     const char *arg)
{
    (void)dir;
    if (strcmp(arg, "0") == 0) {
        server_of(cmd)->linger = 0;
        return NULL;
    }
    return v8ssr_named(cmd, v8ssr_parse_time(cmd->temp_pool, arg,
                                       apr_time_from_msec(1),
                                       apr_time_from_msec(100),
                                       &server_of(cmd)->linger));
}

const char *v8ssr_set_cache_quick(cmd_parms *cmd, void *dir, int on)
{
    (void)dir;
    server_of(cmd)->quick = on;
    return NULL;
}

const char *v8ssr_set_cache_revalidate(cmd_parms *cmd, void *dir,
                                       const char *arg)
{
    (void)dir;
    return v8ssr_set_main_number(cmd, arg, 1, 64,
                                 &server_of(cmd)->revalidate_most);
}

const char *v8ssr_set_cache_l2_timeout(cmd_parms *cmd, void *dir,
                                       const char *arg)
{
    (void)dir;
    return v8ssr_set_main_time(cmd, arg, apr_time_from_msec(1),
                               apr_time_from_sec(1),
                               &server_of(cmd)->l2_timeout);
}

const char *v8ssr_set_cache_l2_breaker(cmd_parms *cmd, void *dir,
                                       const char *failures, const char *open)
{
    v8ssr_cache_server *c = server_of(cmd);
    const char *wrong = ap_check_cmd_context(cmd, GLOBAL_ONLY);

    (void)dir;
    if (wrong != NULL) {
        return wrong;
    }
    wrong = v8ssr_parse_number(cmd->temp_pool, failures, 1, 255,
                               &c->l2_failures);
    if (wrong == NULL) {
        wrong = v8ssr_parse_time(cmd->temp_pool, open, apr_time_from_msec(100),
                                 apr_time_from_sec(3600), &c->l2_open);
    }
    return v8ssr_named(cmd, wrong);
}
