/* SPDX-License-Identifier: Apache-2.0
 *
 * cache.c: the way of a request through the cache.
 *
 *   look -> fresh: serve
 *        -> stale, may be served while it is renewed: renew, serve
 *        -> known not to be stored, or failed lately: render for this one
 *        -> nothing: lead, look in memcached, render, store, serve; or follow
 *           and look again
 *
 * A page that may be served if rendering fails is asked for once more then.
 */
#include "cache.h"

#include "fallback.h"
#include "fetch.h"
#include "h2.h"
#include "l2.h"
#include "recompress.h"
#include "refresh.h"
#include "render.h"
#include "routes.h"
#include "zone.h"

#include <http_core.h>
#include <http_main.h>
#include <http_protocol.h>
#include <apr_strings.h>
#include <string.h>

enum finding { NOTHING, FRESH, STALE, EXPIRED, PASS };

/* Between two looks for what another host renders. */
#define POLL_FIRST apr_time_from_msec(4)
#define POLL_MOST apr_time_from_msec(32)

/* --- looking --------------------------------------------------------------------------- */

/* A page that is not fresh, for whatever reason, may be shown until then; where
 * no time was given beyond its freshness, never. */
static int may_be_shown(const rcache_meta *m, int64_t until, apr_time_t now)
{
    return until > m->fresh_until && now < until;
}

static enum finding judge(const v8ssr_cached *c, const rcache_hit *hit,
                          apr_time_t now)
{
    const rcache_meta *m = hit->meta;
    int current = m->generation == c->bundle->generation && !hit->soft_purged;

    if (m->status == 0) {
        return current && now < m->fresh_until ? PASS : NOTHING;
    }
    if (current && now < m->fresh_until) {
        return FRESH;
    }
    /* of the last generation, or purged softly: stale, not fresh */
    return may_be_shown(m, m->stale_until, now) ? STALE : EXPIRED;
}

static enum finding find(v8ssr_cached *c, enum rcache_coding coding,
                         apr_time_t now, rcache_hit *hit)
{
    rcache_key key = v8ssr_cached_key(c, coding);
    enum finding found;

    if (!rcache_find(c->zone, &key, hit)) {
        return NOTHING;
    }
    found = judge(c, hit, now);
    if (found != FRESH && found != STALE) {
        rcache_release(c->zone, hit);
    }
    return found;
}

int v8ssr_cache_fresh(v8ssr_cached *c, enum rcache_coding coding,
                      rcache_hit *hit)
{
    switch (find(c, coding, apr_time_now(), hit)) {
    case FRESH:
        return 1;
    case STALE:
        rcache_release(c->zone, hit);
        return 0;
    case PASS:
        return -1;
    default:
        return 0;
    }
}

/* What the client likes, best first; how many. */
static unsigned codings_for(const request_rec *r,
                            enum rcache_coding order[RCACHE_CODINGS])
{
    const char *field = apr_table_get(r->headers_in, "Accept-Encoding");

    return rcache_negotiate(rcache_span_of(field),
                            1u << RCACHE_BR | 1u << RCACHE_GZIP |
                                1u << RCACHE_IDENTITY,
                            order);
}

/* What the client likes best, if it is fresh; else the source of all codings.
 * Where a page is compressed anew each time, that is because its coding is not
 * stored yet: V8SSR_SAVE does it. */
static enum finding look(request_rec *r, v8ssr_cached *c, rcache_hit *hit,
                         enum rcache_coding *coding)
{
    enum rcache_coding order[RCACHE_CODINGS];
    unsigned i, n = codings_for(r, order);

    for (i = 0; i < n && order[i] != RCACHE_IDENTITY; i++) {
        enum finding found = find(c, order[i], r->request_time, hit);

        if (found == FRESH) {
            *coding = order[i];
            return FRESH;
        }
        if (found == STALE) {
            rcache_release(c->zone, hit);
        }
    }
    *coding = RCACHE_IDENTITY;
    return find(c, RCACHE_IDENTITY, r->request_time, hit);
}

/* --- the way --------------------------------------------------------------------------- */

