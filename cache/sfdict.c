/* SPDX-License-Identifier: Apache-2.0
 *
 * sfdict.c: the algorithms of RFC 8941 4.2, one function for each.  Functions
 * take what they read off *in and say whether it was what it should be.
 */
#include "sfdict.h"

#include "field.h"

static int peek(const rcache_span *in)
{
    return in->length > 0 ? (unsigned char)*in->data : -1;
}

static void skip(rcache_span *in, size_t n)
{
    *in = rcache_span_after(*in, n);
}

static void skip_any(rcache_span *in, const char *set)
{
    while (peek(in) > 0 && strchr(set, peek(in)) != NULL) {
        skip(in, 1);
    }
}

static int is_digit(int c)
{
    return c >= '0' && c <= '9';
}

static int is_lower(int c)
{
    return c >= 'a' && c <= 'z';
}

static int is_alpha(int c)
{
    return is_lower(c) || (c >= 'A' && c <= 'Z');
}

/* 4.2.3.3. */
static int take_key(rcache_span *in, rcache_span *key)
{
    *key = (rcache_span){in->data, 0};
    if (!is_lower(peek(in)) && peek(in) != '*') {
        return 0;
    }
    while (is_lower(peek(in)) || is_digit(peek(in)) ||
           (peek(in) > 0 && strchr("_-.*", peek(in)) != NULL)) {
        skip(in, 1);
        key->length++;
    }
    return 1;
}

static size_t take_digits(rcache_span *in, int64_t *number)
{
    size_t n = 0;

    while (is_digit(peek(in)) && n < 16) { /* one more than may be there */
        *number = *number * 10 + (peek(in) - '0');
        skip(in, 1);
        n++;
    }
    return n;
}

/* 4.2.4. */
static int take_number(rcache_span *in, rcache_sf_value *value)
{
    int negative = peek(in) == '-';
    int64_t number = 0, fraction = 0;
    size_t n;

    skip(in, (size_t)negative);
    n = take_digits(in, &number);
    value->kind = RCACHE_SF_INTEGER;
    value->integer = negative ? -number : number;
    if (peek(in) != '.') {
        return n >= 1 && n <= 15;
    }
    skip(in, 1);
    value->kind = RCACHE_SF_OTHER;
    if (n < 1 || n > 12) {
        return 0;
    }
    n = take_digits(in, &fraction);
    return n >= 1 && n <= 3;
}

/* 4.2.5. */
static int take_string(rcache_span *in)
{
    skip(in, 1);
    while (peek(in) >= ' ' && peek(in) < 0x7f) {
        int c = peek(in);

        skip(in, 1);
        if (c == '"') {
            return 1;
        }
        if (c == '\\') {
            if (peek(in) != '"' && peek(in) != '\\') {
                return 0;
            }
            skip(in, 1);
        }
    }
    return 0;
}

/* 4.2.6. */
static int take_token(rcache_span *in)
{
    do {
        skip(in, 1);
    } while (peek(in) > 0 && (rcache_is_tchar((unsigned char)peek(in)) ||
                              peek(in) == ':' || peek(in) == '/'));
    return 1;
}

/* 4.2.7. */
static int take_bytes(rcache_span *in)
{
    do {
        skip(in, 1);
    } while (is_alpha(peek(in)) || is_digit(peek(in)) || peek(in) == '+' ||
             peek(in) == '/' || peek(in) == '=');
    if (peek(in) != ':') {
        return 0;
    }
    skip(in, 1);
    return 1;
}

/* 4.2.8. */
static int take_boolean(rcache_span *in, rcache_sf_value *value)
{
    skip(in, 1);
    if (peek(in) != '0' && peek(in) != '1') {
        return 0;
    }
    value->kind = peek(in) == '1' ? RCACHE_SF_TRUE : RCACHE_SF_FALSE;
    skip(in, 1);
    return 1;
}

/* 4.2.3.1. */
static int take_bare_item(rcache_span *in, rcache_sf_value *value)
{
    int c = peek(in);

    value->kind = RCACHE_SF_OTHER;
    value->integer = 0;
    if (is_digit(c) || c == '-') {
        return take_number(in, value);
    }
    if (c == '?') {
        return take_boolean(in, value);
    }
    if (c == '"') {
        return take_string(in);
    }
    if (c == ':') {
        return take_bytes(in);
    }
    return (is_alpha(c) || c == '*') && take_token(in);
}

/* 4.2.3.2. */
static int take_parameters(rcache_span *in)
{
    while (peek(in) == ';') {
        rcache_sf_value value;
        rcache_span key;

        skip(in, 1);
        skip_any(in, " ");
        if (!take_key(in, &key)) {
            return 0;
        }
        if (peek(in) == '=') {
            skip(in, 1);
            if (!take_bare_item(in, &value)) {
                return 0;
            }
        }
    }
    return 1;
}

/* 4.2.1.2, without the parameters behind it. */
static int take_inner_list(rcache_span *in)
{
    rcache_sf_value value;

    skip(in, 1);
    for (;;) {
        skip_any(in, " ");
        if (peek(in) == ')') {
            skip(in, 1);
            return 1;
        }
        if (!take_bare_item(in, &value) || !take_parameters(in) ||
            (peek(in) != ' ' && peek(in) != ')')) {
            return 0;
        }
    }
}

/* What may follow a key. */
static int take_value(rcache_span *in, rcache_sf_value *value)
{
    int taken = 1;

    *value = (rcache_sf_value){RCACHE_SF_TRUE, 0};
    if (peek(in) == '=') {
        skip(in, 1);
        if (peek(in) == '(') {
            value->kind = RCACHE_SF_OTHER;
            taken = take_inner_list(in);
        }
        else {
            taken = take_bare_item(in, value);
        }
    }
    return taken && take_parameters(in);
}

/* 4.2, 4.2.2.  Spaces at the end are taken as those behind a member. */
int rcache_sf_dictionary(rcache_span text, rcache_sf_member *member,
                         void *baton)
{
    int count = 0;

    skip_any(&text, " ");
    while (text.length > 0) {
        rcache_sf_value value;
        rcache_span key;

        if (!take_key(&text, &key) || !take_value(&text, &value)) {
            return -1;
        }
        member(baton, key, &value);
        count++;
        skip_any(&text, " \t");
        if (text.length == 0) {
            return count;
        }
        if (peek(&text) != ',') {
            return -1;
        }
        skip(&text, 1);
        skip_any(&text, " \t");
        if (text.length == 0) {
            return -1; /* a comma at the end */
        }
    }
    return count;
}
