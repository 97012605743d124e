/* SPDX-License-Identifier: Apache-2.0
 *
 * test_engine_loop.c: timers, tasks and streams of one render and of many at a
 * time.
 */
#include "fixture.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

static const char source[] =
    "const sleep = (ms) => new Promise((r) => setTimeout(r, ms));\n"
    "const bytes = (t) => Uint8Array.from(t, (c) => c.charCodeAt(0));\n"
    "let early = 'none'; try { setTimeout(() => 1, 0); }"
    " catch (e) { early = e.message; }\n"
    "let shared; let settle; let log = []; let calm = false;\n"
    "class Stream { constructor(pull) { this.read = pull; }\n"
    "  getReader() { return this; } }\n"
    "const stream = (pull) => new Stream(pull);\n"
    "class Answer { status = 201; body = null; arrayBuffer() {}\n"
    "  headers = new Map([['x-a', '1'], ['content-type', 'text/plain']]); }\n"
    "const parts = {\n"
    "  early: () => early,\n"
    "  sleep: async (ctx, n) => { await sleep(n); return `slept ${n}`; },\n"
    "  order: () => new Promise((resolve) => {\n"
    "    const seen = []; const note = (x) => () => seen.push(x);\n"
    "    setTimeout(note('t10'), 10); setTimeout(note('t0'), 0);\n"
    "    setTimeout(note('t0b')); Promise.resolve().then(note('m1'));\n"
    "    queueMicrotask(note('m2')); seen.push('sync');\n"
    "    setTimeout(() => resolve(seen.join()), 30);\n"
    "  }),\n"
    "  args: () => new Promise((r) => setTimeout(function (a, b) {\n"
    "    r([a, b, this === globalThis].join()); }, 0, 1, 2)),\n"
    "  clear: async () => { let ran = 0; const id = setTimeout(() => ran++, 1);\n"
    "    clearTimeout(id); clearTimeout(undefined); clearTimeout('x');\n"
    "    await sleep(10); return String(ran); },\n"
    "  interval: () => new Promise((r) => { let n = 0;\n"
    "    const id = setInterval(() => { if (++n === 3) { clearInterval(id);\n"
    "      r('three'); } }, 1); }),\n"
    "  forgotten: () => { setInterval(() => log.push('late'), 1);\n"
    "    return 'x'; },\n"
    "  log: () => log.join(),\n"
    "  busy: () => new Promise((resolve) => { const go = () => calm ?"
    " resolve('calm') : setTimeout(go, 0); go(); }),\n"
    "  calm: () => { calm = true; return 'x'; },\n"
    "  throws: async () => { setTimeout(() => { throw new Error('in a timer');"
    " }, 0); queueMicrotask(() => { throw new Error('in a microtask'); });\n"
    "    await sleep(5); return 'goes on'; },\n"
    "  string: () => { try { setTimeout('code', 0); } catch (e) {"
    " return e.message; } },\n"
    "  many: () => { try { for (;;) setTimeout(() => 1, 1e6); } catch (e) {"
    " return e.message; } },\n"
    "  never: () => new Promise(() => {}),\n"
    "  waits: () => new Promise(() => setTimeout(() => 1, 1e8)),\n"
    "  spin: async () => { await sleep(1); for (;;); },\n"
    "  share: () => { shared = new Promise((r) => { settle = r; });\n"
    "    return sleep(100).then(() => { settle('shared'); return 'owner'; });"
    " },\n"
    "  shared: () => shared,\n"
    "  later: async () => { await shared; await sleep(20); return 'mine'; },\n"
    "  leave: () => { shared = sleep(1e6); return sleep(30).then(() => 'x'); "
    "},\n"
    "  cache: async (ctx, n) => { await sleep(n % 7); ctx.cache.set({ tags:"
    " `t${n}` }); await null; return `${n} ${ctx.nonce}`; },\n"
    "  stream: () => { let n = 0; return stream(async () => { await sleep(1);\n"
    "    return ++n > 3 ? { done: true } : { done: false, value: n === 2 ?"
    " bytes('two ') : `${n} ` }; }); },\n"
    "  iterable: async function* () { yield 'a'; await sleep(1); yield 'b'; },\n"
    "  response: () => new Answer(),\n"
    "  body: () => ({ body: stream(async () => ({ done: true })),"
    " status: 203 }),\n"
    "  array: () => ({ body: bytes('bytes') }),\n"
    "  wrong: () => stream(async () => ({ done: false, value: 7 })),\n"
    "  breaks: () => { let n = 0; return stream(async () => { if (n++) throw"
    " new Error('half-way'); return { done: false, value: 'a' }; }); },\n"
    "  stuck: () => stream(() => new Promise(() => {})),\n"
    "  endless: () => stream(async () => ({ done: false, value:"
    " 'x'.repeat(1000) })),\n"
    "  large: () => { let n = 0; return stream(async () => n++ < 2000 ?"
    " { done: false, value: 'x'.repeat(1000) } : { done: true }); },\n"
    "  until: (ctx) => { ctx.waitUntil(sleep(50).then(() =>"
    " log.push('after'))); return 'early'; },\n"
    "  fails: (ctx) => { ctx.waitUntil(sleep(1).then(() => { throw new"
    " Error('too late'); })); return 'x'; },\n"
    "};\n"
    "globalThis.renderPage = (url, ctx) => {\n"
    "  const [, name, n] = url.split('/');\n"
    "  const give = parts[name](ctx, Number(n));\n"
    "  return give;\n"
    "};\n";

