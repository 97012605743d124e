/* SPDX-License-Identifier: Apache-2.0
 *
 * places.c: which map a path belongs to, and texts with the places replaced.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE /* memmem */
#endif
#include "places.h"

#include "container.h"
#include "error.h"
#include "names.h"
#include "sourcemap.h"

#include <apr_base64.h>
#include <ctype.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define INLINE_MAX ((size_t)48 * 1024 * 1024) /* 32 MiB in base64, and more */

/* One file that has a map. */
struct mapped {
    char *origin;
    const char *text; /* of the map */
    size_t length;
    char *decoded;    /* the same, if it was inline */
    struct v8p_sourcemap *map;
};

struct v8p_places {
    const char *source; /* const after create, as is the next */
    size_t length;
    char *origin;
    pthread_mutex_t mtx;
    int is_read;        /* guarded by mtx; what follows is const once set */
    struct mapped *files;
    size_t count;
};

struct v8p_places *v8p_places_create(const char *source, size_t length,
                                     const char *origin)
{
    struct v8p_places *places = calloc(1, sizeof(*places));

    if (places == NULL) {
        return NULL;
    }
    places->source = source;
    places->length = length;
    places->origin = strdup(origin);
    pthread_mutex_init(&places->mtx, NULL);
    if (places->origin == NULL) {
        v8p_places_destroy(&places);
    }
    return places;
}

void v8p_places_destroy(struct v8p_places **placesp)
{
    struct v8p_places *places = *placesp;
    size_t i;

    *placesp = NULL;
    if (places == NULL) {
        return;
    }
    for (i = 0; i < places->count; i++) {
        v8p_sourcemap_destroy(&places->files[i].map);
        free(places->files[i].decoded);
        free(places->files[i].origin);
    }
    pthread_mutex_destroy(&places->mtx);
    free(places->files);
    free(places->origin);
    free(places);
}

/* --- reading ------------------------------------------------------------------ */

/* The path that stacks show for a file, as engine/files.cc makes it. */
static char *origin_of(const struct v8p_places *places, const char *name,
                       size_t length, int is_entry)
{
    const char *slash = strrchr(places->origin, '/');
    size_t folder = slash != NULL ? (size_t)(slash - places->origin) + 1 : 0;
    char *origin;

    if (is_entry) {
        return strdup(places->origin);
    }
    origin = malloc(folder + length + 1);
    if (origin != NULL) {
        memcpy(origin, places->origin, folder);
        memcpy(origin + folder, name, length);
        origin[folder + length] = '\0';
    }
    return origin;
}

/* Takes decoded. */
static void add(struct v8p_places *places, char *origin, const char *text,
                size_t length, char *decoded)
{
    struct v8p_sourcemap *map =
        origin != NULL ? v8p_sourcemap_create(text, length) : NULL;
    struct mapped *grown =
        map != NULL ? realloc(places->files, (places->count + 1) *
                                                 sizeof(*grown))
                    : NULL;
    struct mapped made = {origin, text, length, decoded, map};

    if (grown == NULL) {
        v8p_sourcemap_destroy(&map);
        free(origin);
        free(decoded);
        return;
    }
    places->files = grown;
    grown[places->count++] = made;
}

/* The base64 text of the last inline map of a script; 0: there is none. */
static size_t find_inline(const char *text, size_t length, const char **map)
{
    static const char word[] = "# sourceMappingURL=data:application/json;";
    static const char kind[] = "base64,";
    const char *end = text + length;
    const char *last = v8p_after_last(text, end, word);
    const char *at;

    if (last == NULL) {
        return 0;
    }
    at = memmem(last, (size_t)(end - last) < 64 ? (size_t)(end - last) : 64,
                kind, sizeof(kind) - 1);
    if (at == NULL) {
        return 0;
    }
    at += sizeof(kind) - 1;
    *map = at;
    while (at < end && (isalnum((unsigned char)*at) || *at == '+' ||
                        *at == '/' || *at == '=')) {
        at++;
    }
    return (size_t)(at - *map);
}

static void add_inline(struct v8p_places *places, const char *name,
                       size_t name_length, int is_entry, const char *text,
                       size_t length)
{
    const char *map;
    size_t size = find_inline(text, length, &map);
    char *copy;
    char *decoded;
    int n;

    if (size == 0 || size > INLINE_MAX) {
        return;
    }
    copy = strndup(map, size);
    decoded = malloc(size);
    if (copy == NULL || decoded == NULL) {
        free(copy);
        free(decoded);
        return;
    }
    n = apr_base64_decode(decoded, copy);
    free(copy);
    add(places, origin_of(places, name, name_length, is_entry), decoded,
        n > 0 ? (size_t)n : 0, decoded);
}

static void read_container(struct v8p_places *places,
                           struct v8p_reader *reader)
{
    struct v8p_record r, entry = {0};

    while (reader->maps && v8p_container_next(reader, &r) == 1) {
        int is_entry;

        if (entry.name == NULL) {
            entry = r;
        }
        is_entry = r.name_length == entry.name_length &&
                   memcmp(r.name, entry.name, r.name_length) == 0;
        if (r.kind == V8P_MAP) {
            add(places, origin_of(places, r.name, r.name_length, is_entry),
                r.data, r.length, NULL);
        }
        else if (r.kind == V8P_FILE) {
            add_inline(places, r.name, r.name_length, is_entry, r.data,
                       r.length);
        }
    }
}

