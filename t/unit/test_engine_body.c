/* SPDX-License-Identifier: Apache-2.0
 *
 * test_engine_body.c: a request's body that comes in pieces, as a bundle reads
 * it: whose time that is, and with built-ins that the bundle has changed.
 */
#include "fixture.h"

#include <stdio.h>

/* Paths are /NAME. */
static const char source[] =
    "const sleep = (ms) => new Promise((r) => setTimeout(r, ms));\n"
    "const read = async (r) => `read ${(await r.text()).length}`;\n"
    "const pages = {\n"
    "  read, plain: () => 'plain',\n"
    "  beside: async (r) => { sleep(1e8); return read(r); },\n"
    "  never: () => new Promise(() => {}),\n"
    "  rest: async (r) => { await r.body.getReader().read();"
    " return new Promise(() => {}); },\n"
    "  error: (r) => r.text().catch((e) => `${e.name} ${e.code}: "
    "${e.message}`),\n"
    "  text: (r, env, ctx) => `${Object.keys(ctx.request)} ${(() => { try {"
    " return ctx.request.body; } catch (e) { return e.name; } })()}`,\n"
    "  throws: async (r) => { await r.text(); throw new Error('x'); },\n"
    "};\n"
    "const changes = {\n"
    "  stream: () => { ReadableStream = class { constructor() { throw new"
    " Error('changed'); } }; },\n"
    "  other: () => { ReadableStream = class { constructor(s) { s.start({});"
    " s.pull(); s.cancel(); s.cancel(); s.pull(); } }; },\n"
    "  request: () => { Request = function (url, init) { return new"
    " Response(init.body); }; },\n"
    "  none: () => { Request = undefined; },\n"
    "  iterator: () => { Array.prototype[Symbol.iterator] = () => { throw 1; };"
    " Object.prototype.pull = 1; Object.prototype.type = 'x'; },\n"
    "  then: () => { Promise.prototype.then = () => 1; },\n"
    "  bytes: () => { Object.defineProperty(Object.getPrototypeOf("
    "Uint8Array.prototype), 'byteLength', { get: () => 1e9 }); },\n"
    "};\n"
    "export default { fetch(r, env, ctx) {\n"
    "  const name = ctx.request.url.split('/').pop();\n"
    "  if (changes[name] !== undefined) { changes[name](); return new"
    " Response('changed'); }\n"
    "  return Promise.resolve(pages[name](r, env, ctx)).then((text) => new"
    " Response(text)); } };\n"
    "export const renderError = async (error, r) => new Response(`sorry "
    "${r.body}`);\n";

/* To the end; releases it.  What came of the body is in text. */
static v8pool_status take(v8pool_job **job, char *text, size_t size)
{
    v8pool_event event;
    v8pool_status result;

    *text = '\0';
    do {
        v8pool_job_next(*job, &event);
        if (event.kind == V8POOL_CHUNK) {
            snprintf(text, size, "%.*s", (int)event.length, event.data);
            v8pool_chunk_free(event.data);
        }
    } while (event.kind != V8POOL_END);
    result = event.result;
    v8pool_job_release(job);
    return result;
}

/* The same, with a body that is there from the beginning. */
static v8pool_status ask(v8pool *pool, v8pool_bundle *bundle, const char *url,
                         v8pool_body_end how, char *text, size_t size)
{
    v8pool_job *job = upload(pool, bundle, url, WAIT_MS);

    v8pool_job_body(job, "hello", 5);
    v8pool_job_body_end(job, how);
    return take(&job, text, size);
}

static void test_body_wait_is_not_the_renders_time(void)
{
    v8pool *pool = pool_of(1);
    v8pool_bundle *bundle = bundle_of(pool, "b", source);
    v8pool_job *job = upload(pool, bundle, "/read", 2000);
    v8pool_event event;
    char text[256];

    OK(v8pool_job_body(job, "hello", 5));
    OK(!v8pool_job_wait(job, &event, 3300)); /* more than an asker would */
    OK(renders(pool, bundle, "/plain", "plain"));
    OK(v8pool_job_body(job, " again", 6));
    v8pool_job_body_end(job, V8POOL_BODY_WHOLE);
    IS_STATUS(take(&job, text, sizeof(text)), V8POOL_OK);
    IS_STR(text, "read 11");
    v8pool_destroy(&pool);
}

