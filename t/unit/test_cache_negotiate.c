/* SPDX-License-Identifier: Apache-2.0
 *
 * test_cache_negotiate.c: Accept-Encoding and If-None-Match.
 */
#include "cache/negotiate.h"
#include "dice.h"

#include <apr_strings.h>
#include <stdio.h>

#define ALL ((1u << RCACHE_BR) | (1u << RCACHE_GZIP) | (1u << RCACHE_IDENTITY))

/* Names in order, with spaces between. */
static const char *order_of(apr_pool_t *p, rcache_span field, unsigned offered)
{
    enum rcache_coding order[RCACHE_CODINGS];
    unsigned count = rcache_negotiate(field, offered, order);
    const char *text = "";
    unsigned i;

    for (i = 0; i < count; i++) {
        text = apr_pstrcat(p, text, i > 0 ? " " : "",
                           rcache_coding_name(order[i]), NULL);
    }
    return text;
}

static void test_accept_table_ordered(void)
{
    static const char *const rows[][2] = {
        {"", "identity"},
        {" , ", "identity"},
        {"gzip", "gzip identity"},
        {"gzip, deflate, br", "br gzip identity"},
        {"gzip, deflate, br, zstd", "br gzip identity"},
        {"GZip, X-GZIP;q=0.5", "gzip identity"},
        {"x-gzip", "gzip identity"},
        {"br;q=0.5, gzip", "gzip br identity"},
        {"br;q=0.5, gzip;q=0.5", "br gzip identity"},
        {"br;q=0.001, gzip;q=0.002", "gzip br identity"},
        {"br;q=0.19, gzip;q=0.2", "gzip br identity"},
        {"br;q=0.109, gzip;q=0.11", "gzip br identity"},
        {"identity, gzip;q=0.5, br;q=0.4", "identity gzip br"},
        {"identity;q=0.5, gzip", "gzip identity"},
        {"identity;q=0.5, gzip;q=0.5", "gzip identity"},
        {"*", "br gzip identity"},
        {"*;q=0.5, gzip", "gzip br identity"},
        {"*;q=0.5, gzip;q=0.1", "br identity gzip"},
        {"gzip, *;q=0", "gzip"},
        {"*;q=0", ""},
        {"identity;q=0", ""},
        {"identity;q=0, gzip", "gzip"},
        {"*;q=0, identity", "identity"},
        {"*, gzip;q=0", "br identity"},
        {"gzip;q=0", "identity"},
        {"gzip;q=0.000", "identity"},
        {"gzip;q=0, gzip", "identity"},
        {"gzip, gzip;q=0", "identity"},
        {"gzip;q=1.000", "gzip identity"},
        {"gzip ;\tQ=0.7 , br ; q=0.8 ", "br gzip identity"},
        {"gzip;level=9;q=0.2, br;q=0.1", "gzip br identity"},
        {"gzip;q=0.2;level=9, br;q=0.1", "gzip br identity"},
        {"gzip, gzip;q=x", "gzip identity"},
        {"gzip, gzip;q=", "gzip identity"},
        /* no weight: as if it were not there */
        {"gzip;q=1.001", "identity"},
        {"gzip;q=2", "identity"},
        {"gzip;q=0.1234", "identity"},
        {"gzip;q=-1", "identity"},
        {"gzip;q=", "identity"},
        {"gzip;q= 0.5", "identity"},
        {"gzip;q", "identity"},
        {"gzip;q=1x", "identity"},
        {"gzip;q=.5", "identity"},
        {"gzip;q=0.:", "identity"},
        {"gzip;q=1./", "identity"},
        {"gzip;q=01", "identity"},
        {"gzip;q=0,5", "identity"},
        {"gzip;q=1.0x", "identity"},
        {"gzip;q=1.", "gzip identity"},
        {"gz ip, br/1, \"br\"", "identity"},
        {"gzipx, xbr", "identity"},
    };
    apr_pool_t *p = dice_pool();
    size_t i;

    for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        rcache_span field = dice_exact(p, rows[i][0], strlen(rows[i][0]));

        if (!IS_STR(order_of(p, field, ALL), rows[i][1])) {
            tap_note("  of \"%s\"", rows[i][0]);
        }
    }
    IS_STR(order_of(p, (rcache_span){NULL, 0}, ALL), "identity");
    apr_pool_destroy(p);
}

