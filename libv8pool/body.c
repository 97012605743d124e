/* SPDX-License-Identifier: Apache-2.0
 *
 * body.c: pieces of a request's body.  They are handed over one by one, when the
 * bundle asks: what it does not read stays out of its heap.
 */
#include "body.h"

#include "engine/net.h"
#include "job.h"
#include "pool.h"
#include "worker.h"

#include <stdlib.h>
#include <string.h>

/* What comes in small pieces is collected up to this much. */
#define PIECE ((size_t)64 * 1024)

/* More than this is not taken. */
#define UNREAD_MAX ((size_t)256 * 1024)

struct v8p_piece {
    struct v8p_piece *next;
    size_t length;
    char data[PIECE];
};

/* --- the asker ---------------------------------------------------------------------- */

size_t v8pool_job_body_room(v8pool_job *job)
{
    const struct v8p_body *body = &job->body;
    size_t room = 0;

    pthread_mutex_lock(&job->mtx);
    if (!body->is_over && !body->is_refused && !body->is_full && !job->deaf) {
        room = UNREAD_MAX - body->unread_bytes;
    }
    pthread_mutex_unlock(&job->mtx);
    return room;
}

int v8pool_job_body_is_wanted(v8pool_job *job)
{
    int is_wanted;

    pthread_mutex_lock(&job->mtx);
    is_wanted = job->body.is_wanted;
    pthread_mutex_unlock(&job->mtx);
    return is_wanted;
}

/* Pre: job->mtx is held.  Room for at least a byte; NULL: no memory. */
static struct v8p_piece *last_piece(struct v8p_body *body)
{
    struct v8p_piece *piece = body->last;

    if (piece != NULL && piece->length < PIECE) {
        return piece;
    }
    piece = malloc(sizeof(*piece));
    if (piece == NULL) {
        return NULL;
    }
    piece->next = NULL;
    piece->length = 0;
    if (body->last != NULL) {
        body->last->next = piece;
    }
    else {
        body->first = piece;
    }
    body->last = piece;
    return piece;
}

/* Pre: job->mtx is held.  0: no memory. */
static int append(struct v8p_body *body, const char *data, size_t length)
{
    while (length > 0) {
        struct v8p_piece *piece = last_piece(body);
        size_t n;

        if (piece == NULL) {
            return 0;
        }
        n = PIECE - piece->length < length ? PIECE - piece->length : length;
        memcpy(piece->data + piece->length, data, n);
        piece->length += n;
        body->unread_bytes += n;
        data += n;
        length -= n;
    }
    return 1;
}

/* Pre: job->mtx is held.  The render's time runs on. */
static void arrived(v8pool_job *job)
{
    if (job->body.is_awaited) {
        job->body.is_awaited = 0;
        job->read_us = v8p_now_us();
    }
}

/* Pre: job->mtx is held. */
static void end(v8pool_job *job, v8pool_body_end how)
{
    if (!job->body.is_over) {
        job->body.is_over = 1;
        job->body.end = how;
        arrived(job);
    }
}

/* A worker that may wait for it; a job that is queued has none yet. */
static void poke(v8pool_job *job, int is_running, unsigned slot)
{
    if (is_running) {
        v8p_worker_poke(&job->pool->workers[slot]);
    }
}

int v8pool_job_body(v8pool_job *job, const char *data, size_t length)
{
    struct v8p_body *body = &job->body;
    int is_running, is_taken;
    unsigned slot;

    pthread_mutex_lock(&job->mtx);
    is_taken = !body->is_over && !body->is_refused && !job->deaf;
    if (is_taken && !append(body, data, length)) {
        end(job, V8POOL_BODY_CUT);
        is_taken = 0;
    }
    if (is_taken) {
        body->is_full = body->unread_bytes >= UNREAD_MAX;
        arrived(job);
    }
    is_running = job->state == V8P_JOB_RUNNING;
    slot = job->slot;
    pthread_mutex_unlock(&job->mtx);
    poke(job, is_running, slot);
    return is_taken;
}

void v8pool_job_body_end(v8pool_job *job, v8pool_body_end how)
{
    int is_running;
    unsigned slot;

    pthread_mutex_lock(&job->mtx);
    end(job, how);
    is_running = job->state == V8P_JOB_RUNNING;
    slot = job->slot;
    pthread_mutex_unlock(&job->mtx);
    poke(job, is_running, slot);
}

