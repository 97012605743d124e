/* SPDX-License-Identifier: Apache-2.0
 *
 * writer.c: the queue of what need not be done at once, and the thread that
 * does it.  Nobody who puts something in waits for more than the lock, which
 * is never held during a call to a server.
 */
#include "tier_inside.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

/* Between two attempts to publish a purge. */
#define PUBLISH_AGAIN_US 200000

static int64_t now_us(void)
{
    return rcache_tier_clock(CLOCK_MONOTONIC);
}

static int cond_init(pthread_cond_t *cond)
{
    pthread_condattr_t attr;
    int rc = pthread_condattr_init(&attr);

    if (rc == 0) {
        pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
        rc = pthread_cond_init(cond, &attr);
        pthread_condattr_destroy(&attr);
    }
    return rc;
}

/* Pre: mtx is held.  Nonzero: the time has come. */
static int wait_until(pthread_cond_t *cond, pthread_mutex_t *mtx, int64_t us)
{
    struct timespec ts = {.tv_sec = (time_t)(us / 1000000),
                          .tv_nsec = (long)(us % 1000000) * 1000};

    return pthread_cond_timedwait(cond, mtx, &ts) == ETIMEDOUT;
}

int rcache_writer_create(rcache_writer *writer)
{
    pthread_mutex_init(&writer->mtx, NULL);
    if (cond_init(&writer->wake) != 0) {
        return -1;
    }
    if (cond_init(&writer->ended) != 0) {
        pthread_cond_destroy(&writer->wake);
        return -1;
    }
    return 0;
}

/* ---- the queue ----------------------------------------------------------------- */

static void free_job(rcache_job *job)
{
    if (job != NULL) {
        free(job->bytes);
        free(job);
    }
}

/* Pre: mtx is held. */
static int has_room(const rcache_tier *tier, const rcache_job *job)
{
    const rcache_writer *w = &tier->writer;

    return !w->is_stopping && w->count < tier->config.queue_count &&
           job->length <= tier->config.queue_bytes - w->bytes;
}

/* Takes the job.  1: it is in the queue. */
static int push(rcache_tier *tier, rcache_job *job)
{
    rcache_writer *w = &tier->writer;
    int taken;

    pthread_mutex_lock(&w->mtx);
    taken = has_room(tier, job);
    if (taken) {
        if (w->last != NULL) {
            w->last->next = job;
        }
        else {
            w->first = job;
        }
        w->last = job;
        w->count++;
        w->bytes += job->length;
        pthread_cond_signal(&w->wake);
    }
    pthread_mutex_unlock(&w->mtx);
    if (!taken) {
        free_job(job);
    }
    return taken;
}

/* Pre: mtx is held.  NULL: empty. */
static rcache_job *pop(rcache_writer *w)
{
    rcache_job *job = w->first;

    if (job != NULL) {
        w->first = job->next;
        if (w->first == NULL) {
            w->last = NULL;
        }
        w->count--;
        w->bytes -= job->length;
    }
    return job;
}

enum rcache_tier_result rcache_tier_put_later(rcache_tier *tier,
                                              const rcache_l2_key *key,
                                              char *bytes, size_t length,
                                              uint32_t ttl_s)
{
    rcache_job *job;

    if (length > RCACHE_VALUE_MAX) {
        RCACHE_TIER_COUNT(tier, too_large);
        free(bytes);
        return RCACHE_TIER_TOO_LARGE;
    }
    job = calloc(1, sizeof(*job));
    if (job != NULL) {
        job->key = *key;
        job->bytes = bytes;
        job->length = length;
        job->ttl_s = ttl_s;
        if (push(tier, job)) {
            return RCACHE_TIER_DONE;
        }
    }
    else {
        free(bytes);
    }
    RCACHE_TIER_COUNT(tier, dropped);
    return RCACHE_TIER_NOT;
}

void rcache_tier_unlock_later(rcache_tier *tier, const rcache_tier_lock *lock)
{
    rcache_job *job = calloc(1, sizeof(*job));

    if (job != NULL) {
        job->key = lock->key;
        job->until = lock->until;
        push(tier, job); /* full: it ends by itself */
    }
}

void rcache_tier_purge_later(rcache_tier *tier, uint64_t tag, int soft,
                             int64_t at)
{
    rcache_purge_record record = {
        .tag = tag, .kind = soft != 0, .at = at, .since = now_us()};
    rcache_writer *w = &tier->writer;

    pthread_mutex_lock(&w->mtx);
    if (w->pending_count < RCACHE_PURGES_PENDING) {
        w->pending[w->pending_count++] = record;
    }
    else {
        rcache_purgelog_collapse(&w->all, &record);
    }
    pthread_cond_signal(&w->wake);
    pthread_mutex_unlock(&w->mtx);
}

/* ---- purges on their way ------------------------------------------------------- */

/* Pre: mtx is held.  The oldest is dropped. */
static void shift_pending(rcache_writer *w)
{
    w->pending_count--;
    memmove(w->pending, w->pending + 1,
            w->pending_count * sizeof(w->pending[0]));
}

/* Pre: mtx is held. */
static void collapse_late(rcache_tier *tier)
{
    rcache_writer *w = &tier->writer;
    int64_t limit = now_us() - (int64_t)tier->config.publish_ms * 1000;

    while (w->pending_count > 0 && w->pending[0].since < limit) {
        rcache_purgelog_collapse(&w->all, &w->pending[0]);
        shift_pending(w);
    }
}

