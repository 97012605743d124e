/* SPDX-License-Identifier: Apache-2.0
 *
 * test_engine_limits.c: time and memory that a bundle may not take, with V8
 * (v8-rules a2 to a6, b1 to b6, d7, d8).
 */
#include "fixture.h"

#include <stdio.h>
#include <stdlib.h>

#define LIMIT_MS 100

/* Each makes the host run the bundle's code while it reads the answer, the
 * error or a console argument (a4). */
static const char source[] =
    "const spin = () => { for (;;); };\n"
    "const spins = new Proxy({}, { get: spin, ownKeys: spin, has: spin,\n"
    "  getPrototypeOf: spin, getOwnPropertyDescriptor: spin });\n"
    "const fail = () => { throw new Error('x'); };\n"
    "const acts = {\n"
    "  '/html': () => ({ get html() { spin(); } }),\n"
    "  '/body': () => ({ get body() { spin(); } }),\n"
    "  '/status': () => ({ html: 'x', get status() { spin(); } }),\n"
    "  '/headers': () => ({ html: 'x', get headers() { spin(); } }),\n"
    "  '/redirect': () => ({ html: 'x', get redirect() { spin(); } }),\n"
    "  '/field': () => ({ html: 'x', headers: { get a() { spin(); } } }),\n"
    "  '/fields': () => ({ html: 'x', headers: spins }),\n"
    "  '/list': () => { const a = ['x'];\n"
    "    Object.defineProperty(a, 0, { get: spin });\n"
    "    return { html: 'x', headers: { a } }; },\n"
    "  '/proxy': () => spins,\n"
    "  '/then': () => ({ get then() { spin(); } }),\n"
    "  '/thenable': () => ({ then: spin }),\n"
    "  '/await': async () => { await { then: spin }; },\n"
    "  '/species': async () => { await Promise.resolve();\n"
    "    return { get html() { spin(); } }; },\n"
    "  '/microtask': () => { Promise.resolve().then(spin); return 'x'; },\n"
    "  '/microtasks': () => { const f = () => Promise.resolve().then(f);\n"
    "    f(); return 'x'; },\n"
    "  '/console': () => { console.log({ toJSON: spin }); },\n"
    "  '/console-proxy': () => { console.log(spins); },\n"
    "  '/console-error': () => { const e = new Error('x');\n"
    "    Object.defineProperty(e, 'stack', { get: spin });\n"
    "    console.log(e); },\n"
    "  '/stack': () => { throw { get stack() { spin(); } }; },\n"
    "  '/throw-proxy': () => { throw spins; },\n"
    "  '/prepare': () => { Error.prepareStackTrace = spin; fail(); },\n"
    "  '/reject-stack': async () => { throw { get stack() { spin(); } }; },\n"
    "  '/reject-lost': () => { Promise.reject({ get stack() { spin(); } });\n"
    "    return 'x'; },\n"
    "  '/catch': () => { for (;;) { try { spin(); } catch {} } },\n"
    "  '/generator': () => { for (const x of (function* () {\n"
    "    for (;;) yield 1; })()); },\n"
    "  '/sort': () => { [2, 1].sort(spin); },\n"
    "  '/json': () => JSON.stringify({ toJSON: spin }),\n"
    "};\n"
    "globalThis.renderPage = (url) => {\n"
    "  if (!acts[url]) return url;\n"
    "  delete Error.prepareStackTrace;\n"
    "  return acts[url]();\n"
    "};\n";

static const char *const acts[] = {
    "/html",     "/body",       "/status",     "/headers",       "/redirect",
    "/field",    "/fields",     "/list",       "/proxy",         "/then",
    "/thenable", "/await",      "/species",    "/microtask",     "/microtasks",
    "/console",  "/console-proxy", "/console-error", "/stack",   "/throw-proxy",
    "/prepare",  "/reject-stack",  "/reject-lost",   "/catch",   "/generator",
    "/sort",     "/json"};

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static v8pool *pool_with_heap(unsigned mib)
{
    v8pool_config config;

    pool_config(&config, 1, NULL);
    config.heap_limit_bytes = (size_t)mib << 20;
    config.arraybuffer_limit_bytes = (size_t)8 << 20;
    return pool_open(&config);
}

