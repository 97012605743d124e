/* SPDX-License-Identifier: Apache-2.0
 *
 * thread.c: starts threads with all signals blocked.
 */
#include "thread.h"

#include <signal.h>
#include <stddef.h>

int v8ssr_thread_start(pthread_t *thread, void *(*main)(void *), void *data)
{
    pthread_attr_t attr;
    pthread_t unnamed;
    sigset_t all, before;
    int rc;

    pthread_attr_init(&attr);
    if (thread == NULL) {
        pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
        thread = &unnamed;
    }
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    rc = pthread_create(thread, &attr, main, data);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    pthread_attr_destroy(&attr);
    return rc == 0;
}
