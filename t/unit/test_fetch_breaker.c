/* SPDX-License-Identifier: Apache-2.0
 *
 * test_fetch_breaker.c: when an origin is left alone, and for how long.  Times
 * are made up.
 */
#include "fetch_breaker.h"

#include "tap.h"

#include <stdlib.h>

static const struct v8p_fetch_breaker_rule rule = {3, 10000, 2000};
#define MS(n) (1000000000u + (uint64_t)(n) * 1000u)

static struct v8p_fetch_breaker *make(void)
{
    return calloc(1, sizeof(struct v8p_fetch_breaker));
}

static void fail(struct v8p_fetch_breaker *b, uint64_t hash, int times,
                 uint64_t now)
{
    while (times-- > 0) {
        v8p_fetch_breaker_leave(b, hash, &rule, 0, now);
    }
}

static void test_breaker_opens_after_failures_in_a_row(void)
{
    struct v8p_fetch_breaker *b = make();

    OK(v8p_fetch_breaker_enter(b, 1, &rule, MS(0)));
    fail(b, 1, 2, MS(0));
    OK(v8p_fetch_breaker_enter(b, 1, &rule, MS(0)));
    v8p_fetch_breaker_leave(b, 1, &rule, 1, MS(0));
    fail(b, 1, 2, MS(0));
    OK(v8p_fetch_breaker_enter(b, 1, &rule, MS(0)));
    fail(b, 1, 1, MS(0));
    OK(!v8p_fetch_breaker_enter(b, 1, &rule, MS(9999)));
    OK(v8p_fetch_breaker_enter(b, 2, &rule, MS(9999))); /* another origin */
    free(b);
}

static void test_breaker_lets_one_try_at_a_time(void)
{
    struct v8p_fetch_breaker *b = make();

    fail(b, 1, 3, MS(0));
    OK(v8p_fetch_breaker_enter(b, 1, &rule, MS(10000)));
    OK(!v8p_fetch_breaker_enter(b, 1, &rule, MS(10000)));
    fail(b, 1, 1, MS(10001)); /* one is enough now */
    OK(!v8p_fetch_breaker_enter(b, 1, &rule, MS(20000)));
    OK(v8p_fetch_breaker_enter(b, 1, &rule, MS(20001)));
    v8p_fetch_breaker_leave(b, 1, &rule, 1, MS(20001));
    OK(v8p_fetch_breaker_enter(b, 1, &rule, MS(20001)));
    OK(v8p_fetch_breaker_enter(b, 1, &rule, MS(20001)));
    free(b);
}

/* It was cancelled. */
static void test_breaker_try_that_never_ends_is_given_up(void)
{
    struct v8p_fetch_breaker *b = make();

    fail(b, 1, 3, MS(0));
    OK(v8p_fetch_breaker_enter(b, 1, &rule, MS(10000)));
    OK(!v8p_fetch_breaker_enter(b, 1, &rule, MS(11999)));
    OK(v8p_fetch_breaker_enter(b, 1, &rule, MS(12000)));
    free(b);
}

static void test_breaker_off_remembers_nothing(void)
{
    static const struct v8p_fetch_breaker_rule off = {0, 10000, 2000};
    struct v8p_fetch_breaker *b = make();
    int i;

    for (i = 0; i < 300; i++) {
        v8p_fetch_breaker_leave(b, 1, &off, 0, MS(0));
    }
    OK(v8p_fetch_breaker_enter(b, 1, &rule, MS(0)));
    fail(b, 1, 3, MS(0));
    OK(v8p_fetch_breaker_enter(b, 1, &off, MS(0)));
    free(b);
}

static void test_breaker_table_is_bounded(void)
{
    struct v8p_fetch_breaker *b = make();
    uint64_t i;

    for (i = 1; i <= V8P_FETCH_ORIGINS + 10; i++) {
        fail(b, i, 3, MS(i));
    }
    OK(v8p_fetch_breaker_enter(b, 1, &rule, MS(1000))); /* made room */
    OK(v8p_fetch_breaker_enter(b, 10, &rule, MS(1000)));
    OK(!v8p_fetch_breaker_enter(b, 11, &rule, MS(1000)));
    OK(!v8p_fetch_breaker_enter(b, V8P_FETCH_ORIGINS + 10, &rule, MS(1000)));
    free(b);
}

static void test_breaker_hashes_differ(void)
{
    OK(v8p_fetch_origin_hash("http://a") != v8p_fetch_origin_hash("http://b"));
    OK(v8p_fetch_origin_hash("") != 0);
}

TAP_MAIN(RUN(test_breaker_opens_after_failures_in_a_row),
         RUN(test_breaker_lets_one_try_at_a_time),
         RUN(test_breaker_try_that_never_ends_is_given_up),
         RUN(test_breaker_off_remembers_nothing),
         RUN(test_breaker_table_is_bounded),
         RUN(test_breaker_hashes_differ))
