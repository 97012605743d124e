/* SPDX-License-Identifier: Apache-2.0
 *
 * test_engine_signal.c: what a render's code is told of its early end:
 * request.signal and ctx.signal, the body's cancel(), ctx.waitUntil().
 */
#include "fixture.h"

#include "inside.h"

#include <stdatomic.h>
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
    "const held = []; let shared;\n"
    "const parts = {\n"
    "  look: () => log.join('|'),\n"
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
    "  looks: (r, ctx) => new Response(new ReadableStream({ start() {"
    " setTimeout(() => 0, 1e8); }, cancel() { note(why(ctx.signal.reason));"
    " } })),\n"
    "  until: (r, ctx) => { ctx.waitUntil(sleep(200).then(() =>"
    " note('kept'))); sleep(100).then(() => note('too')); return forever(); },\n"
    "  busy: (r) => { told(r.signal); const from = performance.now();\n"
    "    while (performance.now() < from + 15); return forever(); },\n"
    "  gives: (r) => new Response(new ReadableStream({ pull(c) {"
    " const from = performance.now(); while (performance.now() < from + 2);"
    " c.enqueue(new Uint8Array(2000)); }, cancel(e) {"
    " note('cancel ' + why(e)); } })),\n"
    "  begins: (r, ctx) => { r.signal.addEventListener('abort', () =>"
    " ctx.waitUntil(sleep(200).then(() => note('kept')))); return forever();"
    " },\n"
    "  after: (r, ctx) => { told(r.signal); ctx.waitUntil(forever());"
    " return 'early'; },\n"
    "  late: (r, ctx) => { ctx.waitUntil(sleep(2000).then(() =>"
    " note('kept'))); return forever(); },\n"
    "  loops: (r, ctx) => { ctx.waitUntil(sleep(1).then(() => { for (;;); }));"
    " return 'early'; },\n"
    "  shares: (r) => { shared = new Promise((resolve) => r.signal"
    ".addEventListener('abort', resolve)); return forever(); },\n"
    "  shared: () => { forever(); return new Response(new ReadableStream({"
    " async pull(c) { await shared; c.enqueue(new Uint8Array(9));"
    " await forever(); } })); },\n"
    "  keeps: (r, ctx) => { ctx.waitUntil(forever()); return forever(); },\n"
    "  fills: () => { const all = []; for (;;) all.push(new"
    " Array(1000).fill(1.5)); },\n"
    "  done: (r) => { told(r.signal); return 'done'; },\n"
    "};\n"
    "const fetch = (request, env, ctx) =>"
    " { const [, name] = new URL(request.url).pathname.split('/');\n"
    "  if (!['log', 'look', 'same'].includes(name)) note('began');\n"
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
    config.heap_limit_bytes = (size_t)64 << 20;
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

/* Begins a render, gives it up once it waits.  What it noted after that it
 * began. */
static const char *leave(struct fixture *f, const char *url)
{
    v8pool_job *job = submit(f->pool, f->bundle, url, WAIT_MS);
    const char *log;

    OK(WAIT_UNTIL(strncmp(get(f, "/look"), "began", 5) == 0));
    v8pool_job_release(&job);
    OK(WAIT_UNTIL(none_runs(f)));
    log = get(f, "/log");
    return strncmp(log, "began|", 6) == 0 ? log + 6
           : strcmp(log, "began") == 0    ? ""
                                          : log;
}

/* Long for what these renders do, so that it finds them waiting. */
#define LIMIT_MS 1500

