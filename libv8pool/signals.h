/* SPDX-License-Identifier: Apache-2.0
 *
 * signals.h: the process's signals are its owner's: no handler of theirs may
 * run on a thread of ours (httpd's ends the process from within).  What a
 * thread does to itself stays deliverable.
 */
#ifndef V8P_SIGNALS_H
#define V8P_SIGNALS_H

#include <pthread.h>
#include <signal.h>
#include <stddef.h>

/* A thread that is started now inherits the mask.  Restore *before with
 * pthread_sigmask(SIG_SETMASK). */
static inline void v8p_block_signals(sigset_t *before)
{
    static const int own[] = {SIGSEGV, SIGBUS,  SIGFPE, SIGILL,
                              SIGABRT, SIGTRAP, SIGPROF};
    sigset_t all;
    size_t i;

    sigfillset(&all);
    for (i = 0; i < sizeof(own) / sizeof(own[0]); i++) {
        sigdelset(&all, own[i]);
    }
    pthread_sigmask(SIG_BLOCK, &all, before);
}

#endif /* V8P_SIGNALS_H */
