/* SPDX-License-Identifier: Apache-2.0
 *
 * refresh.c: the job is submitted by the request that found the page stale; a
 * thread of its own collects the answer.  There is no queue: a page that is not
 * renewed now is renewed by the next one who asks for it.
 */
#include "refresh.h"

#include "child.h"
#include "counts.h"
#include "log.h"
#include "render.h"
#include "respond.h"
#include "zone.h"

#include <http_core.h>
#include <http_main.h>
#include <apr_strings.h>
#include <pthread.h>
#include <signal.h>
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
    int log_console;
    rcache_flight page; /* led: nobody else renders it */
    rcache_flight slot; /* one of SSRCacheRevalidateMax */
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

struct answer {
    int status;
    apr_table_t *fields;
    apr_array_header_t *body; /* struct iovec */
};

static void note_failure(struct task *t, v8pool_status result,
                         const v8pool_error *err)
{
    v8ssr_zone_count(&v8ssr_zone_counted()->refresh_failures);
    v8ssr_cached_put_failure(t->cached);
    ap_log_error(APLOG_MARK, APLOG_WARNING, 0, t->cached->s,
                 V8SSR_LOGNO(0074) "bundle %s, %s: a stale page could not be "
                                   "rendered anew: %s",
                 t->cached->bundle->name, t->cached->url,
                 err != NULL ? v8ssr_error_line(t->p, err)
                             : v8pool_status_text(result));
}

static void finish(struct task *t, const struct answer *answer,
                   const v8pool_event *end)
{
    v8ssr_count(t->cached->bundle->counts, end->result, &end->timing);
    if (end->result == V8POOL_E_STOPPED) {
        return;
    }
    if (end->result != V8POOL_OK) {
        note_failure(t, end->result, end->error);
        return;
    }
    v8ssr_zone_count(&v8ssr_zone_counted()->refreshes);
    t->cached->nonce = v8ssr_host_nonce(t->host);
    (void)v8ssr_cached_put(t->cached, answer->status, answer->fields,
                           (const struct iovec *)(void *)answer->body->elts,
                           answer->body->nelts);
}

static void log_console(const struct task *t, const v8pool_event *event)
{
    if ((int)event->level >= t->log_console) {
        ap_log_error(APLOG_MARK, v8ssr_log_level(event->level), 0, t->cached->s,
                     V8SSR_LOGNO(0075) "bundle %s, %s rendered anew: console: "
                                       "%s",
                     t->cached->bundle->name, t->cached->url, event->data);
    }
}

static void collect(struct task *t)
{
    struct answer answer = {HTTP_OK, apr_table_make(t->p, 8),
                            apr_array_make(t->p, 4, sizeof(struct iovec))};
    v8pool_event event;
    int i;

    do {
        v8pool_job_next(t->job, &event);
        if (event.kind == V8POOL_HEAD) {
            answer.status = event.status;
            v8ssr_respond_fields(answer.fields, &event);
        }
        else if (event.kind == V8POOL_LOG) {
            log_console(t, &event);
        }
        else if (event.kind == V8POOL_CHUNK) {
            struct iovec *part = apr_array_push(answer.body);

            part->iov_base = event.data;
            part->iov_len = event.length;
        }
    } while (event.kind != V8POOL_END);
    finish(t, &answer, &event);
    for (i = 0; i < answer.body->nelts; i++) {
        v8pool_chunk_free(APR_ARRAY_IDX(answer.body, i, struct iovec).iov_base);
    }
}

static void end_task(struct task *t)
{
    rcache *zone = t->cached->zone;

    v8pool_job_release(&t->job);
    rcache_flight_end(zone, &t->page);
    rcache_flight_end(zone, &t->slot);
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

/* Signals are for httpd's threads. */
static int start_thread(struct task *t)
{
    pthread_attr_t attr;
    pthread_t thread;
    sigset_t all, before;
    int rc;

    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    pthread_attr_init(&attr);
    pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
    pthread_mutex_lock(&mutex);
    rc = pthread_create(&thread, &attr, thread_main, t);
    running += rc == 0;
    pthread_mutex_unlock(&mutex);
    pthread_attr_destroy(&attr);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return rc == 0;
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
    t->cached->began = apr_time_now();
    return t;
}

/* The page's flight is led; 0: it still is. */
static int start(request_rec *r, v8ssr_cached *cached, const rcache_flight *page,
                 const rcache_flight *slot)
{
    struct task *t = make_task(cached);

    t->log_console = v8ssr_log_console(v8ssr_dir_config_of(r));
    t->page = *page;
    t->slot = *slot;
    if (v8ssr_render_submit(r, cached->bundle, cached, &t->job, &t->host) !=
        V8POOL_OK) {
        apr_pool_destroy(t->p);
        return 0;
    }
    if (!start_thread(t)) {
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
