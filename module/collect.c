/* SPDX-License-Identifier: Apache-2.0
 *
 * collect.c: reads a job to its end.
 */
#include "collect.h"

#include "respond.h"

#include <sys/uio.h>

static void add_part(v8ssr_collected *to, const v8pool_event *event)
{
    struct iovec *part = apr_array_push(to->body);

    part->iov_base = event->data;
    part->iov_len = event->length;
}

void v8ssr_collect(apr_pool_t *p, v8pool_job *job, v8ssr_collected *to,
                   v8ssr_collect_line *line, void *baton)
{
    v8pool_event event;

    to->status = HTTP_OK;
    to->fields = apr_table_make(p, 8);
    to->body = apr_array_make(p, 4, sizeof(struct iovec));
    do {
        v8pool_job_next(job, &event);
        if (event.kind == V8POOL_HEAD) {
            to->status = event.status;
            v8ssr_respond_fields(to->fields, &event);
        }
        else if (event.kind == V8POOL_LOG && line != NULL) {
            line(baton, &event);
        }
        else if (event.kind == V8POOL_CHUNK) {
            add_part(to, &event);
        }
    } while (event.kind != V8POOL_END);
    to->result = event.result;
    to->error = event.error;
    to->timing = event.timing;
}

void v8ssr_collected_free(v8ssr_collected *collected)
{
    int i;

    for (i = 0; i < collected->body->nelts; i++) {
        v8pool_chunk_free(
            APR_ARRAY_IDX(collected->body, i, struct iovec).iov_base);
    }
    collected->body->nelts = 0;
}
