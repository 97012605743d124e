/* SPDX-License-Identifier: Apache-2.0
 *
 * test_engine_failure.c: console lines, thrown values and rejections: what
 * a bundle writes is shown, bounded, and never trusted (v8-rules e4, f5).
 */
#include "fixture.h"

#include <stdlib.h>

static const char source[] =
    "const hostile = { get message() { throw 1; }, get stack() { throw 2; },\n"
    "  get name() { throw 3; }, toString() { throw 4; },\n"
    "  toJSON() { throw 5; }, get [Symbol.toStringTag]() { throw 6; } };\n"
    "const acts = {\n"
    "  '/levels': () => { console.debug('d'); console.log('l');\n"
    "    console.info('i'); console.warn('w'); console.error('e');\n"
    "    console.trace('t'); },\n"
    "  '/values': () => console.log(1, -0, 10n, true, undefined, null,\n"
    "    Symbol('s'), [1, 'a'], { a: { b: 1 } }, () => {}, new Date(0), NaN),\n"
    "  '/nothing': () => console.log(),\n"
    "  '/error': () => console.error(new TypeError('shown')),\n"
    "  '/hostile-log': () => console.log('a', hostile, 'z'),\n"
    "  '/cycle': () => { const a = {}; a.a = a; console.log(a, 'z'); },\n"
    "  '/proxy-log': () => console.log(new Proxy({}, { ownKeys() {\n"
    "    throw 1; }, get() { throw 2; } }), 'z'),\n"
    "  '/long-log': () => console.log('x'.repeat(100000), 'y'),\n"
    "  '/long-wide': () => console.log('\\u20ac'.repeat(100000)),\n"
    "  '/forge': () => console.log('a\\nb\\u001b[31m\\u009bc\\0d'),\n"
    "  '/flood': () => { for (let i = 0; i < 1e5; i++) console.log(i); },\n"
    "  '/unhandled': () => { Promise.reject(new Error('lost one')); },\n"
    "  '/unhandled-many': () => { for (let i = 0; i < 1000; i++)\n"
    "    Promise.reject(i); },\n"
    "  '/handled-late': () => { const p = Promise.reject(1);\n"
    "    Promise.resolve().then(() => p.catch(() => {})); },\n"
    "  '/handled-then-lost': () => { for (let i = 0; i < 100; i++)\n"
    "    Promise.reject(i).catch(() => {});\n"
    "    Promise.reject(new Error('lost after all')); },\n"
    "  '/unhandled-hostile': () => { Promise.reject(hostile); },\n"
    "  '/own-rejects': async () => { throw new Error('own'); },\n"
    "  '/own-and-lost': async () => { Promise.reject(new Error('lost'));\n"
    "    throw new Error('own'); },\n"
    "  '/throw-null': () => { throw null; },\n"
    "  '/throw-undefined': () => { throw undefined; },\n"
    "  '/throw-symbol': () => { throw Symbol('sym'); },\n"
    "  '/throw-text': () => { throw 'just text'; },\n"
    "  '/throw-empty': () => { throw ''; },\n"
    "  '/throw-hostile': () => { throw hostile; },\n"
    "  '/throw-bare': () => { throw Object.create(null); },\n"
    "  '/throw-proxy': () => { throw new Proxy({}, { get() { throw 1; },\n"
    "    getPrototypeOf() { throw 2; }, has() { throw 3; } }); },\n"
    "  '/throw-revoked': () => { const r = Proxy.revocable({}, {});\n"
    "    r.revoke(); throw r.proxy; },\n"
    "  '/throw-long': () => { throw new Error('x'.repeat(1e7)); },\n"
    "  '/throw-wide': () => { throw new Error('\\u20ac'.repeat(1000)); },\n"
    "  '/throw-forged': () => { throw new Error('a\\nb\\u001b[0m\\0c'); },\n"
    "  '/throw-stack': () => { const e = new Error('s');\n"
    "    e.stack = 'l1\\nl2\\u001bx'; throw e; },\n"
    "  '/throw-getters': () => {\n"
    "    throw new DOMException('why', 'AbortError'); },\n"
    "  '/throw-no-stack': () => { const e = new Error('s');\n"
    "    Object.defineProperty(e, 'stack', { get() { throw 1; } }); throw e; },\n"
    "  '/throw-stack-object': () => { const e = new Error('s');\n"
    "    e.stack = {}; throw e; },\n"
    "  '/throw-deep': () => { Error.stackTraceLimit = 1e6;\n"
    "    const f = (n) => { if (n === 0) throw new Error('deep'); f(n - 1); };\n"
    "    f(5000); },\n"
    "  '/reject-null': async () => { throw null; },\n"
    "  '/reject-hostile': async () => { throw hostile; },\n"
    "  '/reject-symbol': async () => { throw Symbol('r'); },\n"
    "  '/prepare': () => { Error.prepareStackTrace = () => { throw 1; };\n"
    "    throw new Error('prepared'); },\n"
    "  '/prepare-proxy': () => {\n"
    "    Error.prepareStackTrace = () => new Proxy({}, {});\n"
    "    throw new Error('prepared'); },\n"
    "};\n"
    "globalThis.renderPage = (url) => { delete Error.prepareStackTrace;\n"
    "  const r = acts[url]?.(); return r ?? 'ok'; };\n";

