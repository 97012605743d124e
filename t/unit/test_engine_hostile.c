/* SPDX-License-Identifier: Apache-2.0
 *
 * test_engine_hostile.c: every script of bundles/hostile through the public
 * interface: what is reported, and that a good bundle renders in the same
 * isolate afterwards.  index.md there has the table in words.
 */
#include "fixture.h"

#include <stdio.h>
#include <stdlib.h>

#define LIMIT_MS 150
#define LOAD_LIMIT_MS 300

struct row {
    const char *file;
    v8pool_status status; /* of the render, or of loading where it fails */
    int line, column;     /* 0 = do not look */
    const char *text;     /* in the error's message, or the whole body */
    const char *stack;    /* in the error's stack */
};

static const struct row load_rows[] = {
    {"entry-not-function.js", V8POOL_E_BUNDLE, 0, 0,
     "globalThis.renderPage is string", ""},
    {"loops-at-load.js", V8POOL_E_TIMEOUT, 4, 3, "evaluated after 300 ms",
     "loops-at-load.js:4:3"},
    {"no-entry.js", V8POOL_E_BUNDLE, 0, 0,
     "these globals: renderSomething (function)", ""},
    {"syntax-error.js", V8POOL_E_BUNDLE, 3, 16,
     "SyntaxError: Unexpected token '='", ""},
    {"throws-at-load.js", V8POOL_E_BUNDLE, 4, 3, "Error: thrown at load",
     "throws-at-load.js:4:9"},
};

static const struct row render_rows[] = {
    {"allocates-buffers.js", V8POOL_E_SCRIPT, 6, 24,
     "RangeError: Array buffer allocation failed", "renderPage"},
    {"bad-headers.js", V8POOL_E_ANSWER, 4, 27, "header \"X-Name\"", ""},
    {"bad-status.js", V8POOL_E_ANSWER, 4, 27, "9999", ""},
    {"deep-recursion.js", V8POOL_E_SCRIPT, 4, 0,
     "RangeError: Maximum call stack size exceeded", "deeper"},
    {"finally-loops.js", V8POOL_E_TIMEOUT, 6, 7, "150 ms",
     "finally-loops.js:6:7"},
    {"getter-loops.js", V8POOL_E_TIMEOUT, 6, 7, "150 ms", "get html"},
    {"huge-answer.js", V8POOL_E_TOO_LARGE, 4, 27, "more than 16777216 bytes",
     ""},
    {"loops.js", V8POOL_E_TIMEOUT, 5, 5, "150 ms", "renderPage"},
    {"microtask-loop.js", V8POOL_E_TIMEOUT, 0, 0, "150 ms", ""},
    {"never-settles.js", V8POOL_E_HUNG, 4, 27, "never settle", ""},
    {"prepare-stack-trace.js", V8POOL_E_TIMEOUT, 0, 0, "150 ms", ""},
    {"regexp-backtrack.js", V8POOL_E_TIMEOUT, 5, 44, "150 ms", "renderPage"},
    {"rejects.js", V8POOL_E_SCRIPT, 6, 11, "RangeError: rejected /u",
     "rejects.js:6:11"},
    {"returns-nothing.js", V8POOL_E_ANSWER, 4, 27, "nothing (undefined)", ""},
    {"returns-number.js", V8POOL_E_ANSWER, 4, 27, "returned number", ""},
    {"throws-in-render.js", V8POOL_E_SCRIPT, 5, 5,
     "TypeError: cannot render /u", "at outer"},
    {"throws-null.js", V8POOL_E_SCRIPT, 5, 5, "null", ""},
    {"throws-symbol.js", V8POOL_E_SCRIPT, 5, 5, "Symbol(thrown symbol)", ""},
    {"async-good.js", V8POOL_OK, 0, 0, "<p>async 6 /u</p>", ""},
    {"console.js", V8POOL_OK, 0, 0, "<p>ok</p>", ""},
    {"declines.js", V8POOL_DECLINED, 0, 0, "", ""},
    {"good.js", V8POOL_OK, 0, 0, "<p>good /u</p>", ""},
    {"lone-surrogate.js", V8POOL_OK, 0, 0,
     "<p>a\xef\xbf\xbd" "b\xef\xbf\xbd" "c \xf0\x9f\x99\x82</p>", ""},
    {"set-cookies.js", V8POOL_OK, 0, 0, "<p>cookies</p>", ""},
};

#define COUNT(rows) (sizeof(rows) / sizeof((rows)[0]))

