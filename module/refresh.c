/* SPDX-License-Identifier: Apache-2.0
 *
 * refresh.c: the job is submitted by the request that found the page stale, or
 * that has waited for it in vain; a thread of its own collects the answer.  There
 * is no queue: a page that is not renewed now is renewed by the next one who asks
 * for it.
 */
#include "refresh.h"

#include "child.h"
#include "collect.h"
#include "counts.h"
#include "log.h"
#include "thread.h"
#include "zone.h"

#include <http_core.h>
#include <http_main.h>
#include <apr_strings.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

APLOG_USE_MODULE(v8ssr);

struct task {
    apr_pool_t *p;
    v8ssr_cached *cached;
    v8pool_job *job;
    const v8ssr_host *host; /* the job's */
    v8ssr_breaker_pass pass;
    int log_console;
    int has_page;
    rcache_flight page; /* led: nobody else renders it */
    int is_late;        /* a visitor has waited for it; then the next two */
    v8ssr_choice choice;
    v8ssr_l2_lock lock;
    rcache_flight slot; /* else one of SSRCacheRevalidateMax */
};

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t ended = PTHREAD_COND_INITIALIZER;
static int running; /* threads */

/* --- the host's slots ------------------------------------------------------------- */

/* A flight each: a process that dies gives its own back. */
static int take_slot(rcache *zone, int most, rcache_flight *slot)
{
    int i;

    for (i = 0; i < most; i++) {
        char text[32];
        rcache_key key;

        rcache_key_set(zone, &key, text,
                       (size_t)snprintf(text, sizeof(text), "refresh %d", i));
        if (rcache_flight_begin(zone, &key, slot) == RCACHE_LEADER) {
            return 1;
        }
    }
    return 0;
}

/* --- the thread --------------------------------------------------------------------- */

static void log_failure(const struct task *t, const char *why)
{
    const char *name = t->cached->bundle->name;

    if (t->is_late) {
        ap_log_error(APLOG_MARK, APLOG_WARNING, 0, t->cached->s,
                     V8SSR_LOGNO(0141) "bundle %s, %s: the page that was late "
                                       "could not be rendered at all: %s",
                     name, t->cached->url, why);
    }
    else {
        ap_log_error(APLOG_MARK, APLOG_WARNING, 0, t->cached->s,
                     V8SSR_LOGNO(0074) "bundle %s, %s: a stale page could not "
                                       "be rendered anew: %s",
                     name, t->cached->url, why);
    }
}

static void note_failure(struct task *t, v8pool_status result,
                         const v8pool_error *err)
{
    if (!t->is_late) {
        v8ssr_zone_count(&v8ssr_zone_counted()->refresh_failures);
    }
    v8ssr_cached_put_failure(t->cached);
    log_failure(t, err != NULL ? v8ssr_error_line(t->p, err)
                               : v8pool_status_text(result));
}

static void count(struct task *t, const v8ssr_collected *answer)
{
    v8ssr_breaker_ended(t->cached->s, t->p, &t->pass, answer->result,
                        answer->error);
    if (t->is_late) {
        v8ssr_canary_ended(t->cached->s, &t->choice, answer->result,
                           &answer->timing);
    }
    else {
        v8ssr_count(t->cached->bundle->counts, answer->result, &answer->timing);
    }
}

static void finish(struct task *t, const v8ssr_collected *answer)
{
    count(t, answer);
    if (answer->result == V8POOL_E_STOPPED ||
        (t->is_late && answer->result == V8POOL_DECLINED)) {
        return;
    }
    if (answer->result != V8POOL_OK) {
        note_failure(t, answer->result, answer->error);
        return;
    }
    if (!t->is_late) {
        v8ssr_zone_count(&v8ssr_zone_counted()->refreshes);
    }
    t->cached->nonce = v8ssr_host_nonce(t->host);
    (void)v8ssr_cached_put(t->cached, answer->status, answer->fields,
                           (const struct iovec *)(void *)answer->body->elts,
                           answer->body->nelts);
}

static void log_console(void *baton, const v8pool_event *event)
{
    const struct task *t = baton;

    if ((int)event->level >= t->log_console) {
        ap_log_error(APLOG_MARK, v8ssr_log_level(event->level), 0, t->cached->s,
                     V8SSR_LOGNO(0075) "bundle %s, %s rendered anew: console: "
                                       "%s",
                     t->cached->bundle->name, t->cached->url, event->data);
    }
}

