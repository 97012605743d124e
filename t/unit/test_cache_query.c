/* SPDX-License-Identifier: Apache-2.0
 *
 * test_cache_query.c: globs, and queries that mean the same.
 */
#include "cache/query.h"
#include "dice.h"

#include <apr_strings.h>
#include <stdlib.h>

static void test_glob_table_matches(void)
{
    static const struct {
        const char *pattern, *text;
        int matches;
    } rows[] = {
        {"", "", 1},          {"", "a", 0},         {"a", "", 0},
        {"a", "a", 1},        {"a", "A", 0},        {"a", "ab", 0},
        {"?", "x", 1},        {"?", "", 0},         {"?", "xy", 0},
        {"*", "", 1},         {"*", "anything", 1}, {"**", "", 1},
        {"utm_*", "utm_", 1}, {"utm_*", "utm", 0},  {"utm_*", "utm_id", 1},
        {"*_id", "a_id", 1},  {"*_id", "a_idx", 0}, {"a*b*c", "aXbYbZc", 1},
        {"a*b*c", "acb", 0},  {"*ab", "aab", 1},    {"a?c*", "abcd", 1},
        {"a*?", "a", 0},      {"a*?", "ab", 1},     {"*a*a*a*", "aa", 0},
    };
    size_t i;

    for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        if (!IS_INT(rcache_glob_matches(rows[i].pattern,
                                        rcache_span_of(rows[i].text)),
                    rows[i].matches)) {
            tap_note("  \"%s\" and \"%s\"", rows[i].pattern, rows[i].text);
        }
    }
    IS_INT(rcache_glob_matches("a", (rcache_span){"a\0", 2}), 0);
    IS_INT(rcache_glob_matches("a?", (rcache_span){"a\0", 2}), 1);
}

/* Takes 2^40 steps with a matcher that tries every star again. */
static void test_glob_many_stars_ends(void)
{
    char text[4000];

    memset(text, 'a', sizeof(text));
    IS_INT(rcache_glob_matches("*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*ab",
                               (rcache_span){text, sizeof(text)}),
           0);
}

static void test_query_table_normalised(void)
{
    static const struct {
        const char *query, *wanted;
    } rows[] = {
        {"", ""},
        {"&", ""},
        {"&&a=1&&", "a=1"},
        {"a", "a"},
        {"a=", "a="},
        {"=", "="},
        {"b=2&a=1", "a=1&b=2"},
        {"a=2&b=0&a=1", "a=2&a=1&b=0"},
        {"ab=1&a=1", "a=1&ab=1"},
        {"a=1&a", "a=1&a"},
        {"a=b=c", "a=b=c"},
        /* ignored: by name, decoded, in whatever case of the escapes */
        {"utm_source=x&q=1&fbclid=y", "q=1"},
        {"utm_source&q=1", "q=1"},
        {"%75tm_source=x&q=1", "q=1"},
        {"utm%5fsource=x", ""},
        {"UTM_source=x", "UTM_source=x"},
        {"x=utm_source", "x=utm_source"},
        {"gclid=1&gclsrc=1&dclid=1&msclkid=1&mc_eid=1&mc_cid=1&_ga=1&yclid=1",
         ""},
        {"gclidx=1", "gclidx=1"},
        /* escapes */
        {"q=%7ea%2d%2E%5f", "q=~a-._"},
        {"q=%c3%a4%2f", "q=%C3%A4%2F"},
        {"q=\xc3\xa4", "q=%C3%A4"},
        {"q=a b\"<>#\x7f\x01", "q=a%20b%22%3C%3E%23%7F%01"},
        {"q=%26%3D%2B%25", "q=%26%3D%2B%25"},
        {"q=%", "q=%25"},
        {"q=%4", "q=%254"},
        {"q=%zz", "q=%25zz"},
        {"q=%2%35", "q=%2525"},
        {"q=%%34%31", "q=%2541"},
        {"a[]=2&a[]=1", "a[]=2&a[]=1"},
        /* one name for whoever reads it as a form */
        {"a+b=2&a%20b=1", "a+b=2&a%20b=1"},
        {"a[]=2&a%5B%5d=1&a[]=0", "a[]=2&a%5B%5D=1&a[]=0"},
        {"%62=1&b=0&a=3", "a=3&b=1&b=0"},
    };
    apr_pool_t *p = dice_pool();
    size_t i;

    for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        rcache_span query =
            dice_exact(p, rows[i].query, strlen(rows[i].query));

        IS_STR(rcache_query_normalise(p, query, NULL), rows[i].wanted);
    }
    IS_STR(rcache_query_normalise(p, (rcache_span){NULL, 0}, NULL), "");
    IS_STR(rcache_query_normalise(p, (rcache_span){"a=\0&b", 5}, NULL),
           "a=%00&b");
    apr_pool_destroy(p);
}

