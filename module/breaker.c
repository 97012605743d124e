/* SPDX-License-Identifier: Apache-2.0
 *
 * breaker.c: the breakers of all children: closed, open, and half open while one
 * render is tried.  There is one for each version of a bundle and each place
 * where SSRBreaker stands; it is taken with the first failure.
 */
#include "breaker_inside.h"

#include "counts.h"
#include "log.h"
#include "poison.h"
#include "retained.h"

#include "cache/rcache.h"

#include <apr_strings.h>
#include <errno.h>
#include <string.h>

APLOG_USE_MODULE(v8ssr);

/* A module of another layout, new on the disk, must not find these. */
#define RETAINED "mod_v8ssr breaker " V8POOL_VERSION

struct retained {
    v8ssr_breaker_entry *entries;
};

static v8ssr_breaker_entry *shared(void)
{
    struct retained *kept = v8ssr_retained(RETAINED, sizeof(*kept));

    return kept->entries;
}

int v8ssr_breaker_post_config(apr_pool_t *pconf, apr_pool_t *plog,
                              apr_pool_t *ptemp, server_rec *s)
{
    struct retained *kept = v8ssr_retained(RETAINED, sizeof(*kept));

    (void)pconf, (void)plog, (void)ptemp;
    if (kept->entries == NULL) {
        kept->entries =
            v8ssr_map_shared(V8SSR_BREAKERS * sizeof(*kept->entries));
    }
    if (kept->entries == NULL) {
        ap_log_error(APLOG_MARK, APLOG_ERR, APR_FROM_OS_ERROR(errno), s,
                     V8SSR_LOGNO(0146) "no shared memory for SSRBreaker: "
                                       "renders that fail are not counted");
    }
    return OK;
}

const v8ssr_breaker_entry *v8ssr_breaker_entries(void)
{
    return shared();
}

/* --- the table ------------------------------------------------------------------- */

/* A new version of the bundle is not to blame for what the last one did. */
static uint64_t key_of(apr_pool_t *p, const v8ssr_bundle *bundle,
                       const v8ssr_breaker_conf *conf)
{
    const char *host = v8ssr_host_name(p, conf->server);
    uint64_t key = v8ssr_poison_owner(bundle);

    key = (key * 31 + conf->place) * 31 + rcache_tag_hash(host, strlen(host));
    return key != 0 ? key : 1;
}

/* Behind the last one that could be it there is a free one, unless all are
 * taken.  *room: that one, or NULL. */
static v8ssr_breaker_entry *find(v8ssr_breaker_entry *all, uint64_t key,
                                 v8ssr_breaker_entry **room)
{
    unsigned i;

    *room = NULL;
    for (i = 0; i < V8SSR_BREAKERS; i++) {
        v8ssr_breaker_entry *e = &all[(key + i) % V8SSR_BREAKERS];
        uint64_t has = atomic_load(&e->key);

        if (has == key) {
            return e;
        }
        if (has == 0) {
            *room = e;
            return NULL;
        }
    }
    return NULL;
}

static int64_t last_failure(v8ssr_breaker_entry *e)
{
    unsigned last = atomic_load(&e->next) + V8SSR_FAILURES_MAX - 1;

    return atomic_load(&e->failed_us[last % V8SSR_FAILURES_MAX]);
}

static void forget_failures(v8ssr_breaker_entry *e)
{
    int i;

    for (i = 0; i < V8SSR_FAILURES_MAX; i++) {
        atomic_store(&e->failed_us[i], 0);
    }
}

/* The one whose last failure is the longest ago, of those that refuse nothing.
 * NULL: all do. */
static v8ssr_breaker_entry *oldest(v8ssr_breaker_entry *all)
{
    int64_t now_us = apr_time_now();
    v8ssr_breaker_entry *found = NULL;
    int i;

    for (i = 0; i < V8SSR_BREAKERS; i++) {
        if (atomic_load(&all[i].until_us) <= now_us &&
            (found == NULL || last_failure(&all[i]) < last_failure(found))) {
            found = &all[i];
        }
    }
    return found;
}

