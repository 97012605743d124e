/* SPDX-License-Identifier: Apache-2.0
 *
 * net.c: exchanges of jobs.  A run cancels its own before it goes, so the job
 * outlives them.
 */
#include "net_inside.h"

#include "pool.h"
#include "worker.h"

#include <stdlib.h>
#include <string.h>

struct v8p_exchange {
    struct v8p_exchange *next;
    v8pool_job *job;
    uint32_t number;
    v8p_fetch *fetch;
};

/* A body that comes in small pieces is put together up to this. */
#define MAIL_BYTES_MAX 16384u

/* --- the fetch thread ------------------------------------------------------------ */

static struct v8p_mail *write_mail(uint32_t number,
                                   const v8p_fetch_event *event)
{
    const char *message = event->kind == V8P_FETCH_END ? event->message : "";
    size_t length = strlen(message) + 1;
    struct v8p_mail *mail = malloc(sizeof(*mail) + length);

    if (mail != NULL) {
        mail->next = NULL;
        mail->number = number;
        mail->event = *event;
        mail->room = event->length;
        memcpy(mail->message, message, length);
    }
    return mail;
}

static void free_mail(struct v8p_mail *mail)
{
    free(mail->event.head);
    free(mail->event.data);
    free(mail);
}

/* Pre: job.mtx is held.  Where that exchange's last one is; else where the next
 * one goes. */
static struct v8p_mail **last_of(v8pool_job *job, uint32_t number)
{
    struct v8p_mail **at, **last = NULL;

    for (at = &job->mail; *at != NULL; at = &(*at)->next) {
        if ((*at)->number == number) {
            last = at;
        }
    }
    return last != NULL ? last : at;
}

static int make_room(struct v8p_mail *mail, size_t wanted)
{
    size_t room = 2 * wanted < MAIL_BYTES_MAX ? 2 * wanted : MAIL_BYTES_MAX;
    char *data;

    if (mail->room >= wanted) {
        return 1;
    }
    data = realloc(mail->event.data, room);
    if (data == NULL) {
        return 0;
    }
    mail->event.data = data;
    mail->room = room;
    return 1;
}

/* Pre: job.mtx is held.  A backend that sends single bytes must fill neither
 * memory nor the list.  1: it is in the mail. */
static int join_mail(struct v8p_mail *mail, const v8p_fetch_event *event)
{
    size_t wanted;

    if (mail == NULL || mail->event.kind != V8P_FETCH_DATA ||
        event->kind != V8P_FETCH_DATA) {
        return 0;
    }
    wanted = mail->event.length + event->length;
    if (wanted > MAIL_BYTES_MAX || !make_room(mail, wanted)) {
        return 0;
    }
    memcpy(mail->event.data + mail->event.length, event->data, event->length);
    mail->event.length = wanted;
    return 1;
}

/* Pre: job.mtx is held. */
static void append_mail(v8pool_job *job, struct v8p_mail *mail)
{
    struct v8p_mail **at;

    for (at = &job->mail; *at != NULL; at = &(*at)->next) {
    }
    *at = mail;
}

/* Out of memory: the exchange never ends for its render, whose time limit
 * does. */
static void take_event(void *baton, v8p_fetch *fetch,
                       const v8p_fetch_event *event)
{
    struct v8p_exchange *exchange = baton;
    struct v8p_mail *mail = write_mail(exchange->number, event);
    v8pool_job *job = exchange->job;
    int joined;
    unsigned slot;

    (void)fetch;
    if (mail == NULL) {
        free(event->head);
        free(event->data);
        return;
    }
    pthread_mutex_lock(&job->mtx);
    joined = join_mail(*last_of(job, exchange->number), event);
    if (!joined) {
        append_mail(job, mail);
    }
    slot = job->slot;
    pthread_mutex_unlock(&job->mtx);
    if (joined) {
        free_mail(mail);
    }
    v8p_worker_poke(&job->pool->workers[slot]);
}

/* --- the worker: mail --------------------------------------------------------------- */

static struct v8p_mail *take_mail(v8pool_job *job)
{
    struct v8p_mail *all;

    pthread_mutex_lock(&job->mtx);
    all = job->mail;
    job->mail = NULL;
    pthread_mutex_unlock(&job->mtx);
    return all;
}

