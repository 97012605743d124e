/* SPDX-License-Identifier: Apache-2.0
 *
 * directives.c: the command table.  A setter checks its arguments fully and
 * returns NULL or "Directive: what was expected"; docs/directives.md and
 * conf/v8ssr.conf name the same directives (t/guard checks).
 */
#include "canary.h"
#include "config.h"
#include "limit_config.h"
#include "recompress.h"
#include "page_config.h"
#include "routes.h"
#include "sandbox.h"
#include "setters.h"
#include "status.h"
#include "values.h"
#include "warmup.h"

#include <http_core.h>
#include <apr_strings.h>
#include <stddef.h>
#include <string.h>

static v8ssr_server_config *server_of(const cmd_parms *cmd)
{
    return v8ssr_server_config_of(cmd->server);
}

static void refer(const cmd_parms *cmd, const char *bundle)
{
    v8ssr_reference *ref = apr_array_push(server_of(cmd)->references);

    ref->directive = cmd->cmd->name;
    ref->bundle = bundle;
    ref->file = cmd->directive->filename;
    ref->line = cmd->directive->line_num;
}

static const char *set_engine(cmd_parms *cmd, void *dir, int on)
{
    (void)cmd;
    ((v8ssr_dir_config *)dir)->engine = on;
    return NULL;
}

static const char *set_bundle_option(cmd_parms *cmd, v8ssr_bundle *bundle,
                                     const char *option)
{
    if (strncmp(option, "entry=", 6) == 0 && option[6] != '\0') {
        bundle->entry = apr_pstrdup(cmd->pool, option + 6);
        return NULL;
    }
    if (strncmp(option, "self-test=/", 11) == 0) {
        bundle->self_test = apr_pstrdup(cmd->pool, option + 10);
        return NULL;
    }
    if (strcmp(option, "snapshot=on") == 0 ||
        strcmp(option, "snapshot=off") == 0) {
        bundle->no_snapshot = strcmp(option, "snapshot=off") == 0;
        return NULL;
    }
    if (strncmp(option, "format=", 7) == 0 &&
        v8pool_format_parse(option + 7, &bundle->format)) {
        return NULL;
    }
    if (strcmp(option, "sourcemap=auto") == 0 ||
        strcmp(option, "sourcemap=off") == 0) {
        bundle->no_source_maps = strcmp(option, "sourcemap=off") == 0;
        return NULL;
    }
    return apr_pstrcat(cmd->temp_pool,
                       "format=auto|esm|iife|cjs, entry=NAME, self-test=/URL, "
                       "sourcemap=auto|off or snapshot=on|off was expected, "
                       "not \"",
                       option, "\"", NULL);
}

static int defined_here(const v8ssr_server_config *c, const char *name)
{
    return v8ssr_find_bundle(c, name) != NULL;
}

static const char *set_bundle(cmd_parms *cmd, void *dir, int argc,
                              char *const argv[])
{
    v8ssr_server_config *c = server_of(cmd);
    v8ssr_bundle *bundle = apr_pcalloc(cmd->pool, sizeof(*bundle));
    const char *wrong = NULL;
    int i;

    (void)dir;
    if (argc < 2) {
        return v8ssr_named(cmd, "a name and a path were expected");
    }
    if (!v8ssr_is_name(argv[0])) {
        return v8ssr_named(cmd, apr_pstrcat(cmd->temp_pool, "\"", argv[0],
                                      "\": a name of 1 to 64 letters, digits, "
                                      "'.', '_' and '-' was expected",
                                      NULL));
    }
    if (defined_here(c, argv[0])) {
        return v8ssr_named(cmd, apr_pstrcat(cmd->temp_pool, argv[0],
                                      " is defined twice", NULL));
    }
    bundle->pool = cmd->pool;
    bundle->name = apr_pstrdup(cmd->pool, argv[0]);
    bundle->path = ap_server_root_relative(cmd->pool, argv[1]);
    bundle->server = cmd->server;
    bundle->file = cmd->directive->filename;
    bundle->line = cmd->directive->line_num;
    wrong = bundle->path == NULL ? "the path is invalid" : NULL;
    for (i = 2; i < argc && wrong == NULL; i++) {
        wrong = set_bundle_option(cmd, bundle, argv[i]);
    }
    if (wrong != NULL) {
        return v8ssr_named(cmd, apr_pstrcat(cmd->temp_pool, argv[0], ": ", wrong,
                                      NULL));
    }
    APR_ARRAY_PUSH(c->bundles, v8ssr_bundle *) = bundle;
    return NULL;
}

