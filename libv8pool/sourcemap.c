/* SPDX-License-Identifier: Apache-2.0
 *
 * sourcemap.c: `mappings` is one long list of differences, so that a place in
 * it can only be found by reading from the start.  Reading once leaves a mark
 * every 4 KiB; a search begins at the last mark before the place.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE /* memmem */
#endif
#include "sourcemap.h"

#include "json.h"

#include <limits.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define MARK_EVERY 4096

/* What has been read so far.  Numbers count from 0. */
struct state {
    size_t at;        /* in the mappings */
    int64_t line;     /* generated */
    int64_t column;
    int64_t source;   /* of the last segment that has one, as the next */
    int64_t from_line;
    int64_t from_column;
    int has_source;   /* the last segment has one, on this line */
};

struct v8p_sourcemap {
    struct v8p_json_text mappings;
    struct v8p_json_text root;
    struct v8p_json_text *sources;
    size_t source_count;
    struct state *marks;
    size_t mark_count;
};

static int digit_of(char c)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                 "abcdefghijklmnopqrstuvwxyz0123456789+/";
    const char *found = c != '\0' ? strchr(digits, c) : NULL;

    return found != NULL ? (int)(found - digits) : -1;
}

/* One number: six bits a character, the first bit is the sign, the sixth says
 * that more follow.  0: no number that fits. */
static int read_number(const struct v8p_json_text *m, size_t *at,
                       int64_t *number)
{
    uint64_t value = 0;
    int shift = 0;
    int digit;

    do {
        digit = *at < m->length ? digit_of(m->text[*at]) : -1;
        if (digit < 0 || shift > 30) {
            return 0;
        }
        value |= (uint64_t)(digit & 31) << shift;
        shift += 5;
        (*at)++;
    } while (digit & 32);
    *number = (value & 1) != 0 ? -(int64_t)(value >> 1) : (int64_t)(value >> 1);
    return 1;
}

static int is_at_end(const struct v8p_json_text *m, size_t at)
{
    return at >= m->length || m->text[at] == ',' || m->text[at] == ';';
}

/* column [source line column [name]] */
static int read_segment(const struct v8p_json_text *m, struct state *s)
{
    int64_t d[5] = {0};
    int count = 0;

    while (count < 5 && !is_at_end(m, s->at)) {
        if (!read_number(m, &s->at, &d[count++])) {
            return 0;
        }
    }
    if (!is_at_end(m, s->at)) {
        return 0;
    }
    s->column += d[0];
    s->has_source = count >= 4;
    if (s->has_source) {
        s->source += d[1];
        s->from_line += d[2];
        s->from_column += d[3];
    }
    return 1;
}

/* Steps over a separator or reads one segment.  0: at the end, or damaged:
 * what comes then is not mapped. */
static int step(const struct v8p_json_text *m, struct state *s)
{
    if (s->at >= m->length) {
        return 0;
    }
    if (m->text[s->at] == ';') {
        s->line++;
        s->column = 0;
        s->has_source = 0;
        s->at++;
        return 1;
    }
    if (m->text[s->at] == ',') {
        s->at++;
        return 1;
    }
    return read_segment(m, s);
}

static int add_mark(struct v8p_sourcemap *map, const struct state *s)
{
    if ((map->mark_count & (map->mark_count - 1)) == 0) { /* a power of two */
        size_t room = map->mark_count > 0 ? map->mark_count * 2 : 1;
        struct state *grown = realloc(map->marks, room * sizeof(*grown));

        if (grown == NULL) {
            return 0;
        }
        map->marks = grown;
    }
    map->marks[map->mark_count++] = *s;
    return 1;
}

static int make_marks(struct v8p_sourcemap *map)
{
    struct state s = {0, 0, 0, 0, 0, 0, 0};

    do {
        if ((map->mark_count == 0 ||
             s.at - map->marks[map->mark_count - 1].at >= MARK_EVERY) &&
            !add_mark(map, &s)) {
            return 0;
        }
    } while (step(&map->mappings, &s));
    return 1;
}

