/* SPDX-License-Identifier: Apache-2.0
 *
 * v8pool_guard.h: what no limit of one render can mend: V8 does not come back,
 * or the process takes more memory than V8 counts.  The pool tells the program,
 * which had better end the process in good order.  Part of v8pool.h.
 */
#ifndef V8POOL_GUARD_H
#define V8POOL_GUARD_H

/* A call that V8 does not end although it was told to: the isolate is lost until
 * V8 comes back, if ever. */
typedef struct v8pool_stuck {
    const char *bundle;  /* "": none is known, as of V8's own tasks */
    const char *url;     /* "": it was no render; cut to fit */
    uint32_t after_ms;   /* since it was told */
    unsigned lost;       /* isolates of the pool in this state, with this one */
    unsigned isolates;
} v8pool_stuck;

typedef struct v8pool_memory {
    size_t resident_bytes; /* of the process, but for what it shares */
    size_t limit_bytes;
    int is_over;           /* 0: it is near; isolates that have nothing to do
                              are collected, or made anew */
} v8pool_memory;

/* Which render a worker has its turn with.  In memory that outlives the process:
 * whoever looks after it has died sees what it died of.  Written by plain stores. */
typedef struct v8pool_mark {
    uint32_t state; /* a v8pool_mark_state; last, when the rest is written */
    uint64_t owner; /* v8pool_request.owner */
    char bundle[72]; /* cut to fit, like the URL */
    char url[200];
} v8pool_mark;

typedef enum v8pool_mark_state {
    V8POOL_MARK_FREE,
    V8POOL_MARK_TURN,  /* a render has its turn */
    V8POOL_MARK_FATAL, /* V8 is about to end the process in it */
    V8POOL_MARK_STUCK, /* V8 does not end it */
    V8POOL_MARK_SEEN   /* the reader's own */
} v8pool_mark_state;

/* Thread: one of the pool's; must not block and must not call the pool.
 * Owns:   what the argument points to is there during the call only. */
typedef void v8pool_stuck_fn(void *baton, const v8pool_stuck *stuck);
typedef void v8pool_memory_fn(void *baton, const v8pool_memory *memory);

typedef struct v8pool_guard {
    uint32_t stuck_ms;        /* how long after its end a call is called stuck,
                                 once; 0 = never */
    v8pool_stuck_fn *stuck;   /* NULL = nobody is told */
    size_t memory_bytes;      /* 0 = any.  Looked at while calls run, a few times
                                 a second */
    v8pool_memory_fn *memory; /* near it and over it: once each.  May be NULL */
    void *baton;              /* of both */
    v8pool_mark *marks;       /* one for each isolate and one more; NULL = none */
    unsigned mark_count;      /* workers beyond that have none */
    int traps;                /* V8's failed checks end in SIGTRAP: say whose
                                 render it was first.  Where that signal has its
                                 default disposition, and for the process */
} v8pool_guard;

struct v8pool_job; /* v8pool_job */

/* Whether a render of which nothing has come waits for an isolate that does not
 * come back: another one's call was told to end there a second ago and has not,
 * and there is another isolate.  It ends by its own time limit all the same;
 * who has its request, and gave it no body in pieces, may release it
 * and submit it again.
 * Thread: that of v8pool_job_wait(), before it had the render's head. */
V8POOL_API int v8pool_job_is_lost(struct v8pool_job *job);

#endif /* V8POOL_GUARD_H */
