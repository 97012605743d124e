/* SPDX-License-Identifier: Apache-2.0
 *
 * test_routes.c: the route manifest: what is taken, what is said of the rest,
 * and which route a path has.
 */
#include "dice.h"
#include "module/route_manifest.h"
#include "route_reference.h"

#include <apr_strings.h>

static const char *read_text(apr_pool_t *p, const char *text,
                             v8ssr_route_manifest *m)
{
    rcache_span exact = dice_exact(p, text, strlen(text));

    return v8ssr_route_manifest_read(p, "r.json", exact.data, exact.length, m);
}

/* paths: "/a /b" */
static const char *with_paths(apr_pool_t *p, const char *paths)
{
    char *rest = apr_pstrdup(p, paths), *path;
    const char *list = "", *comma = "";

    while ((path = apr_strtok(rest, " ", &rest)) != NULL) {
        list = apr_pstrcat(p, list, comma, "{\"path\":\"", path, "\"}", NULL);
        comma = ",";
    }
    return apr_pstrcat(p, "{\"version\":1,\"routes\":[", list, "]}", NULL);
}

static const char *found(const v8ssr_route_manifest *m, const char *path)
{
    const v8ssr_route_rule *rule = v8ssr_route_manifest_find(m, path);

    return rule != NULL ? rule->path : "none";
}

static void test_path_table_most_specific_wins(void)
{
    static const struct {
        const char *routes, *path, *wanted;
    } rows[] = {
        {"/", "/", "/"},
        {"/", "/a", "none"},
        {"/", "", "none"},
        {"/", "*", "none"},
        {"/*", "/", "/*"},
        {"/*", "/a/b", "/*"},
        {"/*", "//", "/*"},
        {"/*", "http://x/", "none"},
        {"/a", "/a", "/a"},
        {"/a", "/a/", "/a"},
        {"/a/", "/a", "/a/"},
        {"/a", "/a//", "none"},
        {"/a", "//a", "none"},
        {"/a", "/ab", "none"},
        {"/a", "/A", "none"},
        {"/ab", "/a", "none"},
        {"/a/*", "/a", "/a/*"},
        {"/a/*", "/a/", "/a/*"},
        {"/a/*", "/a/b", "/a/*"},
        {"/a/*", "/a/b/c", "/a/*"},
        {"/a/*", "/a//b", "/a/*"},
        {"/a/*", "/ab", "none"},
        {"/a/*/", "/a/b/c", "/a/*/"},
        {"/a/:x", "/a/b", "/a/:x"},
        {"/a/:x", "/a/b/", "/a/:x"},
        {"/a/:x", "/a", "none"},
        {"/a/:x", "/a/", "none"},
        {"/a/:x", "/a//", "none"},
        {"/a/:x", "/a/b/c", "none"},
        {"/a/*/c", "/a/b/c", "/a/*/c"},
        {"/a/*/c", "/a/b/d/c", "none"},
        {"/a/*/c", "/a//c", "none"},
        {"/* /:x /a", "/a", "/a"},
        {"/* /:x /a", "/b", "/:x"},
        {"/* /:x /a", "/", "/*"},
        {"/* /:x /a", "/a/b", "/*"},
        {"/a /a/*", "/a", "/a"},
        {"/a /a/*", "/a/b", "/a/*"},
        {"/a/:x /a/*", "/a/b", "/a/:x"},
        {"/a/:x/c /a/b/*", "/a/b/c", "/a/b/*"},
        {"/a/:x/c /a/b/d", "/a/b/c", "/a/:x/c"},
        {"/a/:x/c /a/b/d /*", "/a/b/e", "/*"},
        {"/a/* /:x/b/c", "/a/b/c", "/a/*"},
        {"/%61", "/a", "/%61"},
        {"/%2a", "/*", "/%2a"},
        {"/%2a", "/b", "none"},
        {"/%3Ax", "/:x", "/%3Ax"},
        {"/%25", "/%", "/%25"},
        {"/\\u00fc", "/\xc3\xbc", "/\xc3\xbc"},
        {"/a.b", "/a.b", "/a.b"},
        {"/a.b", "/axb", "none"},
    };
    apr_pool_t *p = dice_pool();
    size_t i;

    for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        v8ssr_route_manifest m;

        if (!OK(read_text(p, with_paths(p, rows[i].routes), &m) == NULL) ||
            !IS_STR(found(&m, rows[i].path), rows[i].wanted)) {
            tap_note("routes %s, path %s", rows[i].routes, rows[i].path);
        }
    }
    apr_pool_destroy(p);
}

