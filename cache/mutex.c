/* SPDX-License-Identifier: Apache-2.0
 *
 * mutex.c: locks between processes that may die holding them.
 */
#include "layout.h"

#include <errno.h>
#include <time.h>

int rc_mutex_init(pthread_mutex_t *mutex)
{
    pthread_mutexattr_t attr;
    int rc = pthread_mutexattr_init(&attr);

    if (rc != 0) {
        return rc;
    }
    rc = pthread_mutexattr_setpshared(&attr, PTHREAD_PROCESS_SHARED);
    if (rc == 0) {
        rc = pthread_mutexattr_setrobust(&attr, PTHREAD_MUTEX_ROBUST);
    }
    if (rc == 0) {
        rc = pthread_mutex_init(mutex, &attr);
    }
    pthread_mutexattr_destroy(&attr);
    return rc;
}

int rc_mutex_lock(pthread_mutex_t *mutex)
{
    struct timespec until;
    int rc = pthread_mutex_trylock(mutex);

    if (rc != EBUSY) {
        return rc;
    }
    /* pthread_mutex_clocklock() is not everywhere; that the wall clock may
     * jump changes how long a lock of a stopped process is waited for. */
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_nsec += RCACHE_LOCK_MS * 1000000L;
    if (until.tv_nsec >= 1000000000L) {
        until.tv_nsec -= 1000000000L;
        until.tv_sec++;
    }
    return pthread_mutex_timedlock(mutex, &until);
}
