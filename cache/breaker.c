/* SPDX-License-Identifier: Apache-2.0
 *
 * breaker.c: the transitions, each one compare-and-swap.
 *
 *     bit 63               20 19        12 11       2 1   0
 *         +------------------+------------+----------+-----+
 *         | until, ms        | failures   | 0        |state|
 *         +------------------+------------+----------+-----+
 *
 * closed: failures counts, until is 0.  open, probing: until counts.
 */
#include "breaker.h"

#include <stddef.h>

_Static_assert(ATOMIC_LLONG_LOCK_FREE == 2, "shared by processes: no locks");
_Static_assert(sizeof(rcache_breaker) == 8, "as configured for shared memory");

/* The ticket of a call through a closed breaker.  No word of a probe equals
 * it: the state bits differ. */
#define PASSED ((uint64_t)RCACHE_BREAKER_OPEN)

static uint64_t pack(enum rcache_breaker_state state, uint32_t failures,
                     uint64_t until_ms)
{
    return until_ms << 20 | (uint64_t)(failures & 0xff) << 12 | state;
}

static enum rcache_breaker_state state_of(uint64_t word)
{
    return (enum rcache_breaker_state)(word & 3);
}

static uint32_t failures_of(uint64_t word)
{
    return (uint32_t)(word >> 12 & 0xff);
}

static uint64_t until_of(uint64_t word)
{
    return word >> 20;
}

static uint64_t ms_of(int64_t now_us)
{
    return (uint64_t)now_us / 1000;
}

/* 0..limit, from the low digits of the time: they differ between hosts and
 * between openings, and the result depends on nothing else. */
static uint64_t jitter(int64_t now_us, uint64_t limit)
{
    uint64_t x = (uint64_t)now_us * UINT64_C(0x9e3779b97f4a7c15);

    return (x >> 32) % (limit + 1);
}

static uint64_t opened(const rcache_breaker_rule *rule, int64_t now_us)
{
    return pack(RCACHE_BREAKER_OPEN, 0,
                ms_of(now_us) + rule->open_ms +
                    jitter(now_us, rule->open_ms / 4));
}

uint64_t rcache_breaker_enter(rcache_breaker *breaker,
                              const rcache_breaker_rule *rule, int64_t now_us)
{
    uint64_t word = atomic_load(&breaker->word);
    uint64_t probe;

    if (state_of(word) == RCACHE_BREAKER_CLOSED) {
        return PASSED;
    }
    if (ms_of(now_us) < until_of(word)) {
        return 0;
    }
    /* Unlike any earlier probe's: that one's time is over. */
    probe = pack(RCACHE_BREAKER_PROBING, 0, ms_of(now_us) + rule->probe_ms);
    return atomic_compare_exchange_strong(&breaker->word, &word, probe) ? probe
                                                                        : 0;
}

/* Of a call that passed while it was closed. */
static int count(rcache_breaker *breaker, const rcache_breaker_rule *rule,
                 int ok, int64_t now_us)
{
    uint64_t word = atomic_load(&breaker->word);
    uint64_t next;

    do {
        if (state_of(word) != RCACHE_BREAKER_CLOSED || (ok && word == 0)) {
            return 0;
        }
        if (ok) {
            next = 0;
        }
        else if (failures_of(word) + 1 < rule->failures) {
            next = pack(RCACHE_BREAKER_CLOSED, failures_of(word) + 1, 0);
        }
        else {
            next = opened(rule, now_us);
        }
    } while (!atomic_compare_exchange_weak(&breaker->word, &word, next));
    return state_of(next) == RCACHE_BREAKER_OPEN;
}

int rcache_breaker_leave(rcache_breaker *breaker,
                         const rcache_breaker_rule *rule, uint64_t ticket,
                         int ok, int64_t now_us)
{
    if (ticket == PASSED) {
        return count(breaker, rule, ok, now_us);
    }
    if (ticket != 0) {
        atomic_compare_exchange_strong(&breaker->word, &ticket,
                                       ok ? 0 : opened(rule, now_us));
    }
    return 0;
}

enum rcache_breaker_state rcache_breaker_state(const rcache_breaker *breaker)
{
    return state_of(atomic_load(&breaker->word));
}
