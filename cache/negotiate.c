/* SPDX-License-Identifier: Apache-2.0
 *
 * negotiate.c: q-values and entity tags.
 */
#include "negotiate.h"

#include "field.h"

#define UNSAID (-1)

static const char *const names[RCACHE_CODINGS] = {"br", "gzip", "identity"};

const char *rcache_coding_name(enum rcache_coding coding)
{
    return names[coding];
}

/* Off *rest, what is before `c`; both trimmed, `c` gone. */
static rcache_span take_until(rcache_span *rest, char c)
{
    size_t n = rcache_span_find(*rest, c);
    rcache_span part = {rest->data, n};

    *rest = rcache_span_after(*rest, n < rest->length ? n + 1 : n);
    return rcache_span_trim(part);
}

/* RFC 9110 12.4.2: thousandths; -1 when it is none. */
static int quality(rcache_span value)
{
    int q = 0, place = 1000;
    size_t i;

    if (value.length < 1 || value.length > 5) {
        return -1;
    }
    for (i = 0; i < value.length; i++) {
        if (i == 1) {
            if (value.data[i] != '.') {
                return -1;
            }
            continue;
        }
        if (value.data[i] < '0' || value.data[i] > '9') {
            return -1;
        }
        q += (value.data[i] - '0') * place;
        place /= 10;
    }
    return q <= 1000 ? q : -1;
}

/* The weight among an element's parameters; 1000 without, -1: it is wrong. */
static int weight(rcache_span parameters)
{
    int q = 1000;

    while (parameters.length > 0) {
        rcache_span value = take_until(&parameters, ';');
        rcache_span name = take_until(&value, '=');

        if (rcache_span_is(name, "q")) {
            q = quality(value);
        }
    }
    return q;
}

/* By name; RCACHE_CODINGS for "*", -1: none of ours. */
static int index_of(rcache_span name)
{
    int i;

    for (i = 0; i < RCACHE_CODINGS; i++) {
        if (rcache_span_is(name, names[i])) {
            return i;
        }
    }
    if (rcache_span_is(name, "x-gzip")) { /* RFC 9110 8.4.1.3 */
        return RCACHE_GZIP;
    }
    return rcache_span_is(name, "*") ? RCACHE_CODINGS : -1;
}

static void read_weights(rcache_span field, int q[RCACHE_CODINGS + 1])
{
    int i;

    for (i = 0; i <= RCACHE_CODINGS; i++) {
        q[i] = UNSAID;
    }
    while (field.length > 0) {
        rcache_span element = take_until(&field, ',');
        int coding = index_of(take_until(&element, ';'));
        int w = weight(element);

        if (coding >= 0 && w >= 0 && (q[coding] == UNSAID || w < q[coding])) {
            q[coding] = w;
        }
    }
}

unsigned rcache_negotiate(rcache_span field, unsigned offered,
                          enum rcache_coding order[RCACHE_CODINGS])
{
    int q[RCACHE_CODINGS + 1];
    unsigned count = 0;
    int i;

    read_weights(field, q);
    for (i = 0; i < RCACHE_CODINGS; i++) {
        unsigned at = count;

        if (q[i] == UNSAID) {
            q[i] = q[RCACHE_CODINGS];
        }
        if (q[i] == 0 || (q[i] == UNSAID && i != RCACHE_IDENTITY) ||
            !(offered & (1u << i))) {
            continue;
        }
        while (at > 0 && q[order[at - 1]] < q[i]) {
            order[at] = order[at - 1];
            at--;
        }
        order[at] = (enum rcache_coding)i;
        count++;
    }
    return count;
}

/* An opaque-tag of RFC 9110 8.8.3 at the beginning, or nothing.  No escapes:
 * a backslash is itself. */
static int take_etag(rcache_span *rest, rcache_span *tag)
{
    rcache_span in = *rest;
    size_t n;

    if (in.length >= 2 && in.data[0] == 'W' && in.data[1] == '/') {
        in = rcache_span_after(in, 2);
    }
    if (in.length == 0 || *in.data != '"') {
        return 0;
    }
    in = rcache_span_after(in, 1);
    n = rcache_span_find(in, '"');
    if (n == in.length) {
        return 0;
    }
    *tag = (rcache_span){in.data, n};
    *rest = rcache_span_after(in, n + 1);
    return 1;
}

/* The bit of the form that a client's tag names; 0: of none. */
static unsigned form_of(rcache_span theirs, rcache_span tag)
{
    rcache_span suffix;
    int i;

    if (theirs.length < tag.length ||
        !rcache_span_equal((rcache_span){theirs.data, tag.length}, tag)) {
        return 0;
    }
    suffix = rcache_span_after(theirs, tag.length);
    if (suffix.length == 0) {
        return 1u << RCACHE_IDENTITY;
    }
    for (i = 0; i < RCACHE_IDENTITY; i++) {
        if (*suffix.data == '-' &&
            rcache_span_equal(rcache_span_after(suffix, 1),
                              rcache_span_of(names[i]))) {
            return 1u << i;
        }
    }
    return 0;
}

unsigned rcache_etags_match(rcache_span field, rcache_span tag)
{
    unsigned forms = 0;

    field = rcache_span_trim(field);
    if (rcache_span_is(field, "*")) {
        return RCACHE_ETAG_ANY;
    }
    while (field.length > 0) {
        rcache_span theirs = {NULL, 0};
        int taken = take_etag(&field, &theirs);
        rcache_span behind = take_until(&field, ',');

        if (taken && behind.length == 0) {
            forms |= form_of(theirs, tag);
        }
        field = rcache_span_trim(field);
    }
    return forms;
}