static v8pool_status load(v8pool *pool, const char *file,
                          v8pool_bundle **bundle, v8pool_error *err)
{
    char path[4096];
    v8pool_bundle_config config = {file, path, NULL, 0, NULL, 0};

    snprintf(path, sizeof(path), "%s/%s", HOSTILE_DIR, file);
    return v8pool_bundle_load(pool, &config, WAIT_MS, bundle, err);
}

static v8pool *open_pool(v8pool_bundle **good)
{
    v8pool_config config;
    v8pool_error err;
    v8pool *pool;

    pool_config(&config, 1, NULL);
    config.heap_limit_bytes = (size_t)32 << 20;
    config.arraybuffer_limit_bytes = (size_t)16 << 20;
    pool = pool_open(&config);
    IS_STATUS(load(pool, "good.js", good, &err), V8POOL_OK);
    return pool;
}

static void check_error(const struct row *row, const v8pool_error *err)
{
    IS_STATUS(err->status, row->status);
    HAS_STR(err->message, row->text);
    HAS_STR(err->source, row->file);
    HAS_STR(err->stack, row->stack);
    if (row->line > 0) {
        IS_INT(err->line, row->line);
    }
    if (row->column > 0) {
        IS_INT(err->column, row->column);
    }
}

/* A time limit for what loops, none to speak of for the rest: the machine may
 * be slow. */
static uint32_t limit_of(const struct row *row)
{
    return row->status == V8POOL_E_TIMEOUT ? LIMIT_MS : WAIT_MS;
}

static void check_render(v8pool *pool, v8pool_bundle *bundle,
                         const struct row *row)
{
    struct reply reply;

    IS_STATUS(reply_get(&reply, pool, bundle, "/u", limit_of(row)),
              row->status);
    if (row->status == V8POOL_OK) {
        IS_STR(reply_body(&reply), row->text);
    }
    else if (row->status != V8POOL_DECLINED) {
        check_error(row, &reply.error);
    }
    reply_clear(&reply);
}

/* Twice: what the first left behind must not change the second. */
static void test_hostile_renders_reported_and_survived(void)
{
    v8pool_bundle *good, *bundle;
    v8pool *pool = open_pool(&good);
    v8pool_error err;
    size_t i;
    int round;

    for (i = 0; i < COUNT(render_rows); i++) {
        tap_note("%s", render_rows[i].file);
        IS_STATUS(load(pool, render_rows[i].file, &bundle, &err), V8POOL_OK);
        for (round = 0; round < 2 && bundle != NULL; round++) {
            check_render(pool, bundle, &render_rows[i]);
            OK(renders(pool, good, "/q?a=1", "<p>good /q?a=1</p>"));
        }
    }
    v8pool_destroy(&pool);
}

static void test_hostile_loads_reported_and_survived(void)
{
    v8pool_config config;
    v8pool *pool;
    v8pool_bundle *good, *bundle;
    v8pool_error err;
    size_t i;

    pool_config(&config, 2, NULL);
    config.load_timeout_ms = LOAD_LIMIT_MS;
    pool = pool_open(&config);
    for (i = 0; i < COUNT(load_rows); i++) {
        tap_note("%s", load_rows[i].file);
        IS_STATUS(load(pool, load_rows[i].file, &bundle, &err),
                  load_rows[i].status);
        OK(bundle == NULL);
        check_error(&load_rows[i], &err);
    }
    v8pool_destroy(&pool);
    pool = open_pool(&good);
    OK(renders(pool, good, "/", "<p>good /</p>"));
    v8pool_destroy(&pool);
}

/* All but what it is about in one table: an endless allocation takes as long
 * as it takes to fill the heap. */
static void test_hostile_allocates_ends_by_heap_limit(void)
{
    v8pool_bundle *good, *bundle;
    v8pool *pool = open_pool(&good);
    struct reply reply;
    v8pool_error err;

    IS_STATUS(load(pool, "allocates.js", &bundle, &err), V8POOL_OK);
    IS_STATUS(reply_get(&reply, pool, bundle, "/", WAIT_MS), V8POOL_E_HEAP);
    HAS_STR(reply.error.message, "32 MiB");
    HAS_STR(reply.error.source, "allocates.js");
    IS_INT(reply.error.line, 6);
    OK(renders(pool, good, "/", "<p>good /</p>"));
    OK(pool_stats(pool).isolates_rebuilt_total > 0);
    v8pool_destroy(&pool);
}

