/* SPDX-License-Identifier: Apache-2.0
 *
 * test_engine_finaliser.c: FinalizationRegistry callbacks run when the isolate
 * is idle, and harm no later render (v8-rules d8).
 */
#include "fixture.h"

#include <stdio.h>
#include <stdlib.h>

/* Collects garbage often enough for finalisers to be due when it returns, or
 * loops: they run when the isolate is idle. */
static const char finalises[] =
    "let act = () => Promise.resolve().then(() => console.log('late'));\n"
    "const kept = new FinalizationRegistry(() => act());\n"
    "globalThis.renderPage = (url) => {\n"
    "  if (url === '/x') return url;\n"
    "  if (url === '/spin') act = () => { for (;;); };\n"
    "  if (url === '/spin-later')\n"
    "    act = () => { Promise.resolve().then(() => { for (;;); }); };\n"
    "  for (let i = 0; i < 100; i++) kept.register({ i }, i);\n"
    "  for (let i = 0, junk = []; i < 4000; i++) {\n"
    "    junk.push(new Array(1000).fill({ i }));\n"
    "    if (i % 1000 === 999) junk = [];\n"
    "  }\n"
    "  console.log('collected');\n"
    "  if (url === '/loop') for (;;);\n"
    "  return 'made'; };";

struct finaliser_fixture {
    struct recorder *log;
    v8pool *pool;
    v8pool_bundle *bundle;
};

static void open_finalises(struct finaliser_fixture *f)
{
    v8pool_config config;

    f->log = recorder_create();
    pool_config(&config, 1, f->log);
    config.heap_limit_bytes = (size_t)64 << 20;
    f->pool = pool_open(&config);
    f->bundle = bundle_of(f->pool, "finalises", finalises);
}

static void close_finalises(struct finaliser_fixture *f)
{
    v8pool_destroy(&f->pool);
    recorder_destroy(&f->log);
}

/* The finaliser's task is pending when its context is dropped: it runs all the
 * same and enters what is left of the context (run it under valgrind). */
static void test_limit_finalisers_of_dropped_context_harmless(void)
{
    struct finaliser_fixture f;
    struct reply reply;
    int i, k, bad = 0;

    open_finalises(&f);
    for (i = 0; i < 3; i++) {
        reply_get(&reply, f.pool, f.bundle, "/loop", 1500);
        for (k = 0; k < 20; k++) {
            bad += !renders(f.pool, f.bundle, "/x", "/x");
        }
    }
    IS_INT(bad, 0);
    IS_INT(recorder_count(f.log, "late"), 0);
    close_finalises(&f);
}

/* The same of a module, which asks what only its context could say. */
static void test_limit_finalisers_of_dropped_module_harmless(void)
{
    static const char act[] =
        "let act = () => { try { import.meta.url; import('./b.js')"
        ".catch(() => console.log('late')); } catch { } };\n";
    char source[2048];
    v8pool *pool = pool_of(1);
    v8pool_bundle *bundle;
    struct reply reply;
    int i, k, bad = 0;

    snprintf(source, sizeof(source), "%s%s", act, strchr(finalises, '\n') + 1);
    bundle = bundle_of(pool, "finalises", source);
    IS_STR(v8pool_bundle_entry(bundle), "globalThis.renderPage(url, ctx)");
    for (i = 0; i < 3; i++) {
        reply_get(&reply, pool, bundle, "/loop", 1500);
        for (k = 0; k < 20; k++) {
            bad += !renders(pool, bundle, "/x", "/x");
        }
    }
    IS_INT(bad, 0);
    v8pool_destroy(&pool);
}

/* What a finaliser queues is no later render's (d8). */
static void test_limit_finalisers_microtasks_not_in_next_render(void)
{
    struct finaliser_fixture f;
    int i, bad = 0;

    open_finalises(&f);
    for (i = 0; i < 4; i++) {
        bad += !renders(f.pool, f.bundle, "/make", "made");
    }
    bad += !renders(f.pool, f.bundle, "/x", "/x");
    IS_INT(bad, 0);
    IS_INT(recorder_count(f.log, "collected"), 4);
    IS_INT(recorder_count(f.log, "late"), 0);
    close_finalises(&f);
}

/* It is ended after the answer is out, and the isolate replaced: nobody knows
 * in whose context it ran. */
static void finaliser_loops(const char *url)
{
    struct finaliser_fixture f;
    int i, bad = 0;

    open_finalises(&f);
    for (i = 0; i < 6 && pool_stats(f.pool).isolates_rebuilt_total == 0; i++) {
        bad += !renders(f.pool, f.bundle, url, "made");
        bad += !renders(f.pool, f.bundle, "/x", "/x");
    }
    IS_INT(bad, 0);
    OK(pool_stats(f.pool).isolates_rebuilt_total > 0);
    IS_INT(pool_stats(f.pool).timeouts_total, 0);
    close_finalises(&f);
}

static void test_limit_finaliser_that_loops_ended(void)
{
    finaliser_loops("/spin");
}

static void test_limit_finalisers_microtask_that_loops_ended(void)
{
    finaliser_loops("/spin-later");
}

TAP_MAIN(RUN(test_limit_finalisers_of_dropped_context_harmless),
         RUN(test_limit_finalisers_of_dropped_module_harmless),
         RUN(test_limit_finalisers_microtasks_not_in_next_render),
         RUN(test_limit_finaliser_that_loops_ended),
         RUN(test_limit_finalisers_microtask_that_loops_ended))
