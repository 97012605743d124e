/* SPDX-License-Identifier: Apache-2.0
 *
 * test_cache_tags.c: a page's tags, and the names that purges go by.
 */
#include "cache/tags.h"
#include "dice.h"

#include <apr_strings.h>

/* Joined with '|'; "refused". */
static const char *read_tags(apr_pool_t *p, const char *field,
                             const char *separators)
{
    apr_array_header_t *tags = rcache_tags_create(p);
    rcache_span span = dice_exact(p, field, strlen(field));

    if (!rcache_tags_read(tags, span, separators)) {
        return "refused";
    }
    return tags->nelts > 0 ? apr_array_pstrcat(p, tags, '|') : "";
}

static void test_tags_table_read(void)
{
    apr_pool_t *p = dice_pool();

    IS_STR(read_tags(p, "", ","), "");
    IS_STR(read_tags(p, " ,\t,", ","), "");
    IS_STR(read_tags(p, "a", ","), "t:a");
    IS_STR(read_tags(p, " a b ,c\t,,d", ","), "t:a b|t:c|t:d");
    IS_STR(read_tags(p, "a,b,a,A", ","), "t:a|t:b|t:A");
    IS_STR(read_tags(p, "\"a,b\"", ","), "t:\"a|t:b\"");
    IS_STR(read_tags(p, "  a  b\tc, ", " \t"), "t:a|t:b|t:c,");
    IS_STR(read_tags(p, "a:", ","), "t:a:");
    apr_pool_destroy(p);
}

static void test_tags_too_long_refused(void)
{
    char text[RCACHE_TAG_BYTES + 2];
    apr_pool_t *p = dice_pool();
    apr_array_header_t *tags = rcache_tags_create(p);

    memset(text, 'x', sizeof(text));
    text[RCACHE_TAG_BYTES] = '\0';
    IS_STR(read_tags(p, text, ","), apr_pstrcat(p, "t:", text, NULL));
    text[RCACHE_TAG_BYTES] = 'x';
    text[RCACHE_TAG_BYTES + 1] = '\0';
    IS_STR(read_tags(p, text, ","), "refused");
    OK(!rcache_tags_read(tags, (rcache_span){"a\0b", 3}, ","));
    apr_pool_destroy(p);
}

static void test_tags_too_many_refused(void)
{
    apr_pool_t *p = dice_pool();
    apr_array_header_t *tags = rcache_tags_create(p);
    int i;

    for (i = 0; i < RCACHE_TAGS_MAX; i++) {
        if (!rcache_tags_read(tags, rcache_span_of(apr_itoa(p, i)), ",")) {
            break;
        }
    }
    IS_INT(i, 64);
    OK(rcache_tags_read(tags, rcache_span_of("5, 63"), ","));
    OK(!rcache_tags_read(tags, rcache_span_of("5, 64"), ","));
    IS_INT(tags->nelts, 64);
    apr_pool_destroy(p);
}

static void test_tags_of_response_both_fields(void)
{
    apr_pool_t *p = dice_pool();
    apr_array_header_t *tags = rcache_tags_create(p);
    char *many = apr_pstrdup(p, "");
    int i;

    OK(rcache_tags_find(tags, dice_fields(p, "cache-tag", "a b, c", "X-Tag",
                                          "x", "Surrogate-Key", "d e",
                                          "Cache-Tag", "f", NULL)));
    IS_STR(apr_array_pstrcat(p, tags, '|'), "t:a b|t:c|t:d|t:e|t:f");
    for (i = 0; i < 65; i++) {
        many = apr_psprintf(p, "%s n%d", many, i);
    }
    OK(!rcache_tags_find(rcache_tags_create(p),
                         dice_fields(p, "Surrogate-Key", many, "Cache-Tag",
                                     "a", NULL)));
    apr_pool_destroy(p);
}

static const char *implicit(apr_pool_t *p, const char *host, const char *path)
{
    apr_array_header_t *tags = rcache_tags_create(p);

    rcache_tags_add_implicit(tags, rcache_span_of(host),
                             dice_exact(p, path, strlen(path)));
    return apr_array_pstrcat(p, tags, '|');
}

static void test_implicit_table_named(void)
{
    apr_pool_t *p = dice_pool();

    IS_STR(implicit(p, "h", "/"), "a:|a:h|u:h/|p:h/");
    IS_STR(implicit(p, "h", "/a"), "a:|a:h|u:h/a|p:h/");
    IS_STR(implicit(p, "h", "/a/b/c"), "a:|a:h|u:h/a/b/c|p:h/|p:h/a/|p:h/a/b/");
    IS_STR(implicit(p, "h", "/a/"), "a:|a:h|u:h/a/|p:h/|p:h/a/");
    IS_STR(implicit(p, "h", "//a"), "a:|a:h|u:h//a|p:h/|p:h//");
    IS_STR(implicit(p, "h", ""), "a:|a:h|u:h/|p:h/");
    IS_STR(implicit(p, "h", "a"), "a:|a:h|u:h/a|p:h/");
    IS_STR(implicit(p, "", "/"), "a:|a:|u:/|p:/");
    apr_pool_destroy(p);
}

