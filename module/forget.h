/* SPDX-License-Identifier: Apache-2.0
 *
 * forget.h: what is to be forgotten of the cache, collected as tags.  Asked for
 * by PURGE, by the handler v8ssr-purge and by ctx.cache.invalidate().
 */
#ifndef V8SSR_FORGET_H
#define V8SSR_FORGET_H

#include <httpd.h>
#include <apr_tables.h>

typedef struct v8ssr_forget {
    apr_pool_t *p;
    const char *host;           /* normalised; what paths are of */
    apr_array_header_t *tags;   /* const char *, see cache/tags.h */
    int soft;                   /* stale, not gone */
    const char *wrong;          /* what was expected; NULL: nothing is wrong */
} v8ssr_forget;

void v8ssr_forget_init(v8ssr_forget *forget, apr_pool_t *p, const char *host);

/* A URL's path; what is below a directory where it ends in "/" and an
 * asterisk. */
void v8ssr_forget_path(v8ssr_forget *forget, const char *path);
/* Names as in Cache-Tag. */
void v8ssr_forget_tags(v8ssr_forget *forget, const char *field);
/* Everything of the host. */
void v8ssr_forget_all(v8ssr_forget *forget);

/* Here and at other hosts; logs.  Pre: there is a zone, nothing is wrong.
 * Thread: any.  Does not block. */
void v8ssr_forget_now(const v8ssr_forget *forget, server_rec *s);

#endif /* V8SSR_FORGET_H */
