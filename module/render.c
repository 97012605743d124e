/* SPDX-License-Identifier: Apache-2.0
 *
 * render.c: waits for what comes of a render.
 */
#include "render.h"

#include "ask.h"
#include "canary.h"
#include "child.h"
#include "client.h"
#include "config.h"
#include "failure.h"
#include "fallback.h"
#include "h2.h"
#include "log.h"
#include "poison.h"
#include "refresh.h"
#include "respond.h"
#include "route.h"
#include "routes.h"
#include "stream.h"
#include "upload.h"

#include <http_core.h>
#include <http_protocol.h>
#include <apr_strings.h>
#include <string.h>

APLOG_USE_MODULE(v8ssr);

void v8ssr_render_log(request_rec *r, const v8ssr_bundle *bundle,
                      const v8pool_event *event)
{
    if ((int)event->level >= v8ssr_log_console(v8ssr_dir_config_of(r))) {
        ap_log_rerror(APLOG_MARK, v8ssr_log_level(event->level), 0, r,
                      V8SSR_LOGNO(0005) "bundle %s: console: %s", bundle->name,
                      event->data);
    }
}

/* For LogFormat: %{v8ssr-render-us}n and so on. */
static void note_timing(request_rec *r, const v8pool_timing *t)
{
    apr_table_setn(r->notes, "v8ssr-queue-us",
                   apr_psprintf(r->pool, "%u", (unsigned)t->queue_us));
    apr_table_setn(r->notes, "v8ssr-render-us",
                   apr_psprintf(r->pool, "%u",
                                (unsigned)(t->call_us + t->output_us)));
    apr_table_setn(r->notes, "v8ssr-gc-us",
                   apr_psprintf(r->pool, "%u", (unsigned)t->gc_us));
}

void v8ssr_render_ended(request_rec *r, const v8ssr_choice *choice,
                        v8ssr_breaker_pass *pass, const v8pool_event *event)
{
    note_timing(r, &event->timing);
    v8ssr_breaker_ended(r->server, r->pool, pass, event->result, event->error);
    v8ssr_canary_ended(r->server, choice, event->result, &event->timing);
}

int v8ssr_render_failed(request_rec *r, const v8ssr_choice *choice,
                        v8ssr_cached *cached, v8pool_status status,
                        const v8pool_error *err)
{
    int rc = v8ssr_fail(r, choice->bundle->name, status, err);

    return v8ssr_fallback(r, choice->bundle, cached, rc);
}

/* Whoever waits for the page goes on. */
static void let_others_go(const v8ssr_render_extra *extra)
{
    if (extra->flight != NULL) {
        rcache_flight_end(extra->cached->zone, extra->flight);
    }
    v8ssr_l2_unlock(extra->lock);
}

/* So that nobody tries the page again for a while. */
static void note_failure(const v8ssr_render_extra *extra, v8pool_status status)
{
    if (extra != NULL && status != V8POOL_DECLINED) {
        v8ssr_cached_put_failure(extra->cached);
        let_others_go(extra);
    }
}

/* It did not come to a render. */
static int refuse(request_rec *r, const v8ssr_choice *choice,
                  const v8ssr_render_extra *extra, v8pool_status status)
{
    v8ssr_canary_ended(r->server, choice, status, NULL);
    note_failure(extra, status);
    return v8ssr_render_failed(r, choice, extra != NULL ? extra->cached : NULL,
                               status, NULL);
}

/* Nor will it for a while, whichever page it is: nothing is noted of this one. */
static int refuse_all(request_rec *r, const v8ssr_choice *choice,
                      const v8ssr_render_extra *extra,
                      const v8ssr_breaker_pass *pass)
{
    v8ssr_canary_ended(r->server, choice, V8POOL_E_REFUSED, NULL);
    if (extra != NULL) {
        let_others_go(extra);
    }
    return v8ssr_fallback(r, choice->bundle,
                          extra != NULL ? extra->cached : NULL,
                          v8ssr_breaker_refused(r, pass));
}

/* Nor is any page of this template made until a restart finds a good one. */
static int refuse_template(request_rec *r, const v8ssr_choice *choice,
                           const v8ssr_render_extra *extra)
{
    ap_log_rerror(APLOG_MARK, APLOG_ERR, 0, r,
                  V8SSR_LOGNO(0152) "bundle %s, %s %s: there is no good "
                                    "version of SSRTemplate %s",
                  choice->bundle->name, r->method, r->unparsed_uri,
                  v8ssr_dir_config_of(r)->template->path);
    v8ssr_canary_ended(r->server, choice, V8POOL_E_REFUSED, NULL);
    if (extra != NULL) {
        let_others_go(extra);
    }
    return v8ssr_fallback(r, choice->bundle,
                          extra != NULL ? extra->cached : NULL,
                          HTTP_INTERNAL_SERVER_ERROR);
}

