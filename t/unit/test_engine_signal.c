/* SPDX-License-Identifier: Apache-2.0
 *
 * test_engine_signal.c: what a render's code is told of its early end:
 * request.signal and ctx.signal, the body's cancel(), ctx.waitUntil().
 */
#include "fixture.h"

#include <stdio.h>

/* Paths are /NAME; /log gives and empties what the others noted. */
static const char source[] =
    "let log = [];\n"
    "const note = (...all) => { log.push(...all); };\n"
    "const sleep = (ms) => new Promise((r) => setTimeout(r, ms));\n"
    "const forever = () => sleep(1e8);\n"
    "const why = ({ name, message }) => `${name}: ${message}`;\n"
    "const told = (signal, as = '') => signal.addEventListener('abort',"
    " () => note(as + why(signal.reason)));\n"
    "const held = [];\n"
    "const parts = {\n"
    "  log: () => { const all = log.join('|'); log = []; return all; },\n"
    "  plain: (r, ctx) => { told(r.signal); return forever(); },\n"
    "  event: (r) => { r.signal.onabort = function (e) { note(e.type,"
    " e.isTrusted, this === r.signal, r.signal.aborted); };"
    " return forever(); },\n"
    "  same: (r, ctx) => `${r.signal === ctx.signal} ${ctx.signal ==="
    " ctx.signal} ${ctx.signal instanceof AbortSignal}"
    " ${ctx.signal.aborted}`,\n"
    "  derived: (r) => { held.push(r.clone(), r.clone().clone(), new"
    " Request(r), new Request(r.clone(), { method: 'GET' }));\n"
    "    held.forEach((one, n) => told(one.signal, `${n} `));\n"
    "    told(AbortSignal.any([r.signal]), 'any ');\n"
    "    return forever(); },\n"
    "  unseen: async (r) => { try { await forever(); } finally {"
    " note('finally'); } },\n"
    "  catches: async (r) => { forever(); try { await new Promise((_, reject) =>"
    " r.signal.addEventListener('abort', () => reject(r.signal.reason)));\n"
    "    } catch (error) { note('caught ' + error.name); }\n"
    "    await null; note('more'); return 'an answer'; },\n"
    "  later: (r) => { r.signal.addEventListener('abort', () => { note('now');"
    " setTimeout(() => note('later'), 0); }); return forever(); },\n"
    "  spins: (r) => { r.signal.addEventListener('abort', () => { for (;;); });"
    " return forever(); },\n"
    "  throws: (r) => { r.signal.addEventListener('abort', () => { throw new"
    " Error('in a listener'); }); told(r.signal); return forever(); },\n"
    "  first: async (r, ctx) => { setTimeout(() => 0, 1e8); await new"
    " Promise((resolve) => r.signal.addEventListener('abort', resolve));\n"
    "    note(why(ctx.signal.reason)); },\n"
    "  stream: (r) => new Response(new ReadableStream({ start(c) {"
    " c.enqueue(new Uint8Array(9)); setTimeout(() => 0, 1e8); }, cancel(e) {"
    " note('cancel ' + why(e)); } })),\n"
    "  until: (r, ctx) => { ctx.waitUntil(sleep(200).then(() =>"
    " note('kept'))); sleep(1).then(() => note('too')); return forever(); },\n"
    "  begins: (r, ctx) => { r.signal.addEventListener('abort', () =>"
    " ctx.waitUntil(sleep(200).then(() => note('kept')))); return forever();"
    " },\n"
    "  after: (r, ctx) => { told(r.signal); ctx.waitUntil(forever());"
    " return 'early'; },\n"
    "  late: (r, ctx) => { ctx.waitUntil(sleep(700).then(() =>"
    " note('kept'))); return forever(); },\n"
    "  done: (r) => { told(r.signal); return 'done'; },\n"
    "};\n"
    "const fetch = (request, env, ctx) =>"
    " { const [, name] = new URL(request.url).pathname.split('/');\n"
    "  if (name !== 'log' && name !== 'same') note('began');\n"
    "  return parts[name](request, ctx); };\n";

static const char with_request[] = "module.exports = { fetch };\n";
/* (url, ctx): a signal all the same. */
static const char with_url[] =
    "module.exports.renderPage = (url, ctx) => fetch({ url: 'http://h' + url,"
    " get signal() { return ctx.signal; } }, ctx.env, ctx);\n";

struct fixture {
    v8pool *pool;
    v8pool_bundle *bundle;
    struct recorder *recorder;
    struct reply reply;
};

static void open_fixture(struct fixture *f, const char *entry)
{
    static char text[sizeof(source) + 400];
    v8pool_config config;

    snprintf(text, sizeof(text), "%s%s", source, entry);
    f->recorder = recorder_create();
    pool_config(&config, 1, f->recorder);
    f->pool = pool_open(&config);
    f->bundle = bundle_of(f->pool, "b", text);
    memset(&f->reply, 0, sizeof(f->reply));
}

static void close_fixture(struct fixture *f)
{
    reply_clear(&f->reply);
    v8pool_destroy(&f->pool);
    recorder_destroy(&f->recorder);
}

static const char *get(struct fixture *f, const char *url)
{
    reply_clear(&f->reply);
    return reply_get(&f->reply, f->pool, f->bundle, url, WAIT_MS) == V8POOL_OK
               ? reply_body(&f->reply)
               : f->reply.error.message;
}

static int none_runs(const struct fixture *f)
{
    return pool_stats(f->pool).running == 0;
}

/* Begins a render, gives it up once it waits.  What was noted then. */
static const char *leave(struct fixture *f, const char *url)
{
    v8pool_job *job = submit(f->pool, f->bundle, url, WAIT_MS);

    OK(WAIT_UNTIL(strcmp(get(f, "/log"), "began") == 0));
    v8pool_job_release(&job);
    OK(WAIT_UNTIL(none_runs(f)));
    return get(f, "/log");
}