static void test_limit_every_read_of_a_value_bounded(void)
{
    v8pool *pool = pool_of(1);
    v8pool_bundle *bundle = bundle_of(pool, "reads", source);
    struct reply reply;
    size_t i;

    for (i = 0; i < COUNT(acts); i++) {
        tap_note("%s", acts[i]);
        IS_STATUS(reply_get(&reply, pool, bundle, acts[i], LIMIT_MS),
                  V8POOL_E_TIMEOUT);
        reply_clear(&reply);
        OK(renders(pool, bundle, "/after", "/after"));
    }
    IS_INT(pool_stats(pool).timeouts_total, COUNT(acts));
    IS_INT(pool_stats(pool).contexts_rebuilt_total, COUNT(acts));
    v8pool_destroy(&pool);
}

/* Renders that end about when the limit fires: with V8 this time. */
static void test_limit_race_at_deadline_no_successor_hit(void)
{
    static const char script[] =
        "globalThis.renderPage = (url) => {\n"
        "  let n = +url.slice(1) | 0; while (n-- > 0); return 'done'; };";
    v8pool *pool = pool_of(1);
    v8pool_bundle *bundle = bundle_of(pool, "race", script);
    int i, cut = 0, other = 0, poisoned = 0;
    long turns = 1000000;
    struct reply reply;
    char url[32];

    for (i = 0; i < 600; i++) {
        snprintf(url, sizeof(url), "/%ld", turns);
        reply_get(&reply, pool, bundle, url, 2);
        cut += reply.status == V8POOL_E_TIMEOUT;
        other += reply.status != V8POOL_E_TIMEOUT &&
                 reply.status != V8POOL_OK;
        turns += reply.status == V8POOL_OK ? turns / 64 + 1 : -(turns / 64);
        reply_clear(&reply);
        poisoned += !renders(pool, bundle, "/1", "done");
    }
    tap_note("%d of 600 cut", cut);
    IS_INT(poisoned, 0);
    IS_INT(other, 0);
    OK(cut > 0 && cut < 600);
    IS_INT(pool_stats(pool).contexts_rebuilt_total, cut);
    v8pool_destroy(&pool);
}

/* What the first bundle left in its queue when it was ended must not run in
 * a later render, nor in this one once it is over (a6). */
static void test_limit_left_microtasks_never_run(void)
{
    static const char leaves[] =
        "globalThis.renderPage = (url) => {\n"
        "  if (url === '/x') return url;\n"
        "  Promise.resolve().then(() => { console.log('ran'); for (;;); });\n"
        "  if (url === '/throw') throw new Error('x');\n"
        "  for (;;); };";
    struct recorder *log = recorder_create();
    v8pool_config config;
    v8pool *pool;
    v8pool_bundle *bundle, *good;
    struct reply reply;

    pool_config(&config, 1, log);
    pool = pool_open(&config);
    bundle = bundle_of(pool, "leaves", leaves);
    good = bundle_of(pool, "good", "globalThis.renderPage = (u) => u;");
    IS_STATUS(reply_get(&reply, pool, bundle, "/loop", LIMIT_MS),
              V8POOL_E_TIMEOUT);
    OK(renders(pool, good, "/g", "/g"));
    OK(renders(pool, bundle, "/x", "/x"));
    IS_INT(recorder_count(log, "ran"), 0);
    v8pool_destroy(&pool);
    recorder_destroy(&log);
}