/* Over HTTP/1.1, or in a moment, it may: nothing is noted of the page. */
int v8ssr_render_refuse_stream(request_rec *r, const v8ssr_choice *choice,
                               v8ssr_cached *cached)
{
    v8ssr_canary_ended(r->server, choice, V8POOL_E_FULL, NULL);
    return v8ssr_fallback(r, choice->bundle, cached,
                          v8ssr_h2_refused(r, choice->bundle->name));
}

/* First into the cache, where others wait for it, then to the client. */
static int answer(request_rec *r, v8ssr_response *response,
                  const v8ssr_render_extra *extra, const v8ssr_host *host)
{
    rcache_reason reason;

    if (extra == NULL) {
        return v8ssr_respond_send(response);
    }
    extra->cached->nonce = v8ssr_host_nonce(host);
    reason = v8ssr_respond_store(response, extra->cached);
    let_others_go(extra);
    v8ssr_cache_tell(r, extra->cached, extra->event, extra->collapsed, reason);
    return v8ssr_respond_send(response);
}

/* A job and what comes of it. */
struct render {
    request_rec *r;
    const v8ssr_choice *choice;
    v8ssr_render_extra *extra; /* NULL: not for the cache */
    v8pool_job *job;           /* NULL: handed on */
    const v8ssr_host *host;
    v8ssr_response response;
    v8ssr_breaker_pass pass;
    apr_time_t patience;       /* SSRFallback after=; 0 = no more of it */
    int is_begun;              /* its head has come */
    int is_again;              /* begin_again() */
};

static v8ssr_cached *cached_of(const struct render *render)
{
    return render->extra != NULL ? render->extra->cached : NULL;
}

/* The client has waited for long enough.  1: it got something else, *rc; the
 * render goes on where the page is for the cache, else it ends. */
static int leave(struct render *render, int *rc)
{
    v8ssr_cached *cached = cached_of(render);
    v8ssr_instead instead;

    render->patience = 0;
    if (!v8ssr_fallback_choose(render->r, cached, &instead)) {
        return 0;
    }
    if (cached != NULL && render->extra->event != V8SSR_CACHE_PASS) {
        if (!v8ssr_refresh_late(render->r, render->choice, render->extra,
                                render->job, render->host, &render->pass)) {
            v8ssr_fallback_leave(cached, &instead);
            return 0;
        }
        render->job = NULL;
    }
    v8ssr_upload_close(render->r);
    *rc = v8ssr_fallback_give(render->r, render->choice->bundle, cached,
                              &instead);
    return 1;
}

static int stream(struct render *render)
{
    v8ssr_stream stream = {.r = render->r,
                           .choice = render->choice,
                           .pass = &render->pass,
                           .job = render->job,
                           .response = &render->response,
                           .extra = render->extra,
                           .host = render->host};

    return v8ssr_stream_send(&stream);
}

/* Of RFC 9111, or for the cache alone. */
static int says_how_long(const apr_table_t *fields)
{
    return apr_table_get(fields, "Cache-Control") != NULL ||
           apr_table_get(fields, "CDN-Cache-Control") != NULL ||
           apr_table_get(fields, "Surrogate-Control") != NULL ||
           apr_table_get(fields, "Expires") != NULL;
}

/* The render threw, and the bundle's renderError has made a page of it.  It is
 * kept by nobody, unless it wants that. */
static int answer_error(struct render *render, const v8pool_event *event)
{
    (void)v8ssr_fail(render->r, render->choice->bundle->name, event->result,
                     event->error);
    if (says_how_long(render->response.fields)) {
        return answer(render->r, &render->response, render->extra,
                      render->host);
    }
    apr_table_setn(render->response.fields, "Cache-Control", "no-store");
    note_failure(render->extra, event->result);
    return v8ssr_respond_send(&render->response);
}

static int end(struct render *render, const v8pool_event *event)
{
    v8ssr_render_ended(render->r, render->choice, &render->pass, event);
    if (event->result == V8POOL_OK) {
        return answer(render->r, &render->response, render->extra,
                      render->host);
    }
    if (event->result == V8POOL_E_BOUNDARY) {
        return answer_error(render, event);
    }
    note_failure(render->extra, event->result);
    return v8ssr_render_failed(render->r, render->choice, cached_of(render),
                               event->result, event->error);
}

/* Its isolate is in another render's code and does not come back: once, in
 * another isolate.  While there is no place for it it stays where it is. */
static void begin_again(struct render *render)
{
    const v8ssr_bundle *bundle = render->choice->bundle;
    const v8ssr_host *host;
    v8pool_job *job;

    if (render->is_begun || render->is_again ||
        v8ssr_upload_of(render->r) != NULL ||
        !v8pool_job_is_lost(render->job)) {
        return;
    }
    if (v8ssr_ask(render->r, bundle, cached_of(render), &job, &host) !=
        V8POOL_OK) {
        return;
    }
    ap_log_rerror(APLOG_MARK, APLOG_WARNING, 0, render->r,
                  V8SSR_LOGNO(0107) "bundle %s, %s %s: another render in its "
                                    "isolate does not end; it begins again in "
                                    "another isolate",
                  bundle->name, render->r->method, render->r->uri);
    v8pool_job_release(&render->job);
    render->is_again = 1;
    render->job = job;
    render->host = host;
}

