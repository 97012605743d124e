/* SPDX-License-Identifier: Apache-2.0
 *
 * fill_page.c: one page: rendered unless it is there, then sent through the
 * output filters once for each coding, so that V8SSR_SAVE keeps those, too.
 * Leads the page's flight meanwhile, as a request does: who asks for it waits
 * for this render.
 */
#include "fill_page.h"

#include "cache.h"
#include "child.h"
#include "collect.h"
#include "counts.h"
#include "l2.h"
#include "log.h"
#include "madeup.h"
#include "render.h"
#include "route.h"
#include "zone.h"

#include <http_core.h>
#include <http_main.h>
#include <apr_strings.h>
#include <string.h>

APLOG_USE_MODULE(v8ssr);

enum outcome { FILLED, KNOWN, PASSED, FAILED, STOPPED };

/* What is said one by one; all are counted. */
#define COMPLAINTS 10

/* The queue is full of clients' requests: they go first. */
#define TRIES 50
#define PAUSE apr_time_from_msec(200)

/* Between two looks for what another host renders. */
#define POLL apr_time_from_msec(20)

struct page {
    v8ssr_fill *fill;
    const v8ssr_fill_item *item;
    request_rec *r;
    const v8ssr_host *host; /* the job's */
    v8ssr_breaker_pass pass;
    v8ssr_cached *cached;
    rcache_flight flight;
    enum rcache_flight_role role;
    v8ssr_l2_lock lock;
};

static enum outcome complain(const struct page *page, const char *reason)
{
    if (atomic_load(&page->fill->failed) < COMPLAINTS) {
        ap_log_error(APLOG_MARK, APLOG_WARNING, 0, page->item->s,
                     V8SSR_LOGNO(0091) "bundle %s, warm-up %s for the cache: "
                                       "%s",
                     page->cached->bundle->name, page->item->url, reason);
    }
    return FAILED;
}

/* --- the render ---------------------------------------------------------------- */

static enum outcome store(const struct page *page,
                          const v8ssr_collected *answer)
{
    rcache_reason reason;

    page->cached->nonce = v8ssr_host_nonce(page->host);
    reason = v8ssr_cached_put(
        page->cached, answer->status, answer->fields,
        (const struct iovec *)(void *)answer->body->elts, answer->body->nelts);
    if (reason == RCACHE_REASON_NONE && page->cached->refused == NULL) {
        v8ssr_zone_count(&v8ssr_zone_counted()->warmed);
        return FILLED;
    }
    if (answer->status >= 400) {
        return complain(page, apr_psprintf(page->r->pool,
                                           "it was answered with status %d",
                                           answer->status));
    }
    if (reason == RCACHE_REASON_NONE) {
        return complain(page, apr_pstrcat(page->r->pool, "it was not stored: ",
                                          page->cached->refused, NULL));
    }
    return PASSED;
}

static enum outcome judge(const struct page *page,
                          const v8ssr_collected *answer)
{
    v8ssr_count(page->cached->bundle->counts, answer->result, &answer->timing);
    if (answer->result == V8POOL_OK) {
        return store(page, answer);
    }
    if (answer->result == V8POOL_E_STOPPED) {
        return STOPPED;
    }
    if (answer->result == V8POOL_DECLINED) {
        return complain(page, "it was declined (null)");
    }
    if (v8ssr_kind_of(answer->result) == V8SSR_FAILED) {
        v8ssr_cached_put_failure(page->cached);
    }
    return complain(page, answer->error != NULL
                              ? v8ssr_error_line(page->r->pool, answer->error)
                              : v8pool_status_text(answer->result));
}

static enum outcome render(struct page *page)
{
    v8ssr_cached *c = page->cached;
    v8ssr_collected answer;
    v8pool_status status;
    v8pool_job *job;
    enum outcome outcome;
    int tries = 0;

