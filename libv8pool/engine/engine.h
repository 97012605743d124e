/* SPDX-License-Identifier: Apache-2.0
 *
 * engine.h: the seam.  The pool (C) sees these functions only; the engine
 * (C++ over V8, fake.c in tests) sees no queue, no job, no thread of the pool.
 *
 * Thread: an isolate and its contexts belong to the thread that created the
 *         isolate; v8e_terminate() alone may be called from any thread.
 * Armed:  every call marked so may run the bundle's code and is only made
 *         between v8p_watchdog_arm() and v8p_watchdog_disarm().
 */
#ifndef V8E_ENGINE_H
#define V8E_ENGINE_H

#include "v8pool.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct v8e_isolate v8e_isolate; /* opaque to C */
typedef struct v8e_context v8e_context; /* one bundle in one isolate */

typedef struct v8e_limits {
    size_t heap_bytes;
    size_t arraybuffer_bytes;
    size_t young_bytes; /* 0 = the engine's choice */
    const char *blob;   /* of v8e_blob_build(), for good; NULL = V8's own */
    size_t blob_length;
} v8e_limits;

typedef struct v8e_script {
    const char *name;   /* the bundle's, for messages */
    const char *source; /* or a container; as long as the context lives */
    size_t length;
    const char *origin; /* path shown in stacks */
    const char *entry;  /* NULL = the contract's order */
    int slot;           /* its context in the blob, from 1; 0 = evaluate */
    const char *code;   /* of v8e_code_build(); NULL = none */
    size_t code_length;
    unsigned options;   /* as in v8pool_bundle_config */
} v8e_script;

/* Where a call puts what it produces.  Called on the isolate's thread. */
typedef struct v8e_sink {
    void *baton;
    /* Copies.  streamed: the body comes in pieces, with pauses.  Nonzero:
     * nobody listens any more, stop. */
    int (*head)(void *baton, int status, const v8pool_header *headers,
                size_t count, int streamed);
    /* Takes data (malloc'ed). */
    int (*chunk)(void *baton, char *data, size_t length);
    /* 0: the listener is behind; v8e_run_room() says when it no longer is. */
    int (*room)(void *baton);
    /* One console line; not NUL-terminated. */
    void (*log)(void *baton, v8pool_log_level level, const char *text,
                size_t length);
    const struct v8e_net *net; /* net.h; NULL: no fetch() */
} v8e_sink;

typedef struct v8e_usage {
    size_t heap_used_bytes;
    size_t heap_live_bytes; /* of these, after the last full collection */
} v8e_usage;

const char *v8e_version(void);

/* Starts V8 in this process; later calls return the first one's outcome. */
v8pool_status v8e_platform_start(v8pool_error *err);

/* NULL: *err says why. */
v8e_isolate *v8e_isolate_create(const v8e_limits *limits, v8pool_error *err);
/* Pre: no call is running, no context is left. */
void v8e_isolate_destroy(v8e_isolate **isolate);
void v8e_terminate(v8e_isolate *isolate);
/* Takes a termination back that hit nobody.  Pre: no call is running. */
void v8e_terminate_cancel(v8e_isolate *isolate);

/* Armed.  Evaluates the script, or takes what the blob holds of it; finds its
 * entry.  NULL: *err says why (E_BUNDLE, E_HEAP; E_TIMEOUT: terminated). */
v8e_context *v8e_context_create(v8e_isolate *isolate, const v8e_script *script,
                                const v8e_sink *sink, v8pool_error *err);
/* As v8pool_bundle_entry(); the context's. */
const char *v8e_context_entry(const v8e_context *context);
/* Also drops what is in the microtask queue.  Runs keep theirs until the last
 * one is destroyed. */
void v8e_context_destroy(v8e_context **context);

/* Armed.  Runs V8's own pending tasks: FinalizationRegistry callbacks, and
 * collections it put off to a quiet moment.  Returns microseconds of these. */
uint64_t v8e_isolate_idle(v8e_isolate *isolate);

void v8e_isolate_usage(v8e_isolate *isolate, v8e_usage *usage);
void v8e_isolate_collect(v8e_isolate *isolate); /* all garbage, at once */

#ifdef __cplusplus
}
#endif

#endif /* V8E_ENGINE_H */
