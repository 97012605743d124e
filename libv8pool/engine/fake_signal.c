/* SPDX-License-Identifier: Apache-2.0
 *
 * fake_signal.c: runs of the engine without V8 that listen to their signal.  They
 * wait for ever; once it is aborted
 *
 *   /signal           ends
 *   /signal-after-N   goes on for N ms, if it is the client that has gone
 *   /signal-spin      runs until terminated
 *   /signal-heap      reaches the heap limit
 *   /signal-busy      ends; its first turn goes on until its client has gone; it
 *                     then sends what nobody reads. Says "told"
 */
#include "fake.h"

#include "../clock.h"
#include "../error.h"

#include <stdlib.h>
#include <string.h>

#define URL "/signal"

int fake_listens(const v8e_run *run)
{
    return strncmp(run->request->url, URL, strlen(URL)) == 0 &&
           run->stage != FAKE_AFTER;
}

int v8e_run_abort(v8e_run *run, v8e_abort why)
{
    if (!fake_listens(run) || run->is_told) {
        return 0;
    }
    run->is_told = 1;
    run->left = why == V8E_GONE;
    return 1;
}

static void spin(const v8e_isolate *isolate)
{
    while (!atomic_load(&isolate->terminate)) {
        sched_yield();
    }
}

/* 1: its sink still takes what it gives. */
static int stays_busy(const v8e_run *run)
{
    const v8e_sink *sink = run->sink;
    char *byte;

    while (sink->room(sink->baton) != 0 &&
           !atomic_load(&run->context->owner->terminate)) {
        sched_yield();
    }
    byte = calloc(1, 1);
    return byte != NULL && sink->chunk(sink->baton, byte, 1) == 0;
}

v8e_state fake_signal(v8e_run *run, v8pool_status *status, v8pool_error *err)
{
    const char *does = run->request->url + strlen(URL);

    run->wakes_us = UINT64_MAX;
    if (!run->is_told) {
        run->stage = FAKE_WAITS;
        if (strcmp(does, "-busy") == 0 && !stays_busy(run)) {
            *status = v8p_error_set(err, V8POOL_E_CANCELLED, "nobody listens");
            return V8E_ENDED;
        }
        return V8E_WAITS;
    }
    if (strncmp(does, "-after-", 7) == 0 && run->left) {
        run->wakes_us = v8p_after_ms(v8p_now_us(),
                                     (uint32_t)strtol(does + 7, NULL, 10));
        run->stage = FAKE_AFTER;
        return V8E_ANSWERED;
    }
    if (strcmp(does, "-busy") == 0) {
        run->sink->log(run->sink->baton, V8POOL_LOG_WARN, "told", 4);
    }
    *status = v8p_error_set(err, V8POOL_E_CANCELLED, "told");
    if (strcmp(does, "-spin") == 0) {
        spin(run->context->owner);
        *status = v8p_error_set(err, V8POOL_E_TIMEOUT, "terminated");
    }
    if (strcmp(does, "-heap") == 0) {
        *status = v8p_error_set(err, V8POOL_E_HEAP, "heap limit");
    }
    return V8E_ENDED;
}
