/* SPDX-License-Identifier: Apache-2.0
 *
 * test_sourcemap.c: positions found in maps, and maps that are none.
 */
#include "sourcemap.h"
#include "tap.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct v8p_sourcemap *map_of(const char *json)
{
    return v8p_sourcemap_create(json, strlen(json));
}

/* "SOURCE:LINE:COLUMN" of a place in the built file, or "none". */
static const char *find(const struct v8p_sourcemap *map, int line, int column)
{
    static char text[600];
    struct v8p_origin from;

    if (!v8p_sourcemap_find(map, line, column, &from)) {
        return "none";
    }
    snprintf(text, sizeof(text), "%s:%d:%d", from.source, from.line,
             from.column);
    return text;
}

/* Line 1: column 0 is a.js 1:1, 10 is b.js 3:5, 20 is nobody's; line 2 is
 * empty; line 3: column 4 is a.js 2:1, with a name. */
static const char small[] =
    "{ \"version\": 3, \"file\": \"x\", \"sourcesContent\": [\"}\\\"]\", null],"
    " \"sources\": [\"a.js\", \"b.js\"], \"names\": [\"f\"],"
    " \"mappings\": \"AAAA,UCEI,U;;IDDJA\", \"x\": { \"y\": [1, {}] } }";

static void test_position_last_segment_before_found(void)
{
    struct v8p_sourcemap *map = map_of(small);

    OK(map != NULL);
    IS_STR(find(map, 1, 1), "a.js:1:1");
    IS_STR(find(map, 1, 10), "a.js:1:1");
    IS_STR(find(map, 1, 11), "b.js:3:5");
    IS_STR(find(map, 1, 20), "b.js:3:5");
    IS_STR(find(map, 1, 21), "none");
    IS_STR(find(map, 2, 1), "none");
    IS_STR(find(map, 3, 4), "none");
    IS_STR(find(map, 3, 5), "a.js:2:1");
    IS_STR(find(map, 3, 500), "a.js:2:1");
    IS_STR(find(map, 4, 1), "none");
    IS_STR(find(map, 0, 0), "none");
    v8p_sourcemap_destroy(&map);
    OK(map == NULL);
}

static void test_sources_root_and_escapes_shown(void)
{
    struct v8p_sourcemap *map =
        map_of(")]}'\n{\"sourceRoot\":\"/src\",\"sources\":["
               "\"d\\u00fc\\u20ac\\/\\\"x\\\".js\",null],"
               "\"mappings\":\"AAAA,CCAA\"}");

    IS_STR(find(map, 1, 1), "/src/d\xc3\xbc\xe2\x82\xac/\"x\".js:1:1");
    IS_STR(find(map, 1, 2), "none");
    v8p_sourcemap_destroy(&map);
}

static void test_no_map_refused(void)
{
    OK(map_of("") == NULL);
    OK(map_of("{") == NULL);
    OK(map_of("[]") == NULL);
    OK(map_of("null") == NULL);
    OK(map_of("{}") == NULL);
    OK(map_of("{\"mappings\":\"AAAA\"}") == NULL);
    OK(map_of("{\"mappings\":\"AAAA\",\"sources\":[]}") == NULL);
    OK(map_of("{\"mappings\":1,\"sources\":[\"a\"]}") == NULL);
    OK(map_of("{\"mappings\":\"AAAA\",\"sources\":\"a\"}") == NULL);
    OK(map_of("{\"mappings\":\"AAAA\",\"sources\":[\"a\"") == NULL);
    OK(map_of("{\"mappings\":\"AAAA\",\"sources\":[\"a\\") == NULL);
    OK(map_of("{\"sources\":[\"a\"],\"mappings\":\"AAAA") == NULL);
    OK(map_of("{\"version\":3,\"sections\":[{}],\"sources\":[\"a\"],"
              "\"mappings\":\"AAAA\"}") == NULL);
}

static void test_damaged_mappings_survived(void)
{
    struct v8p_sourcemap *map =
        map_of("{\"sources\":[\"a\"],\"mappings\":\"AAAA,!AAAA,CAAC\"}");

    IS_STR(find(map, 1, 1), "a:1:1");
    IS_STR(find(map, 1, 100), "a:1:1"); /* what comes after is not read */
    v8p_sourcemap_destroy(&map);
    map = map_of("{\"sources\":[\"a\"],\"mappings\":\"AACAAAAA\"}");
    IS_STR(find(map, 1, 1), "none");
    v8p_sourcemap_destroy(&map);
    map = map_of("{\"sources\":[\"a\"],\"mappings\":\"ggggggggggggB\"}");
    IS_STR(find(map, 1, 1), "none");
    v8p_sourcemap_destroy(&map);
    map = map_of("{\"sources\":[\"a\"],\"mappings\":\"ACAA,CDDA,CAAD\"}");
    IS_STR(find(map, 1, 1), "none"); /* a source, a line, a column that are */
    IS_STR(find(map, 1, 2), "none"); /* not there */
    IS_STR(find(map, 1, 3), "none");
    v8p_sourcemap_destroy(&map);
}

/* Far more than a mark's distance, on one line and on many: each is found. */
static void check_large(char separator, int lines)
{
    enum { SEGMENTS = 20000 };
    char *json = malloc(SEGMENTS * 8 + 100);
    struct v8p_sourcemap *map;
    size_t n = (size_t)sprintf(json, "{\"sources\":[\"a\"],\"mappings\":\"");
    int i, wrong = 0;

    for (i = 0; i < SEGMENTS; i++) { /* one column, one line further each */
        n += (size_t)sprintf(json + n, i > 0 ? "%cCACA" : "AAAA", separator);
    }
    sprintf(json + n, "\"}");
    map = map_of(json);
    for (i = 0; i < SEGMENTS; i++) {
        char wanted[40];

        snprintf(wanted, sizeof(wanted), "a:%d:1", i + 1);
        wrong += strcmp(lines ? find(map, i + 1, 2) : find(map, 1, i + 1),
                        wanted) != 0;
    }
    IS_INT(wrong, 0);
    v8p_sourcemap_destroy(&map);
    free(json);
}

static void test_large_maps_found_everywhere(void)
{
    check_large(',', 0);
    check_large(';', 1);
}

TAP_MAIN(RUN(test_position_last_segment_before_found),
         RUN(test_sources_root_and_escapes_shown),
         RUN(test_no_map_refused),
         RUN(test_damaged_mappings_survived),
         RUN(test_large_maps_found_everywhere))
