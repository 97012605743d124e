/* SPDX-License-Identifier: Apache-2.0
 *
 * body.h: a request's body between the asker, who gets it from the client, and
 * the render that reads it.  Bounded: who reads slowly lets the asker, and so
 * the client, wait.
 */
#ifndef V8P_BODY_H
#define V8P_BODY_H

#include "engine/run.h"

struct v8p_piece; /* some of it */

/* All but the last two guarded by job->mtx. */
struct v8p_body {
    struct v8p_piece *first, *last;
    size_t unread_bytes;
    int is_full;         /* so much is unread that no more is taken */
    int is_over;         /* how it ended is in `end` */
    v8pool_body_end end;
    int is_wanted;       /* the bundle has begun to read it */
    int is_refused;      /* nobody will read it any more */
    int is_awaited;      /* the render waits for it, and for nothing else */
    int has_news;        /* the asker is to look again */
    int is_begun;        /* worker: a run was given some of it */
    int is_ended;        /* worker: and was told its end */
};

/* Worker.  Gives the run what it waits for, if it is there. */
void v8p_body_deliver(v8pool_job *job, v8e_run *run);

/* Worker.  1: the run waits for the client alone, which is not the render's
 * fault. */
int v8p_body_is_awaited(v8pool_job *job, const v8e_run *run);

/* Worker.  The run wants no more of it, or has ended. */
void v8p_body_refuse(v8pool_job *job);

/* Worker.  0: some of it is gone with a run, so none can begin anew. */
int v8p_body_is_whole(const v8pool_job *job);

/* The last owner. */
void v8p_body_clear(v8pool_job *job);

#endif /* V8P_BODY_H */
