/* SPDX-License-Identifier: Apache-2.0
 *
 * test_engine_ctx.c: what a bundle asks of its embedder, and what it says of its
 * page, through ctx.
 */
#include "fixture.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

static const char source[] =
    "const parts = {\n"
    "  nonce: (c) => String(c.nonce),\n"
    "  twice: (c) => c.cache === c.cache,\n"
    "  invalidate: (c) => { c.cache.invalidate({ tags: ['a', 'b'], path: '/p',"
    " soft: true }); return 'done'; },\n"
    "  throws: (c) => { try { return c.nonce; } catch (e) {"
    " return `${e instanceof TypeError} ${e.message}`; } },\n"
    "  fragment: (c) => c.cache.fragment('k', { maxAge: 5 }, () => 'made'),\n"
    "  nul: (c) => c.cache.fragment('a\\0b', {}, () => 'made'),\n"
    "  keep: (c) => { globalThis.kept = c; return 'kept'; },\n"
    "  kept: () => { try { return kept.nonce; } catch (e) {"
    " return e.message; } },\n"
    "  set: (c) => { c.cache.set({ maxAge: 1.9, swr: 2, staleIfError: 3,"
    " tags: ['t', 'u'], vary: ['A', 'B'] }); return 'x'; },\n"
    "  own: (c) => { c.cache.set({ maxAge: 1, private: true });"
    " return { html: 'x', headers: { 'Cache-Control': 'max-age=9',"
    " 'CDN-Cache-Control': 'max-age=8' } }; },\n"
    "  load: () => loaded,\n"
    "};\n"
    "let loaded = typeof host + typeof Ctx;\n"
    "globalThis.renderPage = (url, ctx) => String(parts[url.slice(1)](ctx));\n"
    "globalThis.renderPage = ((old) => (url, ctx) => url === '/own'"
    " ? parts.own(ctx) : old(url, ctx))(globalThis.renderPage);\n";

struct embedder {
    atomic_int released;
    char seen[256];           /* the last call: name and arguments */
    v8pool_status status;     /* what it gives */
    const char *answer;       /* likewise; NULL = undefined */
};

static v8pool_status call(void *baton, const char *name,
                          const v8pool_text *args, size_t count,
                          v8pool_text *result, v8pool_error *err)
{
    struct embedder *e = baton;
    size_t i, n = (size_t)snprintf(e->seen, sizeof(e->seen), "%s", name);

    for (i = 0; i < count; i++) {
        n += (size_t)snprintf(e->seen + n, sizeof(e->seen) - n, " %zu:%.*s",
                              args[i].length, (int)args[i].length,
                              args[i].data);
    }
    if (e->answer != NULL) {
        result->data = strdup(e->answer);
        result->length = strlen(e->answer);
    }
    snprintf(err->message, sizeof(err->message), "not today");
    return e->status;
}

static void release(void *baton)
{
    struct embedder *e = baton;

    atomic_fetch_add(&e->released, 1);
}

struct fixture {
    v8pool *pool;
    v8pool_bundle *bundle;
    v8pool_request request;
    struct embedder embedder;
    char body[512];
};

static void open_fixture(struct fixture *f)
{
    memset(f, 0, sizeof(*f));
    f->pool = pool_of(1);
    f->bundle = bundle_of(f->pool, "shop", source);
    v8pool_request_init(&f->request);
    f->request.queue_ms = f->request.timeout_ms = WAIT_MS;
    f->request.host = (v8pool_host){call, release, &f->embedder};
}

static const char *ask(struct fixture *f, const char *url)
{
    struct reply reply;

    f->request.url = url;
    reply_send(&reply, f->pool, f->bundle, &f->request);
    snprintf(f->body, sizeof(f->body), "%s",
             reply.status == V8POOL_OK ? reply_body(&reply)
                                       : reply.error.message);
    reply_clear(&reply);
    return f->body;
}

static void test_calls_reach_the_embedder(void)
{
    struct fixture f;

    open_fixture(&f);
    IS_STR(ask(&f, "/nonce"), "undefined");
    IS_STR(f.embedder.seen, "nonce");
    f.embedder.answer = "4711";
    IS_STR(ask(&f, "/nonce"), "4711");
    f.embedder.answer = NULL;
    IS_STR(ask(&f, "/invalidate"), "done");
    IS_STR(f.embedder.seen, "cache.invalidate 1:1 2:ta 2:tb 3:p/p");
    IS_STR(ask(&f, "/nul"), "made");
    IS_STR(f.embedder.seen, "fragment.put 3:a 0: 0: 0: 6:stmade"); /* 3 bytes */
    v8pool_destroy(&f.pool);
}

