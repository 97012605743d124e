/* SPDX-License-Identifier: Apache-2.0
 *
 * config.c: making and merging configurations, and the defaults.
 */
#include "config.h"

#include <ap_mpm.h>
#include <apr_strings.h>
#include <string.h>
#include <unistd.h>

static int either(int add, int base)
{
    return add != V8SSR_UNSET ? add : base;
}

static apr_int64_t either64(apr_int64_t add, apr_int64_t base)
{
    return add != V8SSR_UNSET ? add : base;
}

void *v8ssr_create_server_config(apr_pool_t *p, server_rec *s)
{
    v8ssr_server_config *c = apr_pcalloc(p, sizeof(*c));

    (void)s;
    c->bundles = apr_array_make(p, 2, sizeof(v8ssr_bundle *));
    c->maps = apr_array_make(p, 2, sizeof(v8ssr_map));
    c->references = apr_array_make(p, 2, sizeof(v8ssr_reference));
    c->warmups = apr_array_make(p, 2, sizeof(v8ssr_warmup));
    c->templates = apr_array_make(p, 2, sizeof(v8ssr_template *));
    c->isolates = V8SSR_UNSET;
    c->pin_threads = V8SSR_UNSET;
    c->queue_length = V8SSR_UNSET;
    c->queue_wait = V8SSR_UNSET;
    c->heap_limit = V8SSR_UNSET;
    c->load_timeout = V8SSR_UNSET;
    c->reload = V8SSR_UNSET;
    c->reload_interval = V8SSR_UNSET;
    c->isolate_max_requests = V8SSR_UNSET;
    c->isolate_concurrency = V8SSR_UNSET;
    c->isolate_max_age = V8SSR_UNSET;
    v8ssr_limit_server_init(&c->limits);
    c->allow_eval = V8SSR_UNSET;
    c->freeze_intrinsics = V8SSR_UNSET;
    v8ssr_cache_server_init(&c->cache);
    return c;
}

/* A host's own bundles and maps come first and so hide the main server's. */
void *v8ssr_merge_server_config(apr_pool_t *p, void *basev, void *addv)
{
    const v8ssr_server_config *base = basev;
    const v8ssr_server_config *add = addv;
    v8ssr_server_config *c = apr_pcalloc(p, sizeof(*c));

    c->bundles = apr_array_append(p, add->bundles, base->bundles);
    c->maps = apr_array_append(p, add->maps, base->maps);
    c->routes = add->routes != NULL ? add->routes : base->routes;
    c->references = add->references;
    c->warmups = add->warmups;
    c->templates = add->templates;
    c->isolates = either(add->isolates, base->isolates);
    c->pin_threads = either(add->pin_threads, base->pin_threads);
    c->queue_length = either(add->queue_length, base->queue_length);
    c->queue_wait = either64(add->queue_wait, base->queue_wait);
    c->heap_limit = either64(add->heap_limit, base->heap_limit);
    c->load_timeout = either64(add->load_timeout, base->load_timeout);
    c->image_dir = add->image_dir != NULL ? add->image_dir : base->image_dir;
    c->reload = either(add->reload, base->reload);
    c->reload_interval = either64(add->reload_interval, base->reload_interval);
    c->isolate_concurrency = either(add->isolate_concurrency,
                                    base->isolate_concurrency);
    c->isolate_max_requests = either(add->isolate_max_requests,
                                     base->isolate_max_requests);
    c->isolate_max_age = either64(add->isolate_max_age, base->isolate_max_age);
    c->helper = add->helper != NULL ? add->helper : base->helper;
    c->limits = v8ssr_limit_server_merged(&base->limits, &add->limits);
    c->allow_eval = either(add->allow_eval, base->allow_eval);
    c->freeze_intrinsics = either(add->freeze_intrinsics,
                                  base->freeze_intrinsics);
    c->cache = v8ssr_cache_server_merged(&base->cache, &add->cache);
    return c;
}

void *v8ssr_create_dir_config(apr_pool_t *p, char *dir)
{
    v8ssr_dir_config *c = apr_pcalloc(p, sizeof(*c));

    (void)dir;
    c->engine = V8SSR_UNSET;
    c->timeout = V8SSR_UNSET;
    c->cpu_limit = V8SSR_UNSET;
    c->max_response = V8SSR_UNSET;
    c->max_body = V8SSR_UNSET;
    c->log_console = V8SSR_UNSET;
    v8ssr_cache_dir_init(&c->cache);
    v8ssr_fetch_dir_init(&c->fetch);
    c->streaming = V8SSR_UNSET;
    c->flush = V8SSR_UNSET;
    c->scope = V8SSR_UNSET;
    c->pass_authorization = V8SSR_UNSET;
    return c;
}