static void test_accept_only_what_is_offered(void)
{
    apr_pool_t *p = dice_pool();
    rcache_span field = rcache_span_of("br, gzip");

    IS_STR(order_of(p, field, 1u << RCACHE_IDENTITY), "identity");
    IS_STR(order_of(p, field, 1u << RCACHE_GZIP), "gzip");
    IS_STR(order_of(p, field, (1u << RCACHE_BR) | (1u << RCACHE_IDENTITY)),
           "br identity");
    IS_STR(order_of(p, field, 0), "");
    apr_pool_destroy(p);
}

static void test_etags_table_matched(void)
{
    enum {
        B = 1u << RCACHE_BR,
        G = 1u << RCACHE_GZIP,
        I = 1u << RCACHE_IDENTITY
    };
    static const struct {
        const char *field;
        unsigned forms;
    } rows[] = {
        {"", 0},
        {"*", RCACHE_ETAG_ANY},
        {" * ", RCACHE_ETAG_ANY},
        {"*, \"abc\"", I},
        {"\"abc\"", I},
        {"W/\"abc\"", I},
        {"w/\"abc\"", 0},
        {"\"abc-br\"", B},
        {"W/\"abc-gzip\"", G},
        {"\"x\", \"abc-br\" ,\t\"abc\"", I | B},
        {"\"abc\",\"abc-gzip\",\"abc-br\"", I | B | G},
        {"\"abc-identity\"", 0},
        {"\"abc-x\"", 0},
        {"\"abc.br\"", 0},
        {"\"abcbr\"", 0},
        {"\"abc-\"", 0},
        {"\"ABC\"", 0},
        {"\"ab\"", 0},
        {"\"abcd\"", 0},
        {"\"\"", 0},
        {"\"a,b\", \"abc\"", I},
        {"\"x\\\", \"abc\"", I}, /* a backslash escapes nothing */
        {"abc", 0},
        {"abc, \"abc\"", I},
        {"\"abc", 0},
        {"abc\"", 0},
        {"\"abc\"x", 0},
        {"\"abc\" \"abc\"", 0},
        {"x\"abc\"", 0},
        {"W/, \"abc\"", I},
        {"W", 0},
        {"W/", 0},
        {"\"", 0},
        {",,\"abc\",", I},
        {"\"x\" , *", 0},
    };
    apr_pool_t *p = dice_pool();
    size_t i;

    for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        rcache_span field = dice_exact(p, rows[i].field, strlen(rows[i].field));

        if (!IS_INT(rcache_etags_match(field, rcache_span_of("abc")),
                    rows[i].forms)) {
            tap_note("  of \"%s\"", rows[i].field);
        }
    }
    IS_INT(rcache_etags_match((rcache_span){NULL, 0}, rcache_span_of("abc")),
           0);
    apr_pool_destroy(p);
}

/* Nothing twice, nothing that was not offered; a tag in front of anything is
 * found. */
static void test_random_bytes_bounded(void)
{
    static const char *const alphabets[] = {"gzipbr*;q=01., ",
                                            "\"abcW/-r,* ", NULL};
    struct dice dice = {9110};
    apr_pool_t *p = dice_pool();
    int wrong = 0, missed = 0, forged = 0;
    int i;

    for (i = 0; i < 40000; i++) {
        rcache_span text = dice_text(p, &dice, alphabets[i % 3], 24);
        enum rcache_coding order[RCACHE_CODINGS];
        unsigned offered = dice_roll(&dice, 8);
        unsigned count = rcache_negotiate(text, offered, order);
        unsigned seen = 0, k;
        rcache_span tag = rcache_span_of("abc");
        rcache_span front = rcache_span_of(
            apr_psprintf(p, "\"abc\",%.*s", (int)text.length, text.data));

        for (k = 0; k < count && k < RCACHE_CODINGS; k++) {
            wrong += (seen & (1u << order[k])) != 0;
            seen |= 1u << order[k];
        }
        wrong += count > RCACHE_CODINGS || (seen & ~offered) != 0;
        missed += !(rcache_etags_match(front, tag) & (1u << RCACHE_IDENTITY));
        forged += rcache_etags_match(text, rcache_span_of("other")) &
                          ~RCACHE_ETAG_ANY
                      ? 1
                      : 0;
        if (i % 500 == 0) {
            apr_pool_clear(p);
        }
    }
    IS_INT(wrong, 0);
    IS_INT(missed, 0);
    IS_INT(forged, 0);
    apr_pool_destroy(p);
}

TAP_MAIN(RUN(test_accept_table_ordered), RUN(test_accept_only_what_is_offered),
         RUN(test_etags_table_matched), RUN(test_random_bytes_bounded))
