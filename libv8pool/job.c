/* SPDX-License-Identifier: Apache-2.0
 *
 * job.c: a job's life and the asker's side of it; the channel's other end is
 * channel.c.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE /* POLLRDHUP */
#endif
#include "job.h"

#include "channel.h"
#include "error.h"
#include "net.h"
#include "pool.h"
#include "stuck.h"
#include "worker.h"

#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

/* Where no descriptor for waking is to be had, the asker looks this often. */
#define LOOK_MS 10u

#define NO_FD (-1)

/* Copies strings into one block that was sized by the same walk. */
struct copier {
    char *at;
};

static const char *copy_text(struct copier *c, const char *text, size_t length)
{
    char *start = c->at;

    memcpy(start, text, length);
    start[length] = '\0';
    c->at += length + 1;
    return start;
}

static size_t pairs_size(const v8pool_header *pairs, size_t count)
{
    size_t size = count * sizeof(*pairs);
    size_t i;

    for (i = 0; i < count; i++) {
        size += strlen(pairs[i].name) + strlen(pairs[i].value) + 2;
    }
    return size;
}

static size_t request_size(const v8pool_request *r)
{
    size_t size = pairs_size(r->headers, r->header_count);

    if (r->env != NULL) {
        size += pairs_size(r->env->values, r->env->count);
    }
    size += strlen(r->method) + strlen(r->url) + strlen(r->origin) + 3;
    size += r->place.address != NULL ? strlen(r->place.address) + 1 : 0;
    return size + r->body_length + 1;
}

/* Pre: to is aligned. */
static void copy_pairs(struct copier *c, v8pool_header *to,
                       const v8pool_header *from, size_t count)
{
    size_t i;

    for (i = 0; i < count; i++) {
        to[i].name = copy_text(c, from[i].name, strlen(from[i].name));
        to[i].value = copy_text(c, from[i].value, strlen(from[i].value));
    }
}

/* The tables come first in job->text, where they are aligned. */
static void copy_request(v8pool_job *job, const v8pool_request *from)
{
    v8pool_request *to = &job->request;
    v8pool_header *headers = (v8pool_header *)(void *)job->text;
    v8pool_header *env = headers + from->header_count;
    size_t env_count = from->env != NULL ? from->env->count : 0;
    struct copier c = {(char *)(env + env_count)};

    *to = *from;
    copy_pairs(&c, headers, from->headers, from->header_count);
    to->headers = headers;
    if (from->env != NULL) {
        copy_pairs(&c, env, from->env->values, env_count);
        job->env = *from->env;
        job->env.values = env;
        to->env = &job->env;
    }
    to->method = copy_text(&c, from->method, strlen(from->method));
    to->url = copy_text(&c, from->url, strlen(from->url));
    to->origin = copy_text(&c, from->origin, strlen(from->origin));
    if (from->place.address != NULL) {
        to->place.address = copy_text(&c, from->place.address,
                                      strlen(from->place.address));
    }
    if (from->fetch != NULL) {
        job->fetch = *from->fetch;
        to->fetch = &job->fetch;
    }
    if (from->body != NULL) {
        to->body = copy_text(&c, from->body, from->body_length);
    }
}

_Static_assert(sizeof(struct v8pool_job) % _Alignof(v8pool_header) == 0,
               "the headers are copied to the end of the struct");

v8pool_job *v8p_job_create(v8pool *pool, v8pool_bundle *bundle,
                           const v8pool_request *request, size_t channel_bytes)
{
    v8pool_job *job = malloc(sizeof(*job) + request_size(request));

    if (job == NULL) {
        return NULL;
    }
    memset(job, 0, offsetof(struct v8pool_job, error));
    job->held = NULL;
    job->wake_fd = NO_FD;
    job->error.status = V8POOL_OK;
    pthread_mutex_init(&job->mtx, NULL);
    v8p_cond_init(&job->cond);
    atomic_init(&job->refs, 2);
    job->pool = pool;
    job->bundle = bundle;
    job->channel_bytes = channel_bytes;
    job->submitted_us = v8p_now_us();
    copy_request(job, request);
    return job;
}

void v8p_host_release(const v8pool_host *host)
{
    if (host->release != NULL) {
        host->release(host->baton);
    }
}

void v8p_job_unref(v8pool_job *job)
{
    if (atomic_fetch_sub(&job->refs, 1) != 1) {
        return;
    }
    v8p_channel_clear(job);
    v8p_net_clear(job);
    v8p_body_clear(job);
    if (job->wake_fd >= 0) {
        close(job->wake_fd);
    }
    v8p_host_release(&job->request.host);
    pthread_cond_destroy(&job->cond);
    pthread_mutex_destroy(&job->mtx);
    free(job);
}

/* Pre: job->mtx is held.  Whoever leaves the queue makes room in it at once,
 * although the queue itself holds the job until a worker meets it or the asker
 * lets it go. */
static void leave_queue(v8pool_job *job, enum v8p_job_state state)
{
    if (job->state == V8P_JOB_QUEUED && job->counted) {
        atomic_fetch_sub(&job->pool->waiting, 1);
        atomic_fetch_sub(&job->bundle->line.waiting, 1);
    }
    job->state = state;
}