static v8pool_env *merge_env(apr_pool_t *p, const v8pool_env *base,
                             const v8pool_env *add)
{
    v8pool_env *env = NULL;
    size_t i;

    for (i = 0; i < add->count; i++) {
        env = v8ssr_env_add(p, env != NULL ? env : base, add->values[i].name,
                            add->values[i].value);
    }
    return env;
}

void *v8ssr_merge_dir_config(apr_pool_t *p, void *basev, void *addv)
{
    const v8ssr_dir_config *base = basev;
    const v8ssr_dir_config *add = addv;
    v8ssr_dir_config *c = apr_pcalloc(p, sizeof(*c));

    c->engine = either(add->engine, base->engine);
    c->use = add->use != NULL ? add->use : base->use;
    c->timeout = either64(add->timeout, base->timeout);
    c->cpu_limit = either64(add->cpu_limit, base->cpu_limit);
    c->max_response = either64(add->max_response, base->max_response);
    c->max_body = either64(add->max_body, base->max_body);
    c->log_console = either(add->log_console, base->log_console);
    c->streaming = either(add->streaming, base->streaming);
    c->flush = either(add->flush, base->flush);
    c->scope = either(add->scope, base->scope);
    c->env = add->env != NULL ? add->env : base->env;
    c->pass_authorization = either(add->pass_authorization,
                                   base->pass_authorization);
    c->hidden = add->hidden != NULL ? add->hidden : base->hidden;
    c->fallback = add->fallback != NULL ? add->fallback : base->fallback;
    c->breaker = add->breaker != NULL ? add->breaker : base->breaker;
    c->template = add->template != NULL ? add->template : base->template;
    c->has_require = add->has_require || base->has_require;
    c->cache = v8ssr_cache_dir_merged(&base->cache, &add->cache);
    c->fetch = v8ssr_fetch_dir_merged(&base->fetch, &add->fetch);
    if (add->env != NULL && base->env != NULL) {
        c->env = merge_env(p, base->env, add->env);
    }
    return c;
}

v8ssr_server_config *v8ssr_server_config_of(const server_rec *s)
{
    return ap_get_module_config(s->module_config, &v8ssr_module);
}

v8ssr_dir_config *v8ssr_dir_config_of(const request_rec *r)
{
    return ap_get_module_config(r->per_dir_config, &v8ssr_module);
}

v8ssr_bundle *v8ssr_find_bundle(const v8ssr_server_config *c, const char *name)
{
    int i;

    for (i = 0; i < c->bundles->nelts; i++) {
        v8ssr_bundle *bundle = APR_ARRAY_IDX(c->bundles, i, v8ssr_bundle *);

        if (strcmp(bundle->name, name) == 0) {
            return bundle;
        }
    }
    return NULL;
}

unsigned v8ssr_bundle_options(const v8ssr_bundle *bundle)
{
    const v8ssr_server_config *c = v8ssr_server_config_of(bundle->server);

    return (bundle->no_snapshot ? V8POOL_NO_SNAPSHOT : 0u) |
           (c->allow_eval == 1 ? V8POOL_ALLOW_EVAL : 0u) |
           (c->freeze_intrinsics == 1 ? V8POOL_FREEZE : 0u);
}

/* FNV-1a, 64 bit: names a set of values, guards nothing. */
static uint64_t hash_text(uint64_t hash, const char *text)
{
    do {
        hash = (hash ^ (unsigned char)*text) * UINT64_C(0x100000001b3);
    } while (*text++ != '\0');
    return hash;
}

static uint64_t hash_values(const v8pool_header *values, size_t count)
{
    uint64_t hash = UINT64_C(0xcbf29ce484222325);
    size_t i;

    for (i = 0; i < count; i++) {
        hash = hash_text(hash_text(hash, values[i].name), values[i].value);
    }
    return hash != 0 ? hash : 1;
}

v8pool_env *v8ssr_env_add(apr_pool_t *p, const v8pool_env *env,
                          const char *name, const char *value)
{
    size_t count = env != NULL ? env->count : 0;
    v8pool_header *values = apr_palloc(p, (count + 1) * sizeof(*values));
    v8pool_env *grown = apr_palloc(p, sizeof(*grown));
    size_t i, kept = 0;

    for (i = 0; i < count; i++) {
        if (strcmp(env->values[i].name, name) != 0) {
            values[kept++] = env->values[i];
        }
    }
    values[kept].name = name;
    values[kept++].value = value;
    grown->values = values;
    grown->count = kept;
    grown->id = hash_values(values, kept);
    return grown;
}

