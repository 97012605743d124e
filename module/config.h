/* SPDX-License-Identifier: Apache-2.0
 *
 * config.h: what the directives leave behind.  Written while httpd reads its
 * configuration, constant afterwards, but for what v8ssr_bundle says of itself.
 */
#ifndef V8SSR_CONFIG_H
#define V8SSR_CONFIG_H

#include "breaker_config.h"
#include "cache_config.h"
#include "fallback_config.h"
#include "fetch_config.h"
#include "limit_config.h"
#include "template.h"

#include "v8pool_files.h"

#include <httpd.h>
#include <http_config.h>
#include <apr_tables.h>

#define V8SSR_UNSET (-1)

/* The one symbol the module exports. */
extern module AP_MODULE_DECLARE_DATA v8ssr_module
    __attribute__((visibility("default")));
extern const command_rec v8ssr_directives[];

/* Which version of a file it is, as far as stat() tells. */
typedef struct v8ssr_file_id {
    uint64_t device;
    uint64_t inode;
    int64_t size;
    int64_t modified_ns;
} v8ssr_file_id;

typedef struct v8ssr_files v8ssr_files;
typedef struct v8ssr_routes v8ssr_routes;

typedef struct v8ssr_bundle {
    apr_pool_t *pool;       /* of the configuration */
    const char *name;
    const char *path;
    v8pool_format format;
    int no_source_maps;     /* sourcemap=off */
    const char *entry;      /* NULL = the contract's order */
    const char *self_test;  /* URL that must render, NULL = none */
    int no_snapshot;        /* snapshot=off */
    const server_rec *server; /* where it is defined */
    const char *file;       /* of the configuration */
    int line;
    int prepared;           /* while the configuration is checked */
    const char *script;     /* the script to serve, see generation.h; NULL when
                               it was refused at a restart */
    size_t script_length;
    uint64_t generation;    /* in a child: a hash of the script */
    uint64_t cache_id;      /* in a child: of what tells it from bundles of
                               that name on other hosts */
    v8ssr_files *examined;  /* in the parent: the files that were last checked,
                               good or not */
    uint64_t changing_to;       /* in the parent, SSRReload stat: their stamp */
    apr_time_t changing_since;  /* same; 0 = it is what was examined */
    apr_time_t visited;         /* same */
    int tried;              /* in a child: child_init has been at it */
    int told;               /* in a child: V8SSR0120 */
    struct v8ssr_canary *canary; /* what it is, if SSRCanary defines it */
    struct v8ssr_counts *counts; /* set by post_config */
    v8pool_bundle *loaded;  /* in a child, set by child_init; NULL before, and
                               where the script could not be read */
} v8ssr_bundle;

/* A name that a directive used before all bundles were known. */
typedef struct v8ssr_reference {
    const char *directive;
    const char *bundle;
    const char *file; /* of the configuration */
    int line;
} v8ssr_reference;

typedef struct v8ssr_map {
    const char *prefix;
    const char *bundle;
} v8ssr_map;

/* A URL that each child renders before it accepts, and one child for the cache;
 * or a list of URLs for the cache. */
typedef struct v8ssr_warmup {
    const char *url;      /* NULL where there is a sitemap */
    const char *sitemap;  /* a path, or NULL */
    int cache_only;       /* not before the child accepts */
    const char *bundle;   /* NULL = as a request for it is routed */
    int concurrency;      /* 0 = as many as there are isolates */
    const char *file;     /* of the configuration */
    int line;
} v8ssr_warmup;

enum { V8SSR_RELOAD_MANUAL, V8SSR_RELOAD_STAT };

/* How long what a bundle changes lives: as its context does, or one render. */
enum { V8SSR_SCOPE_BUNDLE, V8SSR_SCOPE_REQUEST };

/* Server and virtual host. */
typedef struct v8ssr_server_config {
    apr_array_header_t *bundles;    /* v8ssr_bundle *; own first */
    apr_array_header_t *maps;       /* v8ssr_map; own first */
    v8ssr_routes *routes;           /* SSRManifest; NULL = not set */
    apr_array_header_t *references; /* v8ssr_reference; own only */
    apr_array_header_t *warmups;    /* v8ssr_warmup; own only */
    apr_array_header_t *templates;  /* v8ssr_template *; own only */
    /* One pool per child serves all hosts: main server only. */
    int isolates;
    int pin_threads;
    int queue_length;
    apr_interval_time_t queue_wait; /* microseconds */
    apr_off_t heap_limit;           /* bytes */
    apr_interval_time_t load_timeout; /* microseconds */
    int isolate_max_requests;       /* 0 = no limit */
    int isolate_concurrency;        /* renders under way in one isolate */
    apr_interval_time_t isolate_max_age; /* microseconds; 0 = no limit */
    const char *helper;             /* NULL = the installed v8ssr */
    const char *image_dir;          /* NULL = v8ssr in the runtime directory */
    int reload;                     /* a v8ssr_reload, or unset */
    apr_interval_time_t reload_interval; /* microseconds */
    v8ssr_limit_server limits;
    /* Of the bundles that this server defines. */
    int allow_eval;
    int freeze_intrinsics;
    v8ssr_cache_server cache;
} v8ssr_server_config;

