/* SPDX-License-Identifier: Apache-2.0
 *
 * test_template.c: templates cut at their markers, texts that are none, and
 * state in a script.
 */
#include "template.h"
#include "tap.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static v8pool_error err;

static v8pool_template *template_of(const char *text)
{
    v8pool_template *t;

    v8pool_template_create(text, strlen(text), &t, &err);
    return t;
}

/* "<p>[head]x[html]y[state]" of the pieces. */
static const char *shown(const v8pool_template *t)
{
    static const char *const names[] = {"[head]", "[html]", "[state]", "."};
    static char text[400];
    size_t count, i, n = 0;
    const v8p_piece *pieces = v8p_template_pieces(t, &count);

    for (i = 0; i < count; i++) {
        n += (size_t)snprintf(text + n, sizeof(text) - n, "%.*s%s",
                              (int)pieces[i].length, pieces[i].text,
                              names[pieces[i].marker]);
    }
    return text;
}

static void shows(const char *text, const char *wanted)
{
    v8pool_template *t = template_of(text);

    OK(t != NULL);
    if (t != NULL) {
        IS_STR(shown(t), wanted);
    }
    v8pool_template_destroy(&t);
    OK(t == NULL);
}

static void test_template_markers_cut(void)
{
    shows("<head><!--app-head--></head><b><!--app-html--></b>"
          "<!--ssr-state--></html>\n",
          "<head>[head]</head><b>[html]</b>[state]</html>\n.");
    shows("<!--app-html-->", "[html].");
    shows("<b><!--ssr-outlet--></b>", "<b>[html]</b>.");
    shows("<!--ssr-state--><!--app-html--><!--app-head-->",
          "[state][html][head].");
}

static void test_template_likenesses_stay(void)
{
    shows("<!-- app-html --><!--app-html--><!--app-htm",
          "<!-- app-html -->[html]<!--app-htm.");
    shows("<!--<!--app-html-->\xef\xbb\xbf\xe2\x82\xac\xf0\x9f\x98\x80<!--",
          "<!--[html]\xef\xbb\xbf\xe2\x82\xac\xf0\x9f\x98\x80<!--.");
}

static void test_template_markers_has_tells(void)
{
    v8pool_template *t = template_of("<!--app-html--><!--app-head-->");

    OK(v8p_template_has(t, V8P_MARKER_HTML));
    OK(v8p_template_has(t, V8P_MARKER_HEAD));
    OK(!v8p_template_has(t, V8P_MARKER_STATE));
    v8pool_template_destroy(&t);
}

static void refused(const char *text, int line, const char *wanted)
{
    v8pool_template *t = template_of(text);

    OK(t == NULL);
    IS_INT(err.status, V8POOL_E_ARG);
    IS_INT(err.line, line);
    HAS_STR(err.message, wanted);
    v8pool_template_destroy(&t);
}

static void test_template_without_html_refused(void)
{
    refused("", 0, "<!--app-html--> (or <!--ssr-outlet-->) was expected");
    refused("<!--app-head--><!--ssr-state-->", 0, "<!--app-html-->");
}

static void test_template_marker_twice_refused(void)
{
    refused("\n<!--app-html-->\n\n<!--app-html-->", 4,
            "<!--app-html-->: one place for it was expected, and line 2 has "
            "it already");
    refused("<!--app-html-->\n<!--ssr-outlet-->", 2, "line 1 has it already");
    refused("<!--app-head-->\n<!--app-head--><!--app-html-->", 2,
            "<!--app-head-->: one place");
    refused("<!--ssr-state-->\n<!--ssr-state--><!--app-html-->", 2,
            "<!--ssr-state-->: one place");
}

static void test_template_not_utf8_refused(void)
{
    static const char *const damaged[] = {
        "\x80",         "\xc1\x81",         "\xc3(",
        "\xe0\x80\x80", "\xed\xa0\x80",     "\xf0\x80\x80\x80",
        "\xf5\x80",     "\xf4\x90\x80\x80", "\xe2\x82",
    };
    size_t i;

    for (i = 0; i < sizeof(damaged) / sizeof(damaged[0]); i++) {
        char text[80];

        snprintf(text, sizeof(text), "<!--app-html-->\n\n%s", damaged[i]);
        refused(text, 3, "UTF-8 was expected, not byte 0x");
    }
}

