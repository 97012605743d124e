/* SPDX-License-Identifier: Apache-2.0
 *
 * v8pool.h: the public interface of libv8pool, a pool of V8 isolates that
 * render JavaScript bundles.  Works in any program; knows no HTTP server.
 *
 * Thread:  every function may be called from any thread unless its comment
 *          says otherwise.
 * Process: V8 can neither be forked nor started twice.  Create the first pool
 *          after the last fork() of the process that renders.
 * Signals: the library's threads take none of the process's (v8pool_create()
 *          starts them with all but the synchronous ones blocked), and the
 *          library handles none, unless it is asked to (v8pool_guard.traps).
 * Strings: UTF-8, NUL-terminated, unless a length stands beside them.
 */
#ifndef V8POOL_H
#define V8POOL_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define V8POOL_API __attribute__((visibility("default")))
#define V8POOL_VERSION "0.1.0"

#include "v8pool_fetch.h"
#include "v8pool_guard.h"

/* One list for the enum and v8pool_status_text(). */
#define V8POOL_STATUS_LIST(X)                                                  \
    X(OK, "ok")                                                                \
    X(DECLINED, "the bundle declined the request")                             \
    X(E_ARG, "an argument is out of range")                                    \
    X(E_MEMORY, "the process is out of memory")                                \
    X(E_ENGINE, "V8 could not be started")                                     \
    X(E_STOPPED, "the pool is stopped")                                        \
    X(E_FULL, "the queue is full")                                             \
    X(E_QUEUE_TIMEOUT, "no isolate became free in time")                       \
    X(E_TIMEOUT, "the time limit was reached")                                 \
    X(E_CANCELLED, "the caller gave the render up")                            \
    X(E_HEAP, "the heap limit was reached")                                    \
    X(E_BUNDLE, "the bundle could not be loaded")                              \
    X(E_SCRIPT, "the bundle threw")                                            \
    X(E_HUNG, "the promise can never settle")                                  \
    X(E_ANSWER, "the bundle returned something that is no answer")             \
    X(E_TOO_LARGE, "the response is larger than allowed")                      \
    X(E_CPU, "the limit of processor time was reached")                        \
    X(E_REFUSED, "it ended too many processes to be rendered now")             \
    X(E_BOUNDARY, "the bundle threw, and its renderError answered")

typedef enum v8pool_status {
#define V8POOL_STATUS_ENUM(name, text) V8POOL_##name,
    V8POOL_STATUS_LIST(V8POOL_STATUS_ENUM)
#undef V8POOL_STATUS_ENUM
    V8POOL_STATUS_COUNT
} v8pool_status;

/* Owns: a constant; never NULL, also for a number that is no status. */
V8POOL_API const char *v8pool_status_text(v8pool_status status);

/* What went wrong and where.  Text is cut to fit, never overrun; control
 * characters other than the newlines of `stack` are replaced. */
typedef struct v8pool_error {
    v8pool_status status;
    int line;           /* 1-based; 0 = unknown */
    int column;         /* 1-based; 0 = unknown */
    char source[256];   /* the bundle's path (or name) as V8 knows it */
    char message[512];
    char stack[2048];   /* one frame a line; empty where there is none */
} v8pool_error;

/* console.debug / log and info / warn / error, and what the pool reports. */
typedef enum v8pool_log_level {
    V8POOL_LOG_DEBUG,
    V8POOL_LOG_INFO,
    V8POOL_LOG_WARN,
    V8POOL_LOG_ERROR
} v8pool_log_level;

typedef struct v8pool v8pool;
typedef struct v8pool_bundle v8pool_bundle;
typedef struct v8pool_job v8pool_job;

/* Called for what belongs to no render: console output while a bundle loads
 * and after an answer (ctx.waitUntil()); and, with `error` set: a bundle that
 * fails to load (once per bundle), an isolate that cannot be made (bundle_name
 * ""), a bundle whose code ran too long when its render was given up
 * (E_CANCELLED).
 * Thread: a pool thread; must not block and must not call the pool. */