static void test_query_own_globs_replace_defaults(void)
{
    apr_pool_t *p = dice_pool();
    rcache_span query = rcache_span_of("utm_id=1&session+id=2&s1=3&q=4");

    IS_STR(rcache_query_normalise(p, query,
                                  dice_list(p, "s?", "session id", NULL)),
           "q=4&utm_id=1");
    IS_STR(rcache_query_normalise(p, query, dice_list(p, NULL)),
           "q=4&s1=3&session+id=2&utm_id=1");
    apr_pool_destroy(p);
}

/* ---- what holds for any bytes ------------------------------------------- */

/* As an application reads a form, written apart from query.c. */
static rcache_span read_form(apr_pool_t *p, rcache_span text)
{
    char *out = apr_palloc(p, text.length + 1);
    size_t n = 0, i;

    for (i = 0; i < text.length; i++) {
        char digits[3] = {0};
        char *end = digits;
        long byte = 0;

        if (text.data[i] == '%' && i + 2 < text.length) {
            memcpy(digits, text.data + i + 1, 2);
            if (strspn(digits, "0123456789abcdefABCDEF") == 2) {
                byte = strtol(digits, &end, 16);
            }
        }
        out[n++] = text.data[i] == '+' ? ' ' : text.data[i];
        if (end != digits) {
            out[n - 1] = (char)byte;
            i += 2;
        }
    }
    return (rcache_span){out, n};
}

struct form_pair {
    rcache_span name, value;
    int has_value;
};

static size_t read_pairs(apr_pool_t *p, rcache_span query,
                         struct form_pair *pairs)
{
    size_t count = 0;

    while (query.length > 0) {
        size_t n = rcache_span_find(query, '&');
        rcache_span raw = {query.data, n};
        size_t equals = rcache_span_find(raw, '=');

        query = rcache_span_after(query, n < query.length ? n + 1 : n);
        if (n == 0) {
            continue;
        }
        pairs[count].name = read_form(p, (rcache_span){raw.data, equals});
        pairs[count].has_value = equals < n;
        pairs[count].value =
            equals < n ? read_form(p, rcache_span_after(raw, equals + 1))
                       : (rcache_span){NULL, 0};
        count++;
    }
    return count;
}

/* How many pairs of `a` are not at their place among those of the same name in
 * `b`. */
static int misplaced(const struct form_pair *a, size_t a_count,
                     const struct form_pair *b, size_t b_count)
{
    int wrong = 0;
    size_t i, k;

    for (i = 0; i < a_count; i++) {
        size_t before = 0, found = 0;

        for (k = 0; k < i; k++) {
            before += (size_t)rcache_span_equal(a[k].name, a[i].name);
        }
        for (k = 0; k < b_count; k++) {
            if (rcache_span_equal(b[k].name, a[i].name) && before-- == 0) {
                found = rcache_span_equal(b[k].value, a[i].value) &&
                        b[k].has_value == a[i].has_value;
                break;
            }
        }
        wrong += !found;
    }
    return wrong;
}

static void test_query_random_bytes_mean_the_same(void)
{
    static const char *const alphabets[] = {"ab=&%41+", "%25aF=&", NULL};
    struct dice dice = {20260105};
    apr_pool_t *p = dice_pool();
    struct form_pair before[64], after[64];
    int twice = 0, dirty = 0, wrong = 0, grown = 0;
    int i;

    for (i = 0; i < 30000; i++) {
        rcache_span raw = dice_text(p, &dice, alphabets[i % 3], 40);
        const char *once = rcache_query_normalise(p, raw, dice_list(p, NULL));
        rcache_span out = rcache_span_of(once);
        size_t n = read_pairs(p, raw, before);
        size_t m = read_pairs(p, out, after);

        twice += strcmp(rcache_query_normalise(p, out, dice_list(p, NULL)),
                        once) != 0;
        dirty += strpbrk(once, " \"#<>\t\r\n\x7f\xc3") != NULL;
        grown += out.length > raw.length * 3;
        wrong += n != m || misplaced(before, n, after, m) != 0;
        if (i % 500 == 0) {
            apr_pool_clear(p);
        }
    }
    IS_INT(twice, 0);
    IS_INT(dirty, 0);
    IS_INT(grown, 0);
    IS_INT(wrong, 0);
    apr_pool_destroy(p);
}

TAP_MAIN(RUN(test_glob_table_matches), RUN(test_glob_many_stars_ends),
         RUN(test_query_table_normalised),
         RUN(test_query_own_globs_replace_defaults),
         RUN(test_query_random_bytes_mean_the_same))
