/* SPDX-License-Identifier: Apache-2.0
 *
 * forget.c: each tag that is to go is one store in shared memory.
 */
#include "forget.h"

#include "l2.h"
#include "log.h"
#include "zone.h"

#include "cache/tags.h"

#include <http_log.h>
#include <string.h>

APLOG_USE_MODULE(v8ssr);

void v8ssr_forget_init(v8ssr_forget *forget, apr_pool_t *p, const char *host)
{
    forget->p = p;
    forget->host = host;
    forget->tags = rcache_tags_create(p);
    forget->soft = 0;
    forget->wrong = NULL;
}

static void add(v8ssr_forget *forget, const char *tag)
{
    APR_ARRAY_PUSH(forget->tags, const char *) = tag;
}

void v8ssr_forget_path(v8ssr_forget *forget, const char *path)
{
    rcache_span host = rcache_span_of(forget->host);
    size_t n = strlen(path);

    if (path[0] != '/') {
        forget->wrong = "a path that begins with / was expected";
    }
    else if (path[n - 1] != '*') {
        add(forget, rcache_tag_url(forget->p, host, rcache_span_of(path)));
    }
    else if (path[n - 2] != '/') {
        forget->wrong = "/DIRECTORY/* was expected: what begins with a part of "
                        "a name cannot be purged at once";
    }
    else {
        add(forget, rcache_tag_prefix(forget->p, host,
                                      (rcache_span){path, n - 1}));
    }
}

void v8ssr_forget_tags(v8ssr_forget *forget, const char *field)
{
    if (!rcache_tags_read(forget->tags, rcache_span_of(field), ",")) {
        forget->wrong = "at most 64 tags of at most 256 bytes were expected";
    }
}

void v8ssr_forget_all(v8ssr_forget *forget)
{
    add(forget, rcache_tag_host(forget->p, rcache_span_of(forget->host)));
}

void v8ssr_forget_now(const v8ssr_forget *forget, server_rec *s)
{
    apr_time_t now = apr_time_now();
    int i;

    for (i = 0; i < forget->tags->nelts; i++) {
        const char *tag = APR_ARRAY_IDX(forget->tags, i, const char *);
        uint64_t hash = rcache_tag_hash(tag, strlen(tag));

        rcache_purge(v8ssr_zone(), hash, forget->soft, now);
        v8ssr_l2_purge(hash, forget->soft, now);
        ap_log_error(APLOG_MARK, APLOG_INFO, 0, s,
                     V8SSR_LOGNO(0077) "purged%s: %s",
                     forget->soft ? " softly" : "", tag);
    }
    v8ssr_zone_count(&v8ssr_zone_counted()->purges);
}
