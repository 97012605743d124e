/* SPDX-License-Identifier: Apache-2.0
 *
 * key.c: parts of a request in one text.
 *
 *   1 b4:shop g7 s5:https h11:example.org p2:/a q3:x=1 H4:lang2:de
 *
 * A length is before each part that comes from outside; "-" is there instead
 * of a header or a cookie that is not sent.
 */
#include "key.h"

#include "query.h"

#include <apr_strings.h>

/* The layout of the text; another number for another layout, for caches that
 * outlive this program. */
#define LAYOUT "1"

struct text {
    char bytes[RCACHE_KEY_BYTES];
    size_t length;
    int full;
};

static void put(struct text *t, const char *data, size_t length)
{
    if (length > sizeof(t->bytes) - t->length) {
        t->full = 1;
    }
    if (!t->full && length > 0) {
        memcpy(t->bytes + t->length, data, length);
        t->length += length;
    }
}

/* By hand: there are several in each key, and each hit has a key. */
static void put_number(struct text *t, apr_uint64_t n)
{
    char digits[20];
    char *first = digits + sizeof(digits);

    do {
        *--first = (char)('0' + n % 10);
        n /= 10;
    } while (n > 0);
    put(t, first, (size_t)(digits + sizeof(digits) - first));
}

static void put_sized(struct text *t, const char *data, size_t length)
{
    put_number(t, length);
    put(t, ":", 1);
    put(t, data, length);
}

static void put_part(struct text *t, const char *letter, rcache_span part)
{
    put(t, " ", 1);
    put(t, letter, 1);
    put_sized(t, part.data, part.length);
}

/* value: data NULL = not sent. */
static void put_named(struct text *t, const char *letter, const char *name,
                      rcache_span value)
{
    put_part(t, letter, rcache_span_of(name));
    if (value.data != NULL) {
        put_sized(t, value.data, value.length);
    }
    else {
        put(t, "-", 1);
    }
}

/* Where the port begins, the colon included; the length when there is none.
 * The colons of an IPv6 address are in brackets. */
static size_t port_of(rcache_span host)
{
    size_t i = host.length;

    while (i > 0 && host.data[i - 1] >= '0' && host.data[i - 1] <= '9') {
        i--;
    }
    return i > 0 && host.data[i - 1] == ':' ? i - 1 : host.length;
}

rcache_span rcache_host_normalise(apr_pool_t *p, rcache_span host, int secure)
{
    size_t length = port_of(host);
    rcache_span port = rcache_span_after(host, length);
    char *text, *c;

    if (port.length > 0) {
        port = rcache_span_after(port, 1);
    }
    while (port.length > 0 && *port.data == '0') {
        port = rcache_span_after(port, 1);
    }
    if (rcache_span_is(port, secure ? "443" : "80")) {
        port.length = 0;
    }
    if (length > 0 && host.data[length - 1] == '.') {
        length--;
    }
    text = apr_palloc(p, length + port.length + 2);
    for (c = text; length > 0; length--) {
        *c++ = rcache_ascii_lower(*host.data++);
    }
    if (port.length > 0) {
        *c++ = ':';
        memcpy(c, port.data, port.length);
        c += port.length;
    }
    *c = '\0';
    return (rcache_span){text, (size_t)(c - text)};
}

/* All lines of a field in one; data NULL: it is not there. */
static rcache_span all_lines(apr_pool_t *p, const apr_table_t *headers,
                             const char *name, const char *separator)
{
    const apr_array_header_t *all;
    const char *joined = NULL;
    int i;

    if (headers == NULL) {
        return (rcache_span){NULL, 0};
    }
    all = apr_table_elts(headers);
    for (i = 0; i < all->nelts; i++) {
        const apr_table_entry_t *line =
            &APR_ARRAY_IDX(all, i, apr_table_entry_t);

        if (apr_cstr_casecmp(line->key, name) == 0) {
            joined = joined == NULL ? line->val
                                    : apr_pstrcat(p, joined, separator,
                                                  line->val, NULL);
        }
    }
    return rcache_span_trim(rcache_span_of(joined));
}

