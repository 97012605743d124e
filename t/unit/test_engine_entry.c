/* SPDX-License-Identifier: Apache-2.0
 *
 * test_engine_entry.c: which function of a bundle is called, and with what, in
 * each form and format (docs/bundle-contract.md, "The entry").
 */
#include "site.h"

#include <stdlib.h>

/* What a function was given: kinds and the URL. */
#define SHOW                                                                   \
    "const show = (name, args) => name + ':' + args.map((a) =>"                \
    " typeof a === 'string' ? a : a.request ? 'ctx' : a.method"                \
    " ? a.method + ' ' + a.url : 'env ' + (a.X || '')).join(',');"

static v8pool_status get(struct reply *reply, v8pool *pool,
                         v8pool_bundle *bundle)
{
    static const v8pool_header values[] = {{"X", "1"}};
    static const v8pool_env env = {7, values, 1};
    v8pool_request request;

    v8pool_request_init(&request);
    request.url = "/u";
    request.origin = "http://h";
    request.env = &env;
    request.timeout_ms = request.queue_ms = WAIT_MS;
    return reply_send(reply, pool, bundle, &request);
}

/* Loads a file of that name and text; what its entry is, and what it got. */
static void check(const char *name, const char *text, const char *entry,
                  const char *call, const char *body)
{
    v8pool *pool = pool_of(1);
    v8pool_bundle *bundle;
    struct site site;
    struct reply reply;

    site_create(&site);
    site_write(&site, name, text);
    bundle = site_bundle(&site, pool, name, entry);
    if (bundle != NULL) {
        IS_STR(v8pool_bundle_entry(bundle), call);
        IS_STATUS(get(&reply, pool, bundle), V8POOL_OK);
        IS_STR(reply_body(&reply), body);
        reply_clear(&reply);
    }
    v8pool_destroy(&pool);
    site_remove(&site);
}

static const char fetch_body[] = "f:GET http://h/u,env 1,ctx";
static const char render_body[] = "r:GET http://h/u,ctx";
static const char url_body[] = "u:/u,ctx";

static void test_esm_each_form_found(void)
{
    check("a.mjs",
          SHOW "export default { n: 'f', fetch(...a) {"
               " return show(this.n, a); } }",
          NULL, "export default.fetch(request, env, ctx)", fetch_body);
    check("a.mjs", SHOW "export default (...a) => show('f', a)", NULL,
          "export default(request, env, ctx)", fetch_body);
    check("a.js", SHOW "export const fetch = (...a) => show('f', a)", NULL,
          "export fetch(request, env, ctx)", fetch_body);
    check("a.js", SHOW "export const handler = (...a) => show('f', a)", NULL,
          "export handler(request, env, ctx)", fetch_body);
    check("a.js", SHOW "export function render(a, b) {"
                       " return show('r', [...arguments]); }",
          NULL, "export render(request, ctx)", render_body);
    check("a.js", SHOW "export function render(a) {"
                       " return show('u', [...arguments]); }",
          NULL, "export render(url, ctx)", url_body);
    check("a.js", SHOW "export const renderPage = (...a) => show('u', a)", NULL,
          "export renderPage(url, ctx)", url_body);
    check("a.js", SHOW "export async function renderToString(...a) {"
                       " return show('u', a); }",
          NULL, "export renderToString(url, ctx)", url_body);
    check("a.js", SHOW "export const x = 1;"
                       "globalThis.renderPage = (...a) => show('u', a)",
          NULL, "globalThis.renderPage(url, ctx)", url_body);
}

static void test_esm_first_form_wins(void)
{
    check("a.js",
          SHOW "export const render = (u) => 'no', fetch = (...a) =>"
               " show('f', a), renderPage = (u) => 'no'",
          NULL, "export fetch(request, env, ctx)", fetch_body);
    check("a.js",
          SHOW "export default { render() {} };"
               "export const renderPage = () => 'no',"
               " render = (u, ...a) => show('u', [u, ...a])",
          NULL, "export render(url, ctx)", url_body);
    check("a.js",
          SHOW "export const fetch = () => 'no';"
               "export default { fetch: (...a) => show('f', a) }",
          NULL, "export default.fetch(request, env, ctx)", fetch_body);
}

