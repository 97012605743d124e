/* SPDX-License-Identifier: Apache-2.0
 *
 * test_text.c: status texts and the cleaning of text that a bundle wrote.
 */
#include "fixture.h"

#include "error.h"

#include <stdlib.h>

static void test_status_text_every_status_unique(void)
{
    int i, k, bad = 0;

    for (i = 0; i < V8POOL_STATUS_COUNT; i++) {
        const char *text = v8pool_status_text((v8pool_status)i);

        bad += text == NULL || *text == '\0';
        for (k = 0; k < i; k++) {
            bad += strcmp(text, v8pool_status_text((v8pool_status)k)) == 0;
        }
    }
    IS_INT(bad, 0);
    IS_INT(V8POOL_OK, 0);
    IS_STR(v8pool_status_text(V8POOL_OK), "ok");
}

static void test_status_text_no_status_known_text(void)
{
    IS_STR(v8pool_status_text(V8POOL_STATUS_COUNT), "unknown status");
    IS_STR(v8pool_status_text((v8pool_status)-1), "unknown status");
    IS_STR(v8pool_status_text((v8pool_status)12345), "unknown status");
}

/* Copies into a block of exactly `size` bytes, so that AddressSanitizer sees a
 * byte too many. */
static const char *copied(const char *text, size_t length, size_t size,
                          int newlines)
{
    static char kept[4096];
    char *block = malloc(size);

    v8p_text_copy(block, size, text, length, newlines);
    memcpy(kept, block, size);
    free(block);
    return kept;
}

static void test_text_copy_controls_replaced(void)
{
    char all[33];
    int i;

    for (i = 0; i < 32; i++) {
        all[i] = (char)i;
    }
    all[32] = 0x7f;
    IS_STR(copied(all, 33, 64, 0), "?????????  ?????????????????????\?");
    IS_STR(copied("a\nb", 3, 64, 0), "a b");
    IS_STR(copied("a\nb\tc", 5, 64, 1), "a\nb c");
    IS_STR(copied("a\rb", 3, 64, 1), "a?b");
    IS_STR(copied("a\0b", 3, 64, 1), "a?b");
    IS_STR(copied("\x1b[31mred", 8, 64, 0), "?[31mred");
}

/* U+0080 to U+009F: a terminal takes U+009B for ESC [. */
static void test_text_copy_c1_controls_replaced(void)
{
    IS_STR(copied("a\xc2\x9b" "31mb", 7, 64, 0), "a??31mb");
    IS_STR(copied("\xc2\x80\xc2\x85\xc2\x9f", 6, 64, 1), "??????");
    IS_STR(copied("\xc2\xa0\xc3\x9b", 4, 64, 0), "\xc2\xa0\xc3\x9b");
}

static void test_text_copy_too_long_cut_between_characters(void)
{
    static const char euro[] = "ab\xe2\x82\xac" "cd"; /* 7 bytes */
    static const char smile[] = "\xf0\x9f\x99\x82";

    IS_STR(copied(euro, 7, 8, 0), euro);
    IS_STR(copied(euro, 7, 7, 0), "ab\xe2\x82\xac" "c");
    IS_STR(copied(euro, 7, 6, 0), "ab\xe2\x82\xac");
    IS_STR(copied(euro, 7, 5, 0), "ab");
    IS_STR(copied(euro, 7, 4, 0), "ab");
    IS_STR(copied(euro, 7, 3, 0), "ab");
    IS_STR(copied(euro, 7, 2, 0), "a");
    IS_STR(copied(euro, 7, 1, 0), "");
    IS_STR(copied(smile, 4, 4, 0), "");
    IS_STR(copied(smile, 4, 5, 0), smile);
    IS_STR(copied("\x80\x80\x80", 3, 2, 0), "");
    IS_STR(copied("", 0, 1, 0), "");
}

static void test_error_set_clears_everything(void)
{
    v8pool_error err;

    memset(&err, 'x', sizeof(err));
    IS_STATUS(v8p_error_set(&err, V8POOL_E_FULL, "%s %d", "n\n", 5),
              V8POOL_E_FULL);
    IS_STATUS(err.status, V8POOL_E_FULL);
    IS_STR(err.message, "n  5");
    IS_STR(err.source, "");
    IS_STR(err.stack, "");
    IS_INT(err.line, 0);
    IS_INT(err.column, 0);
    IS_STATUS(v8p_error_set(NULL, V8POOL_E_ARG, "x"), V8POOL_E_ARG);
}

static void test_error_message_place_stays(void)
{
    v8pool_error err;

    v8p_error_set(&err, V8POOL_E_SCRIPT, "old");
    err.line = 7;
    strcpy(err.stack, "at x");
    IS_STATUS(v8p_error_message(&err, V8POOL_E_TIMEOUT, "new"),
              V8POOL_E_TIMEOUT);
    IS_STR(err.message, "new");
    IS_STR(err.stack, "at x");
    IS_INT(err.line, 7);
    IS_STATUS(err.status, V8POOL_E_TIMEOUT);
}

static void test_error_set_long_message_cut(void)
{
    char *text = malloc(5000);
    v8pool_error err;

    memset(text, 'e', 4999);
    text[4999] = '\0';
    v8p_error_set(&err, V8POOL_E_SCRIPT, "%s", text);
    IS_INT(strlen(err.message), sizeof(err.message) - 1);
    free(text);
}

/* The formatted text is cut by vsnprintf() first, inside a character. */
static void test_error_set_long_message_cut_between_characters(void)
{
    char text[1001];
    v8pool_error err;
    size_t i;

    for (i = 0; i + 2 < sizeof(text); i += 2) {
        memcpy(text + i, "\xc3\xa9", 3);
    }
    v8p_error_set(&err, V8POOL_E_SCRIPT, "%s", text);
    IS_INT(strlen(err.message), sizeof(err.message) - 2);
}

TAP_MAIN(RUN(test_status_text_every_status_unique),
         RUN(test_status_text_no_status_known_text),
         RUN(test_text_copy_controls_replaced),
         RUN(test_text_copy_c1_controls_replaced),
         RUN(test_text_copy_too_long_cut_between_characters),
         RUN(test_error_set_clears_everything),
         RUN(test_error_message_place_stays),
         RUN(test_error_set_long_message_cut),
         RUN(test_error_set_long_message_cut_between_characters))
