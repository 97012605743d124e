/* SPDX-License-Identifier: Apache-2.0
 *
 * cache_config.h: what the SSRCache… directives leave behind.
 */
#ifndef V8SSR_CACHE_CONFIG_H
#define V8SSR_CACHE_CONFIG_H

#include "cache/key.h"

#include <httpd.h>
#include <http_config.h>

enum {
    V8SSR_CACHE_HEADER_OFF,
    V8SSR_CACHE_HEADER_STATUS, /* Cache-Status, RFC 9211 */
    V8SSR_CACHE_HEADER_X_CACHE
};

/* Part of v8ssr_dir_config.  Times in microseconds. */
typedef struct v8ssr_cache_dir {
    int on;
    int purge;
    int header;
    apr_interval_time_t ttl, swr, stale_if_error;
    apr_interval_time_t backoff, backoff_most;
    int recompress_br, recompress_gzip; /* levels; 0 = not */
    int recompress_after;               /* hits */
    const rcache_key_spec *key;         /* NULL = host, path, query */
    const apr_array_header_t *ignore;   /* const char *; NULL = the usual */
} v8ssr_cache_dir;

/* Part of v8ssr_server_config; the main server's counts. */
typedef struct v8ssr_cache_server {
    apr_off_t bytes;                    /* of shared memory */
    int lock;
    apr_interval_time_t lock_wait;
    int revalidate_most;
    const char *l2_servers;             /* memcached; NULL = none */
    apr_interval_time_t l2_ttl, l2_timeout;
    int l2_failures;                    /* in a row: the server is left alone */
    apr_interval_time_t l2_open;        /* for so long */
    int quick;
    apr_interval_time_t linger;         /* 0 = off */
    int used;                           /* SSRCache on is somewhere in it */
} v8ssr_cache_server;

void v8ssr_cache_dir_init(v8ssr_cache_dir *c);
v8ssr_cache_dir v8ssr_cache_dir_merged(const v8ssr_cache_dir *base,
                                       const v8ssr_cache_dir *add);
void v8ssr_cache_server_init(v8ssr_cache_server *c);
v8ssr_cache_server v8ssr_cache_server_merged(const v8ssr_cache_server *base,
                                             const v8ssr_cache_server *add);

/* Values that are in force where no directive says otherwise. */
apr_size_t v8ssr_cache_bytes(const v8ssr_cache_server *c);
int v8ssr_cache_locks(const v8ssr_cache_server *c);
apr_interval_time_t v8ssr_cache_lock_wait(const v8ssr_cache_server *c);
int v8ssr_cache_revalidate_most(const v8ssr_cache_server *c);
apr_interval_time_t v8ssr_cache_l2_ttl(const v8ssr_cache_server *c);
apr_interval_time_t v8ssr_cache_l2_timeout(const v8ssr_cache_server *c);
int v8ssr_cache_l2_failures(const v8ssr_cache_server *c);
apr_interval_time_t v8ssr_cache_l2_open(const v8ssr_cache_server *c);
apr_interval_time_t v8ssr_cache_backoff(const v8ssr_cache_dir *c);
apr_interval_time_t v8ssr_cache_backoff_most(const v8ssr_cache_dir *c);
/* With the names to be ignored in it. */
rcache_key_spec v8ssr_cache_key_spec(const v8ssr_cache_dir *c);

/* The setters: NULL or "Directive: what was expected". */
const char *v8ssr_set_cache(cmd_parms *cmd, void *dir, int on);
const char *v8ssr_set_cache_purge(cmd_parms *cmd, void *dir, int on);
const char *v8ssr_set_cache_header(cmd_parms *cmd, void *dir, const char *arg);
const char *v8ssr_set_cache_time(cmd_parms *cmd, void *dir, const char *arg);
const char *v8ssr_set_cache_backoff(cmd_parms *cmd, void *dir,
                                    const char *first, const char *most);
const char *v8ssr_set_cache_key(cmd_parms *cmd, void *dir, int argc,
                                char *const argv[]);
const char *v8ssr_set_cache_ignore(cmd_parms *cmd, void *dir, int argc,
                                   char *const argv[]);
const char *v8ssr_set_cache_store(cmd_parms *cmd, void *dir, int argc,
                                  char *const argv[]);
const char *v8ssr_set_cache_lock(cmd_parms *cmd, void *dir, const char *on,
                                 const char *wait);
const char *v8ssr_set_keepalive_wait(cmd_parms *cmd, void *dir,
                                     const char *arg);
const char *v8ssr_set_cache_quick(cmd_parms *cmd, void *dir, int on);
const char *v8ssr_set_cache_revalidate(cmd_parms *cmd, void *dir,
                                       const char *arg);
const char *v8ssr_set_cache_l2_timeout(cmd_parms *cmd, void *dir,
                                       const char *arg);
const char *v8ssr_set_cache_l2_breaker(cmd_parms *cmd, void *dir,
                                       const char *failures, const char *open);

#endif /* V8SSR_CACHE_CONFIG_H */