static void test_entry_option_names_it_and_its_arguments(void)
{
    check("a.js",
          SHOW "export default () => 'no';"
               "export const go = (...a) => show('u', a)",
          "go", "export go(url, ctx)", url_body);
    check("a.js", SHOW "export const go = (...a) => show('r', a)",
          "go(request)", "export go(request, ctx)", render_body);
    check("a.js", SHOW "export const a = { b: (...a) => show('f', a) }",
          "a.b(request,env)", "export a.b(request, env, ctx)", fetch_body);
    check("a.js", SHOW "export const render = (a, b) => show('u', [a, b])",
          "render(url)", "export render(url, ctx)", url_body);
    check("a.js", SHOW "export const app = { fetch: (...a) => show('f', a) }",
          "app", "export app.fetch(request, env, ctx)", fetch_body);
    check("a.js", SHOW "var App = { render: (...a) => show('r', a) }",
          "App.render(request)", "globalThis.App.render(request, ctx)",
          render_body);
}

static void test_iife_each_form_found(void)
{
    check("a.js", SHOW "globalThis.renderPage = (...a) => show('u', a)", NULL,
          "globalThis.renderPage(url, ctx)", url_body);
    check("a.js",
          SHOW "var App = { default: { fetch: (...a) => show('f', a) } }", NULL,
          "globalThis.App.default.fetch(request, env, ctx)", fetch_body);
    check("a.js", SHOW "var App = { render: (u) => show('u', [u, {"
                       "request: 1}]) }",
          "App", "globalThis.App.render(url, ctx)", url_body);
    check("a.js",
          SHOW "var Other = { x: 1 }, App = {"
               " renderToString: (...a) => show('u', a) }",
          NULL, "globalThis.App.renderToString(url, ctx)", url_body);
}

static void test_commonjs_each_form_found(void)
{
    check("a.cjs", SHOW "module.exports = (...a) => show('f', a)", NULL,
          "export module.exports(request, env, ctx)", fetch_body);
    check("a.js", SHOW "exports.renderPage = (...a) => show('u', a)", NULL,
          "export renderPage(url, ctx)", url_body);
    check("a.js",
          SHOW "'use strict'; Object.defineProperty(exports, '__esModule',"
               "{ value: true }); exports.default = {"
               " fetch: (...a) => show('f', a) };",
          NULL, "export default.fetch(request, env, ctx)", fetch_body);
    check("a.js", SHOW "module.exports = { render: (a, b) =>"
                       " show('r', [a, b]) }",
          NULL, "export render(request, ctx)", render_body);
}

static void check_refused(const char *name, const char *text,
                          const char *entry, const char *message)
{
    v8pool *pool = pool_of(1);
    v8pool_bundle_config config = {.name = "b", .entry = entry};
    v8pool_bundle *bundle;
    v8pool_error err = {0};
    struct site site;

    site_create(&site);
    site_write(&site, name, text);
    config.path = site_path(&site, name);
    IS_STATUS(v8pool_bundle_load(pool, &config, WAIT_MS, &bundle, &err),
              V8POOL_E_BUNDLE);
    HAS_STR(err.message, message);
    IS_STR(err.source, config.path);
    v8pool_destroy(&pool);
    site_remove(&site);
}

static void test_no_entry_refused_with_what_there_is(void)
{
    check_refused("a.mjs", "export const x = 1, y = () => 1", NULL,
                  "the bundle exports: x (number), y (function)");
    check_refused("a.mjs", "export const x = 1", "x",
                  "the export x is number");
    check_refused("a.mjs", "export const x = 1", "y", "the export y is "
                                                      "undefined");
    check_refused("a.cjs", "exports.a = null", NULL,
                  "the bundle exports: a (null)");
    check_refused("a.cjs", "module.exports = 'text'", NULL,
                  "module.exports is string, an object or a function was "
                  "expected");
    check_refused("a.js",
                  "var A = { render() {} }, B = { renderPage() {} }", NULL,
                  "A (object), B (object)");
    check_refused("a.mjs",
                  "export default { get fetch() { throw new Error('got'); } }",
                  NULL, "Error: got");
}

static void test_entry_option_that_is_none_refused(void)
{
    v8pool *pool = pool_of(1);
    v8pool_error err;

    IS_STATUS(bundle_try(pool, "b", "var f = () => 1", "f(post)", &err),
              V8POOL_E_BUNDLE);
    IS_STR(err.message, "entry=f(post): NAME, NAME(url), NAME(request) or "
                        "NAME(request,env) was expected");
    IS_STATUS(bundle_try(pool, "b", "var f = () => 1", "(url)", &err),
              V8POOL_E_BUNDLE);
    HAS_STR(err.message, "was expected");
    v8pool_destroy(&pool);
}

TAP_MAIN(RUN(test_esm_each_form_found),
         RUN(test_esm_first_form_wins),
         RUN(test_entry_option_names_it_and_its_arguments),
         RUN(test_iife_each_form_found),
         RUN(test_commonjs_each_form_found),
         RUN(test_no_entry_refused_with_what_there_is),
         RUN(test_entry_option_that_is_none_refused))
