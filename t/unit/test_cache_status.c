/* SPDX-License-Identifier: Apache-2.0
 *
 * test_cache_status.c: the members of Cache-Status, and that nothing breaks
 * out of them.
 */
#include "cache/status.h"
#include "dice.h"

#include <apr_strings.h>

static rcache_status status_of(enum rcache_outcome outcome)
{
    return (rcache_status){
        .cache = "v8ssr", .outcome = outcome, .ttl = RCACHE_NO_TTL};
}

static void test_status_every_outcome_named(void)
{
    static const char *const wanted[] = {
        "v8ssr; hit",          "v8ssr; fwd=bypass", "v8ssr; fwd=method",
        "v8ssr; fwd=uri-miss", "v8ssr; fwd=miss",   "v8ssr; fwd=request",
        "v8ssr; fwd=stale"};
    apr_pool_t *p = dice_pool();
    int i;

    for (i = 0; i <= RCACHE_FWD_STALE; i++) {
        rcache_status s = status_of((enum rcache_outcome)i);

        IS_STR(rcache_status_format(p, &s), wanted[i]);
    }
    apr_pool_destroy(p);
}

static void test_status_members_in_order(void)
{
    apr_pool_t *p = dice_pool();
    rcache_status s = {.cache = "v8ssr",
                       .outcome = RCACHE_FWD_MISS,
                       .fwd_status = 200,
                       .stored = 1,
                       .collapsed = 1,
                       .ttl = 60,
                       .key = "k",
                       .detail = "set-cookie"};

    IS_STR(rcache_status_format(p, &s),
           "v8ssr; fwd=miss; fwd-status=200; stored; collapsed; ttl=60; "
           "key=\"k\"; detail=set-cookie");
    s.fwd_status = s.stored = 0;
    s.key = NULL;
    IS_STR(rcache_status_format(p, &s),
           "v8ssr; fwd=miss; collapsed; ttl=60; detail=set-cookie");
    s.stored = 1;
    s.collapsed = 0;
    s.detail = NULL;
    IS_STR(rcache_status_format(p, &s), "v8ssr; fwd=miss; stored; ttl=60");
    apr_pool_destroy(p);
}

/* A hit was not forwarded: RFC 9211 2.3 to 2.5 speak of forwarding. */
static void test_status_hit_without_forwarding(void)
{
    apr_pool_t *p = dice_pool();
    rcache_status s = {.cache = "v8ssr",
                       .outcome = RCACHE_HIT,
                       .fwd_status = 200,
                       .stored = 1,
                       .collapsed = 1,
                       .ttl = -3};

    IS_STR(rcache_status_format(p, &s), "v8ssr; hit; ttl=-3");
    s.ttl = 0;
    IS_STR(rcache_status_format(p, &s), "v8ssr; hit; ttl=0");
    s.ttl = INT64_MAX;
    IS_STR(rcache_status_format(p, &s), "v8ssr; hit; ttl=999999999999999");
    s.ttl = INT64_MIN + 1;
    IS_STR(rcache_status_format(p, &s), "v8ssr; hit; ttl=-999999999999999");
    apr_pool_destroy(p);
}

static const char *detail(apr_pool_t *p, const char *text)
{
    rcache_status s = status_of(RCACHE_HIT);

    s.detail = text;
    return rcache_status_format(p, &s) + strlen("v8ssr; hit; detail=");
}

static void test_status_texts_quoted_right(void)
{
    apr_pool_t *p = dice_pool();
    rcache_status s = status_of(RCACHE_HIT);

    IS_STR(detail(p, "no-store"), "no-store");
    IS_STR(detail(p, "*a:b/c!"), "*a:b/c!");
    IS_STR(detail(p, ""), "\"\"");
    IS_STR(detail(p, "9a"), "\"9a\"");
    IS_STR(detail(p, "two words"), "\"two words\"");
    IS_STR(detail(p, "a;b"), "\"a;b\"");
    IS_STR(detail(p, "a=b"), "\"a=b\"");
    IS_STR(detail(p, "a\"b\\"), "\"a\\\"b\\\\\"");
    IS_STR(detail(p, "\r\n\x7f\xc3\xa4%"), "\"%0D%0A%7F%C3%A4%25\"");
    s.key = "token";
    IS_STR(rcache_status_format(p, &s), "v8ssr; hit; key=\"token\"");
    s.key = NULL;
    s.cache = "www.example.org";
    IS_STR(rcache_status_format(p, &s), "www.example.org; hit");
    s.cache = "my cache";
    IS_STR(rcache_status_format(p, &s), "\"my cache\"; hit");
    apr_pool_destroy(p);
}

static void test_status_long_texts_cut(void)
{
    char text[RCACHE_STATUS_TEXT + 2];
    apr_pool_t *p = dice_pool();
    const char *shown;

    memset(text, 'a', sizeof(text));
    text[RCACHE_STATUS_TEXT] = '\0';
    IS_STR(detail(p, text), text);
    text[RCACHE_STATUS_TEXT] = 'a';
    text[RCACHE_STATUS_TEXT + 1] = '\0';
    shown = detail(p, text);
    IS_INT(strlen(shown), RCACHE_STATUS_TEXT + 5);
    HAS_STR(shown, "aaa...\"");
    memset(text, '\xff', RCACHE_STATUS_TEXT + 1);
    IS_INT(strlen(detail(p, text)), RCACHE_STATUS_TEXT * 3 + 5);
    apr_pool_destroy(p);
}

/* Reads a String of RFC 8941 back to its end; NULL: it is none. */
static const char *string_end(const char *text)
{
    if (*text++ != '"') {
        return NULL;
    }
    for (; *text >= ' ' && *text < 0x7f; text++) {
        if (*text == '"') {
            return text + 1;
        }
        if (*text == '\\') {
            text++;
            if (*text != '"' && *text != '\\') {
                return NULL;
            }
        }
    }
    return NULL;
}

static void test_status_random_bytes_stay_inside(void)
{
    struct dice dice = {9211};
    apr_pool_t *p = dice_pool();
    int wrong = 0;
    int i;

    for (i = 0; i < 20000; i++) {
        rcache_status s = status_of(RCACHE_HIT);
        const char *at;

        s.key = dice_string(p, &dice, i % 2 ? "\"\\a ;," : NULL, 300);
        s.detail = dice_string(p, &dice, i % 2 ? "\"\\" : "\n\r\x80", 3);
        at = rcache_status_format(p, &s) + strlen("v8ssr; hit; key=");
        at = string_end(at);
        if (at == NULL || strncmp(at, "; detail=", 9) != 0) {
            wrong++;
        }
        else {
            at = string_end(at + 9);
            wrong += at == NULL || *at != '\0';
        }
        if (i % 200 == 0) {
            apr_pool_clear(p);
        }
    }
    IS_INT(wrong, 0);
    apr_pool_destroy(p);
}

TAP_MAIN(RUN(test_status_every_outcome_named),
         RUN(test_status_members_in_order),
         RUN(test_status_hit_without_forwarding),
         RUN(test_status_texts_quoted_right), RUN(test_status_long_texts_cut),
         RUN(test_status_random_bytes_stay_inside))
