/* SPDX-License-Identifier: Apache-2.0
 *
 * test_engine_module.c: ES modules: imports, what they may reach, import(),
 * import.meta, top-level await, JSON; and what goes wrong.
 */
#include "site.h"
#include "v8pool_files.h"

#include <stdio.h>
#include <stdlib.h>

/* Renders "/" of a.js in the site and compares. */
static void check_page(const struct site *site, const char *body)
{
    v8pool *pool = pool_of(1);
    v8pool_bundle *bundle = site_bundle(site, pool, "a.js", NULL);

    if (bundle != NULL) {
        OK(renders(pool, bundle, "/", body));
        OK(renders(pool, bundle, "/", body));
    }
    v8pool_destroy(&pool);
}

static void check_refused(const struct site *site, const char *message,
                          v8pool_error *err)
{
    v8pool *pool = pool_of(1);

    IS_STATUS(site_refused(site, pool, "a.js", err), V8POOL_E_BUNDLE);
    HAS_STR(err->message, message);
    v8pool_destroy(&pool);
}

static void test_static_imports_relative_found(void)
{
    struct site site;

    site_create(&site);
    site_write(&site, "a.js",
               "import { b } from './chunks/b.mjs';import'./side.js';"
               "import * as all from \"./chunks/b.mjs\";"
               "export const renderPage = () => b() + all.b() + side;");
    site_write(&site, "side.js", "globalThis.side = 's';");
    site_write(&site, "chunks/b.mjs",
               "import c, { up as u } from '../chunks/deep/c.js';\n"
               "export const b = () => c + u;");
    site_write(&site, "chunks/deep/c.js",
               "export { up } from '../../up.js'; export default 'c'");
    site_write(&site, "up.js", "export const up = 'u';");
    check_page(&site, "cucus");
    site_remove(&site);
}

static void test_cyclic_imports_linked(void)
{
    struct site site;

    site_create(&site);
    site_write(&site, "a.js", "import { b } from './b.js';"
                              "export function a() { return 'a'; }"
                              "export const renderPage = () => b();");
    site_write(&site, "b.js", "import { a } from './a.js';"
                              "export const b = () => a() + 'b';");
    check_page(&site, "ab");
    site_remove(&site);
}

static void test_dynamic_import_found_while_rendering(void)
{
    struct site site;

    site_create(&site);
    site_write(&site, "a.js",
               "const pages = { '/': () => import('./pages/home.js') };"
               "let n = 0;"
               "export const renderPage = async (u) => {"
               "  const page = await pages[u]();"
               "  return page.default + (page === await import("
               "    './pages/' + 'home.js')); };");
    site_write(&site, "pages/home.js",
               "export default 'home' + await Promise.resolve(1);");
    check_page(&site, "home1true");
    site_remove(&site);
}

static void test_dynamic_import_of_classic_script_found(void)
{
    struct site site;

    site_create(&site);
    site_write(&site, "a.js", "globalThis.renderPage = async () =>"
                              " (await import('./b.js')).b;");
    site_write(&site, "b.js", "export const b = 'b';");
    check_page(&site, "b");
    site_remove(&site);
}

/* Twice: what failed to link or to run fails again. */
static void test_dynamic_import_fails_rejects(void)
{
    static const char *const said[] = {
        "cannot import \"./none.js\" in ",
        "the bundle has no file none.js",
        "thrown\n",
        "Unexpected token 'export'\n",
        "it is not below the bundle's folder\n",
        "cannot import \"node:none\" in ",
        "a path that begins with ./ or ../ was expected, or one of ",
        "cannot import \"/etc/passwd\""};
    v8pool *pool = pool_of(1);
    struct site site;
    v8pool_bundle *bundle;
    size_t i;

    site_create(&site);
    site_write(&site, "a.js",
               "const why = async (f) => { try { await f(); return 'open'; }"
               " catch (e) { return e.message + '\\n'; } };"
               "export const renderPage = async () =>"
               " await why(() => import('./none.js'))"
               " + await why(() => import('./throws.js'))"
               " + await why(() => import('./syntax.js'))"
               " + await why(() => import('../' + 'x.js'))"
               " + await why(() => import('node:none'))"
               " + await why(() => import('/etc/passwd'));");
    site_write(&site, "throws.js", "throw new Error('thrown');");
    site_write(&site, "syntax.js", "export export;");
    bundle = site_bundle(&site, pool, "a.js", NULL);
    for (i = 0; i < 2 * sizeof(said) / sizeof(*said); i++) {
        struct reply reply;

        reply_get(&reply, pool, bundle, "/", WAIT_MS);
        HAS_STR(reply_body(&reply), said[i / 2]);
        reply_clear(&reply);
    }
    v8pool_destroy(&pool);
    site_remove(&site);
}

