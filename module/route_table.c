/* SPDX-License-Identifier: Apache-2.0
 *
 * route_table.c: a sorted list in place of a tree.  Entries that begin alike
 * are neighbours, so that the branches of the tree are ranges of the list, and
 * within a range the order is that in which they are tried.
 */
#include "route_table.h"

#include <apr_lib.h>
#include <apr_strings.h>
#include <stdlib.h>
#include <string.h>

/* In the order in which they are tried.  END is no segment. */
enum { END, WORD, ANY, REST };

/* --- patterns ------------------------------------------------------------------ */

static int hex(char c)
{
    return apr_isdigit(c) ? c - '0' : apr_tolower(c) - 'a' + 10;
}

/* Decoded, as httpd decodes paths before they are compared.  NULL: something
 * that no decoded path has, or no code. */
static const char *decode(apr_pool_t *p, const char *from, size_t length,
                          unsigned *decoded)
{
    char *word = apr_palloc(p, length + 1), *to = word;
    const char *end = from + length;

    for (; from < end; from++) {
        if (*from != '%') {
            *to++ = *from;
            continue;
        }
        if (end - from < 3 || !apr_isxdigit(from[1]) ||
            !apr_isxdigit(from[2])) {
            return NULL;
        }
        *to = (char)(hex(from[1]) * 16 + hex(from[2]));
        if (*to == '\0' || *to == '/') {
            return NULL;
        }
        to++;
        from += 2;
    }
    *to = '\0';
    *decoded = (unsigned)(to - word);
    return word;
}

static int is_dots(const char *word)
{
    return strcmp(word, ".") == 0 || strcmp(word, "..") == 0;
}

static const char *read_word(apr_pool_t *p, const char *text, size_t length,
                             v8ssr_route_segment *segment)
{
    segment->kind = WORD;
    segment->text = decode(p, text, length, &segment->length);
    if (segment->text == NULL) {
        return "%XX with the code of a byte other than / was expected after "
               "each %";
    }
    if (memchr(text, '*', length) != NULL) {
        return "* was expected between two slashes or at the end, not as a "
               "part of a word";
    }
    return is_dots(segment->text) ? "a path without . and .. was expected"
                                  : NULL;
}

static const char *read_segment(apr_pool_t *p, const char *text, size_t length,
                                int is_last, int has_names,
                                v8ssr_route_segment *segment)
{
    memset(segment, 0, sizeof(*segment));
    if (length == 1 && *text == '*') {
        segment->kind = is_last ? REST : ANY;
        return NULL;
    }
    if (has_names && *text == ':') {
        segment->kind = ANY;
        return length > 1 && memchr(text, '*', length) == NULL
                   ? NULL
                   : "a name without * was expected after :";
    }
    return read_word(p, text, length, segment);
}

static size_t slashes(const char *text)
{
    size_t n = 0;

    for (; *text != '\0'; text++) {
        n += *text == '/';
    }
    return n;
}

static int is_end(const char *text)
{
    return text[0] == '\0' || (text[0] == '/' && text[1] == '\0');
}

const char *v8ssr_route_pattern(apr_pool_t *p, const char *text, int has_names,
                                v8ssr_route_entry *entry)
{
    v8ssr_route_segment *segments;
    const char *wrong = NULL;

    if (*text != '/' || strpbrk(text, "?#") != NULL) {
        return "a path that starts with /, without ? and #, was expected";
    }
    if (strlen(text) > V8SSR_ROUTE_BYTES) {
        return "at most 1024 bytes were expected";
    }
    segments = apr_palloc(p, slashes(text) * sizeof(*segments));
    entry->segments = segments;
    entry->count = 0;
    while (text[0] == '/' && text[1] != '\0' && wrong == NULL) {
        size_t length = strcspn(++text, "/");

        if (length == 0) {
            return "a path without // was expected";
        }
        if (entry->count == V8SSR_ROUTE_SEGMENTS) {
            return "at most 32 segments were expected";
        }
        wrong = read_segment(p, text, length, is_end(text + length), has_names,
                             &segments[entry->count++]);
        text += length;
    }
    return wrong;
}

/* --- order --------------------------------------------------------------------- */

static const v8ssr_route_segment over = {NULL, 0, END};

static const v8ssr_route_segment *at_depth(const v8ssr_route_entry *entry,
                                           unsigned depth)
{
    return depth < entry->count ? &entry->segments[depth] : &over;
}