static int read_sources(struct v8p_json *json, struct v8p_sourcemap *map)
{
    if (!v8p_json_enter(json, '[')) {
        return 0;
    }
    while (v8p_json_more(json)) {
        struct v8p_json_text *grown =
            realloc(map->sources, (map->source_count + 1) * sizeof(*grown));

        if (grown == NULL) {
            return 0;
        }
        map->sources = grown;
        memset(&grown[map->source_count], 0, sizeof(*grown));
        if (!v8p_json_string(json, &grown[map->source_count]) &&
            !v8p_json_skip(json)) { /* null: nobody knows */
            return 0;
        }
        map->source_count++;
    }
    return v8p_json_enter(json, ']');
}

/* 0: no map of ours. */
static int read_members(struct v8p_json *json, struct v8p_sourcemap *map)
{
    struct v8p_json_text name;
    int good = v8p_json_enter(json, '{');

    while (good && v8p_json_more(json)) {
        if (!v8p_json_name(json, &name) || v8p_json_is(&name, "sections")) {
            return 0;
        }
        if (v8p_json_is(&name, "mappings")) {
            good = v8p_json_string(json, &map->mappings);
        }
        else if (v8p_json_is(&name, "sources")) {
            good = map->sources == NULL && read_sources(json, map);
        }
        else if (v8p_json_is(&name, "sourceRoot")) {
            good = v8p_json_string(json, &map->root) || v8p_json_skip(json);
        }
        else {
            good = v8p_json_skip(json);
        }
    }
    return good && map->mappings.text != NULL && map->source_count > 0;
}

struct v8p_sourcemap *v8p_sourcemap_create(const char *text, size_t length)
{
    struct v8p_sourcemap *map = calloc(1, sizeof(*map));
    struct v8p_json json = {text, text + length};

    if (length > 3 && memcmp(text, ")]}", 3) == 0) { /* ECMA-426, 10 */
        json.at = memchr(text, '\n', length);
        json.at = json.at != NULL ? json.at : json.end;
    }
    if (map != NULL && (!read_members(&json, map) || !make_marks(map))) {
        v8p_sourcemap_destroy(&map);
    }
    return map;
}

void v8p_sourcemap_destroy(struct v8p_sourcemap **map)
{
    if (*map != NULL) {
        free((*map)->sources);
        free((*map)->marks);
        free(*map);
        *map = NULL;
    }
}

static int is_after(const struct state *s, int64_t line, int64_t column)
{
    return s->line > line || (s->line == line && s->column > column);
}

/* The last mark that is not after the place; the first is at the start. */
static const struct state *mark_before(const struct v8p_sourcemap *map,
                                       int64_t line, int64_t column)
{
    size_t low = 0;
    size_t high = map->mark_count;

    while (high - low > 1) {
        size_t middle = low + (high - low) / 2;

        if (is_after(&map->marks[middle], line, column)) {
            high = middle;
        }
        else {
            low = middle;
        }
    }
    return &map->marks[low];
}

static void copy_source(const struct v8p_sourcemap *map, size_t index,
                        struct v8p_origin *origin)
{
    size_t length;

    origin->source[0] = '\0';
    if (map->root.length > 0) {
        v8p_json_copy(&map->root, origin->source, sizeof(origin->source) / 2);
    }
    length = strlen(origin->source);
    if (length > 0 && origin->source[length - 1] != '/') {
        origin->source[length++] = '/';
    }
    v8p_json_copy(&map->sources[index], origin->source + length,
                  sizeof(origin->source) - length);
}

int v8p_sourcemap_find(const struct v8p_sourcemap *map, int line, int column,
                       struct v8p_origin *origin)
{
    struct state s = *mark_before(map, line - 1, column - 1);
    struct state last = s;

    while (step(&map->mappings, &s) && !is_after(&s, line - 1, column - 1)) {
        last = s;
    }
    if (last.line != line - 1 || !last.has_source || last.source < 0 ||
        (uint64_t)last.source >= map->source_count ||
        map->sources[last.source].text == NULL || last.from_line < 0 ||
        last.from_line >= INT_MAX || last.from_column < 0 ||
        last.from_column >= INT_MAX) {
        return 0;
    }
    copy_source(map, (size_t)last.source, origin);
    origin->line = (int)last.from_line + 1;
    origin->column = (int)last.from_column + 1;
    return 1;
}

const char *v8p_after_last(const char *text, const char *end, const char *word)
{
    size_t length = strlen(word);
    const char *last = NULL;

    while ((text = memmem(text, (size_t)(end - text), word, length)) != NULL) {
        text += length;
        last = text;
    }
    return last;
}
