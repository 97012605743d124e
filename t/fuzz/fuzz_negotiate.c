/* SPDX-License-Identifier: Apache-2.0
 *
 * fuzz_negotiate.c: Accept-Encoding and If-None-Match.  A byte with what is
 * offered, a line of the one, the rest is the other.
 */
#include "fuzz.h"

#include "cache/negotiate.h"

static char *joined(const char *a, size_t a_length, const char *b,
                    size_t b_length)
{
    char *text = malloc(a_length + b_length);

    MUST(text != NULL || a_length + b_length == 0);
    if (a_length > 0) {
        memcpy(text, a, a_length);
    }
    if (b_length > 0) {
        memcpy(text + a_length, b, b_length);
    }
    return text;
}

static unsigned bits(const enum rcache_coding *order, unsigned count)
{
    unsigned i, seen = 0;

    for (i = 0; i < count; i++) {
        MUST(order[i] < RCACHE_CODINGS && !(seen & 1u << order[i]));
        seen |= 1u << order[i];
    }
    return seen;
}

/* Whoever says no to a coding does not get it, whatever stands before. */
static void check_refusal(rcache_span field, unsigned offered)
{
    enum rcache_coding order[RCACHE_CODINGS];
    int i;

    for (i = 0; i < RCACHE_CODINGS; i++) {
        char no[32];
        int n = snprintf(no, sizeof(no), ",%s;q=0",
                         rcache_coding_name((enum rcache_coding)i));
        char *text = joined(field.data, field.length, no, (size_t)n);
        rcache_span both = {text, field.length + (size_t)n};

        MUST(!(bits(order, rcache_negotiate(both, offered, order)) & 1u << i));
        free(text);
    }
}

static void check_negotiation(rcache_span field, unsigned offered)
{
    enum rcache_coding order[RCACHE_CODINGS], again[RCACHE_CODINGS];
    unsigned count = rcache_negotiate(field, offered, order);
    unsigned all = rcache_negotiate(field, ~0u, again);

    MUST(count <= RCACHE_CODINGS);
    MUST((bits(order, count) & ~offered) == 0);
    /* What is not offered takes nothing else away. */
    MUST(bits(order, count) == (bits(again, all) & offered));
    check_refusal(field, offered);
}

static void check_etags(rcache_span field)
{
    static const char tag[] = "5d8c72a5edda8";
    static const char ours[] = "W/\"5d8c72a5edda8-gzip\", ";
    rcache_span own = {tag, sizeof(tag) - 1};
    unsigned forms = rcache_etags_match(field, own);
    char *text = joined(ours, sizeof(ours) - 1, field.data, field.length);
    rcache_span both = {text, field.length + sizeof(ours) - 1};

    MUST(forms < RCACHE_ETAG_ANY << 1);
    MUST(forms == RCACHE_ETAG_ANY || !(forms & RCACHE_ETAG_ANY));
    if (forms != RCACHE_ETAG_ANY) {
        MUST(rcache_etags_match(both, own) == (forms | 1u << RCACHE_GZIP));
    }
    free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz fuzz = fuzz_begin(data, size);
    unsigned offered = fuzz_byte(&fuzz) & 7;
    rcache_span field;

    field.data = fuzz_until(&fuzz, '\n', &field.length);
    check_negotiation(field, offered);
    field.data = fuzz_rest(&fuzz, &field.length);
    check_etags(field);
    fuzz_end(&fuzz);
    return 0;
}
