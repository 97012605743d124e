/* SPDX-License-Identifier: Apache-2.0
 *
 * test_engine_codeimage.c: what images hold of modules and CommonJS builds: a
 * snapshot with the entry, or a code cache for each file.
 */
#include "site.h"
#include "v8pool_files.h"
#include "v8pool_image.h"

#include <stdlib.h>

/* One bundle of a site and its image. */
struct made {
    v8pool_image_item item;
    void *image;
    size_t length;
};

/* An image stays until the process ends, and so does what it was made of. */
static void *kept[32];
static size_t kept_count;

static v8pool_status make(const struct site *site, const char *name,
                          int snapshot, struct made *made, v8pool_error *err)
{
    v8pool_read_config from = {.path = site_path(site, name)};
    v8pool_status status;
    char *source;

    memset(made, 0, sizeof(*made));
    IS_STATUS(v8pool_bundle_read(&from, &source,
                                 &made->item.bundle.source_length, err),
              V8POOL_OK);
    made->item.bundle.name = "b";
    made->item.bundle.path = from.path;
    made->item.bundle.source = source;
    made->item.bundle.options = snapshot ? 0 : V8POOL_NO_SNAPSHOT;
    status = v8pool_image_build(&made->item, 1, NULL, &made->image,
                                &made->length, err);
    kept[kept_count++] = source;
    kept[kept_count++] = made->image;
    return status;
}

static v8pool *open_with(const struct made *made, struct recorder *recorder)
{
    v8pool_config config;

    pool_config(&config, 1, recorder);
    config.image = made->image;
    config.image_length = made->length;
    return pool_open(&config);
}

static v8pool_bundle *load(v8pool *pool, const struct made *made)
{
    v8pool_bundle *bundle = NULL;
    v8pool_error err;

    IS_STATUS(v8pool_bundle_load(pool, &made->item.bundle, WAIT_MS, &bundle,
                                 &err),
              V8POOL_OK);
    return bundle;
}

/* Loads name with an image of it; renders "/" and "/again". */
static void check(const char *name, const char *text, int snapshot,
                  const char *call, const char *first, const char *again)
{
    struct recorder *recorder = recorder_create();
    struct site site;
    struct made made;
    v8pool_error err = {0};
    v8pool_bundle *bundle;
    v8pool *pool;

    site_create(&site);
    site_write(&site, "lib/count.js",
               "console.info('counts'); let n = 0;"
               "module.exports = () => '' + ++n;");
    site_write(&site, "lib/count.mjs",
               "console.info('counts'); let n = 0;"
               "export default () => '' + ++n;");
    site_write(&site, name, text);
    if (IS_STATUS(make(&site, name, snapshot, &made, &err), V8POOL_OK)) {
        pool = open_with(&made, recorder);
        bundle = load(pool, &made);
        IS_STR(v8pool_bundle_entry(bundle), call);
        OK(renders(pool, bundle, "/", first));
        OK(renders(pool, bundle, "/again", again));
        /* evaluated here, or in the image */
        IS_INT(recorder_count(recorder, "counts"), snapshot ? 0 : 1);
        v8pool_destroy(&pool);
    }
    else {
        tap_note("  %s", err.message);
    }
    recorder_destroy(&recorder);
    site_remove(&site);
}

static const char commonjs[] =
    "const count = require('./lib/count');"
    "exports.default = { mark: 'm', async fetch(request) {"
    " return this.mark + require('./lib/count.js')() +"
    " (require('./lib/count') === count) + request.url.split('/').pop(); } };";

static void test_commonjs_entry_and_modules_in_snapshot(void)
{
    check("a.cjs", commonjs, 1, "export default.fetch(request, env, ctx)",
          "m1true", "m2trueagain");
}

static void test_commonjs_code_cached(void)
{
    check("a.js", commonjs, 0, "export default.fetch(request, env, ctx)",
          "m1true", "m2trueagain");
}

static void test_script_entry_kept_in_snapshot(void)
{
    check("a.js",
          "console.info('counts'); var App = { render: (a, b) =>"
          " a.method + b.bundle };",
          1, "globalThis.App.render(request, ctx)", "GETb", "GETb");
}

static void test_module_code_cached(void)
{
    check("a.mjs",
          "import count from './lib/count.mjs';"
          "export default { async fetch(request) {"
          " const again = await import('./lib/count.mjs');"
          " return count() + (again.default === count); } };",
          0, "export default.fetch(request, env, ctx)", "1true", "2true");
}

static void test_module_snapshot_refused_with_reason(void)
{
    struct site site;
    struct made made;
    v8pool_error err = {0};

    site_create(&site);
    site_write(&site, "a.mjs", "export const renderPage = (u) => u;");
    IS_STATUS(make(&site, "a.mjs", 1, &made, &err), V8POOL_E_BUNDLE);
    HAS_STR(err.message, "V8 cannot store ES modules");
    site_write(&site, "b.js", "export const b = 1;");
    site_write(&site, "a.js", "import('./b.js');"
                              "globalThis.renderPage = (u) => u;");
    IS_STATUS(make(&site, "a.js", 1, &made, &err), V8POOL_E_BUNDLE);
    HAS_STR(err.message, "V8 cannot store ES modules");
    site_remove(&site);
}

/* Another file of the bundle is another bundle. */
static void test_image_of_other_files_not_used(void)
{
    struct recorder *recorder = recorder_create();
    struct site site;
    struct made made, other;
    v8pool_error err = {0};
    v8pool_bundle *bundle;
    v8pool *pool;

    site_create(&site);
    site_write(&site, "a.cjs", "exports.renderPage = require('./b.js');");
    site_write(&site, "b.js", "console.info('b'); module.exports = () => '1';");
    IS_STATUS(make(&site, "a.cjs", 1, &made, &err), V8POOL_OK);
    site_write(&site, "b.js", "console.info('b'); module.exports = () => '2';");
    IS_STATUS(make(&site, "a.cjs", 1, &other, &err), V8POOL_OK);
    pool = open_with(&made, recorder);
    bundle = load(pool, &other);
    OK(renders(pool, bundle, "/", "2"));
    IS_INT(recorder_count(recorder, "b"), 1);
    v8pool_destroy(&pool);
    recorder_destroy(&recorder);
    site_remove(&site);
}

TAP_MAIN(RUN(test_commonjs_entry_and_modules_in_snapshot),
         RUN(test_commonjs_code_cached),
         RUN(test_script_entry_kept_in_snapshot),
         RUN(test_module_code_cached),
         RUN(test_module_snapshot_refused_with_reason),
         RUN(test_image_of_other_files_not_used))