static const char *set_canary(cmd_parms *cmd, void *dir, int argc,
                              char *const argv[])
{
    v8ssr_server_config *c = server_of(cmd);
    v8ssr_bundle *bundle;
    const char *wrong = v8ssr_canary_parse(cmd->pool, argc, argv, &bundle);

    (void)dir;
    if (wrong == NULL && defined_here(c, bundle->name)) {
        wrong = apr_pstrcat(cmd->temp_pool, bundle->canary->of,
                            " has two canaries", NULL);
    }
    if (wrong != NULL) {
        return v8ssr_named(cmd, wrong);
    }
    bundle->server = cmd->server;
    bundle->file = cmd->directive->filename;
    bundle->line = cmd->directive->line_num;
    refer(cmd, bundle->canary->of);
    APR_ARRAY_PUSH(c->bundles, v8ssr_bundle *) = bundle;
    return NULL;
}

static const char *set_use(cmd_parms *cmd, void *dir, const char *name)
{
    refer(cmd, name);
    ((v8ssr_dir_config *)dir)->use = name;
    return NULL;
}

static const char *set_map(cmd_parms *cmd, void *dir, const char *prefix,
                           const char *name)
{
    v8ssr_map *map;

    (void)dir;
    if (*prefix != '/') {
        return v8ssr_named(cmd, apr_pstrcat(cmd->temp_pool, "\"", prefix,
                                      "\": a URL prefix that starts with / "
                                      "was expected",
                                      NULL));
    }
    refer(cmd, name);
    map = apr_array_push(server_of(cmd)->maps);
    map->prefix = prefix;
    map->bundle = name;
    return NULL;
}

static const char *set_warmup(cmd_parms *cmd, void *dir, int argc,
                              char *const argv[])
{
    const v8ssr_warmup *first;
    const char *wrong = v8ssr_warmup_add(cmd, argc, argv, &first);

    (void)dir;
    if (wrong == NULL && first->bundle != NULL) {
        refer(cmd, first->bundle);
    }
    return v8ssr_named(cmd, wrong);
}

static const char *set_isolates(cmd_parms *cmd, void *dir, const char *arg)
{
    (void)dir;
    return v8ssr_set_main_number(cmd, arg, 1, 1024, &server_of(cmd)->isolates);
}

static const char *set_concurrency(cmd_parms *cmd, void *dir, const char *arg)
{
    (void)dir;
    return v8ssr_set_main_number(cmd, arg, 1, 1024,
                                 &server_of(cmd)->isolate_concurrency);
}

static const char *set_max_requests(cmd_parms *cmd, void *dir,
                                    const char *arg)
{
    (void)dir;
    return v8ssr_set_main_number(cmd, arg, 0, 1000000000,
                                 &server_of(cmd)->isolate_max_requests);
}

static const char *set_max_age(cmd_parms *cmd, void *dir, const char *arg)
{
    (void)dir;
    return v8ssr_set_main_time(cmd, arg, 0, apr_time_from_sec(30 * 86400),
                               &server_of(cmd)->isolate_max_age);
}

static const char *set_pin_threads(cmd_parms *cmd, void *dir, int on)
{
    const char *wrong = ap_check_cmd_context(cmd, GLOBAL_ONLY);

    (void)dir;
    if (wrong == NULL) {
        server_of(cmd)->pin_threads = on;
    }
    return wrong;
}

