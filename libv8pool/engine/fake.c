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
 *   /late-N, /then-N  renders N us, then answers, terminated or not; in turn 2
 *   /stream-N         N chunks of 1000 bytes
 *   /throw, /heap, /decline, /log-N
 *   /leak-N           the heap holds N MiB more from then on
 *   /litter-N         a full collection leaves N MiB that the next one frees
 *   /task, /task-N    leaves a task: runs until terminated, or sleeps N ms
 *   /no-isolates      none is made until /load-good
 *   /renders          the body is how often this context has rendered
 *   /contexts         the body is how many contexts the program has
 *   /wait-N, /after-N answers after N ms; at once, and goes on for N ms
 *   /hung, /never     waits for what never comes; the first one says so
 *   /room-N           N chunks of 1000 bytes, each when there is room
 *   /share-N          takes N turns; the body is how many turns its isolate had
 *                     meanwhile
 *   /waiting          the body is how many runs the isolate has
 *   /body             the body is how many bytes that of the request has, and
 *                     how it ended, as in "5 ok", "5 ERR_BODY_CUT"
 *   /signal...        see fake_signal.c
 *   else              the URL as body
 *
 * A termination that nobody took back ends the next call, as in V8 (a2).
 */
#include "fake.h"

#include "../clock.h"
#include "../error.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MIB ((size_t)1024 * 1024)

/* The same for all pools of the program, as memory is. */
static atomic_int load_bad, load_heap, load_waits, no_isolates, contexts;

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
    v8e_context *own = *context;

    check_owner(own->owner);
    *context = NULL;
    own->is_retired = 1;
    if (own->runs == 0) {
        atomic_fetch_sub(&contexts, 1);
        free(own);
    }
}

static v8pool_status send(const v8e_sink *sink, const char *text, size_t length)
{
    char *copy = malloc(length + 1);

    if (copy == NULL) {
        return V8POOL_E_MEMORY;
    }
    memcpy(copy, text, length);
    return sink->chunk(sink->baton, copy, length) == 0
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
        status = send(sink, text, sizeof(text));
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
        isolate->task = n < 0 ? -n : 1; /* the hyphen counts as a sign */
    }
    if (starts(url, "/load-", &n) || starts(url, "/no-isolates", &n)) {
        set_loading(url);
    }
}

static v8pool_status send_number(const v8e_sink *sink, int number)
{
    char text[16];

    return send(sink, text, (size_t)sprintf(text, "%d", number));
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
    if (sink->head(sink->baton, 200, &type, 1, 0) != 0) {
        return V8POOL_E_CANCELLED;
    }
    if (starts(url, "/stream-", &n)) {
        return stream(context->owner, sink, n);
    }
    if (starts(url, "/renders", &n)) {
        return send_number(sink, context->renders);
    }
    if (starts(url, "/waiting", &n)) {
        return send_number(sink, context->owner->runs);
    }
    if (starts(url, "/contexts", &n)) {
        return send_number(sink, atomic_load(&contexts));
    }
    return send(sink, url, strlen(url));
}

/* --- runs ----------------------------------------------------------------------------- */

v8e_run *v8e_run_create(v8e_context *context, const v8pool_request *request,
                        const v8e_sink *sink)
{
    v8e_run *run = calloc(1, sizeof(*run));

    check_owner(context->owner);
    if (run != NULL) {
        run->context = context;
        run->request = request;
        run->sink = sink;
        context->runs++;
        context->owner->runs++;
    }
    return run;
}

void v8e_run_destroy(v8e_run **run)
{
    v8e_context *context = (*run)->context;

    check_owner(context->owner);
    free(*run);
    *run = NULL;
    context->owner->runs--;
    if (--context->runs == 0 && context->is_retired) {
        v8e_context_destroy(&context);
    }
}

/* Whether it only waits for now; else it is to be answered. */
static int begins_to_wait(v8e_run *run)
{
    const char *url = run->request->url;
    long n = 0;

    run->wakes_us = starts(url, "/then-", &n) ? 0 : UINT64_MAX;
    if (starts(url, "/wait-", &n)) {
        run->wakes_us = v8p_after_ms(v8p_now_us(), (uint32_t)n);
        run->stage = FAKE_WAITS;
    }
    if (run->wakes_us == 0 || strcmp(url, "/never") == 0) {
        run->stage = FAKE_WAITS;
    }
    if (starts(url, "/share-", &run->left)) {
        run->stage = FAKE_SHARES;
        run->wakes_us = 0;
        run->first_turn = run->context->owner->turns;
    }
    if (starts(url, "/body", &n)) {
        run->stage = FAKE_READS;
    }
    if (starts(url, "/room-", &run->left)) {
        run->stage = FAKE_SENDS;
    }
    return run->stage != FAKE_NEW && run->stage != FAKE_SENDS;
}

