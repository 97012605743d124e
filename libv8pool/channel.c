/* SPDX-License-Identifier: Apache-2.0
 *
 * channel.c: the worker's end (the sink) and the list between the two.
 */
#include "channel.h"

#include "bundle.h"
#include "error.h"
#include "net.h"
#include "pool.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A bundle that logs in a loop must not fill memory: further lines of the same
 * render are counted, not kept.  100 lines of 2048 bytes. */
#define LOG_LINES_MAX 100u
#define LOG_LINE_BYTES 2048u

struct v8p_item {
    struct v8p_item *next;
    v8pool_event_kind kind;
    int status;                 /* HEAD */
    int streamed;               /* HEAD */
    v8pool_log_level level;     /* LOG */
    size_t count;               /* HEAD: headers */
    char *data;                 /* CHUNK: malloc'ed; LOG: text */
    size_t length;
    v8pool_header headers[];    /* HEAD, and then their text; LOG: text */
};

/* What it takes beside its bytes, with malloc()'s own: a body in pieces of one
 * byte must not fill memory before it fills the channel. */
#define ITEM_BYTES (sizeof(struct v8p_item) + 48)

static size_t size_of(const struct v8p_item *item)
{
    return ITEM_BYTES + item->length;
}

static void free_item(struct v8p_item *item)
{
    if (item != NULL) {
        if (item->kind == V8POOL_CHUNK) {
            free(item->data);
        }
        free(item);
    }
}

static struct v8p_item *new_item(v8pool_event_kind kind, size_t extra)
{
    struct v8p_item *item = malloc(sizeof(*item) + extra);

    if (item != NULL) {
        memset(item, 0, sizeof(*item));
        item->kind = kind;
    }
    return item;
}

/* Pre: job->mtx is held. */
static void append(v8pool_job *job, struct v8p_item *item)
{
    if (job->last != NULL) {
        job->last->next = item;
    }
    else {
        job->first = item;
    }
    job->last = item;
    job->unread_bytes += size_of(item);
}

static struct v8p_item *copy_head(const v8pool_header *headers, size_t count)
{
    size_t text = 0;
    size_t i;
    struct v8p_item *item;
    char *at;

    for (i = 0; i < count; i++) {
        text += strlen(headers[i].name) + strlen(headers[i].value) + 2;
    }
    item = new_item(V8POOL_HEAD, count * sizeof(*headers) + text);
    if (item == NULL) {
        return NULL;
    }
    item->count = count;
    at = (char *)(item->headers + count);
    for (i = 0; i < count; i++) {
        item->headers[i].name = at;
        at = stpcpy(at, headers[i].name) + 1;
        item->headers[i].value = at;
        at = stpcpy(at, headers[i].value) + 1;
    }
    return item;
}

/* Pre: job->mtx is held.  Takes item.  1: nobody listens, who gave it ends at once.
 * When the asker has just gone it is dropped and taken for sent instead: its code
 * is told when the turn is over. */
static int put(v8pool_job *job, struct v8p_item *item)
{
    if (job->deaf) {
        free_item(item);
        return !job->is_left;
    }
    append(job, item);
    return 0;
}

/* No wake-up: a head alone gives the asker nothing to send yet. */
static int sink_head(void *baton, int status, const v8pool_header *headers,
                     size_t count, int streamed)
{
    v8pool_job *job = baton;
    struct v8p_item *item = copy_head(headers, count);
    int refused;

    if (item == NULL) {
        return 1;
    }
    item->status = status;
    item->streamed = streamed;
    job->head_sent = 1;
    pthread_mutex_lock(&job->mtx);
    refused = put(job, item);
    pthread_mutex_unlock(&job->mtx);
    return refused;
}

/* Pre: job->mtx is held.  The watchdog ends the wait at the time limit, so that
 * it is known for one (v8p_job_interrupt()). */
static void wait_for_reader(v8pool_job *job)
{
    job->producer_waits = 1;
    while (!job->deaf && job->unread_bytes >= job->channel_bytes) {
        v8p_job_wake(job);
        pthread_cond_wait(&job->cond, &job->mtx);
    }
    job->producer_waits = 0;
}

static int sink_chunk(void *baton, char *data, size_t length)
{
    v8pool_job *job = baton;
    struct v8p_item *item = new_item(V8POOL_CHUNK, 0);
    int refused;

    if (item == NULL) {
        free(data);
        return 1;
    }
    item->data = data;
    item->length = length;
    pthread_mutex_lock(&job->mtx);
    wait_for_reader(job);
    if (!job->deaf) {
        job->has_news = 1;
    }
    refused = put(job, item);
    pthread_mutex_unlock(&job->mtx);
    return refused;
}

/* Not for each chunk: what one turn gives is taken together. */
void v8p_job_turned(v8pool_job *job)
{
    if (job->has_news) {
        job->has_news = 0;
        pthread_mutex_lock(&job->mtx);
        v8p_job_wake(job);
        pthread_mutex_unlock(&job->mtx);
    }
}

static int sink_room(void *baton)
{
    v8pool_job *job = baton;
    int has_room;

    pthread_mutex_lock(&job->mtx);
    has_room = !job->is_left &&
               (job->deaf || job->unread_bytes < job->channel_bytes);
    job->room = has_room ? V8P_ROOM_ASIDE : V8P_ROOM_WANTED;
    pthread_mutex_unlock(&job->mtx);
    return has_room;
}