static void test_an_answer_is_used(void)
{
    struct fixture f;

    open_fixture(&f);
    IS_STR(ask(&f, "/fragment"), "made");
    IS_STR(f.embedder.seen, "fragment.put 1:k 0: 1:5 0: 6:stmade");
    f.embedder.answer = "fstkept";
    IS_STR(ask(&f, "/fragment"), "kept");
    v8pool_destroy(&f.pool);
}

static void test_errors_are_thrown(void)
{
    struct fixture f;

    open_fixture(&f);
    f.embedder.status = V8POOL_E_ENGINE;
    IS_STR(ask(&f, "/throws"), "false not today");
    f.embedder.status = V8POOL_E_ARG;
    IS_STR(ask(&f, "/throws"), "true not today");
    v8pool_destroy(&f.pool);
}

static void test_no_embedder_no_answer(void)
{
    struct fixture f;

    open_fixture(&f);
    f.request.host = (v8pool_host){NULL, NULL, NULL};
    IS_STR(ask(&f, "/nonce"), "undefined");
    IS_STR(ask(&f, "/fragment"), "made");
    IS_STR(ask(&f, "/invalidate"), "done");
    v8pool_destroy(&f.pool);
}

static void test_ctx_of_an_ended_render_refuses(void)
{
    struct fixture f;

    open_fixture(&f);
    IS_STR(ask(&f, "/keep"), "kept");
    f.embedder.seen[0] = '\0';
    IS_STR(ask(&f, "/kept"), "the render that this ctx belongs to has ended");
    IS_STR(f.embedder.seen, "");
    v8pool_destroy(&f.pool);
}

static void test_embedder_released_once(void)
{
    struct fixture f;
    v8pool_job *job;

    open_fixture(&f);
    ask(&f, "/nonce");
    OK(WAIT_UNTIL(atomic_load(&f.embedder.released) == 1));
    f.request.method = NULL;
    IS_STATUS(v8pool_submit(f.pool, f.bundle, &f.request, &job), V8POOL_E_ARG);
    IS_INT(atomic_load(&f.embedder.released), 2);
    f.request.method = "GET";
    IS_STATUS(v8pool_stop(f.pool, 0), V8POOL_OK);
    IS_STATUS(v8pool_submit(f.pool, f.bundle, &f.request, &job),
              V8POOL_E_STOPPED);
    IS_INT(atomic_load(&f.embedder.released), 3);
    v8pool_destroy(&f.pool);
    IS_INT(atomic_load(&f.embedder.released), 3);
}

static void test_cache_set_becomes_fields(void)
{
    struct fixture f;
    struct reply reply;

    open_fixture(&f);
    f.request.url = "/set";
    reply_send(&reply, f.pool, f.bundle, &f.request);
    IS_STR(reply_header(&reply, "cdn-cache-control"),
           "max-age=1, stale-while-revalidate=2, stale-if-error=3");
    IS_STR(reply_header(&reply, "cache-tag"), "t,u");
    IS_STR(reply_header(&reply, "vary"), "A, B");
    reply_clear(&reply);
    f.request.url = "/own";
    reply_send(&reply, f.pool, f.bundle, &f.request);
    IS_STR(reply_header(&reply, "cdn-cache-control"), "private, max-age=1");
    IS_STR(reply_header(&reply, "cache-control"), "max-age=9");
    reply_clear(&reply);
    v8pool_destroy(&f.pool);
}

/* Neither the native function nor the class is a global. */
static void test_bundle_sees_nothing_else(void)
{
    struct fixture f;

    open_fixture(&f);
    IS_STR(ask(&f, "/load"), "undefinedundefined");
    IS_STR(ask(&f, "/twice"), "true");
    v8pool_destroy(&f.pool);
}

TAP_MAIN(RUN(test_calls_reach_the_embedder), RUN(test_an_answer_is_used),
         RUN(test_errors_are_thrown), RUN(test_no_embedder_no_answer),
         RUN(test_ctx_of_an_ended_render_refuses),
         RUN(test_embedder_released_once), RUN(test_cache_set_becomes_fields),
         RUN(test_bundle_sees_nothing_else))
