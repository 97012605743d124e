/* SPDX-License-Identifier: Apache-2.0
 *
 * fragment.c: keys and lives of fragments.  What cannot be stored is made anew
 * each time, which is what its author wrote.
 */
#include "fragment.h"

#include "cached.h"
#include "zone.h"

#include "cache/tags.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* First byte of keys, beside those of pages. */
#define FRAGMENT "\001fragment"

/* Of the author's own. */
#define KEY_MAX 4096

void v8ssr_fragments_init(v8ssr_fragments *f, request_rec *r,
                          const v8ssr_bundle *bundle, const char *host)
{
    const v8ssr_dir_config *d = v8ssr_dir_config_of(r);

    f->bundle = bundle;
    f->settings = v8ssr_cached_settings(bundle, d);
    f->host = host;
    f->s = r->server;
    f->ttl = d->cache.ttl != V8SSR_UNSET ? d->cache.ttl : 0;
}

/* text: room for all of it. */
static size_t write_key(const v8ssr_fragments *f, const v8pool_text *key,
                        char *text, size_t room)
{
    int n = snprintf(text, room, "%s %llx %llx %s %s:%u ", FRAGMENT,
                     (unsigned long long)f->settings,
                     (unsigned long long)f->bundle->generation,
                     f->bundle->name, f->s->server_hostname,
                     (unsigned)f->s->port);

    if (n < 0 || (size_t)n + key->length > room) {
        return 0;
    }
    memcpy(text + n, key->data, key->length);
    return (size_t)n + key->length;
}

static v8pool_status set_key(const v8ssr_fragments *f, const v8pool_text *key,
                             char *text, rcache_key *to, v8pool_error *err)
{
    size_t length = key->length <= KEY_MAX
                        ? write_key(f, key, text, 2 * KEY_MAX)
                        : 0;

    if (length == 0) {
        snprintf(err->message, sizeof(err->message),
                 "ctx.cache.fragment: a key of at most %d bytes was expected",
                 KEY_MAX);
        return V8POOL_E_ARG;
    }
    rcache_key_set(v8ssr_zone(), to, text, length);
    return V8POOL_OK;
}

/* --- get --------------------------------------------------------------------------- */

static v8pool_status give(const char *prefix, const rcache_hit *hit,
                          v8pool_text *result)
{
    size_t n = strlen(prefix), length = n;
    char *text;
    unsigned i;

    for (i = 0; hit != NULL && i < hit->body_parts; i++) {
        length += hit->body[i].iov_len;
    }
    text = malloc(length + 1);
    if (text == NULL) {
        return V8POOL_E_MEMORY;
    }
    memcpy(text, prefix, n);
    for (i = 0; hit != NULL && i < hit->body_parts; i++) {
        memcpy(text + n, hit->body[i].iov_base, hit->body[i].iov_len);
        n += hit->body[i].iov_len;
    }
    result->data = text;
    result->length = length;
    return V8POOL_OK;
}

static v8pool_status give_hit(const rcache_hit *hit, apr_time_t now,
                              v8pool_text *result)
{
    char began[32];

    if (now < hit->meta->fresh_until && !hit->soft_purged) {
        return give("f", hit, result);
    }
    if (now < hit->meta->error_until) {
        snprintf(began, sizeof(began), "e%lld ", (long long)now);
        return give(began, hit, result);
    }
    snprintf(began, sizeof(began), "m%lld", (long long)now);
    return give(began, NULL, result);
}

v8pool_status v8ssr_fragment_get(const v8ssr_fragments *f,
                                 const v8pool_text *args, v8pool_text *result,
                                 v8pool_error *err)
{
    apr_time_t now = apr_time_now();
    char text[2 * KEY_MAX], began[32];
    v8pool_status status;
    rcache_key key;
    rcache_hit hit;

    if (v8ssr_zone() == NULL) {
        return V8POOL_OK;
    }
    status = set_key(f, &args[0], text, &key, err);
    if (status != V8POOL_OK) {
        return status;
    }
    if (!rcache_find(v8ssr_zone(), &key, &hit)) {
        snprintf(began, sizeof(began), "m%lld", (long long)now);
        return give(began, NULL, result);
    }
    status = give_hit(&hit, now, result);
    rcache_release(v8ssr_zone(), &hit);
    return status;
}

/* --- put --------------------------------------------------------------------------- */

static apr_time_t number(const v8pool_text *text)
{
    char digits[32] = "";

    if (text->length < sizeof(digits)) {
        memcpy(digits, text->data, text->length);
    }
    return (apr_time_t)strtoll(digits, NULL, 10);
}

/* Those of the author, and what a purge of the whole host goes by. */
static uint64_t *hash_tags(apr_pool_t *p, const v8ssr_fragments *f,
                           const v8pool_text *names, size_t count, size_t *n)
{
    apr_array_header_t *tags = rcache_tags_create(p);
    uint64_t *hashes;
    size_t i;

    for (i = 0; i < count; i++) {
        rcache_tags_read(tags, (rcache_span){names[i].data, names[i].length},
                         ",");
    }
    APR_ARRAY_PUSH(tags, const char *) =
        rcache_tag_host(p, rcache_span_of(f->host));
    APR_ARRAY_PUSH(tags, const char *) = rcache_tag_all();
    hashes = apr_palloc(p, (size_t)tags->nelts * sizeof(*hashes));
    for (i = 0; i < (size_t)tags->nelts; i++) {
        const char *tag = APR_ARRAY_IDX(tags, i, const char *);

        hashes[i] = rcache_tag_hash(tag, strlen(tag));
    }
    *n = (size_t)tags->nelts;
    return hashes;
}

static void put(const v8ssr_fragments *f, const rcache_key *key,
                const v8pool_text *args, size_t count)
{
    apr_interval_time_t fresh = args[2].length > 0
                                    ? apr_time_from_sec(number(&args[2]))
                                    : f->ttl;
    struct iovec body = {(char *)args[4].data, args[4].length};
    rcache_value value = {.body = &body, .body_parts = 1};
    apr_pool_t *p;

    value.meta.rendered = value.meta.made = number(&args[1]);
    value.meta.fresh_until = value.meta.rendered + fresh;
    value.meta.error_until =
        value.meta.fresh_until + apr_time_from_sec(number(&args[3]));
    value.meta.status = HTTP_OK;
    value.meta.generation = f->bundle->generation;
    apr_pool_create(&p, NULL);
    value.tags = hash_tags(p, f, args + 5, count - 5, &value.tag_count);
    if (rcache_put(v8ssr_zone(), key, &value) == RCACHE_STORED) {
        v8ssr_zone_count(&v8ssr_zone_counted()->stored);
    }
    else {
        v8ssr_zone_count(&v8ssr_zone_counted()->not_stored);
    }
    apr_pool_destroy(p);
}

v8pool_status v8ssr_fragment_put(const v8ssr_fragments *f,
                                 const v8pool_text *args, size_t count,
                                 v8pool_error *err)
{
    char text[2 * KEY_MAX];
    v8pool_status status = V8POOL_OK;
    rcache_key key;

    if (v8ssr_zone() == NULL || args[1].length == 0) {
        return V8POOL_OK;
    }
    status = set_key(f, &args[0], text, &key, err);
    if (status == V8POOL_OK) {
        put(f, &key, args, count);
    }
    return status;
}
