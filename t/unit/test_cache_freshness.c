/* SPDX-License-Identifier: Apache-2.0
 *
 * test_cache_freshness.c: what is stored, for how long, and why not.
 */
#include "cache/freshness.h"
#include "dice.h"

#include <apr_strings.h>
#include <stdlib.h>

#define SECOND INT64_C(1000000)
#define YEAR INT64_C(31536000)

/* Sun, 06 Nov 1994 08:49:37 GMT, and a bit. */
#define NOW (INT64_C(784111777) * SECOND + 250000)

static const rcache_policy no_policy;

static rcache_exchange answer(int status, const apr_table_t *fields)
{
    return (rcache_exchange){.method = "GET",
                             .status = status,
                             .fields = fields,
                             .now = NOW};
}

/* "fresh+stale+error" in seconds, or the reason. */
static const char *judged_as(apr_pool_t *p, const rcache_exchange *exchange,
                             const rcache_policy *policy)
{
    rcache_verdict v;

    memset(&v, 'x', sizeof(v));
    rcache_judge(p, exchange, policy, &v);
    if (v.reason != RCACHE_REASON_NONE) {
        return v.fresh_for != 0 || v.stale_for != 0 || v.error_for != 0
                   ? "times without a page"
                   : rcache_reason_text(v.reason);
    }
    return apr_psprintf(p,
                        "%" APR_INT64_T_FMT "+%" APR_INT64_T_FMT
                        "+%" APR_INT64_T_FMT,
                        v.fresh_for / SECOND, v.stale_for / SECOND,
                        v.error_for / SECOND);
}

static const char *judged(apr_pool_t *p, int status, apr_table_t *fields)
{
    rcache_exchange exchange = answer(status, fields);

    return judged_as(p, &exchange, &no_policy);
}

static void test_reason_text_every_reason_unique(void)
{
    int i, k, same = 0;

    for (i = 0; i < RCACHE_REASON_COUNT; i++) {
        for (k = 0; k < i; k++) {
            same += strcmp(rcache_reason_text((rcache_reason)i),
                           rcache_reason_text((rcache_reason)k)) == 0;
        }
    }
    IS_INT(same, 0);
    IS_STR(rcache_reason_text(RCACHE_REASON_SET_COOKIE), "set-cookie");
    IS_STR(rcache_reason_text(RCACHE_REASON_COUNT), "unknown");
    IS_STR(rcache_reason_text((rcache_reason)-1), "unknown");
}

static void test_never_stored_reason_given(void)
{
    static const char *const rows[][3] = {
        {"Set-Cookie", "a=1", "set-cookie"},
        {"set-cookie", "", "set-cookie"},
        {"Cache-Control", "private, max-age=60", "private"},
        {"Cache-Control", "s-maxage=60, private=\"X\"", "private"},
        {"Cache-Control", "no-store", "no-store"},
        {"Cache-Control", "no-cache", "no-cache"},
        {"Cache-Control", "no-cache=\"X\"", "no-cache"},
        {"CDN-Cache-Control", "no-store", "no-store"},
        {"Surrogate-Control", "no-store", "no-store"},
        {"Vary", "*", "vary"},
        {"Vary", "Accept-Encoding, *", "vary"},
        {"Vary", "Accept-Language", "vary"},
        {"Vary", "Cookie", "vary"},
    };
    apr_pool_t *p = dice_pool();
    size_t i;

    for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        apr_table_t *fields =
            dice_fields(p, "Cache-Control", "max-age=60", rows[i][0],
                        rows[i][1], NULL);

        IS_STR(judged(p, 200, fields), rows[i][2]);
    }
    apr_pool_destroy(p);
}

static void test_request_method_and_authorization(void)
{
    apr_pool_t *p = dice_pool();
    apr_table_t *fields =
        dice_fields(p, "Cache-Control", "public, s-maxage=60", NULL);
    rcache_exchange exchange = answer(200, fields);

    exchange.method = "HEAD";
    IS_STR(judged_as(p, &exchange, &no_policy), "60+0+0");
    exchange.method = "POST";
    IS_STR(judged_as(p, &exchange, &no_policy), "method");
    exchange.method = "GET";
    exchange.has_authorization = 1;
    IS_STR(judged_as(p, &exchange, &no_policy), "authorization");
    apr_pool_destroy(p);
}

