/* SPDX-License-Identifier: Apache-2.0
 *
 * thread.h: the module's own threads in a child.  They take no signals: those
 * are for httpd's.
 */
#ifndef V8SSR_THREAD_H
#define V8SSR_THREAD_H

#include <pthread.h>

/* thread: to be joined; NULL: detached.  0: there is no thread to be had. */
int v8ssr_thread_start(pthread_t *thread, void *(*main)(void *), void *data);

#endif /* V8SSR_THREAD_H */
