/* SPDX-License-Identifier: Apache-2.0
 *
 * ready.c: what child_init waits for, and how a stop ends that wait.
 */
#include "ready.h"

#include "config.h"
#include "log.h"
#include "warmup.h"

#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <unistd.h>

APLOG_USE_MODULE(v8ssr);

/* On top of SSRLoadTimeout: making the isolates, ending a script that loops. */
#define EXTRA_MS 1000

/* A thread that stops the pool when the child is told to go.  SIGTERM is
 * blocked in child_init (child.c) and stays pending: httpd's handler gets it
 * when child_init is over. */
struct stopper {
    v8pool *pool;
    int term;           /* signalfd: readable while SIGTERM is pending */
    int done;           /* eventfd: the wait is over */
    pthread_t thread;
    int running;
};

static void *stopper_main(void *data)
{
    struct stopper *stopper = data;
    struct pollfd ready[] = {{stopper->term, POLLIN, 0},
                             {stopper->done, POLLIN, 0}};

    while (poll(ready, 2, -1) < 0) {
    }
    if (ready[0].revents != 0) {
        v8pool_stop(stopper->pool, 0);
    }
    return NULL;
}

/* Best effort: without it a stop waits until child_init is over. */
static void stopper_start(struct stopper *stopper, v8pool *pool)
{
    sigset_t term, all, before;

    sigemptyset(&term);
    sigaddset(&term, SIGTERM);
    stopper->pool = pool;
    stopper->term = signalfd(-1, &term, SFD_CLOEXEC);
    stopper->done = eventfd(0, EFD_CLOEXEC);
    stopper->running = 0;
    if (stopper->term >= 0 && stopper->done >= 0) {
        sigfillset(&all);
        pthread_sigmask(SIG_BLOCK, &all, &before);
        stopper->running = pthread_create(&stopper->thread, NULL, stopper_main,
                                          stopper) == 0;
        pthread_sigmask(SIG_SETMASK, &before, NULL);
    }
}

static void stopper_stop(struct stopper *stopper)
{
    if (stopper->running) {
        eventfd_write(stopper->done, 1);
        pthread_join(stopper->thread, NULL);
    }
    close(stopper->term);
    close(stopper->done);
}

static long ms_since(apr_time_t began)
{
    return (long)apr_time_as_msec(apr_time_now() - began);
}

static v8pool_status wait_loaded(server_rec *s, v8pool *pool, apr_time_t began)
{
    const v8ssr_server_config *c = v8ssr_server_config_of(s);
    long limit_ms = (long)apr_time_as_msec(v8ssr_load_timeout(c)) + EXTRA_MS;
    v8pool_status status = v8pool_wait_ready(pool, (uint32_t)limit_ms);

    if (status == V8POOL_E_TIMEOUT) {
        ap_log_error(APLOG_MARK, APLOG_WARNING, 0, s,
                     V8SSR_LOGNO(0041) "child %ld accepts before its isolates "
                                       "have every bundle, after %ld ms "
                                       "(SSRLoadTimeout)",
                     (long)getpid(), ms_since(began));
    }
    return status;
}

/* Which function renders is found when a bundle is loaded. */
static void log_entries(server_rec *s)
{
    for (; s != NULL; s = s->next) {
        const v8ssr_server_config *c = v8ssr_server_config_of(s);
        int i;

        for (i = 0; i < c->bundles->nelts; i++) {
            v8ssr_bundle *bundle = APR_ARRAY_IDX(c->bundles, i, v8ssr_bundle *);
            const char *entry = bundle->loaded != NULL && !bundle->told
                                    ? v8pool_bundle_entry(bundle->loaded)
                                    : NULL;

            if (entry != NULL) { /* else inherited, or V8SSR0003 says why */
                bundle->told = 1;
                ap_log_error(APLOG_MARK, APLOG_DEBUG, 0, s,
                             V8SSR_LOGNO(0120) "bundle %s: its entry is %s",
                             bundle->name, entry);
            }
        }
    }
}

void v8ssr_ready_wait(apr_pool_t *pchild, server_rec *s, v8pool *pool,
                      apr_time_t began)
{
    struct stopper stopper;
    v8pool_status status;
    int renders = 0;

    stopper_start(&stopper, pool);
    status = wait_loaded(s, pool, began);
    log_entries(s);
    if (status == V8POOL_OK) {
        renders = v8ssr_warmup_run(pchild, s, pool);
    }
    stopper_stop(&stopper);
    if (status == V8POOL_OK) {
        ap_log_error(APLOG_MARK, APLOG_INFO, 0, s,
                     V8SSR_LOGNO(0040) "child %ld: ready after %ld ms, %d "
                                       "warm-up renders",
                     (long)getpid(), ms_since(began), renders);
    }
}