static void test_import_meta_url_is_of_the_file(void)
{
    struct site site;
    char body[256];

    site_create(&site);
    site_write(&site, "a.js",
               "import { b } from './d e/b%.js';"
               "export const renderPage = () => import.meta.url + ' ' + b;");
    site_write(&site, "d e/b%.js", "export const b = import.meta.url;");
    snprintf(body, sizeof(body), "file://%s/a.js file://%s/d%%20e/b%%25.js",
             site.path, site.path);
    check_page(&site, body);
    site_remove(&site);
}

static void test_top_level_await_settled_or_refused(void)
{
    struct site site;
    v8pool_error err;

    site_create(&site);
    site_write(&site, "a.js", "const x = await (async () => 'x')();"
                              "export const renderPage = () => x;");
    check_page(&site, "x");
    site_write(&site, "a.js", "await new Promise(() => {});"
                              "export const renderPage = () => 'x';");
    check_refused(&site, "a top-level await does not settle", &err);
    IS_STR(err.source, site_path(&site, "a.js"));
    site_write(&site, "a.js", "\nawait Promise.reject(new Error('no'));"
                              "export const renderPage = () => 'x';");
    check_refused(&site, "Error: no", &err);
    IS_INT(err.line, 2);
    site_remove(&site);
}

static void test_json_imported(void)
{
    struct site site;
    v8pool_error err;

    site_create(&site);
    site_write(&site, "d.json", "{ \"n\": [1, 2] }");
    site_write(&site, "a.js",
               "import d from './d.json' assert { type: 'json' };"
               "import e from './d.json';"
               "export const renderPage = async () => `${d.n.length}${d === e}` +"
               " (await import('./d.json', { assert: { type: 'json' } }))"
               ".default.n[0];");
    check_page(&site, "2true1");
    site_write(&site, "d.json", "{ n: 1 }");
    check_refused(&site, "d.json: SyntaxError: ",
                  &err);
    site_write(&site, "a.js", "import d from './d.json' assert {"
                              " type: 'css' };"
                              "export const renderPage = () => d;");
    check_refused(&site, "type: 'json' was expected, not type: 'css'", &err);
    site_remove(&site);
}

static void test_commonjs_imported(void)
{
    struct site site;

    site_create(&site);
    site_write(&site, "a.js", "import b, { x } from './b.cjs';"
                              "export const renderPage = () => b.x + x;");
    site_write(&site, "b.cjs", "exports.x = require('./c').y;");
    site_write(&site, "c.js", "exports.y = 'y';");
    check_page(&site, "yy");
    site_remove(&site);
}

static void test_import_errors_name_importer_and_place(void)
{
    struct site site;
    v8pool_error err;

    site_create(&site);
    site_write(&site, "a.js", "import './b.js';");
    site_write(&site, "b.js", "\n  import fs from 'node:none';");
    check_refused(&site, "cannot import \"node:none\" in ", &err);
    HAS_STR(err.message, "/b.js:2:");
    HAS_STR(err.message, "or one of cloudflare:workers");
    site_write(&site, "b.js", "import { x } from './c.js';");
    check_refused(&site, "cannot import \"./c.js\" in ", &err);
    HAS_STR(err.message, "the bundle has no file c.js");
    site_write(&site, "c.js", "export const y = 1;");
    check_refused(&site, "does not provide an export named 'x'", &err);
    IS_STR(err.source, site_path(&site, "b.js"));
    site_write(&site, "c.js", "export const x = ;");
    check_refused(&site, "SyntaxError: Unexpected token", &err);
    IS_STR(err.source, site_path(&site, "c.js"));
    IS_INT(err.line, 1);
    site_write(&site, "c.js", "\n\nthrow new TypeError('at load'); export var x;");
    check_refused(&site, "TypeError: at load", &err);
    IS_STR(err.source, site_path(&site, "c.js"));
    IS_INT(err.line, 3);
    site_write(&site, "a.js", "import './d'; import './b.cjs';");
    site_write(&site, "b.cjs", "require('./d');"); /* may leave out .js */
    site_write(&site, "d.js", "module.exports = 1;");
    check_refused(&site, "cannot import \"./d\" in ", &err);
    site_write(&site, "a.js", "import './b.cjs';");
    site_write(&site, "b.cjs", "\nexports.x = ;");
    check_refused(&site, "SyntaxError: Unexpected token", &err);
    IS_STR(err.source, site_path(&site, "b.cjs"));
    IS_INT(err.line, 2);
    site_write(&site, "b.cjs", "throw new TypeError('in b');");
    check_refused(&site, "TypeError: in b", &err);
    site_remove(&site);
}