static void name(v8ssr_breaker_entry *e, const v8ssr_breaker_pass *pass)
{
    apr_cpystrn(e->bundle, pass->bundle->name, sizeof(e->bundle));
    apr_cpystrn(e->section, pass->conf->section, sizeof(e->section));
    atomic_store(&e->named, 1);
}

/* Another child may be faster: with this key, or with another one. */
static v8ssr_breaker_entry *take(v8ssr_breaker_entry *all,
                                 const v8ssr_breaker_pass *pass)
{
    v8ssr_breaker_entry *e, *room;
    uint64_t had = 0;

    while ((e = find(all, pass->key, &room)) == NULL && room != NULL) {
        had = 0;
        if (atomic_compare_exchange_strong(&room->key, &had, pass->key)) {
            name(room, pass);
            return room;
        }
    }
    if (e != NULL || (e = oldest(all)) == NULL) {
        return e;
    }
    had = atomic_load(&e->key);
    if (!atomic_compare_exchange_strong(&e->key, &had, pass->key)) {
        return NULL;
    }
    atomic_store(&e->named, 0);
    atomic_store(&e->until_us, 0);
    forget_failures(e);
    name(e, pass);
    return e;
}

/* --- whether it is rendered -------------------------------------------------------- */

/* As long as the trial may take: there is one at a time.  Should its child die,
 * the next one is tried then. */
static int64_t trial_until(const request_rec *r, int64_t now_us,
                           const v8ssr_breaker_conf *conf)
{
    apr_interval_time_t most =
        v8ssr_timeout(v8ssr_dir_config_of(r)) +
        v8ssr_queue_wait(v8ssr_server_config_of(r->server));

    return now_us + (most > conf->cooldown ? most : conf->cooldown);
}

int v8ssr_breaker_lets(const request_rec *r, const v8ssr_bundle *bundle,
                       v8ssr_breaker_pass *pass)
{
    const v8ssr_breaker_conf *conf = v8ssr_dir_config_of(r)->breaker;
    v8ssr_breaker_entry *e, *room, *all = shared();
    int64_t now_us, until_us;

    memset(pass, 0, sizeof(*pass));
    if (conf == NULL || conf->failures == 0 || all == NULL) {
        return 1;
    }
    pass->conf = conf;
    pass->bundle = bundle;
    pass->key = key_of(r->pool, bundle, conf);
    e = find(all, pass->key, &room);
    until_us = e != NULL ? atomic_load(&e->until_us) : 0;
    if (until_us == 0) {
        return 1;
    }
    now_us = apr_time_now();
    pass->trial_us = trial_until(r, now_us, conf);
    if (until_us <= now_us &&
        atomic_compare_exchange_strong(&e->until_us, &until_us,
                                       pass->trial_us)) {
        return 1;
    }
    pass->conf = NULL;
    pass->trial_us = 0;
    pass->left_us = until_us > now_us ? until_us - now_us : 1;
    return 0;
}

int v8ssr_breaker_refused(request_rec *r, const v8ssr_breaker_pass *pass)
{
    long seconds = (long)apr_time_sec(pass->left_us + APR_USEC_PER_SEC - 1);

    ap_log_rerror(APLOG_MARK, APLOG_INFO, 0, r,
                  V8SSR_LOGNO(0145) "bundle %s, %s %s: too many of its renders "
                                    "have failed to try it now (SSRBreaker)",
                  pass->bundle->name, r->method, r->unparsed_uri);
    /* an error response drops headers_out */
    apr_table_setn(r->err_headers_out, "Retry-After",
                   apr_psprintf(r->pool, "%ld", seconds));
    return HTTP_SERVICE_UNAVAILABLE;
}

/* --- how it ended ------------------------------------------------------------------ */

static int failures_since(v8ssr_breaker_entry *e, int64_t since_us)
{
    int i, count = 0;

    for (i = 0; i < V8SSR_FAILURES_MAX; i++) {
        count += atomic_load(&e->failed_us[i]) > since_us;
    }
    return count;
}