/* CDN-Cache-Control is for us, what Cache-Control says for browsers is not. */
static void test_targeted_field_governs_alone(void)
{
    apr_pool_t *p = dice_pool();

    IS_STR(judged(p, 200,
                  dice_fields(p, "Cache-Control", "private, no-store",
                              "CDN-Cache-Control", "max-age=60", "Expires", "0",
                              NULL)),
           "60+0+0");
    IS_STR(judged(p, 200,
                  dice_fields(p, "Cache-Control", "max-age=60",
                              "Surrogate-Control", "max-age=5+4", NULL)),
           "5+4+0");
    /* neither Expires nor Cache-Control fills it up */
    IS_STR(judged(p, 200,
                  dice_fields(p, "Cache-Control", "max-age=60",
                              "CDN-Cache-Control", "public", "Expires",
                              "Sun, 06 Nov 1994 09:49:37 GMT", NULL)),
           "no-lifetime");
    /* not even with a targeted field is a cookie shared */
    IS_STR(judged(p, 200,
                  dice_fields(p, "CDN-Cache-Control", "max-age=60",
                              "Set-Cookie", "a=1", NULL)),
           "set-cookie");
    apr_pool_destroy(p);
}

static void test_lifetime_table_precedence(void)
{
    static const char *const rows[][2] = {
        {"s-maxage=5, max-age=60", "5+0+0"},
        {"max-age=60", "60+0+0"},
        {"max-age=60, s-maxage=x", "no-lifetime"},
        {"max-age=0", "no-lifetime"},
        {"max-age=0, stale-while-revalidate=9", "0+9+0"},
        {"max-age=0, stale-if-error=9", "0+0+9"},
        {"s-maxage=5, stale-while-revalidate=6, stale-if-error=7", "5+6+7"},
        {"max-age=5, stale-while-revalidate=6, must-revalidate", "5+0+0"},
        {"max-age=5, stale-if-error=6, proxy-revalidate", "5+0+0"},
        {"max-age=99999999999, stale-if-error=99999999999",
         "31536000+0+31536000"},
        {"public", "59+0+0"}, /* Expires */
    };
    apr_pool_t *p = dice_pool();
    size_t i;

    for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        IS_STR(judged(p, 200,
                      dice_fields(p, "Cache-Control", rows[i][0], "Expires",
                                  "Sun, 06 Nov 1994 08:50:37 GMT", NULL)),
               rows[i][1]);
    }
    IS_STR(judged(p, 200, dice_fields(p, NULL)), "no-lifetime");
    apr_pool_destroy(p);
}

static void test_expires_table_read(void)
{
    static const char *const later = "Sun, 06 Nov 1994 08:50:37 GMT";
    static const char *const now = "Sun, 06 Nov 1994 08:49:37 GMT";
    apr_pool_t *p = dice_pool();

    IS_STR(judged(p, 200, dice_fields(p, "Expires", later, "Date", now, NULL)),
           "60+0+0");
    IS_STR(judged(p, 200, dice_fields(p, "Expires", "0", NULL)),
           "no-lifetime");
    IS_STR(judged(p, 200, dice_fields(p, "Expires", "tomorrow", NULL)),
           "no-lifetime");
    IS_STR(judged(p, 200, dice_fields(p, "Expires", now, NULL)),
           "no-lifetime");
    IS_STR(judged(p, 200,
                  dice_fields(p, "Expires", later, "Expires", now, "Date", now,
                              NULL)),
           "no-lifetime");
    IS_STR(judged(p, 200,
                  dice_fields(p, "Expires", now, "Expires", later, "Date", now,
                              NULL)),
           "no-lifetime");
    IS_STR(judged(p, 200,
                  dice_fields(p, "Expires", later, "Date", "nonsense", NULL)),
           "59+0+0");
    IS_STR(judged(p, 200,
                  dice_fields(p, "Expires", "Fri, 06 Nov 2026 08:49:37 GMT",
                              NULL)),
           "31536000+0+0");
    apr_pool_destroy(p);
}