static v8pool_status render_now(v8e_run *run, v8pool_error *err)
{
    v8e_isolate *isolate = run->context->owner;
    const char *url = run->request->url;
    long n = 0;

    if (starts(url, "/spin", &n)) {
        spin(isolate);
    }
    if (starts(url, "/deaf-", &n)) {
        spin_us((uint64_t)n * 1000);
    }
    if (starts(url, "/late-", &n) || starts(url, "/then-", &n)) {
        spin_us((uint64_t)n);
    }
    else if (atomic_load(&isolate->terminate)) {
        return v8p_error_set(err, V8POOL_E_TIMEOUT, "terminated");
    }
    if (strcmp(url, "/hung") == 0) {
        return v8p_error_set(err, V8POOL_E_HUNG, "hung");
    }
    return answer(run->context, url, run->sink, err);
}

/* A chunk a turn; the head came with the first one. */
static v8e_state send_on(v8e_run *run, v8pool_status *status)
{
    char text[1000];

    memset(text, 'x', sizeof(text));
    *status = send(run->sink, text, sizeof(text));
    run->has_room = run->sink->room(run->sink->baton);
    return *status != V8POOL_OK || --run->left == 0 ? V8E_ENDED : V8E_WAITS;
}

static v8e_state first_turn(v8e_run *run, v8pool_status *status,
                            v8pool_error *err)
{
    long n = 0;

    run->context->renders++;
    if (begins_to_wait(run)) {
        return V8E_WAITS;
    }
    if (run->stage == FAKE_SENDS) {
        *status = run->sink->head(run->sink->baton, 200, NULL, 0, 1) == 0
                      ? V8POOL_OK
                      : V8POOL_E_CANCELLED;
        return *status == V8POOL_OK ? send_on(run, status) : V8E_ENDED;
    }
    *status = render_now(run, err);
    if (*status == V8POOL_OK && starts(run->request->url, "/after-", &n)) {
        run->wakes_us = v8p_after_ms(v8p_now_us(), (uint32_t)n);
        run->stage = FAKE_AFTER;
        return V8E_ANSWERED;
    }
    return V8E_ENDED;
}

v8e_state v8e_run_turn(v8e_run *run, v8pool_status *status,
                       v8pool_timing *timing, v8pool_error *err)
{
    check_owner(run->context->owner);
    timing->call_us = timing->output_us = 1;
    timing->gc_us = 0;
    *status = V8POOL_OK;
    run->context->owner->turns++;
    if (fake_listens(run)) {
        return fake_signal(run, status, err);
    }
    switch (run->stage) {
    case FAKE_NEW:
        return first_turn(run, status, err);
    case FAKE_SENDS:
        return send_on(run, status);
    case FAKE_READS:
        return fake_read(run, status);
    case FAKE_SHARES:
        return fake_share(run, status);
    case FAKE_AFTER:
        return V8E_ENDED;
    case FAKE_WAITS:
        break;
    }
    *status = render_now(run, err);
    return V8E_ENDED;
}

uint64_t v8e_run_wakes_us(v8e_run *run)
{
    check_owner(run->context->owner);
    if (run->stage == FAKE_SENDS) {
        return run->has_room ? 0 : UINT64_MAX;
    }
    if (run->stage == FAKE_READS) {
        return run->has_piece ? 0 : UINT64_MAX;
    }
    return run->wakes_us <= v8p_now_us() ? 0 : run->wakes_us;
}

void v8e_run_room(v8e_run *run)
{
    run->has_room = 1;
}

uint64_t v8e_isolate_idle(v8e_isolate *isolate)
{
    check_owner(isolate);
    if (isolate->task == 1) {
        spin(isolate);
    }
    for (; isolate->task > 1; isolate->task--) {
        nanosleep(&(struct timespec){0, 1000000}, NULL);
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
