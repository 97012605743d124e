/* SPDX-License-Identifier: Apache-2.0
 *
 * freshness.c: one function for each thing that decides; all must agree.
 */
#include "freshness.h"

#include "directives.h"
#include "field.h"
#include "tags.h"

#include <apr_date.h>
#include <apr_strings.h>

#define SECOND INT64_C(1000000)

enum status_kind {
    NEVER,       /* is not stored */
    PAGE,        /* with any lifetime */
    REDIRECT,    /* with a lifetime of its own */
    NOT_FOUND,   /* likewise, or negative_ttl */
    SERVER_ERROR /* likewise, or error_ttl */
};

const char *rcache_reason_text(rcache_reason reason)
{
    static const char *const texts[] = {
#define REASON_TEXT(name, text) text,
        RCACHE_REASON_LIST(REASON_TEXT)
#undef REASON_TEXT
    };

    return (unsigned)reason < RCACHE_REASON_COUNT ? texts[reason] : "unknown";
}

static enum status_kind kind_of(int status)
{
    switch (status) {
    case 200:
    case 203:
    case 301:
    case 308:
        return PAGE;
    case 302:
    case 307:
        return REDIRECT;
    case 404:
    case 410:
        return NOT_FOUND;
    default:
        return status >= 500 && status <= 599 ? SERVER_ERROR : NEVER;
    }
}

/* ---- what forbids it ----------------------------------------------------- */

static rcache_reason by_request(const rcache_exchange *ex)
{
    if (strcmp(ex->method, "GET") != 0 && strcmp(ex->method, "HEAD") != 0) {
        return RCACHE_REASON_METHOD;
    }
    return ex->has_authorization ? RCACHE_REASON_AUTHORIZATION
                                 : RCACHE_REASON_NONE;
}

static rcache_reason by_response(const rcache_exchange *ex,
                                 const rcache_directives *d)
{
    if (kind_of(ex->status) == NEVER) {
        return RCACHE_REASON_STATUS;
    }
    if (apr_table_get(ex->fields, "Set-Cookie") != NULL) {
        return RCACHE_REASON_SET_COOKIE;
    }
    if (d->no_store) {
        return RCACHE_REASON_NO_STORE;
    }
    if (d->is_private) {
        return RCACHE_REASON_PRIVATE;
    }
    return d->no_cache ? RCACHE_REASON_NO_CACHE : RCACHE_REASON_NONE;
}

static const char *lower(apr_pool_t *p, rcache_span name)
{
    char *text = apr_pstrmemdup(p, name.data, name.length);
    size_t i;

    for (i = 0; i < name.length; i++) {
        text[i] = rcache_ascii_lower(text[i]);
    }
    return text;
}

/* RFC 9111 4.1.  Fills the list; 1: each of its names is in the key. */
static int read_vary(apr_pool_t *p, const rcache_exchange *ex,
                     apr_array_header_t *names)
{
    const char *field = apr_table_getm(p, ex->fields, "Vary");
    rcache_span rest = rcache_span_of(field);
    rcache_span element;
    int covered = 1;

    while (rcache_field_next(&rest, ",", &element)) {
        if (rcache_span_is(element, "*")) {
            covered = 0;
            continue;
        }
        covered &= rcache_key_covers(ex->key, element);
        APR_ARRAY_PUSH(names, const char *) = lower(p, element);
    }
    return covered;
}

/* ---- how long ------------------------------------------------------------ */

/* When the response says it was made. */
static int64_t date_of(const rcache_exchange *ex)
{
    const char *field = apr_table_get(ex->fields, "Date");
    apr_time_t date = field != NULL ? apr_date_parse_http(field) : APR_DATE_BAD;

    return date != APR_DATE_BAD ? date : ex->now;
}

/* RFC 9111 5.3: what is no date is in the past.  Of several the earliest. */
static int64_t lifetime_by_expires(const rcache_exchange *ex)
{
    const apr_array_header_t *all = apr_table_elts(ex->fields);
    int64_t shortest = RCACHE_SECONDS_MAX * SECOND;
    int i;

    for (i = 0; i < all->nelts; i++) {
        const apr_table_entry_t *field =
            &APR_ARRAY_IDX(all, i, apr_table_entry_t);

        if (apr_cstr_casecmp(field->key, "Expires") == 0) {
            apr_time_t expires = apr_date_parse_http(field->val);
            int64_t left = expires - date_of(ex);

            shortest = left < shortest ? left : shortest;
        }
    }
    return shortest > 0 ? shortest : 0; /* -1 is another thing */
}