struct fixture {
    struct recorder *log;
    v8pool *pool;
    v8pool_bundle *bundle;
};

static void open_fixture(struct fixture *f)
{
    v8pool_config config;

    f->log = recorder_create();
    pool_config(&config, 1, f->log);
    f->pool = pool_open(&config);
    f->bundle = bundle_of(f->pool, "shop", source);
}

static void close_fixture(struct fixture *f)
{
    v8pool_destroy(&f->pool);
    recorder_destroy(&f->log);
}

/* The text of the only line that a render of url logs, NULL where there are
 * more or none. */
static const char *logged_by(const char *url, v8pool_log_level level)
{
    static struct logged line;
    struct fixture f;
    int one;

    open_fixture(&f);
    OK(renders(f.pool, f.bundle, url, "ok"));
    one = recorder_count(f.log, NULL) == 1;
    line = f.log->lines[0];
    close_fixture(&f);
    return one && line.level == level && strcmp(line.bundle, "shop") == 0
               ? line.text
               : NULL;
}

static void test_console_levels_mapped(void)
{
    static const v8pool_log_level levels[] = {
        V8POOL_LOG_DEBUG, V8POOL_LOG_INFO,  V8POOL_LOG_INFO,
        V8POOL_LOG_WARN,  V8POOL_LOG_ERROR, V8POOL_LOG_DEBUG};
    static const char *const texts[] = {"d", "l", "i", "w", "e", "t"};
    struct fixture f;
    int i;

    open_fixture(&f);
    OK(renders(f.pool, f.bundle, "/levels", "ok"));
    IS_INT(recorder_count(f.log, NULL), 6);
    for (i = 0; i < 6; i++) {
        IS_INT(f.log->lines[i].level, levels[i]);
        IS_STR(f.log->lines[i].text, texts[i]);
    }
    close_fixture(&f);
}

static void test_console_values_shown(void)
{
    IS_STR(logged_by("/values", V8POOL_LOG_INFO),
           "1 0 10 true undefined null Symbol(s) [1,\"a\"] {\"a\":{\"b\":1}} "
           "() => {} \"1970-01-01T00:00:00.000Z\" NaN");
    IS_STR(logged_by("/nothing", V8POOL_LOG_INFO), "");
    HAS_STR(logged_by("/error", V8POOL_LOG_ERROR), "TypeError: shown");
    HAS_STR(logged_by("/error", V8POOL_LOG_ERROR), "shop:");
}

static void test_console_hostile_values_survived(void)
{
    const char *text = logged_by("/hostile-log", V8POOL_LOG_INFO);

    OK(text != NULL && text[0] == 'a' && text[strlen(text) - 1] == 'z');
    HAS_STR(logged_by("/cycle", V8POOL_LOG_INFO), " z");
    HAS_STR(logged_by("/proxy-log", V8POOL_LOG_INFO), " z");
}

static void test_console_lines_bounded_and_clean(void)
{
    const char *text = logged_by("/long-log", V8POOL_LOG_INFO);

    OK(text != NULL && strlen(text) >= 2000 && strlen(text) <= 2048);
    text = logged_by("/long-wide", V8POOL_LOG_INFO);
    OK(text != NULL && strlen(text) > 2000 && strlen(text) % 3 == 0);
    IS_STR(logged_by("/forge", V8POOL_LOG_INFO), "a b?[31m??c?d");
}

static void test_console_flood_cut(void)
{
    struct fixture f;

    open_fixture(&f);
    OK(renders(f.pool, f.bundle, "/flood", "ok"));
    IS_INT(recorder_count(f.log, NULL), 101);
    OK(renders(f.pool, f.bundle, "/nothing", "ok")); /* counted anew */
    IS_INT(recorder_count(f.log, NULL), 102);
    close_fixture(&f);
}

static void test_console_at_load_goes_to_log(void)
{
    struct fixture f;

    open_fixture(&f);
    (void)bundle_of(f.pool, "early",
                    "console.warn('at\\nload'); Promise.reject(7);"
                    "globalThis.renderPage = () => 'x';");
    IS_INT(recorder_count(f.log, "at load"), 1);
    IS_STR(recorder_find(f.log, "at load")->bundle, "early");
    IS_INT(recorder_count(f.log, "unhandled rejection: 7"), 1);
    close_fixture(&f);
}