static const char *set_queue(cmd_parms *cmd, void *dir, const char *length,
                             const char *wait)
{
    v8ssr_server_config *c = server_of(cmd);
    const char *wrong = ap_check_cmd_context(cmd, GLOBAL_ONLY);

    (void)dir;
    if (wrong != NULL) {
        return wrong;
    }
    wrong = v8ssr_parse_number(cmd->temp_pool, length, 1, 1000000,
                               &c->queue_length);
    if (wrong == NULL && wait != NULL) {
        wrong = v8ssr_parse_time(cmd->temp_pool, wait, apr_time_from_msec(1),
                                 apr_time_from_sec(3600), &c->queue_wait);
    }
    return v8ssr_named(cmd, wrong);
}

static const char *set_heap_limit(cmd_parms *cmd, void *dir, const char *arg)
{
    const char *wrong = ap_check_cmd_context(cmd, GLOBAL_ONLY);

    (void)dir;
    return wrong != NULL
               ? wrong
               : v8ssr_named(cmd, v8ssr_parse_size(cmd->temp_pool, arg,
                                             (apr_off_t)16 << 20,
                                             (apr_off_t)4 << 30,
                                             &server_of(cmd)->heap_limit));
}

static const char *set_load_timeout(cmd_parms *cmd, void *dir, const char *arg)
{
    (void)dir;
    return v8ssr_set_main_time(cmd, arg, apr_time_from_msec(1),
                               apr_time_from_sec(3600),
                               &server_of(cmd)->load_timeout);
}

static const char *set_reload(cmd_parms *cmd, void *dir, const char *how,
                              const char *interval)
{
    v8ssr_server_config *c = server_of(cmd);
    const char *wrong = ap_check_cmd_context(cmd, GLOBAL_ONLY);

    (void)dir;
    if (wrong != NULL) {
        return wrong;
    }
    if (ap_cstr_casecmp(how, "manual") == 0 && interval == NULL) {
        c->reload = V8SSR_RELOAD_MANUAL;
        return NULL;
    }
    if (ap_cstr_casecmp(how, "stat") != 0) {
        return v8ssr_named(cmd, "manual, or stat and a time, was expected");
    }
    c->reload = V8SSR_RELOAD_STAT;
    return interval == NULL
               ? NULL
               : v8ssr_named(cmd, v8ssr_parse_time(cmd->temp_pool, interval,
                                             apr_time_from_msec(100),
                                             apr_time_from_sec(3600),
                                             &c->reload_interval));
}

/* Of the main server. */
static const char *set_path(cmd_parms *cmd, const char *arg, const char **path)
{
    const char *wrong = ap_check_cmd_context(cmd, GLOBAL_ONLY);

    if (wrong != NULL) {
        return wrong;
    }
    *path = ap_server_root_relative(cmd->pool, arg);
    return *path != NULL ? NULL : v8ssr_named(cmd, "the path is invalid");
}

static const char *set_helper(cmd_parms *cmd, void *dir, const char *arg)
{
    (void)dir;
    return set_path(cmd, arg, &server_of(cmd)->helper);
}

static const char *set_image_dir(cmd_parms *cmd, void *dir, const char *arg)
{
    (void)dir;
    return set_path(cmd, arg, &server_of(cmd)->image_dir);
}

static const char *set_timeout(cmd_parms *cmd, void *dir, const char *arg)
{
    v8ssr_dir_config *c = dir;

    return v8ssr_named(cmd, v8ssr_parse_time(cmd->temp_pool, arg,
                                       apr_time_from_msec(1),
                                       apr_time_from_sec(3600), &c->timeout));
}

