/* SPDX-License-Identifier: Apache-2.0
 *
 * cached.c: from requests to keys, from answers to entries.
 */
#include "cached.h"

#include "l2.h"
#include "log.h"
#include "routes.h"
#include "zone.h"

#include "cache/tags.h"

#include <http_core.h>
#include <http_protocol.h>
#include <apr_strings.h>
#include <string.h>

APLOG_USE_MODULE(v8ssr);

/* How long it is remembered that a page is not for storing. */
#define PASS_TIME apr_time_from_sec(60)

/* Last bytes of keys beside those of codings. */
#define FAILURE 'F'

/* --- the request ---------------------------------------------------------------- */

const char *v8ssr_cached_host(request_rec *r)
{
    apr_port_t port = ap_get_server_port(r);
    const char *name = ap_get_server_name_for_url(r);
    rcache_span host;

    if (!ap_is_default_port(port, r)) {
        name = apr_pstrcat(r->pool, name, ":", apr_itoa(r->pool, port), NULL);
    }
    host = rcache_host_normalise(r->pool, rcache_span_of(name), 0);
    return host.data;
}

uint64_t v8ssr_cached_settings(const v8ssr_bundle *bundle,
                               const v8ssr_dir_config *d)
{
    return bundle->cache_id +
           (d->env != NULL ? d->env->id * UINT64_C(0x9e3779b97f4a7c15) : 0);
}

static void build_key(request_rec *r, v8ssr_cached *c, rcache_key_built *built)
{
    const v8ssr_dir_config *d = v8ssr_dir_config_of(r);
    rcache_key_input input = {
        .method = r->method,
        .secure = strcmp(ap_http_scheme(r), "https") == 0,
        .host = rcache_span_of(c->host),
        .path = rcache_span_of(r->uri),
        .query = rcache_span_of(r->args),
        .headers = r->headers_in,
        .bundle = rcache_span_of(c->bundle->name),
        .generation = v8ssr_cached_settings(c->bundle, d) +
                      v8ssr_template_key(d),
    };

    rcache_key_build(r->pool, &c->spec, &input, built);
}

static int is_for_cache(const request_rec *r)
{
    return v8ssr_zone() != NULL && r->main == NULL && r->prev == NULL &&
           apr_table_get(r->headers_in, "Authorization") == NULL;
}

v8ssr_cached *v8ssr_cached_make(request_rec *r, const v8ssr_bundle *bundle)
{
    const apr_array_header_t *tags;
    v8ssr_cache_dir conf;
    rcache_key_built built;
    v8ssr_cached *c;

    if (!is_for_cache(r)) {
        return NULL;
    }
    conf = v8ssr_routed_cache(r, &tags);
    if (conf.on != 1) {
        return NULL;
    }
    c = apr_pcalloc(r->pool, sizeof(*c));
    c->p = r->pool;
    c->zone = v8ssr_zone();
    c->s = r->server;
    c->bundle = bundle;
    c->conf = conf;
    c->route_tags = tags;
    c->spec = v8ssr_cache_key_spec(&c->conf);
    c->host = v8ssr_cached_host(r);
    c->path = r->uri;
    c->url = r->unparsed_uri;
    build_key(r, c, &built);
    if (built.text == NULL) {
        return NULL;
    }
    c->text = apr_palloc(r->pool, built.length + 1);
    memcpy(c->text, built.text, built.length);
    c->length = built.length + 1;
    c->query = built.query;
    c->cookie = built.cookie;
    return c;
}

v8ssr_cached *v8ssr_cached_copy(apr_pool_t *p, const v8ssr_cached *cached)
{
    v8ssr_cached *c = apr_pmemdup(p, cached, sizeof(*c));

    c->p = p;
    c->text = apr_pmemdup(p, cached->text, cached->length);
    c->host = apr_pstrdup(p, cached->host);
    c->path = apr_pstrdup(p, cached->path);
    c->url = apr_pstrdup(p, cached->url);
    c->query = c->cookie = c->nonce = NULL;
    c->head = NULL;
    c->tags = NULL;
    c->tag_count = c->head_length = 0;
    return c;
}

static int is_named(const apr_array_header_t *names, const char *name)
{
    int i;

    for (i = 0; names != NULL && i < names->nelts; i++) {
        if (ap_cstr_casecmp(APR_ARRAY_IDX(names, i, const char *), name) == 0) {
            return 1;
        }
    }
    return 0;
}