static void test_mistake_table_place_and_expectation_named(void)
{
    static const struct {
        const char *text, *wanted;
    } rows[] = {
        {"", "r.json:1:0: JSON was expected: '[' or '{' expected near end of file"},
        {"{\"version\":1,\n\"routes\":[}",
         "r.json:2:11: JSON was expected: unexpected token near '}'"},
        {"{} x", "r.json:1:4: JSON was expected: end of file expected near 'x'"},
        {"{\"version\":1,\"version\":1}",
         "r.json:1:22: JSON was expected: duplicate object key near"},
        {"{\"version\":\"\xff\"}", "r.json:1:12: JSON was expected: unable to decode byte 0xff"},
        {"[]", "r.json: an object was expected, not a list"},
        {"{}", "r.json: version: 1 was expected, not nothing"},
        {"{\"version\":\"1\"}", "r.json: version: 1 was expected, not \"1\""},
        {"{\"version\":2}", "r.json: version: 1 was expected, not 2"},
        {"{\"version\":1}", "r.json: routes, or include and exclude, were expected"},
        {"{\"version\":1,\"exclude\":[]}",
         "r.json: routes, or include and exclude, were expected"},
        {"{\"version\":1,\"routes\":[],\"include\":[]}",
         "r.json: version or routes was expected, not \"include\""},
        {"{\"version\":1,\"include\":[],\"routs\":[]}",
         "r.json: version, include, exclude or description was expected, not \"routs\""},
        {"{\"version\":1,\"routes\":{}}",
         "r.json: routes: a list of routes was expected, not an object"},
        {"{\"version\":1,\"include\":1}", "r.json: include: a list of paths was expected, not 1"},
        {"{\"version\":1,\"include\":[1]}", "r.json: include[0]: a path was expected, not 1"},
        {"{\"version\":1,\"include\":[\"/*\"],\"exclude\":[\"/a\",\"b\"]}",
         "r.json: exclude[1]: a path that starts with /, without ? and #, was "
         "expected, not \"b\""},
        {"{\"version\":1,\"include\":[\"/a*\"]}",
         "r.json: include[0]: * was expected between two slashes or at the end, "
         "not as a part of a word, not \"/a*\""},
    };
    apr_pool_t *p = dice_pool();
    size_t i;

    for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        v8ssr_route_manifest m;
        const char *wrong = read_text(p, rows[i].text, &m);

        HAS_STR(wrong != NULL ? wrong : "taken", rows[i].wanted);
    }
    apr_pool_destroy(p);
}