static void read_once(struct v8p_places *places)
{
    struct v8p_reader reader;

    pthread_mutex_lock(&places->mtx);
    if (!places->is_read) {
        places->is_read = 1;
        if (v8p_container_open(places->source, places->length, &reader) == 1) {
            read_container(places, &reader);
        }
        else {
            add_inline(places, "", 0, 1, places->source, places->length);
        }
    }
    pthread_mutex_unlock(&places->mtx);
}

/* --- mapping ------------------------------------------------------------------ */

/* The source's own path: relative ones lie beside the built file. */
static void show(const struct mapped *file, const struct v8p_origin *from,
                 char *path, size_t size)
{
    char name[V8P_NAME_MAX];
    int is_absolute = file->origin[0] == '/';

    if (from->source[0] == '/' || strstr(from->source, "://") != NULL ||
        !v8p_name_resolve(file->origin + is_absolute, from->source,
                          strlen(from->source), name)) {
        v8p_text_copy(path, size, from->source, strlen(from->source), 0);
        return;
    }
    path[0] = '/';
    v8p_text_copy(path + is_absolute, size - (size_t)is_absolute, name,
                  strlen(name), 0);
}

static int map_place(const struct mapped *file, int line, int column,
                     struct v8p_origin *from, char *path, size_t size)
{
    if (!v8p_sourcemap_find(file->map, line, column, from)) {
        return 0;
    }
    show(file, from, path, size);
    return 1;
}

/* ":LINE:COLUMN" at text; its length, or 0. */
static size_t read_position(const char *text, int *line, int *column)
{
    char *end;

    if (text[0] != ':' || !isdigit((unsigned char)text[1])) {
        return 0;
    }
    *line = (int)strtol(text + 1, &end, 10);
    if (end[0] != ':' || !isdigit((unsigned char)end[1])) {
        return 0;
    }
    *column = (int)strtol(end + 1, &end, 10);
    return *line > 0 && *column > 0 ? (size_t)(end - text) : 0;
}

/* The next place of any file; NULL: none.  A path may be another's end. */
static const char *next_place(const struct v8p_places *places,
                              const char *text, const struct mapped **file)
{
    const char *first = NULL;
    size_t i;

    for (i = 0; i < places->count; i++) {
        const char *hit = strstr(text, places->files[i].origin);

        if (hit != NULL &&
            (first == NULL || hit < first ||
             (hit == first &&
              strlen(places->files[i].origin) > strlen((*file)->origin)))) {
            first = hit;
            *file = &places->files[i];
        }
    }
    return first;
}

struct text {
    char *bytes;
    size_t length;
    size_t room;
};

static int append(struct text *to, const char *from, size_t length)
{
    if (to->length + length + 1 > to->room) {
        size_t room = (to->length + length + 1) * 2;
        char *grown = realloc(to->bytes, room);

        if (grown == NULL) {
            return 0;
        }
        to->bytes = grown;
        to->room = room;
    }
    memcpy(to->bytes + to->length, from, length);
    to->length += length;
    to->bytes[to->length] = '\0';
    return 1;
}

/* One place at `at`, mapped if it can be.  Returns how much of it is done. */
static size_t replace(const struct mapped *file, const char *at,
                      struct text *to)
{
    size_t length = strlen(file->origin);
    struct v8p_origin from;
    char path[V8P_NAME_MAX];
    char place[V8P_NAME_MAX + 32];
    int line = 0, column = 0;
    size_t position = read_position(at + length, &line, &column);

    if (position == 0 ||
        !map_place(file, line, column, &from, path, sizeof(path))) {
        return append(to, at, length) ? length : 0;
    }
    snprintf(place, sizeof(place), "%s:%d:%d", path, from.line, from.column);
    return append(to, place, strlen(place)) ? length + position : 0;
}

char *v8p_places_map_text(struct v8p_places *places, const char *text,
                          size_t length)
{
    struct text to = {NULL, 0, 0};
    const struct mapped *file = NULL;
    char *copy, *at;
    const char *hit;

    if (places == NULL) {
        return NULL;
    }
    read_once(places);
    copy = places->count > 0 ? strndup(text, length) : NULL;
    at = copy;
    while (at != NULL && (hit = next_place(places, at, &file)) != NULL) {
        size_t done;

        if (!append(&to, at, (size_t)(hit - at)) ||
            (done = replace(file, hit, &to)) == 0) {
            free(to.bytes); /* no memory: as it was */
            to.bytes = NULL;
            at = NULL;
            break;
        }
        at += (size_t)(hit - at) + done;
    }
    if (at != NULL && to.bytes != NULL && !append(&to, at, strlen(at))) {
        free(to.bytes);
        to.bytes = NULL;
    }
    free(copy);
    return to.bytes;
}

static void map_position(const struct v8p_places *places, v8pool_error *err)
{
    struct v8p_origin from;
    char path[V8P_NAME_MAX];
    size_t i;

    for (i = 0; i < places->count; i++) {
        if (strcmp(places->files[i].origin, err->source) == 0 &&
            map_place(&places->files[i], err->line, err->column, &from, path,
                      sizeof(path))) {
            v8p_text_copy(err->source, sizeof(err->source), path, strlen(path),
                          0);
            err->line = from.line;
            err->column = from.column;
            return;
        }
    }
}

void v8p_places_map_error(struct v8p_places *places, v8pool_error *err)
{
    char *stack;

    if (places == NULL || err == NULL || err->source[0] == '\0') {
        return;
    }
    read_once(places);
    map_position(places, err);
    stack = v8p_places_map_text(places, err->stack, strlen(err->stack));
    if (stack != NULL) {
        v8p_text_copy(err->stack, sizeof(err->stack), stack, strlen(stack), 1);
        free(stack);
    }
}