/* The folder is the border: names, links, and links of folders. */
static void test_outside_of_the_folder_refused(void)
{
    struct site site, other;
    v8pool_error err;

    site_create(&site);
    site_create(&other);
    site_write(&other, "secret.js", "export const s = 'secret';");
    site_write(&site, "app/a.js", "import { s } from '../b.js';"
                                  "export const renderPage = () => s;");
    site_write(&site, "b.js", "export const s = 1;");
    v8pool *pool = pool_of(1);

    IS_STATUS(site_refused(&site, pool, "app/a.js", &err), V8POOL_E_BUNDLE);
    HAS_STR(err.message, "it is not below the bundle's folder");
    site_write(&site, "app/a.js", "import { s } from './link.js';"
                                  "export const renderPage = () => s;");
    site_link(&site, "app/link.js", site_path(&other, "secret.js"));
    IS_STATUS(site_refused(&site, pool, "app/a.js", &err), V8POOL_E_BUNDLE);
    HAS_STR(err.message, "it is a symbolic link out of the bundle's folder");
    site_write(&site, "app/a.js", "import { s } from './d/secret.js';"
                                  "export const renderPage = () => s;");
    site_link(&site, "app/d", other.path);
    IS_STATUS(site_refused(&site, pool, "app/a.js", &err), V8POOL_E_BUNDLE);
    HAS_STR(err.message, "it is a symbolic link out of the bundle's folder");
    v8pool_destroy(&pool);
    site_remove(&site);
    site_remove(&other);
}

static void test_links_within_the_folder_followed(void)
{
    struct site site;

    site_create(&site);
    site_write(&site, "a.js", "import { s } from './l.js';"
                              "export const renderPage = () => s;");
    site_write(&site, "x/real.js", "export const s = 'real';");
    site_link(&site, "l.js", "x/real.js");
    check_page(&site, "real");
    site_remove(&site);
}

static void test_module_loops_ended(void)
{
    v8pool_config config;
    struct site site;
    v8pool_error err;
    v8pool *pool;

    pool_config(&config, 1, NULL);
    config.load_timeout_ms = 150;
    pool = pool_open(&config);
    site_create(&site);
    site_write(&site, "a.js", "import './b.js'; export {};");
    site_write(&site, "b.js", "for (;;);");
    IS_STATUS(site_refused(&site, pool, "a.js", &err), V8POOL_E_TIMEOUT);
    site_write(&site, "b.js", "for (;;) await 1;");
    IS_STATUS(site_refused(&site, pool, "a.js", &err), V8POOL_E_TIMEOUT);
    site_write(&site, "a.js", "import './b.cjs'; export {};");
    site_write(&site, "b.cjs", "for (;;);");
    IS_STATUS(site_refused(&site, pool, "a.js", &err), V8POOL_E_TIMEOUT);
    v8pool_destroy(&pool);
    site_remove(&site);
}

/* A module is evaluated once in a context, and again in another. */
static void test_module_state_is_the_contexts(void)
{
    struct site site;
    v8pool *pool = pool_of(1);
    v8pool_bundle *bundle;
    struct reply reply;

    site_create(&site);
    site_write(&site, "a.js", "import { next } from './n.js';"
                              "export const renderPage = (u) => {"
                              " if (u === '/loop') for (;;);"
                              " return next(); };");
    site_write(&site, "n.js", "let n = 0; export const next = () => '' + ++n;");
    bundle = site_bundle(&site, pool, "a.js", NULL);
    OK(renders(pool, bundle, "/", "1"));
    OK(renders(pool, bundle, "/", "2"));
    IS_STATUS(reply_get(&reply, pool, bundle, "/loop", 50), V8POOL_E_TIMEOUT);
    OK(renders(pool, bundle, "/", "1"));
    v8pool_destroy(&pool);
    site_remove(&site);
}