/* The response's own; RCACHE_UNSAID when it has none. */
static int64_t own_lifetime(const rcache_exchange *ex,
                            const rcache_directives *d)
{
    if (d->s_maxage != RCACHE_UNSAID) {
        return d->s_maxage * SECOND;
    }
    if (d->max_age != RCACHE_UNSAID) {
        return d->max_age * SECOND;
    }
    if (!d->targeted && apr_table_get(ex->fields, "Expires") != NULL) {
        return lifetime_by_expires(ex);
    }
    return RCACHE_UNSAID;
}

static int64_t policy_lifetime(const rcache_policy *policy,
                               enum status_kind kind)
{
    switch (kind) {
    case PAGE:
        return policy->ttl;
    case NOT_FOUND:
        return policy->negative_ttl;
    case SERVER_ERROR:
        return policy->error_ttl;
    default:
        return 0;
    }
}

static int64_t bounded(int64_t time)
{
    const int64_t most = RCACHE_SECONDS_MAX * SECOND;

    return time < most ? time : most;
}

/* seconds: the response's word.  Pre: lifetime is bounded. */
static int64_t stale_window(const rcache_directives *d, int64_t seconds,
                            int64_t by_policy, int64_t lifetime)
{
    if (d->must_revalidate) {
        return 0;
    }
    if (seconds != RCACHE_UNSAID) {
        return seconds * SECOND;
    }
    return lifetime > 0 ? bounded(by_policy) : 0;
}

/* RFC 9111 5.1: of a list the first counts, what is no number is not there. */
static int64_t age_field(const apr_table_t *fields)
{
    rcache_span rest = rcache_span_of(apr_table_get(fields, "Age"));
    rcache_span first;
    int64_t seconds;

    if (!rcache_field_next(&rest, ",", &first)) {
        return 0;
    }
    seconds = rcache_field_seconds(first);
    return seconds > 0 ? seconds * SECOND : 0;
}

/* RFC 9111 4.2.3: the response may have been made elsewhere, long ago.  Date
 * has whole seconds, so less than one is no age. */
static int64_t age_of(const rcache_exchange *ex)
{
    int64_t said = age_field(ex->fields);
    int64_t apparent = (ex->now - date_of(ex)) / SECOND * SECOND;

    return apparent > said ? apparent : said;
}

static int64_t less(int64_t time, int64_t spent)
{
    return time > spent ? time - spent : 0;
}

/* 0: there is no time at which it could be used. */
static int set_times(const rcache_exchange *ex, const rcache_policy *policy,
                     const rcache_directives *d, rcache_verdict *v)
{
    static const rcache_policy none = {0, 0, 0, 0, 0};
    enum status_kind kind = kind_of(ex->status);
    int64_t lifetime = own_lifetime(ex, d);
    int64_t late;

    if (lifetime == RCACHE_UNSAID) {
        lifetime = policy_lifetime(policy, kind);
    }
    lifetime = bounded(lifetime);
    if (kind != PAGE) {
        policy = &none; /* what is stale of it, by its own word only */
    }
    v->age = age_of(ex);
    late = less(v->age, lifetime);
    v->fresh_for = less(lifetime, v->age);
    v->stale_for = less(stale_window(d, d->stale_while_revalidate,
                                     policy->stale_while_revalidate, lifetime),
                        late);
    v->error_for = less(stale_window(d, d->stale_if_error,
                                     policy->stale_if_error, lifetime),
                        late);
    return v->fresh_for > 0 || v->stale_for > 0 || v->error_for > 0;
}

/* ---- both ---------------------------------------------------------------- */

void rcache_judge(apr_pool_t *p, const rcache_exchange *ex,
                  const rcache_policy *policy, rcache_verdict *v)
{
    apr_array_header_t *vary = apr_array_make(p, 2, sizeof(const char *));
    apr_array_header_t *tags = rcache_tags_create(p);
    int covered = read_vary(p, ex, vary);
    int tagged = rcache_tags_find(tags, ex->fields);
    rcache_directives d;

    rcache_directives_find(p, &d, ex->fields);
    memset(v, 0, sizeof(*v));
    v->vary = vary;
    v->tags = tags;
    v->reason = by_request(ex);
    if (v->reason == RCACHE_REASON_NONE) {
        v->reason = by_response(ex, &d);
    }
    if (v->reason == RCACHE_REASON_NONE && !covered) {
        v->reason = RCACHE_REASON_VARY;
    }
    if (v->reason == RCACHE_REASON_NONE && !tagged) {
        v->reason = RCACHE_REASON_TAGS;
    }
    if (v->reason == RCACHE_REASON_NONE && !set_times(ex, policy, &d, v)) {
        v->reason = RCACHE_REASON_NO_LIFETIME;
    }
}

void rcache_strip(apr_table_t *fields)
{
    apr_table_unset(fields, "CDN-Cache-Control");
    apr_table_unset(fields, "Surrogate-Control");
    apr_table_unset(fields, "Cache-Tag");
    apr_table_unset(fields, "Surrogate-Key");
}
