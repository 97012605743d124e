/* SPDX-License-Identifier: Apache-2.0
 *
 * fuzz_control.c: Cache-Control and its relatives, and what is made of them.
 * Lines are fields of a response: the first byte says which.
 */
#include "fuzz.h"

#include "cache/directives.h"
#include "cache/field.h"
#include "cache/freshness.h"
#include "cache/sfdict.h"
#include "cache/tags.h"

#include <apr_general.h>
#include <apr_strings.h>

static apr_pool_t *pool;

static int is_time(int64_t seconds)
{
    return seconds == RCACHE_UNSAID ||
           (seconds >= 0 && seconds <= RCACHE_SECONDS_MAX);
}

static void check_times(const rcache_directives *d)
{
    MUST(is_time(d->max_age) && is_time(d->s_maxage));
    MUST(is_time(d->stale_while_revalidate) && is_time(d->stale_if_error));
}

static int same(const rcache_directives *a, const rcache_directives *b)
{
    return a->no_store == b->no_store && a->no_cache == b->no_cache &&
           a->is_private == b->is_private &&
           a->must_revalidate == b->must_revalidate &&
           a->max_age == b->max_age && a->s_maxage == b->s_maxage &&
           a->stale_while_revalidate == b->stale_while_revalidate &&
           a->stale_if_error == b->stale_if_error;
}

/* Said twice is said once; what is read later takes no restriction back. */
static void check_line(rcache_span line)
{
    rcache_directives once, twice, strict;

    rcache_directives_clear(&once);
    rcache_directives_read(&once, line);
    check_times(&once);
    twice = once;
    rcache_directives_read(&twice, line);
    MUST(same(&once, &twice));
    rcache_directives_clear(&strict);
    rcache_directives_read(&strict, rcache_span_of("no-store, max-age=0"));
    rcache_directives_read(&strict, line);
    MUST(strict.no_store && strict.max_age == 0);
}

static void count_member(void *baton, rcache_span key,
                         const rcache_sf_value *value)
{
    MUST(key.length > 0 && value->kind <= RCACHE_SF_OTHER);
    ++*(int *)baton;
}

static void check_targeted(rcache_span line)
{
    rcache_directives d, before;
    int members = 0;
    int said = rcache_sf_dictionary(line, count_member, &members);

    MUST(said == -1 || said == members);
    rcache_directives_clear(&d);
    before = d;
    if (!rcache_directives_read_targeted(&d, line)) {
        MUST(said <= 0 && same(&d, &before));
    }
    check_times(&d);
    rcache_directives_clear(&d);
    rcache_directives_read_surrogate(&d, line);
    check_times(&d);
}

static void check_tags(const rcache_verdict *v)
{
    int i;

    for (i = 0; v->tags != NULL && i < v->tags->nelts; i++) {
        const char *tag = APR_ARRAY_IDX(v->tags, i, const char *);

        MUST(strncmp(tag, "t:", 2) == 0 && tag[2] != '\0');
        MUST(strlen(tag) <= RCACHE_TAG_BYTES + 2);
    }
    MUST(v->tags == NULL || v->tags->nelts <= RCACHE_TAGS_MAX);
}

static void check_verdict(const apr_table_t *fields, int status)
{
    static const rcache_policy policy = {60000000, 1000000, 1000000, 5000000,
                                         1000000};
    const int64_t year = RCACHE_SECONDS_MAX * 1000000;
    rcache_exchange exchange = {"GET", 0, NULL, status, fields,
                                1700000000000000};
    rcache_verdict v;

    rcache_judge(pool, &exchange, &policy, &v);
    MUST(v.reason < RCACHE_REASON_COUNT);
    MUST(v.fresh_for >= 0 && v.fresh_for <= year && v.stale_for >= 0 &&
         v.stale_for <= year && v.error_for >= 0 && v.error_for <= year);
    MUST(v.age >= 0);
    if (v.reason != RCACHE_REASON_NONE) {
        MUST(v.fresh_for == 0 && v.stale_for == 0 && v.error_for == 0);
        return;
    }
    MUST(apr_table_get(fields, "Set-Cookie") == NULL);
    MUST(apr_table_get(fields, "Vary") == NULL || v.vary != NULL);
    check_tags(&v);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const names[] = {
        "Cache-Control", "CDN-Cache-Control", "Surrogate-Control", "Expires",
        "Date",          "Age",               "Vary",              "Cache-Tag",
        "Surrogate-Key", "Set-Cookie"};
    static const int statuses[] = {200, 301, 302, 404, 503, 206};
    struct fuzz fuzz = fuzz_begin(data, size);
    int status = statuses[fuzz_byte(&fuzz) % 6];
    apr_table_t *fields;
    int lines;

    if (pool == NULL) {
        apr_initialize();
        apr_pool_create(&pool, NULL);
    }
    fields = apr_table_make(pool, 8);
    for (lines = 0; fuzz_left(&fuzz) > 0 && lines < 16; lines++) {
        unsigned name = fuzz_byte(&fuzz) % 10;
        rcache_span line = rcache_span_of(fuzz_line(&fuzz));

        check_line(line);
        check_targeted(line);
        apr_table_addn(fields, names[name], line.data);
    }
    check_verdict(fields, status);
    fuzz_end(&fuzz);
    apr_pool_clear(pool);
    return 0;
}