static void test_hostile_busy_flag_new_context_after(void)
{
    v8pool_bundle *good, *bundle;
    v8pool *pool = open_pool(&good);
    struct reply reply;
    v8pool_error err;

    IS_STATUS(load(pool, "busy-flag.js", &bundle, &err), V8POOL_OK);
    IS_STATUS(reply_get(&reply, pool, bundle, "/loop", LIMIT_MS),
              V8POOL_E_TIMEOUT);
    OK(renders(pool, bundle, "/", "<p>busy=false</p>"));
    IS_INT(pool_stats(pool).contexts_rebuilt_total, 1);
    v8pool_destroy(&pool);
}

static void test_hostile_leaves_microtask_never_runs(void)
{
    v8pool_bundle *good, *bundle;
    v8pool *pool = open_pool(&good);
    struct reply reply;
    v8pool_error err;

    IS_STATUS(load(pool, "leaves-microtask.js", &bundle, &err), V8POOL_OK);
    IS_STATUS(reply_get(&reply, pool, bundle, "/", LIMIT_MS),
              V8POOL_E_TIMEOUT);
    OK(renders(pool, bundle, "/check", "<p>ran=false</p>"));
    v8pool_destroy(&pool);
}

static void test_hostile_redirects_as_given(void)
{
    v8pool_bundle *good, *bundle;
    v8pool *pool = open_pool(&good);
    struct reply reply;
    v8pool_error err;

    IS_STATUS(load(pool, "redirects.js", &bundle, &err), V8POOL_OK);
    IS_STATUS(reply_get(&reply, pool, bundle, "/", WAIT_MS), V8POOL_OK);
    IS_INT(reply.answer.status, 302);
    IS_STR(reply_header(&reply, "location"), "/elsewhere");
    IS_INT(reply.answer.length, 0);
    reply_clear(&reply);
    IS_STATUS(reply_get(&reply, pool, bundle, "/permanent", WAIT_MS),
              V8POOL_OK);
    IS_INT(reply.answer.status, 308);
    IS_STR(reply_header(&reply, "location"), "/new?a=1&b=2");
    reply_clear(&reply);
    v8pool_destroy(&pool);
}

static void test_hostile_set_cookies_two_fields_in_order(void)
{
    v8pool_bundle *good, *bundle;
    v8pool *pool = open_pool(&good);
    struct reply reply;
    v8pool_error err;

    IS_STATUS(load(pool, "set-cookies.js", &bundle, &err), V8POOL_OK);
    IS_STATUS(reply_get(&reply, pool, bundle, "/", WAIT_MS), V8POOL_OK);
    IS_INT(reply.answer.status, 201);
    IS_INT(reply.answer.header_count, 4);
    IS_STR(reply.answer.headers[0].name, "Set-Cookie");
    IS_STR(reply.answer.headers[0].value, "session=abc; Path=/; HttpOnly");
    IS_STR(reply.answer.headers[1].name, "Set-Cookie");
    IS_STR(reply.answer.headers[1].value, "theme=dark; Path=/");
    IS_STR(reply_header(&reply, "x-shop"), "open");
    reply_clear(&reply);
    v8pool_destroy(&pool);
}

/* Whoever adds a script adds a row. */
static void test_hostile_every_script_has_a_row(void)
{
    static const char *const apart[] = {"allocates.js", "busy-flag.js",
                                        "leaves-microtask.js", "redirects.js"};
    char command[4200], count[16] = "";
    FILE *listing;

    snprintf(command, sizeof(command), "ls '%s' | grep -c '[.]js$'",
             HOSTILE_DIR);
    listing = popen(command, "r");
    OK(listing != NULL && fgets(count, sizeof(count), listing) != NULL);
    if (listing != NULL) {
        pclose(listing);
    }
    IS_INT(strtol(count, NULL, 10),
           COUNT(load_rows) + COUNT(render_rows) + COUNT(apart));
}

TAP_MAIN(RUN(test_hostile_renders_reported_and_survived),
         RUN(test_hostile_loads_reported_and_survived),
         RUN(test_hostile_allocates_ends_by_heap_limit),
         RUN(test_hostile_busy_flag_new_context_after),
         RUN(test_hostile_leaves_microtask_never_runs),
         RUN(test_hostile_redirects_as_given),
         RUN(test_hostile_set_cookies_two_fields_in_order),
         RUN(test_hostile_every_script_has_a_row))
