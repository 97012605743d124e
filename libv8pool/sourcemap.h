/* SPDX-License-Identifier: Apache-2.0
 *
 * sourcemap.h: one source map (ECMA-426, version 3): where a position in a
 * built file comes from.  It reads the map's own text in place; what it keeps
 * beside is a few bytes for each 4 KiB of mappings.
 *
 * No V8: an isolate that just failed for want of memory must not be asked to
 * parse megabytes of JSON, and the bundle may have changed what is in it.
 */
#ifndef V8P_SOURCEMAP_H
#define V8P_SOURCEMAP_H

#include <stddef.h>

struct v8p_sourcemap;

struct v8p_origin {
    char source[512]; /* as the map has it, its root before it */
    int line;         /* from 1, as is the next */
    int column;
};

/* Owns: v8p_sourcemap_destroy(); `text` must stay.  NULL: no map, one of
 * sections, or no memory. */
struct v8p_sourcemap *v8p_sourcemap_create(const char *text, size_t length);
void v8p_sourcemap_destroy(struct v8p_sourcemap **map);

/* Thread: any.  Line and column from 1, in UTF-16 units.  0: it does not say. */
int v8p_sourcemap_find(const struct v8p_sourcemap *map, int line, int column,
                       struct v8p_origin *origin);

/* What follows the last `word` of a script; NULL: it has none. */
const char *v8p_after_last(const char *text, const char *end, const char *word);

#endif /* V8P_SOURCEMAP_H */
