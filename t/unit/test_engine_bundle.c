/* SPDX-License-Identifier: Apache-2.0
 *
 * test_engine_bundle.c: what a bundle may be, where its entry is looked for,
 * and what is not there for it to use (v8-rules b7, f1, f2).
 */
#include "fixture.h"

/* Loads a bundle whose entry is `entry` (NULL = the default) and renders. */
static void check_entry(const char *source, const char *entry,
                        const char *body)
{
    v8pool *pool = pool_of(1);
    v8pool_bundle_config config = {"b", NULL, source, strlen(source), entry, 0};
    v8pool_bundle *bundle = NULL;
    v8pool_error err = {0};

    IS_STATUS(v8pool_bundle_load(pool, &config, WAIT_MS, &bundle, &err),
              V8POOL_OK);
    if (bundle != NULL) {
        OK(renders(pool, bundle, "/u", body));
    }
    v8pool_destroy(&pool);
}

static void test_entry_found_by_path(void)
{
    check_entry("function renderPage(u) { return u; }", NULL, "/u");
    check_entry("var renderPage = (u) => 'v' + u;", NULL, "v/u");
    check_entry("var App = { server: { go(u) { return u + this.x; }, x: 1 } };",
                "App.server.go", "/u1");
    check_entry("globalThis.main = (u) => u;", "main", "/u");
    check_entry("class A { static r(u) { return this.name + u; } }\n"
                "globalThis.A = A;",
                "A.r", "A/u");
    check_entry("globalThis.renderPage = async function* () {};"
                "globalThis.x = { get f() { return (u) => 'got' + u; } };",
                "x.f", "got/u");
}

static void check_refused(const char *source, const char *entry,
                          v8pool_status status, const char *message)
{
    v8pool *pool = pool_of(1);
    v8pool_error err = {0};

    IS_STATUS(bundle_try(pool, "b", source, entry, &err), status);
    HAS_STR(err.message, message);
    v8pool_destroy(&pool);
}

static void test_entry_missing_refused_with_help(void)
{
    check_refused("var App = {};", "App.render", V8POOL_E_BUNDLE,
                  "globalThis.App.render is undefined");
    check_refused("var App = {};", "App.a.b.c", V8POOL_E_BUNDLE, "App (object)");
    check_refused("globalThis.App = null;", "App.x", V8POOL_E_BUNDLE,
                  "App (null)");
    check_refused("", NULL, V8POOL_E_BUNDLE, "globals: none");
    check_refused("var renderPage = class {}.x;", NULL, V8POOL_E_BUNDLE,
                  "is undefined");
    check_refused("const renderPage = () => 'x';", NULL, V8POOL_E_BUNDLE,
                  "renderPage is undefined");
    check_refused("for (const n of 'abcdefghij') globalThis[n] = 1;", NULL,
                  V8POOL_E_BUNDLE, "\xe2\x80\xa6");
    check_refused("Object.defineProperty(globalThis, 'renderPage',"
                  "{ get() { throw new Error('in getter'); } });",
                  NULL, V8POOL_E_BUNDLE, "in getter");
}

/* The list of globals runs getters too: its own must not hide the message. */
static void test_entry_missing_hostile_globals_survived(void)
{
    check_refused("Object.defineProperty(globalThis, 'bad', { enumerable: true,"
                  " get() { throw new Error('x'); } }); globalThis.good = 1;",
                  NULL, V8POOL_E_BUNDLE, "good (number)");
    check_refused("globalThis['a\\nb\\u001b'] = 1;", NULL, V8POOL_E_BUNDLE,
                  "a b? (number)");
}

static void test_load_hostile_scripts_ended(void)
{
    v8pool_config config;
    v8pool *pool;
    v8pool_error err;

    pool_config(&config, 1, NULL);
    config.load_timeout_ms = 150;
    pool = pool_open(&config);
    IS_STATUS(bundle_try(pool, "b", "for (;;);", NULL, &err),
              V8POOL_E_TIMEOUT);
    IS_STATUS(bundle_try(pool, "b",
                         "(async () => { for (;;) await 1; })();"
                         "function renderPage() {}",
                         NULL, &err),
              V8POOL_E_TIMEOUT);
    IS_STATUS(bundle_try(pool, "b",
                         "Object.defineProperty(globalThis, 'renderPage',"
                         "{ get() { for (;;); } });",
                         NULL, &err),
              V8POOL_E_TIMEOUT);
    IS_STATUS(bundle_try(pool, "b",
                         "Error.prepareStackTrace = () => { for (;;); };"
                         "throw new Error('x');",
                         NULL, &err),
              V8POOL_E_TIMEOUT);
    IS_STATUS(bundle_try(pool, "b", "throw null", NULL, &err),
              V8POOL_E_BUNDLE);
    IS_STR(err.message, "null");
    OK(renders(pool, bundle_of(pool, "ok", "var renderPage = (u) => u"), "/x",
               "/x"));
    v8pool_destroy(&pool);
}