/* Times below zero are not "unsaid". */
static void test_expires_just_over_no_policy(void)
{
    static const rcache_policy policy = {100 * SECOND, 0, 0, 0, 0};
    apr_pool_t *p = dice_pool();
    rcache_exchange exchange = answer(
        200, dice_fields(p, "Expires", "Sun, 06 Nov 1994 08:49:37 GMT", NULL));

    exchange.now = NOW / SECOND * SECOND + 1;
    IS_STR(judged_as(p, &exchange, &policy), "no-lifetime");
    apr_pool_destroy(p);
}

/* A second that Date cannot say is no age. */
static void test_age_counts_against_lifetime(void)
{
    apr_pool_t *p = dice_pool();
    apr_table_t *fields = dice_fields(
        p, "Cache-Control",
        "max-age=60, stale-while-revalidate=20, stale-if-error=40", "Date",
        "Sun, 06 Nov 1994 08:49:37 GMT", NULL);
    rcache_exchange exchange = answer(200, fields);
    rcache_verdict v;

    IS_STR(judged(p, 200, fields), "60+20+40");
    apr_table_set(fields, "Age", "50");
    IS_STR(judged(p, 200, fields), "10+20+40");
    apr_table_set(fields, "Age", "70, 1");
    IS_STR(judged(p, 200, fields), "0+10+30");
    rcache_judge(p, &exchange, &no_policy, &v);
    IS_INT(v.age, 70 * SECOND);
    apr_table_set(fields, "Age", "90");
    IS_STR(judged(p, 200, fields), "0+0+10");
    apr_table_set(fields, "Age", "100");
    IS_STR(judged(p, 200, fields), "no-lifetime");
    apr_table_set(fields, "Age", "-5");
    IS_STR(judged(p, 200, fields), "60+20+40");
    apr_table_set(fields, "Date", "Sun, 06 Nov 1994 08:49:07 GMT");
    IS_STR(judged(p, 200, fields), "30+20+40");
    apr_table_set(fields, "Age", "40");
    IS_STR(judged(p, 200, fields), "20+20+40");
    apr_table_set(fields, "Date", "Sun, 06 Nov 1994 08:55:07 GMT");
    IS_STR(judged(p, 200, fields), "20+20+40");
    apr_table_set(fields, "Age", "x");
    IS_STR(judged(p, 200, fields), "60+20+40");
    apr_pool_destroy(p);
}

static void test_status_table_lifetimes(void)
{
    /* status, without fields, with stale windows of its own */
    static const struct {
        int status;
        const char *bare, *own;
    } rows[] = {
        {200, "100+10+20", "60+5+20"}, {203, "100+10+20", "60+5+20"},
        {301, "100+10+20", "60+5+20"}, {308, "100+10+20", "60+5+20"},
        {302, "no-lifetime", "60+5+0"}, {307, "no-lifetime", "60+5+0"},
        {404, "30+0+0", "60+5+0"},      {410, "30+0+0", "60+5+0"},
        {500, "3+0+0", "60+5+0"},       {503, "3+0+0", "60+5+0"},
        {599, "3+0+0", "60+5+0"},       {600, "status", "status"},
        {499, "status", "status"},      {100, "status", "status"},
        {201, "status", "status"},      {204, "status", "status"},
        {206, "status", "status"},      {303, "status", "status"},
        {304, "status", "status"},      {400, "status", "status"},
        {401, "status", "status"},      {403, "status", "status"},
        {0, "status", "status"},        {-1, "status", "status"},
    };
    static const rcache_policy policy = {100 * SECOND, 10 * SECOND,
                                         20 * SECOND, 30 * SECOND, 3 * SECOND};
    apr_pool_t *p = dice_pool();
    apr_table_t *own = dice_fields(
        p, "Cache-Control", "max-age=60, stale-while-revalidate=5", NULL);
    size_t i;

    for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        rcache_exchange bare = answer(rows[i].status, dice_fields(p, NULL));
        rcache_exchange with = answer(rows[i].status, own);

        if (!IS_STR(judged_as(p, &bare, &policy), rows[i].bare) ||
            !IS_STR(judged_as(p, &with, &policy), rows[i].own)) {
            tap_note("  status %d", rows[i].status);
        }
    }
    IS_STR(judged(p, 404, dice_fields(p, NULL)), "no-lifetime");
    IS_STR(judged(p, 500, dice_fields(p, NULL)), "no-lifetime");
    IS_STR(judged(p, 404, own), "60+5+0");
    apr_pool_destroy(p);
}