/* The same with one whose time is up. */
static const char *overstay(struct fixture *f, const char *url)
{
    v8pool_job *job;

    get(f, "/same"); /* what is loaded once is loaded */
    job = submit(f->pool, f->bundle, url, LIMIT_MS);
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
    IS_STR(leave(&f, "/looks"), GONE); /* not before it was aborted */
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

/* The client goes while code of the render is on the stack, or just before or
 * after. */
static void test_busy_render_ends_its_turn_and_is_told(void)
{
    static const struct {
        const char *url, *log;
    } cases[] = {{"/busy", "began|" GONE}, {"/gives", "began|cancel " GONE}};
    struct fixture f;
    size_t i;

    open_fixture(&f, with_request);
    for (i = 0; i < 8; i++) {
        v8pool_job *job = submit(f.pool, f.bundle, cases[i % 2].url, WAIT_MS);

        OK(WAIT_UNTIL(is_in(job, V8P_JOB_RUNNING)));
        v8pool_job_release(&job);
        OK(WAIT_UNTIL(none_runs(&f)));
        IS_STR(get(&f, "/log"), cases[i % 2].log);
    }
    IS_INT(pool_stats(f.pool).contexts_rebuilt_total, 0);
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
    job = submit(f.pool, f.bundle, "/after", LIMIT_MS);
    IS_STATUS(finish(&job), V8POOL_OK);
    OK(WAIT_UNTIL(none_runs(&f)));
    IS_STR(get(&f, "/log"), "began|" LATE);
    OK(recorder_count(f.recorder, "ctx.waitUntil() of /after: still waiting "
                                  "after 1500 ms") == 1);
    close_fixture(&f);
}

static void test_wait_until_that_loops_is_logged(void)
{
    struct fixture f;
    v8pool_job *job;

    open_fixture(&f, with_request);
    job = submit(f.pool, f.bundle, "/loops", LIMIT_MS);
    IS_STATUS(finish(&job), V8POOL_OK);
    OK(WAIT_UNTIL(none_runs(&f)));
    OK(recorder_count(f.recorder, "ctx.waitUntil() of /loops: still rendering "
                                  "after 1500 ms at b:") == 1);
    close_fixture(&f);
}

/* Another render of the isolate reaches the heap limit: one that only
 * ctx.waitUntil() keeps is not begun anew, as others are. */
static void test_left_render_does_not_begin_anew(void)
{
    struct fixture f;
    v8pool_job *job;

    open_fixture(&f, with_request);
    job = submit(f.pool, f.bundle, "/keeps", WAIT_MS);
    OK(WAIT_UNTIL(strcmp(get(&f, "/log"), "began") == 0));
    v8pool_job_release(&job);
    get(&f, "/fills");
    IS_STATUS(f.reply.status, V8POOL_E_HEAP);
    OK(WAIT_UNTIL(none_runs(&f)));
    IS_STR(get(&f, "/log"), "");
    OK(recorder_count(f.recorder, "ctx.waitUntil() of /keeps: another render "
                                  "of its isolate reached the heap limit") ==
       1);
    close_fixture(&f);
}

struct reader {
    v8pool_job *job;
    atomic_int heads, chunks;
};

static void *read_first(void *arg)
{
    struct reader *reader = arg;
    v8pool_event event;

    do {
        v8pool_job_next(reader->job, &event);
        atomic_fetch_add(&reader->heads, event.kind == V8POOL_HEAD);
    } while (event.kind == V8POOL_HEAD || event.kind == V8POOL_LOG);
    if (event.kind == V8POOL_CHUNK) {
        v8pool_chunk_free(event.data);
        atomic_fetch_add(&reader->chunks, 1);
    }
    return NULL;
}

/* What the turn of one render makes another one send is not left lying. */
static void test_others_are_sent_on(void)
{
    struct fixture f;
    struct reader reader = {0};
    pthread_t thread;
    v8pool_job *job;

    open_fixture(&f, with_request);
    job = submit(f.pool, f.bundle, "/shares", WAIT_MS);
    OK(WAIT_UNTIL(strcmp(get(&f, "/log"), "began") == 0));
    reader.job = submit(f.pool, f.bundle, "/shared", WAIT_MS);
    OK(WAIT_UNTIL(strcmp(get(&f, "/log"), "began") == 0));
    pthread_create(&thread, NULL, read_first, &reader);
    OK(WAIT_UNTIL(atomic_load(&reader.heads) == 1));
    v8pool_job_release(&job);
    OK(WAIT_UNTIL(atomic_load(&reader.chunks) == 1));
    pthread_join(thread, NULL);
    v8pool_job_release(&reader.job);
    OK(WAIT_UNTIL(none_runs(&f)));
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
         RUN(test_busy_render_ends_its_turn_and_is_told),
         RUN(test_wait_until_goes_on_without_a_client),
         RUN(test_wait_until_is_told_of_its_time),
         RUN(test_wait_until_that_loops_is_logged),
         RUN(test_left_render_does_not_begin_anew),
         RUN(test_others_are_sent_on))
