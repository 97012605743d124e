/* SPDX-License-Identifier: Apache-2.0
 *
 * fuzz_routes.c: a route manifest, and paths that are looked for in it.  The
 * first byte says which: the file's text up to a NUL, then paths, one a line;
 * or patterns, one a line up to an empty one, then paths.
 */
#include "fuzz.h"

#include "module/route_manifest.h"
#include "module/values.h"
#include "t/unit/route_reference.h"

#include <apr_general.h>

#define PATHS 24
#define PATTERNS 24

/* --- what was taken --------------------------------------------------------------- */

static void check_time(apr_interval_time_t time)
{
    MUST(time == V8SSR_ROUTE_UNSAID ||
         (time >= 0 && time <= apr_time_from_sec(365 * 24 * 3600)));
}

static void check_tags(const apr_array_header_t *tags)
{
    int i;

    MUST(tags == NULL || tags->nelts <= V8SSR_ROUTE_TAGS);
    for (i = 0; tags != NULL && i < tags->nelts; i++) {
        const char *tag = APR_ARRAY_IDX(tags, i, const char *);

        MUST(strncmp(tag, "t:", 2) == 0 && strlen(tag) > 2);
        MUST(strlen(tag) <= 258 && strpbrk(tag, ",\r\n") == NULL);
    }
}

static void check_rule(const v8ssr_route_rule *rule)
{
    MUST(rule->path[0] == '/' && strlen(rule->path) <= V8SSR_ROUTE_BYTES);
    MUST(rule->bundle == NULL || v8ssr_is_name(rule->bundle));
    MUST(rule->ssr == 0 || rule->ssr == 1);
    MUST(rule->cache >= V8SSR_ROUTE_UNSAID && rule->cache <= 1);
    MUST(rule->streaming >= V8SSR_ROUTE_UNSAID &&
         rule->streaming <= V8SSR_ROUTE_STREAMING_ON);
    check_time(rule->ttl);
    check_time(rule->swr);
    check_time(rule->stale_if_error);
    check_tags(rule->tags);
}

/* One line that names the place. */
static void check_message(const char *wrong)
{
    MUST(strncmp(wrong, "r.json:", 7) == 0 && strlen(wrong) < 600);
    for (; *wrong != '\0'; wrong++) {
        MUST((unsigned char)*wrong >= 0x20 && *wrong != 0x7f);
    }
}

/* Words are such as a decoded path may have. */
static void check_entries(const v8ssr_route_table *table)
{
    int i;
    unsigned n;

    for (i = 0; i < table->count; i++) {
        MUST(table->entries[i].count <= V8SSR_ROUTE_SEGMENTS);
        for (n = 0; n < table->entries[i].count; n++) {
            const v8ssr_route_segment *segment = &table->entries[i].segments[n];

            if (segment->text != NULL) {
                MUST(segment->length > 0 && strlen(segment->text) == segment->length);
                MUST(strchr(segment->text, '/') == NULL);
                MUST(strcmp(segment->text, ".") != 0 && strcmp(segment->text, "..") != 0);
            }
        }
    }
}

/* --- what is found ------------------------------------------------------------------ */

/* The pattern found is the one that says most of all that match. */
static void check_found(const char *found, const char *const *patterns,
                        int count, const char *path, int has_names)
{
    int i;

    MUST(found == NULL || reference_matches(found, path, has_names));
    for (i = 0; i < count; i++) {
        if (reference_matches(patterns[i], path, has_names)) {
            MUST(found != NULL);
            MUST(!reference_wins(patterns[i], found, has_names));
        }
    }
}

static const char *path_of(const v8ssr_route_rule *rule)
{
    return rule != NULL ? rule->path : NULL;
}

static void look_in(apr_pool_t *p, const v8ssr_route_table *table,
                    const char *path, int has_names)
{
    const char **patterns = apr_palloc(
        p, (size_t)(table->count + 1) * sizeof(*patterns));
    int i;

    for (i = 0; i < table->count; i++) {
        patterns[i] = path_of(table->entries[i].says);
    }
    check_found(path_of(v8ssr_route_find(table, path)), patterns, table->count,
                path, has_names);
}

/* --- inputs --------------------------------------------------------------------------- */

static void try_file(apr_pool_t *p, struct fuzz *fuzz)
{
    v8ssr_route_manifest m;
    size_t length;
    const char *text = fuzz_until(fuzz, '\0', &length);
    const char *wrong =
        v8ssr_route_manifest_read(p, "r.json", text, length, &m);
    int i;

    if (wrong != NULL) {
        check_message(wrong);
        return;
    }
    for (i = 0; i < m.rules->nelts; i++) {
        check_rule(APR_ARRAY_IDX(m.rules, i, const v8ssr_route_rule *));
    }
    check_entries(&m.routes);
    check_entries(&m.excluded);
    for (i = 0; i < PATHS && fuzz_left(fuzz) > 0; i++) {
        const char *path = fuzz_line(fuzz);
        const v8ssr_route_rule *rule = v8ssr_route_manifest_find(&m, path);

        look_in(p, &m.routes, path, !m.is_list);
        look_in(p, &m.excluded, path, 0);
        MUST(!m.is_list || rule != NULL);
        MUST(!m.is_list || v8ssr_route_find(&m.excluded, path) == NULL ||
             rule->ssr == 0);
    }
}

static int read_patterns(apr_pool_t *p, struct fuzz *fuzz, int has_names,
                         const char **patterns, apr_array_header_t *entries)
{
    int count = 0, i;

    for (i = 0; i < PATTERNS && fuzz_left(fuzz) > 0; i++) {
        const char *pattern = fuzz_line(fuzz);
        v8ssr_route_entry entry;

        if (*pattern == '\0') {
            return count;
        }
        if (v8ssr_route_pattern(p, pattern, has_names, &entry) == NULL) {
            entry.says = pattern;
            entry.number = count;
            patterns[count++] = pattern;
            APR_ARRAY_PUSH(entries, v8ssr_route_entry) = entry;
        }
    }
    return count;
}

static void try_patterns(apr_pool_t *p, struct fuzz *fuzz, int has_names)
{
    apr_array_header_t *entries =
        apr_array_make(p, PATTERNS, sizeof(v8ssr_route_entry));
    const char *patterns[PATTERNS];
    int count = read_patterns(p, fuzz, has_names, patterns, entries);
    v8ssr_route_table table;
    const v8ssr_route_pair *pair = v8ssr_route_table_make(p, entries, &table);
    int i;

    MUST((pair == NULL) == (table.count == count));
    MUST(pair == NULL ||
         (pair->first < pair->second && pair->second < count));
    check_entries(&table);
    for (i = 0; i < PATHS && fuzz_left(fuzz) > 0; i++) {
        const char *path = fuzz_line(fuzz);

        check_found(v8ssr_route_find(&table, path), patterns, count, path,
                    has_names);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static apr_pool_t *all;
    struct fuzz fuzz = fuzz_begin(data, size);
    unsigned mode = fuzz_byte(&fuzz);
    apr_pool_t *p;

    if (all == NULL) {
        apr_initialize();
        apr_pool_create(&all, NULL);
    }
    apr_pool_create(&p, all);
    if (mode % 2 == 0) {
        try_file(p, &fuzz);
    }
    else {
        try_patterns(p, &fuzz, (mode & 2) == 0);
    }
    apr_pool_destroy(p);
    fuzz_end(&fuzz);
    return 0;
}
