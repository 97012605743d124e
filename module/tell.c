/* SPDX-License-Identifier: Apache-2.0
 *
 * tell.c: what the cache did with a request: counts, Cache-Status or X-Cache,
 * and a note for the access log.
 */
#include "cache.h"

#include "zone.h"

#include "cache/status.h"

static void count_event(v8ssr_cache_event event, int collapsed)
{
    v8ssr_zone_counts *n = v8ssr_zone_counted();

    switch (event) {
    case V8SSR_CACHE_HIT_L2:
        v8ssr_zone_count(&n->l2_hits);
        v8ssr_zone_count(&n->hits);
        break;
    case V8SSR_CACHE_HIT:
        v8ssr_zone_count(&n->hits);
        break;
    case V8SSR_CACHE_STALE:
        v8ssr_zone_count(&n->stale);
        break;
    case V8SSR_CACHE_STALE_ERROR:
        v8ssr_zone_count(&n->stale_error);
        break;
    case V8SSR_CACHE_PASS:
        v8ssr_zone_count(&n->passes);
        break;
    default:
        v8ssr_zone_count(&n->misses);
    }
    if (collapsed) {
        v8ssr_zone_count(&n->collapsed);
    }
}

static const char *note_of(v8ssr_cache_event event)
{
    switch (event) {
    case V8SSR_CACHE_HIT:
        return "hit";
    case V8SSR_CACHE_HIT_L2:
        return "hit-l2";
    case V8SSR_CACHE_STALE:
        return "stale";
    case V8SSR_CACHE_STALE_ERROR:
        return "stale-error";
    case V8SSR_CACHE_EXPIRED:
        return "expired";
    case V8SSR_CACHE_PASS:
        return "pass";
    default:
        return "miss";
    }
}

static int is_hit(v8ssr_cache_event event)
{
    return event == V8SSR_CACHE_HIT || event == V8SSR_CACHE_HIT_L2 ||
           event == V8SSR_CACHE_STALE || event == V8SSR_CACHE_STALE_ERROR;
}

/* Rounded down: a stale page is below 0 from its first moment. */
static int64_t whole_seconds(apr_interval_time_t time)
{
    int64_t seconds = apr_time_sec(time);

    return time < apr_time_from_sec(seconds) ? seconds - 1 : seconds;
}

/* RFC 9211 */
static const char *cache_status(request_rec *r, const v8ssr_cached *cached,
                                v8ssr_cache_event event, int collapsed,
                                rcache_reason reason)
{
    rcache_status status = {.cache = "v8ssr", .ttl = RCACHE_NO_TTL};

    status.outcome = is_hit(event)                  ? RCACHE_HIT
                     : event == V8SSR_CACHE_EXPIRED ? RCACHE_FWD_STALE
                     : event == V8SSR_CACHE_PASS    ? RCACHE_FWD_BYPASS
                                                    : RCACHE_FWD_MISS;
    status.collapsed = collapsed;
    if (is_hit(event)) {
        status.ttl = whole_seconds(cached->meta.fresh_until - r->request_time);
        if ((event == V8SSR_CACHE_STALE || event == V8SSR_CACHE_STALE_ERROR) &&
            status.ttl >= 0) {
            status.ttl = -1; /* of another version, or purged softly */
        }
        status.detail = event == V8SSR_CACHE_STALE_ERROR ? "error"
                        : event == V8SSR_CACHE_HIT_L2    ? "memcached"
                                                         : NULL;
    }
    else if (cached != NULL) {
        status.stored = reason == RCACHE_REASON_NONE && cached->refused == NULL;
        status.detail = reason != RCACHE_REASON_NONE
                            ? rcache_reason_text(reason)
                            : cached->refused;
    }
    return rcache_status_format(r->pool, &status);
}

void v8ssr_cache_tell(request_rec *r, const v8ssr_cached *cached,
                      v8ssr_cache_event event, int collapsed,
                      rcache_reason reason)
{
    int header = v8ssr_dir_config_of(r)->cache.header;

    count_event(event, collapsed);
    apr_table_setn(r->notes, "ssr-cache", note_of(event));
    if (header == V8SSR_CACHE_HEADER_STATUS) {
        apr_table_setn(r->headers_out, "Cache-Status",
                       cache_status(r, cached, event, collapsed, reason));
    }
    else if (header == V8SSR_CACHE_HEADER_X_CACHE) {
        apr_table_setn(r->headers_out, "X-Cache",
                       is_hit(event) ? "HIT" : "MISS");
    }
}
