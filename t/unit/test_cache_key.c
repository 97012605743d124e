/* SPDX-License-Identifier: Apache-2.0
 *
 * test_cache_key.c: which requests share a key, and that no others can.
 */
#include "cache/key.h"
#include "dice.h"

#include <apr_strings.h>
#include <stdlib.h>

static rcache_key_spec spec_of_url(void)
{
    return (rcache_key_spec){1, 1, 1, NULL, NULL, NULL};
}

static rcache_key_input get(const char *host, const char *path,
                            const char *query)
{
    return (rcache_key_input){.method = "GET",
                              .secure = 1,
                              .host = rcache_span_of(host),
                              .path = rcache_span_of(path),
                              .query = rcache_span_of(query),
                              .bundle = rcache_span_of("shop"),
                              .generation = 7};
}

static const char *text_of(apr_pool_t *p, const rcache_key_spec *spec,
                           const rcache_key_input *input)
{
    rcache_key_built built;

    rcache_key_build(p, spec, input, &built);
    return built.text;
}

static void test_host_table_normalised(void)
{
    static const struct {
        const char *host;
        int secure;
        const char *wanted;
    } rows[] = {
        {"example.org", 1, "example.org"},
        {"EXAMPLE.Org", 1, "example.org"},
        {"example.org.", 1, "example.org"},
        {"example.org..", 1, "example.org."},
        {"example.org:443", 1, "example.org"},
        {"example.org.:443", 1, "example.org"},
        {"example.org:80", 1, "example.org:80"},
        {"example.org:80", 0, "example.org"},
        {"example.org:443", 0, "example.org:443"},
        {"example.org:0443", 1, "example.org"},
        {"example.org:08080", 1, "example.org:8080"},
        {"example.org:4430", 1, "example.org:4430"},
        {"example.org:", 1, "example.org"},
        {"example.org:8x", 1, "example.org:8x"},
        {"[::1]", 1, "[::1]"},
        {"[::1]:443", 1, "[::1]"},
        {"[2001:DB8::443]", 1, "[2001:db8::443]"},
        {"10.0.0.1", 1, "10.0.0.1"},
        {"443", 1, "443"},
        {":443", 1, ""},
        {".", 1, ""},
        {"", 1, ""},
        {"\xc3\x84.org", 1, "\xc3\x84.org"},
    };
    apr_pool_t *p = dice_pool();
    size_t i;

    memset(apr_palloc(p, 7000), 'x', 7000); /* no NULs left by chance */
    apr_pool_clear(p);
    for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        rcache_span host = dice_exact(p, rows[i].host, strlen(rows[i].host));

        host = rcache_host_normalise(p, host, rows[i].secure);
        IS_STR(host.data, rows[i].wanted);
        IS_INT(host.length, strlen(rows[i].wanted));
    }
    apr_pool_destroy(p);
}

static void test_key_everything_in_it_readable(void)
{
    apr_pool_t *p = dice_pool();
    rcache_key_spec spec = {
        1, 1, 1, dice_list(p, "X-Device", "X-None", NULL),
        dice_list(p, "lang", "none", NULL), NULL};
    rcache_key_input input = get("Example.org:443", "/a b", "b=2&a=1&gclid=3");
    rcache_key_built built;

    input.headers = dice_fields(p, "x-device", " mobile ", "Cookie",
                                "sid=1; lang=de; theme=x", NULL);
    rcache_key_build(p, &spec, &input, &built);
    IS_STR(built.text,
           "1 b4:shop g7 s5:https h11:example.org p4:/a b q7:a=1&b=2 "
           "H8:X-Device6:mobile H6:X-None- C4:lang2:de C4:none-");
    IS_INT(built.length, strlen(built.text));
    IS_STR(built.query, "a=1&b=2");
    IS_STR(built.cookie, "lang=de");
    apr_pool_destroy(p);
}

