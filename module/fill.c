/* SPDX-License-Identifier: Apache-2.0
 *
 * fill.c: who fills the cache, and when.  Each child has a thread that tries to
 * be the one; it leads a flight, so that another goes on where its process ends:
 * pages that are there are not rendered again.  One page is fill_page.c's.
 */
#include "fill.h"

#include "child.h"
#include "fill_page.h"
#include "log.h"
#include "roll.h"
#include "sitemap.h"
#include "thread.h"
#include "warmup.h"
#include "zone.h"

#include <ap_mpm.h>
#include <http_core.h>
#include <http_main.h>
#include <apr_strings.h>
#include <signal.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

APLOG_USE_MODULE(v8ssr);

/* Between two looks whether the child that fills is still there. */
#define LOOK apr_time_from_sec(1)

/* Children that may begin, and not end by their own will. */
#define TRIES 5

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t wake; /* of CLOCK_MONOTONIC; made in child_init */
static int going;           /* guarded by mutex; so is the next */
static int running;         /* the thread is there */
static int made;            /* const after child_init: there was one */

/* --- waiting ------------------------------------------------------------------ */

static struct timespec from_now(apr_interval_time_t time)
{
    struct timespec until;

    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += (time_t)apr_time_sec(time);
    until.tv_nsec += (long)apr_time_usec(time) * 1000;
    if (until.tv_nsec >= 1000000000) {
        until.tv_sec++;
        until.tv_nsec -= 1000000000;
    }
    return until;
}

int v8ssr_fill_pause(apr_interval_time_t time)
{
    struct timespec until = from_now(time);
    int go;

    pthread_mutex_lock(&mutex);
    while (!going && time > 0 &&
           pthread_cond_timedwait(&wake, &mutex, &until) == 0) {
    }
    go = going;
    pthread_mutex_unlock(&mutex);
    return !go;
}

/* --- the list ------------------------------------------------------------------ */

static void add(apr_array_header_t *pages, server_rec *s,
                const v8ssr_warmup *warmup, const char *url)
{
    v8ssr_fill_item *item = apr_array_push(pages);

    item->s = s;
    item->warmup = warmup;
    item->url = url;
}

static void add_sitemap(apr_pool_t *p, apr_array_header_t *pages,
                        server_rec *s, const v8ssr_warmup *warmup)
{
    apr_array_header_t *urls = apr_array_make(p, 64, sizeof(const char *));
    const char *wrong = v8ssr_sitemap_read(p, s, warmup->sitemap, urls);
    int i;

    if (wrong != NULL) {
        ap_log_error(APLOG_MARK, APLOG_ERR, 0, s,
                     V8SSR_LOGNO(0092) "SSRWarmup: sitemap %s (line %d of %s)",
                     wrong, warmup->line, warmup->file);
    }
    for (i = 0; i < urls->nelts; i++) {
        add(pages, s, warmup, APR_ARRAY_IDX(urls, i, const char *));
    }
}

/* NULL: nothing of this host is for the cache. */
static const apr_array_header_t *warmups_for_cache(const server_rec *s)
{
    return v8ssr_server_config_of(s)->cache.used ? v8ssr_warmups_of(s) : NULL;
}

static apr_array_header_t *list(apr_pool_t *p, server_rec *s)
{
    apr_array_header_t *pages = apr_array_make(p, 64, sizeof(v8ssr_fill_item));

    for (; s != NULL; s = s->next) {
        const apr_array_header_t *warmups = warmups_for_cache(s);
        int i;

        for (i = 0; warmups != NULL && i < warmups->nelts; i++) {
            const v8ssr_warmup *warmup =
                &APR_ARRAY_IDX(warmups, i, v8ssr_warmup);

            if (warmup->sitemap != NULL) {
                add_sitemap(p, pages, s, warmup);
            }
            else {
                add(pages, s, warmup, warmup->url);
            }
        }
    }
    return pages;
}

/* --- all of it -------------------------------------------------------------------- */

static void *helper_main(void *data)
{
    v8ssr_fill_pages(data);
    return NULL;
}

/* How many pages at a time: the first one's concurrency=, else one. */
static int concurrency_of(const v8ssr_fill_item *item)
{
    return item->warmup->concurrency > 0 ? item->warmup->concurrency : 1;
}

static void run_group(v8ssr_fill *fill, int threads)
{
    pthread_t *others = apr_palloc(fill->p, (size_t)threads * sizeof(*others));
    int i, n = 0;

    while (n < threads - 1 &&
           v8ssr_thread_start(&others[n], helper_main, fill)) {
        n++;
    }
    v8ssr_fill_pages(fill);
    for (i = 0; i < n; i++) {
        pthread_join(others[i], NULL);
    }
}

/* A group: neighbours with one concurrency. */
static void run_groups(v8ssr_fill *fill, apr_array_header_t *pages)
{
    int at = 0;

    while (at < pages->nelts) {
        const v8ssr_fill_item *first = &APR_ARRAY_IDX(pages, at, v8ssr_fill_item);
        int end = at + 1;

        while (end < pages->nelts &&
               concurrency_of(&APR_ARRAY_IDX(pages, end, v8ssr_fill_item)) ==
                   concurrency_of(first)) {
            end++;
        }
        fill->items = first;
        fill->count = end - at;
        atomic_store(&fill->next, 0);
        run_group(fill, concurrency_of(first) < end - at ? concurrency_of(first)
                                                         : end - at);
        at = end;
    }
}