static void test_policy_fills_in_only_what_is_open(void)
{
    static const rcache_policy policy = {100 * SECOND, 10 * SECOND,
                                         20 * SECOND, 0, 0};
    static const rcache_policy endless = {YEAR * 3 * SECOND,
                                          YEAR * 3 * SECOND, 0, 0, 0};
    static const rcache_policy stale_only = {0, 10 * SECOND, 20 * SECOND, 0,
                                             0};
    static const char *const rows[][2] = {
        {"public", "100+10+20"},
        {"max-age=5", "5+10+20"},
        {"stale-while-revalidate=0", "100+0+20"},
        {"stale-if-error=1", "100+10+1"},
        {"must-revalidate", "100+0+0"},
        {"max-age=0", "no-lifetime"},
        {"max-age=0, stale-if-error=1", "0+0+1"},
    };
    apr_pool_t *p = dice_pool();
    rcache_exchange exchange = answer(200, NULL);
    size_t i;

    for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        exchange.fields = dice_fields(p, "Cache-Control", rows[i][0], NULL);
        IS_STR(judged_as(p, &exchange, &policy), rows[i][1]);
    }
    exchange.fields = dice_fields(p, NULL);
    IS_STR(judged_as(p, &exchange, &stale_only), "no-lifetime");
    IS_STR(judged_as(p, &exchange, &endless), "31536000+31536000+0");
    apr_pool_destroy(p);
}

static void test_vary_in_key_stored_and_listed(void)
{
    apr_pool_t *p = dice_pool();
    rcache_key_spec spec = {1, 1, 1, dice_list(p, "X-Device", NULL),
                            dice_list(p, "lang", NULL), NULL};
    rcache_exchange exchange = answer(
        200, dice_fields(p, "Cache-Control", "max-age=60", "Vary",
                         "Accept-Encoding, x-device", "vary", "Cookie", NULL));
    rcache_verdict v;

    exchange.key = &spec;
    rcache_judge(p, &exchange, &no_policy, &v);
    IS_STR(rcache_reason_text(v.reason), "stored");
    IS_INT(v.vary->nelts, 3);
    IS_STR(APR_ARRAY_IDX(v.vary, 0, const char *), "accept-encoding");
    IS_STR(APR_ARRAY_IDX(v.vary, 1, const char *), "x-device");
    IS_STR(APR_ARRAY_IDX(v.vary, 2, const char *), "cookie");
    spec.cookies = NULL;
    rcache_judge(p, &exchange, &no_policy, &v);
    IS_STR(rcache_reason_text(v.reason), "vary");
    IS_INT(v.vary->nelts, 3);
    apr_pool_destroy(p);
}

static void test_tags_listed_or_too_many(void)
{
    apr_pool_t *p = dice_pool();
    apr_table_t *fields = dice_fields(p, "Cache-Control", "max-age=60",
                                      "Cache-Tag", "a b, c", "Surrogate-Key",
                                      "c d", NULL);
    rcache_exchange exchange = answer(200, fields);
    rcache_verdict v;
    int i;

    rcache_judge(p, &exchange, &no_policy, &v);
    IS_STR(apr_array_pstrcat(p, v.tags, '|'), "t:a b|t:c|t:d");
    for (i = 0; i < 61; i++) {
        apr_table_add(fields, "Cache-Tag", apr_psprintf(p, "n%d", i));
    }
    IS_STR(judged(p, 200, fields), "60+0+0");
    apr_table_add(fields, "Cache-Tag", "one more");
    IS_STR(judged(p, 200, fields), "tags");
    apr_pool_destroy(p);
}