/* The heap limit ends the script, too; nobody is deaf to what follows. */
static void test_limit_microtasks_after_heap_limit_never_run(void)
{
    static const char leaves[] =
        "globalThis.renderPage = (url) => {\n"
        "  if (url === '/x') return url;\n"
        "  Promise.resolve().then(() => { console.log('ran'); });\n"
        "  Promise.reject({ get stack() { console.log('ran'); } });\n"
        "  const kept = []; for (;;) kept.push({ kept }); };";
    struct recorder *log = recorder_create();
    v8pool_config config;
    v8pool *pool;
    v8pool_bundle *bundle;
    struct reply reply;

    pool_config(&config, 1, log);
    config.heap_limit_bytes = (size_t)16 << 20;
    pool = pool_open(&config);
    bundle = bundle_of(pool, "leaves", leaves);
    IS_STATUS(reply_get(&reply, pool, bundle, "/", WAIT_MS), V8POOL_E_HEAP);
    OK(renders(pool, bundle, "/x", "/x"));
    IS_INT(recorder_count(log, "ran"), 0);
    v8pool_destroy(&pool);
    recorder_destroy(&log);
}

/* 100 KiB more in each render: the isolate goes before it is full. */
static void test_limit_slow_leak_recycled_no_render_fails(void)
{
    static const char leaks[] =
        "const kept = []; globalThis.renderPage = () => {\n"
        "  for (let i = 0; i < 100; i++) kept.push(new Array(128).fill(i));\n"
        "  return String(kept.length); };";
    v8pool *pool = pool_with_heap(64);
    v8pool_bundle *bundle = bundle_of(pool, "leaks", leaks);
    int i, bad = 0;

    for (i = 0; i < 5000; i++) {
        bad += !renders(pool, bundle, "/", NULL);
        if (pool_stats(pool).isolates_recycled_total >= 2) {
            break;
        }
    }
    tap_note("after %d renders", i);
    IS_INT(bad, 0);
    IS_INT(pool_stats(pool).isolates_recycled_total, 2);
    IS_INT(pool_stats(pool).heap_limits_total, 0);
    v8pool_destroy(&pool);
}

/* Reading the answer runs getters; what these queue is this render's, too. */
static void test_limit_microtasks_of_getters_in_same_render(void)
{
    static const char getters[] =
        "const later = () => { Promise.resolve().then(() => {\n"
        "  console.log('queued'); }); return 'x'; };\n"
        "globalThis.renderPage = (url) => url === '/x' ? 'x'\n"
        "  : { get html() { return later(); } };";
    struct recorder *log = recorder_create();
    v8pool_config config;
    v8pool *pool;
    v8pool_bundle *bundle;

    pool_config(&config, 1, log);
    pool = pool_open(&config);
    bundle = bundle_of(pool, "getters", getters);
    OK(renders(pool, bundle, "/get", "x"));
    IS_INT(recorder_count(log, "queued"), 1);
    OK(renders(pool, bundle, "/x", "x"));
    IS_INT(recorder_count(log, "queued"), 1);
    v8pool_destroy(&pool);
    recorder_destroy(&log);
}

/* A stop or a cancel ends the script, and the microtasks it left with it. */
static void test_limit_cancel_frees_worker_at_once(void)
{
    static const char loops_twice[] =
        "globalThis.renderPage = (url) => { if (url === '/x') return url;\n"
        "  const f = () => { Promise.resolve().then(f); for (;;); };\n"
        "  Promise.resolve().then(f); for (;;); };";
    v8pool *pool = pool_of(1);
    v8pool_bundle *bundle = bundle_of(pool, "twice", loops_twice);
    v8pool_job *job = submit(pool, bundle, "/", UINT32_MAX);

    OK(WAIT_UNTIL(pool_stats(pool).running == 1));
    usleep(20000); /* into the script, most likely; either way must work */
    v8pool_job_release(&job);
    OK(renders(pool, bundle, "/x", "/x"));
    job = submit(pool, bundle, "/", UINT32_MAX);
    OK(WAIT_UNTIL(pool_stats(pool).running == 1));
    IS_STATUS(v8pool_stop(pool, 20), V8POOL_OK);
    IS_STATUS(finish(&job), V8POOL_E_STOPPED);
    v8pool_destroy(&pool);
}