/* 1: all pages were looked at. */
static int fill_cache(server_rec *s)
{
    apr_time_t began = apr_time_now();
    v8ssr_fill fill = {0};
    apr_array_header_t *pages;
    int whole;

    apr_pool_create(&fill.p, NULL); /* no parent: it is this thread's */
    apr_pool_tag(fill.p, "v8ssr fill");
    pages = list(fill.p, s);
    ap_log_error(APLOG_MARK, APLOG_DEBUG, 0, s,
                 V8SSR_LOGNO(0093) "child %ld fills the cache: %d warm-up URLs",
                 (long)getpid(), pages->nelts);
    run_groups(&fill, pages);
    whole = v8ssr_fill_pause(0);
    ap_log_error(APLOG_MARK, APLOG_INFO, 0, s,
                 V8SSR_LOGNO(0090) "child %ld has %s the cache after %ld ms: of "
                                   "%d warm-up URLs %u were rendered, %u were "
                                   "there, %u are not for it, %u failed",
                 (long)getpid(), whole ? "filled" : "left off filling",
                 (long)apr_time_as_msec(apr_time_now() - began), pages->nelts,
                 atomic_load(&fill.filled), atomic_load(&fill.known),
                 atomic_load(&fill.passed), atomic_load(&fill.failed));
    apr_pool_destroy(fill.p);
    return whole;
}

/* --- one child of all --------------------------------------------------------------- */

/* Counts from 1.  With each there are new bundles, or a new list. */
static unsigned generation(void)
{
    int number = 0;

    ap_mpm_query(AP_MPMQ_GENERATION, &number);
    return (unsigned)number + v8ssr_roll_number();
}

/* A child that dies of a page must not be followed by all others.  Its leader
 * only: the number of the generation, and in the last byte how many began. */
static int may_try(unsigned number)
{
    _Atomic uint64_t *tries = &v8ssr_zone_counted()->fill_tries;
    uint64_t n = atomic_load(tries);

    n = n >> 8 == number ? n + 1 : ((uint64_t)number << 8) + 1;
    if ((n & 0xff) > TRIES) {
        return 0;
    }
    atomic_store(tries, n);
    return 1;
}

/* 1: done with it. */
static int try_once(server_rec *s, unsigned number)
{
    if (!may_try(number)) {
        ap_log_error(APLOG_MARK, APLOG_ERR, 0, s,
                     V8SSR_LOGNO(0097) "the cache is not filled: %d children "
                                       "have died while they did it",
                     TRIES);
        return 1;
    }
    if (fill_cache(s)) {
        return 1;
    }
    atomic_fetch_sub(&v8ssr_zone_counted()->fill_tries, 1);
    return 0;
}

/* 1: this generation's list has been worked off, by whomever. */
static int try_to_fill(server_rec *s, unsigned number)
{
    _Atomic uint64_t *filled = &v8ssr_zone_counted()->filled_generation;
    rcache_flight flight;
    rcache_key key;
    char text[40];
    int done;

    if (atomic_load(filled) == number) {
        return 1;
    }
    rcache_key_set(v8ssr_zone(), &key, text,
                   (size_t)snprintf(text, sizeof(text), "fill %u", number));
    if (rcache_flight_begin(v8ssr_zone(), &key, &flight) != RCACHE_LEADER) {
        return 0;
    }
    /* it may have ended between the look and the lead */
    done = atomic_load(filled) == number || try_once(s, number);
    if (done) {
        atomic_store(filled, number);
    }
    rcache_flight_end(v8ssr_zone(), &flight);
    return done;
}

static void *thread_main(void *data)
{
    unsigned number = generation();

    while (v8ssr_fill_pause(0) && !try_to_fill(data, number)) {
        v8ssr_fill_pause(LOOK);
    }
    pthread_mutex_lock(&mutex);
    running = 0;
    pthread_cond_broadcast(&wake);
    pthread_mutex_unlock(&mutex);
    return NULL;
}

static int is_wanted(const server_rec *s)
{
    for (; s != NULL; s = s->next) {
        const apr_array_header_t *warmups = warmups_for_cache(s);

        if (warmups != NULL && warmups->nelts > 0) {
            return 1;
        }
    }
    return 0;
}

static void make_wake(void)
{
    pthread_condattr_t attr;

    pthread_condattr_init(&attr);
    pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    pthread_cond_init(&wake, &attr);
    pthread_condattr_destroy(&attr);
    made = 1;
}

void v8ssr_fill_child_init(apr_pool_t *pchild, server_rec *s)
{
    sigset_t all, before;

    (void)pchild;
    if (v8ssr_zone() == NULL || v8ssr_child_pool() == NULL || !is_wanted(s)) {
        return;
    }
    /* SIGTERM runs all cleanups in its handler until httpd has its threads */
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    make_wake();
    running = 1;
    if (!v8ssr_thread_start(NULL, thread_main, s)) {
        running = 0;
        ap_log_error(APLOG_MARK, APLOG_WARNING, 0, s,
                     V8SSR_LOGNO(0094) "child %ld does not fill the cache: "
                                       "there is no thread to be had",
                     (long)getpid());
    }
    pthread_sigmask(SIG_SETMASK, &before, NULL);
}

void v8ssr_fill_stop(void)
{
    if (!made) {
        return;
    }
    pthread_mutex_lock(&mutex);
    going = 1;
    pthread_cond_broadcast(&wake);
    pthread_mutex_unlock(&mutex);
}

int v8ssr_fill_end(void)
{
    struct timespec until = from_now(apr_time_from_sec(2));
    int ended;

    if (!made) {
        return 1;
    }
    v8ssr_fill_stop();
    pthread_mutex_lock(&mutex);
    while (running && pthread_cond_timedwait(&wake, &mutex, &until) == 0) {
    }
    ended = !running;
    pthread_mutex_unlock(&mutex);
    return ended;
}