static void test_template_too_large_refused(void)
{
    static char text[V8POOL_TEMPLATE_MAX + 1];
    v8pool_template *t;

    memset(text, ' ', sizeof(text));
    memcpy(text, "<!--app-html-->", 15);
    IS_INT(v8pool_template_create(text, sizeof(text) - 1, &t, &err), V8POOL_OK);
    v8pool_template_destroy(&t);
    IS_INT(v8pool_template_create(text, sizeof(text), &t, &err), V8POOL_E_ARG);
    HAS_STR(err.message, "at most 1 MiB was expected");
    IS_INT(v8pool_template_create(text, sizeof(text), &t, NULL), V8POOL_E_ARG);
}

static void test_template_id_of_its_text(void)
{
    v8pool_template *a = template_of("<!--app-html-->a");
    v8pool_template *b = template_of("<!--app-html-->b");
    v8pool_template *c = template_of("<!--app-html-->a");

    OK(v8pool_template_id(a) == v8pool_template_id(c));
    OK(v8pool_template_id(a) != v8pool_template_id(b));
    v8pool_template_destroy(&a);
    v8pool_template_destroy(&b);
    v8pool_template_destroy(&c);
}

/* --- files ---------------------------------------------------------------------- */

static char folder[] = "/tmp/v8ssr-template-XXXXXX";

static const char *path_of(const char *name)
{
    static char path[sizeof(folder) + 40];

    snprintf(path, sizeof(path), "%s/%s", folder, name);
    return path;
}

static void put(const char *name, const char *text, size_t length)
{
    int fd = open(path_of(name), O_WRONLY | O_CREAT | O_TRUNC, 0600);

    OK(fd >= 0 && write(fd, text, length) == (ssize_t)length);
    close(fd);
}

static void not_read(const char *name, const char *wanted)
{
    v8pool_template *t;

    IS_INT(v8pool_template_read(path_of(name), &t, &err), V8POOL_E_ARG);
    OK(t == NULL);
    HAS_STR(err.message, wanted);
    IS_STR(err.source, path_of(name));
}

static void test_template_file_read_or_refused(void)
{
    static char large[V8POOL_TEMPLATE_MAX + 1];
    v8pool_template *t;

    OK(mkdtemp(folder) != NULL);
    put("good.html", "<p><!--app-html--></p>", 22);
    IS_INT(v8pool_template_read(path_of("good.html"), &t, &err), V8POOL_OK);
    IS_STR(shown(t), "<p>[html]</p>.");
    v8pool_template_destroy(&t);

    not_read("missing.html", "it cannot be read: No such file");
    not_read(".", "a regular file was expected");
    OK(mkfifo(path_of("pipe"), 0600) == 0);
    not_read("pipe", "a regular file was expected");
    put("large.html", large, sizeof(large));
    not_read("large.html", "at most 1 MiB was expected");
    put("bad.html", "\n\n\xff", 3);
    not_read("bad.html", "UTF-8 was expected");
    IS_INT(err.line, 3);

    unlink(path_of("good.html"));
    unlink(path_of("large.html"));
    unlink(path_of("bad.html"));
    unlink(path_of("pipe"));
    rmdir(folder);
}

/* --- state ---------------------------------------------------------------------- */

static void state_is(const char *json, const char *nonce, const char *wanted)
{
    size_t length;
    char *script = v8p_template_state(json, strlen(json), nonce, &length);
    char text[400];

    snprintf(text, sizeof(text), "%.*s", (int)length, script);
    IS_STR(text, wanted);
    free(script);
}

static void test_state_script_cannot_be_left(void)
{
    state_is("{\"a\":1}", NULL,
             "<script>window.__SSR_STATE__={\"a\":1}</script>");
    state_is("[]", "0a1b",
             "<script nonce=\"0a1b\">window.__SSR_STATE__=[]</script>");
    state_is("\"</script><!--<\"", NULL,
             "<script>window.__SSR_STATE__=\"\\u003c/script>\\u003c!--\\u003c\""
             "</script>");
    state_is("\"\xe2\x80\xa8\xe2\x80\xa9\xe2\x80\xaa\xe2\x80\"", NULL,
             "<script>window.__SSR_STATE__=\"\\u2028\\u2029\xe2\x80\xaa"
             "\xe2\x80\"</script>");
}

TAP_MAIN(RUN(test_template_markers_cut), RUN(test_template_likenesses_stay),
         RUN(test_template_markers_has_tells),
         RUN(test_template_without_html_refused),
         RUN(test_template_marker_twice_refused),
         RUN(test_template_not_utf8_refused),
         RUN(test_template_too_large_refused),
         RUN(test_template_id_of_its_text),
         RUN(test_template_file_read_or_refused),
         RUN(test_state_script_cannot_be_left))
