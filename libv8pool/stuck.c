/* SPDX-License-Identifier: Apache-2.0
 *
 * stuck.c: calls that do not end.  Nothing can be done about them in the
 * process: a thread inside V8 cannot be unwound.
 */
#include "stuck.h"

#include "bundle.h"
#include "error.h"
#include "job.h"
#include "mark.h"
#include "pool.h"

#include <string.h>

static int is_over(const struct v8p_slot *slot, uint32_t ms, uint64_t now_us)
{
    return now_us >= v8p_after_ms(slot->fired_us, ms);
}

void v8p_stuck_look(struct v8p_slot *slot, uint64_t now_us)
{
    v8pool_error err;

    if (slot->fired != V8P_FIRED_CPU || slot->job == NULL || slot->asker_told ||
        !is_over(slot, V8P_STUCK_ASKER_MS, now_us)) {
        return; /* of the wall clock, and of a stop, others take care */
    }
    slot->asker_told = 1;
    v8p_error_set(&err, V8POOL_E_CPU,
                  "V8 did not stop within %u ms after it had used up %u ms of "
                  "processor time",
                  V8P_STUCK_ASKER_MS, (unsigned)slot->job->request.cpu_ms);
    v8p_job_end(slot->job, V8POOL_E_CPU, NULL, &err);
}

/* Pre: watchdog.mtx is held.  So long after it was told to end. */
static int goes_on(const struct v8p_slot *slot, uint32_t ms)
{
    return slot->isolate != NULL && slot->fired != V8P_NOT_FIRED &&
           is_over(slot, ms, v8p_now_us());
}

/* Any thread.  Whether that isolate does not come back from another call than
 * the job's; job may be NULL. */
static int is_gone(struct v8p_watchdog *w, unsigned n, const v8pool_job *job)
{
    const struct v8p_slot *slot = &w->slots[n];
    int gone;

    pthread_mutex_lock(&w->mtx);
    gone = w->all == V8P_NOT_FIRED && (job == NULL || slot->job != job) &&
           goes_on(slot, V8P_STUCK_ASKER_MS);
    pthread_mutex_unlock(&w->mtx);
    return gone;
}

static int is_serving(v8pool *pool, unsigned n)
{
    int serving;

    pthread_mutex_lock(&pool->mtx);
    serving = pool->workers[n].serving && !pool->workers[n].exited;
    pthread_mutex_unlock(&pool->mtx);
    return serving;
}

static int is_another_there(v8pool *pool, unsigned but)
{
    unsigned i;

    for (i = 0; i < pool->slot_count; i++) {
        if (i != but && is_serving(pool, i) &&
            !is_gone(&pool->watchdog, i, NULL)) {
            return 1;
        }
    }
    return 0;
}

int v8pool_job_is_lost(v8pool_job *job)
{
    unsigned slot;
    int waits;

    pthread_mutex_lock(&job->mtx);
    waits = job->state == V8P_JOB_RUNNING && job->first == NULL;
    slot = job->slot;
    pthread_mutex_unlock(&job->mtx);
    return waits && is_gone(&job->pool->watchdog, slot, job) &&
           is_another_there(job->pool, slot);
}

/* Pre: w->mtx is held. */
static int is_stuck(const struct v8p_watchdog *w, const struct v8p_slot *slot)
{
    return goes_on(slot, w->pool->config.guard.stuck_ms);
}

static unsigned count_stuck(const struct v8p_watchdog *w)
{
    unsigned i, count = 0;

    for (i = 0; i < w->slot_count; i++) {
        count += (unsigned)is_stuck(w, &w->slots[i]);
    }
    return count;
}

int v8p_stuck_take(struct v8p_watchdog *w, struct v8p_stuck_news *news)
{
    unsigned i;

    if (w->pool == NULL || w->pool->config.guard.stuck == NULL ||
        w->pool->config.guard.stuck_ms == 0 || w->all != V8P_NOT_FIRED) {
        return 0; /* a pool that stops has its own second */
    }
    for (i = 0; i < w->slot_count; i++) {
        struct v8p_slot *slot = &w->slots[i];

        if (!is_stuck(w, slot) || slot->stuck_told) {
            continue;
        }
        slot->stuck_told = 1;
        v8p_mark_stuck(w->pool, i);
        memset(news, 0, sizeof(*news));
        if (slot->job != NULL) {
            const char *name = slot->job->bundle->name;
            const char *url = slot->job->request.url;

            v8p_text_copy(news->bundle, sizeof(news->bundle), name,
                          strlen(name), 0);
            v8p_text_copy(news->url, sizeof(news->url), url, strlen(url), 0);
        }
        news->after_ms = w->pool->config.guard.stuck_ms;
        news->lost = count_stuck(w);
        return 1;
    }
    return 0;
}

void v8p_stuck_tell(const struct v8p_watchdog *w,
                    const struct v8p_stuck_news *news)
{
    const v8pool_guard *guard = &w->pool->config.guard;
    v8pool_stuck stuck = {news->bundle, news->url, news->after_ms, news->lost,
                          w->pool->worker_count};

    guard->stuck(guard->baton, &stuck);
}
