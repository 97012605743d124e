/* SPDX-License-Identifier: Apache-2.0
 *
 * directives.c: three syntaxes for the same directives.
 */
#include "directives.h"

#include "field.h"
#include "sfdict.h"

#include <apr_strings.h>

void rcache_directives_clear(rcache_directives *d)
{
    memset(d, 0, sizeof(*d));
    d->max_age = RCACHE_UNSAID;
    d->s_maxage = RCACHE_UNSAID;
    d->stale_while_revalidate = RCACHE_UNSAID;
    d->stale_if_error = RCACHE_UNSAID;
}

static int *flag_of(rcache_directives *d, rcache_span name)
{
    if (rcache_span_is(name, "no-store")) {
        return &d->no_store;
    }
    if (rcache_span_is(name, "no-cache")) {
        return &d->no_cache;
    }
    if (rcache_span_is(name, "private")) {
        return &d->is_private;
    }
    if (rcache_span_is(name, "must-revalidate") ||
        rcache_span_is(name, "proxy-revalidate")) {
        return &d->must_revalidate;
    }
    return NULL;
}

static int64_t *time_of(rcache_directives *d, rcache_span name)
{
    if (rcache_span_is(name, "max-age")) {
        return &d->max_age;
    }
    if (rcache_span_is(name, "s-maxage")) {
        return &d->s_maxage;
    }
    if (rcache_span_is(name, "stale-while-revalidate")) {
        return &d->stale_while_revalidate;
    }
    if (rcache_span_is(name, "stale-if-error")) {
        return &d->stale_if_error;
    }
    return NULL;
}

/* seconds: -1 = the value is no number. */
static void shorten(int64_t *time, int64_t seconds)
{
    if (seconds < 0) {
        seconds = 0;
    }
    if (*time == RCACHE_UNSAID || seconds < *time) {
        *time = seconds;
    }
}

void rcache_directives_read(rcache_directives *d, rcache_span line)
{
    rcache_span element;

    while (rcache_field_next(&line, ",;", &element)) {
        rcache_parameter p = rcache_field_parameter(element);
        int *flag = flag_of(d, p.name);
        int64_t *time = time_of(d, p.name);

        if (flag != NULL) {
            *flag = 1;
        }
        if (time != NULL) {
            shorten(time, rcache_field_seconds(p.value));
        }
    }
}

static void read_member(void *baton, rcache_span key,
                        const rcache_sf_value *value)
{
    int *flag = flag_of(baton, key);
    int64_t *time = time_of(baton, key);

    if (flag != NULL) {
        *flag = value->kind != RCACHE_SF_FALSE;
    }
    if (time != NULL) {
        *time = value->kind == RCACHE_SF_INTEGER && value->integer > 0
                    ? value->integer
                    : 0;
        if (*time > RCACHE_SECONDS_MAX) {
            *time = RCACHE_SECONDS_MAX;
        }
    }
}

int rcache_directives_read_targeted(rcache_directives *d, rcache_span field)
{
    rcache_directives read = *d;

    if (rcache_sf_dictionary(field, read_member, &read) <= 0) {
        return 0;
    }
    *d = read;
    d->targeted = 1;
    return 1;
}

/* "60" or "60+30". */
static void read_surrogate_age(rcache_directives *d, rcache_span value)
{
    size_t plus = rcache_span_find(value, '+');

    shorten(&d->max_age,
            rcache_field_seconds((rcache_span){value.data, plus}));
    if (plus < value.length) {
        shorten(&d->stale_while_revalidate,
                rcache_field_seconds(rcache_span_after(value, plus + 1)));
    }
}

int rcache_directives_read_surrogate(rcache_directives *d, rcache_span line)
{
    rcache_span element;
    int counts = 0;

    while (rcache_field_next(&line, ",", &element)) {
        rcache_parameter p = rcache_field_parameter(element);

        if (rcache_span_find(element, ';') < element.length ||
            (flag_of(d, p.name) == NULL && time_of(d, p.name) == NULL)) {
            continue;
        }
        counts = 1;
        if (rcache_span_is(p.name, "max-age")) {
            read_surrogate_age(d, p.value);
        }
        else {
            rcache_directives_read(d, element);
        }
    }
    d->targeted |= counts;
    return counts;
}

/* Cache-Control line by line: what is wrong in one says nothing of another. */
static void read_cache_control(rcache_directives *d, const apr_table_t *fields)
{
    const apr_array_header_t *all = apr_table_elts(fields);
    int i;

    for (i = 0; i < all->nelts; i++) {
        const apr_table_entry_t *field =
            &APR_ARRAY_IDX(all, i, apr_table_entry_t);

        if (apr_cstr_casecmp(field->key, "Cache-Control") == 0) {
            rcache_directives_read(d, rcache_span_of(field->val));
        }
    }
}

void rcache_directives_find(apr_pool_t *p, rcache_directives *d,
                            const apr_table_t *fields)
{
    const char *field = apr_table_getm(p, fields, "CDN-Cache-Control");

    rcache_directives_clear(d);
    if (field != NULL &&
        rcache_directives_read_targeted(d, rcache_span_of(field))) {
        return;
    }
    field = apr_table_getm(p, fields, "Surrogate-Control");
    if (field != NULL &&
        rcache_directives_read_surrogate(d, rcache_span_of(field))) {
        return;
    }
    read_cache_control(d, fields);
}