/* AddressSanitizer keeps freed blocks for a while. */
#if defined(__SANITIZE_ADDRESS__)
#define RSS_SLACK_MIB 512
#else
#define RSS_SLACK_MIB 64
#endif

static size_t rss_mib(void)
{
    FILE *f = fopen("/proc/self/statm", "r");
    unsigned long size = 0, resident = 0;

    if (f != NULL) {
        if (fscanf(f, "%lu %lu", &size, &resident) != 2) {
            resident = 0;
        }
        fclose(f);
    }
    return resident * (size_t)sysconf(_SC_PAGESIZE) >> 20;
}

static const char bombs[] =
    "const kept = [];\n"
    "globalThis.renderPage = (url) => {\n"
    "  if (url === '/x') return String(kept.length);\n"
    "  if (url === '/objects') for (;;) kept.push({ a: kept.length });\n"
    "  if (url === '/strings') for (;;) kept.push('s' + kept.length + 't');\n"
    "  if (url === '/closures') for (;;) kept.push(() => kept);\n"
    "  if (url === '/symbols') for (;;) kept.push(Symbol('x'));\n"
    "  if (url === '/arrays') for (;;) kept.push(new Array(1000).fill(1));\n"
    "  if (url === '/promises') for (;;) kept.push(new Promise(() => {}));\n"
    "  if (url === '/caught') for (;;) try { for (;;) kept.push([1]); }\n"
    "    catch { }\n"
    "};";

static void test_heap_limit_twenty_times_bounded(void)
{
    v8pool *pool = pool_with_heap(24);
    v8pool_bundle *bundle = bundle_of(pool, "bombs", bombs);
    struct reply reply;
    size_t after_five = 0, after_all;
    int i, other = 0, unclean = 0;

    for (i = 0; i < 20; i++) {
        reply_get(&reply, pool, bundle, "/objects", WAIT_MS);
        other += reply.status != V8POOL_E_HEAP;
        unclean += !renders(pool, bundle, "/x", "0");
        if (i == 4) {
            after_five = rss_mib();
        }
    }
    after_all = rss_mib();
    tap_note("%zu MiB after 5, %zu MiB after 20", after_five, after_all);
    IS_INT(other, 0);
    IS_INT(unclean, 0);
    IS_INT(pool_stats(pool).heap_limits_total, 20);
    OK(pool_stats(pool).isolates_rebuilt_total >= 20);
    OK(after_all < after_five + RSS_SLACK_MIB);
    v8pool_destroy(&pool);
}

static void test_heap_limit_kinds_of_garbage_survived(void)
{
    static const char *const urls[] = {"/strings",  "/closures", "/symbols",
                                       "/arrays",   "/promises", "/caught"};
    v8pool *pool = pool_with_heap(24);
    v8pool_bundle *bundle = bundle_of(pool, "bombs", bombs);
    struct reply reply;
    size_t i;

    for (i = 0; i < COUNT(urls); i++) {
        tap_note("%s", urls[i]);
        IS_STATUS(reply_get(&reply, pool, bundle, urls[i], WAIT_MS),
                  V8POOL_E_HEAP);
        HAS_STR(reply.error.message, "24 MiB");
        OK(renders(pool, bundle, "/x", "0"));
    }
    v8pool_destroy(&pool);
}