/* The members of one route, after a good one. */
static void test_route_table_mistakes_named(void)
{
    static const struct {
        const char *route, *wanted;
    } rows[] = {
        {"1", "routes[1]: an object was expected, not 1"},
        {"{}", "routes[1].path: a path was expected, not nothing"},
        {"{\"path\":null}", "routes[1].path: a path was expected, not null"},
        {"{\"path\":\"\"}", "routes[1].path: a path that starts with /, without ? "
                            "and #, was expected, not \"\""},
        {"{\"path\":\"/a?b\"}", "without ? and #, was expected, not \"/a?b\""},
        {"{\"path\":\"/a#b\"}", "without ? and #, was expected"},
        {"{\"path\":\"//a\"}", "a path without // was expected"},
        {"{\"path\":\"/a//b\"}", "a path without // was expected"},
        {"{\"path\":\"/a/../b\"}", "a path without . and .. was expected"},
        {"{\"path\":\"/%2e\"}", "a path without . and .. was expected"},
        {"{\"path\":\"/a%\"}", "%XX with the code of a byte other than / was expected "
                               "after each %, not \"/a%\""},
        {"{\"path\":\"/%4\"}", "after each %"},
        {"{\"path\":\"/%4/2\"}", "after each %"},
        {"{\"path\":\"/%gg\"}", "after each %"},
        {"{\"path\":\"/%2f\"}", "after each %"},
        {"{\"path\":\"/%00\"}", "after each %"},
        {"{\"path\":\"/a/**\"}", "* was expected between two slashes or at the end"},
        {"{\"path\":\"/*.png\"}", "* was expected between two slashes or at the end"},
        {"{\"path\":\"/:\"}", "a name without * was expected after :"},
        {"{\"path\":\"/:a*\"}", "a name without * was expected after :"},
        {"{\"path\":\"/a/\"}", "routes[1].path: another path than that of routes[0] was "
                               "expected: \"/a/\" and \"/a\" are the same URLs"},
        {"{\"path\":\"/%61\"}", "are the same URLs"},
        {"{\"path\":\"/\\u001b[1m?\"}", "not \"/?[1m?\""},
        {"{\"path\":\"/b\",\"tll\":1}", "routes[1]: path, bundle, ttl, swr, staleIfError, tags, "
                                        "streaming, cache or ssr was expected, not \"tll\""},
        {"{\"path\":\"/b\",\"bundle\":\"a b\"}",
         "routes[1].bundle: the name of an SSRBundle was expected, not \"a b\""},
        {"{\"path\":\"/b\",\"bundle\":true}", "was expected, not true"},
        {"{\"path\":\"/b\",\"ttl\":\"soon\"}",
         "routes[1].ttl: a time from 0 to 8760h was expected, not \"soon\""},
        {"{\"path\":\"/b\",\"ttl\":-1}", "routes[1].ttl: a time from 0 to 8760h was expected, not -1"},
        {"{\"path\":\"/b\",\"ttl\":1.5}", "routes[1].ttl: a time from 0 to 8760h was expected, not a number"},
        {"{\"path\":\"/b\",\"swr\":\"8761h\"}", "routes[1].swr: a time from 0 to 8760h"},
        {"{\"path\":\"/b\",\"staleIfError\":[]}",
         "routes[1].staleIfError: a time from 0 to 8760h was expected, not a list"},
        {"{\"path\":\"/b\",\"tags\":\"a\"}", "routes[1].tags: a list of tags was expected, not \"a\""},
        {"{\"path\":\"/b\",\"tags\":[\"a\",\"b,c\"]}",
         "routes[1].tags[1]: a tag of 1 to 256 bytes, without commas and without "
         "spaces around it, was expected, not \"b,c\""},
        {"{\"path\":\"/b\",\"tags\":[\"\"]}", "routes[1].tags[0]: a tag of 1 to 256 bytes"},
        {"{\"path\":\"/b\",\"tags\":[\" a\"]}", "routes[1].tags[0]: a tag of 1 to 256 bytes"},
        {"{\"path\":\"/b\",\"tags\":[\"a\\tb\"]}", "not \"a?b\""},
        {"{\"path\":\"/b\",\"streaming\":true}",
         "routes[1].streaming: \"auto\", \"on\" or \"off\" was expected, not true"},
        {"{\"path\":\"/b\",\"streaming\":\"On\"}", "was expected, not \"On\""},
        {"{\"path\":\"/b\",\"cache\":\"on\"}", "routes[1].cache: true or false was expected, not \"on\""},
        {"{\"path\":\"/b\",\"ssr\":0}", "routes[1].ssr: true or false was expected, not 0"},
        {"{\"path\":\"/b\",\"ssr\":false,\"ttl\":1}",
         "routes[1]: no more than path was expected beside \"ssr\": false"},
    };
    apr_pool_t *p = dice_pool();
    size_t i;

    for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        v8ssr_route_manifest m;
        const char *wrong = read_text(
            p, apr_pstrcat(p, "{\"version\":1,\"routes\":[{\"path\":\"/a\"},",
                           rows[i].route, "]}", NULL), &m);

        HAS_STR(wrong != NULL ? wrong : "taken", rows[i].wanted);
    }
    apr_pool_destroy(p);
}