static void test_key_parts_left_out_hidden(void)
{
    apr_pool_t *p = dice_pool();
    rcache_key_spec spec = {0, 1, 0, NULL, NULL, NULL};
    rcache_key_input a = get("a.org", "/", "x=1");
    rcache_key_input b = get("b.org", "/", "x=2");
    rcache_key_built built;

    b.secure = 0;
    a.headers = dice_fields(p, "Cookie", "sid=1", NULL);
    rcache_key_build(p, &spec, &a, &built);
    IS_STR(built.query, "");
    OK(built.cookie == NULL);
    IS_STR(built.text, text_of(p, &spec, &b));
    spec.path = 0;
    IS_STR(text_of(p, &spec, &a), "1 b4:shop g7");
    apr_pool_destroy(p);
}

static void test_key_methods_get_and_head_share(void)
{
    apr_pool_t *p = dice_pool();
    rcache_key_spec spec = spec_of_url();
    rcache_key_input input = get("a.org", "/", "b&a");
    const char *text = text_of(p, &spec, &input);
    rcache_key_built built;

    input.method = "HEAD";
    IS_STR(text, text_of(p, &spec, &input));
    input.method = "POST";
    rcache_key_build(p, &spec, &input, &built);
    OK(built.text == NULL);
    IS_INT(built.length, 0);
    IS_STR(built.query, "a&b");
    input.method = "get";
    OK(text_of(p, &spec, &input) == NULL);
    apr_pool_destroy(p);
}

static void test_key_scheme_bundle_generation_differ(void)
{
    apr_pool_t *p = dice_pool();
    rcache_key_spec spec = spec_of_url();
    rcache_key_input a = get("a.org", "/", "");
    rcache_key_input b = a;
    const char *text = text_of(p, &spec, &a);

    b.secure = 0;
    OK(strcmp(text, text_of(p, &spec, &b)) != 0);
    b = a;
    b.bundle = rcache_span_of("shop@canary");
    OK(strcmp(text, text_of(p, &spec, &b)) != 0);
    b = a;
    b.generation = UINT64_MAX;
    HAS_STR(text_of(p, &spec, &b), " g18446744073709551615 ");
    apr_pool_destroy(p);
}

/* ---- headers and cookies ------------------------------------------------- */

static const char *header_part(apr_pool_t *p, apr_table_t *headers)
{
    rcache_key_spec spec = {0, 0, 0, dice_list(p, "X", NULL), NULL, NULL};
    rcache_key_input input = get("", "", "");
    const char *text;

    input.headers = headers;
    text = text_of(p, &spec, &input);
    return text + strlen("1 b4:shop g7 H1:X");
}

static void test_key_header_lines_joined(void)
{
    apr_pool_t *p = dice_pool();

    IS_STR(header_part(p, NULL), "-");
    IS_STR(header_part(p, dice_fields(p, NULL)), "-");
    IS_STR(header_part(p, dice_fields(p, "X", "", NULL)), "0:");
    IS_STR(header_part(p, dice_fields(p, "x", "\ta ", NULL)), "1:a");
    IS_STR(header_part(p, dice_fields(p, "X", "a", "x", "b", NULL)), "4:a, b");
    IS_STR(header_part(p, dice_fields(p, "X", "a, b", NULL)), "4:a, b");
    apr_pool_destroy(p);
}

static void test_key_cookies_table_first_counts(void)
{
    static const struct {
        const char *field, *key, *seen;
    } rows[] = {
        {"a=1", "1:1", "a=1"},
        {"b=0; a=1", "1:1", "a=1"},
        {"a=1;a=2", "1:1", "a=1"},
        {" a = 1 ;b", "1:1", "a=1"},
        {"xa=2; ab=3; a=1", "1:1", "a=1"},
        {"A=1", "-", NULL},
        {"a", "-", NULL},
        {"b=a=1", "-", NULL},
        {"a=", "0:", "a="},
        {"a=\"x;y\"", "2:\"x", "a=\"x"},
        {"a=x=y", "3:x=y", "a=x=y"},
        {"; ;;a=1", "1:1", "a=1"},
        {"", "-", NULL},
    };
    apr_pool_t *p = dice_pool();
    rcache_key_spec spec = {0, 0, 0, NULL, dice_list(p, "a", NULL), NULL};
    rcache_key_input input = get("", "", "");
    rcache_key_built built;
    size_t i;

    for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        input.headers = dice_fields(p, "cookie", rows[i].field, NULL);
        rcache_key_build(p, &spec, &input, &built);
        IS_STR(built.text, apr_pstrcat(p, "1 b4:shop g7 C1:a", rows[i].key,
                                       NULL));
        if (rows[i].seen != NULL) {
            IS_STR(built.cookie, rows[i].seen);
        }
        else {
            OK(built.cookie == NULL);
        }
    }
    apr_pool_destroy(p);
}