/* Pre: mtx is held; it is given up during the call.  Only this thread takes
 * from the list, so that the first is still the first afterwards; `all` may
 * have taken in more, and then has to be told again. */
static void publish(rcache_tier *tier)
{
    rcache_writer *w = &tier->writer;
    int is_all = w->all.at != 0;
    rcache_purge_record *place = is_all ? &w->all : &w->pending[0];
    rcache_purge_record record = *place;
    int done;

    pthread_mutex_unlock(&w->mtx);
    done = rcache_purgelog_publish(tier, &record);
    pthread_mutex_lock(&w->mtx);
    if (!done) {
        place->number = place->at == record.at ? record.number : 0;
        w->publish_at = now_us() + PUBLISH_AGAIN_US;
        collapse_late(tier);
    }
    else if (!is_all) {
        shift_pending(w);
    }
    else if (place->at == record.at) {
        place->at = 0;
        place->number = 0;
    }
    else {
        place->number = 0;
    }
}

/* ---- the thread ---------------------------------------------------------------- */

static void do_job(rcache_tier *tier, rcache_job *job)
{
    rcache_call call = {.verb = RCACHE_VERB_DELETE,
                        .key = job->key.text,
                        .key_length = job->key.length};

    if (job->bytes != NULL) {
        rcache_tier_store(tier, &job->key, job->bytes, job->length, job->ttl_s,
                          1);
    }
    else if (now_us() < job->until) {
        rcache_tier_call(tier, &call, 1);
    }
    free_job(job);
}

/* Pre: mtx is held; it is given up meanwhile.  0: nothing to do now. */
static int do_something(rcache_tier *tier)
{
    rcache_writer *w = &tier->writer;
    int has_purge = w->pending_count > 0 || w->all.at != 0;
    int64_t now = now_us();
    rcache_job *job;

    if (has_purge && now >= w->publish_at) {
        publish(tier);
        return 1;
    }
    if (!w->is_stopping && now >= w->poll_at) {
        w->poll_at = now + (int64_t)tier->config.poll_ms * 1000;
        pthread_mutex_unlock(&w->mtx);
        rcache_purgelog_poll(tier);
        pthread_mutex_lock(&w->mtx);
        return 1;
    }
    job = pop(w);
    if (job == NULL) {
        return 0;
    }
    pthread_mutex_unlock(&w->mtx);
    do_job(tier, job);
    pthread_mutex_lock(&w->mtx);
    return 1;
}

/* Pre: mtx is held. */
static void rest(rcache_writer *w)
{
    int64_t until = w->poll_at;

    if ((w->pending_count > 0 || w->all.at != 0) && w->publish_at < until) {
        until = w->publish_at;
    }
    wait_until(&w->wake, &w->mtx, until);
}

static void *run(void *arg)
{
    rcache_tier *tier = arg;
    rcache_writer *w = &tier->writer;

    pthread_mutex_lock(&w->mtx);
    while (!w->is_stopping || now_us() < w->stop_until) {
        if (do_something(tier)) {
            continue;
        }
        if (w->is_stopping) {
            break;
        }
        rest(w);
    }
    w->has_ended = 1;
    pthread_cond_signal(&w->ended);
    pthread_mutex_unlock(&w->mtx);
    return NULL;
}

int rcache_tier_start(rcache_tier *tier)
{
    /* what a thread causes itself; blocked, the kernel ends the process
     * without asking httpd's handler */
    static const int own[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT,
                              SIGTRAP, SIGPROF};
    rcache_writer *w = &tier->writer;
    sigset_t all, before;
    size_t i;
    int rc;

    sigfillset(&all);
    for (i = 0; i < sizeof(own) / sizeof(*own); i++) {
        sigdelset(&all, own[i]);
    }
    pthread_sigmask(SIG_SETMASK, &all, &before);
    rc = pthread_create(&w->thread, NULL, run, tier);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    w->started = rc == 0;
    return rc;
}

int rcache_tier_stop(rcache_tier *tier, uint32_t ms)
{
    rcache_writer *w = &tier->writer;
    int64_t patience;
    int has_ended;

    if (!w->started) {
        return 0;
    }
    w->started = 0;
    pthread_mutex_lock(&w->mtx);
    w->is_stopping = 1;
    w->stop_until = now_us() + (int64_t)ms * 1000;
    w->publish_at = 0;
    pthread_cond_signal(&w->wake);
    /* a probe's time: no call takes longer */
    patience = w->stop_until + (int64_t)tier->rule.probe_ms * 1000;
    while (!w->has_ended && !wait_until(&w->ended, &w->mtx, patience)) {
    }
    has_ended = w->has_ended;
    pthread_mutex_unlock(&w->mtx);
    if (!has_ended) {
        pthread_detach(w->thread);
        w->is_lost = 1;
        return ETIMEDOUT;
    }
    return pthread_join(w->thread, NULL);
}

void rcache_writer_destroy(rcache_writer *writer)
{
    rcache_job *job;

    while ((job = pop(writer)) != NULL) {
        free_job(job);
    }
    pthread_cond_destroy(&writer->ended);
    pthread_cond_destroy(&writer->wake);
    pthread_mutex_destroy(&writer->mtx);
}