/* The same with one whose time is up. */
static const char *overstay(struct fixture *f, const char *url)
{
    v8pool_job *job = submit(f->pool, f->bundle, url, 500);

    IS_STATUS(finish(&job), V8POOL_E_TIMEOUT);
    OK(WAIT_UNTIL(none_runs(f)));
    return get(f, "/log");
}

#define GONE "AbortError: The client has gone"
#define LATE "TimeoutError: The render took longer than its time limit"

static void test_signal_aborts_when_the_client_goes(void)
{
    struct fixture f;

    open_fixture(&f, with_request);
    IS_STR(leave(&f, "/plain"), GONE);
    IS_STR(leave(&f, "/event"), "abort|true|true|true");
    IS_STR(leave(&f, "/first"), GONE);
    IS_INT(pool_stats(f.pool).contexts_rebuilt_total, 0);
    IS_STR(get(&f, "/same"), "true true true false");
    close_fixture(&f);
}

static void test_signal_aborts_when_its_time_is_up(void)
{
    struct fixture f;

    open_fixture(&f, with_request);
    IS_STR(overstay(&f, "/plain"), "began|" LATE);
    IS_INT(pool_stats(f.pool).timeouts_total, 1);
    IS_INT(pool_stats(f.pool).contexts_rebuilt_total, 0);
    close_fixture(&f);
}

static void test_signal_of_an_entry_of_urls(void)
{
    struct fixture f;

    open_fixture(&f, with_url);
    IS_STR(get(&f, "/same"), "true true true false");
    IS_STR(leave(&f, "/plain"), GONE);
    IS_STR(leave(&f, "/first"), GONE);
    IS_STR(overstay(&f, "/plain"), "began|" LATE);
    close_fixture(&f);
}

static void test_what_follows_the_signal_aborts(void)
{
    struct fixture f;

    open_fixture(&f, with_request);
    IS_STR(leave(&f, "/derived"),
           "2 " GONE "|0 " GONE "|1 " GONE "|3 " GONE "|any " GONE);
    close_fixture(&f);
}

static void test_ended_renders_are_told_nothing(void)
{
    struct fixture f;

    open_fixture(&f, with_request);
    IS_STR(get(&f, "/done"), "done");
    OK(WAIT_UNTIL(none_runs(&f)));
    IS_STR(get(&f, "/log"), "began");
    IS_STR(leave(&f, "/unseen"), "");
    close_fixture(&f);
}

static void test_told_for_one_turn_and_not_answered(void)
{
    struct fixture f;

    open_fixture(&f, with_request);
    IS_STR(leave(&f, "/catches"), "caught AbortError|more");
    IS_STR(overstay(&f, "/catches"), "began|caught TimeoutError|more");
    IS_STR(leave(&f, "/later"), "now");
    close_fixture(&f);
}

static void test_listener_that_loops_is_ended(void)
{
    struct fixture f;

    open_fixture(&f, with_request);
    IS_STR(leave(&f, "/spins"), "");
    OK(WAIT_UNTIL(recorder_count(f.recorder,
                                 "what listens to the signal of /spins was "
                                 "ended after 50 ms") == 1));
    IS_INT(recorder_find(f.recorder, "what listens")->error.status,
           V8POOL_E_CANCELLED);
    OK(WAIT_UNTIL(pool_stats(f.pool).contexts_rebuilt_total == 1));
    IS_INT(pool_stats(f.pool).timeouts_total, 0);
    IS_STR(get(&f, "/done"), "done");
    close_fixture(&f);
}

static void test_errors_of_listeners_are_logged(void)
{
    struct fixture f;

    open_fixture(&f, with_request);
    IS_STR(leave(&f, "/throws"), GONE);
    OK(recorder_count(f.recorder, "in a listener") == 1);
    close_fixture(&f);
}

static void test_body_is_cancelled(void)
{
    struct fixture f;

    open_fixture(&f, with_request);
    IS_STR(leave(&f, "/stream"), "cancel " GONE);
    close_fixture(&f);
}

static void test_wait_until_goes_on_without_a_client(void)
{
    struct fixture f;

    open_fixture(&f, with_request);
    IS_STR(leave(&f, "/until"), "too|kept");
    IS_STR(leave(&f, "/begins"), "kept");
    IS_INT(pool_stats(f.pool).failures_total, 2);
    close_fixture(&f);
}

static void test_wait_until_is_told_of_its_time(void)
{
    struct fixture f;
    v8pool_job *job;

    open_fixture(&f, with_request);
    IS_STR(overstay(&f, "/late"), "began"); /* its time was used up */
    job = submit(f.pool, f.bundle, "/after", 500);
    IS_STATUS(finish(&job), V8POOL_OK);
    OK(WAIT_UNTIL(none_runs(&f)));
    IS_STR(get(&f, "/log"), "began|" LATE);
    close_fixture(&f);
}

TAP_MAIN(RUN(test_signal_aborts_when_the_client_goes),
         RUN(test_signal_aborts_when_its_time_is_up),
         RUN(test_signal_of_an_entry_of_urls),
         RUN(test_what_follows_the_signal_aborts),
         RUN(test_ended_renders_are_told_nothing),
         RUN(test_told_for_one_turn_and_not_answered),
         RUN(test_listener_that_loops_is_ended),
         RUN(test_errors_of_listeners_are_logged),
         RUN(test_body_is_cancelled),
         RUN(test_wait_until_goes_on_without_a_client),
         RUN(test_wait_until_is_told_of_its_time))
