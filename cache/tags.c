/* SPDX-License-Identifier: Apache-2.0
 *
 * tags.c: names of tags, from fields and from URLs.
 */
#include "tags.h"

#include <apr_strings.h>

apr_array_header_t *rcache_tags_create(apr_pool_t *p)
{
    return apr_array_make(p, RCACHE_TAG_LEVELS + 3, sizeof(const char *));
}

static void add(apr_array_header_t *tags, const char *tag)
{
    APR_ARRAY_PUSH(tags, const char *) = tag;
}

/* prefix, then both spans. */
static const char *named(apr_pool_t *p, const char *prefix, rcache_span a,
                         rcache_span b)
{
    size_t n = strlen(prefix);
    char *name = apr_palloc(p, n + a.length + b.length + 1);

    memcpy(name, prefix, n);
    if (a.length > 0) {
        memcpy(name + n, a.data, a.length);
    }
    if (b.length > 0) {
        memcpy(name + n + a.length, b.data, b.length);
    }
    name[n + a.length + b.length] = '\0';
    return name;
}

static int has_tag(const apr_array_header_t *tags, const char *tag)
{
    int i;

    for (i = 0; i < tags->nelts; i++) {
        if (strcmp(APR_ARRAY_IDX(tags, i, const char *), tag) == 0) {
            return 1;
        }
    }
    return 0;
}

static int add_own(apr_array_header_t *tags, rcache_span tag)
{
    const char *name;

    if (tag.length > RCACHE_TAG_BYTES ||
        rcache_span_find(tag, '\0') < tag.length) {
        return 0;
    }
    name = named(tags->pool, "t:", tag, (rcache_span){NULL, 0});
    if (has_tag(tags, name)) {
        return 1;
    }
    if (tags->nelts >= RCACHE_TAGS_MAX) {
        return 0;
    }
    add(tags, name);
    return 1;
}

static size_t tag_length(rcache_span text, const char *separators)
{
    size_t n = 0;

    while (n < text.length &&
           (text.data[n] == '\0' || strchr(separators, text.data[n]) == NULL)) {
        n++;
    }
    return n;
}

int rcache_tags_read(apr_array_header_t *tags, rcache_span field,
                     const char *separators)
{
    while (field.length > 0) {
        size_t n = tag_length(field, separators);
        rcache_span tag = rcache_span_trim((rcache_span){field.data, n});

        if (tag.length > 0 && !add_own(tags, tag)) {
            return 0;
        }
        field = rcache_span_after(field, n < field.length ? n + 1 : n);
    }
    return 1;
}

int rcache_tags_find(apr_array_header_t *tags, const apr_table_t *fields)
{
    const apr_array_header_t *all = apr_table_elts(fields);
    int good = 1;
    int i;

    for (i = 0; i < all->nelts && good; i++) {
        const apr_table_entry_t *field =
            &APR_ARRAY_IDX(all, i, apr_table_entry_t);

        if (apr_cstr_casecmp(field->key, "Cache-Tag") == 0) {
            good = rcache_tags_read(tags, rcache_span_of(field->val), ",");
        }
        else if (apr_cstr_casecmp(field->key, "Surrogate-Key") == 0) {
            good = rcache_tags_read(tags, rcache_span_of(field->val), " \t");
        }
    }
    return good;
}

/* Where the next directory of the path ends, its slash included; 0: there is
 * none after `from`. */
static size_t directory_end(rcache_span path, size_t from)
{
    size_t n = rcache_span_find(rcache_span_after(path, from), '/');

    return from + n < path.length ? from + n + 1 : 0;
}

/* What does not begin with a slash gets one: a host's name ends there. */
static rcache_span rooted(apr_pool_t *p, rcache_span path)
{
    if (path.length > 0 && *path.data == '/') {
        return path;
    }
    return (rcache_span){named(p, "/", path, (rcache_span){NULL, 0}),
                         path.length + 1};
}

void rcache_tags_add_implicit(apr_array_header_t *tags, rcache_span host,
                              rcache_span path)
{
    apr_pool_t *p = tags->pool;
    size_t end = 0;
    int level;

    path = rooted(p, path);
    add(tags, rcache_tag_all());
    add(tags, rcache_tag_host(p, host));
    add(tags, rcache_tag_url(p, host, path));
    for (level = 0; level < RCACHE_TAG_LEVELS; level++) {
        end = directory_end(path, end);
        if (end == 0) {
            break;
        }
        add(tags, named(p, "p:", host, (rcache_span){path.data, end}));
    }
}

const char *rcache_tag_url(apr_pool_t *p, rcache_span host, rcache_span path)
{
    return named(p, "u:", host, rooted(p, path));
}

const char *rcache_tag_prefix(apr_pool_t *p, rcache_span host,
                              rcache_span directory)
{
    rcache_span path = rooted(p, directory);
    size_t deepest = 1;
    int level;

    for (level = 1; level < RCACHE_TAG_LEVELS; level++) {
        size_t end = directory_end(path, deepest);

        if (end == 0) {
            break;
        }
        deepest = end;
    }
    return named(p, "p:", host, (rcache_span){path.data, deepest});
}

const char *rcache_tag_host(apr_pool_t *p, rcache_span host)
{
    return named(p, "a:", host, (rcache_span){NULL, 0});
}

const char *rcache_tag_all(void)
{
    return "a:";
}