static void test_key_cookies_in_several_lines_found(void)
{
    apr_pool_t *p = dice_pool();
    rcache_key_spec spec = {0, 0, 0, NULL, dice_list(p, "b", "a", NULL), NULL};
    rcache_key_input input = get("", "", "");
    rcache_key_built built;

    input.headers = dice_fields(p, "Cookie", "x=0; a=1", "X-Cookie", "b=3",
                                "Cookie", "b=2", NULL);
    rcache_key_build(p, &spec, &input, &built);
    IS_STR(built.cookie, "b=2; a=1");
    IS_STR(built.text, "1 b4:shop g7 C1:b1:2 C1:a1:1");
    apr_pool_destroy(p);
}

static void test_key_covers_what_varies_it(void)
{
    apr_pool_t *p = dice_pool();
    rcache_key_spec spec = {1, 1, 1, dice_list(p, "X-Device", NULL),
                            dice_list(p, NULL), NULL};

    OK(rcache_key_covers(NULL, rcache_span_of("accept-encoding")));
    OK(!rcache_key_covers(NULL, rcache_span_of("Host")));
    OK(rcache_key_covers(&spec, rcache_span_of("HOST")));
    OK(rcache_key_covers(&spec, rcache_span_of("x-device")));
    OK(!rcache_key_covers(&spec, rcache_span_of("x-devic")));
    OK(!rcache_key_covers(&spec, rcache_span_of("x-devices")));
    OK(!rcache_key_covers(&spec, rcache_span_of("cookie")));
    spec.cookies = dice_list(p, "lang", NULL);
    OK(rcache_key_covers(&spec, rcache_span_of("Cookie")));
    spec.host = 0;
    OK(!rcache_key_covers(&spec, rcache_span_of("Host")));
    apr_pool_destroy(p);
}

/* ---- limits and forgery -------------------------------------------------- */

static void test_key_too_long_none(void)
{
    apr_pool_t *p = dice_pool();
    rcache_key_spec spec = spec_of_url();
    char *path = apr_pcalloc(p, RCACHE_KEY_BYTES + 1);
    rcache_key_input input = get("a.org", "", "");
    size_t rest = strlen("1 b4:shop g7 s5:https h5:a.org p8144: q0:");
    rcache_key_built built;

    memset(path, 'p', RCACHE_KEY_BYTES);
    input.path = dice_exact(p, path, RCACHE_KEY_BYTES - rest);
    rcache_key_build(p, &spec, &input, &built);
    IS_INT(built.length, RCACHE_KEY_BYTES);
    input.path = dice_exact(p, path, RCACHE_KEY_BYTES - rest + 1);
    rcache_key_build(p, &spec, &input, &built);
    OK(built.text == NULL);
    IS_INT(built.length, 0);
    input.path = dice_exact(p, path, RCACHE_KEY_BYTES);
    input.query = rcache_span_of("z&a");
    rcache_key_build(p, &spec, &input, &built);
    OK(built.text == NULL);
    IS_STR(built.query, "a&z");
    apr_pool_destroy(p);
}

/* Values that look like the ends of other parts. */
static void test_key_forged_parts_differ(void)
{
    static const char *const rows[][3] = {
        {"/", "", ""},
        {"/ q3:a=1", "", ""},
        {"/", "a=1", ""},
        {"/ q0: H1:X1:v", "", ""},
        {"/", "", "v"},
        {"/", "", "- C1:a1:1"},
        {"/", "H1:X1:v", ""},
        {"/1 q0:", "", ""},
    };
    apr_pool_t *p = dice_pool();
    rcache_key_spec spec = {1, 1, 1, dice_list(p, "X", NULL),
                            dice_list(p, "a", NULL), NULL};
    const char *texts[8];
    int same = 0;
    size_t i, k;

    for (i = 0; i < 8; i++) {
        rcache_key_input input = get("a.org", rows[i][0], rows[i][1]);

        if (*rows[i][2] != '\0') {
            input.headers = dice_fields(p, "X", rows[i][2], NULL);
        }
        texts[i] = text_of(p, &spec, &input);
        for (k = 0; k < i; k++) {
            same += strcmp(texts[i], texts[k]) == 0;
        }
    }
    IS_INT(same, 0);
    apr_pool_destroy(p);
}

