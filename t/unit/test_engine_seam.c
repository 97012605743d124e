/* SPDX-License-Identifier: Apache-2.0
 *
 * test_engine_seam.c: engine.h's own promises, without the pool that would
 * repair what breaks (v8-rules a2, a6).  The test is the isolate's thread.
 */
#include "fixture.h"

#include "engine/run.h"

#include <stdlib.h>

struct seen {
    char body[256];
    char log[1024];
    int status;
};

struct fixture {
    v8e_isolate *isolate;
    struct seen seen;
    v8e_sink sink;
};

static int take_head(void *baton, int status, const v8pool_header *headers,
                     size_t count, int streamed)
{
    (void)streamed;
    struct seen *seen = baton;

    (void)headers, (void)count;
    seen->status = status;
    return 0;
}

static int take_chunk(void *baton, char *data, size_t length)
{
    struct seen *seen = baton;

    strncat(seen->body, data, length < 200 ? length : 200);
    free(data);
    return 0;
}

static int has_room(void *baton)
{
    (void)baton;
    return 1;
}

static void take_log(void *baton, v8pool_log_level level, const char *text,
                     size_t length)
{
    struct seen *seen = baton;

    (void)level;
    if (strlen(seen->log) + length + 2 < sizeof(seen->log)) {
        strncat(seen->log, text, length);
        strcat(seen->log, ";");
    }
}

static void open_fixture(struct fixture *f)
{
    v8e_limits limits = {(size_t)32 << 20, (size_t)8 << 20, 0, NULL, 0};
    v8pool_error err;

    memset(f, 0, sizeof(*f));
    f->sink = (v8e_sink){&f->seen, take_head, take_chunk, has_room, take_log, NULL};
    IS_STATUS(v8e_platform_start(&err), V8POOL_OK);
    f->isolate = v8e_isolate_create(&limits, &err);
}

static v8e_context *context_of(struct fixture *f, const char *source)
{
    v8e_script script = {"b", source, strlen(source), "b.js", NULL, 0,
                         NULL, 0, 0};
    v8pool_error err;
    v8e_context *context =
        v8e_context_create(f->isolate, &script, &f->sink, &err);

    OK(context != NULL);
    return context;
}

static v8pool_status render(struct fixture *f, v8e_context *context,
                            const char *url)
{
    v8pool_request request;
    v8pool_timing timing;
    v8pool_error err;

    v8pool_request_init(&request);
    request.url = url;
    memset(&f->seen, 0, sizeof(f->seen));
    err.source[0] = '\0';
    return v8e_render(context, &request, &f->sink, &timing, &err);
}

static const char source[] =
    "globalThis.renderPage = (url) => {\n"
    "  if (url === '/leave') {\n"
    "    Promise.resolve().then(() => console.log('left'));\n"
    "    for (;;);\n"
    "  }\n"
    "  if (url === '/loop') for (;;);\n"
    "  for (let i = 0; i < 1e6; i++);\n"
    "  return url; };";

/* Asked for while nothing runs, once (an interrupt) or more often (V8's own
 * termination), and taken back: the next call is whole. */
static void test_seam_termination_taken_back_hits_nobody(void)
{
    struct fixture f;
    v8e_context *context;
    int times, i;

    open_fixture(&f);
    context = context_of(&f, source);
    for (times = 1; times <= 12; times++) {
        for (i = 0; i < times; i++) {
            v8e_terminate(f.isolate);
        }
        v8e_terminate_cancel(f.isolate);
        IS_STATUS(render(&f, context, "/a"), V8POOL_OK);
        IS_STR(f.seen.body, "/a");
    }
    v8e_context_destroy(&context);
    v8e_isolate_destroy(&f.isolate);
}

/* The same, and the next call is a load. */
static void test_seam_termination_taken_back_hits_no_load(void)
{
    struct fixture f;
    v8e_context *context;

    open_fixture(&f);
    v8e_terminate(f.isolate);
    v8e_terminate_cancel(f.isolate);
    context = context_of(&f, source);
    v8e_context_destroy(&context);
    v8e_isolate_destroy(&f.isolate);
}