    if (c->bundle->loaded == NULL) {
        return complain(page, "the bundle did not load");
    }
    if (v8ssr_template_is_missing(v8ssr_dir_config_of(page->r))) {
        return complain(page, "there is no good version of its SSRTemplate");
    }
    c->began = apr_time_now();
    while ((status = v8ssr_render_submit(page->r, c->bundle, c, &job,
                                         &page->host, &page->pass)) ==
               V8POOL_E_FULL &&
           tries++ < TRIES) {
        if (!v8ssr_fill_pause(PAUSE)) {
            return STOPPED;
        }
        c->began = apr_time_now();
    }
    if (status == V8POOL_E_STOPPED) {
        return STOPPED;
    }
    if (page->pass.left_us > 0) {
        return complain(page, "too many renders of the bundle have failed "
                              "(SSRBreaker)");
    }
    if (status != V8POOL_OK) {
        return complain(page, v8pool_status_text(status));
    }
    v8ssr_collect(page->r->pool, job, &answer, NULL, NULL);
    v8ssr_breaker_ended(page->r->server, page->r->pool, &page->pass,
                        answer.result, answer.error);
    outcome = judge(page, &answer);
    v8ssr_collected_free(&answer);
    v8pool_job_release(&job);
    return outcome;
}

/* --- who renders ------------------------------------------------------------------ */

/* 1: nothing to do, see *outcome. */
static int is_settled(struct page *page, enum outcome *outcome)
{
    rcache_hit hit;
    int fresh;

    if (!v8ssr_fill_pause(0)) {
        *outcome = STOPPED;
        return 1;
    }
    fresh = v8ssr_cache_fresh(page->cached, RCACHE_IDENTITY, &hit);
    if (fresh > 0) {
        rcache_release(page->cached->zone, &hit);
    }
    *outcome = fresh > 0 ? KNOWN : PASSED;
    return fresh != 0;
}

/* 1: settled, meanwhile or by another host, see *outcome; 0: this thread is to
 * render. */
static int wait_for_others(struct page *page, enum outcome *outcome)
{
    const v8ssr_server_config *s = v8ssr_server_config_of(ap_server_conf);
    v8ssr_cached *c = page->cached;
    rcache_key key = v8ssr_cached_key(c, RCACHE_IDENTITY);

    while (v8ssr_cache_locks(&s->cache) &&
           (page->role = rcache_flight_begin(c->zone, &key, &page->flight)) ==
               RCACHE_FOLLOWER) {
        (void)rcache_flight_wait(c->zone, &page->flight, 200);
        if (is_settled(page, outcome)) {
            return 1;
        }
        key = v8ssr_cached_key(c, RCACHE_IDENTITY);
    }
    return is_settled(page, outcome);
}

/* The same among hosts: another one may have the page, or be at it. */
static int wait_for_hosts(struct page *page, enum outcome *outcome)
{
    const v8ssr_server_config *s = v8ssr_server_config_of(ap_server_conf);
    apr_time_t until = apr_time_now() + v8ssr_cache_lock_wait(&s->cache);
    apr_interval_time_t limit = v8ssr_timeout(v8ssr_dir_config_of(page->r));
    enum rcache_tier_result result;

    for (;;) {
        result = v8ssr_l2_fetch(page->cached, RCACHE_IDENTITY, 0);
        if (result == RCACHE_TIER_DONE && is_settled(page, outcome)) {
            return 1;
        }
        if (result == RCACHE_TIER_DOWN || page->lock.is_held ||
            page->role != RCACHE_LEADER) {
            return 0;
        }
        result = v8ssr_l2_lock_take(page->cached,
                                    limit + apr_time_from_sec(1), &page->lock);
        if (result == RCACHE_TIER_DOWN ||
            (result == RCACHE_TIER_NOT &&
             (apr_time_now() >= until || !v8ssr_fill_pause(POLL)))) {
            return 0;
        }
    }
}

static enum outcome lead(struct page *page)
{
    enum outcome outcome;

    if (!wait_for_others(page, &outcome) && !wait_for_hosts(page, &outcome)) {
        outcome = render(page);
    }
    if (page->role == RCACHE_LEADER) {
        rcache_flight_end(page->cached->zone, &page->flight);
    }
    v8ssr_l2_unlock(&page->lock);
    return outcome;
}

/* --- codings ------------------------------------------------------------------------ */

