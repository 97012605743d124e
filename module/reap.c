/* SPDX-License-Identifier: Apache-2.0
 *
 * reap.c: a handler for SIGCHLD that does nothing.  The signal's default would
 * not interrupt the parent's sleep; a handler does, also with SA_RESTART, and
 * httpd then reaps the child as it would have a moment later.
 */
#include "reap.h"

#include <signal.h>
#include <string.h>

static void do_nothing(int signal)
{
    (void)signal;
}

static void handle(void (*from)(int), void (*to)(int))
{
    struct sigaction action;

    if (sigaction(SIGCHLD, NULL, &action) == 0 && action.sa_handler == from) {
        memset(&action, 0, sizeof(action));
        action.sa_handler = to;
        action.sa_flags = SA_RESTART | SA_NOCLDSTOP;
        sigaction(SIGCHLD, &action, NULL);
    }
}

void v8ssr_reap_child_init(void)
{
    handle(do_nothing, SIG_DFL);
}

static apr_status_t give_back(void *data)
{
    (void)data;
    handle(do_nothing, SIG_DFL);
    return APR_SUCCESS;
}

/* Another module's handler is left alone. */
int v8ssr_reap_post_config(apr_pool_t *pconf, apr_pool_t *plog,
                           apr_pool_t *ptemp, server_rec *s)
{
    (void)plog, (void)ptemp, (void)s;
    handle(SIG_DFL, do_nothing);
    apr_pool_cleanup_register(pconf, NULL, give_back, apr_pool_cleanup_null);
    return OK;
}
