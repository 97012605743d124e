/* SPDX-License-Identifier: Apache-2.0
 *
 * cache_metrics.c: the render cache in v8ssr-status.  Names and texts of all
 * figures are in EVENTS and STORE, and for memcached in RCACHE_TIER_COUNTS of
 * cache/tier.h.
 */
#include "cache_metrics.h"

#include "l2.h"
#include "metrics.h"
#include "zone.h"

#include <http_protocol.h>
#include <apr_strings.h>
#include <stdlib.h>

/* member of v8ssr_zone_counts, text */
#define EVENTS(X)                                                              \
    X(hits, "Requests answered by a fresh page.")                              \
    X(l2_hits, "Hits whose page was fetched from memcached for them.")         \
    X(stale, "Requests answered by a stale page.")                             \
    X(stale_error, "Requests answered by a stale page after a failed render.") \
    X(misses, "Requests answered by a render, for want of a page.")            \
    X(collapsed, "Hits and misses that waited for the render of another.")     \
    X(passes, "Requests whose page is not for the cache.")                     \
    X(not_modified, "Hits and stale pages that were answered by 304.")         \
    X(stored, "Pages stored, each encoding by itself.")                        \
    X(not_stored, "Answers that were not stored.")                             \
    X(refreshes, "Stale pages rendered anew in the background.")               \
    X(refresh_failures, "Stale pages that could not be rendered anew.")        \
    X(purges, "Purges, each of one tag or more.")                              \
    X(warmed, "Pages rendered for the cache because of SSRWarmup.")            \
    X(warm_failures, "Pages of SSRWarmup that could not be.")                  \
    X(recompressed, "Pages compressed once more by SSRCacheRecompress.")

/* name, member of rcache_stats, type, text */
#define STORE(X)                                                               \
    X(entries, entries, "gauge", "Pages and notes that can be found.")         \
    X(used_bytes, used, "gauge", "Memory in use by entries.")                  \
    X(size_bytes, bytes, "gauge", "Memory there is for entries.")              \
    X(evicted, evicted, "counter", "Entries that made room for others.")       \
    X(replaced, replaced, "counter", "Entries replaced by newer ones.")        \
    X(refused, refused, "counter", "Entries there was no room for.")           \
    X(zombies, zombies, "gauge", "Entries gone but still being sent.")         \
    X(recovered_shards, recovered, "counter",                                  \
      "Shards rebuilt after a process died in them.")                          \
    X(processes, processes, "gauge", "Processes that use the cache.")

struct figure {
    const char *name, *type, *help;
    uint64_t value;
};

enum {
#define ONE(...) +1
    FIGURES = 0 EVENTS(ONE) STORE(ONE) RCACHE_TIER_COUNTS(ONE) +1
#undef ONE
};

/* Zeros where there is no memcached. */
static const rcache_tier_counts *tier_counts(void)
{
    static const rcache_tier_counts none;

    return v8ssr_l2() != NULL ? &rcache_tier_shared_of(v8ssr_l2())->counts
                              : &none;
}

static const struct figure *figures(apr_pool_t *p, rcache *zone)
{
    v8ssr_zone_counts *counts = v8ssr_zone_counted();
    const rcache_tier_counts *tier = tier_counts();
    rcache_stats stats;

    rcache_stats_read(zone, &stats);
    {
        const struct figure now[FIGURES] = {
#define EVENT(name, help) {#name, "counter", help, atomic_load(&counts->name)},
#define STAT(name, member, type, help) {#name, type, help, stats.member},
#define TIER(name, help)                                                       \
    {"memcached_" #name, "counter", "memcached: " help ".",                    \
     atomic_load(&tier->name)},
            EVENTS(EVENT) STORE(STAT) RCACHE_TIER_COUNTS(TIER)
            {"memcached_down", "gauge", "memcached: servers that are left "
                                        "alone at present.",
             v8ssr_l2_down()},
#undef EVENT
#undef STAT
#undef TIER
        };

        return apr_pmemdup(p, now, sizeof(now));
    }
}

/* --- HTML ------------------------------------------------------------------- */

void v8ssr_cache_print_html(request_rec *r)
{
    rcache *zone = v8ssr_zone();
    const struct figure *f;
    int i;

    if (zone == NULL) {
        return;
    }
    f = figures(r->pool, zone);
    ap_rputs("<h2>Render cache</h2>\n<table>\n", r);
    for (i = 0; i < FIGURES; i++) {
        ap_rprintf(r, "<tr><th>%s<td>%" APR_UINT64_T_FMT "<td>%s\n", f[i].name,
                   f[i].value, f[i].help);
    }
    ap_rputs("</table>\n", r);
}

/* --- JSON ------------------------------------------------------------------- */

static void print_validity(request_rec *r, rcache *zone)
{
    char *said = rcache_validate(zone);

    ap_rprintf(r, ",\"valid\":%s",
               said == NULL ? "true" : v8ssr_json_string(r->pool, said));
    free(said);
}

void v8ssr_cache_print_json(request_rec *r, int validate)
{
    rcache *zone = v8ssr_zone();
    const struct figure *f;
    int i;

    if (zone == NULL) {
        ap_rputs("\"cache\":null", r);
        return;
    }
    f = figures(r->pool, zone);
    ap_rputs("\"cache\":{", r);
    for (i = 0; i < FIGURES; i++) {
        ap_rprintf(r, "%s\"%s\":%" APR_UINT64_T_FMT, i > 0 ? "," : "",
                   f[i].name, f[i].value);
    }
    if (validate) {
        print_validity(r, zone);
    }
    ap_rputs("}", r);
}

/* --- Prometheus ------------------------------------------------------------- */

void v8ssr_cache_print_prometheus(request_rec *r)
{
    rcache *zone = v8ssr_zone();
    const struct figure *f;
    int i;

    if (zone == NULL) {
        return;
    }
    f = figures(r->pool, zone);
    for (i = 0; i < FIGURES; i++) {
        const char *name =
            apr_pstrcat(r->pool, "v8ssr_cache_", f[i].name,
                        *f[i].type == 'c' ? "_total" : "", NULL);

        ap_rprintf(r, "# HELP %s %s\n# TYPE %s %s\n%s %" APR_UINT64_T_FMT "\n",
                   name, f[i].help, name, f[i].type, name, f[i].value);
    }
}