/* Loads a.js as that format: the status, and what is wrong. */
static void check_format(const struct site *site, v8pool_format format,
                         v8pool_status status, const char *message)
{
    v8pool *pool = pool_of(1);
    v8pool_read_config from = {.format = format};
    v8pool_bundle_config config = {.name = "a"};
    v8pool_bundle *bundle;
    v8pool_error err = {0};
    char *source;

    from.path = config.path = site_path(site, "a.js");
    IS_STATUS(v8pool_bundle_read(&from, &source, &config.source_length, &err),
              V8POOL_OK);
    config.source = source;
    IS_STATUS(v8pool_bundle_load(pool, &config, WAIT_MS, &bundle, &err),
              status);
    HAS_STR(err.message, message);
    free(source);
    v8pool_destroy(&pool);
}

static void test_format_said_is_not_guessed(void)
{
    static const char module[] = "this is an ES module, and format= says that "
                                 "it is none";
    static const char commonjs[] = "this is a CommonJS build, and format= says "
                                   "that it is none";
    struct site site;

    site_create(&site);
    site_write(&site, "a.js", "export const renderPage = () => 'x';");
    check_format(&site, V8POOL_FORMAT_AUTO, V8POOL_OK, "");
    check_format(&site, V8POOL_FORMAT_ESM, V8POOL_OK, "");
    check_format(&site, V8POOL_FORMAT_IIFE, V8POOL_E_BUNDLE, module);
    check_format(&site, V8POOL_FORMAT_CJS, V8POOL_E_BUNDLE, module);
    site_write(&site, "a.js", "exports.renderPage = () => 'x';");
    check_format(&site, V8POOL_FORMAT_AUTO, V8POOL_OK, "");
    check_format(&site, V8POOL_FORMAT_CJS, V8POOL_OK, "");
    check_format(&site, V8POOL_FORMAT_IIFE, V8POOL_E_BUNDLE, commonjs);
    check_format(&site, V8POOL_FORMAT_ESM, V8POOL_E_BUNDLE,
                 "ReferenceError: exports is not defined");
    site_write(&site, "a.js", "throw new Error('no hint here')");
    check_format(&site, V8POOL_FORMAT_IIFE, V8POOL_E_BUNDLE,
                 "Error: no hint here");
    site_remove(&site);
}

/* import.meta and a top-level await alone make a module, too. */
static void test_auto_sees_modules(void)
{
    struct site site;

    site_create(&site);
    site_write(&site, "a.js", "globalThis.renderPage = (x ="
                              " import.meta.url.slice(-4)) => 'm';");
    check_page(&site, "m");
    site_write(&site, "a.js", "const x = await 'x';"
                              "globalThis.renderPage = () => x;");
    check_page(&site, "x");
    site_remove(&site);
}

static void test_damaged_source_refused(void)
{
    v8pool *pool = pool_of(1);
    v8pool_error err;

    IS_STATUS(bundle_try(pool, "b", "v8pool bundle 1 auto maps\nfile 9 a\nx\n",
                         NULL, &err),
              V8POOL_E_ARG);
    HAS_STR(err.message, "the source of b is damaged");
    IS_STATUS(bundle_try(pool, "b", "v8pool bundle 1 other maps\n", NULL, &err),
              V8POOL_E_ARG);
    IS_STATUS(bundle_try(pool, "b", "v8pool bundle 1 auto maps\n", NULL, &err),
              V8POOL_E_ARG);
    IS_STATUS(bundle_try(pool, "b", "v8pool bundle 2 auto maps\n", NULL, &err),
              V8POOL_E_BUNDLE);
    v8pool_destroy(&pool);
}

TAP_MAIN(RUN(test_format_said_is_not_guessed),
         RUN(test_auto_sees_modules),
         RUN(test_damaged_source_refused),
         RUN(test_static_imports_relative_found),
         RUN(test_cyclic_imports_linked),
         RUN(test_dynamic_import_found_while_rendering),
         RUN(test_dynamic_import_of_classic_script_found),
         RUN(test_dynamic_import_fails_rejects),
         RUN(test_import_meta_url_is_of_the_file),
         RUN(test_top_level_await_settled_or_refused),
         RUN(test_json_imported),
         RUN(test_commonjs_imported),
         RUN(test_import_errors_name_importer_and_place),
         RUN(test_outside_of_the_folder_refused),
         RUN(test_links_within_the_folder_followed),
         RUN(test_module_loops_ended),
         RUN(test_module_state_is_the_contexts))
