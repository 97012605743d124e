/* SPDX-License-Identifier: Apache-2.0
 *
 * job.h: one render between the thread that asked and the isolate that works,
 * and the bounded channel of events from the latter to the former.
 *
 * A job is malloc'ed and has two owners, the asker and the queue or worker;
 * the last one frees it, so either may leave first.
 */
#ifndef V8P_JOB_H
#define V8P_JOB_H

#include "body.h"
#include "clock.h"
#include "engine/engine.h"

#include <stdatomic.h>

enum v8p_job_state {
    V8P_JOB_QUEUED,
    V8P_JOB_RUNNING,
    V8P_JOB_ENDED    /* result is set; nothing more is accepted */
};

struct v8p_item; /* one event on its way */

struct v8pool_job {
    pthread_mutex_t mtx;           /* see docs/threads.md for the lock order */
    pthread_cond_t cond;           /* something changed, either direction */
    atomic_int refs;
    v8pool *pool;                  /* const after create */
    v8pool_bundle *bundle;         /* const after create */
    v8pool_request request;        /* const after create; points into text */
    v8pool_env env;                /* const after create; request.env */
    v8pool_fetch_policy fetch;     /* const after create; request.fetch */
    size_t channel_bytes;          /* const after create */
    uint64_t submitted_us;         /* const after create */
    int counted;                   /* in pool->waiting; const once queued */
    struct v8pool_job *ahead, *behind; /* guarded by pool.mtx: in the line of
                                    * its bundle */
    int in_line;                   /* guarded by pool.mtx */

    enum v8p_job_state state;      /* guarded by mtx */
    uint64_t started_us;           /* guarded by mtx */
    unsigned slot;                 /* guarded by mtx; while RUNNING */
    uint64_t arming;               /* guarded by mtx; while RUNNING */
    int deaf;                      /* guarded by mtx: stop producing */
    int is_left;                   /* guarded by mtx: deaf, since its asker has
                                    * gone; its code is to be told first */
    int producer_waits;            /* guarded by mtx */
    struct v8p_item *first, *last; /* guarded by mtx */
    size_t unread_bytes;           /* guarded by mtx: events and their data */
    unsigned log_lines;            /* guarded by mtx; taken */
    unsigned dropped_lines;        /* guarded by mtx; not taken */
    size_t dropped_bytes;          /* guarded by mtx; of these */
    uint64_t read_us;              /* guarded by mtx: when the reader last made
                                    * room that the worker waited for */
    enum { V8P_ROOM_ASIDE, V8P_ROOM_WANTED, V8P_ROOM_GIVEN } room; /* same */
    struct v8p_mail *mail;         /* guarded by mtx: events of its fetches */
    struct v8p_body body;          /* see there */
    int is_polling;                /* guarded by mtx: the asker waits for this: */
    int wake_fd;                   /* made by the asker; -1 = not yet */
    struct v8p_exchange *exchanges; /* worker: its fetches */
    int head_sent;                 /* worker */
    int has_news;                  /* worker: chunks the asker was not woken for */

    v8pool_status result;          /* guarded by mtx until ENDED, then const */
    v8pool_timing timing;          /* same */
    v8pool_error error;            /* same */
    struct v8p_item *held;         /* asker only: what it was handed */
    char text[];                   /* the request's strings */
};

/* NULL: out of memory. */
v8pool_job *v8p_job_create(v8pool *pool, v8pool_bundle *bundle,
                           const v8pool_request *request,
                           size_t channel_bytes);
void v8p_job_unref(v8pool_job *job);
/* For a request that became no job. */
void v8p_host_release(const v8pool_host *host);

/* Worker.  0 when the asker has left the queue already. */
int v8p_job_begin(v8pool_job *job, unsigned slot);
/* Worker, once the slot is armed: lets the asker's cancel find the call. */
void v8p_job_armed(v8pool_job *job, uint64_t arming);
/* Worker.  err may be NULL for OK and DECLINED. */
void v8p_job_end(v8pool_job *job, v8pool_status result,
                 const v8pool_timing *timing, const v8pool_error *err);

/* Submit.  Pre: pool.mtx is held.  It waits no more: its place goes to a render
 * of that bundle.  0: it does not wait. */
int v8p_job_displace(v8pool_job *job, const char *by_bundle);

/* Pre: job->mtx is held.  Wakes whoever waits for a change. */
void v8p_job_wake(v8pool_job *job);

/* Watchdog.  A producer waiting for its reader returns at once. */
void v8p_job_interrupt(v8pool_job *job);

/* Worker.  1: the asker has given it up. */
int v8p_job_is_deaf(v8pool_job *job);
/* Worker.  A turn is over, of this or another run: wakes the asker for what came
 * in it. */
void v8p_job_turned(v8pool_job *job);
/* Worker, after the sink had no room.  1, once: there is some again. */
int v8p_job_got_room(v8pool_job *job);
/* Worker.  1: its reader is behind, which is not the render's fault. */
int v8p_job_wants_room(v8pool_job *job);

/* Worker.  The channel's entrance; sink->baton is the job. */
v8e_sink v8p_job_sink(v8pool_job *job);

#endif /* V8P_JOB_H */
