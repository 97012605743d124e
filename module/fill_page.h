/* SPDX-License-Identifier: Apache-2.0
 *
 * fill_page.h: puts pages into the cache as if a client had asked for them.
 */
#ifndef V8SSR_FILL_PAGE_H
#define V8SSR_FILL_PAGE_H

#include "config.h"

#include <stdatomic.h>

typedef struct v8ssr_fill_item {
    server_rec *s;
    const v8ssr_warmup *warmup;
    const char *url;
} v8ssr_fill_item;

/* A group of pages and the threads that work on it. */
typedef struct v8ssr_fill {
    apr_pool_t *p;                  /* the first thread's */
    const v8ssr_fill_item *items;   /* const while there are threads */
    int count;
    _Atomic int next;
    _Atomic unsigned filled, known, passed, failed;
} v8ssr_fill;

/* One of the threads: until there is no page left, or the child goes. */
void v8ssr_fill_pages(v8ssr_fill *fill);

/* fill.c: sleeps; 0: the child goes. */
int v8ssr_fill_pause(apr_interval_time_t time);

#endif /* V8SSR_FILL_PAGE_H */