/* Location; the server's own values are its default. */
typedef struct v8ssr_dir_config {
    int engine;
    const char *use;              /* NULL = not set */
    apr_interval_time_t timeout;  /* microseconds */
    apr_interval_time_t cpu_limit; /* same; V8SSR_LIMIT_OFF = none */
    apr_off_t max_response;       /* bytes */
    apr_off_t max_body;           /* of requests; bytes */
    int log_console;              /* a v8pool_log_level, or V8SSR_CONSOLE_OFF */
    int streaming;                /* a V8SSR_STREAMING_, or unset */
    int flush;                    /* a V8SSR_FLUSH_, or unset */
    int scope;                    /* a V8SSR_SCOPE_, or unset */
    const v8pool_env *env;        /* NULL = not set */
    int pass_authorization;
    const apr_array_header_t *hidden; /* const char *, lower case; NULL = not
                                         set */
    const v8ssr_fallback_conf *fallback; /* NULL = not set */
    const v8ssr_breaker_conf *breaker; /* same */
    const v8ssr_template *template; /* same */
    int has_require;              /* a <Location> has one; not V8SSR_UNSET */
    v8ssr_cache_dir cache;
    v8ssr_fetch_dir fetch;
} v8ssr_dir_config;

#define V8SSR_CONSOLE_OFF (V8POOL_LOG_ERROR + 1)

void *v8ssr_create_server_config(apr_pool_t *p, server_rec *s);
void *v8ssr_merge_server_config(apr_pool_t *p, void *base, void *add);
void *v8ssr_create_dir_config(apr_pool_t *p, char *dir);
/* Also runs for requests, in their pool: cheap where nothing is set. */
void *v8ssr_merge_dir_config(apr_pool_t *p, void *base, void *add);

v8ssr_server_config *v8ssr_server_config_of(const server_rec *s);
v8ssr_dir_config *v8ssr_dir_config_of(const request_rec *r);

/* NULL when the server knows no bundle of that name. */
v8ssr_bundle *v8ssr_find_bundle(const v8ssr_server_config *c, const char *name);

/* What v8pool_bundle_config has of it.  Only once the configuration is read. */
unsigned v8ssr_bundle_options(const v8ssr_bundle *bundle);

/* The set with one value more; a later one of the same name wins.  Its id is
 * made of the contents, so equal sets have equal ids in every generation. */
v8pool_env *v8ssr_env_add(apr_pool_t *p, const v8pool_env *env,
                          const char *name, const char *value);

/* Values that are in force where no directive says otherwise. */
int v8ssr_isolates(const v8ssr_server_config *c);
int v8ssr_isolate_concurrency(const v8ssr_server_config *c);
/* Renders at a time, under way or waiting.  0: no limit.  Only in a child. */
int v8ssr_job_limit(const v8ssr_server_config *c);
/* Bounded by the child's threads, so that waiting renders never take the last
 * of them.  Only in a child. */
int v8ssr_queue_length(const v8ssr_server_config *c);
/* Threads of a child that no render can take, at least 1: what a render asks of
 * its own server is answered there.  Only in a child. */
int v8ssr_spare_threads(const v8ssr_server_config *c);
apr_interval_time_t v8ssr_queue_wait(const v8ssr_server_config *c);
apr_interval_time_t v8ssr_load_timeout(const v8ssr_server_config *c);
apr_interval_time_t v8ssr_reload_interval(const v8ssr_server_config *c);
const char *v8ssr_image_dir(apr_pool_t *p, const v8ssr_server_config *c);
int v8ssr_isolate_max_requests(const v8ssr_server_config *c);
apr_interval_time_t v8ssr_isolate_max_age(const v8ssr_server_config *c);
const char *v8ssr_helper(const v8ssr_server_config *c);
apr_interval_time_t v8ssr_timeout(const v8ssr_dir_config *c);
/* V8SSR_LIMIT_OFF: none. */
apr_interval_time_t v8ssr_cpu_limit(const v8ssr_dir_config *c);
apr_off_t v8ssr_max_response(const v8ssr_dir_config *c);
/* 0: none reaches a bundle, nor does a method but GET and HEAD. */
apr_off_t v8ssr_max_body(const v8ssr_dir_config *c);
int v8ssr_log_console(const v8ssr_dir_config *c);
int v8ssr_scope(const v8ssr_dir_config *c);

/* check_config hook: what no single directive can know. */
int v8ssr_check_config(apr_pool_t *pconf, apr_pool_t *plog, apr_pool_t *ptemp,
                       server_rec *s);

#endif /* V8SSR_CONFIG_H */
