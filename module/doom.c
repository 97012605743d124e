/* SPDX-License-Identifier: Apache-2.0
 *
 * doom.c: httpd has no function with which a module ends its child gracefully.
 * But it ends it so where accept() fails for want of resources (APR_EGENERAL):
 * in a child that is doomed it always does.  The connection stays in the
 * listen queue, for the other children.
 *
 * With ListenCoresBucketsRatio a child may listen on copies of the sockets that
 * modules cannot see; then it goes on with the isolates it has left.
 */
#include "doom.h"

#include "log.h"

#include <httpd.h>
#include <ap_listen.h>
#include <http_log.h>
#include <http_main.h>
#include <apr_portable.h>

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

APLOG_USE_MODULE(v8ssr);

/* How often, and how many times, the listener is woken. */
#define KNOCK_NS 100000000L
#define KNOCKS_MAX 600

static atomic_int doomed, refused;

static apr_status_t refuse(void **csd, ap_listen_rec *lr, apr_pool_t *p)
{
    (void)csd, (void)lr, (void)p;
    atomic_store(&refused, 1);
    return APR_EGENERAL;
}

/* The listener only reads it; it sets it itself when it begins, which a doomed
 * child may not have come to yet. */
static void close_door(void)
{
    ap_listen_rec *lr;

    for (lr = ap_listeners; lr != NULL; lr = lr->next) {
        __atomic_store_n(&lr->accept_func, refuse, __ATOMIC_RELEASE);
    }
}

/* As httpd's parent does to wake its children.  Whoever of them takes it finds
 * a connection that has ended. */
static void knock_at(const ap_listen_rec *lr)
{
    struct sockaddr_storage address = {.ss_family = AF_UNSPEC};
    socklen_t length = sizeof(address);
    apr_os_sock_t listener;
    int fd;

    if (lr->sd == NULL || apr_os_sock_get(&listener, lr->sd) != APR_SUCCESS ||
        getsockname(listener, (struct sockaddr *)&address, &length) != 0) {
        return;
    }
    fd = socket(address.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC,
                0);
    if (fd >= 0) {
        (void)connect(fd, (struct sockaddr *)&address, length);
        close(fd);
    }
}

/* On a quiet server nobody else wakes the listener.  Another child may take the
 * connection: again, until ours has seen one. */
static void *knock(void *arg)
{
    const struct timespec pause = {0, KNOCK_NS};
    int i;

    (void)arg;
    for (i = 0; i < KNOCKS_MAX && !atomic_load(&refused); i++) {
        close_door();
        if (ap_listeners != NULL) {
            knock_at(ap_listeners);
        }
        nanosleep(&pause, NULL);
    }
    return NULL;
}

void v8ssr_doom(void)
{
    pthread_attr_t attr;
    pthread_t thread;

    if (atomic_exchange(&doomed, 1)) {
        return;
    }
    close_door();
    if (pthread_attr_init(&attr) != 0) {
        return; /* the next connection wakes it as well */
    }
    pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
    (void)pthread_create(&thread, &attr, knock, NULL);
    pthread_attr_destroy(&attr);
}