struct fixture {
    v8pool *pool;
    v8pool_bundle *bundle;
    struct recorder *recorder;
    struct reply reply;
};

static void open_fixture(struct fixture *f, unsigned isolates)
{
    v8pool_config config;

    f->recorder = recorder_create();
    pool_config(&config, isolates, f->recorder);
    f->pool = pool_open(&config);
    f->bundle = bundle_of(f->pool, "b", source);
    memset(&f->reply, 0, sizeof(f->reply));
}

static void close_fixture(struct fixture *f)
{
    reply_clear(&f->reply);
    v8pool_destroy(&f->pool);
    recorder_destroy(&f->recorder);
}

/* The body, or the error. */
static const char *get(struct fixture *f, const char *url)
{
    reply_clear(&f->reply);
    reply_get(&f->reply, f->pool, f->bundle, url, WAIT_MS);
    return f->reply.status == V8POOL_OK ? reply_body(&f->reply)
                                        : f->reply.error.message;
}

static void test_timers_in_order(void)
{
    struct fixture f;

    open_fixture(&f, 1);
    IS_STR(get(&f, "/order"), "sync,m1,m2,t0,t0b,t10");
    IS_STR(get(&f, "/args"), "1,2,true");
    IS_STR(get(&f, "/clear"), "0");
    IS_STR(get(&f, "/interval"), "three");
    IS_STR(get(&f, "/string"), "setTimeout: a function was expected");
    close_fixture(&f);
}

static void test_timers_go_with_their_render(void)
{
    struct fixture f;

    open_fixture(&f, 1);
    IS_STR(get(&f, "/forgotten"), "x");
    IS_STR(get(&f, "/sleep/20"), "slept 20");
    IS_STR(get(&f, "/log"), "");
    IS_STR(get(&f, "/many"), "setTimeout: this render has 10000 timers already");
    close_fixture(&f);
}

/* One that always has something to do leaves room for those that begin. */
static void test_busy_render_starves_nobody(void)
{
    struct fixture f;
    v8pool_job *job;

    open_fixture(&f, 1);
    job = submit(f.pool, f.bundle, "/busy", WAIT_MS);
    OK(WAIT_UNTIL(pool_stats(f.pool).running == 1));
    reply_clear(&f.reply);
    IS_STATUS(reply_get(&f.reply, f.pool, f.bundle, "/calm", 5000), V8POOL_OK);
    IS_STATUS(finish(&job), V8POOL_OK);
    close_fixture(&f);
}

static void test_no_timers_at_load(void)
{
    struct fixture f;

    open_fixture(&f, 1);
    OK(strstr(get(&f, "/early"), "only while a page is rendered") != NULL);
    close_fixture(&f);
}

static void test_errors_in_timers_are_logged(void)
{
    struct fixture f;

    open_fixture(&f, 1);
    IS_STR(get(&f, "/throws"), "goes on");
    IS_INT(recorder_count(f.recorder, "uncaught: Error: in a timer"), 1);
    IS_INT(recorder_count(f.recorder, "uncaught: Error: in a microtask"), 1);
    close_fixture(&f);
}

