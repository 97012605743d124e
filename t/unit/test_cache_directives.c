/* SPDX-License-Identifier: Apache-2.0
 *
 * test_cache_directives.c: Cache-Control, CDN-Cache-Control and
 * Surrogate-Control, well written and badly.
 */
#include "cache/directives.h"
#include "dice.h"

#include <apr_strings.h>

/* What was said, in letters: S no-store, C no-cache, P private, R revalidate,
 * T targeted; then the times. */
static const char *shown(apr_pool_t *p, const rcache_directives *d)
{
    const char *text = apr_pstrcat(
        p, d->no_store ? "S" : "", d->no_cache ? "C" : "",
        d->is_private ? "P" : "", d->must_revalidate ? "R" : "",
        d->targeted ? "T" : "", NULL);

    if (d->max_age != RCACHE_UNSAID) {
        text = apr_psprintf(p, "%s max=%" APR_INT64_T_FMT, text, d->max_age);
    }
    if (d->s_maxage != RCACHE_UNSAID) {
        text = apr_psprintf(p, "%s s=%" APR_INT64_T_FMT, text, d->s_maxage);
    }
    if (d->stale_while_revalidate != RCACHE_UNSAID) {
        text = apr_psprintf(p, "%s swr=%" APR_INT64_T_FMT, text,
                            d->stale_while_revalidate);
    }
    if (d->stale_if_error != RCACHE_UNSAID) {
        text = apr_psprintf(p, "%s sie=%" APR_INT64_T_FMT, text,
                            d->stale_if_error);
    }
    return text;
}

static const char *found(apr_pool_t *p, apr_table_t *fields)
{
    rcache_directives d;

    rcache_directives_find(p, &d, fields);
    return shown(p, &d);
}

static void test_cache_control_table_read(void)
{
    static const char *const rows[][2] = {
        {"", ""},
        {"public", ""},
        {"max-age=60", " max=60"},
        {"public, S-MAXAGE=10 ,Max-Age=20", " max=20 s=10"},
        {"stale-while-revalidate=5, stale-if-error=6", " swr=5 sie=6"},
        {"no-store, no-cache, private, must-revalidate", "SCPR"},
        {"proxy-revalidate", "R"},
        {"no-cache=\"Set-Cookie, X\", private=\"X\"", "CP"},
        {"max-age=\"60\"", " max=60"},
        {"max-age=99999999999999999999", " max=31536000"},
        /* RFC 9111 4.2.1 */
        {"max-age=60, max-age=30", " max=30"},
        {"max-age=30, max-age=60", " max=30"},
        {"max-age=60, max-age=x", " max=0"},
        {"max-age=x", " max=0"},
        {"max-age", " max=0"},
        {"max-age=", " max=0"},
        {"max-age=-5", " max=0"},
        {"max-age=1.5", " max=0"},
        {"max-age= 60", " max=0"},
        {"max-age=60 s-maxage=5", " max=0"},
        {"max-age =60", " max=0"},
        {"stale-while-revalidate=x", " swr=0"},
        /* badly written, meant well */
        {"private; max-age=60", "P max=60"},
        {"public; private", "P"},
        {"private foo", "P"},
        {"no-store=x y", "S"},
        {"foo=\"bar, no-store", "S"},
        {"foo=\"bar, no-store\"", ""},
        {"xprivate, private-x", ""},
        {"foo=private", ""},
    };
    apr_pool_t *p = dice_pool();
    size_t i;

    for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        rcache_directives d;

        rcache_directives_clear(&d);
        rcache_directives_read(&d,
                               dice_exact(p, rows[i][0], strlen(rows[i][0])));
        IS_STR(shown(p, &d), rows[i][1]);
    }
    apr_pool_destroy(p);
}

static void test_targeted_table_read(void)
{
    static const char *const rows[][2] = {
        {"max-age=60", "T max=60"},
        {"max-age=60;x=1, s-maxage=5", "T max=60 s=5"},
        {"no-store, private, no-cache, must-revalidate", "SCPRT"},
        {"max-age=60, max-age=90", "T max=90"},
        {"no-store, no-store=?0", "T"},
        {"private=\"x\", no-cache=(a b)", "CPT"},
        {"max-age=-5", "T max=0"},
        {"max-age=1.5", "T max=0"},
        {"max-age=\"60\"", "T max=0"},
        {"max-age", "T max=0"},
        {"max-age=999999999999", "T max=31536000"},
        {"foo", "T"},
        {"proxy-revalidate, stale-while-revalidate=3, stale-if-error=4",
         "RT swr=3 sie=4"},
        /* no dictionary: not there */
        {"", ""},
        {"Max-Age=60", ""},
        {"max-age=60,", ""},
        {"no-store, max-age=", ""},
        {"max-age=60; private", "T max=60"},
    };
    apr_pool_t *p = dice_pool();
    size_t i;

    for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        rcache_directives d;
        int read;

        rcache_directives_clear(&d);
        read = rcache_directives_read_targeted(
            &d, dice_exact(p, rows[i][0], strlen(rows[i][0])));
        IS_STR(shown(p, &d), rows[i][1]);
        IS_INT(read, *rows[i][1] != '\0');
    }
    apr_pool_destroy(p);
}

