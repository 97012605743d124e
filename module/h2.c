/* SPDX-License-Identifier: Apache-2.0
 *
 * h2.c: counts the requests that wait on a worker thread of mod_http2.
 */
#include "h2.h"

#include "config.h"
#include "failure.h"
#include "log.h"

#include <apr_optional.h>
#include <http_log.h>
#include <stdatomic.h>
#include <unistd.h>

APLOG_USE_MODULE(v8ssr);

/* Of mod_http2, where it is loaded: H2MinWorkers and H2MaxWorkers, or what
 * they are by default. */
APR_DECLARE_OPTIONAL_FN(void, http2_get_num_workers,
                        (server_rec *s, int *minw, int *maxw));

#define NOTE "v8ssr-h2"

/* Of this child.  Written before it has threads. */
static int workers, most;
static atomic_int waiting;

/* An eighth of them, at least one, as of httpd's own (v8ssr_job_limit()). */
void v8ssr_h2_child_init(server_rec *s)
{
    APR_OPTIONAL_FN_TYPE(http2_get_num_workers) *get_num_workers =
        APR_RETRIEVE_OPTIONAL_FN(http2_get_num_workers);
    int least = 0;

    if (get_num_workers == NULL) {
        return;
    }
    get_num_workers(s, &least, &workers);
    most = workers - (workers > 8 ? workers / 8 : 1);
    if (most < 1) {
        most = 1;
        ap_log_error(APLOG_MARK, APLOG_WARNING, 0, s,
                     V8SSR_LOGNO(0113) "child %ld: mod_http2 has one worker "
                                       "thread (H2MaxWorkers): while a render "
                                       "holds it, nothing is served over "
                                       "HTTP/2; at least 2 were expected",
                     (long)getpid());
    }
}

/* A request within a request is on a thread that counts already. */
int v8ssr_h2_enter(const request_rec *r, int *holds)
{
    const conn_rec *c = r->connection;

    *holds = 0;
    if (most == 0 || c->master == NULL ||
        apr_table_get(c->notes, NOTE) != NULL) {
        return 1;
    }
    if (atomic_fetch_add(&waiting, 1) >= most) {
        atomic_fetch_sub(&waiting, 1);
        return 0;
    }
    apr_table_setn(c->notes, NOTE, "");
    *holds = 1;
    return 1;
}

void v8ssr_h2_leave(const request_rec *r, int holds)
{
    if (holds) {
        apr_table_unset(r->connection->notes, NOTE);
        atomic_fetch_sub(&waiting, 1);
    }
}

int v8ssr_h2_refused(request_rec *r, const char *bundle)
{
    ap_log_rerror(APLOG_MARK, APLOG_WARNING, 0, r,
                  V8SSR_LOGNO(0112) "bundle %s, %s %s: %d requests wait for "
                                    "renders on the %d worker threads of "
                                    "mod_http2: no more may (H2MaxWorkers)",
                  bundle, r->method, r->unparsed_uri, most, workers);
    v8ssr_ask_for_retry(r);
    return HTTP_SERVICE_UNAVAILABLE;
}
