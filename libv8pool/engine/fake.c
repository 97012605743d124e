/* SPDX-License-Identifier: Apache-2.0
 *
 * fake.c: an engine without V8 behind the same seam, so that the queue, the
 * deadlines and the shutdown of the pool run under ThreadSanitizer, which
 * cannot look into V8.  A "script" is one word, a request's URL another:
 *
 *   script "bad"      does not load
 *   script "slow"     loads until terminated
 *   script "loadmem"  hits the heap limit while loading
 *   script "large"    holds 200 MiB of heap
 *   script "fragile"  loads; after /load-bad it does not, after /load-heap it
 *                     hits the heap limit, after /load-wait it waits: until
 *                     /load-good, in any isolate
 *   /spin             renders until terminated
 *   /deaf-N           ignores termination for N ms
 *   /late-N           renders N us, then answers, terminated or not
 *   /stream-N         N chunks of 1000 bytes
 *   /throw, /heap, /decline, /log-N
 *   /leak-N           the heap holds N MiB more from then on
 *   /litter-N         a full collection leaves N MiB that the next one frees
 *   /task             leaves a task that runs until terminated
 *   /nap-N            leaves a task that sleeps N ms
 *   /no-isolates      none can be made until /load-good
 *   /renders          the body is how often this context has rendered
 *   /contexts         the body is how many contexts the program has
 *   else              the URL as body
 *
 * A termination that nobody took back ends the next call, as in V8 (a2).
 */
#include "engine.h"

#include "../clock.h"
#include "../error.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The same for all pools of the program, as memory is. */
static atomic_int load_bad, load_heap, load_waits, no_isolates, contexts;

struct v8e_isolate {
    atomic_int terminate;
    size_t held_bytes;
    size_t live_bytes; /* after the last full collection */
    int has_task;
    long nap_ms;       /* that its task sleeps */
    pthread_t owner;
};

#define MIB ((size_t)1024 * 1024)

struct v8e_context {
    v8e_isolate *owner;
    int renders;
};

const char *v8e_version(void)
{
    return "fake 1";
}

v8pool_status v8e_platform_start(v8pool_error *err)
{
    (void)err;
    return V8POOL_OK;
}

v8e_isolate *v8e_isolate_create(const v8e_limits *limits, v8pool_error *err)
{
    v8e_isolate *isolate =
        atomic_load(&no_isolates) ? NULL : calloc(1, sizeof(*isolate));

    (void)limits;
    if (isolate == NULL) {
        v8p_error_set(err, V8POOL_E_MEMORY, "no memory");
        return NULL;
    }
    isolate->owner = pthread_self();
    return isolate;
}

void v8e_isolate_destroy(v8e_isolate **isolate)
{
    free(*isolate);
    *isolate = NULL;
}

void v8e_terminate(v8e_isolate *isolate)
{
    atomic_store(&isolate->terminate, 1);
}

void v8e_terminate_cancel(v8e_isolate *isolate)
{
    atomic_store(&isolate->terminate, 0);
}

/* Every call comes from the isolate's thread, or the program ends. */
static void check_owner(const v8e_isolate *isolate)
{
    if (!pthread_equal(isolate->owner, pthread_self())) {
        fputs("fake engine: called on a foreign thread\n", stderr);
        abort();
    }
}

static void spin(v8e_isolate *isolate)
{
    while (!atomic_load(&isolate->terminate)) {
        sched_yield();
    }
}

static void spin_us(uint64_t us)
{
    uint64_t until = v8p_now_us() + us;

    while (v8p_now_us() < until) {
        sched_yield();
    }
}

static int is(const v8e_script *script, const char *word)
{
    return script->length == strlen(word) &&
           memcmp(script->source, word, script->length) == 0;
}

static int load_fragile(v8e_isolate *isolate, v8pool_error *err)
{
    while (atomic_load(&load_waits) && !atomic_load(&isolate->terminate)) {
        sched_yield();
    }
    if (atomic_load(&isolate->terminate)) {
        v8p_error_set(err, V8POOL_E_TIMEOUT, "terminated");
        return 0;
    }
    if (atomic_load(&load_bad)) {
        v8p_error_set(err, V8POOL_E_BUNDLE, "broken");
        return 0;
    }
    if (atomic_load(&load_heap)) {
        v8p_error_set(err, V8POOL_E_HEAP, "heap limit");
        return 0;
    }
    return 1;
}

v8e_context *v8e_context_create(v8e_isolate *isolate, const v8e_script *script,
                                const v8e_sink *sink, v8pool_error *err)
{
    v8e_context *context;

    check_owner(isolate);
    sink->log(sink->baton, V8POOL_LOG_INFO, "loading", 7);
    if (is(script, "bad")) {
        v8p_error_set(err, V8POOL_E_BUNDLE, "bad script");
        return NULL;
    }
    if (is(script, "loadmem")) {
        v8p_error_set(err, V8POOL_E_HEAP, "heap limit");
        return NULL;
    }
    if (is(script, "slow")) {
        spin(isolate);
        v8p_error_set(err, V8POOL_E_TIMEOUT, "terminated");
        return NULL;
    }
    if (is(script, "fragile") && !load_fragile(isolate, err)) {
        return NULL;
    }
    if (is(script, "large")) {
        isolate->held_bytes += 200 * MIB;
    }
    context = calloc(1, sizeof(*context));
    if (context != NULL) {
        context->owner = isolate;
        atomic_fetch_add(&contexts, 1);
    }
    return context;
}

