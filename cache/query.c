/* SPDX-License-Identifier: Apache-2.0
 *
 * query.c: splits, drops, escapes anew, sorts, joins.
 */
#include "query.h"

#include <stdlib.h>

const char *const rcache_ignored_parameters[] = {
    "utm_*",   "fbclid", "gclid",  "gclsrc", "dclid",
    "msclkid", "mc_eid", "mc_cid", "_ga",    "yclid",
    NULL};

struct pair {
    rcache_span name; /* as applications read it */
    rcache_span text; /* normalised */
    size_t place;     /* where it was */
};

int rcache_glob_matches(const char *pattern, rcache_span text)
{
    const char *star = NULL; /* the last one passed */
    size_t eaten = 0;        /* where what it took ends */
    size_t i = 0;

    /* On a mismatch the last star takes one byte more; earlier ones need not
     * be tried again. */
    while (i < text.length) {
        if (*pattern == '*') {
            star = ++pattern;
            eaten = i;
        }
        else if (*pattern != '\0' &&
                 (*pattern == '?' || *pattern == text.data[i])) {
            pattern++;
            i++;
        }
        else if (star != NULL) {
            pattern = star;
            i = ++eaten;
        }
        else {
            return 0;
        }
    }
    while (*pattern == '*') {
        pattern++;
    }
    return *pattern == '\0';
}

static int hex_value(char c)
{
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    if (c >= 'a' && c <= 'f') {
        return c - 'a' + 10;
    }
    if (c >= 'A' && c <= 'F') {
        return c - 'A' + 10;
    }
    return -1;
}

/* The byte that the escape at `i` stands for; -1: there is no escape. */
static int escaped_byte(rcache_span text, size_t i)
{
    int high, low;

    if (text.data[i] != '%' || text.length - i < 3) {
        return -1;
    }
    high = hex_value(text.data[i + 1]);
    low = hex_value(text.data[i + 2]);
    return high >= 0 && low >= 0 ? high * 16 + low : -1;
}

/* RFC 3986 2.3. */
static int is_unreserved(int c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_' ||
           c == '~';
}

static int is_misplaced(unsigned char c)
{
    return c <= ' ' || c >= 0x7f || strchr("\"#<>%", c) != NULL;
}

static char *put_escape(char *out, int c)
{
    static const char hex[] = "0123456789ABCDEF";

    *out++ = '%';
    *out++ = hex[c >> 4];
    *out++ = hex[c & 15];
    return out;
}

/* Writes at most three times what it reads. */
static char *put_normalised(char *out, rcache_span text)
{
    size_t i;

    for (i = 0; i < text.length; i++) {
        int c = escaped_byte(text, i);

        if (c >= 0) {
            i += 2;
            if (is_unreserved(c)) {
                *out++ = (char)c;
            }
            else {
                out = put_escape(out, c);
            }
        }
        /* A lone '%' too: with what is decoded behind it, it could become an
         * escape that nobody wrote ("%2%35"). */
        else if (is_misplaced((unsigned char)text.data[i])) {
            out = put_escape(out, (unsigned char)text.data[i]);
        }
        else {
            *out++ = text.data[i];
        }
    }
    return out;
}

static char *put_decoded(char *out, rcache_span text)
{
    size_t i;

    for (i = 0; i < text.length; i++) {
        int c = escaped_byte(text, i);

        if (c >= 0) {
            i += 2;
            *out++ = (char)c;
        }
        else {
            *out++ = text.data[i] == '+' ? ' ' : text.data[i];
        }
    }
    return out;
}

static int is_ignored(rcache_span name, const apr_array_header_t *ignore)
{
    int i;

    if (ignore == NULL) {
        for (i = 0; rcache_ignored_parameters[i] != NULL; i++) {
            if (rcache_glob_matches(rcache_ignored_parameters[i], name)) {
                return 1;
            }
        }
        return 0;
    }
    for (i = 0; i < ignore->nelts; i++) {
        if (rcache_glob_matches(APR_ARRAY_IDX(ignore, i, const char *),
                                name)) {
            return 1;
        }
    }
    return 0;
}

static int by_name_and_place(const void *left, const void *right)
{
    const struct pair *a = left;
    const struct pair *b = right;
    size_t n = a->name.length < b->name.length ? a->name.length
                                               : b->name.length;
    int order = memcmp(a->name.data, b->name.data, n);

    if (order == 0) {
        order = (a->name.length > b->name.length) -
                (a->name.length < b->name.length);
    }
    return order != 0 ? order : (a->place > b->place) - (a->place < b->place);
}

/* How many there are; in the order they came. */
static size_t take_pairs(apr_pool_t *p, rcache_span query,
                         const apr_array_header_t *ignore, struct pair *pairs)
{
    char *name = apr_palloc(p, query.length + 1);
    char *text = apr_palloc(p, query.length * 3 + 1);
    size_t count = 0;

    while (query.length > 0) {
        size_t n = rcache_span_find(query, '&');
        rcache_span raw = {query.data, n};
        struct pair *pair = &pairs[count];

        query = rcache_span_after(query, n < query.length ? n + 1 : n);
        pair->name.data = name;
        pair->name.length = (size_t)(
            put_decoded(name, (rcache_span){raw.data,
                                            rcache_span_find(raw, '=')}) -
            name);
        if (n == 0 || is_ignored(pair->name, ignore)) {
            continue;
        }
        pair->text.data = text;
        text = put_normalised(text, raw);
        pair->text.length = (size_t)(text - pair->text.data);
        pair->place = count++;
        name += pair->name.length;
    }
    return count;
}

static const char *joined(apr_pool_t *p, const struct pair *pairs,
                          size_t count)
{
    size_t length = count; /* a '&' behind each but the last, and the NUL */
    size_t i;
    char *text, *out;

    for (i = 0; i < count; i++) {
        length += pairs[i].text.length;
    }
    text = out = apr_palloc(p, length);
    for (i = 0; i < count; i++) {
        if (i > 0) {
            *out++ = '&';
        }
        memcpy(out, pairs[i].text.data, pairs[i].text.length);
        out += pairs[i].text.length;
    }
    *out = '\0';
    return text;
}

const char *rcache_query_normalise(apr_pool_t *p, rcache_span query,
                                   const apr_array_header_t *ignore)
{
    struct pair *pairs;
    size_t count = 1;
    size_t i;

    for (i = 0; i < query.length; i++) {
        count += query.data[i] == '&';
    }
    pairs = apr_palloc(p, count * sizeof(*pairs));
    count = take_pairs(p, query, ignore, pairs);
    if (count == 0) {
        return "";
    }
    qsort(pairs, count, sizeof(*pairs), by_name_and_place);
    return joined(p, pairs, count);
}