/* RFC 6265 4.2.1, read leniently.  data NULL: it is not there. */
static rcache_span cookie_value(rcache_span cookies, const char *name)
{
    while (cookies.length > 0) {
        size_t n = rcache_span_find(cookies, ';');
        rcache_span pair = {cookies.data, n};
        size_t equals = rcache_span_find(pair, '=');
        rcache_span own = rcache_span_trim((rcache_span){pair.data, equals});

        if (equals < n && rcache_span_equal(own, rcache_span_of(name))) {
            return rcache_span_trim(rcache_span_after(pair, equals + 1));
        }
        cookies = rcache_span_after(cookies, n < cookies.length ? n + 1 : n);
    }
    return (rcache_span){NULL, 0};
}

static void put_headers(apr_pool_t *p, struct text *t,
                        const apr_array_header_t *names,
                        const apr_table_t *headers)
{
    int i;

    for (i = 0; names != NULL && i < names->nelts; i++) {
        const char *name = APR_ARRAY_IDX(names, i, const char *);

        /* as httpd joins them */
        put_named(t, "H", name, all_lines(p, headers, name, ", "));
    }
}

/* The cookies that are in the key, as the bundle may see them. */
static const char *put_cookies(apr_pool_t *p, struct text *t,
                               const apr_array_header_t *names,
                               const apr_table_t *headers)
{
    const char *seen = NULL;
    rcache_span sent;
    int i;

    if (names == NULL) {
        return NULL;
    }
    /* HTTP/2 may split it (RFC 9113 8.2.3); a comma belongs to a value. */
    sent = all_lines(p, headers, "Cookie", "; ");
    for (i = 0; i < names->nelts; i++) {
        const char *name = APR_ARRAY_IDX(names, i, const char *);
        rcache_span value = cookie_value(sent, name);

        put_named(t, "C", name, value);
        if (value.data != NULL) {
            seen = apr_pstrcat(p, seen != NULL ? seen : "",
                               seen != NULL ? "; " : "", name, "=",
                               apr_pstrmemdup(p, value.data, value.length),
                               NULL);
        }
    }
    return seen;
}

static void put_url(apr_pool_t *p, struct text *t, const rcache_key_spec *spec,
                    const rcache_key_input *input, const char *query)
{
    if (spec->host) {
        put_part(t, "s", rcache_span_of(input->secure ? "https" : "http"));
        put_part(t, "h",
                 rcache_host_normalise(p, input->host, input->secure));
    }
    if (spec->path) {
        put_part(t, "p", input->path);
    }
    if (spec->query) {
        put_part(t, "q", rcache_span_of(query));
    }
}

static int has_key(const char *method)
{
    return strcmp(method, "GET") == 0 || strcmp(method, "HEAD") == 0;
}

void rcache_key_build(apr_pool_t *p, const rcache_key_spec *spec,
                      const rcache_key_input *input, rcache_key_built *built)
{
    struct text t;

    t.length = 0;
    t.full = !has_key(input->method);
    built->query =
        spec->query ? rcache_query_normalise(p, input->query, spec->ignore)
                    : "";
    put(&t, LAYOUT, sizeof(LAYOUT) - 1);
    put_part(&t, "b", input->bundle);
    put(&t, " g", 2);
    put_number(&t, input->generation);
    put_url(p, &t, spec, input, built->query);
    put_headers(p, &t, spec->headers, input->headers);
    built->cookie = put_cookies(p, &t, spec->cookies, input->headers);
    built->length = t.full ? 0 : t.length;
    built->text = t.full ? NULL : apr_pstrmemdup(p, t.bytes, t.length);
}

int rcache_key_covers(const rcache_key_spec *spec, rcache_span name)
{
    int i;

    if (rcache_span_is(name, "accept-encoding")) {
        return 1;
    }
    if (spec == NULL) {
        return 0;
    }
    if (spec->host && rcache_span_is(name, "host")) {
        return 1;
    }
    if (spec->cookies != NULL && spec->cookies->nelts > 0 &&
        rcache_span_is(name, "cookie")) {
        return 1;
    }
    for (i = 0; spec->headers != NULL && i < spec->headers->nelts; i++) {
        if (rcache_span_is(name,
                           APR_ARRAY_IDX(spec->headers, i, const char *))) {
            return 1;
        }
    }
    return 0;
}
