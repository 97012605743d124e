/* SPDX-License-Identifier: Apache-2.0
 *
 * answer.c: v8pool_render(), the whole answer at once, over the job's events.
 */
#include "job.h"

#include "error.h"
#include "pool.h"

#include <stdlib.h>
#include <string.h>

/* The first chunk is taken as it is; only a second one costs a copy. */
static int add_chunk(v8pool_answer *answer, v8pool_event *event)
{
    char *grown;

    if (answer->body == NULL) {
        answer->body = event->data;
        answer->length = event->length;
        return 1;
    }
    grown = realloc(answer->body, answer->length + event->length);
    if (grown == NULL) {
        v8pool_chunk_free(event->data);
        return 0;
    }
    memcpy(grown + answer->length, event->data, event->length);
    v8pool_chunk_free(event->data);
    answer->body = grown;
    answer->length += event->length;
    return 1;
}

static void log_console(v8pool *pool, const v8pool_bundle *bundle,
                        const v8pool_event *event)
{
    char line[2048];

    if (pool->config.log != NULL) {
        v8p_text_copy(line, sizeof(line), event->data, event->length, 0);
        pool->config.log(pool->config.log_baton, event->level,
                         v8pool_bundle_name(bundle), line, NULL);
    }
}

static v8pool_status collect(v8pool *pool, const v8pool_bundle *bundle,
                             v8pool_answer *answer, v8pool_error *err)
{
    v8pool_event event;

    for (;;) {
        v8pool_job_next(answer->job, &event);
        switch (event.kind) {
        case V8POOL_HEAD:
            answer->status = event.status;
            answer->headers = event.headers;
            answer->header_count = event.header_count;
            break;
        case V8POOL_CHUNK:
            if (!add_chunk(answer, &event)) {
                return v8p_error_set(err, V8POOL_E_MEMORY,
                                     "no memory for the answer");
            }
            break;
        case V8POOL_LOG:
            log_console(pool, bundle, &event);
            break;
        case V8POOL_END:
            answer->timing = event.timing;
            if (event.error != NULL && err != NULL) {
                *err = *event.error;
            }
            return event.result;
        }
    }
}

v8pool_status v8pool_render(v8pool *pool, const v8pool_bundle *bundle,
                            const v8pool_request *request,
                            v8pool_answer *answer, v8pool_error *err)
{
    v8pool_status status;
    v8pool_timing timing;

    memset(answer, 0, sizeof(*answer));
    status = v8pool_submit(pool, bundle, request, &answer->job);
    if (status != V8POOL_OK) {
        return v8p_error_set(err, status, "%s", v8pool_status_text(status));
    }
    status = collect(pool, bundle, answer, err);
    if (status != V8POOL_OK) {
        timing = answer->timing;
        v8pool_answer_clear(answer);
        answer->timing = timing;
    }
    return status;
}

void v8pool_answer_clear(v8pool_answer *answer)
{
    v8pool_chunk_free(answer->body);
    v8pool_job_release(&answer->job);
    memset(answer, 0, sizeof(*answer));
}

void v8pool_chunk_free(void *data)
{
    free(data);
}
