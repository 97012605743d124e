/* SPDX-License-Identifier: Apache-2.0
 *
 * test_cache_sfdict.c: dictionaries of RFC 8941, and what is none.
 */
#include "cache/sfdict.h"
#include "dice.h"

#include <apr_strings.h>

struct shown {
    apr_pool_t *p;
    const char *text;
    int count;
};

static void show(void *baton, rcache_span key, const rcache_sf_value *value)
{
    static const char *const kinds[] = {"true", "false", "", "other"};
    struct shown *s = baton;

    s->count++;
    s->text = apr_psprintf(
        s->p, "%s%s%.*s=%s", s->text, *s->text != '\0' ? " " : "",
        (int)key.length, key.data,
        value->kind == RCACHE_SF_INTEGER
            ? apr_psprintf(s->p, "%" APR_INT64_T_FMT, value->integer)
            : kinds[value->kind]);
}

/* What is in a dictionary; "error" when it is none. */
static const char *members(apr_pool_t *p, const char *text)
{
    struct shown s = {p, "", 0};
    int count =
        rcache_sf_dictionary(dice_exact(p, text, strlen(text)), show, &s);

    if (count < 0) {
        return "error";
    }
    return count == s.count ? s.text : "miscounted";
}

static void test_dictionary_table_read(void)
{
    static const char *const rows[][2] = {
        {"", ""},
        {"   ", ""},
        {"a", "a=true"},
        {"  a  ", "a=true"},
        {"a=?1, b=?0", "a=true b=false"},
        {"max-age=60,no-store", "max-age=60 no-store=true"},
        {"a=1 \t, \tb=-2\t", "a=1 b=-2"},
        {"a=1, a=2", "a=1 a=2"},
        {"*a_1-.*=0", "*a_1-.*=0"},
        {"a=123456789012345", "a=123456789012345"},
        {"a=1.5, b=-0.125", "a=other b=other"},
        {"a=123456789012.125", "a=other"},
        {"a=\"x\\\"\\\\,y\", b", "a=other b=true"},
        {"a=tok/en:x!, b=*t", "a=other b=other"},
        {"a=:aGk+/=:, b=::", "a=other b=other"},
        {"a=(), b=(1 \"x\";p  tok;q=1 ), c", "a=other b=other c=true"},
        {"a;p=1; q;r=\"x\", b=2;s=:eA==:", "a=true b=2"},
    };
    apr_pool_t *p = dice_pool();
    size_t i;

    for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        IS_STR(members(p, rows[i][0]), rows[i][1]);
    }
    apr_pool_destroy(p);
}

static void test_dictionary_errors_refused(void)
{
    static const char *const rows[] = {
        "A=1",       "a=1,",    ",a",        "a,,b",       "a b",
        "a=",        "a=;",     "1=a",       "-a=1",       "a=1;",
        "a=1;P",     "a=1; =2", "a=1;p=",    "a=-",        "a=--1",
        "a=1.",      "a=.5",    "a=1.2345",  "a=?2",       "a=?",
        "a=?10",     "a=\"x",   "a=\"x\\y\"", "a=\"\\",    "a=\"\x01\"",
        "a=\"\x7f\"", "a=\xc3\xa4", "a=:x",  "a=:x y:",    "a=(1",
        "a=(1,2)",   "a=(1 ",   "a=(1\"x\")", "a=((1))",   "a=1 ;p",
        "a=12345678901234567890123456789012345678901234567890",
        "a=1234567890123456",   "a=1234567890123.5",       "\ta",
        "a=@5",          "a=(1;)",    "a = 1",      "a=(\t1)",
    };
    apr_pool_t *p = dice_pool();
    size_t i;

    for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        if (!IS_STR(members(p, rows[i]), "error")) {
            tap_note("  of \"%s\"", rows[i]);
        }
    }
    apr_pool_destroy(p);
}

static void test_dictionary_nul_refused(void)
{
    struct shown s = {NULL, "", 0};
    rcache_span text = {"\0", 1};

    s.p = dice_pool();
    IS_INT(rcache_sf_dictionary(text, show, &s), -1);
    text = (rcache_span){"a\0", 2};
    IS_INT(rcache_sf_dictionary(text, show, &s), -1);
    text = (rcache_span){"a=x\0", 4};
    IS_INT(rcache_sf_dictionary(text, show, &s), -1);
    text = (rcache_span){NULL, 0};
    IS_INT(rcache_sf_dictionary(text, show, &s), 0);
    apr_pool_destroy(s.p);
}

static void check_member(void *baton, rcache_span key,
                         const rcache_sf_value *value)
{
    struct shown *s = baton;

    s->count++;
    if (key.length == 0 || value->integer > INT64_C(999999999999999) ||
        value->integer < -INT64_C(999999999999999)) {
        s->count = -1000;
    }
}

/* What is a dictionary stays one with another one behind it. */
static void test_dictionary_random_bytes_joined(void)
{
    static const char *const alphabets[] = {"a=1,; ", "a=\"\\(:?0.-)*, ",
                                            NULL};
    struct dice dice = {8941};
    apr_pool_t *p = dice_pool();
    int wrong = 0, dictionaries = 0;
    int i;

    for (i = 0; i < 60000; i++) {
        rcache_span text = dice_text(p, &dice, alphabets[i % 3], 16);
        struct shown s = {p, "", 0}, t = {p, "", 0};
        int count = rcache_sf_dictionary(text, check_member, &s);
        const char *twice =
            apr_psprintf(p, "%.*s, z=1", (int)text.length, text.data);

        if (count > 0) {
            dictionaries++;
            wrong += count != s.count;
            wrong += rcache_sf_dictionary(rcache_span_of(twice), check_member,
                                          &t) != count + 1;
        }
        if (i % 500 == 0) {
            apr_pool_clear(p);
        }
    }
    IS_INT(wrong, 0);
    OK(dictionaries > 500);
    apr_pool_destroy(p);
}

TAP_MAIN(RUN(test_dictionary_table_read), RUN(test_dictionary_errors_refused),
         RUN(test_dictionary_nul_refused),
         RUN(test_dictionary_random_bytes_joined))