/* Collects until the end: nothing is sent of a page that fails half-way, unless
 * it comes in pieces. */
static int collect(struct render *render)
{
    request_rec *r = render->r;
    v8pool_event event;
    int rc;

    for (;;) {
        switch (v8ssr_client_wait(r, render->job, render->extra != NULL,
                                  render->patience, &event)) {
        case V8SSR_CLIENT_GONE:
            return OK; /* to nobody; releasing the job ends the render */
        case V8SSR_CLIENT_LATE:
            if (leave(render, &rc)) {
                return rc;
            }
            continue;
        case V8SSR_CLIENT_LOOK:
            begin_again(render);
            continue;
        case V8SSR_CLIENT_EVENT:
            break;
        }
        if ((event.kind == V8POOL_HEAD || event.kind == V8POOL_END) &&
            (rc = v8ssr_upload_failed(r)) != OK) {
            return rc; /* whatever the bundle makes of half a body */
        }
        switch (event.kind) {
        case V8POOL_HEAD:
            render->is_begun = 1;
            render->patience = 0;
            v8ssr_respond_head(&render->response, &event);
            if (event.streamed && v8ssr_stream_wanted(r)) {
                return stream(render);
            }
            break;
        case V8POOL_CHUNK:
            v8ssr_respond_chunk(&render->response, &event);
            break;
        case V8POOL_LOG:
            v8ssr_render_log(r, render->choice->bundle, &event);
            break;
        case V8POOL_END:
            return end(render, &event);
        }
    }
}

v8pool_status v8ssr_render_submit(request_rec *r, const v8ssr_bundle *bundle,
                                  const v8ssr_cached *cached, v8pool_job **job,
                                  const v8ssr_host **host,
                                  v8ssr_breaker_pass *pass)
{
    v8pool_status status;

    if (!v8ssr_breaker_lets(r, bundle, pass)) {
        return V8POOL_E_REFUSED;
    }
    if (v8ssr_poison_refuses(r, bundle)) {
        v8ssr_breaker_left(pass);
        return V8POOL_E_REFUSED;
    }
    status = v8ssr_ask(r, bundle, cached, job, host);
    if (status != V8POOL_OK) {
        v8ssr_breaker_left(pass);
    }
    return status;
}

static int render_now(request_rec *r, const v8ssr_choice *choice,
                      v8ssr_render_extra *extra)
{
    struct render render = {.r = r,
                            .choice = choice,
                            .extra = extra,
                            .patience = v8ssr_fallback_until(r)};
    v8pool_status status;
    int rc;

    if (v8ssr_child_pool() == NULL) {
        return refuse(r, choice, extra, V8POOL_E_ENGINE);
    }
    if (choice->bundle->loaded == NULL) {
        return refuse(r, choice, extra, V8POOL_E_BUNDLE);
    }
    if (v8ssr_template_is_missing(v8ssr_dir_config_of(r))) {
        return refuse_template(r, choice, extra);
    }
    status = v8ssr_render_submit(r, choice->bundle, cached_of(&render),
                                 &render.job, &render.host, &render.pass);
    if (render.pass.left_us > 0) {
        return refuse_all(r, choice, extra, &render.pass);
    }
    if (status != V8POOL_OK) {
        return refuse(r, choice, extra, status);
    }
    v8ssr_respond_init(&render.response, r);
    rc = collect(&render);
    v8ssr_breaker_left(&render.pass);
    v8pool_job_release(&render.job);
    return rc;
}

int v8ssr_render_choice(request_rec *r, const v8ssr_choice *choice,
                        v8ssr_render_extra *extra)
{
    int holds, rc;

    if (!v8ssr_h2_enter(r, &holds)) {
        if (extra != NULL) {
            let_others_go(extra);
        }
        return v8ssr_render_refuse_stream(
            r, choice, extra != NULL ? extra->cached : NULL);
    }
    rc = render_now(r, choice, extra);
    v8ssr_h2_leave(r, holds);
    return rc;
}

int v8ssr_render(request_rec *r)
{
    const v8ssr_bundle *bundle = v8ssr_route(r);
    const v8ssr_route_rule *rule = v8ssr_rule_of(r);
    v8ssr_choice choice;

    if (bundle == NULL) {
        ap_log_rerror(APLOG_MARK, APLOG_ERR, 0, r,
                      V8SSR_LOGNO(0015) "SSREngine is on for %s, but which "
                                        "bundle answers is not said: SSRUse, "
                                        "SSRMap or a single SSRBundle was "
                                        "expected",
                      r->uri);
        return HTTP_INTERNAL_SERVER_ERROR;
    }
    choice = v8ssr_canary_choose(r, bundle);
    apr_table_setn(r->notes, "v8ssr-bundle", choice.bundle->name);
    if (rule != NULL) {
        apr_table_setn(r->notes, "v8ssr-route", rule->path);
    }
    return v8ssr_cache_answer(r, &choice);
}