static int serve(request_rec *r, v8ssr_cached *c, rcache_hit *hit,
                 enum rcache_coding coding, v8ssr_cache_event event,
                 int collapsed)
{
    c->meta = *hit->meta;
    v8ssr_cache_tell(r, c, event, collapsed, RCACHE_REASON_NONE);
    if (coding != RCACHE_IDENTITY) {
        v8ssr_recompress_hit(c, hit, coding);
    }
    return v8ssr_serve(r, c, hit, coding);
}

/* A page that is too old is better than none (RFC 5861 4), if it may still be
 * shown. */
int v8ssr_cache_find_stale(request_rec *r, v8ssr_cached *c, rcache_hit *hit)
{
    rcache_key key = v8ssr_cached_key(c, RCACHE_IDENTITY);

    if (!rcache_find(c->zone, &key, hit)) {
        return 0;
    }
    if (hit->meta->status == 0 ||
        (!may_be_shown(hit->meta, hit->meta->error_until, r->request_time) &&
         !may_be_shown(hit->meta, hit->meta->stale_until, r->request_time))) {
        rcache_release(c->zone, hit);
        return 0;
    }
    return 1;
}

int v8ssr_cache_give_stale(request_rec *r, v8ssr_cached *c, rcache_hit *hit)
{
    return serve(r, c, hit, RCACHE_IDENTITY, V8SSR_CACHE_STALE_ERROR, 0);
}

/* Waits for another's render.  1: look again. */
static int wait_flight(v8ssr_cached *c, const rcache_flight *flight,
                       apr_time_t until)
{
    apr_interval_time_t left = until - apr_time_now();

    return left > 0 &&
           rcache_flight_wait(c->zone, flight,
                              (unsigned)apr_time_as_msec(left) + 1);
}

static enum rcache_flight_role begin(v8ssr_cached *c, rcache_flight *flight)
{
    const v8ssr_server_config *s = v8ssr_server_config_of(ap_server_conf);
    rcache_key key = v8ssr_cached_key(c, RCACHE_IDENTITY);

    return v8ssr_cache_locks(&s->cache)
               ? rcache_flight_begin(c->zone, &key, flight)
               : RCACHE_ALONE;
}

static int pass(request_rec *r, const v8ssr_choice *choice, v8ssr_cached *c)
{
    v8ssr_render_extra extra = {c, NULL, NULL, V8SSR_CACHE_PASS, 0, 0};

    if (c == NULL) {
        return v8ssr_render_choice(r, choice, NULL);
    }
    c->began = apr_time_now();
    return v8ssr_render_choice(r, choice, &extra);
}

/* It failed lately (SSRCacheErrorBackoff): what there is, without trying. */
static int answer_failed(request_rec *r, const v8ssr_choice *choice,
                         v8ssr_cached *c)
{
    int rc;

    return v8ssr_fallback_stale(r, c, &rc) ? rc : pass(r, choice, c);
}

/* --- as one of a crowd ------------------------------------------------------------------ */

struct crowd {
    enum rcache_flight_role role;
    rcache_flight flight; /* of this host's processes */
    v8ssr_l2_lock lock;   /* of hosts */
    apr_time_t until;     /* others are waited for */
    apr_time_t patience;  /* this client waits; 0 = as long as it takes */
};

/* Until when others are waited for before the client is. */
static apr_time_t first_end(const struct crowd *crowd)
{
    return crowd->patience != 0 && crowd->patience < crowd->until
               ? crowd->patience
               : crowd->until;
}

/* The leader takes long.  1: the client got something else, *rc. */
static int leave(request_rec *r, v8ssr_cached *c, struct crowd *crowd, int *rc)
{
    v8ssr_instead instead;

    if (crowd->patience == 0 || apr_time_now() < crowd->patience) {
        return 0;
    }
    crowd->patience = 0; /* asked once */
    if (!v8ssr_fallback_choose(r, c, &instead)) {
        return 0;
    }
    *rc = v8ssr_fallback_give(r, c->bundle, c, &instead);
    return 1;
}