/* A sized part of a key's text; 0: there is none. */
static int read_sized(const char **at, const char *end, rcache_span *part)
{
    char *colon;

    part->length = strtoul(*at, &colon, 10);
    if (colon == *at || *colon != ':' ||
        part->length > (size_t)(end - colon - 1)) {
        return 0;
    }
    part->data = colon + 1;
    *at = part->data + part->length;
    return 1;
}

static int read_literal(const char **at, const char *text)
{
    size_t n = strlen(text);

    if (strncmp(*at, text, n) != 0) {
        return 0;
    }
    *at += n;
    return 1;
}

/* Reads the text back into its parts and compares: what can be read in one way
 * only cannot stand for two requests. */
static int reads_back(apr_pool_t *p, const rcache_key_built *built,
                      const rcache_key_input *in)
{
    const char *at = built->text;
    const char *end = at + built->length;
    const char *header = apr_table_get(in->headers, "X");
    rcache_span part;
    int good = read_literal(&at, "1 b") && read_sized(&at, end, &part) &&
               rcache_span_equal(part, in->bundle) &&
               read_literal(&at, " g9 s5:https h") &&
               read_sized(&at, end, &part) &&
               rcache_span_equal(part, rcache_host_normalise(p, in->host, 1)) &&
               read_literal(&at, " p") && read_sized(&at, end, &part) &&
               rcache_span_equal(part, in->path) && read_literal(&at, " q") &&
               read_sized(&at, end, &part) &&
               rcache_span_equal(part, rcache_span_of(built->query)) &&
               read_literal(&at, " H1:X");

    if (!good) {
        return 0;
    }
    if (header == NULL) {
        return read_literal(&at, "-") && at == end;
    }
    return read_sized(&at, end, &part) &&
           rcache_span_equal(part, rcache_span_trim(rcache_span_of(header))) &&
           at == end;
}

static void test_key_random_bytes_read_back(void)
{
    static const char *const alphabets[] = {"0123: -bgshpqHCX", "aA.:0 /",
                                            NULL};
    struct dice dice = {4711};
    apr_pool_t *p = dice_pool();
    int wrong = 0;
    int i;

    for (i = 0; i < 20000; i++) {
        const char *letters = alphabets[i % 3];
        rcache_key_spec spec = {1, 1, 1, dice_list(p, "X", NULL), NULL, NULL};
        rcache_key_input input = get("", "", "");
        rcache_key_built built;

        input.generation = 9;
        input.bundle = dice_text(p, &dice, letters, 12);
        input.host = dice_text(p, &dice, letters, 12);
        input.path = dice_text(p, &dice, letters, 12);
        input.query = dice_text(p, &dice, letters, 12);
        input.headers = dice_fields(
            p, dice_roll(&dice, 2) ? "X" : "Y",
            dice_string(p, &dice, letters, 12), NULL);
        rcache_key_build(p, &spec, &input, &built);
        wrong += !reads_back(p, &built, &input);
        if (i % 500 == 0) {
            apr_pool_clear(p);
        }
    }
    IS_INT(wrong, 0);
    apr_pool_destroy(p);
}

TAP_MAIN(RUN(test_host_table_normalised),
         RUN(test_key_everything_in_it_readable),
         RUN(test_key_parts_left_out_hidden),
         RUN(test_key_methods_get_and_head_share),
         RUN(test_key_scheme_bundle_generation_differ),
         RUN(test_key_header_lines_joined),
         RUN(test_key_cookies_table_first_counts),
         RUN(test_key_cookies_in_several_lines_found),
         RUN(test_key_covers_what_varies_it), RUN(test_key_too_long_none),
         RUN(test_key_forged_parts_differ),
         RUN(test_key_random_bytes_read_back))
