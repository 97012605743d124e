/* SPDX-License-Identifier: Apache-2.0
 *
 * route_table.h: patterns of URL paths, and finding the one that says most of
 * a path.  Knows neither files nor requests; what a route says is its owner's.
 *
 * A path is what lies between its slashes, decoded; one slash at its end does
 * not count.  Segments of a pattern:
 *   word       the same bytes
 *   * :name    any one, not empty
 *   * at the end  whatever follows, nothing as well
 * Of two patterns that match, that one wins which says more where they first
 * differ, from the left: a word, then any one, then the rest.
 *
 * Thread: any; a table is never changed.  Owns: all lives in the pool.
 */
#ifndef V8SSR_ROUTE_TABLE_H
#define V8SSR_ROUTE_TABLE_H

#include <apr_pools.h>
#include <apr_tables.h>

#define V8SSR_ROUTE_BYTES 1024
#define V8SSR_ROUTE_SEGMENTS 32

typedef struct v8ssr_route_segment {
    const char *text; /* NULL: no word */
    unsigned length;
    int kind; /* the table's own */
} v8ssr_route_segment;

typedef struct v8ssr_route_entry {
    const v8ssr_route_segment *segments;
    unsigned count;
    const void *says; /* what v8ssr_route_find() gives */
    int number;       /* its place in the manifest, for messages */
} v8ssr_route_entry;

typedef struct v8ssr_route_table {
    const v8ssr_route_entry *entries; /* sorted */
    int count;
} v8ssr_route_table;

/* Fills segments and count.  has_names: ":name" is no word.
 * NULL, or what was expected. */
const char *v8ssr_route_pattern(apr_pool_t *p, const char *text, int has_names,
                                v8ssr_route_entry *entry);

/* Sorts the list (v8ssr_route_entry) and keeps it.  Of entries that match the
 * same paths the later one, by its number, stays out; NULL, or the first such
 * pair. */
typedef struct v8ssr_route_pair {
    int first, second; /* numbers */
} v8ssr_route_pair;
const v8ssr_route_pair *v8ssr_route_table_make(apr_pool_t *p,
                                               apr_array_header_t *list,
                                               v8ssr_route_table *table);

/* NULL: none matches.  path: decoded, begins with a slash.
 * Costs: some binary searches for each segment; takes no memory. */
const void *v8ssr_route_find(const v8ssr_route_table *table, const char *path);

#endif /* V8SSR_ROUTE_TABLE_H */