int v8ssr_cached_shows(const v8ssr_cached *cached, const char *field)
{
    return cached == NULL || is_named(cached->spec.headers, field) ||
           (cached->spec.host && ap_cstr_casecmp(field, "host") == 0);
}

rcache_key v8ssr_cached_key(v8ssr_cached *cached, enum rcache_coding coding)
{
    rcache_key key;

    cached->text[cached->length - 1] = (char)('0' + coding);
    rcache_key_set(cached->zone, &key, cached->text, cached->length);
    return key;
}

/* --- the answer ------------------------------------------------------------------ */

static const uint64_t *hash_tags(v8ssr_cached *c, const apr_array_header_t *own,
                                 size_t *count)
{
    apr_array_header_t *names = rcache_tags_create(c->p);
    uint64_t *hashes;
    int i;

    rcache_tags_add_implicit(names, rcache_span_of(c->host),
                             rcache_span_of(c->path));
    if (own != NULL) {
        apr_array_cat(names, own);
    }
    if (c->route_tags != NULL) {
        apr_array_cat(names, c->route_tags);
    }
    hashes = apr_palloc(c->p, (size_t)names->nelts * sizeof(*hashes));
    for (i = 0; i < names->nelts; i++) {
        const char *name = APR_ARRAY_IDX(names, i, const char *);

        hashes[i] = rcache_tag_hash(name, strlen(name));
    }
    *count = (size_t)names->nelts;
    return hashes;
}

static size_t head_size(const apr_table_t *fields)
{
    const apr_array_header_t *list = apr_table_elts(fields);
    const apr_table_entry_t *e = (const void *)list->elts;
    size_t n = 0;
    int i;

    for (i = 0; i < list->nelts; i++) {
        n += strlen(e[i].key) + strlen(e[i].val) + 2;
    }
    return n;
}

static const char *write_head(apr_pool_t *p, const apr_table_t *fields,
                              size_t *length)
{
    const apr_array_header_t *list = apr_table_elts(fields);
    const apr_table_entry_t *e = (const void *)list->elts;
    char *head, *at;
    int i;

    *length = head_size(fields);
    head = at = apr_palloc(p, *length + 1);
    for (i = 0; i < list->nelts; i++) {
        at = stpcpy(at, e[i].key) + 1;
        at = stpcpy(at, e[i].val) + 1;
    }
    return head;
}

const char *v8ssr_cached_field(const char *head, size_t length, size_t *at,
                               const char **value)
{
    const char *name = head + *at;

    if (*at >= length) {
        return NULL;
    }
    *value = name + strlen(name) + 1;
    *at = (size_t)(*value + strlen(*value) + 1 - head);
    return name;
}

/* Strong: two bodies with one tag are not to be expected in one URL's life. */
static void add_etag(v8ssr_cached *c, apr_table_t *fields,
                     const struct iovec *body, int parts)
{
    uint64_t hash = 0;
    int i;

    if (apr_table_get(fields, "ETag") != NULL) {
        return;
    }
    for (i = 0; i < parts; i++) {
        hash = hash * UINT64_C(0x9e3779b97f4a7c15) +
               rcache_tag_hash(body[i].iov_base, body[i].iov_len);
    }
    apr_table_setn(fields, "ETag",
                   apr_psprintf(c->p, "\"%016" APR_UINT64_T_HEX_FMT "\"",
                                hash));
}

/* For Cache-Status. */
static const char *refusal(enum rcache_put_result result)
{
    switch (result) {
    case RCACHE_STORED:
        return NULL;
    case RCACHE_TOO_LARGE:
        return "too-large";
    case RCACHE_NO_ROOM:
        return "no-room";
    case RCACHE_BUSY:
        return "busy";
    default:
        return "purged";
    }
}

