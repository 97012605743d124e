/* SPDX-License-Identifier: Apache-2.0
 *
 * fuzz_sourcemap.c: source maps, and texts in which places are replaced.  The
 * first byte says how the rest is taken: a whole map, the mappings of one, or
 * numbers from which a map is written that must be read as it was written.
 */
#include "fuzz.h"

#include "places.h"
#include "sourcemap.h"

#include <stdarg.h>

struct text {
    char *at;
    size_t length, room;
};

static void add(struct text *text, const char *from, size_t length)
{
    while (text->length + length + 1 > text->room) {
        text->room = text->room * 2 + 256;
        text->at = realloc(text->at, text->room);
        MUST(text->at != NULL);
    }
    if (length > 0) {
        memcpy(text->at + text->length, from, length);
    }
    text->length += length;
    text->at[text->length] = '\0';
}

static void add_string(struct text *text, const char *from)
{
    add(text, from, strlen(from));
}

static void add_number(struct text *text, int64_t number)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                 "abcdefghijklmnopqrstuvwxyz0123456789+/";
    uint64_t value = number < 0 ? (uint64_t)-number << 1 | 1
                                : (uint64_t)number << 1;

    do {
        unsigned digit = value & 31;

        value >>= 5;
        add(text, &digits[digit | (value > 0 ? 32 : 0)], 1);
    } while (value > 0);
}

static void check_origin(const struct v8p_origin *origin)
{
    MUST(strnlen(origin->source, sizeof(origin->source)) <
         sizeof(origin->source));
    MUST(origin->line >= 1 && origin->column >= 1);
}

static void ask_everywhere(const struct v8p_sourcemap *map)
{
    static const int at[] = {1, 2, 3, 9, 80, 1000, 0x7fffffff};
    size_t line, column;

    for (line = 0; line < sizeof(at) / sizeof(*at); line++) {
        for (column = 0; column < sizeof(at) / sizeof(*at); column++) {
            struct v8p_origin origin;

            memset(&origin, 0x5a, sizeof(origin));
            if (v8p_sourcemap_find(map, at[line], at[column], &origin)) {
                check_origin(&origin);
            }
        }
    }
}

static void read_map(const char *text, size_t length)
{
    struct v8p_sourcemap *map = v8p_sourcemap_create(text, length);

    if (map != NULL) {
        ask_everywhere(map);
    }
    v8p_sourcemap_destroy(&map);
    MUST(map == NULL);
}

/* ---- what was written ------------------------------------------------------ */

#define SEGMENTS 1500

struct segment {
    int line, column, source, from_line, from_column;
};

static void write_segment(struct text *text, const struct segment *last,
                          const struct segment *s)
{
    int line;

    for (line = last->line; line < s->line; line++) {
        add_string(text, ";");
    }
    if (s->line == last->line && text->at[text->length - 1] != '"') {
        add_string(text, ",");
    }
    add_number(text, s->column - (s->line == last->line ? last->column : 0));
    add_number(text, s->source - last->source);
    add_number(text, s->from_line - last->from_line);
    add_number(text, s->from_column - last->from_column);
}

static void round_trip(struct fuzz *fuzz)
{
    struct segment *s = calloc(SEGMENTS, sizeof(*s));
    struct segment last = {0, 0, 0, 0, 0};
    struct text text = {NULL, 0, 0};
    struct v8p_sourcemap *map;
    size_t count, i, repeat = fuzz_byte(fuzz) % 8;
    const uint8_t *first = fuzz->at;

    MUST(s != NULL);
    add_string(&text, "{\"version\":3,\"sources\":[\"a.js\",\"b.js\"],"
                      "\"mappings\":\"");
    for (count = 0; count < SEGMENTS && (fuzz_left(fuzz) > 2 || repeat > 0);
         count++) {
        unsigned a, b, c;

        if (fuzz_left(fuzz) <= 2) {
            repeat--;
            fuzz->at = first; /* the same once more: marks are 4 KiB apart */
        }
        a = fuzz_byte(fuzz);
        b = fuzz_byte(fuzz);
        c = fuzz_byte(fuzz);
        s[count] = last;
        s[count].line += a % 8 == 0;
        s[count].column = (s[count].line == last.line ? last.column : 0) + 1 +
                          (int)b % 90;
        s[count].source = a / 8 % 2;
        s[count].from_line = (int)(c * (a + 1));
        s[count].from_column = (int)(b * c) % 700;
        write_segment(&text, &last, &s[count]);
        last = s[count];
    }
    add_string(&text, "\"}");
    map = v8p_sourcemap_create(text.at, text.length);
    MUST(map != NULL);
    for (i = 0; i < count; i += 1 + count / 256) {
        struct v8p_origin origin;

        MUST(v8p_sourcemap_find(map, s[i].line + 1, s[i].column + 1, &origin));
        MUST(strcmp(origin.source, s[i].source ? "b.js" : "a.js") == 0);
        MUST(origin.line == s[i].from_line + 1 &&
             origin.column == s[i].from_column + 1);
    }
    v8p_sourcemap_destroy(&map);
    free(text.at);
    free(s);
}

/* ---- texts ----------------------------------------------------------------- */

/* A script with a map in it, and a text with places; between them a line. */
static void map_text(struct fuzz *fuzz)
{
    size_t source_length, length;
    char *source = fuzz_until(fuzz, '\0', &source_length);
    char *text = fuzz_rest(fuzz, &length);
    struct v8p_places *places =
        v8p_places_create(source, source_length, "/site/app.js");
    char *mapped = v8p_places_map_text(places, text, length);
    v8pool_error err = {.line = 1, .column = 3};

    snprintf(err.source, sizeof(err.source), "/site/app.js");
    v8p_places_map_error(places, &err);
    MUST(strnlen(err.source, sizeof(err.source)) < sizeof(err.source));
    MUST(mapped == NULL || strlen(mapped) > 0);
    free(mapped);
    v8p_places_destroy(&places);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz fuzz = fuzz_begin(data, size);
    unsigned mode = fuzz_byte(&fuzz) % 4;
    size_t length;
    char *rest;

    if (mode == 0) {
        rest = fuzz_rest(&fuzz, &length);
        read_map(rest, length);
    }
    else if (mode == 1) {
        struct text text = {NULL, 0, 0};

        add_string(&text, "{\"sources\":[\"a\",null,\"\\u00e9\\n\"],"
                          "\"sourceRoot\":\"/r\",\"mappings\":\"");
        rest = fuzz_rest(&fuzz, &length);
        add(&text, rest, length);
        add_string(&text, "\"}");
        read_map(text.at, text.length);
        free(text.at);
    }
    else if (mode == 2) {
        round_trip(&fuzz);
    }
    else {
        map_text(&fuzz);
    }
    fuzz_end(&fuzz);
    return 0;
}