/* More isolates than cores only compete; all children share the cores. */
int v8ssr_isolates(const v8ssr_server_config *c)
{
    long cores = sysconf(_SC_NPROCESSORS_ONLN);
    int children = 1;

    if (c->isolates != V8SSR_UNSET) {
        return c->isolates;
    }
    if (ap_mpm_query(AP_MPMQ_MAX_DAEMONS, &children) != APR_SUCCESS ||
        children < 1) {
        children = 1;
    }
    return cores > children ? (int)(cores / children) : 1;
}

int v8ssr_isolate_concurrency(const v8ssr_server_config *c)
{
    return c->isolate_concurrency != V8SSR_UNSET ? c->isolate_concurrency : 64;
}

/* Each render, waiting or running, holds a thread of httpd's.  An eighth of
 * them, at least one, is kept for files, proxied paths and refusals. */
int v8ssr_job_limit(const v8ssr_server_config *c)
{
    int threads = 0;
    int least = v8ssr_isolates(c) + 1;
    int limit;

    if (ap_mpm_query(AP_MPMQ_MAX_THREADS, &threads) != APR_SUCCESS) {
        return 0;
    }
    limit = threads - (threads > 8 ? threads / 8 : 1);
    return limit > least ? limit : least;
}

int v8ssr_queue_length(const v8ssr_server_config *c)
{
    int wanted = c->queue_length != V8SSR_UNSET ? c->queue_length : 512;
    int limit = v8ssr_job_limit(c);
    int room = limit - v8ssr_isolates(c);

    return limit == 0 || wanted < room ? wanted : room;
}

int v8ssr_spare_threads(const v8ssr_server_config *c)
{
    int threads = 0;
    int spare;

    if (ap_mpm_query(AP_MPMQ_MAX_THREADS, &threads) != APR_SUCCESS) {
        return 1;
    }
    spare = threads - v8ssr_job_limit(c);
    return spare > 1 ? spare : 1;
}

apr_interval_time_t v8ssr_queue_wait(const v8ssr_server_config *c)
{
    return c->queue_wait != V8SSR_UNSET ? c->queue_wait
                                        : apr_time_from_sec(1);
}

apr_interval_time_t v8ssr_load_timeout(const v8ssr_server_config *c)
{
    return c->load_timeout != V8SSR_UNSET ? c->load_timeout
                                          : apr_time_from_sec(10);
}

apr_interval_time_t v8ssr_reload_interval(const v8ssr_server_config *c)
{
    return c->reload_interval != V8SSR_UNSET ? c->reload_interval
                                             : apr_time_from_sec(1);
}

const char *v8ssr_image_dir(apr_pool_t *p, const v8ssr_server_config *c)
{
    return c->image_dir != NULL ? c->image_dir
                                : ap_runtime_dir_relative(p, "v8ssr");
}

int v8ssr_isolate_max_requests(const v8ssr_server_config *c)
{
    return c->isolate_max_requests != V8SSR_UNSET ? c->isolate_max_requests
                                                  : 0;
}

apr_interval_time_t v8ssr_isolate_max_age(const v8ssr_server_config *c)
{
    return c->isolate_max_age != V8SSR_UNSET ? c->isolate_max_age : 0;
}

const char *v8ssr_helper(const v8ssr_server_config *c)
{
    return c->helper != NULL ? c->helper : V8SSR_HELPER;
}

apr_interval_time_t v8ssr_timeout(const v8ssr_dir_config *c)
{
    return c->timeout != V8SSR_UNSET ? c->timeout : apr_time_from_sec(3);
}

apr_interval_time_t v8ssr_cpu_limit(const v8ssr_dir_config *c)
{
    return c->cpu_limit != V8SSR_UNSET ? c->cpu_limit : apr_time_from_sec(1);
}

apr_off_t v8ssr_max_body(const v8ssr_dir_config *c)
{
    return c->max_body != V8SSR_UNSET ? c->max_body : (apr_off_t)1 << 20;
}

apr_off_t v8ssr_max_response(const v8ssr_dir_config *c)
{
    return c->max_response != V8SSR_UNSET ? c->max_response
                                          : (apr_off_t)16 * 1024 * 1024;
}

int v8ssr_log_console(const v8ssr_dir_config *c)
{
    return c->log_console != V8SSR_UNSET ? c->log_console : V8POOL_LOG_INFO;
}

int v8ssr_scope(const v8ssr_dir_config *c)
{
    return c->scope != V8SSR_UNSET ? c->scope : V8SSR_SCOPE_BUNDLE;
}