static void test_purge_names_as_page_names(void)
{
    apr_pool_t *p = dice_pool();
    rcache_span h = rcache_span_of("h");

    IS_STR(rcache_tag_all(), "a:");
    IS_STR(rcache_tag_host(p, h), "a:h");
    IS_STR(rcache_tag_url(p, h, rcache_span_of("/a/b")), "u:h/a/b");
    IS_STR(rcache_tag_url(p, h, rcache_span_of("")), "u:h/");
    IS_STR(rcache_tag_prefix(p, h, rcache_span_of("/a/b/")), "p:h/a/b/");
    IS_STR(rcache_tag_prefix(p, h, rcache_span_of("/a/b")), "p:h/a/");
    IS_STR(rcache_tag_prefix(p, h, rcache_span_of("/a")), "p:h/");
    IS_STR(rcache_tag_prefix(p, h, rcache_span_of("/")), "p:h/");
    IS_STR(rcache_tag_prefix(p, h, rcache_span_of("")), "p:h/");
    apr_pool_destroy(p);
}

static void test_deep_paths_widened(void)
{
    apr_pool_t *p = dice_pool();
    apr_array_header_t *tags = rcache_tags_create(p);
    rcache_span h = rcache_span_of("h");
    rcache_span deep =
        rcache_span_of("/1/2/3/4/5/6/7/8/9/a/b/c/d/e/f/g/h/index");

    rcache_tags_add_implicit(tags, h, deep);
    IS_INT(tags->nelts, RCACHE_TAG_LEVELS + 3);
    IS_STR(APR_ARRAY_IDX(tags, 18, const char *),
           "p:h/1/2/3/4/5/6/7/8/9/a/b/c/d/e/f/");
    IS_STR(rcache_tag_prefix(p, h, deep), "p:h/1/2/3/4/5/6/7/8/9/a/b/c/d/e/f/");
    apr_pool_destroy(p);
}

static int has(const apr_array_header_t *tags, const char *tag)
{
    int i;

    for (i = 0; i < tags->nelts; i++) {
        if (strcmp(APR_ARRAY_IDX(tags, i, const char *), tag) == 0) {
            return 1;
        }
    }
    return 0;
}

/* Whatever the path: the page is purged by its URL and by each directory above
 * it; and reading tags of any bytes keeps to the limits. */
static void test_random_paths_purged(void)
{
    struct dice dice = {64};
    apr_pool_t *p = dice_pool();
    rcache_span h = rcache_span_of("h");
    int missed = 0, beyond = 0;
    int i, k;

    for (i = 0; i < 20000; i++) {
        const char *path = dice_string(p, &dice, i % 2 ? "/ab" : NULL, 40);
        apr_array_header_t *tags = rcache_tags_create(p);
        apr_array_header_t *own = rcache_tags_create(p);
        rcache_span span = rcache_span_of(path);
        size_t cut;

        rcache_tags_add_implicit(tags, h, span);
        missed += !has(tags, rcache_tag_url(p, h, span));
        beyond += tags->nelts > RCACHE_TAG_LEVELS + 3;
        for (cut = 0; cut <= span.length; cut++) {
            rcache_span above = {path, cut};

            missed += !has(tags, rcache_tag_prefix(p, h, above));
        }
        (void)rcache_tags_read(own, dice_text(p, &dice, i % 2 ? "a, " : NULL,
                                              300), ",");
        beyond += own->nelts > RCACHE_TAGS_MAX;
        for (k = 0; k < own->nelts; k++) {
            const char *tag = APR_ARRAY_IDX(own, k, const char *);

            beyond += strncmp(tag, "t:", 2) != 0 || tag[2] == '\0' ||
                      strlen(tag) > RCACHE_TAG_BYTES + 2;
        }
        if (i % 100 == 0) {
            apr_pool_clear(p);
        }
    }
    IS_INT(missed, 0);
    IS_INT(beyond, 0);
    apr_pool_destroy(p);
}

TAP_MAIN(RUN(test_tags_table_read), RUN(test_tags_too_long_refused),
         RUN(test_tags_too_many_refused),
         RUN(test_tags_of_response_both_fields),
         RUN(test_implicit_table_named), RUN(test_purge_names_as_page_names),
         RUN(test_deep_paths_widened), RUN(test_random_paths_purged))
