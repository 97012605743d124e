/* SPDX-License-Identifier: Apache-2.0
 *
 * run.h: the seam for renders that may wait.  A run is one render; it goes in
 * turns: the entry, then one timer, task or event each, with the microtasks it
 * leads to.  Between two turns of a run those of others may come: whoever waits
 * holds up nobody.
 *
 * Thread: the isolate's.
 */
#ifndef V8E_RUN_H
#define V8E_RUN_H

#include "engine.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct v8e_run v8e_run; /* opaque to C */

typedef enum v8e_state {
    V8E_WAITS,    /* something is to come that it waits for */
    V8E_ANSWERED, /* the answer is out; ctx.waitUntil() goes on */
    V8E_ENDED     /* as its status says */
} v8e_state;

/* request and sink must stay; the context is kept until the run is destroyed.
 * NULL: no memory. */
v8e_run *v8e_run_create(v8e_context *context, const v8pool_request *request,
                        const v8e_sink *sink);

/* Forgets its timers and whatever it waits for. */
void v8e_run_destroy(v8e_run **run);

/* Armed.  One turn; the first one calls the entry.  Once ENDED, *status is
 * E_TIMEOUT for a termination that was not the heap limit's, E_HUNG when what
 * it waits for cannot come, …; *err is filled.  timing: of all turns so far. */
v8e_state v8e_run_turn(v8e_run *run, v8pool_status *status,
                       v8pool_timing *timing, v8pool_error *err);

/* 0: a turn would do something.  Else when to ask again, by CLOCK_MONOTONIC;
 * UINT64_MAX: after another run's turn, or an event. */
uint64_t v8e_run_wakes_us(v8e_run *run);

typedef enum v8e_abort {
    V8E_GONE, /* nobody wants the answer any more */
    V8E_LATE  /* its time is up */
} v8e_abort;

/* It is to end, though it waits.  1: its code wants to know: another turn aborts
 * its signal.  That is the last one, unless the client has gone and
 * ctx.waitUntil() goes on (ANSWERED).  0: nothing to be told, or told before. */
int v8e_run_abort(v8e_run *run, v8e_abort why);

/* It did not wait for room in vain (v8e_sink.room). */
void v8e_run_room(v8e_run *run);

typedef enum v8e_body {
    V8E_BODY_ASIDE,  /* nobody reads it, or what comes next is there already */
    V8E_BODY_WANTED, /* the run waits for its next piece */
    V8E_BODY_ALONE   /* and for nothing else */
} v8e_body;

/* Of a request whose body is streamed: whether v8e_run_event() may give the run
 * a piece of it. */
v8e_body v8e_run_body(const v8e_run *run);

/* *state becomes `value` when V8 ends the process by itself in a call of this
 * thread; NULL: nothing does. */
void v8e_run_blame(uint32_t *state, uint32_t value);

/* Any thread.  SIGTRAP, in which V8's failed checks end, is handled: it says whose
 * render it was and ends the process as before.  Nothing where the process has
 * a handler of its own. */
void v8e_catch_traps(void);

/* Armed.  All turns of one run.  Blocks: sleeps while it waits.  For those who
 * render one thing at a time. */
v8pool_status v8e_render(v8e_context *context, const v8pool_request *request,
                         const v8e_sink *sink, v8pool_timing *timing,
                         v8pool_error *err);

#ifdef __cplusplus
}
#endif

#endif /* V8E_RUN_H */