/* Raw, since httpd's own splitting refuses or drops an empty value. */
static const char *set_env(cmd_parms *cmd, void *dir, const char *args)
{
    v8ssr_dir_config *c = dir;
    const char *name = ap_getword_conf(cmd->pool, &args);
    int has_value = *args != '\0';
    const char *value = ap_getword_conf(cmd->pool, &args);

    if (!has_value || *args != '\0') {
        return v8ssr_named(cmd, "a name and a value were expected");
    }
    if (!v8ssr_is_identifier(name)) {
        return v8ssr_named(cmd, apr_pstrcat(cmd->temp_pool, "\"", name,
                                      "\": a name of letters, digits and '_', "
                                      "no digit first, was expected",
                                      NULL));
    }
    c->env = v8ssr_env_add(cmd->pool, c->env, name, value);
    return NULL;
}

#define ANYWHERE (RSRC_CONF | ACCESS_CONF)

#define CACHE_TIME(field) (void *)offsetof(v8ssr_cache_dir, field)

const command_rec v8ssr_directives[] = {
    AP_INIT_FLAG("SSREngine", set_engine, NULL, ANYWHERE,
                 "on or off: whether bundles answer here"),
    AP_INIT_TAKE_ARGV("SSRBundle", set_bundle, NULL, RSRC_CONF,
                      "a name, the path of a script, entry=NAME, self-test=/URL, "
                      "snapshot=on|off"),
    AP_INIT_TAKE_ARGV("SSRCanary", set_canary, NULL, RSRC_CONF,
                      "a bundle's name, the path of another version of its "
                      "script, the percentage of its traffic, options"),
    AP_INIT_FLAG("SSRAllowEval", v8ssr_set_allow_eval, NULL, RSRC_CONF,
                 "on or off: whether bundles may compile strings"),
    AP_INIT_FLAG("SSRFreezeIntrinsics", v8ssr_set_freeze_intrinsics, NULL,
                 RSRC_CONF,
                 "on or off: whether JavaScript's own objects are frozen"),
    AP_INIT_TAKE1("SSRUse", set_use, NULL, ANYWHERE,
                  "the name of the bundle that answers here"),
    AP_INIT_TAKE2("SSRMap", set_map, NULL, RSRC_CONF,
                  "a URL prefix and the name of its bundle"),
    AP_INIT_TAKE1("SSRManifest", v8ssr_set_manifest, NULL, RSRC_CONF,
                  "the path of a route manifest, or none"),
    AP_INIT_TAKE_ARGV("SSRWarmup", set_warmup, NULL, RSRC_CONF,
                      "URLs, file:PATH or sitemap:PATH, cache=only, "
                      "concurrency=N, bundle=NAME"),
    AP_INIT_TAKE1("SSRIsolates", set_isolates, NULL, RSRC_CONF,
                  "isolates (and threads) in each child"),
    AP_INIT_TAKE1("SSRIsolateConcurrency", set_concurrency, NULL, RSRC_CONF,
                  "renders under way in one isolate"),
    AP_INIT_TAKE1("SSRIsolateMaxRequests", set_max_requests, NULL, RSRC_CONF,
                  "renders after which an isolate is replaced, or 0"),
    AP_INIT_TAKE1("SSRIsolateMaxAge", set_max_age, NULL, RSRC_CONF,
                  "age at which an isolate is replaced, or 0"),
    AP_INIT_FLAG("SSRPinThreads", set_pin_threads, NULL, RSRC_CONF,
                 "on or off: whether each isolate keeps to one core"),
    AP_INIT_TAKE12("SSRQueue", set_queue, NULL, RSRC_CONF,
                   "renders that may wait in each child, and how long"),
    AP_INIT_TAKE1("SSRHeapLimit", set_heap_limit, NULL, RSRC_CONF,
                  "JavaScript heap of each isolate"),
    AP_INIT_TAKE1("SSRArrayBufferLimit", v8ssr_set_array_buffers, NULL,
                  RSRC_CONF, "array buffers of each isolate"),
    AP_INIT_TAKE1("SSRMemoryLimit", v8ssr_set_memory_limit, NULL, RSRC_CONF,
                  "off, or what a child may have resident"),
    AP_INIT_TAKE123("SSRPoison", v8ssr_set_poison, NULL, RSRC_CONF,
                    "off, or after how many deaths of children within what "
                    "time a URL is refused, and for how long"),
    AP_INIT_TAKE1("SSRStuckGrace", v8ssr_set_stuck_grace, NULL, RSRC_CONF,
                  "off, or how long V8 may ignore the end of a render before "
                  "the child is replaced"),
    AP_INIT_TAKE1("SSRLoadTimeout", set_load_timeout, NULL, RSRC_CONF,
                  "how long a bundle's script may take to be evaluated"),
    AP_INIT_TAKE12("SSRReload", set_reload, NULL, RSRC_CONF,
                   "manual, or stat and how long a file must stay the same"),
    AP_INIT_TAKE1("SSRImageDir", set_image_dir, NULL, RSRC_CONF,
                  "the directory for startup images of bundles"),
    AP_INIT_TAKE1("SSRHelper", set_helper, NULL, RSRC_CONF,
                  "the path of the v8ssr program, which checks bundles"),
    AP_INIT_TAKE1("SSRTimeout", set_timeout, NULL, ANYWHERE,
                  "how long a render may take"),
    AP_INIT_TAKE1("SSRCPUTimeLimit", v8ssr_set_cpu_limit, NULL, ANYWHERE,
                  "off, or how much of a processor's time a render may take"),
    AP_INIT_TAKE1("SSRMaxResponse", v8ssr_set_max_response, NULL, ANYWHERE,
                  "largest body a bundle may return"),
    AP_INIT_TAKE1("SSRMaxRequestBody", v8ssr_set_max_body, NULL, ANYWHERE,
                  "largest body of a request that a bundle gets, or 0"),
    AP_INIT_TAKE1("SSRStreaming", v8ssr_set_streaming, NULL, ANYWHERE,
                  "auto, on or off: whether pages leave bit by bit"),
    AP_INIT_TAKE1("SSRFlush", v8ssr_set_flush, NULL, ANYWHERE,
                  "shell, chunk or none: when what is there of a page leaves"),
    AP_INIT_TAKE1("SSRTemplate", v8ssr_set_template, NULL, ANYWHERE,
                  "none, or the HTML file that pages are put into"),
    AP_INIT_TAKE1("SSRScope", v8ssr_set_scope, NULL, ANYWHERE,
                  "bundle or request: how long what a bundle changes lives"),
    AP_INIT_TAKE_ARGV("SSRFallback", v8ssr_set_fallback, NULL, ANYWHERE,
                      "stale, shell:/URL, errordocument, after=TIME: what "
                      "takes the place of a page that is not rendered"),
    AP_INIT_TAKE123("SSRBreaker", v8ssr_set_breaker, NULL, ANYWHERE,
                    "off, or failures, their window and the cooldown"),
    AP_INIT_TAKE_ARGV("SSRFetch", v8ssr_set_fetch, NULL, ANYWHERE,
                      "off, local, allow:HOST[:PORT], "
                      "allow-private:HOST[:PORT]: what fetch() may reach"),
    AP_INIT_TAKE1("SSRFetchTimeout", v8ssr_set_fetch_timeout, NULL, ANYWHERE,
                  "how long one fetch() may take, its body included"),
    AP_INIT_TAKE12("SSRFetchBreaker", v8ssr_set_fetch_breaker, NULL, ANYWHERE,
                   "off, or how many failures in a row and for how long an "
                   "origin is left alone then"),
    AP_INIT_TAKE1("SSRMaxSubrequests", v8ssr_set_max_subrequests, NULL,
                  ANYWHERE, "calls of fetch() in one render"),
    AP_INIT_FLAG("SSRPassAuthorization", v8ssr_set_pass_authorization, NULL,
                 ANYWHERE, "on or off: whether bundles see Authorization"),
    AP_INIT_TAKE_ARGV("SSRHideHeaders", v8ssr_set_hide_headers, NULL, ANYWHERE,
                      "names of request header fields that bundles do not "
                      "see, * at the end; or none"),
    AP_INIT_RAW_ARGS("SSREnv", set_env, NULL, ANYWHERE,
                  "a name and a value for ctx.env"),
    AP_INIT_TAKE1("SSRLogConsole", v8ssr_set_log_console, NULL, ANYWHERE,
                  "least console level that is logged, or off"),
    AP_INIT_FLAG("SSRCache", v8ssr_set_cache, NULL, ANYWHERE,
                 "on or off: whether pages are kept and served again"),
    AP_INIT_TAKE1("SSRCacheTTL", v8ssr_set_cache_time,
                  CACHE_TIME(ttl), ANYWHERE,
                  "how long a page is fresh that does not say so itself"),
    AP_INIT_TAKE1("SSRCacheSWR", v8ssr_set_cache_time,
                  CACHE_TIME(swr), ANYWHERE,
                  "how long a stale page is served while it is rendered anew"),
    AP_INIT_TAKE1("SSRCacheStaleIfError", v8ssr_set_cache_time,
                  CACHE_TIME(stale_if_error), ANYWHERE,
                  "how long a stale page is served when rendering fails"),
    AP_INIT_TAKE12("SSRCacheErrorBackoff", v8ssr_set_cache_backoff, NULL,
                   ANYWHERE,
                   "how long a failed page is not tried again, and the most"),
    AP_INIT_TAKE_ARGV("SSRCacheKey", v8ssr_set_cache_key, NULL, ANYWHERE,
                      "host, path, query, header:NAME, cookie:NAME"),
    AP_INIT_TAKE_ARGV("SSRCacheIgnoreQuery", v8ssr_set_cache_ignore, NULL,
                      ANYWHERE, "names of query parameters, * and ?, or none"),
    AP_INIT_TAKE1("SSRCacheHeader", v8ssr_set_cache_header, NULL, ANYWHERE,
                  "off, cache-status or x-cache"),
    AP_INIT_FLAG("SSRCachePurge", v8ssr_set_cache_purge, NULL, ANYWHERE,
                 "on or off: whether PURGE requests are answered here"),
    AP_INIT_FLAG("SSRCacheQuick", v8ssr_set_cache_quick, NULL, RSRC_CONF,
                 "on or off: whether pages are sent before access control"),
    AP_INIT_TAKE1("SSRKeepAliveWait", v8ssr_set_keepalive_wait, NULL,
                  RSRC_CONF, "how long a worker waits for the next request of "
                             "a client that got a page from the cache"),
    AP_INIT_TAKE_ARGV("SSRCacheStore", v8ssr_set_cache_store, NULL, RSRC_CONF,
                      "shm:SIZE memcached:HOST:PORT,HOST:PORT... ttl=TIME"),
    AP_INIT_TAKE1("SSRCacheL2Timeout", v8ssr_set_cache_l2_timeout, NULL,
                  RSRC_CONF, "how long an answer of memcached is waited for"),
    AP_INIT_TAKE2("SSRCacheL2Breaker", v8ssr_set_cache_l2_breaker, NULL,
                  RSRC_CONF, "how many failures in a row, and for how long "
                             "memcached is left alone then"),
    AP_INIT_TAKE12("SSRCacheLock", v8ssr_set_cache_lock, NULL, RSRC_CONF,
                   "on or off, wait=TIME: one render for each page at a time"),
    AP_INIT_TAKE1("SSRCacheRevalidateMax", v8ssr_set_cache_revalidate, NULL,
                  RSRC_CONF, "renders of stale pages at a time"),
    AP_INIT_TAKE_ARGV("SSRCacheRecompress", v8ssr_set_cache_recompress, NULL,
                      ANYWHERE, "off, or br=LEVEL gzip=LEVEL after=HITS"),
    /* mod_authz_core's; it is asked as well */
    AP_INIT_RAW_ARGS("Require", v8ssr_note_require, NULL, OR_AUTHCFG,
                     "what mod_authz_core expects"),
    {NULL, {NULL}, NULL, 0, RAW_ARGS, NULL},
};
