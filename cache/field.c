/* SPDX-License-Identifier: Apache-2.0
 *
 * field.c: lists, parameters and numbers in HTTP fields.
 */
#include "field.h"

int rcache_is_tchar(unsigned char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
           (c >= 'A' && c <= 'Z') ||
           (c != '\0' && strchr("!#$%&'*+-.^_`|~", c) != NULL);
}

/* How long the quoted string is that the span begins with, quotes included; 1
 * when it is not closed. */
static size_t quoted_length(rcache_span span)
{
    size_t i;

    for (i = 1; i < span.length; i++) {
        if (span.data[i] == '\\') {
            i++;
        }
        else if (span.data[i] == '"') {
            return i + 1;
        }
    }
    return 1;
}

static int is_one_of(char c, const char *set)
{
    return c != '\0' && strchr(set, c) != NULL;
}

static size_t element_length(rcache_span span, const char *separators)
{
    size_t n = 0;

    while (n < span.length && !is_one_of(span.data[n], separators)) {
        n += span.data[n] == '"' ? quoted_length(rcache_span_after(span, n))
                                 : 1;
    }
    return n;
}

int rcache_field_next(rcache_span *rest, const char *separators,
                      rcache_span *element)
{
    while (rest->length > 0) {
        size_t n = element_length(*rest, separators);

        *element = rcache_span_trim((rcache_span){rest->data, n});
        *rest = rcache_span_after(*rest, n < rest->length ? n + 1 : n);
        if (element->length > 0) {
            return 1;
        }
    }
    return 0;
}

rcache_parameter rcache_field_parameter(rcache_span element)
{
    rcache_parameter p = {element, {NULL, 0}};
    size_t n = 0;

    while (n < element.length &&
           rcache_is_tchar((unsigned char)element.data[n])) {
        n++;
    }
    p.name.length = n;
    if (n == element.length || element.data[n] != '=') {
        return p;
    }
    p.value = rcache_span_after(element, n + 1);
    if (p.value.length >= 2 && *p.value.data == '"' &&
        quoted_length(p.value) == p.value.length) {
        p.value = (rcache_span){p.value.data + 1, p.value.length - 2};
    }
    return p;
}

int64_t rcache_field_seconds(rcache_span value)
{
    int64_t seconds = 0;
    size_t i;

    for (i = 0; i < value.length; i++) {
        if (value.data[i] < '0' || value.data[i] > '9') {
            return -1;
        }
        seconds = seconds * 10 + (value.data[i] - '0');
        if (seconds > RCACHE_SECONDS_MAX) {
            seconds = RCACHE_SECONDS_MAX; /* stays so, however long it is */
        }
    }
    return value.length > 0 ? seconds : -1;
}