static void test_route_everything_said_read(void)
{
    apr_pool_t *p = dice_pool();
    v8ssr_route_manifest m;
    const v8ssr_route_rule *rule;

    OK(read_text(p, "{\"$schema\":\"x\",\"version\":1,\"routes\":[{\"path\":\"/a\",\"bundle\":\"shop\","
                    "\"ttl\":\"500ms\",\"swr\":5,\"staleIfError\":\"1h\",\"tags\":[\"a b\",\"c\"],"
                    "\"streaming\":\"on\",\"cache\":true,\"ssr\":true},"
                    "{\"path\":\"/b\",\"ttl\":\"5m\",\"streaming\":\"off\",\"cache\":false},"
                    "{\"path\":\"/c\",\"ssr\":false},{\"path\":\"/d\",\"streaming\":\"auto\",\"tags\":[]}]}",
                 &m) == NULL);
    OK(m.caches && !m.is_list);
    IS_INT(m.rules->nelts, 4);
    rule = v8ssr_route_manifest_find(&m, "/a");
    IS_STR(rule->place, "routes[0]");
    IS_STR(rule->bundle, "shop");
    IS_INT(rule->ttl, 500000);
    IS_INT(rule->swr, 5000000);
    IS_INT(rule->stale_if_error, APR_INT64_C(3600000000));
    IS_INT(rule->tags->nelts, 2);
    IS_STR(APR_ARRAY_IDX(rule->tags, 0, const char *), "t:a b");
    IS_INT(rule->streaming, V8SSR_ROUTE_STREAMING_ON);
    OK(rule->cache == 1 && rule->ssr == 1);
    rule = v8ssr_route_manifest_find(&m, "/b");
    OK(rule->bundle == NULL && rule->tags == NULL && rule->cache == 0 && rule->ssr == 1);
    IS_INT(rule->ttl, APR_INT64_C(300000000));
    IS_INT(rule->swr, V8SSR_ROUTE_UNSAID);
    IS_INT(rule->stale_if_error, V8SSR_ROUTE_UNSAID);
    IS_INT(rule->streaming, V8SSR_ROUTE_STREAMING_OFF);
    rule = v8ssr_route_manifest_find(&m, "/c");
    OK(rule->ssr == 0 && rule->cache == V8SSR_ROUTE_UNSAID);
    IS_INT(v8ssr_route_manifest_find(&m, "/d")->streaming, V8SSR_ROUTE_STREAMING_AUTO);
    OK(v8ssr_route_manifest_find(&m, "/e") == NULL);
    apr_pool_destroy(p);
}

static void test_list_exclude_goes_first_and_rest_is_httpds(void)
{
    static const struct {
        const char *path;
        int ssr;
    } rows[] = {
        {"/", 1},        {"/app", 1},     {"/app/x", 1}, {"/app/s", 0},
        {"/app/s/x", 0}, {"/app/s/y", 0}, {"/other", 0}, {"/:id", 1},
        {"/x", 0},
    };
    apr_pool_t *p = dice_pool();
    v8ssr_route_manifest m;
    size_t i;

    OK(read_text(p, "{\"version\":1,\"description\":\"by an adapter\","
                    "\"include\":[\"/\",\"/app/*\",\"/app/s/x\",\"/:id\",\"/\"],"
                    "\"exclude\":[\"/app/s/*\",\"/app/s/\"]}", &m) == NULL);
    OK(!m.caches && m.is_list);
    for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        if (!IS_INT(v8ssr_route_manifest_find(&m, rows[i].path)->ssr, rows[i].ssr)) {
            tap_note("path %s", rows[i].path);
        }
    }
    apr_pool_destroy(p);
}

static const char *many(apr_pool_t *p, int count)
{
    apr_array_header_t *list = apr_array_make(p, count, sizeof(const char *));
    int i;

    for (i = 0; i < count; i++) {
        APR_ARRAY_PUSH(list, const char *) =
            apr_psprintf(p, "%s{\"path\":\"/p/%d\"}", i > 0 ? "," : "", i);
    }
    return apr_pstrcat(p, "{\"version\":1,\"routes\":[", apr_array_pstrcat(p, list, 0), "]}", NULL);
}

static void test_limits_one_more_refused(void)
{
    apr_pool_t *p = dice_pool();
    char *text = apr_palloc(p, V8SSR_ROUTE_MANIFEST_BYTES + 1);
    char path[V8SSR_ROUTE_BYTES + 2], deep[2 * V8SSR_ROUTE_SEGMENTS + 3];
    v8ssr_route_manifest m;
    int i;

    OK(read_text(p, many(p, V8SSR_ROUTES_MOST), &m) == NULL);
    IS_STR(found(&m, "/p/9999"), "/p/9999");
    IS_STR(read_text(p, many(p, V8SSR_ROUTES_MOST + 1), &m),
           "r.json: routes: at most 10000 routes were expected");
    memset(text, ' ', V8SSR_ROUTE_MANIFEST_BYTES + 1);
    memcpy(text, "{\"version\":1,\"routes\":[]}", 25);
    OK(v8ssr_route_manifest_read(p, "r.json", text, V8SSR_ROUTE_MANIFEST_BYTES, &m) == NULL);
    IS_STR(v8ssr_route_manifest_read(p, "r.json", text, V8SSR_ROUTE_MANIFEST_BYTES + 1, &m),
           "r.json: at most 4M were expected");
    memset(path, 'a', sizeof(path));
    path[0] = '/';
    path[V8SSR_ROUTE_BYTES] = '\0';
    OK(read_text(p, with_paths(p, path), &m) == NULL);
    IS_STR(found(&m, path), path);
    path[V8SSR_ROUTE_BYTES] = 'a';
    path[V8SSR_ROUTE_BYTES + 1] = '\0';
    HAS_STR(read_text(p, with_paths(p, path), &m), "routes[0].path: at most 1024 bytes were expected");
    for (i = 0; i <= V8SSR_ROUTE_SEGMENTS; i++) {
        memcpy(deep + (size_t)(2 * i), "/a", 3);
    }
    HAS_STR(read_text(p, with_paths(p, deep), &m), "routes[0].path: at most 32 segments were expected");
    deep[2 * V8SSR_ROUTE_SEGMENTS] = '\0';
    OK(read_text(p, with_paths(p, deep), &m) == NULL);
    IS_STR(found(&m, deep), deep);
    apr_pool_destroy(p);
}

