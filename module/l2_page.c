/* SPDX-License-Identifier: Apache-2.0
 *
 * l2_page.c: one page and memcached.  What comes from there goes into the
 * store in memory first, and is judged and served from there like any other:
 * whether it is of this bundle, fresh or purged is decided in one place.
 */
#include "l2.h"

#include "zone.h"

#include <string.h>
#include <stdlib.h>

/* Name and value of each field, each with its NUL: what has none at its end
 * would be read beyond. */
static int is_head(const rcache_value *value)
{
    size_t i, ends = 0;

    for (i = 0; i < value->head_length; i++) {
        ends += value->head[i] == '\0';
    }
    return ends % 2 == 0 &&
           (i == 0 || value->head[value->head_length - 1] == '\0');
}

static int64_t last_use(const rcache_meta *m)
{
    int64_t until = m->fresh_until;

    until = m->stale_until > until ? m->stale_until : until;
    return m->error_until > until ? m->error_until : until;
}

/* 1: the store in memory has that page already, or a newer one. */
static int is_known(v8ssr_cached *c, const rcache_key *key,
                    const rcache_meta *meta)
{
    rcache_hit hit;
    int known;

    if (!rcache_find(c->zone, key, &hit)) {
        return 0;
    }
    known = hit.meta->rendered >= meta->rendered;
    rcache_release(c->zone, &hit);
    return known;
}

static int is_wanted(v8ssr_cached *c, const rcache_key *key,
                     const rcache_value *value, int64_t rendered)
{
    const rcache_meta *m = &value->meta;

    return m->status >= 200 && m->status < 600 && is_head(value) &&
           apr_time_now() < last_use(m) &&
           (rendered == 0 || rendered == m->rendered) && !is_known(c, key, m);
}

enum rcache_tier_result v8ssr_l2_fetch(v8ssr_cached *cached,
                                       enum rcache_coding coding,
                                       int64_t rendered)
{
    enum rcache_tier_result result;
    rcache_value_view view;
    rcache_key key;
    char *bytes;

    if (v8ssr_l2() == NULL) {
        return RCACHE_TIER_DOWN;
    }
    key = v8ssr_cached_key(cached, coding);
    result = rcache_tier_find(v8ssr_l2(), cached->text, cached->length, &view,
                              &bytes);
    v8ssr_l2_say();
    if (result != RCACHE_TIER_DONE) {
        return result;
    }
    if (!is_wanted(cached, &key, &view.value, rendered) ||
        rcache_put(cached->zone, &key, &view.value) != RCACHE_STORED) {
        result = RCACHE_TIER_NOT;
    }
    free(bytes);
    return result;
}

void v8ssr_l2_put(const v8ssr_cached *cached, const rcache_value *value)
{
    apr_interval_time_t left = last_use(&value->meta) - apr_time_now();

    if (v8ssr_l2() != NULL && left > 0) {
        rcache_tier_put_value_later(v8ssr_l2(), cached->text, cached->length,
                                    value, (uint32_t)apr_time_sec(left) + 1);
    }
}

enum rcache_tier_result v8ssr_l2_lock_take(v8ssr_cached *cached,
                                           apr_interval_time_t time,
                                           v8ssr_l2_lock *lock)
{
    enum rcache_tier_result result;
    rcache_l2_key key;

    if (v8ssr_l2() == NULL) {
        return RCACHE_TIER_DOWN;
    }
    (void)v8ssr_cached_key(cached, RCACHE_IDENTITY); /* sets the text's end */
    rcache_tier_key(v8ssr_l2(), &key, cached->text, cached->length);
    result = rcache_tier_lock_take(v8ssr_l2(), &key,
                                   (uint32_t)apr_time_sec(time) + 1,
                                   &lock->lock);
    lock->is_held = result == RCACHE_TIER_DONE;
    v8ssr_l2_say();
    return result;
}

void v8ssr_l2_unlock(v8ssr_l2_lock *lock)
{
    if (lock != NULL && lock->is_held) {
        rcache_tier_unlock_later(v8ssr_l2(), &lock->lock);
        lock->is_held = 0;
    }
}