typedef void v8pool_log_fn(void *baton, v8pool_log_level level,
                           const char *bundle_name, const char *text,
                           const v8pool_error *error);

typedef struct v8pool_config {
    unsigned isolates;       /* = threads; 0 = no thread: submit renders on
                                the calling thread, which must be the one that
                                created the pool */
    unsigned concurrency;    /* renders under way in one isolate, >= 1: those
                                that wait for a timer or a fetch hold up
                                nobody; with 0 isolates it is 1 */
    unsigned queue_length;   /* renders that may wait, >= 1 */
    unsigned job_limit;      /* of these and those under way together: each
                                holds an asker; 0 = none.  Bundles share all
                                three: docs/threads.md, "Whose turn" */
    size_t heap_limit_bytes; /* per isolate; soft: see docs/threads.md */
    size_t arraybuffer_limit_bytes; /* per isolate */
    size_t young_bytes;      /* young generation; 0 = docs/architecture.md */
    size_t channel_bytes;    /* a render waits while more than this is unread */
    uint32_t load_timeout_ms;
    /* An isolate is recycled after this many renders, or at this age; 0 =
     * never.  Also when its heap has grown beyond three quarters of the limit
     * for good.  A new one is made and evaluates the bundles in the background
     * and then takes the old one's place, one at a time in a pool: for a while
     * there is an isolate more.  With 0 isolates: neither is possible. */
    uint64_t recycle_renders;
    uint32_t recycle_ms;
    int pin_threads;         /* pin thread n to the (pin_first + n)th core the
                                process may use */
    unsigned pin_first;
    const void *image;       /* see v8pool_image.h; for bundles that are
                                in it; NULL = none.  At a multiple of 16, and
                                unchanged there until the process ends */
    size_t image_length;
    v8pool_guard guard;
    v8pool_log_fn *log;      /* may be NULL */
    void *log_baton;
    v8pool_fetch_counts *fetch_counts; /* NULL = the pool's own */
} v8pool_config;

/* Fills in the defaults: 1 isolate, 32 renders in it, queue 512, heap 256 MiB,
 * array buffers 64 MiB, channel 256 KiB, load timeout 10 s, no recycling by
 * count or age. */
V8POOL_API void v8pool_config_init(v8pool_config *config);

/* Starts V8 (once per process) and the pool's threads.  Isolates come up in
 * the background; renders queue until the first is ready.
 * Owns:   on success the caller owes one v8pool_destroy().
 * Errors: E_ARG, E_MEMORY, E_ENGINE; *err is filled (err may be NULL). */
V8POOL_API v8pool_status v8pool_create(const v8pool_config *config,
                                       v8pool **pool, v8pool_error *err);

/* Refuses new renders, fails the queued ones with E_STOPPED, lets running
 * ones finish for grace_ms, then terminates them.  Idempotent.
 * Blocks: grace_ms, plus up to one second for the terminated ones: one in all,
 *         should it be called again.
 * Errors: E_TIMEOUT when a thread is still inside V8 (a builtin that never
 *         checks for termination): its render has ended with E_STOPPED all the
 *         same; v8pool_destroy() then leaks that thread with its isolate:
 *         leave through _exit(). */
V8POOL_API v8pool_status v8pool_stop(v8pool *pool, uint32_t grace_ms);

/* Stops (grace 0) if need be, frees everything, clears *pool.
 * No job of the pool may be used by another thread any more. */
V8POOL_API void v8pool_destroy(v8pool **pool);

enum { /* v8pool_bundle_config.options */
    V8POOL_NO_SNAPSHOT = 1, /* takes no more than a code cache from an image */
    V8POOL_ALLOW_EVAL = 2,  /* eval(), new Function() */
    V8POOL_FREEZE = 4       /* JavaScript's own objects, once it is evaluated */
};