/* of one route: so many tags, the last one so long */
static const char *read_tags(apr_pool_t *p, int count, int length)
{
    char *tag = apr_palloc(p, (size_t)length + 1);
    const char *list = "";
    v8ssr_route_manifest m;

    memset(tag, 'a', (size_t)length);
    tag[length] = '\0';
    while (count-- > 1) {
        list = apr_pstrcat(p, list, "\"t\",", NULL);
    }
    return read_text(p, apr_pstrcat(p, "{\"version\":1,\"routes\":[{\"path\":\"/\",\"tags\":[", list,
                                    "\"", tag, "\"]}]}", NULL), &m);
}

static void test_tags_one_more_refused(void)
{
    apr_pool_t *p = dice_pool();

    OK(read_tags(p, V8SSR_ROUTE_TAGS, 256) == NULL);
    HAS_STR(read_tags(p, V8SSR_ROUTE_TAGS + 1, 256), "routes[0].tags: at most 32 tags were expected");
    HAS_STR(read_tags(p, 1, 257), "routes[0].tags[0]: a tag of 1 to 256 bytes");
    apr_pool_destroy(p);
}

#define MOST 40

/* From few words, so that patterns overlap. */
static const char *roll_path(apr_pool_t *p, struct dice *dice, const char *const *words, unsigned count)
{
    const char *path = dice_roll(dice, 8) == 0 ? "/" : "";
    unsigned n = dice_roll(dice, 5);

    while (n-- > 0) {
        path = apr_pstrcat(p, path, "/", words[dice_roll(dice, count)], NULL);
    }
    return *path != '\0' ? path : "/";
}

static const char *reference(const v8ssr_route_manifest *m, const char *path)
{
    const char *best = "none";
    int i;

    for (i = 0; i < m->rules->nelts; i++) {
        const char *pattern = APR_ARRAY_IDX(m->rules, i, const v8ssr_route_rule *)->path;

        if (reference_matches(pattern, path, 1) &&
            (*best == 'n' || reference_wins(pattern, best, 1))) {
            best = pattern;
        }
    }
    return best;
}

static void test_random_routes_found_as_each_tried(void)
{
    static const char *const segments[] = {"a", "b", "ab", ":x", "*", "%61b"};
    static const char *const words[] = {"a", "b", "ab", "c", "*", ""};
    apr_pool_t *p = dice_pool();
    struct dice dice = {20261122};
    int taken = 0, named = 0, wrong = 0, i, j;

    for (i = 0; i < 4000; i++) {
        const char *routes = "";
        v8ssr_route_manifest m;
        unsigned n = 1 + dice_roll(&dice, i % 2 == 0 ? 4 : 12);

        while (n-- > 0) {
            routes = apr_pstrcat(p, routes, " ", roll_path(p, &dice, segments, 6), NULL);
        }
        if (read_text(p, with_paths(p, routes), &m) == NULL) {
            taken++;
            for (j = 0; j < MOST; j++) {
                const char *path = roll_path(p, &dice, words, 6);
                const char *got = found(&m, path);

                named += *got == '/';
                if (strcmp(got, reference(&m, path)) != 0) {
                    tap_note("%s: %s: %s", routes, path, got);
                    wrong++;
                }
            }
        }
        apr_pool_clear(p);
    }
    OK(taken > 1000);
    OK(named > 10000);
    IS_INT(wrong, 0);
    apr_pool_destroy(p);
}

TAP_MAIN(RUN(test_path_table_most_specific_wins),
         RUN(test_mistake_table_place_and_expectation_named),
         RUN(test_route_table_mistakes_named),
         RUN(test_route_everything_said_read),
         RUN(test_list_exclude_goes_first_and_rest_is_httpds),
         RUN(test_limits_one_more_refused),
         RUN(test_tags_one_more_refused),
         RUN(test_random_routes_found_as_each_tried))