int v8p_job_wants_room(v8pool_job *job)
{
    int wants;

    pthread_mutex_lock(&job->mtx);
    wants = job->room == V8P_ROOM_WANTED && !job->deaf;
    pthread_mutex_unlock(&job->mtx);
    return wants;
}

int v8p_job_got_room(v8pool_job *job)
{
    int given;

    pthread_mutex_lock(&job->mtx);
    given = job->room == V8P_ROOM_GIVEN;
    if (given) {
        job->room = V8P_ROOM_ASIDE;
    }
    pthread_mutex_unlock(&job->mtx);
    return given;
}

/* Pre: job.mtx is held. */
static void append_line(v8pool_job *job, v8pool_log_level level,
                        const char *text, size_t length)
{
    struct v8p_item *item;

    if (length > LOG_LINE_BYTES) {
        length = v8p_text_fit(text, LOG_LINE_BYTES);
    }
    item = new_item(V8POOL_LOG, length + 1);
    if (item != NULL) {
        item->level = level;
        item->data = memcpy(item->headers, text, length);
        item->data[length] = '\0';
        item->length = length;
        append(job, item);
        v8p_job_wake(job); /* a loop's last words come now */
    }
}

/* Errors that are shown with their stack are worth a look at the maps. */
static char *map_line(const v8pool_job *job, v8pool_log_level level,
                      const char *text, size_t length)
{
    return level >= V8POOL_LOG_WARN
               ? v8p_places_map_text(job->bundle->places, text, length)
               : NULL;
}

/* After the answer (ctx.waitUntil()), or when it has gone, there is no asker to
 * take it. */
static void log_late(const v8pool_job *job, v8pool_log_level level,
                     const char *text, size_t length)
{
    const v8pool_config *c = &job->pool->config;
    char line[LOG_LINE_BYTES];

    if (c->log != NULL) {
        v8p_text_copy(line, sizeof(line), text, length, 0);
        c->log(c->log_baton, level, job->bundle->name, line, NULL);
    }
}

/* Pre: job.mtx is held, the render is about to end. */
void v8p_channel_end(v8pool_job *job)
{
    char text[96];
    int length;

    if (job->dropped_lines > 0) {
        length = snprintf(text, sizeof(text),
                          "(%u more console lines of this render, %zu bytes, "
                          "are not logged)",
                          job->dropped_lines, job->dropped_bytes);
        append_line(job, V8POOL_LOG_WARN, text, (size_t)length);
    }
}

static void sink_log(void *baton, v8pool_log_level level, const char *text,
                     size_t length)
{
    v8pool_job *job = baton;
    char *mapped = map_line(job, level, text, length);
    int is_late;

    pthread_mutex_lock(&job->mtx);
    is_late = (job->state == V8P_JOB_ENDED || job->is_left) &&
              job->log_lines < LOG_LINES_MAX;
    job->log_lines += is_late;
    if (!job->deaf && job->log_lines >= LOG_LINES_MAX) {
        job->dropped_lines++;
        job->dropped_bytes += length;
    }
    else if (!job->deaf) {
        job->log_lines++;
        append_line(job, level, mapped != NULL ? mapped : text,
                    mapped != NULL ? strlen(mapped) : length);
    }
    pthread_mutex_unlock(&job->mtx);
    if (is_late) {
        log_late(job, level, mapped != NULL ? mapped : text,
                 mapped != NULL ? strlen(mapped) : length);
    }
    free(mapped);
}

v8e_sink v8p_job_sink(v8pool_job *job)
{
    v8e_sink sink = {job, sink_head, sink_chunk, sink_room, sink_log,
                     &v8p_net};

    return sink;
}

static void fill_event(v8pool_event *event, const struct v8p_item *item)
{
    event->kind = item->kind;
    event->status = item->status;
    event->streamed = item->streamed;
    event->headers = item->headers;
    event->header_count = item->count;
    event->level = item->level;
    event->data = item->data;
    event->length = item->length;
}

/* A chunk's node goes at once, its data is the asker's now; heads and log
 * lines are chained to `held` and live as long as the job. */
static void hand_over(v8pool_job *job, struct v8p_item *item)
{
    if (item->kind == V8POOL_CHUNK) {
        free(item);
        return;
    }
    item->next = job->held;
    job->held = item;
}

int v8p_channel_take(v8pool_job *job, v8pool_event *event, int *poke)
{
    struct v8p_item *item = job->first;

    if (item == NULL) {
        return 0;
    }
    job->first = item->next;
    if (job->first == NULL) {
        job->last = NULL;
    }
    job->unread_bytes -= size_of(item);
    if (job->producer_waits) {
        pthread_cond_broadcast(&job->cond);
    }
    /* not for each chunk: waking it up costs more than a chunk does */
    if (job->room == V8P_ROOM_WANTED &&
        job->unread_bytes <= job->channel_bytes / 2) {
        job->room = V8P_ROOM_GIVEN;
        job->read_us = v8p_now_us();
        *poke = 1;
    }
    fill_event(event, item);
    hand_over(job, item);
    return 1;
}

static void free_list(struct v8p_item *item)
{
    while (item != NULL) {
        struct v8p_item *next = item->next;

        free_item(item);
        item = next;
    }
}

void v8p_channel_clear(v8pool_job *job)
{
    free_list(job->first);
    free_list(job->held);
    job->first = job->last = job->held = NULL;
}