static void test_rejection_unhandled_one_warning(void)
{
    const char *text = logged_by("/unhandled", V8POOL_LOG_WARN);

    HAS_STR(text, "unhandled rejection: Error: lost one at shop:");
    HAS_STR(logged_by("/handled-then-lost", V8POOL_LOG_WARN),
            "Error: lost after all");
    OK(logged_by("/unhandled-hostile", V8POOL_LOG_WARN) != NULL);
}

static void test_rejection_handled_no_warning(void)
{
    struct fixture f;
    struct reply reply;

    open_fixture(&f);
    OK(renders(f.pool, f.bundle, "/handled-late", "ok"));
    IS_STATUS(reply_get(&reply, f.pool, f.bundle, "/own-rejects", WAIT_MS),
              V8POOL_E_SCRIPT);
    HAS_STR(reply.error.message, "Error: own");
    IS_INT(recorder_count(f.log, NULL), 0);
    IS_STATUS(reply_get(&reply, f.pool, f.bundle, "/own-and-lost", WAIT_MS),
              V8POOL_E_SCRIPT);
    HAS_STR(reply.error.message, "Error: own");
    IS_INT(recorder_count(f.log, "Error: lost"), 1);
    IS_INT(recorder_count(f.log, NULL), 1);
    close_fixture(&f);
}

static void test_rejection_many_bounded_and_not_carried_over(void)
{
    struct fixture f;
    unsigned lines;

    open_fixture(&f);
    OK(renders(f.pool, f.bundle, "/unhandled-many", "ok"));
    lines = recorder_count(f.log, NULL);
    OK(lines >= 1 && lines <= 10);
    OK(renders(f.pool, f.bundle, "/x", "ok"));
    IS_INT(recorder_count(f.log, NULL), lines);
    close_fixture(&f);
}

struct row {
    const char *url, *message, *stack;
};

static const struct row rows[] = {
    {"/throw-null", "null", ""},
    {"/throw-undefined", "undefined", ""},
    {"/throw-symbol", "Symbol(sym)", ""},
    {"/throw-text", "just text", ""},
    {"/throw-empty", "", ""},
    {"/throw-hostile", "", ""},
    {"/throw-bare", "", ""},
    {"/throw-proxy", "", ""},
    {"/throw-revoked", "", ""},
    {"/throw-long", "Error: xxxx", ""},
    {"/throw-wide", "Error: \xe2\x82\xac", ""},
    {"/throw-forged", "Error: a b?[0m?c", "b?[0m?c"},
    {"/throw-stack", "Error: s", "l1\nl2?x"},
    {"/throw-getters", "AbortError: why", "AbortError: why"},
    {"/throw-no-stack", "Error: s", ""},
    {"/throw-stack-object", "Error: s", ""},
    {"/throw-deep", "Error: deep", "at f"},
    {"/reject-null", "null", ""},
    {"/reject-hostile", "", ""},
    {"/reject-symbol", "Symbol(r)", ""},
    {"/prepare", "Error: prepared", ""},
    {"/prepare-proxy", "Error: prepared", ""},
};

/* Valid UTF-8 to its cut end: no lone continuation, no unfinished lead. */
static int ends_whole(const char *text)
{
    size_t n = strlen(text), back = 0;

    while (back < n && back < 4 && (text[n - 1 - back] & 0xc0) == 0x80) {
        back++;
    }
    return back == 0 ? n == 0 || (text[n - 1] & 0x80) == 0
           : back == 1 ? (text[n - 2] & 0xe0) == 0xc0
           : back == 2 ? (text[n - 3] & 0xf0) == 0xe0
                       : (text[n - 4] & 0xf8) == 0xf0;
}

static void test_thrown_values_described(void)
{
    struct fixture f;
    struct reply reply;
    size_t i;

    open_fixture(&f);
    for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        tap_note("%s", rows[i].url);
        IS_STATUS(reply_get(&reply, f.pool, f.bundle, rows[i].url, WAIT_MS),
                  V8POOL_E_SCRIPT);
        HAS_STR(reply.error.message, rows[i].message);
        HAS_STR(reply.error.stack, rows[i].stack);
        IS_STR(reply.error.source, "shop");
        OK(reply.error.message[0] != '\0' && reply.error.line > 0);
        OK(ends_whole(reply.error.message) && ends_whole(reply.error.stack));
        OK(renders(f.pool, f.bundle, "/x", "ok"));
    }
    close_fixture(&f);
}

TAP_MAIN(RUN(test_console_levels_mapped), RUN(test_console_values_shown),
         RUN(test_console_hostile_values_survived),
         RUN(test_console_lines_bounded_and_clean),
         RUN(test_console_flood_cut), RUN(test_console_at_load_goes_to_log),
         RUN(test_rejection_unhandled_one_warning),
         RUN(test_rejection_handled_no_warning),
         RUN(test_rejection_many_bounded_and_not_carried_over),
         RUN(test_thrown_values_described))