/* Asked for before the script begins: it is not lost.  (A script that is over
 * before V8 looks may end well.) */
static void test_seam_termination_asked_early_ends_call(void)
{
    struct fixture f;
    v8e_context *context;

    open_fixture(&f);
    context = context_of(&f, source);
    v8e_terminate(f.isolate);
    IS_STATUS(render(&f, context, "/loop"), V8POOL_E_TIMEOUT);
    v8e_terminate_cancel(f.isolate);
    IS_STATUS(render(&f, context, "/a"), V8POOL_OK);
    v8e_context_destroy(&context);
    v8e_isolate_destroy(&f.isolate);
}

struct ender {
    pthread_t thread;
    v8e_isolate *isolate;
};

static void *ender_main(void *arg)
{
    struct ender *e = arg;

    usleep(50000);
    v8e_terminate(e->isolate);
    return NULL;
}

/* The dropped context's microtask runs neither in another context's call nor
 * while the isolate is idle. */
static void test_seam_dropped_context_takes_its_microtasks_along(void)
{
    struct fixture f;
    struct ender ender;
    v8e_context *leaves, *other;

    open_fixture(&f);
    leaves = context_of(&f, source);
    other = context_of(&f, source);
    ender.isolate = f.isolate;
    pthread_create(&ender.thread, NULL, ender_main, &ender);
    IS_STATUS(render(&f, leaves, "/leave"), V8POOL_E_TIMEOUT);
    IS_STR(f.seen.log, "");
    pthread_join(ender.thread, NULL);
    v8e_terminate_cancel(f.isolate);
    v8e_context_destroy(&leaves);
    OK(leaves == NULL);
    v8e_isolate_idle(f.isolate);
    IS_STATUS(render(&f, other, "/b"), V8POOL_OK);
    IS_STR(f.seen.body, "/b");
    IS_STR(f.seen.log, "");
    v8e_context_destroy(&other);
    v8e_isolate_destroy(&f.isolate);
}

/* A listener that has left ends the render, whatever it returned. */
static int refuse_head(void *baton, int status, const v8pool_header *headers,
                       size_t count, int streamed)
{
    (void)streamed;
    (void)baton, (void)status, (void)headers, (void)count;
    return 1;
}

static void test_seam_listener_gone_cancelled(void)
{
    struct fixture f;
    v8e_context *context;

    open_fixture(&f);
    context = context_of(&f, source);
    f.sink.head = refuse_head;
    IS_STATUS(render(&f, context, "/a"), V8POOL_E_CANCELLED);
    IS_STR(f.seen.body, "");
    v8e_context_destroy(&context);
    v8e_isolate_destroy(&f.isolate);
}

/* "Destroys the contexts that are left" is the isolate's part; the test frees
 * the handles' owners, as the pool does. */
static void test_seam_isolates_made_and_destroyed(void)
{
    int i;

    for (i = 0; i < 20; i++) {
        struct fixture f;
        v8e_context *context;
        v8e_usage usage = {0, 0};

        open_fixture(&f);
        context = context_of(&f, source);
        IS_STATUS(render(&f, context, "/a"), V8POOL_OK);
        v8e_isolate_usage(f.isolate, &usage);
        OK(usage.heap_used_bytes > 100000);
        v8e_isolate_collect(f.isolate);
        v8e_isolate_usage(f.isolate, &usage);
        OK(usage.heap_live_bytes > 100000);
        v8e_context_destroy(&context);
        v8e_isolate_destroy(&f.isolate);
        OK(f.isolate == NULL);
    }
}

TAP_MAIN(RUN(test_seam_termination_taken_back_hits_nobody),
         RUN(test_seam_termination_taken_back_hits_no_load),
         RUN(test_seam_termination_asked_early_ends_call),
         RUN(test_seam_dropped_context_takes_its_microtasks_along),
         RUN(test_seam_listener_gone_cancelled),
         RUN(test_seam_isolates_made_and_destroyed))