static void test_body_wait_beside_others_is(void)
{
    v8pool *pool = pool_of(1);
    v8pool_job *job =
        upload(pool, bundle_of(pool, "b", source), "/beside", 300);
    char text[256];

    IS_STATUS(take(&job, text, sizeof(text)), V8POOL_E_TIMEOUT);
    v8pool_destroy(&pool);
}

static void test_body_that_is_not_read_holds_nobody(void)
{
    v8pool *pool = pool_of(1);
    v8pool_bundle *bundle = bundle_of(pool, "b", source);
    v8pool_job *job = upload(pool, bundle, "/never", WAIT_MS);
    char text[256];

    OK(v8pool_job_body(job, "hello", 5));
    IS_STATUS(take(&job, text, sizeof(text)), V8POOL_E_HUNG);
    job = upload(pool, bundle, "/rest", WAIT_MS);
    OK(v8pool_job_body(job, "hello", 5));
    IS_STATUS(take(&job, text, sizeof(text)), V8POOL_E_HUNG);
    v8pool_destroy(&pool);
}

static void test_body_errors_are_told(void)
{
    v8pool *pool = pool_of(1);
    v8pool_bundle *bundle = bundle_of(pool, "b", source);
    char text[256];

    IS_STATUS(ask(pool, bundle, "/error", V8POOL_BODY_CUT, text, sizeof(text)),
              V8POOL_OK);
    IS_STR(text,
           "TypeError ERR_BODY_CUT: the request's body broke off");
    IS_STATUS(ask(pool, bundle, "/error", V8POOL_BODY_TOO_LARGE, text,
                  sizeof(text)),
              V8POOL_OK);
    IS_STR(text, "TypeError ERR_BODY_TOO_LARGE: the request's body is longer "
                 "than allowed");
    IS_STATUS(ask(pool, bundle, "/text", V8POOL_BODY_WHOLE, text, sizeof(text)),
              V8POOL_OK);
    IS_STR(text, "method,url,headers TypeError");
    IS_STATUS(ask(pool, bundle, "/throws", V8POOL_BODY_WHOLE, text,
                  sizeof(text)),
              V8POOL_E_BOUNDARY);
    IS_STR(text, "sorry null");
    v8pool_destroy(&pool);
}

/* Whatever comes of that: an answer or an error, and another context is well. */
static void test_body_with_changed_built_ins_harms_nobody(void)
{
    static const char *const names[] = {"/stream", "/other", "/request",
                                        "/none",   "/iterator", "/then",
                                        "/bytes"};
    size_t i;

    for (i = 0; i < sizeof(names) / sizeof(*names); i++) {
        v8pool *pool = pool_of(1);
        v8pool_bundle *changed = bundle_of(pool, "changed", source);
        v8pool_bundle *bundle = bundle_of(pool, "b", source);
        char text[256];

        (void)renders(pool, changed, names[i], NULL);
        (void)ask(pool, changed, "/read", V8POOL_BODY_WHOLE, text,
                  sizeof(text));
        IS_STATUS(ask(pool, bundle, "/read", V8POOL_BODY_WHOLE, text,
                      sizeof(text)),
                  V8POOL_OK);
        IS_STR(text, "read 5");
        v8pool_destroy(&pool);
    }
}

TAP_MAIN(RUN(test_body_wait_is_not_the_renders_time),
         RUN(test_body_wait_beside_others_is),
         RUN(test_body_that_is_not_read_holds_nobody),
         RUN(test_body_errors_are_told),
         RUN(test_body_with_changed_built_ins_harms_nobody))