typedef struct v8pool_bundle_config {
    const char *name;    /* for messages */
    const char *path;    /* to read; with a source: for stacks, may be NULL */
    const char *source;  /* UTF-8 script text, or a text of
                            v8pool_files.h; NULL = read path */
    size_t source_length;
    const char *entry;   /* the function that renders (docs/bundle-contract.md,
                            "The entry"); NULL = found by the contract's order */
    unsigned options;
} v8pool_bundle_config;

/* Reads the script and has every isolate evaluate it.
 * Blocks: at most wait_ms for the isolates; with 0 it returns once the script
 *         is read, and a failure goes to config->log and to each render.
 * Owns:   *bundle belongs to the pool and lives as long as it.
 * Errors: E_ARG, E_MEMORY, E_STOPPED; E_BUNDLE unreadable, does not compile,
 *         throws, or has no entry; E_TIMEOUT; E_HEAP.  *bundle is NULL then. */
V8POOL_API v8pool_status v8pool_bundle_load(v8pool *pool,
                                            const v8pool_bundle_config *config,
                                            uint32_t wait_ms,
                                            v8pool_bundle **bundle,
                                            v8pool_error *err);

/* Waits until every isolate is up and done with every bundle: evaluated, or
 * given up.  Isolates that could not be made are not waited for.
 * Blocks: at most wait_ms.
 * Errors: E_TIMEOUT; E_STOPPED when the pool stops, or has no isolate left. */
V8POOL_API v8pool_status v8pool_wait_ready(v8pool *pool, uint32_t wait_ms);

V8POOL_API const char *v8pool_bundle_name(const v8pool_bundle *bundle);

/* What is called to render, and with what, as in "export
 * default.fetch(request, env, ctx)"; NULL: no isolate has loaded it so far. */
V8POOL_API const char *v8pool_bundle_entry(const v8pool_bundle *bundle);

/* Whether that is given a whole request, with method and body; else it renders
 * URLs.  0 as well where no isolate has loaded it so far. */
V8POOL_API int v8pool_bundle_takes_requests(const v8pool_bundle *bundle);

#include "v8pool_image.h"

typedef struct v8pool_header {
    const char *name;
    const char *value;
} v8pool_header;

/* Values a bundle sees as the frozen object ctx.env.  `id` names the set: two
 * requests with the same id must carry the same values. */
typedef struct v8pool_env {
    uint64_t id;
    const v8pool_header *values;
    size_t count;
} v8pool_env;

#include "v8pool_host.h"
#include "v8pool_template.h"

typedef struct v8pool_request {
    const char *method;            /* as in ctx.request.method */
    const char *url;               /* path and query: renderPage's argument */
    const char *origin;            /* "https://shop.example"; "" allowed */
    const v8pool_header *headers;  /* names in lower case, values as received
                                      (RFC 9110, section 5) */
    size_t header_count;
    const char *body;              /* NULL = none; bytes that are not UTF-8
                                      reach the bundle as U+FFFD */
    size_t body_length;
    int body_streamed;             /* it comes by v8pool_job_body(), for a
                                      bundle that takes requests; body is NULL.
                                      Not with 0 isolates */
    const v8pool_env *env;         /* NULL = empty */
    uint32_t queue_ms;             /* longest wait for a free isolate */
    uint32_t timeout_ms;           /* longest render, wall clock */
    uint32_t cpu_ms;               /* most of a thread's time; 0 = any */
    size_t max_response_bytes;
    uint64_t owner;                /* the program's own: see v8pool_mark */
    int spread;                    /* wake the isolate that has been idle for
                                      longest, not the last one: warm-up
                                      renders reach all of them */
    int fresh;                     /* renders in a context of its own, dropped
                                      afterwards; cheap with an image only */
    const v8pool_fetch_policy *fetch; /* NULL = off; the struct is copied */
    v8pool_fetch_place place;      /* copied, with its text */
    v8pool_host host;              /* call NULL = there is none */
    const v8pool_template *wrapped_in; /* NULL = none; stays till the pool ends */
} v8pool_request;

