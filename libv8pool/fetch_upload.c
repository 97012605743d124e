/* SPDX-License-Identifier: Apache-2.0
 *
 * fetch_upload.c: a request's body that comes bit by bit, from any thread, and
 * is read by libcurl on the fetch thread.
 */
#include "fetch_inside.h"

#include <stdlib.h>
#include <string.h>

static struct v8p_upload_part *make_part(const char *data, size_t length)
{
    struct v8p_upload_part *part = malloc(sizeof(*part) + length);

    if (part != NULL) {
        part->next = NULL;
        part->length = length;
        part->used = 0;
        memcpy(part->data, data, length);
    }
    return part;
}

/* Pre: fetcher.mtx is held. */
static void append(struct v8p_upload *u, struct v8p_upload_part *part)
{
    if (u->last != NULL) {
        u->last->next = part;
    }
    else {
        u->first = part;
    }
    u->last = part;
    u->unsent += part->length;
}

int v8p_fetch_send(v8p_fetch *f, const char *data, size_t length)
{
    struct v8p_upload_part *part = make_part(data, length);
    struct v8p_upload *u = &f->upload;
    int starved, room;

    pthread_mutex_lock(&f->fetcher->mtx);
    if (part == NULL) {
        u->failed = 1;
    }
    else if (u->dropped) {
        free(part);
    }
    else {
        append(u, part);
    }
    starved = u->starved;
    room = u->unsent < V8P_FETCH_UNCONSUMED;
    u->wants_room = !room;
    pthread_mutex_unlock(&f->fetcher->mtx);
    if (starved || part == NULL) {
        v8p_fetch_note(f);
    }
    return room;
}

void v8p_fetch_send_end(v8p_fetch *f)
{
    pthread_mutex_lock(&f->fetcher->mtx);
    f->upload.ended = 1;
    pthread_mutex_unlock(&f->fetcher->mtx);
    v8p_fetch_note(f);
}

/* Pre: fetcher.mtx is held. */
static size_t take(struct v8p_upload *u, char *to, size_t room)
{
    size_t taken = 0;

    while (u->first != NULL && taken < room) {
        struct v8p_upload_part *part = u->first;
        size_t n = part->length - part->used;

        n = n < room - taken ? n : room - taken;
        memcpy(to + taken, part->data + part->used, n);
        part->used += n;
        taken += n;
        if (part->used == part->length) {
            u->first = part->next;
            u->last = u->first != NULL ? u->last : NULL;
            free(part);
        }
    }
    u->unsent -= taken;
    return taken;
}

size_t v8p_fetch_upload_read(char *to, size_t size, size_t count, void *baton)
{
    v8p_fetch *f = baton;
    struct v8p_upload *u = &f->upload;
    v8p_fetch_event event = {.kind = V8P_FETCH_ROOM};
    size_t taken;
    int room, failed;

    pthread_mutex_lock(&f->fetcher->mtx);
    taken = take(u, to, size * count);
    failed = u->failed;
    u->starved = taken == 0 && !u->ended && !u->dropped;
    room = u->wants_room && u->unsent <= V8P_FETCH_UNCONSUMED / 2;
    u->wants_room = u->wants_room && !room;
    size = u->starved ? CURL_READFUNC_PAUSE : taken;
    pthread_mutex_unlock(&f->fetcher->mtx);
    if (failed) {
        f->error = V8P_FETCH_E_MEMORY;
        return CURL_READFUNC_ABORT;
    }
    if (room && !v8p_fetch_deliver(f, &event)) {
        return CURL_READFUNC_ABORT;
    }
    return size;
}

int v8p_fetch_upload_resumes(v8p_fetch *f)
{
    struct v8p_upload *u = &f->upload;
    int resumes;

    pthread_mutex_lock(&f->fetcher->mtx);
    resumes = u->starved &&
              (u->first != NULL || u->ended || u->failed || u->dropped);
    u->starved = u->starved && !resumes;
    pthread_mutex_unlock(&f->fetcher->mtx);
    return resumes;
}

int v8p_fetch_upload_starves(v8p_fetch *f)
{
    int starved;

    pthread_mutex_lock(&f->fetcher->mtx);
    starved = f->upload.starved;
    pthread_mutex_unlock(&f->fetcher->mtx);
    return starved;
}

/* Pre: fetcher.mtx is held, or nobody else knows it any more. */
void v8p_fetch_upload_free(struct v8p_upload *upload)
{
    while (upload->first != NULL) {
        struct v8p_upload_part *part = upload->first;

        upload->first = part->next;
        free(part);
    }
    upload->last = NULL;
    upload->unsent = 0;
}

/* libcurl has an answer for whole when the request is, too. */
void v8p_fetch_upload_drop(v8p_fetch *f)
{
    pthread_mutex_lock(&f->fetcher->mtx);
    f->upload.dropped = 1;
    v8p_fetch_upload_free(&f->upload);
    pthread_mutex_unlock(&f->fetcher->mtx);
    v8p_fetch_note(f);
}
