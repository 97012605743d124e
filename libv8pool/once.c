/* SPDX-License-Identifier: Apache-2.0
 *
 * once.c: all turns of one run, for whoever has nothing else to do.
 */
#include "engine/run.h"

#include "clock.h"
#include "error.h"

#include <time.h>

/* Another run of the isolate may be what it waits for, and tells nobody. */
#define NAP_US 10000u

static void sleep_until(uint64_t until_us)
{
    uint64_t now_us = v8p_now_us();
    uint64_t left_us = until_us > now_us ? until_us - now_us : 0;
    struct timespec nap = {0, 0};

    nap.tv_nsec = (long)(left_us < NAP_US ? left_us : NAP_US) * 1000;
    nanosleep(&nap, NULL);
}

v8pool_status v8e_render(v8e_context *context, const v8pool_request *request,
                         const v8e_sink *sink, v8pool_timing *timing,
                         v8pool_error *err)
{
    v8e_run *run = v8e_run_create(context, request, sink);
    v8pool_status status;

    if (run == NULL) {
        return v8p_error_set(err, V8POOL_E_MEMORY, "no memory for a render");
    }
    while (v8e_run_turn(run, &status, timing, err) != V8E_ENDED) {
        sleep_until(v8e_run_wakes_us(run));
    }
    v8e_run_destroy(&run);
    return status;
}