static void test_load_heap_limit_ends_and_others_go_on(void)
{
    v8pool_config config;
    v8pool *pool;
    v8pool_bundle *good;
    v8pool_error err;

    pool_config(&config, 1, NULL);
    config.heap_limit_bytes = (size_t)16 << 20;
    config.load_timeout_ms = WAIT_MS;
    pool = pool_open(&config);
    good = bundle_of(pool, "good", "var renderPage = (u) => u");
    IS_STATUS(bundle_try(pool, "b", "const a = []; for (;;) a.push({ a });",
                         NULL, &err),
              V8POOL_E_HEAP);
    HAS_STR(err.message, "16 MiB");
    OK(renders(pool, good, "/x", "/x"));
    OK(pool_stats(pool).isolates_rebuilt_total > 0);
    v8pool_destroy(&pool);
}

/* Each gives '' where the door is shut, else what is behind it. */
static const char doors[] =
    "const shut = (f) => { try { const v = f(); return 'open: ' + v; }\n"
    "  catch (e) { return e.name; } };\n"
    "const doors = {\n"
    "  '/eval': () => shut(() => eval('1+1')),\n"
    "  '/indirect': () => shut(() => (0, eval)('1+1')),\n"
    "  '/Function': () => shut(() => new Function('return 1')()),\n"
    "  '/Generator': () => shut(() =>\n"
    "    Object.getPrototypeOf(function* () {}).constructor('yield 1')),\n"
    "  '/Async': () => shut(() =>\n"
    "    Object.getPrototypeOf(async () => {}).constructor('1')),\n"
    "  '/wasm': () => typeof WebAssembly,\n"
    "  '/sab': () => typeof SharedArrayBuffer,\n"
    "  '/timers': () => typeof setTimeout,\n"
    "  '/process': () => typeof process + typeof require + typeof Deno,\n"
    "  '/atomics': () => shut(() =>\n"
    "    Atomics.wait(new Int32Array(new ArrayBuffer(8)), 0, 0, 1e9)),\n"
    "  '/import': async () => import('fs').then(() => 'open', (e) => e.name),\n"
    "};\n"
    "globalThis.renderPage = (url) => doors[url]();\n";

static void check_doors(v8pool *pool, v8pool_bundle *bundle)
{
    OK(renders(pool, bundle, "/eval", "EvalError"));
    OK(renders(pool, bundle, "/indirect", "EvalError"));
    OK(renders(pool, bundle, "/Function", "EvalError"));
    OK(renders(pool, bundle, "/Generator", "EvalError"));
    OK(renders(pool, bundle, "/Async", "EvalError"));
    OK(renders(pool, bundle, "/wasm", "undefined"));
    OK(renders(pool, bundle, "/sab", "undefined"));
    OK(renders(pool, bundle, "/timers", "function"));
    OK(renders(pool, bundle, "/process", "undefinedundefinedundefined"));
    OK(renders(pool, bundle, "/atomics", "TypeError"));
    OK(renders(pool, bundle, "/import", "Error"));
}

static void test_doors_shut_also_after_rebuild(void)
{
    v8pool *pool = pool_of(1);
    v8pool_bundle *bundle = bundle_of(pool, "doors", doors);
    v8pool_bundle *loops =
        bundle_of(pool, "loops", "globalThis.renderPage = (u) => {"
                                 "if (u === '/loop') for (;;);"
                                 "try { return eval('1') + '' } catch (e) {"
                                 "return e.name } };");
    struct reply reply;

    check_doors(pool, bundle);
    IS_STATUS(reply_get(&reply, pool, loops, "/loop", 50), V8POOL_E_TIMEOUT);
    OK(renders(pool, loops, "/", "EvalError"));
    check_doors(pool, bundle);
    v8pool_destroy(&pool);
}

static void test_bundles_globals_apart(void)
{
    v8pool *pool = pool_of(1);
    v8pool_bundle *one = bundle_of(
        pool, "one", "var n = 0; Array.prototype.evil = 1;"
                     "globalThis.renderPage = () => String(++n);");
    v8pool_bundle *two = bundle_of(
        pool, "two", "globalThis.renderPage = () => typeof n + [].evil;");

    OK(renders(pool, one, "/", "1"));
    OK(renders(pool, two, "/", "undefinedundefined"));
    OK(renders(pool, one, "/", "2"));
    v8pool_destroy(&pool);
}

TAP_MAIN(RUN(test_entry_found_by_path),
         RUN(test_entry_missing_refused_with_help),
         RUN(test_entry_missing_hostile_globals_survived),
         RUN(test_load_hostile_scripts_ended),
         RUN(test_load_heap_limit_ends_and_others_go_on),
         RUN(test_doors_shut_also_after_rebuild),
         RUN(test_bundles_globals_apart))