/* Whether it is open from now on.  A render that was begun before it opened is
 * nothing new. */
static int count_failure(v8ssr_breaker_entry *e, const v8ssr_breaker_conf *conf)
{
    int64_t now_us = apr_time_now();
    int64_t closed = 0;

    if (atomic_load(&e->until_us) != 0) {
        return 0;
    }
    atomic_store(&e->failed_us[atomic_fetch_add(&e->next, 1) %
                               V8SSR_FAILURES_MAX],
                 now_us);
    return failures_since(e, now_us - conf->window) >= conf->failures &&
           atomic_compare_exchange_strong(&e->until_us, &closed,
                                          now_us + conf->cooldown);
}

/* 0: it took so long that the next one is tried already. */
static int end_trial(v8ssr_breaker_entry *e, const v8ssr_breaker_pass *pass,
                     int64_t until_us)
{
    int64_t mine = pass->trial_us;

    return atomic_compare_exchange_strong(&e->until_us, &mine, until_us);
}

static void failed(const server_rec *s, apr_pool_t *p, v8ssr_breaker_entry *e,
                   const v8ssr_breaker_pass *pass, v8pool_status status,
                   const v8pool_error *err)
{
    const v8ssr_breaker_conf *conf = pass->conf;
    int opens = pass->trial_us != 0
                    ? end_trial(e, pass, apr_time_now() + conf->cooldown)
                    : count_failure(e, conf);

    if (!opens) {
        return;
    }
    ap_log_error(APLOG_MARK, APLOG_ERR, 0, s,
                 V8SSR_LOGNO(0143) "bundle %s, %s: %s: it is not rendered for "
                                   "%ld s (SSRBreaker); the last: %s",
                 pass->bundle->name, conf->section,
                 pass->trial_us != 0
                     ? "the render that was tried has failed, too"
                     : apr_psprintf(p, "%d renders have failed within %ld s",
                                    conf->failures,
                                    (long)apr_time_sec(conf->window)),
                 (long)apr_time_sec(conf->cooldown),
                 err != NULL ? v8ssr_error_line(p, err)
                             : v8pool_status_text(status));
}

/* It begins anew: what is in flight from before does not open it again. */
static void answered(const server_rec *s, v8ssr_breaker_entry *e,
                     const v8ssr_breaker_pass *pass)
{
    if (pass->trial_us == 0) {
        return;
    }
    forget_failures(e);
    if (end_trial(e, pass, 0)) {
        ap_log_error(APLOG_MARK, APLOG_NOTICE, 0, s,
                     V8SSR_LOGNO(0144) "bundle %s, %s: the render that was "
                                       "tried has ended well: it is rendered "
                                       "again (SSRBreaker)",
                     pass->bundle->name, pass->conf->section);
    }
}

void v8ssr_breaker_ended(const server_rec *s, apr_pool_t *p,
                         v8ssr_breaker_pass *pass, v8pool_status status,
                         const v8pool_error *err)
{
    v8ssr_kind kind = v8ssr_kind_of(status);
    v8ssr_breaker_entry *e, *room, *all = shared();

    if (pass->conf == NULL || all == NULL || kind == V8SSR_NOT_RENDERED) {
        v8ssr_breaker_left(pass);
        return;
    }
    e = kind == V8SSR_FAILED ? take(all, pass) : find(all, pass->key, &room);
    if (e != NULL && kind == V8SSR_FAILED) {
        failed(s, p, e, pass, status, err);
    }
    else if (e != NULL) {
        answered(s, e, pass);
    }
    pass->conf = NULL;
}

void v8ssr_breaker_left(v8ssr_breaker_pass *pass)
{
    v8ssr_breaker_entry *e, *room, *all = shared();

    if (pass->conf != NULL && pass->trial_us != 0 && all != NULL) {
        e = find(all, pass->key, &room);
        if (e != NULL) {
            (void)end_trial(e, pass, apr_time_now());
        }
    }
    pass->conf = NULL;
}