void v8e_context_destroy(v8e_context **context)
{
    check_owner((*context)->owner);
    atomic_fetch_sub(&contexts, 1);
    free(*context);
    *context = NULL;
}

static v8pool_status send(const v8e_sink *sink, const char *text, size_t length,
                          int more)
{
    char *copy = malloc(length + 1);

    if (copy == NULL) {
        return V8POOL_E_MEMORY;
    }
    memcpy(copy, text, length);
    return sink->chunk(sink->baton, copy, length, more) == 0
               ? V8POOL_OK
               : V8POOL_E_CANCELLED;
}

static v8pool_status stream(v8e_isolate *isolate, const v8e_sink *sink,
                            long chunks)
{
    char text[1000];
    v8pool_status status = V8POOL_OK;

    memset(text, 'x', sizeof(text));
    while (chunks-- > 0 && status == V8POOL_OK) {
        if (atomic_load(&isolate->terminate)) {
            return V8POOL_E_TIMEOUT;
        }
        status = send(sink, text, sizeof(text), 1);
    }
    return status;
}

static int starts(const char *url, const char *word, long *number)
{
    size_t n = strlen(word);

    if (strncmp(url, word, n) != 0) {
        return 0;
    }
    *number = strtol(url + n, NULL, 10);
    return 1;
}

static void log_lines(const v8e_sink *sink, long count)
{
    while (count-- > 0) {
        sink->log(sink->baton, V8POOL_LOG_WARN, "line", 4);
    }
}

static void set_loading(const char *url)
{
    atomic_store(&load_bad, strcmp(url, "/load-bad") == 0);
    atomic_store(&load_heap, strcmp(url, "/load-heap") == 0);
    atomic_store(&load_waits, strcmp(url, "/load-wait") == 0);
    atomic_store(&no_isolates, strcmp(url, "/no-isolates") == 0);
}

/* What a render leaves behind. */
static void leave_traces(v8e_isolate *isolate, const char *url)
{
    long n = 0;

    if (starts(url, "/leak-", &n)) {
        isolate->held_bytes += (size_t)n * MIB;
        isolate->live_bytes = isolate->held_bytes;
    }
    if (starts(url, "/litter-", &n)) {
        isolate->live_bytes = (size_t)n * MIB;
    }
    if (starts(url, "/task", &n)) {
        isolate->has_task = 1;
    }
    if (starts(url, "/nap-", &n)) {
        isolate->nap_ms = n;
    }
    if (starts(url, "/load-", &n) || starts(url, "/no-isolates", &n)) {
        set_loading(url);
    }
}

static v8pool_status send_number(const v8e_sink *sink, int number)
{
    char text[16];

    return send(sink, text,
                (size_t)snprintf(text, sizeof(text), "%d", number), 0);
}

static v8pool_status answer(const v8e_context *context, const char *url,
                            const v8e_sink *sink, v8pool_error *err)
{
    static const v8pool_header type = {"content-type", "text/plain"};
    long n = 0;

    leave_traces(context->owner, url);
    if (starts(url, "/throw", &n)) {
        return v8p_error_set(err, V8POOL_E_SCRIPT, "thrown");
    }
    if (starts(url, "/heap", &n)) {
        return v8p_error_set(err, V8POOL_E_HEAP, "heap limit");
    }
    if (starts(url, "/decline", &n)) {
        return V8POOL_DECLINED;
    }
    if (starts(url, "/log-", &n)) {
        log_lines(sink, n);
    }
    if (sink->head(sink->baton, 200, &type, 1) != 0) {
        return V8POOL_E_CANCELLED;
    }
    if (starts(url, "/stream-", &n)) {
        return stream(context->owner, sink, n);
    }
    if (starts(url, "/renders", &n)) {
        return send_number(sink, context->renders);
    }
    if (starts(url, "/contexts", &n)) {
        return send_number(sink, atomic_load(&contexts));
    }
    return send(sink, url, strlen(url), 0);
}

v8pool_status v8e_render(v8e_context *context, const v8pool_request *request,
                         const v8e_sink *sink, v8pool_timing *timing,
                         v8pool_error *err)
{
    v8e_isolate *isolate = context->owner;
    long n = 0;

    check_owner(isolate);
    context->renders++;
    timing->call_us = 1;
    timing->output_us = 1;
    timing->gc_us = 0;
    if (starts(request->url, "/spin", &n)) {
        spin(isolate);
    }
    if (starts(request->url, "/deaf-", &n)) {
        spin_us((uint64_t)n * 1000);
    }
    if (starts(request->url, "/late-", &n)) {
        spin_us((uint64_t)n);
    }
    else if (atomic_load(&isolate->terminate)) {
        return v8p_error_set(err, V8POOL_E_TIMEOUT, "terminated");
    }
    return answer(context, request->url, sink, err);
}

uint64_t v8e_isolate_idle(v8e_isolate *isolate)
{
    check_owner(isolate);
    if (isolate->has_task) {
        spin(isolate);
    }
    for (; isolate->nap_ms > 0; isolate->nap_ms--) {
        usleep(1000);
    }
    return 0;
}

void v8e_isolate_usage(v8e_isolate *isolate, v8e_usage *usage)
{
    check_owner(isolate);
    usage->heap_used_bytes = isolate->held_bytes + 1;
    usage->heap_live_bytes = isolate->live_bytes;
}

void v8e_isolate_collect(v8e_isolate *isolate)
{
    check_owner(isolate);
    isolate->live_bytes = isolate->held_bytes;
}