/* In memory, or as another host has compressed the same page. */
static int has_coded(v8ssr_cached *c, enum rcache_coding coding,
                     int64_t rendered)
{
    rcache_hit hit;

    if (v8ssr_cache_fresh(c, coding, &hit) > 0) {
        rcache_release(c->zone, &hit);
        return 1;
    }
    return v8ssr_l2_fetch(c, coding, rendered) == RCACHE_TIER_DONE;
}

/* Takes the pin.  With a nonce it is compressed for each client. */
static void send_through(request_rec *r, v8ssr_cached *c, rcache_hit *hit,
                         enum rcache_coding coding)
{
    if ((hit->meta->flags & RCACHE_HAS_NONCE) ||
        has_coded(c, coding, hit->meta->rendered)) {
        rcache_release(c->zone, hit);
        return;
    }
    (void)v8ssr_serve(r, c, hit, RCACHE_IDENTITY);
}

static void compress(conn_rec *connection, const v8ssr_fill_item *item,
                     enum rcache_coding coding)
{
    request_rec *r = v8ssr_madeup_request(connection, item->s, item->url,
                                          rcache_coding_name(coding));
    const v8ssr_bundle *bundle = r != NULL ? v8ssr_route(r) : NULL;
    v8ssr_cached *c = bundle != NULL ? v8ssr_cached_make(r, bundle) : NULL;
    rcache_hit hit;

    if (c != NULL && v8ssr_cache_fresh(c, RCACHE_IDENTITY, &hit) > 0) {
        send_through(r, c, &hit, coding);
    }
    if (r != NULL) {
        apr_pool_destroy(r->pool);
    }
}

/* --- a page --------------------------------------------------------------------------- */

/* As a client would be answered: bundle= may say that the line is about another
 * bundle, whose pages nobody gets at this URL. */
static const v8ssr_bundle *bundle_of(const request_rec *r,
                                     const v8ssr_fill_item *item)
{
    const v8ssr_bundle *bundle = v8ssr_route(r);
    const char *name = item->warmup->bundle;

    return bundle != NULL && (name == NULL || strcmp(name, bundle->name) == 0)
               ? bundle
               : NULL;
}

static enum outcome fill_identity(v8ssr_fill *fill, conn_rec *connection,
                                  const v8ssr_fill_item *item)
{
    struct page page = {.fill = fill, .item = item, .role = RCACHE_ALONE};
    const v8ssr_bundle *bundle;
    enum outcome outcome = PASSED;

    page.r = v8ssr_madeup_request(connection, item->s, item->url, NULL);
    if (page.r == NULL) {
        return PASSED;
    }
    bundle = bundle_of(page.r, item);
    page.cached = bundle != NULL ? v8ssr_cached_make(page.r, bundle) : NULL;
    if (page.cached != NULL && !is_settled(&page, &outcome)) {
        outcome = lead(&page);
    }
    apr_pool_destroy(page.r->pool);
    return outcome;
}

static void count(v8ssr_fill *fill, enum outcome outcome)
{
    switch (outcome) {
    case FILLED:
        fill->filled++;
        break;
    case KNOWN:
        fill->known++;
        break;
    case PASSED:
        fill->passed++;
        break;
    case FAILED:
        fill->failed++;
        v8ssr_zone_count(&v8ssr_zone_counted()->warm_failures);
        break;
    case STOPPED:
        break;
    }
}

void v8ssr_fill_pages(v8ssr_fill *fill)
{
    apr_pool_t *p;
    conn_rec *c;
    int i;

    apr_pool_create(&p, NULL); /* no parent: it is this thread's */
    apr_pool_tag(p, "v8ssr fill pages");
    c = v8ssr_madeup_connection(p);
    while (c != NULL && v8ssr_fill_pause(0) &&
           (i = atomic_fetch_add(&fill->next, 1)) < fill->count) {
        const v8ssr_fill_item *item = &fill->items[i];
        enum outcome outcome = fill_identity(fill, c, item);

        if (outcome == FILLED || outcome == KNOWN) {
            compress(c, item, RCACHE_BR);
            compress(c, item, RCACHE_GZIP);
        }
        count(fill, outcome);
    }
    apr_pool_destroy(p);
}
