/* SPDX-License-Identifier: Apache-2.0
 *
 * fake_body.c: runs of the engine without V8 that take many turns: they read their
 * request's body, a piece a turn, or count.
 */
#include "fake.h"

#include <stdio.h>
#include <string.h>

v8e_body v8e_run_body(const v8e_run *run)
{
    return run->stage == FAKE_READS && !run->has_piece ? V8E_BODY_ALONE
                                                       : V8E_BODY_ASIDE;
}

void v8e_run_event(v8e_run *run, const v8e_net_event *event)
{
    run->has_piece = 1;
    run->body_bytes += event->length;
    if (event->kind == V8E_NET_END) {
        snprintf(run->body_end, sizeof(run->body_end), "%s",
                 *event->code != '\0' ? event->code : "ok");
    }
}

/* All of the answer. */
static v8e_state answer(const v8e_run *run, const char *text,
                        v8pool_status *status)
{
    const v8e_sink *sink = run->sink;
    char *copy;

    *status = V8POOL_E_CANCELLED;
    if (sink->head(sink->baton, 200, NULL, 0, 0) != 0) {
        return V8E_ENDED;
    }
    copy = strdup(text);
    if (copy == NULL) {
        *status = V8POOL_E_MEMORY;
        return V8E_ENDED;
    }
    *status = sink->chunk(sink->baton, copy, strlen(copy)) == 0
                  ? V8POOL_OK
                  : V8POOL_E_CANCELLED;
    return V8E_ENDED;
}

v8e_state fake_read(v8e_run *run, v8pool_status *status)
{
    char text[64];

    run->has_piece = 0;
    if (*run->body_end == '\0') {
        return V8E_WAITS;
    }
    snprintf(text, sizeof(text), "%zu %s", run->body_bytes, run->body_end);
    return answer(run, text, status);
}

v8e_state fake_share(v8e_run *run, v8pool_status *status)
{
    char text[16];

    if (--run->left > 0) {
        return V8E_WAITS;
    }
    snprintf(text, sizeof(text), "%d",
             run->context->owner->turns - run->first_turn);
    return answer(run, text, status);
}