static void test_hung_is_known_at_once(void)
{
    struct fixture f;

    open_fixture(&f, 1);
    OK(strstr(get(&f, "/never"), "can never settle") != NULL);
    IS_STATUS(f.reply.status, V8POOL_E_HUNG);
    OK(strstr(get(&f, "/stuck"), "the body never ends") != NULL);
    IS_STATUS(f.reply.status, V8POOL_E_HUNG);
    close_fixture(&f);
}

static void test_deadline_while_waiting_keeps_the_context(void)
{
    struct fixture f;

    open_fixture(&f, 1);
    reply_clear(&f.reply);
    IS_STATUS(reply_get(&f.reply, f.pool, f.bundle, "/waits", 30),
              V8POOL_E_TIMEOUT);
    IS_INT(pool_stats(f.pool).contexts_rebuilt_total, 0);
    IS_STR(get(&f, "/sleep/1"), "slept 1");
    close_fixture(&f);
}

static void test_runaway_timer_is_ended(void)
{
    struct fixture f;
    v8pool_job *job;

    open_fixture(&f, 1);
    job = submit(f.pool, f.bundle, "/sleep/300", WAIT_MS);
    reply_clear(&f.reply);
    IS_STATUS(reply_get(&f.reply, f.pool, f.bundle, "/spin", 50),
              V8POOL_E_TIMEOUT);
    IS_STATUS(finish(&job), V8POOL_OK); /* in the old context */
    IS_INT(pool_stats(f.pool).contexts_rebuilt_total, 1);
    IS_STR(get(&f, "/log"), "");
    close_fixture(&f);
}

/* A promise of one render that another one waits for. */
static void test_shared_promises(void)
{
    struct fixture f;
    v8pool_job *job;

    open_fixture(&f, 1);
    job = submit(f.pool, f.bundle, "/share", WAIT_MS);
    IS_STR(get(&f, "/shared"), "shared");
    IS_STATUS(finish(&job), V8POOL_OK);
    /* what it does then is its own, though it is another one's turn */
    job = submit(f.pool, f.bundle, "/share", WAIT_MS);
    IS_STR(get(&f, "/later"), "mine");
    IS_STATUS(finish(&job), V8POOL_OK);
    /* whose render ends without settling it */
    job = submit(f.pool, f.bundle, "/leave", WAIT_MS);
    OK(strstr(get(&f, "/shared"), "can never settle") != NULL);
    IS_STATUS(finish(&job), V8POOL_OK);
    close_fixture(&f);
}

#define RENDERS 1000

static v8pool_status give_nonce(void *baton, const char *name,
                                const v8pool_text *args, size_t count,
                                v8pool_text *result, v8pool_error *err)
{
    (void)name, (void)args, (void)count, (void)err;
    result->data = strdup(baton);
    result->length = strlen(baton);
    return V8POOL_OK;
}

/* Each answer is of its own render, whatever was interleaved with it. */
static void test_thousand_interleaved_renders_keep_apart(void)
{
    static char urls[RENDERS][24], nonces[RENDERS][24];
    static v8pool_job *jobs[RENDERS];
    v8pool_config config;
    v8pool_request request;
    v8pool_bundle *bundle;
    v8pool *pool;
    int i, right = 0;

    pool_config(&config, 2, NULL);
    config.queue_length = RENDERS;
    pool = pool_open(&config);
    bundle = bundle_of(pool, "b", source);
    v8pool_request_init(&request);
    request.queue_ms = request.timeout_ms = WAIT_MS;
    for (i = 0; i < RENDERS; i++) {
        snprintf(urls[i], sizeof(urls[i]), "/cache/%d", i);
        snprintf(nonces[i], sizeof(nonces[i]), "nonce-%d", i);
        request.url = urls[i];
        request.host = (v8pool_host){give_nonce, NULL, nonces[i]};
        if (v8pool_submit(pool, bundle, &request, &jobs[i]) != V8POOL_OK) {
            OK(!"submitted");
        }
    }
    for (i = 0; i < RENDERS; i++) {
        char body[64] = "", tag[64] = "", wanted[64];
        v8pool_event event;

        do {
            v8pool_job_next(jobs[i], &event);
            if (event.kind == V8POOL_CHUNK) {
                snprintf(body, sizeof(body), "%.*s", (int)event.length,
                         event.data);
                v8pool_chunk_free(event.data);
            }
            if (event.kind == V8POOL_HEAD) {
                size_t n;

                for (n = 0; n < event.header_count; n++) {
                    if (strcmp(event.headers[n].name, "cache-tag") == 0) {
                        snprintf(tag, sizeof(tag), "%s",
                                 event.headers[n].value);
                    }
                }
            }
        } while (event.kind != V8POOL_END);
        snprintf(wanted, sizeof(wanted), "%d nonce-%d", i, i);
        right += strcmp(body, wanted) == 0;
        snprintf(wanted, sizeof(wanted), "t%d", i);
        right += strcmp(tag, wanted) == 0;
        v8pool_job_release(&jobs[i]);
    }
    IS_INT(right, 2 * RENDERS);
    v8pool_destroy(&pool);
}