/* 1: look again; 0: nobody is waited for any longer; -1: *rc. */
static int follow(request_rec *r, v8ssr_cached *c, struct crowd *crowd, int *rc)
{
    apr_time_t until = first_end(crowd);

    if (wait_flight(c, &crowd->flight, until)) {
        return 1;
    }
    if (leave(r, c, crowd, rc)) {
        return -1;
    }
    return until < crowd->until && wait_flight(c, &crowd->flight, crowd->until);
}

/* Others go on; what was ended before stays ended. */
static void end(v8ssr_cached *c, struct crowd *crowd)
{
    if (crowd->role == RCACHE_LEADER) {
        rcache_flight_end(c->zone, &crowd->flight);
    }
    v8ssr_l2_unlock(&crowd->lock);
}

/* With a fresh page of another host what that one has compressed for it. */
static enum finding look_coded(request_rec *r, v8ssr_cached *c, rcache_hit *hit,
                               enum rcache_coding *coding)
{
    enum rcache_coding order[RCACHE_CODINGS];

    if (codings_for(r, order) == 0 || order[0] == RCACHE_IDENTITY ||
        v8ssr_l2_fetch(c, order[0], hit->meta->rendered) !=
            RCACHE_TIER_DONE) {
        return FRESH;
    }
    rcache_release(c->zone, hit);
    return look(r, c, hit, coding);
}

/* In memcached.  A leader who finds nothing becomes the one who renders for all
 * hosts, or waits for that one; it looks once more when it has become that:
 * the page may have come meanwhile. */
static enum finding look_afar(request_rec *r, v8ssr_cached *c,
                              struct crowd *crowd, rcache_hit *hit,
                              enum rcache_coding *coding)
{
    apr_interval_time_t limit = v8ssr_timeout(v8ssr_dir_config_of(r));
    apr_interval_time_t pause = POLL_FIRST;
    enum rcache_tier_result result;
    enum finding found = NOTHING;

    for (;;) {
        result = v8ssr_l2_fetch(c, RCACHE_IDENTITY, 0);
        if (result == RCACHE_TIER_DONE) {
            found = look(r, c, hit, coding);
            if (found == FRESH) {
                return look_coded(r, c, hit, coding);
            }
        }
        if (found == STALE || result == RCACHE_TIER_DOWN ||
            crowd->role != RCACHE_LEADER || crowd->lock.is_held) {
            return found;
        }
        result = v8ssr_l2_lock_take(c, limit + apr_time_from_sec(1),
                                    &crowd->lock);
        if (result == RCACHE_TIER_DOWN ||
            (result == RCACHE_TIER_NOT && (apr_time_now() >= first_end(crowd) ||
                                           !v8ssr_l2_pause(pause)))) {
            return found;
        }
        pause = 2 * pause < POLL_MOST ? 2 * pause : POLL_MOST;
    }
}

/* Whoever came to render looks once more: in memory, where the page may have
 * come between the look and the lead, then at other hosts.  1: served. */
static int serve_late(request_rec *r, v8ssr_cached *c, struct crowd *crowd,
                      enum finding *found, int collapsed, int *rc)
{
    v8ssr_cache_event event = V8SSR_CACHE_HIT;
    enum rcache_coding coding;
    rcache_hit hit;
    enum finding afar = NOTHING;

    if (crowd->role == RCACHE_LEADER) {
        *found = look(r, c, &hit, &coding);
        if (*found == STALE) {
            rcache_release(c->zone, &hit);
        }
    }
    if (*found != FRESH && *found != PASS && v8ssr_l2() != NULL) {
        afar = look_afar(r, c, crowd, &hit, &coding);
        event = afar == STALE ? V8SSR_CACHE_STALE : V8SSR_CACHE_HIT_L2;
        *found = afar != NOTHING ? afar : *found;
    }
    if (*found != FRESH && afar != STALE) {
        return 0;
    }
    end(c, crowd);
    if (afar == STALE) {
        v8ssr_refresh(r, c);
    }
    *rc = serve(r, c, &hit, coding, event, collapsed);
    return 1;
}

