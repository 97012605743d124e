/* SPDX-License-Identifier: Apache-2.0
 *
 * cached.h: one page and the cache: its key, what of the request the bundle
 * sees, and how the answer is stored.  Knows the request only while it is made;
 * so a render in the background uses a copy.
 */
#ifndef V8SSR_CACHED_H
#define V8SSR_CACHED_H

#include "canary.h"
#include "config.h"

#include "cache/freshness.h"
#include "cache/key.h"
#include "cache/negotiate.h"
#include "cache/rcache.h"

#include <httpd.h>
#include <apr_tables.h>

/* In a stored head, the nonce that is in the body; is not sent. */
#define V8SSR_NONCE_FIELD "v8ssr-nonce"

typedef struct v8ssr_cached {
    apr_pool_t *p;
    rcache *zone;
    server_rec *s;
    const v8ssr_bundle *bundle;
    v8ssr_cache_dir conf;   /* with what the route says */
    const apr_array_header_t *route_tags; /* const char *; NULL = none */
    rcache_key_spec spec;
    char *text;             /* the key; its last byte says which coding */
    size_t length;          /* with that byte */
    const char *query;      /* what the bundle sees; "" = none */
    const char *cookie;     /* likewise; NULL = none */
    const char *host;       /* for tags, normalised */
    const char *path;
    const char *url;        /* for the log */
    const char *nonce;      /* ctx.nonce of the render; NULL = not asked for */
    apr_time_t began;       /* the render; 0 before there is one */
    rcache_meta meta;       /* of what was stored or found last */
    int is_whole;           /* it is known; else it failed half-way, or is not
                             * there yet */
    const char *refused;    /* why the store did not take it; NULL: it did */
    const char *head;       /* same: the header fields */
    size_t head_length;
    const uint64_t *tags;
    size_t tag_count;
} v8ssr_cached;

/* The host of a request, as it is in keys and tags. */
const char *v8ssr_cached_host(request_rec *r);

/* A request that the cache is for; NULL: it is not (no zone, SSRCache off,
 * Authorization, a method other than GET and HEAD, a key that is too long). */
v8ssr_cached *v8ssr_cached_make(request_rec *r, const v8ssr_bundle *bundle);
/* For another thread, in a pool of its own. */
v8ssr_cached *v8ssr_cached_copy(apr_pool_t *p, const v8ssr_cached *cached);

/* What a page depends on beside the request: which script, which SSREnv. */
uint64_t v8ssr_cached_settings(const v8ssr_bundle *bundle,
                               const v8ssr_dir_config *d);

/* 1: the bundle may see the field.  cached may be NULL: everything. */
int v8ssr_cached_shows(const v8ssr_cached *cached, const char *field);

/* Points into cached. */
rcache_key v8ssr_cached_key(v8ssr_cached *cached, enum rcache_coding coding);

/* The two halves of v8ssr_cached_put(), for a page that comes in pieces: what
 * its head says; and all of it, where that said it may be stored. */
rcache_reason v8ssr_cached_judge(v8ssr_cached *cached, int status,
                                 apr_table_t *fields);
void v8ssr_cached_store(v8ssr_cached *cached, apr_table_t *fields,
                        const struct iovec *body, int parts);

/* From the bundle's answer.  Strips and adds fields; gives the reason why it is
 * not stored, which is noted so that others do not wait for it. */
rcache_reason v8ssr_cached_put(v8ssr_cached *cached, int status,
                               apr_table_t *fields, const struct iovec *body,
                               int parts);
/* The same page as it leaves the server; nothing of one that is not whole, or
 * that is another one for each client. */
void v8ssr_cached_put_coded(v8ssr_cached *cached, enum rcache_coding coding,
                            const struct iovec *body);
/* The render failed: the page is not tried again for a while. */
void v8ssr_cached_put_failure(v8ssr_cached *cached);
/* It did lately. */
int v8ssr_cached_failed(v8ssr_cached *cached);

/* Takes over what a hit says of itself, for v8ssr_cached_put_coded(). */
void v8ssr_cached_take(v8ssr_cached *cached, const rcache_hit *hit);

/* name and value of each field; ends with NULL.  at: begins as 0. */
const char *v8ssr_cached_field(const char *head, size_t length, size_t *at,
                               const char **value);

#endif /* V8SSR_CACHED_H */
