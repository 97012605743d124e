/* SPDX-License-Identifier: Apache-2.0
 *
 * fake.h: what the files of the engine without V8 share; see the head of fake.c.
 */
#ifndef V8E_FAKE_H
#define V8E_FAKE_H

#include "net.h"

#include <pthread.h>
#include <stdatomic.h>

struct v8e_isolate {
    atomic_int terminate;
    size_t held_bytes;
    size_t live_bytes; /* after the last full collection */
    long task; /* 0 = none, 1 = runs, else: the ms it sleeps */
    int runs;
    int turns;
    pthread_t owner;
};

struct v8e_context {
    v8e_isolate *owner;
    int renders;
    int runs;
    int is_retired;
};

struct v8e_run {
    v8e_context *context;
    const v8pool_request *request;
    const v8e_sink *sink;
    enum { FAKE_NEW, FAKE_WAITS, FAKE_SENDS, FAKE_READS, FAKE_SHARES,
           FAKE_AFTER } stage;
    uint64_t wakes_us;
    long left; /* chunks, turns */
    int first_turn;
    int has_room;
    int is_told;       /* that it was given up */
    int has_piece;     /* of the request's body, not yet looked at */
    size_t body_bytes; /* of it so far */
    char body_end[32]; /* "" = there is more */
};

/* Whether it waits for its signal; and a turn of such a run. */
int fake_listens(const v8e_run *run);
v8e_state fake_signal(v8e_run *run, v8pool_status *status, v8pool_error *err);

/* A turn of a run that reads its request's body. */
v8e_state fake_read(v8e_run *run, v8pool_status *status);

/* A turn of one that counts those of its isolate. */
v8e_state fake_share(v8e_run *run, v8pool_status *status);

#endif /* V8E_FAKE_H */