/* Any order of words will do. */
static int compare_segments(const v8ssr_route_segment *a,
                            const v8ssr_route_segment *b)
{
    if (a->kind != b->kind) {
        return a->kind - b->kind;
    }
    if (a->kind != WORD) {
        return 0;
    }
    if (a->length != b->length) {
        return a->length < b->length ? -1 : 1;
    }
    return memcmp(a->text, b->text, a->length);
}

static int compare_paths(const v8ssr_route_entry *a, const v8ssr_route_entry *b)
{
    unsigned depth = 0;
    int order;

    do {
        order = compare_segments(at_depth(a, depth), at_depth(b, depth));
        depth++;
    } while (order == 0 && (depth <= a->count || depth <= b->count));
    return order;
}

static int compare_entries(const void *av, const void *bv)
{
    const v8ssr_route_entry *a = av, *b = bv;
    int order = compare_paths(a, b);

    return order != 0 ? order : a->number - b->number;
}

const v8ssr_route_pair *v8ssr_route_table_make(apr_pool_t *p,
                                               apr_array_header_t *list,
                                               v8ssr_route_table *table)
{
    v8ssr_route_entry *entries = (v8ssr_route_entry *)(void *)list->elts;
    v8ssr_route_pair *pair = NULL;
    int i, kept = 0;

    if (list->nelts > 1) {
        qsort(entries, (size_t)list->nelts, sizeof(*entries), compare_entries);
    }
    for (i = 0; i < list->nelts; i++) {
        if (kept == 0 || compare_paths(&entries[kept - 1], &entries[i]) != 0) {
            entries[kept++] = entries[i];
        }
        else if (pair == NULL) {
            pair = apr_palloc(p, sizeof(*pair));
            pair->first = entries[kept - 1].number;
            pair->second = entries[i].number;
        }
    }
    list->nelts = kept;
    table->entries = entries;
    table->count = kept;
    return pair;
}

/* --- finding ------------------------------------------------------------------- */

struct range {
    const v8ssr_route_entry *from, *to;
};

/* The first entry that has something after the segment there; or that, too. */
static const v8ssr_route_entry *bound(struct range in, unsigned depth,
                                      const v8ssr_route_segment *segment,
                                      int or_same)
{
    while (in.from < in.to) {
        const v8ssr_route_entry *middle = in.from + (in.to - in.from) / 2;
        int order = compare_segments(at_depth(middle, depth), segment);

        if (order > 0 || (order == 0 && or_same)) {
            in.to = middle;
        }
        else {
            in.from = middle + 1;
        }
    }
    return in.from;
}

static struct range narrow(struct range in, unsigned depth,
                           const v8ssr_route_segment *segment)
{
    in.from = bound(in, depth, segment, 1);
    in.to = bound(in, depth, segment, 0);
    return in;
}

static const void *find_in(struct range in, unsigned depth, const char *path);

/* One segment on: those that have that one there. */
static const void *step(struct range in, unsigned depth, const char *path,
                        const v8ssr_route_segment *segment)
{
    in = narrow(in, depth, segment);
    return in.from < in.to ? find_in(in, depth + 1, path) : NULL;
}

/* in: not empty, all begin as what stands before path does.  Deep as patterns
 * are, which V8SSR_ROUTE_SEGMENTS bounds. */
static const void *find_in(struct range in, unsigned depth, const char *path)
{
    const v8ssr_route_entry *last = in.to - 1;
    const void *says = NULL;

    path += *path == '/';
    if (*path == '\0') {
        says = in.from->count == depth ? in.from->says : NULL;
    }
    else if (*path != '/') {
        v8ssr_route_segment word = {path, (unsigned)strcspn(path, "/"), WORD};
        static const v8ssr_route_segment any = {NULL, 0, ANY};
        const char *next = path + word.length;

        says = step(in, depth, next, &word);
        if (says == NULL) {
            says = step(in, depth, next, &any);
        }
    }
    return says == NULL && at_depth(last, depth)->kind == REST ? last->says
                                                               : says;
}

const void *v8ssr_route_find(const v8ssr_route_table *table, const char *path)
{
    struct range all = {table->entries, table->entries};

    if (table->count == 0 || *path != '/') {
        return NULL;
    }
    all.to += table->count;
    return find_in(all, 0, path);
}