static void test_bodies_in_pieces(void)
{
    struct fixture f;

    open_fixture(&f, 1);
    IS_STR(get(&f, "/stream"), "1 two 3 ");
    IS_STR(reply_header(&f.reply, "content-type"), "text/html; charset=utf-8");
    IS_STR(get(&f, "/iterable"), "ab");
    IS_STR(get(&f, "/response"), "");
    IS_INT(f.reply.answer.status, 201);
    IS_STR(reply_header(&f.reply, "x-a"), "1");
    IS_STR(reply_header(&f.reply, "content-type"), "text/plain");
    IS_STR(get(&f, "/body"), "");
    IS_INT(f.reply.answer.status, 203);
    IS_STR(get(&f, "/array"), "bytes");
    get(&f, "/large");
    IS_INT(f.reply.answer.length, 2000000);
    close_fixture(&f);
}

static void test_bodies_that_fail(void)
{
    struct fixture f;

    open_fixture(&f, 1);
    OK(strstr(get(&f, "/wrong"), "a string or bytes") != NULL);
    IS_STATUS(f.reply.status, V8POOL_E_ANSWER);
    IS_STR(get(&f, "/breaks"), "Error: half-way");
    IS_STATUS(f.reply.status, V8POOL_E_SCRIPT);
    get(&f, "/endless");
    IS_STATUS(f.reply.status, V8POOL_E_TOO_LARGE);
    IS_STR(get(&f, "/sleep/1"), "slept 1");
    close_fixture(&f);
}

/* The reader leaves: the render does, too. */
static void test_streaming_ends_with_its_reader(void)
{
    struct fixture f;
    v8pool_event event;
    v8pool_job *job;

    open_fixture(&f, 1);
    job = submit(f.pool, f.bundle, "/large", WAIT_MS);
    v8pool_job_next(job, &event);
    IS_INT(event.kind, V8POOL_HEAD);
    IS_STR(get(&f, "/sleep/1"), "slept 1"); /* it waits for its reader */
    OK(WAIT_UNTIL(pool_stats(f.pool).running == 1));
    v8pool_job_release(&job);
    OK(WAIT_UNTIL(pool_stats(f.pool).running == 0));
    close_fixture(&f);
}

static void test_wait_until(void)
{
    struct fixture f;

    open_fixture(&f, 1);
    IS_STR(get(&f, "/until"), "early");
    OK(WAIT_UNTIL(pool_stats(f.pool).running == 0));
    IS_STR(get(&f, "/log"), "after");
    IS_STR(get(&f, "/fails"), "x");
    OK(WAIT_UNTIL(pool_stats(f.pool).running == 0));
    close_fixture(&f);
}

TAP_MAIN(RUN(test_timers_in_order), RUN(test_timers_go_with_their_render),
         RUN(test_busy_render_starves_nobody),
         RUN(test_no_timers_at_load), RUN(test_errors_in_timers_are_logged),
         RUN(test_hung_is_known_at_once),
         RUN(test_deadline_while_waiting_keeps_the_context),
         RUN(test_runaway_timer_is_ended), RUN(test_shared_promises),
         RUN(test_thousand_interleaved_renders_keep_apart),
         RUN(test_bodies_in_pieces), RUN(test_bodies_that_fail),
         RUN(test_streaming_ends_with_its_reader), RUN(test_wait_until))
