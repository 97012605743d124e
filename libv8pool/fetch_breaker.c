/* SPDX-License-Identifier: Apache-2.0
 *
 * fetch_breaker.c: a table that is walked: only origins that fail are in it,
 * and there are few.
 */
#include "fetch_breaker.h"

#include "clock.h"

#include <stddef.h>
#include <string.h>

/* FNV-1a, 64 bit.  Origins of one hash would share a fate; nobody gains. */
uint64_t v8p_fetch_origin_hash(const char *origin)
{
    uint64_t hash = UINT64_C(0xcbf29ce484222325);

    for (; *origin != '\0'; origin++) {
        hash = (hash ^ (unsigned char)*origin) * UINT64_C(0x100000001b3);
    }
    return hash != 0 ? hash : 1;
}

static struct v8p_fetch_origin *find(struct v8p_fetch_breaker *breaker,
                                     uint64_t hash)
{
    unsigned i;

    for (i = 0; i < V8P_FETCH_ORIGINS; i++) {
        if (breaker->origins[i].hash == hash) {
            return &breaker->origins[i];
        }
    }
    return NULL;
}

/* A free one, or that of the oldest failure. */
static struct v8p_fetch_origin *make(struct v8p_fetch_breaker *breaker,
                                     uint64_t hash)
{
    struct v8p_fetch_origin *made = &breaker->origins[0];
    unsigned i;

    for (i = 0; i < V8P_FETCH_ORIGINS && made->hash != 0; i++) {
        struct v8p_fetch_origin *o = &breaker->origins[i];

        if (o->hash == 0 || o->failed_us < made->failed_us) {
            made = o;
        }
    }
    memset(made, 0, sizeof(*made));
    made->hash = hash;
    return made;
}

int v8p_fetch_breaker_enter(struct v8p_fetch_breaker *breaker, uint64_t hash,
                            const struct v8p_fetch_breaker_rule *rule,
                            uint64_t now_us)
{
    struct v8p_fetch_origin *o =
        rule->failures > 0 ? find(breaker, hash) : NULL;

    if (o == NULL || o->until_us == 0) {
        return 1;
    }
    if (now_us < o->until_us ||
        (o->probe_us != 0 &&
         now_us < v8p_after_ms(o->probe_us, rule->probe_ms))) {
        return 0;
    }
    o->probe_us = now_us; /* the time is over: one may try */
    return 1;
}

void v8p_fetch_breaker_leave(struct v8p_fetch_breaker *breaker, uint64_t hash,
                             const struct v8p_fetch_breaker_rule *rule, int ok,
                             uint64_t now_us)
{
    struct v8p_fetch_origin *o;

    if (rule->failures == 0) {
        return;
    }
    o = find(breaker, hash);
    if (ok) {
        if (o != NULL) {
            memset(o, 0, sizeof(*o));
        }
        return;
    }
    o = o != NULL ? o : make(breaker, hash);
    o->failed_us = now_us;
    o->failures++;
    if (o->probe_us != 0 || o->failures >= rule->failures) {
        o->until_us = v8p_after_ms(now_us, rule->open_ms);
        o->probe_us = 0;
    }
}