/* --- the worker --------------------------------------------------------------------- */

/* Pre: job->mtx is held. */
static struct v8p_piece *take(v8pool_job *job)
{
    struct v8p_body *body = &job->body;
    struct v8p_piece *piece = body->first;

    if (piece == NULL) {
        return NULL;
    }
    body->first = piece->next;
    if (body->first == NULL) {
        body->last = NULL;
    }
    body->unread_bytes -= piece->length;
    if (body->is_full && body->unread_bytes <= UNREAD_MAX / 2) {
        body->is_full = 0;
        body->has_news = 1;
        v8p_job_wake(job);
    }
    return piece;
}

/* Pre: job->mtx is held. */
static void want(v8pool_job *job)
{
    if (!job->body.is_wanted) {
        job->body.is_wanted = 1;
        job->body.has_news = 1;
        v8p_job_wake(job);
    }
}

static void hand_over(v8e_run *run, const struct v8p_piece *piece)
{
    v8e_net_event event = {.kind = V8E_NET_DATA,
                           .number = V8E_NET_BODY,
                           .data = piece->data,
                           .length = piece->length};

    v8e_run_event(run, &event);
}

static void tell_end(v8e_run *run, v8pool_body_end how)
{
    v8e_net_event event = {.kind = V8E_NET_END,
                           .number = V8E_NET_BODY,
                           .code = "",
                           .message = ""};

    if (how == V8POOL_BODY_CUT) {
        event.code = "ERR_BODY_CUT";
        event.message = "the request's body broke off";
    }
    else if (how == V8POOL_BODY_TOO_LARGE) {
        event.code = "ERR_BODY_TOO_LARGE";
        event.message = "the request's body is longer than allowed";
    }
    v8e_run_event(run, &event);
}

/* Who has its answer gives no more of the body: what is not there is cut. */
void v8p_body_deliver(v8pool_job *job, v8e_run *run)
{
    struct v8p_body *body = &job->body;
    struct v8p_piece *piece = NULL;
    v8pool_body_end how = V8POOL_BODY_CUT;
    int is_over = 0;

    if (body->is_ended || v8e_run_body(run) == V8E_BODY_ASIDE) {
        return;
    }
    pthread_mutex_lock(&job->mtx);
    want(job);
    piece = take(job);
    if (piece == NULL) {
        is_over = body->is_over || job->deaf;
        how = body->is_over ? body->end : V8POOL_BODY_CUT;
    }
    pthread_mutex_unlock(&job->mtx);
    if (piece != NULL) {
        body->is_begun = 1;
        hand_over(run, piece);
        free(piece);
    }
    else if (is_over) {
        body->is_begun = body->is_ended = 1;
        tell_end(run, how);
    }
}

int v8p_body_is_awaited(v8pool_job *job, const v8e_run *run)
{
    struct v8p_body *body = &job->body;
    int is_awaited;

    if (!job->request.body_streamed) {
        return 0;
    }
    is_awaited = v8e_run_body(run) == V8E_BODY_ALONE;
    pthread_mutex_lock(&job->mtx);
    is_awaited = is_awaited && body->first == NULL && !body->is_over &&
                 !job->deaf;
    if (is_awaited) {
        body->is_awaited = 1;
    }
    else {
        arrived(job); /* or something else did, that it waited for before */
    }
    pthread_mutex_unlock(&job->mtx);
    return is_awaited;
}

static void free_pieces(struct v8p_body *body)
{
    while (body->first != NULL) {
        struct v8p_piece *next = body->first->next;

        free(body->first);
        body->first = next;
    }
    body->last = NULL;
    body->unread_bytes = 0;
}

void v8p_body_refuse(v8pool_job *job)
{
    pthread_mutex_lock(&job->mtx);
    if (!job->body.is_refused) {
        job->body.is_refused = 1;
        job->body.is_awaited = 0;
        job->body.has_news = 1;
        free_pieces(&job->body);
        v8p_job_wake(job);
    }
    pthread_mutex_unlock(&job->mtx);
}

int v8p_body_is_whole(const v8pool_job *job)
{
    return !job->body.is_begun;
}

void v8p_body_clear(v8pool_job *job)
{
    free_pieces(&job->body);
}
