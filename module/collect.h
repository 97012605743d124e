/* SPDX-License-Identifier: Apache-2.0
 *
 * collect.h: the whole answer of a render that no client waits for.
 */
#ifndef V8SSR_COLLECT_H
#define V8SSR_COLLECT_H

#include "v8pool.h"

#include <apr_pools.h>
#include <apr_tables.h>

typedef struct v8ssr_collected {
    v8pool_status result;
    const v8pool_error *error;  /* the job's; may be NULL */
    v8pool_timing timing;
    int status;
    apr_table_t *fields;
    apr_array_header_t *body;   /* struct iovec */
} v8ssr_collected;

/* A console line.  NULL: they are thrown away. */
typedef void v8ssr_collect_line(void *baton, const v8pool_event *event);

/* Blocks: until the render has ended.
 * Owns:   *to is the caller's, v8ssr_collected_free(); before the job goes. */
void v8ssr_collect(apr_pool_t *p, v8pool_job *job, v8ssr_collected *to,
                   v8ssr_collect_line *line, void *baton);
void v8ssr_collected_free(v8ssr_collected *collected);

#endif /* V8SSR_COLLECT_H */