static void put(v8ssr_cached *c, const rcache_key *key,
                const struct iovec *body, int parts)
{
    rcache_value value = {c->meta, c->head, c->head_length, c->tags,
                          c->tag_count, body, (size_t)parts};
    enum rcache_put_result result = rcache_put(c->zone, key, &value);

    c->refused = refusal(result);
    if (result == RCACHE_STORED) {
        v8ssr_zone_count(&v8ssr_zone_counted()->stored);
        v8ssr_l2_put(c, &value);
    }
    else {
        v8ssr_zone_count(&v8ssr_zone_counted()->not_stored);
        ap_log_error(APLOG_MARK, APLOG_DEBUG, 0, c->s,
                     V8SSR_LOGNO(0072) "bundle %s, %s: not stored: %s",
                     c->bundle->name, c->url,
                     result == RCACHE_TOO_LARGE ? "larger than a quarter of a "
                                                  "shard of SSRCacheStore"
                     : result == RCACHE_NO_ROOM ? "all memory is in use"
                     : result == RCACHE_BUSY    ? "the store was busy"
                                                : "purged meanwhile");
    }
}

/* An entry without a page: its status is 0. */
static void put_note(v8ssr_cached *c, char kind, apr_interval_time_t life,
                     uint64_t number)
{
    rcache_value value;
    rcache_key key;

    memset(&value, 0, sizeof(value));
    value.meta.rendered = c->began;
    value.meta.fresh_until = apr_time_now() + life;
    value.meta.generation = number;
    value.tags = c->tags;
    value.tag_count = c->tag_count;
    c->text[c->length - 1] = kind;
    rcache_key_set(c->zone, &key, c->text, c->length);
    (void)rcache_put(c->zone, &key, &value);
}

static void judge(v8ssr_cached *c, int status, const apr_table_t *fields,
                  rcache_verdict *verdict)
{
    rcache_exchange exchange = {.method = "GET",
                                .has_authorization = 0,
                                .key = &c->spec,
                                .status = status,
                                .fields = fields,
                                .now = c->began};
    rcache_policy policy = {
        c->conf.ttl != V8SSR_UNSET ? c->conf.ttl : 0,
        c->conf.swr != V8SSR_UNSET ? c->conf.swr : 0,
        c->conf.stale_if_error != V8SSR_UNSET ? c->conf.stale_if_error : 0, 0,
        0};

    rcache_judge(c->p, &exchange, &policy, verdict);
}

/* --- nonces ------------------------------------------------------------------------- */

static int holds(const struct iovec *body, int parts, const char *nonce)
{
    size_t length = strlen(nonce);
    int i;

    for (i = 0; i < parts; i++) {
        if (memmem(body[i].iov_base, body[i].iov_len, nonce, length) != NULL) {
            return 1;
        }
    }
    return 0;
}

static int is_in(void *nonce, const char *name, const char *value)
{
    (void)name;
    return strstr(value, nonce) == NULL; /* 0 ends apr_table_do() */
}

/* Each answer gets a nonce of its own in place of this one.  A validator would
 * let a client keep the body and take the new field (RFC 9111 4.3.4), which do
 * not fit. */
static void mark_nonce(v8ssr_cached *c, apr_table_t *fields,
                       const struct iovec *body, int parts)
{
    if (c->nonce == NULL ||
        (!holds(body, parts, c->nonce) &&
         apr_table_do(is_in, (void *)c->nonce, fields, NULL))) {
        return;
    }
    c->meta.flags |= RCACHE_HAS_NONCE;
    apr_table_unset(fields, "ETag");
    apr_table_unset(fields, "Last-Modified");
    apr_table_setn(fields, V8SSR_NONCE_FIELD, c->nonce);
}

static void set_meta(v8ssr_cached *c, int status, const rcache_verdict *verdict)
{
    rcache_meta *m = &c->meta;

    memset(m, 0, sizeof(*m));
    m->rendered = c->began;
    m->made = c->began - verdict->age;
    m->fresh_until = c->began + verdict->fresh_for;
    m->stale_until = m->fresh_until + verdict->stale_for;
    m->error_until = m->fresh_until + verdict->error_for;
    m->status = (uint32_t)status;
    m->generation = c->bundle->generation;
}

static void warn_once(v8ssr_cached *c, rcache_reason reason)
{
    static _Atomic int said; /* in this child */

    if (reason == RCACHE_REASON_SET_COOKIE &&
        atomic_exchange(&said, 1) == 0) {
        ap_log_error(APLOG_MARK, APLOG_WARNING, 0, c->s,
                     V8SSR_LOGNO(0073) "bundle %s, %s: has Set-Cookie and is "
                                       "not stored, nor are others with it "
                                       "(said once)",
                     c->bundle->name, c->url);
    }
}