/* GET "/", 1 s in the queue, 3 s to render, 16 MiB. */
V8POOL_API void v8pool_request_init(v8pool_request *request);

typedef struct v8pool_timing {
    uint32_t queue_us;   /* submitted until an isolate took it */
    uint32_t call_us;    /* the entry function and its microtasks */
    uint32_t output_us;  /* reading the answer, UTF-16 to UTF-8 included */
    uint32_t gc_us;      /* of both, spent collecting garbage */
} v8pool_timing;

typedef enum v8pool_event_kind {
    V8POOL_HEAD,   /* status, headers */
    V8POOL_CHUNK,  /* data, length */
    V8POOL_LOG,    /* level, data, length: one console line */
    V8POOL_END     /* result, error, timing; the last event */
} v8pool_event_kind;

typedef struct v8pool_event {
    v8pool_event_kind kind;
    int status;                    /* HEAD: 200..599 */
    const v8pool_header *headers;  /* HEAD: until the job is released; valid
                                      field names and values (RFC 9110, 5.5) */
    size_t header_count;
    int streamed;                  /* HEAD: the body comes in pieces, the next
                                      one may take its time */
    char *data;                    /* CHUNK: the caller's, v8pool_chunk_free();
                                      LOG: until the next call */
    size_t length;
    v8pool_log_level level;
    v8pool_status result;
    const v8pool_error *error;     /* END: until the job is released; NULL for
                                      OK and DECLINED */
    v8pool_timing timing;
} v8pool_event;

/* Queues a render.  The request is copied.
 * Owns:   on success the caller owes one v8pool_job_release().
 * Blocks: never (with 0 isolates: for the whole render).
 * Errors: E_FULL at once when the queue is full; E_STOPPED, E_ARG, E_MEMORY.
 *         E_FULL comes as the job's end, if it loses its place in the queue to
 *         another bundle's render. */
V8POOL_API v8pool_status v8pool_submit(v8pool *pool,
                                       const v8pool_bundle *bundle,
                                       const v8pool_request *request,
                                       v8pool_job **job);

/* The next event of a render.  A failure arrives as END too: every job ends.
 * Thread: one at a time per job.
 * Blocks: until something happens; queue_ms for a free isolate, then
 *         timeout_ms, then one second of grace in which V8 must stop.  While
 *         a render waits for its streamed body alone, without limit. */
V8POOL_API void v8pool_job_next(v8pool_job *job, v8pool_event *event);

/* The same, for at most wait_ms.  0: nothing happened. */
V8POOL_API int v8pool_job_wait(v8pool_job *job, v8pool_event *event,
                               uint32_t wait_ms);

#include "v8pool_body.h"

/* Gives the job up (a render still running is terminated), clears *job. */
V8POOL_API void v8pool_job_release(v8pool_job **job);

/* Frees a chunk's data. */
V8POOL_API void v8pool_chunk_free(void *data);

/* A whole answer at once; console lines go to config->log. */
typedef struct v8pool_answer {
    int status;
    const v8pool_header *headers;
    size_t header_count;
    char *body;        /* NULL when empty; not NUL-terminated */
    size_t length;
    v8pool_timing timing;
    v8pool_job *job;   /* owns the headers */
} v8pool_answer;

/* Submits, waits, collects.
 * Owns:   *answer, always: v8pool_answer_clear().
 * Blocks: as v8pool_job_next().
 * Errors: any; *err is filled (may be NULL), *answer then empty. */
V8POOL_API v8pool_status v8pool_render(v8pool *pool,
                                       const v8pool_bundle *bundle,
                                       const v8pool_request *request,
                                       v8pool_answer *answer,
                                       v8pool_error *err);

V8POOL_API void v8pool_answer_clear(v8pool_answer *answer);

#include "v8pool_stats.h"

/* "V8 10.2.154.26"; a constant. */
V8POOL_API const char *v8pool_engine_version(void);

#ifdef __cplusplus
}
#endif

#endif /* V8POOL_H */
