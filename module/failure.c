/* SPDX-License-Identifier: Apache-2.0
 *
 * failure.c: the table of failures.
 */
#include "failure.h"

#include "config.h"
#include "log.h"

#include <apr_strings.h>

APLOG_USE_MODULE(v8ssr);

struct outcome {
    int http_status;
    int level;
    const char *text; /* id first; %s: bundle, method, URL, error line */
};

#define RENDER "bundle %s, %s %s: "

/* Busy, late or gone: worth another try.  Everything else is the bundle's
 * fault and stays until it is mended. */
static const struct outcome outcomes[V8POOL_STATUS_COUNT] = {
    [V8POOL_E_SCRIPT] = {HTTP_INTERNAL_SERVER_ERROR, APLOG_ERR,
                         V8SSR_LOGNO(0006) RENDER "%s"},
    [V8POOL_E_ANSWER] = {HTTP_INTERNAL_SERVER_ERROR, APLOG_ERR,
                         V8SSR_LOGNO(0007) RENDER "%s"},
    [V8POOL_E_HUNG] = {HTTP_INTERNAL_SERVER_ERROR, APLOG_ERR,
                       V8SSR_LOGNO(0017) RENDER "%s"},
    [V8POOL_E_TIMEOUT] = {HTTP_SERVICE_UNAVAILABLE, APLOG_ERR,
                          V8SSR_LOGNO(0008) RENDER "%s"},
    [V8POOL_E_CPU] = {HTTP_SERVICE_UNAVAILABLE, APLOG_ERR,
                      V8SSR_LOGNO(0125) RENDER "%s (SSRCPUTimeLimit)"},
    [V8POOL_E_HEAP] = {HTTP_INTERNAL_SERVER_ERROR, APLOG_ERR,
                       V8SSR_LOGNO(0009) RENDER "%s"},
    [V8POOL_E_TOO_LARGE] = {HTTP_INTERNAL_SERVER_ERROR, APLOG_ERR,
                            V8SSR_LOGNO(0010) RENDER "%s (SSRMaxResponse)"},
    [V8POOL_E_BOUNDARY] = {HTTP_INTERNAL_SERVER_ERROR, APLOG_ERR,
                           V8SSR_LOGNO(0142) RENDER "its renderError "
                                                    "answers: %s"},
    [V8POOL_E_FULL] = {HTTP_SERVICE_UNAVAILABLE, APLOG_WARNING,
                       V8SSR_LOGNO(0011) RENDER "%s (SSRQueue)"},
    [V8POOL_E_QUEUE_TIMEOUT] = {HTTP_SERVICE_UNAVAILABLE, APLOG_WARNING,
                                V8SSR_LOGNO(0012) RENDER "%s (SSRQueue)"},
    [V8POOL_E_REFUSED] = {HTTP_SERVICE_UNAVAILABLE, APLOG_INFO,
                          V8SSR_LOGNO(0130) RENDER "%s (SSRPoison)"},
    [V8POOL_E_BUNDLE] = {HTTP_INTERNAL_SERVER_ERROR, APLOG_ERR,
                         V8SSR_LOGNO(0013) RENDER "the bundle did not load: "
                                                  "%s"},
    [V8POOL_E_ENGINE] = {HTTP_SERVICE_UNAVAILABLE, APLOG_ERR,
                         V8SSR_LOGNO(0014) RENDER "no pool: %s"},
    [V8POOL_E_STOPPED] = {HTTP_SERVICE_UNAVAILABLE, APLOG_INFO,
                          V8SSR_LOGNO(0018) RENDER "%s"},
    [V8POOL_E_MEMORY] = {HTTP_INTERNAL_SERVER_ERROR, APLOG_ERR,
                         V8SSR_LOGNO(0019) RENDER "%s"},
};

/* Seconds (RFC 9110, 10.2.3): as long as the queue takes to run empty or to
 * give up. */
void v8ssr_ask_for_retry(request_rec *r)
{
    apr_interval_time_t wait =
        v8ssr_queue_wait(v8ssr_server_config_of(r->server));
    apr_int64_t seconds = apr_time_sec(wait + apr_time_from_sec(1) - 1);

    /* an error response drops headers_out */
    apr_table_setn(r->err_headers_out, "Retry-After",
                   apr_psprintf(r->pool, "%" APR_INT64_T_FMT, seconds));
}

int v8ssr_fail(request_rec *r, const char *bundle, v8pool_status status,
               const v8pool_error *err)
{
    const struct outcome *o = &outcomes[status];
    const char *line = err != NULL ? v8ssr_error_line(r->pool, err)
                                   : v8pool_status_text(status);

    if (status == V8POOL_DECLINED) {
        return DECLINED;
    }
    if (o->text == NULL) {
        o = &outcomes[V8POOL_E_MEMORY]; /* E_ARG and such: a fault of ours */
    }
    ap_log_rerror(APLOG_MARK, o->level, 0, r, o->text, bundle, r->method,
                  r->unparsed_uri, line);
    if (o->http_status == HTTP_SERVICE_UNAVAILABLE) {
        v8ssr_ask_for_retry(r);
    }
    return o->http_status;
}
