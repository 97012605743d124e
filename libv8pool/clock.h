/* SPDX-License-Identifier: Apache-2.0
 *
 * clock.h: the clock of the pool, CLOCK_MONOTONIC, and condition variables that
 * wait by it.  APR's follow the wall clock, which may jump.
 */
#ifndef V8P_CLOCK_H
#define V8P_CLOCK_H

#include <pthread.h>
#include <stdint.h>
#include <time.h>

#define V8P_NEVER UINT64_MAX

static inline uint64_t v8p_clock_us(clockid_t clock)
{
    struct timespec ts;

    clock_gettime(clock, &ts);
    return (uint64_t)ts.tv_sec * 1000000u + (uint64_t)ts.tv_nsec / 1000u;
}

static inline uint64_t v8p_now_us(void)
{
    return v8p_clock_us(CLOCK_MONOTONIC);
}

static inline uint64_t v8p_after_ms(uint64_t now_us, uint32_t ms)
{
    return now_us + (uint64_t)ms * 1000u;
}

/* Returns 0 or an errno value, as pthread_cond_init(). */
static inline int v8p_cond_init(pthread_cond_t *cond)
{
    pthread_condattr_t attr;
    int rc = pthread_condattr_init(&attr);

    if (rc != 0) {
        return rc;
    }
    pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    rc = pthread_cond_init(cond, &attr);
    pthread_condattr_destroy(&attr);
    return rc;
}

/* Pre: mtx is held.  V8P_NEVER waits for a signal alone.  Wakes spuriously, as
 * every condition variable: the caller loops. */
static inline void v8p_cond_wait_until(pthread_cond_t *cond,
                                       pthread_mutex_t *mtx, uint64_t until_us)
{
    struct timespec ts;

    if (until_us == V8P_NEVER) {
        pthread_cond_wait(cond, mtx);
        return;
    }
    ts.tv_sec = (time_t)(until_us / 1000000u);
    ts.tv_nsec = (long)(until_us % 1000000u) * 1000;
    pthread_cond_timedwait(cond, mtx, &ts);
}

#endif /* V8P_CLOCK_H */