rcache_reason v8ssr_cached_judge(v8ssr_cached *c, int status,
                                 apr_table_t *fields)
{
    rcache_verdict verdict;

    judge(c, status, fields, &verdict);
    rcache_strip(fields);
    c->tags = hash_tags(c, verdict.tags, &c->tag_count);
    if (verdict.reason != RCACHE_REASON_NONE) {
        warn_once(c, verdict.reason);
        v8ssr_zone_count(&v8ssr_zone_counted()->not_stored);
        put_note(c, '0' + RCACHE_IDENTITY, PASS_TIME, c->bundle->generation);
        c->meta.status = 0;
        return verdict.reason;
    }
    set_meta(c, status, &verdict);
    return RCACHE_REASON_NONE;
}

void v8ssr_cached_store(v8ssr_cached *c, apr_table_t *fields,
                        const struct iovec *body, int parts)
{
    rcache_key key;

    mark_nonce(c, fields, body, parts);
    if (!(c->meta.flags & RCACHE_HAS_NONCE)) {
        add_etag(c, fields, body, parts);
    }
    c->head = write_head(c->p, fields, &c->head_length);
    apr_table_unset(fields, V8SSR_NONCE_FIELD);
    key = v8ssr_cached_key(c, RCACHE_IDENTITY);
    put(c, &key, body, parts);
    c->is_whole = 1;
}

rcache_reason v8ssr_cached_put(v8ssr_cached *c, int status, apr_table_t *fields,
                               const struct iovec *body, int parts)
{
    rcache_reason reason = v8ssr_cached_judge(c, status, fields);

    if (reason == RCACHE_REASON_NONE) {
        v8ssr_cached_store(c, fields, body, parts);
    }
    return reason;
}

void v8ssr_cached_put_coded(v8ssr_cached *c, enum rcache_coding coding,
                            const struct iovec *body)
{
    rcache_key key = v8ssr_cached_key(c, coding);

    if (c->is_whole && !(c->meta.flags & RCACHE_HAS_NONCE)) {
        put(c, &key, body, 1);
    }
}

void v8ssr_cached_take(v8ssr_cached *c, const rcache_hit *hit)
{
    c->meta = *hit->meta;
    c->head = apr_pmemdup(c->p, hit->head, hit->head_length);
    c->head_length = hit->head_length;
    c->tags = apr_pmemdup(c->p, hit->tags, hit->tag_count * sizeof(uint64_t));
    c->tag_count = hit->tag_count;
    c->is_whole = 1;
}

/* --- failures ---------------------------------------------------------------------- */

static int find_failure(v8ssr_cached *c, rcache_hit *hit)
{
    rcache_key key;

    c->text[c->length - 1] = FAILURE;
    rcache_key_set(c->zone, &key, c->text, c->length);
    return rcache_find(c->zone, &key, hit);
}

int v8ssr_cached_failed(v8ssr_cached *c)
{
    rcache_hit hit;
    int failed;

    if (!find_failure(c, &hit)) {
        return 0;
    }
    failed = hit.meta->fresh_until > apr_time_now();
    rcache_release(c->zone, &hit);
    return failed;
}

/* Twice as long each time, up to SSRCacheErrorBackoff's second value; from the
 * first one again when the last failure is long past. */
static apr_interval_time_t next_backoff(v8ssr_cached *c)
{
    apr_interval_time_t least = v8ssr_cache_backoff(&c->conf);
    apr_interval_time_t most = v8ssr_cache_backoff_most(&c->conf);
    apr_interval_time_t last = 0;
    rcache_hit hit;

    if (find_failure(c, &hit)) {
        if (hit.meta->fresh_until + most > apr_time_now()) {
            last = (apr_interval_time_t)hit.meta->generation;
        }
        rcache_release(c->zone, &hit);
    }
    return last == 0 ? least : 2 * last < most ? 2 * last : most;
}

void v8ssr_cached_put_failure(v8ssr_cached *c)
{
    apr_interval_time_t backoff = next_backoff(c);

    c->tags = hash_tags(c, NULL, &c->tag_count);
    put_note(c, FAILURE, backoff, (uint64_t)backoff);
}