int v8p_job_begin(v8pool_job *job, unsigned slot)
{
    int waiting;

    pthread_mutex_lock(&job->mtx);
    waiting = job->state == V8P_JOB_QUEUED;
    if (waiting) {
        leave_queue(job, V8P_JOB_RUNNING);
        job->started_us = v8p_now_us();
        job->timing.queue_us = (uint32_t)(job->started_us - job->submitted_us);
        job->slot = slot;
    }
    pthread_mutex_unlock(&job->mtx);
    return waiting;
}

void v8p_job_armed(v8pool_job *job, uint64_t arming)
{
    int gone;

    pthread_mutex_lock(&job->mtx);
    job->arming = arming;
    gone = job->deaf;
    pthread_mutex_unlock(&job->mtx);
    if (gone) {
        v8p_watchdog_give_up(&job->pool->watchdog, job->slot, arming);
    }
}

void v8p_job_wake(v8pool_job *job)
{
    pthread_cond_broadcast(&job->cond);
    if (job->is_polling) {
        (void)eventfd_write(job->wake_fd, 1); /* full: it is awake as well */
    }
}

/* Pre: job->mtx is held. */
static void end_locked(v8pool_job *job, v8pool_status result)
{
    leave_queue(job, V8P_JOB_ENDED);
    v8p_channel_end(job);
    job->result = result;
    job->deaf = 1;
    job->is_left = 0;
    v8p_job_wake(job);
}

void v8p_job_end(v8pool_job *job, v8pool_status result,
                 const v8pool_timing *timing, const v8pool_error *err)
{
    pthread_mutex_lock(&job->mtx);
    if (job->state != V8P_JOB_ENDED) {
        if (timing != NULL) {
            uint32_t queue_us = job->timing.queue_us;

            job->timing = *timing;
            job->timing.queue_us = queue_us;
        }
        if (err != NULL && result != V8POOL_OK && result != V8POOL_DECLINED) {
            job->error = *err;
        }
        end_locked(job, result);
    }
    pthread_mutex_unlock(&job->mtx);
}

int v8p_job_displace(v8pool_job *job, const char *by_bundle)
{
    int waits;

    pthread_mutex_lock(&job->mtx);
    waits = job->state == V8P_JOB_QUEUED;
    if (waits) {
        job->timing.queue_us = (uint32_t)(v8p_now_us() - job->submitted_us);
        v8p_error_set(&job->error, V8POOL_E_FULL,
                      "the queue is full, its place went to bundle %s, which "
                      "has fewer renders in it",
                      by_bundle);
        end_locked(job, V8POOL_E_FULL);
    }
    pthread_mutex_unlock(&job->mtx);
    return waits;
}

void v8p_job_interrupt(v8pool_job *job)
{
    pthread_mutex_lock(&job->mtx);
    job->deaf = 1;
    job->is_left = 0;
    pthread_cond_broadcast(&job->cond);
    pthread_mutex_unlock(&job->mtx);
}

/* Pre: job->mtx is held, the job has not ended.  A reader that was behind is not
 * the render's fault, nor a client that is slow. */
static uint64_t patience_us(const v8pool_job *job)
{
    uint64_t from_us =
        job->read_us > job->started_us ? job->read_us : job->started_us;

    if (job->state == V8P_JOB_QUEUED) {
        return v8p_after_ms(job->submitted_us, job->request.queue_ms);
    }
    if (job->body.is_awaited) {
        return V8P_NEVER;
    }
    return v8p_after_ms(v8p_after_ms(from_us, job->request.timeout_ms),
                        V8P_STUCK_ASKER_MS);
}

/* Pre: job->mtx is held, the job has not ended and its time is over. */
static void give_up(v8pool_job *job)
{
    if (job->state == V8P_JOB_QUEUED) {
        atomic_fetch_add(&job->pool->counters.expired, 1);
        job->timing.queue_us = (uint32_t)(v8p_now_us() - job->submitted_us);
        v8p_error_set(&job->error, V8POOL_E_QUEUE_TIMEOUT,
                      "no isolate became free within %u ms",
                      (unsigned)job->request.queue_ms);
        end_locked(job, V8POOL_E_QUEUE_TIMEOUT);
        return;
    }
    v8p_error_set(&job->error, V8POOL_E_TIMEOUT,
                  "V8 did not stop within %u ms after the limit of %u ms",
                  V8P_STUCK_ASKER_MS, (unsigned)job->request.timeout_ms);
    end_locked(job, V8POOL_E_TIMEOUT);
}

static void fill_end(const v8pool_job *job, v8pool_event *event)
{
    event->kind = V8POOL_END;
    event->result = job->result;
    event->timing = job->timing;
    event->error = NULL;
    if (job->result != V8POOL_OK && job->result != V8POOL_DECLINED) {
        event->error = &job->error;
    }
}

