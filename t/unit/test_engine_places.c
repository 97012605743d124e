/* SPDX-License-Identifier: Apache-2.0
 *
 * test_engine_places.c: errors, stacks and console lines tell the places of the
 * sources, where there is a map.
 */
#include "site.h"
#include "v8pool_files.h"

#include <stdio.h>
#include <stdlib.h>

/* dist/a.js: its line 2 from `throw` on is src/page.jsx 7:3, what comes from
 * `inner` on is src/lib/x.js 2:1; line 3 is src/page.jsx 9:1, line 4 again
 * src/lib/x.js 2:1. */
static const char script[] =
    "globalThis.renderPage = (u) => {\n"
    "  if (u === '/throw') { throw new Error('thrown');       } inner(u);\n"
    "  return 'x'; };\n"
    "function inner(u) { if (u === '/inner') null.x; if (u === '/loop')"
    " for (;;); if (u === '/warn') console.error(new Error('told')); }\n";
static const char map[] =
    "{\"version\":3,\"sources\":[\"../src/page.jsx\",\"../src/lib/x.js\"],"
    "\"names\":[],\"mappings\":\";wBAME,mCCLF;ADOA;ACPA\"}";

static v8pool_bundle *load(const struct site *site, v8pool *pool,
                           const char *comment, int maps)
{
    char text[4096];
    v8pool_read_config from = {.no_source_maps = !maps};
    v8pool_bundle_config config = {.name = "a"};
    v8pool_bundle *bundle = NULL;
    v8pool_error err;
    char *source;

    snprintf(text, sizeof(text), "%s%s", script, comment);
    site_write(site, "dist/a.js", text);
    from.path = config.path = site_path(site, "dist/a.js");
    IS_STATUS(v8pool_bundle_read(&from, &source, &config.source_length, &err),
              V8POOL_OK);
    config.source = source;
    IS_STATUS(v8pool_bundle_load(pool, &config, WAIT_MS, &bundle, &err),
              V8POOL_OK);
    free(source);
    return bundle;
}

static void check_error(v8pool *pool, v8pool_bundle *bundle, const char *url,
                        uint32_t limit_ms, const char *source, int line,
                        int column)
{
    struct reply reply;

    OK(reply_get(&reply, pool, bundle, url, limit_ms) != V8POOL_OK);
    IS_STR(reply.error.source, source);
    IS_INT(reply.error.line, line);
    if (column > 0) {
        IS_INT(reply.error.column, column);
    }
    reply_clear(&reply);
}

static void check_mapped(const struct site *site, v8pool *pool,
                         v8pool_bundle *bundle)
{
    char frame[128];
    struct reply reply;

    check_error(pool, bundle, "/throw", WAIT_MS,
                site_path(site, "src/page.jsx"), 7, 3);
    check_error(pool, bundle, "/inner", WAIT_MS,
                site_path(site, "src/lib/x.js"), 2, 1);
    check_error(pool, bundle, "/loop", 100, site_path(site, "src/lib/x.js"), 2,
                1);
    reply_get(&reply, pool, bundle, "/inner", WAIT_MS);
    snprintf(frame, sizeof(frame), "at inner (%s:2:1)\n",
             site_path(site, "src/lib/x.js"));
    HAS_STR(reply.error.stack, frame);
    snprintf(frame, sizeof(frame), "(%s:2:1)",
             site_path(site, "src/lib/x.js"));
    HAS_STR(strstr(reply.error.stack, "renderPage"), frame);
    HAS_STR(reply.error.message, "TypeError: Cannot read");
    reply_clear(&reply);
}

static void test_map_beside_the_file_used(void)
{
    v8pool *pool = pool_of(1);
    struct site site;

    site_create(&site);
    site_write(&site, "dist/maps/a.js.map", map);
    check_mapped(&site, pool,
                 load(&site, pool, "//# sourceMappingURL=maps/a.js.map\n", 1));
    v8pool_destroy(&pool);
    site_remove(&site);
}

/* base64 of `map`, made with base64(1). */
static const char inlined[] =
    "//# sourceMappingURL=data:application/json;charset=utf-8;base64,"
    "eyJ2ZXJzaW9uIjozLCJzb3VyY2VzIjpbIi4uL3NyYy9wYWdlLmpzeCIsIi4uL3NyYy9saW"
    "IveC5qcyJdLCJuYW1lcyI6W10sIm1hcHBpbmdzIjoiO3dCQU1FLG1DQ0xGO0FET0E7QUNQ"
    "QSJ9"
    "\n";

static void test_inline_map_used(void)
{
    v8pool *pool = pool_of(1);
    struct site site;

    site_create(&site);
    check_mapped(&site, pool, load(&site, pool, inlined, 1));
    v8pool_destroy(&pool);
    site_remove(&site);
}