static void hand_over(v8e_run *run, const struct v8p_mail *mail)
{
    const v8p_fetch_head *head = mail->event.head;
    v8e_net_event event = {.number = mail->number};

    switch (mail->event.kind) {
    case V8P_FETCH_HEAD:
        event.kind = V8E_NET_HEAD;
        event.status = head->status;
        event.redirected = head->redirected;
        event.status_text = head->status_text;
        event.url = head->url;
        event.headers = head->headers;
        event.header_count = head->header_count;
        break;
    case V8P_FETCH_DATA:
        event.kind = V8E_NET_DATA;
        event.data = mail->event.data;
        event.length = mail->event.length;
        break;
    case V8P_FETCH_ROOM:
        event.kind = V8E_NET_ROOM;
        break;
    case V8P_FETCH_END:
        event.kind = V8E_NET_END;
        event.code = v8p_fetch_error_code(mail->event.error);
        event.message = mail->message;
        break;
    }
    v8e_run_event(run, &event);
}

void v8p_net_deliver(v8pool_job *job, v8e_run *run)
{
    struct v8p_mail *mail = take_mail(job), *next;

    for (; mail != NULL; mail = next) {
        next = mail->next;
        hand_over(run, mail);
        free_mail(mail);
    }
}

void v8p_net_clear(v8pool_job *job)
{
    struct v8p_mail *mail = take_mail(job), *next;

    for (; mail != NULL; mail = next) {
        next = mail->next;
        free_mail(mail);
    }
}

/* --- the worker: exchanges ------------------------------------------------------------ */

static struct v8p_exchange **find(v8pool_job *job, uint32_t number)
{
    struct v8p_exchange **at = &job->exchanges;

    while (*at != NULL && (*at)->number != number) {
        at = &(*at)->next;
    }
    return at;
}

static void fill_request(const v8pool_job *job, const v8e_fetch *asked,
                         v8p_fetch_request *request)
{
    v8p_fetch_request_init(request);
    request->method = asked->method;
    request->url = asked->url;
    request->headers = asked->headers;
    request->header_count = asked->header_count;
    request->body = asked->body;
    request->body_length = asked->body_length;
    request->streamed = asked->streamed;
    request->redirect = asked->redirect == V8E_REDIRECT_MANUAL
                            ? V8P_FETCH_MANUAL
                        : asked->redirect == V8E_REDIRECT_ERROR
                            ? V8P_FETCH_ERROR
                            : V8P_FETCH_FOLLOW;
    request->nth = asked->number;
    request->policy = job->request.fetch;
    request->origin = job->request.origin;
    request->place = job->request.place;
}

static int start(void *baton, const v8e_fetch *asked)
{
    v8pool_job *job = baton;
    struct v8p_exchange *exchange = calloc(1, sizeof(*exchange));
    v8p_fetch_request request;

    if (exchange == NULL) {
        return 1;
    }
    exchange->job = job;
    exchange->number = asked->number;
    fill_request(job, asked, &request);
    exchange->fetch =
        v8p_fetch_start(job->pool->fetcher, &request, take_event, exchange);
    if (exchange->fetch == NULL) {
        free(exchange);
        return 1;
    }
    exchange->next = job->exchanges;
    job->exchanges = exchange;
    return 0;
}

static int send_more(void *baton, uint32_t number, const char *data,
                     size_t length)
{
    struct v8p_exchange *exchange = *find(baton, number);

    return exchange == NULL || v8p_fetch_send(exchange->fetch, data, length);
}

static void send_end(void *baton, uint32_t number)
{
    struct v8p_exchange *exchange = *find(baton, number);

    if (exchange != NULL) {
        v8p_fetch_send_end(exchange->fetch);
    }
}

static void consumed(void *baton, uint32_t number, size_t bytes)
{
    struct v8p_exchange *exchange = *find(baton, number);

    if (exchange != NULL) {
        v8p_fetch_consumed(exchange->fetch, bytes);
    }
}

static void cancel(void *baton, uint32_t number)
{
    struct v8p_exchange **at = find(baton, number);
    struct v8p_exchange *exchange = *at;

    if (number == V8E_NET_BODY) {
        v8p_body_refuse(baton);
    }
    if (exchange != NULL) {
        *at = exchange->next;
        v8p_fetch_cancel(exchange->fetch);
        v8p_fetch_release(&exchange->fetch);
        free(exchange);
    }
}

const v8e_net v8p_net = {start, send_more, send_end, consumed, cancel};