static void collect(struct task *t)
{
    v8ssr_collected answer;

    v8ssr_collect(t->p, t->job, &answer, log_console, t);
    finish(t, &answer);
    v8ssr_collected_free(&answer);
}

static void end_task(struct task *t)
{
    rcache *zone = t->cached->zone;

    v8pool_job_release(&t->job);
    if (t->has_page) {
        rcache_flight_end(zone, &t->page);
    }
    if (t->is_late) {
        v8ssr_l2_unlock(&t->lock);
    }
    else {
        rcache_flight_end(zone, &t->slot);
    }
    apr_pool_destroy(t->p);
}

static void *thread_main(void *data)
{
    struct task *t = data;

    collect(t);
    end_task(t);
    pthread_mutex_lock(&mutex);
    running--;
    pthread_cond_signal(&ended);
    pthread_mutex_unlock(&mutex);
    return NULL;
}

/* The thread may end before its start is known: it counts under the lock. */
static int start_thread(struct task *t)
{
    int started;

    pthread_mutex_lock(&mutex);
    started = v8ssr_thread_start(NULL, thread_main, t);
    running += started;
    pthread_mutex_unlock(&mutex);
    return started;
}

/* --- the request's side ------------------------------------------------------------- */

static struct task *make_task(const v8ssr_cached *cached)
{
    apr_pool_t *p;
    struct task *t;

    apr_pool_create(&p, NULL); /* no parent: it goes in another thread */
    apr_pool_tag(p, "v8ssr refresh");
    t = apr_pcalloc(p, sizeof(*t));
    t->p = p;
    t->cached = v8ssr_cached_copy(p, cached);
    return t;
}

/* The page's flight is led; 0: it still is. */
static int start(request_rec *r, v8ssr_cached *cached, const rcache_flight *page,
                 const rcache_flight *slot)
{
    struct task *t = make_task(cached);

    t->cached->began = apr_time_now();
    t->log_console = v8ssr_log_console(v8ssr_dir_config_of(r));
    t->has_page = 1;
    t->page = *page;
    t->slot = *slot;
    if (v8ssr_render_submit(r, cached->bundle, cached, &t->job, &t->host,
                            &t->pass) != V8POOL_OK) {
        apr_pool_destroy(t->p);
        return 0;
    }
    if (!start_thread(t)) {
        v8ssr_breaker_left(&t->pass);
        v8pool_job_release(&t->job);
        apr_pool_destroy(t->p);
        return 0;
    }
    return 1;
}

void v8ssr_refresh(request_rec *r, v8ssr_cached *cached)
{
    const v8ssr_server_config *c = v8ssr_server_config_of(ap_server_conf);
    rcache_flight page, slot;
    rcache_key key;

    if (cached->bundle->loaded == NULL || v8ssr_child_pool() == NULL ||
        v8ssr_cached_failed(cached)) {
        return;
    }
    key = v8ssr_cached_key(cached, RCACHE_IDENTITY);
    if (rcache_flight_begin(cached->zone, &key, &page) != RCACHE_LEADER) {
        return;
    }
    if (take_slot(cached->zone, v8ssr_cache_revalidate_most(&c->cache), &slot)) {
        if (start(r, cached, &page, &slot)) {
            return;
        }
        rcache_flight_end(cached->zone, &slot);
    }
    rcache_flight_end(cached->zone, &page);
}

int v8ssr_refresh_late(request_rec *r, const v8ssr_choice *choice,
                       v8ssr_render_extra *extra, v8pool_job *job,
                       const v8ssr_host *host, v8ssr_breaker_pass *pass)
{
    struct task *t = make_task(extra->cached);

    t->is_late = 1;
    t->choice = *choice;
    t->job = job;
    t->host = host;
    t->pass = *pass;
    t->log_console = v8ssr_log_console(v8ssr_dir_config_of(r));
    t->has_page = extra->flight != NULL;
    if (t->has_page) {
        t->page = *extra->flight;
    }
    t->lock = *extra->lock;
    if (!start_thread(t)) {
        apr_pool_destroy(t->p);
        return 0;
    }
    pass->conf = NULL;
    extra->is_handed_on = 1;
    return 1;
}

void v8ssr_refresh_end(void)
{
    struct timespec until;

    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += 2;
    pthread_mutex_lock(&mutex);
    while (running > 0 &&
           pthread_cond_timedwait(&ended, &mutex, &until) == 0) {
    }
    pthread_mutex_unlock(&mutex);
}