static void test_maps_off_or_unusable_leave_places(void)
{
    static const char beside[] = "//# sourceMappingURL=a.js.map\n";
    v8pool *pool = pool_of(1);
    struct site site, other;

    site_create(&site);
    site_create(&other);
    check_error(pool, load(&site, pool, inlined, 0), "/throw", WAIT_MS,
                site_path(&site, "dist/a.js"), 2, 0);
    check_error(pool, load(&site, pool, beside, 1), "/throw", WAIT_MS,
                site_path(&site, "dist/a.js"), 2, 0);
    site_write(&site, "dist/a.js.map", "{ no map");
    check_error(pool, load(&site, pool, beside, 1), "/throw", WAIT_MS,
                site_path(&site, "dist/a.js"), 2, 0);
    site_write(&site, "dist/a.js.map", map);
    check_error(pool, load(&site, pool, beside, 0), "/throw", WAIT_MS,
                site_path(&site, "dist/a.js"), 2, 0);
    check_error(pool, load(&site, pool, beside, 1), "/throw", WAIT_MS,
                site_path(&site, "src/page.jsx"), 7, 3);
    site_write(&other, "m.map", map);
    site_link(&site, "dist/b.map", site_path(&other, "m.map"));
    check_error(pool, load(&site, pool, "//# sourceMappingURL=b.map\n", 1),
                "/throw", WAIT_MS, site_path(&site, "dist/a.js"), 2, 0);
    site_write(&site, "a.js.map", map);
    check_error(pool,
                load(&site, pool, "//# sourceMappingURL=../a.js.map\n", 1),
                "/throw", WAIT_MS, site_path(&site, "dist/a.js"), 2, 0);
    v8pool_destroy(&pool);
    site_remove(&site);
    site_remove(&other);
}

static void test_error_at_load_mapped(void)
{
    v8pool *pool = pool_of(1);
    struct site site;
    v8pool_error err;

    site_create(&site);
    site_write(&site, "dist/a.js", "\nthrow new Error('load');\n"
                                   "//# sourceMappingURL=a.js.map");
    site_write(&site, "dist/a.js.map",
               "{\"sources\":[\"../src/x.ts\"],\"mappings\":\";AAIA\"}");
    IS_STATUS(site_refused(&site, pool, "dist/a.js", &err), V8POOL_E_BUNDLE);
    IS_STR(err.source, site_path(&site, "src/x.ts"));
    IS_INT(err.line, 5);
    HAS_STR(err.stack, "src/x.ts:5:1");
    v8pool_destroy(&pool);
    site_remove(&site);
}

static void test_modules_have_maps_of_their_own(void)
{
    v8pool *pool = pool_of(1);
    struct site site;
    v8pool_bundle *bundle;

    site_create(&site);
    site_write(&site, "dist/a.js", "import { b } from './c/b.js';"
                                   "export const renderPage = () => b();");
    site_write(&site, "dist/c/b.js", "export const b = () => null.x;\n"
                                     "//# sourceMappingURL=b.js.map");
    site_write(&site, "dist/c/b.js.map",
               "{\"sources\":[\"../../src/b.ts\"],\"mappings\":\"AASA\"}");
    bundle = site_bundle(&site, pool, "dist/a.js", NULL);
    check_error(pool, bundle, "/", WAIT_MS, site_path(&site, "src/b.ts"), 10,
                1);
    v8pool_destroy(&pool);
    site_remove(&site);
}

static void test_console_errors_mapped(void)
{
    struct recorder *recorder = recorder_create();
    v8pool_config config;
    v8pool *pool;
    struct site site;
    v8pool_bundle *bundle;
    char place[128];

    pool_config(&config, 1, recorder);
    pool = pool_open(&config);
    site_create(&site);
    site_write(&site, "dist/a.js.map", map);
    bundle = load(&site, pool, "//# sourceMappingURL=a.js.map\n", 1);
    OK(renders(pool, bundle, "/warn", "x"));
    snprintf(place, sizeof(place), "at inner (%s:2:1)",
             site_path(&site, "src/lib/x.js"));
    OK(recorder_find(recorder, "told") != NULL);
    OK(recorder_count(recorder, place) == 1);
    v8pool_destroy(&pool);
    recorder_destroy(&recorder);
    site_remove(&site);
}

TAP_MAIN(RUN(test_map_beside_the_file_used),
         RUN(test_inline_map_used),
         RUN(test_maps_off_or_unusable_leave_places),
         RUN(test_error_at_load_mapped),
         RUN(test_modules_have_maps_of_their_own),
         RUN(test_console_errors_mapped))