int v8p_job_is_deaf(v8pool_job *job)
{
    int deaf;

    pthread_mutex_lock(&job->mtx);
    deaf = job->deaf;
    pthread_mutex_unlock(&job->mtx);
    return deaf;
}

/* For poll(), rounded up; never for longer than a minute at once. */
static int poll_ms(uint64_t until_us)
{
    uint64_t now_us = v8p_now_us();
    uint64_t left_ms = until_us > now_us ? (until_us - now_us + 999) / 1000 : 0;

    return left_ms < 60000 ? (int)left_ms : 60000;
}

/* Pre: job->mtx is held; it is not in between.  1: fd has something. */
static int poll_until(v8pool_job *job, int fd, uint64_t until_us)
{
    struct pollfd looks[2] = {{job->wake_fd, POLLIN, 0},
                              {fd, POLLIN | POLLRDHUP, 0}};
    eventfd_t ignored;

    job->is_polling = 1;
    pthread_mutex_unlock(&job->mtx);
    (void)poll(looks, 2, poll_ms(until_us));
    pthread_mutex_lock(&job->mtx);
    job->is_polling = 0;
    (void)eventfd_read(job->wake_fd, &ignored);
    return looks[1].revents != 0;
}

/* How a wait ends early. */
struct limit {
    uint64_t until_us;
    int for_body; /* also for what concerns the body, and for fd */
    int fd;
};

/* Pre: as poll_until().  1: it has ended early. */
static int sleep_until(v8pool_job *job, const struct limit *limit,
                       uint64_t until_us)
{
    if (limit->for_body && job->body.has_news) {
        job->body.has_news = 0;
        return 1;
    }
    if (limit->until_us < until_us) {
        until_us = limit->until_us;
    }
    if (limit->fd != NO_FD && job->wake_fd != NO_FD) {
        return poll_until(job, limit->fd, until_us);
    }
    v8p_cond_wait_until(&job->cond, &job->mtx, until_us);
    return 0;
}

/* Until then, or 0. */
static int next_until(v8pool_job *job, v8pool_event *event,
                      const struct limit *limit)
{
    int poke = 0, got = 1, left = 0;
    unsigned slot;

    memset(event, 0, sizeof(*event));
    pthread_mutex_lock(&job->mtx);
    while (!v8p_channel_take(job, event, &poke)) {
        uint64_t until_us, now_us = v8p_now_us();

        if (job->state == V8P_JOB_ENDED) {
            fill_end(job, event);
            break;
        }
        until_us = patience_us(job);
        if (now_us >= until_us) {
            left = job->state == V8P_JOB_QUEUED;
            give_up(job);
            continue;
        }
        if (now_us >= limit->until_us || sleep_until(job, limit, until_us)) {
            got = 0;
            break;
        }
    }
    slot = job->slot;
    pthread_mutex_unlock(&job->mtx);
    if (poke) {
        v8p_worker_poke(&job->pool->workers[slot]);
    }
    if (left) {
        v8p_queue_leave(job);
    }
    return got;
}

void v8pool_job_next(v8pool_job *job, v8pool_event *event)
{
    const struct limit limit = {V8P_NEVER, 0, NO_FD};

    (void)next_until(job, event, &limit);
}

int v8pool_job_wait(v8pool_job *job, v8pool_event *event, uint32_t wait_ms)
{
    const struct limit limit = {v8p_after_ms(v8p_now_us(), wait_ms), 0, NO_FD};

    return next_until(job, event, &limit);
}

int v8pool_job_wait_fd(v8pool_job *job, v8pool_event *event, uint32_t wait_ms,
                       int fd)
{
    struct limit limit = {0, 1, fd};

    if (fd != NO_FD && job->wake_fd == NO_FD) {
        job->wake_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
        if (job->wake_fd < 0) {
            job->wake_fd = NO_FD;
            wait_ms = wait_ms < LOOK_MS ? wait_ms : LOOK_MS;
        }
    }
    limit.until_us = v8p_after_ms(v8p_now_us(), wait_ms);
    return next_until(job, event, &limit);
}

void v8pool_job_release(v8pool_job **jobp)
{
    v8pool_job *job = *jobp;
    uint64_t arming = 0;
    unsigned slot = 0;
    int running, waited;

    *jobp = NULL;
    if (job == NULL) {
        return;
    }
    pthread_mutex_lock(&job->mtx);
    waited = job->state == V8P_JOB_QUEUED;
    if (waited) {
        end_locked(job, V8POOL_E_CANCELLED);
    }
    running = job->state == V8P_JOB_RUNNING;
    if (running) {
        job->is_left = !job->deaf;
        job->deaf = 1;
        arming = job->arming; /* 0 = not armed yet: v8p_job_armed() will look */
        slot = job->slot;
        pthread_cond_broadcast(&job->cond);
    }
    pthread_mutex_unlock(&job->mtx);
    if (arming != 0) {
        v8p_watchdog_give_up(&job->pool->watchdog, slot, arming);
    }
    if (running) {
        v8p_worker_poke(&job->pool->workers[slot]); /* it may wait */
    }
    if (waited) {
        v8p_queue_leave(job);
    }
    v8p_job_unref(job);
}
