/* SPDX-License-Identifier: Apache-2.0
 *
 * fuzz_key.c: the canonical key.  A flag byte, then lines: two requests of a
 * host, a path, a query, a header and a cookie field each.
 */
#include "fuzz.h"

#include "cache/key.h"
#include "cache/query.h"

#include <apr_general.h>
#include <apr_strings.h>

struct request {
    rcache_span host, path, query;
    const char *lang, *cookie;
    rcache_key_built key;
};

static apr_pool_t *pool;

static rcache_span span_line(struct fuzz *fuzz)
{
    size_t length;
    char *text = fuzz_until(fuzz, '\n', &length);

    return (rcache_span){text, length};
}

static const apr_array_header_t *one(const char *name)
{
    apr_array_header_t *names = apr_array_make(pool, 1, sizeof(const char *));

    APR_ARRAY_PUSH(names, const char *) = name;
    return names;
}

static void build(const rcache_key_spec *spec, struct request *r)
{
    rcache_key_input input = {.method = "GET", .secure = 1};
    apr_table_t *headers = apr_table_make(pool, 2);

    if (r->lang != NULL) {
        apr_table_setn(headers, "lang", r->lang);
    }
    if (r->cookie != NULL) {
        apr_table_setn(headers, "Cookie", r->cookie);
    }
    input.host = r->host;
    input.path = r->path;
    input.query = r->query;
    input.headers = headers;
    input.bundle = rcache_span_of("shop");
    input.generation = 7;
    rcache_key_build(pool, spec, &input, &r->key);
}

static struct request take(struct fuzz *fuzz)
{
    struct request r = {{NULL, 0}, {NULL, 0}, {NULL, 0}, NULL, NULL, {0}};
    const char *line;

    r.host = span_line(fuzz);
    r.path = span_line(fuzz);
    r.query = span_line(fuzz);
    line = fuzz_line(fuzz);
    r.lang = *line == '-' ? NULL : line; /* not sent */
    line = fuzz_line(fuzz);
    r.cookie = *line == '-' ? NULL : line;
    return r;
}

static int same_text(const rcache_key_built *a, const rcache_key_built *b)
{
    return a->length == b->length &&
           memcmp(a->text, b->text, a->length) == 0;
}

static int same_trimmed(const char *a, const char *b)
{
    if (a == NULL || b == NULL) {
        return a == b;
    }
    return rcache_span_equal(rcache_span_trim(rcache_span_of(a)),
                             rcache_span_trim(rcache_span_of(b)));
}

/* The query that a bundle sees is in one form, and holds nothing a URL may
 * not. */
static void check_query(const rcache_key_spec *spec, const char *query)
{
    const char *c;

    MUST(strcmp(rcache_query_normalise(pool, rcache_span_of(query),
                                       spec->ignore),
                query) == 0);
    for (c = query; *c != '\0'; c++) {
        MUST(*c > ' ' && *c < 0x7f && strchr("\"#<>", *c) == NULL);
    }
}

/* What the bundle sees makes the same key: the key knows no less. */
static void check_view(const rcache_key_spec *spec, const struct request *r)
{
    struct request seen = *r;

    seen.query = rcache_span_of(r->key.query);
    seen.cookie = r->key.cookie;
    build(spec, &seen);
    MUST(seen.key.text != NULL && same_text(&seen.key, &r->key));
    MUST(strcmp(seen.key.query, r->key.query) == 0);
    MUST(same_trimmed(seen.key.cookie, r->key.cookie));
}

/* Equal keys, equal requests. */
static void check_apart(const rcache_key_spec *spec, const struct request *a,
                        const struct request *b)
{
    if (!same_text(&a->key, &b->key)) {
        return;
    }
    MUST(!spec->host ||
         rcache_span_equal(rcache_host_normalise(pool, a->host, 1),
                           rcache_host_normalise(pool, b->host, 1)));
    MUST(!spec->path || rcache_span_equal(a->path, b->path));
    MUST(strcmp(a->key.query, b->key.query) == 0);
    MUST(same_trimmed(a->lang, b->lang));
    MUST(same_trimmed(a->key.cookie, b->key.cookie));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz fuzz = fuzz_begin(data, size);
    unsigned flags = fuzz_byte(&fuzz);
    rcache_key_spec spec = {.host = flags & 1, .path = flags & 2,
                            .query = flags & 4};
    struct request a, b;

    if (pool == NULL) {
        apr_initialize();
        apr_pool_create(&pool, NULL);
    }
    spec.headers = one("lang");
    spec.cookies = one("theme");
    spec.ignore = flags & 8 ? one("u*_?") : NULL;
    a = take(&fuzz);
    b = take(&fuzz);
    build(&spec, &a);
    build(&spec, &b);
    check_query(&spec, a.key.query);
    MUST(a.key.length <= RCACHE_KEY_BYTES);
    if (a.key.text != NULL && b.key.text != NULL) {
        check_view(&spec, &a);
        check_apart(&spec, &a, &b);
    }
    fuzz_end(&fuzz);
    apr_pool_clear(pool);
    return 0;
}
