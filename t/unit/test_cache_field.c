/* SPDX-License-Identifier: Apache-2.0
 *
 * test_cache_field.c: lists, parameters and delta-seconds.
 */
#include "cache/field.h"
#include "dice.h"

#include <apr_strings.h>
#include <stdio.h>

/* The elements of a list, each in brackets. */
static const char *elements(apr_pool_t *p, const char *text,
                            const char *separators)
{
    rcache_span rest = dice_exact(p, text, strlen(text));
    rcache_span element;
    const char *all = "";

    while (rcache_field_next(&rest, separators, &element)) {
        all = apr_pstrcat(p, all, "[",
                          apr_pstrmemdup(p, element.data, element.length), "]",
                          NULL);
    }
    return all;
}

static void test_list_table_split(void)
{
    apr_pool_t *p = dice_pool();

    IS_STR(elements(p, "", ","), "");
    IS_STR(elements(p, " ,,\t, ", ","), "");
    IS_STR(elements(p, "a", ","), "[a]");
    IS_STR(elements(p, " a b ,\tc\t", ","), "[a b][c]");
    IS_STR(elements(p, "a;b,c", ","), "[a;b][c]");
    IS_STR(elements(p, "a;b,c", ",;"), "[a][b][c]");
    IS_STR(elements(p, "a=\"x,y\",b", ","), "[a=\"x,y\"][b]");
    IS_STR(elements(p, "a=\"x\\\",y\",b", ","), "[a=\"x\\\",y\"][b]");
    IS_STR(elements(p, "a=\"x,b", ","), "[a=\"x][b]");
    IS_STR(elements(p, "\"", ","), "[\"]");
    IS_STR(elements(p, "\"\\", ","), "[\"\\]");
    apr_pool_destroy(p);
}

/* "name|value". */
static const char *taken_apart(apr_pool_t *p, const char *text)
{
    rcache_parameter q =
        rcache_field_parameter(dice_exact(p, text, strlen(text)));

    return apr_pstrcat(p, apr_pstrmemdup(p, q.name.data, q.name.length), "|",
                       q.value.length > 0
                           ? apr_pstrmemdup(p, q.value.data, q.value.length)
                           : "",
                       NULL);
}

static void test_parameter_table_taken_apart(void)
{
    apr_pool_t *p = dice_pool();

    IS_STR(taken_apart(p, "private"), "private|");
    IS_STR(taken_apart(p, "max-age=60"), "max-age|60");
    IS_STR(taken_apart(p, "max-age=\"60\""), "max-age|60");
    IS_STR(taken_apart(p, "a=\"\""), "a|");
    IS_STR(taken_apart(p, "a="), "a|");
    IS_STR(taken_apart(p, "=a"), "|a");
    IS_STR(taken_apart(p, "a=\""), "a|\"");
    IS_STR(taken_apart(p, "a=\"x"), "a|\"x");
    IS_STR(taken_apart(p, "a=\"x\"y"), "a|\"x\"y");
    IS_STR(taken_apart(p, "a=\"x\\\""), "a|\"x\\\"");
    IS_STR(taken_apart(p, "a=\"x\\\"y\""), "a|x\\\"y");
    IS_STR(taken_apart(p, "a=x y"), "a|x y");
    IS_STR(taken_apart(p, "a= 60"), "a| 60");
    IS_STR(taken_apart(p, "a =60"), "a|");
    IS_STR(taken_apart(p, "private foo"), "private|");
    IS_STR(taken_apart(p, ""), "|");
    apr_pool_destroy(p);
}

static void test_seconds_table_read(void)
{
    static const struct {
        const char *text;
        int64_t seconds;
    } rows[] = {
        {"0", 0},
        {"60", 60},
        {"0060", 60},
        {"31536000", 31536000},
        {"31536001", 31536000},
        {"99999999999999999999999999999999999999", 31536000},
        {"9999999999999999999999x", -1},
        {"", -1},
        {"-1", -1},
        {"+1", -1},
        {"1.5", -1},
        {" 1", -1},
        {"60s", -1},
        {"0x10", -1},
    };
    size_t i;

    for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        if (!IS_INT(rcache_field_seconds(rcache_span_of(rows[i].text)),
                    rows[i].seconds)) {
            tap_note("  of \"%s\"", rows[i].text);
        }
    }
}

static void test_tchar_every_byte_as_rfc(void)
{
    int wrong = 0;
    int c;

    for (c = 0; c < 256; c++) {
        int wanted = c > ' ' && c < 0x7f &&
                     strchr("\"(),/:;<=>?@[\\]{}", c) == NULL;

        wrong += rcache_is_tchar((unsigned char)c) != wanted;
    }
    IS_INT(wrong, 0);
}

/* Elements are in order, inside the text and not empty. */
static void test_list_random_bytes_inside(void)
{
    struct dice dice = {31};
    apr_pool_t *p = dice_pool();
    int wrong = 0;
    int i;

    for (i = 0; i < 30000; i++) {
        rcache_span text =
            dice_text(p, &dice, i % 2 ? "a,\"\\;= \t" : NULL, 24);
        const char *at = text.data, *end = text.data + text.length;
        rcache_span element;

        while (rcache_field_next(&text, ",;", &element)) {
            rcache_parameter q = rcache_field_parameter(element);

            wrong += element.length == 0 || element.data < at ||
                     element.data + element.length > end;
            wrong += q.name.data != element.data ||
                     q.name.length > element.length;
            wrong += q.value.length > 0 && (q.value.data < at ||
                                            q.value.data + q.value.length >
                                                end);
            at = element.data + element.length;
        }
        wrong += text.length != 0;
        if (i % 500 == 0) {
            apr_pool_clear(p);
        }
    }
    IS_INT(wrong, 0);
    apr_pool_destroy(p);
}

TAP_MAIN(RUN(test_list_table_split), RUN(test_parameter_table_taken_apart),
         RUN(test_seconds_table_read), RUN(test_tchar_every_byte_as_rfc),
         RUN(test_list_random_bytes_inside))