/* For another render's page, or for its own. */
static int wait_for_page(request_rec *r, const v8ssr_choice *choice,
                       v8ssr_cached *c, enum finding found)
{
    const v8ssr_server_config *s = v8ssr_server_config_of(ap_server_conf);
    struct crowd crowd = {
        .until = apr_time_now() + v8ssr_cache_lock_wait(&s->cache),
        .patience = v8ssr_fallback_until(r)};
    v8ssr_render_extra extra = {c, NULL, &crowd.lock, V8SSR_CACHE_MISS, 0, 0};
    enum rcache_coding coding;
    rcache_hit hit;
    int rc = OK, more;

    while ((crowd.role = begin(c, &crowd.flight)) == RCACHE_FOLLOWER &&
           (more = follow(r, c, &crowd, &rc)) != 0) {
        if (more < 0) {
            return rc;
        }
        extra.collapsed = 1;
        found = look(r, c, &hit, &coding);
        if (found == FRESH || found == STALE) {
            return serve(r, c, &hit, coding, V8SSR_CACHE_HIT, 1);
        }
        if (found == PASS) {
            return pass(r, choice, c);
        }
        if (v8ssr_cached_failed(c)) {
            return answer_failed(r, choice, c);
        }
    }
    if (crowd.role != RCACHE_FOLLOWER &&
        serve_late(r, c, &crowd, &found, extra.collapsed, &rc)) {
        return rc;
    }
    extra.flight = crowd.role == RCACHE_LEADER ? &crowd.flight : NULL;
    extra.event = found == EXPIRED ? V8SSR_CACHE_EXPIRED : V8SSR_CACHE_MISS;
    c->began = apr_time_now();
    rc = v8ssr_render_choice(r, choice, &extra);
    if (!extra.is_handed_on) {
        end(c, &crowd); /* if it was not yet */
    }
    return rc;
}

/* Nothing to be served. */
static int answer_miss(request_rec *r, const v8ssr_choice *choice,
                       v8ssr_cached *c, enum finding found)
{
    int holds, rc;

    if (!v8ssr_h2_enter(r, &holds)) {
        return v8ssr_render_refuse_stream(r, choice, c);
    }
    rc = wait_for_page(r, choice, c, found);
    v8ssr_h2_leave(r, holds);
    return rc;
}

int v8ssr_cache_answer(request_rec *r, const v8ssr_choice *choice)
{
    v8ssr_cached *c = v8ssr_cached_make(r, choice->bundle);
    const apr_array_header_t *tags;
    enum rcache_coding coding;
    rcache_hit hit;
    enum finding found;

    if (c == NULL) {
        if (v8ssr_zone() != NULL && v8ssr_routed_cache(r, &tags).on == 1) {
            v8ssr_cache_tell(r, NULL, V8SSR_CACHE_PASS, 0,
                             RCACHE_REASON_NONE);
        }
        return pass(r, choice, NULL);
    }
    found = look(r, c, &hit, &coding);
    switch (found) {
    case FRESH:
        return serve(r, c, &hit, coding, V8SSR_CACHE_HIT, 0);
    case STALE:
        v8ssr_refresh(r, c);
        return serve(r, c, &hit, coding, V8SSR_CACHE_STALE, 0);
    case PASS:
        return pass(r, choice, c);
    default:
        /* its own fetches of this server are refused: a page for no other */
        if (v8ssr_fetch_is_subrequest(r)) {
            return pass(r, choice, NULL);
        }
        return v8ssr_cached_failed(c) ? answer_failed(r, choice, c)
                                      : answer_miss(r, choice, c, found);
    }
}

int v8ssr_cache_quick(request_rec *r, const v8ssr_bundle *bundle)
{
    v8ssr_cached *c = v8ssr_cached_make(r, bundle);
    enum rcache_coding coding;
    rcache_hit hit;
    enum finding found = c != NULL ? look(r, c, &hit, &coding) : NOTHING;

    if (found == FRESH &&
        (coding != RCACHE_IDENTITY || !v8ssr_takes_codings(r))) {
        return serve(r, c, &hit, coding, V8SSR_CACHE_HIT, 0);
    }
    if (found == FRESH || found == STALE) {
        rcache_release(c->zone, &hit);
    }
    return DECLINED;
}