static void test_surrogate_table_read(void)
{
    static const char *const rows[][2] = {
        {"max-age=60", "T max=60"},
        {"max-age=60+30", "T max=60 swr=30"},
        {"max-age=60+x", "T max=60 swr=0"},
        {"max-age=x+30", "T max=0 swr=30"},
        {"max-age=+", "T max=0 swr=0"},
        {"no-store, content=\"ESI/1.0\"", "ST"},
        {"max-age=60, max-age=5;other", "T max=60"},
        {"no-store;other, max-age=60", "T max=60"},
        {"max-age=60, stale-while-revalidate=5, stale-if-error=6",
         "T max=60 swr=5 sie=6"},
        {"private", "PT"},
        {"max-age=6 0", "T max=0"},
        {"content=\"ESI/1.0\"", ""},
        {"no-store;other", ""},
        {"", ""},
    };
    apr_pool_t *p = dice_pool();
    size_t i;

    for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        rcache_directives d;
        int read;

        rcache_directives_clear(&d);
        read = rcache_directives_read_surrogate(
            &d, dice_exact(p, rows[i][0], strlen(rows[i][0])));
        IS_STR(shown(p, &d), rows[i][1]);
        IS_INT(read, *rows[i][1] != '\0');
    }
    apr_pool_destroy(p);
}

static void test_find_first_that_speaks_governs(void)
{
    apr_pool_t *p = dice_pool();
    apr_table_t *fields = dice_fields(
        p, "Cache-Control", "private, no-store", "Surrogate-Control",
        "max-age=2", "CDN-Cache-Control", "max-age=1", NULL);

    IS_STR(found(p, fields), "T max=1");
    apr_table_set(fields, "cdn-cache-control", "MAX-AGE=1");
    IS_STR(found(p, fields), "T max=2");
    apr_table_set(fields, "surrogate-control", "content=\"ESI/1.0\"");
    IS_STR(found(p, fields), "SP");
    apr_table_unset(fields, "Cache-Control");
    IS_STR(found(p, fields), "");
    apr_pool_destroy(p);
}

static void test_find_several_lines_all_read(void)
{
    apr_pool_t *p = dice_pool();

    IS_STR(found(p, dice_fields(p, "Cache-Control", "max-age=60",
                                "cache-control", "private", "Cache-Control",
                                "max-age=30", NULL)),
           "P max=30");
    IS_STR(found(p, dice_fields(p, "CDN-Cache-Control", "max-age=60",
                                "CDN-Cache-Control", "no-store", NULL)),
           "ST max=60");
    IS_STR(found(p, dice_fields(p, "Surrogate-Control", "max-age=60",
                                "Surrogate-Control", "no-store", NULL)),
           "ST max=60");
    /* an open quote in one line hides nothing of the next */
    IS_STR(found(p, dice_fields(p, "Cache-Control", "x=\"", "Cache-Control",
                                "private", "Cache-Control", "y=\"", NULL)),
           "P");
    apr_pool_destroy(p);
}

static int in_range(int64_t time)
{
    return time == RCACHE_UNSAID || (time >= 0 && time <= 31536000);
}

static void test_random_bytes_times_in_range(void)
{
    static const char *const names[] = {"Cache-Control", "CDN-Cache-Control",
                                        "Surrogate-Control"};
    static const char *const words[] = {"max-age", "s-maxage=", "private",
                                        "stale-if-error", ",", "=", "\"", "9",
                                        "no-store", ";", "+", " "};
    struct dice dice = {5861};
    apr_pool_t *p = dice_pool();
    int wrong = 0, missed = 0;
    int i;

    for (i = 0; i < 20000; i++) {
        const char *text = dice_string(p, &dice, NULL, 4);
        rcache_directives d;
        int k;

        for (k = 0; k < 8; k++) {
            text = apr_pstrcat(p, text, words[dice_roll(&dice, 12)], NULL);
        }
        rcache_directives_find(p, &d,
                               dice_fields(p, names[i % 3], text, NULL));
        wrong += !in_range(d.max_age) || !in_range(d.s_maxage) ||
                 !in_range(d.stale_while_revalidate) ||
                 !in_range(d.stale_if_error);
        /* an element of its own in front is always found */
        rcache_directives_find(
            p, &d,
            dice_fields(p, "Cache-Control",
                        apr_pstrcat(p, "private,", text, NULL), NULL));
        missed += !d.is_private;
        if (i % 500 == 0) {
            apr_pool_clear(p);
        }
    }
    IS_INT(wrong, 0);
    IS_INT(missed, 0);
    apr_pool_destroy(p);
}

TAP_MAIN(RUN(test_cache_control_table_read), RUN(test_targeted_table_read),
         RUN(test_surrogate_table_read),
         RUN(test_find_first_that_speaks_governs),
         RUN(test_find_several_lines_all_read),
         RUN(test_random_bytes_times_in_range))
