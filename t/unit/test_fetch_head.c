/* SPDX-License-Identifier: Apache-2.0
 *
 * test_fetch_head.c: heads line by line, good and bad.
 */
#include "fetch_head.h"

#include "tap.h"

#include <stdlib.h>
#include <string.h>

static enum v8p_head_result add(struct v8p_head *head, const char *line)
{
    return v8p_head_line(head, line, strlen(line));
}

static void test_head_fields_are_trimmed_and_lower_case(void)
{
    struct v8p_head head = {0};
    v8p_fetch_head *made;

    IS_INT(add(&head, "HTTP/1.1 404 Not here\r\n"), V8P_HEAD_MORE);
    IS_INT(add(&head, "X-One: 1\r\n"), V8P_HEAD_MORE);
    IS_INT(add(&head, "x-TWO:\t 2 3 \r\n"), V8P_HEAD_MORE);
    IS_INT(add(&head, "x-one:4\n"), V8P_HEAD_MORE);
    IS_INT(add(&head, "\r\n"), V8P_HEAD_WHOLE);
    IS_INT(add(&head, "X-Trailer: 1\r\n"), V8P_HEAD_MORE);
    made = v8p_head_make(&head, "http://x/", 1);
    IS_INT(made->status, 404);
    IS_STR(made->status_text, "Not here");
    IS_STR(made->url, "http://x/");
    IS_INT(made->redirected, 1);
    IS_INT(made->header_count, 3);
    IS_STR(made->headers[0].name, "x-one");
    IS_STR(made->headers[1].name, "x-two");
    IS_STR(made->headers[1].value, "2 3");
    IS_STR(made->headers[2].value, "4");
    IS_STR(v8p_head_find(&head, "x-one"), "1");
    OK(v8p_head_find(&head, "x-trailer") == NULL);
    free(made);
    v8p_head_clear(&head);
}

static void test_head_without_status_text_has_an_empty_one(void)
{
    struct v8p_head head = {0};
    v8p_fetch_head *made;

    IS_INT(add(&head, "HTTP/2 204\r\n"), V8P_HEAD_MORE);
    IS_INT(add(&head, "\r\n"), V8P_HEAD_WHOLE);
    made = v8p_head_make(&head, "", 0);
    IS_INT(made->status, 204);
    IS_STR(made->status_text, "");
    IS_INT(made->header_count, 0);
    free(made);
    v8p_head_clear(&head);
}

static void test_head_informational_ones_are_forgotten(void)
{
    struct v8p_head head = {0};

    add(&head, "HTTP/1.1 103 Hints\r\n");
    add(&head, "Link: x\r\n");
    IS_INT(add(&head, "\r\n"), V8P_HEAD_MORE);
    add(&head, "HTTP/1.1 200 OK\r\n");
    add(&head, "X: y\r\n");
    IS_INT(add(&head, "\r\n"), V8P_HEAD_WHOLE);
    OK(v8p_head_find(&head, "link") == NULL);
    IS_STR(v8p_head_find(&head, "x"), "y");
    v8p_head_clear(&head);
}

static void test_head_bad_lines_are_found(void)
{
    static const char *const first[] = {
        "HTTP/1.1\r\n", "HTTP/1.1 20\r\n", "HTTP/1.1 abc\r\n",
        "HTTP/1.1 2000 X\r\n", "HTTP/1.1 099 X\r\n", "hello\r\n", "a: b\r\n"};
    static const char *const later[] = {"no colon\r\n", ": x\r\n",
                                        " folded first\r\n"};
    struct v8p_head head = {0};
    size_t i;

    for (i = 0; i < sizeof(first) / sizeof(first[0]); i++) {
        IS_INT(add(&head, first[i]), V8P_HEAD_BAD);
        v8p_head_clear(&head);
    }
    for (i = 0; i < sizeof(later) / sizeof(later[0]); i++) {
        add(&head, "HTTP/1.1 200 OK\r\n");
        IS_INT(add(&head, later[i]), V8P_HEAD_BAD);
        v8p_head_clear(&head);
    }
    add(&head, "HTTP/1.1 200 OK\r\n");
    IS_INT(v8p_head_line(&head, "a: b\0c\r\n", 8), V8P_HEAD_BAD);
    v8p_head_clear(&head);
}

static void test_head_size_is_bounded(void)
{
    static char line[10000];
    struct v8p_head head = {0};
    enum v8p_head_result result = V8P_HEAD_MORE;
    int lines = 0;

    memset(line, 'x', sizeof(line));
    line[1] = ':';
    add(&head, "HTTP/1.1 200 OK\r\n");
    while (result == V8P_HEAD_MORE && lines < 100) {
        result = v8p_head_line(&head, line, sizeof(line));
        lines++;
    }
    IS_INT(result, V8P_HEAD_BAD);
    IS_INT(lines, (int)(V8P_FETCH_HEAD_MAX / sizeof(line)) + 1);
    v8p_head_clear(&head);
}

TAP_MAIN(RUN(test_head_fields_are_trimmed_and_lower_case),
         RUN(test_head_without_status_text_has_an_empty_one),
         RUN(test_head_informational_ones_are_forgotten),
         RUN(test_head_bad_lines_are_found),
         RUN(test_head_size_is_bounded))