static void test_strip_fields_for_caches_gone(void)
{
    apr_pool_t *p = dice_pool();
    apr_table_t *fields = dice_fields(
        p, "Cache-Control", "x", "CDN-Cache-Control", "x", "surrogate-control",
        "x", "Cache-Tag", "x", "Cache-Tag", "y", "SURROGATE-KEY", "x", "Vary",
        "x", NULL);

    rcache_strip(fields);
    IS_INT(apr_table_elts(fields)->nelts, 2);
    IS_STR(apr_table_get(fields, "Cache-Control"), "x");
    IS_STR(apr_table_get(fields, "Vary"), "x");
    apr_pool_destroy(p);
}

/* ---- whatever the fields say --------------------------------------------- */

static int is_bad(const rcache_verdict *v)
{
    if (v->reason != RCACHE_REASON_NONE) {
        return v->fresh_for != 0 || v->stale_for != 0 || v->error_for != 0;
    }
    return v->fresh_for < 0 || v->fresh_for > YEAR * SECOND ||
           v->stale_for < 0 || v->stale_for > YEAR * SECOND ||
           v->error_for < 0 || v->error_for > YEAR * SECOND ||
           v->fresh_for + v->stale_for + v->error_for == 0;
}

static apr_table_t *dice_response(apr_pool_t *p, struct dice *dice)
{
    static const char *const names[] = {
        "Cache-Control", "CDN-Cache-Control", "Surrogate-Control", "Expires",
        "Date",          "Age",               "Vary",              "Cache-Tag"};
    static const char *const values[] = {
        "max-age=60",       "s-maxage=9",  "stale-while-revalidate=5", "0",
        "stale-if-error=5", "max-age=1e9", "accept-encoding",          "\"",
        "Sun, 06 Nov 1994 08:49:37 GMT",   "*",                        "50"};
    apr_table_t *fields = apr_table_make(p, 4);
    unsigned lines = dice_roll(dice, 5);

    while (lines-- > 0) {
        const char *value = dice_roll(dice, 4) == 0
                                ? dice_string(p, dice, NULL, 12)
                                : values[dice_roll(dice, 11)];

        apr_table_addn(fields, names[dice_roll(dice, 8)], value);
    }
    return fields;
}

/* A restriction that is added wins over everything else that is there. */
static void test_random_fields_restrictions_win(void)
{
    static const rcache_policy policy = {100 * SECOND, 10 * SECOND,
                                         20 * SECOND, 30 * SECOND, 3 * SECOND};
    struct dice dice = {9111};
    apr_pool_t *p = dice_pool();
    int bad = 0, shared = 0, stored = 0;
    int i;

    for (i = 0; i < 20000; i++) {
        apr_table_t *fields = dice_response(p, &dice);
        rcache_exchange exchange = answer(200, fields);
        rcache_verdict v;

        rcache_judge(p, &exchange, &policy, &v);
        bad += is_bad(&v);
        stored += v.reason == RCACHE_REASON_NONE;
        apr_table_add(fields, "Set-Cookie", "a=1");
        rcache_judge(p, &exchange, &policy, &v);
        shared += v.reason != RCACHE_REASON_SET_COOKIE;
        apr_table_unset(fields, "Set-Cookie");
        apr_table_set(fields, "CDN-Cache-Control", "private");
        rcache_judge(p, &exchange, &policy, &v);
        shared += v.reason != RCACHE_REASON_PRIVATE;
        if (i % 500 == 0) {
            apr_pool_clear(p);
        }
    }
    IS_INT(bad, 0);
    IS_INT(shared, 0);
    OK(stored > 1000);
    apr_pool_destroy(p);
}

TAP_MAIN(RUN(test_reason_text_every_reason_unique),
         RUN(test_never_stored_reason_given),
         RUN(test_request_method_and_authorization),
         RUN(test_targeted_field_governs_alone),
         RUN(test_lifetime_table_precedence), RUN(test_expires_table_read),
         RUN(test_expires_just_over_no_policy),
         RUN(test_age_counts_against_lifetime),
         RUN(test_status_table_lifetimes),
         RUN(test_policy_fills_in_only_what_is_open),
         RUN(test_vary_in_key_stored_and_listed),
         RUN(test_tags_listed_or_too_many),
         RUN(test_strip_fields_for_caches_gone),
         RUN(test_random_fields_restrictions_win))