static const char buffers[] =
    "const kept = [];\n"
    "const fill = (n) => { for (;;) kept.push(new ArrayBuffer(n)); };\n"
    "globalThis.renderPage = (url) => {\n"
    "  if (url === '/x') return 'x';\n"
    "  if (url === '/over') return new ArrayBuffer(9 << 20) + '';\n"
    "  if (url === '/tiny-pile') fill(64);\n"
    "  try { fill(1 << 20); } catch (e) { if (url === '/fill')\n"
    "    return e.name + ' ' + kept.length; }\n"
    "  if (url === '/tiny') { let n = 0;\n"
    "    for (let i = 1; i <= 64; i++) n += new Uint8Array(i).buffer.byteLength;\n"
    "    return String(n); }\n"
    "  if (url === '/again') { kept.length = 0;\n"
    "    return String(new ArrayBuffer(6 << 20).byteLength); }\n"
    "};";

static void test_arraybuffer_quota_range_error_in_script(void)
{
    v8pool *pool = pool_with_heap(64);
    v8pool_bundle *bundle = bundle_of(pool, "buffers", buffers);
    struct reply reply;

    OK(renders(pool, bundle, "/fill", "RangeError 8"));
    OK(renders(pool, bundle, "/tiny", "2080"));
    OK(renders(pool, bundle, "/again", "6291456"));
    IS_STATUS(reply_get(&reply, pool, bundle, "/over", WAIT_MS),
              V8POOL_E_SCRIPT);
    HAS_STR(reply.error.message, "RangeError");
    OK(renders(pool, bundle, "/x", "x"));
    IS_INT(pool_stats(pool).heap_limits_total, 0);
    v8pool_destroy(&pool);
}

/* 64 bytes are never refused: the objects on the heap are what ends it. */
static void test_arraybuffer_tiny_pile_ended_by_heap_limit(void)
{
    v8pool *pool = pool_with_heap(24);
    v8pool_bundle *bundle = bundle_of(pool, "buffers", buffers);
    struct reply reply;

    IS_STATUS(reply_get(&reply, pool, bundle, "/tiny-pile", WAIT_MS),
              V8POOL_E_HEAP);
    OK(renders(pool, bundle, "/x", "x"));
    v8pool_destroy(&pool);
}

static void test_stack_overflow_is_range_error(void)
{
    /* The first three must; the others may find a way without recursion. */
    static const char *const bodies[] = {
        "const f = () => f() + 1; f();",
        "let a = []; a[0] = a; a.flat(Infinity);",
        "const p = new Proxy({}, { get: (t, k) => p[k] }); p.x;",
        "let a = []; for (let i = 0; i < 1e6; i++) a = [a]; JSON.stringify(a);",
        "JSON.parse('['.repeat(1e6));",
        "new RegExp('('.repeat(1e5) + ')'.repeat(1e5)).test('x');",
    };
    v8pool *pool = pool_of(1);
    size_t i;

    for (i = 0; i < COUNT(bodies); i++) {
        char script[512];
        v8pool_bundle *bundle;

        snprintf(script, sizeof(script),
                 "globalThis.renderPage = () => { try { %s } catch (e) {"
                 " return e.name; } return 'survived'; };", bodies[i]);
        bundle = bundle_of(pool, "deep", script);
        tap_note("%s", bodies[i]);
        OK(renders(pool, bundle, "/", i < 3 ? "RangeError" : NULL));
    }
    v8pool_destroy(&pool);
}

TAP_MAIN(RUN(test_limit_every_read_of_a_value_bounded),
         RUN(test_limit_race_at_deadline_no_successor_hit),
         RUN(test_limit_left_microtasks_never_run),
         RUN(test_limit_microtasks_after_heap_limit_never_run),
         RUN(test_limit_slow_leak_recycled_no_render_fails),
         RUN(test_limit_microtasks_of_getters_in_same_render),
         RUN(test_limit_cancel_frees_worker_at_once),
         RUN(test_heap_limit_twenty_times_bounded),
         RUN(test_heap_limit_kinds_of_garbage_survived),
         RUN(test_arraybuffer_quota_range_error_in_script),
         RUN(test_arraybuffer_tiny_pile_ended_by_heap_limit),
         RUN(test_stack_overflow_is_range_error))
