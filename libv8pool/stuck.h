/* SPDX-License-Identifier: Apache-2.0
 *
 * stuck.h: calls that V8 does not end although they were told to (v8-rules a8):
 * their askers leave, and the program hears of it.
 *
 * Thread: the watchdog's.
 */
#ifndef V8P_STUCK_H
#define V8P_STUCK_H

#include "watchdog.h"

/* V8 gets this long to stop before the asker leaves. */
#define V8P_STUCK_ASKER_MS 1000u

/* A copy: the job may go when the mutex is released. */
struct v8p_stuck_news {
    char bundle[128];
    char url[1024];
    uint32_t after_ms;
    unsigned lost;
};

/* Pre: watchdog.mtx is held, the slot is armed and was fired.  Ends its job, once. */
void v8p_stuck_look(struct v8p_slot *slot, uint64_t now_us);

/* Pre: w->mtx is held.  1: there is one that nobody has been told of. */
int v8p_stuck_take(struct v8p_watchdog *w, struct v8p_stuck_news *news);

/* Not under w->mtx. */
void v8p_stuck_tell(const struct v8p_watchdog *w,
                    const struct v8p_stuck_news *news);

#endif /* V8P_STUCK_H */
