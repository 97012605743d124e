/* SPDX-License-Identifier: Apache-2.0
 *
 * warmup.c: the warm-up renders of one child.  Jobs are submitted ahead and
 * read in order, so that one thread keeps several isolates busy.
 */
#include "warmup.h"

#include "fetch.h"
#include "log.h"

#include <http_main.h>
#include <apr_strings.h>
#include <unistd.h>

APLOG_USE_MODULE(v8ssr);

/* Renders under way: a ring, the oldest first. */
struct flight {
    v8pool_job *job;
    const v8ssr_warmup *warmup;
    const v8ssr_bundle *bundle;
};

struct run {
    apr_pool_t *p;          /* until the warm-up is over */
    v8pool *pool;
    int isolates;
    apr_time_t until;
    struct flight *ring;    /* as many as isolates */
    int first, count;
    int done;               /* renders that ended */
    int stopped;            /* the pool refuses: nothing more to say */
    const v8ssr_warmup *failed; /* the last one that was complained about */
};

static void complain(struct run *run, const struct flight *f,
                     const char *reason)
{
    if (run->failed == f->warmup) {
        return; /* another isolate said so */
    }
    run->failed = f->warmup;
    ap_log_error(APLOG_MARK, APLOG_WARNING, 0, ap_server_conf,
                 V8SSR_LOGNO(0042) "bundle %s, warm-up %s: %s", f->bundle->name,
                 f->warmup->url, reason);
}

static void judge(struct run *run, const struct flight *f, v8pool_status result,
                  int status, const v8pool_error *err)
{
    if (result == V8POOL_E_STOPPED) {
        run->stopped = 1;
    }
    else if (result == V8POOL_DECLINED) {
        complain(run, f, "it was declined (null)");
    }
    else if (result != V8POOL_OK) {
        complain(run, f, err != NULL ? v8ssr_error_line(run->p, err)
                                     : v8pool_status_text(result));
    }
    else if (status >= 400) {
        complain(run, f, apr_psprintf(run->p, "it was answered with status %d",
                                      status));
    }
}

/* Reads the oldest render to its end and throws away what it wrote. */
static void finish_one(struct run *run)
{
    struct flight *f = &run->ring[run->first];
    v8pool_event event;
    int status = 0;

    do {
        v8pool_job_next(f->job, &event);
        if (event.kind == V8POOL_HEAD) {
            status = event.status;
        }
        else if (event.kind == V8POOL_CHUNK) {
            v8pool_chunk_free(event.data);
        }
    } while (event.kind != V8POOL_END);
    judge(run, f, event.result, status, event.error);
    v8pool_job_release(&f->job);
    run->first = (run->first + 1) % run->isolates;
    run->count--;
    run->done++;
}

static apr_interval_time_t time_left(const struct run *run)
{
    apr_interval_time_t left = run->until - apr_time_now();

    return left > 0 ? left : 0;
}

static void fill_request(const struct run *run, const server_rec *s,
                         const v8ssr_warmup *warmup, v8pool_request *request)
{
    const v8ssr_dir_config *d =
        ap_get_module_config(s->lookup_defaults, &v8ssr_module);
    apr_interval_time_t limit = v8ssr_timeout(d);
    apr_interval_time_t left = time_left(run);
    v8pool_header *host = apr_palloc(run->p, sizeof(*host));

    host->name = "host";
    host->value = s->server_hostname != NULL ? s->server_hostname : "localhost";
    v8pool_request_init(request);
    request->url = warmup->url;
    request->origin = apr_pstrcat(
        run->p, s->server_scheme != NULL ? s->server_scheme : "http", "://",
        host->value, NULL);
    request->headers = host;
    request->header_count = 1;
    request->env = d->env;
    request->queue_ms = (uint32_t)apr_time_as_msec(left) + 1;
    request->timeout_ms =
        (uint32_t)apr_time_as_msec(limit < left ? limit : left) + 1;
    request->cpu_ms = (uint32_t)apr_time_as_msec(v8ssr_cpu_limit(d));
    request->max_response_bytes = (size_t)v8ssr_max_response(d);
    request->fresh = v8ssr_scope(d) == V8SSR_SCOPE_REQUEST;
    request->spread = 1;
    v8ssr_fetch_fill_warmup(run->p, d, request);
}

/* SSRQueue may be shorter than there are isolates: then fewer at a time. */
static void start_one(struct run *run, const v8pool_request *request,
                      const struct flight *what)
{
    struct flight *f;
    v8pool_status status;
    v8pool_job *job;

    while ((status = v8pool_submit(run->pool, what->bundle->loaded, request,
                                   &job)) == V8POOL_E_FULL &&
           run->count > 0) {
        finish_one(run);
    }
    if (status != V8POOL_OK) {
        judge(run, what, status, 0, NULL);
        return;
    }
    f = &run->ring[(run->first + run->count++) % run->isolates];
    *f = *what;
    f->job = job;
}

/* Once for each isolate.  0: the time is up or the pool stops. */
static int warm_url(struct run *run, const server_rec *s,
                    const v8ssr_warmup *warmup)
{
    struct flight what = {NULL, warmup,
                          v8ssr_warmup_bundle(run->p, s, warmup)};
    int most = warmup->concurrency;
    v8pool_request request;
    int i;

    if (what.bundle->loaded == NULL) {
        complain(run, &what, "the bundle did not load");
        return 1;
    }
    if (most == 0 || most > run->isolates) {
        most = run->isolates;
    }
    for (i = 0; i < run->isolates; i++) {
        while (run->count >= most) {
            finish_one(run);
        }
        if (run->stopped || time_left(run) == 0) {
            return 0;
        }
        fill_request(run, s, warmup, &request);
        start_one(run, &request, &what);
    }
    return 1;
}

static int warm_host(struct run *run, const server_rec *s)
{
    const apr_array_header_t *warmups = v8ssr_warmups_of(s);
    int i;

    for (i = 0; warmups != NULL && i < warmups->nelts; i++) {
        const v8ssr_warmup *warmup = &APR_ARRAY_IDX(warmups, i, v8ssr_warmup);

        if (!warmup->cache_only && !warm_url(run, s, warmup)) {
            return 0;
        }
    }
    return 1;
}

static int count_warmups(const server_rec *s)
{
    int count = 0;

    for (; s != NULL; s = s->next) {
        const apr_array_header_t *warmups = v8ssr_warmups_of(s);
        int i;

        for (i = 0; warmups != NULL && i < warmups->nelts; i++) {
            count += !APR_ARRAY_IDX(warmups, i, v8ssr_warmup).cache_only;
        }
    }
    return count;
}

static void run_all(struct run *run, const server_rec *s, int wanted)
{
    int in_time = 1;

    for (; s != NULL && in_time; s = s->next) {
        in_time = warm_host(run, s);
    }
    while (run->count > 0) {
        finish_one(run);
    }
    if (!in_time && !run->stopped) {
        ap_log_error(APLOG_MARK, APLOG_WARNING, 0, ap_server_conf,
                     V8SSR_LOGNO(0043) "the warm-up ends after %d of %d "
                                       "renders: its time is up "
                                       "(SSRLoadTimeout)",
                     run->done, wanted);
    }
}

int v8ssr_warmup_run(apr_pool_t *p, server_rec *s, v8pool *pool)
{
    const v8ssr_server_config *c = v8ssr_server_config_of(s);
    int urls = count_warmups(s);
    struct run run = {.pool = pool, .isolates = v8ssr_isolates(c)};

    if (urls == 0) {
        return 0;
    }
    apr_pool_create(&run.p, p);
    run.ring = apr_pcalloc(run.p, (size_t)run.isolates * sizeof(*run.ring));
    run.until = apr_time_now() + v8ssr_load_timeout(c);
    ap_log_error(APLOG_MARK, APLOG_DEBUG, 0, s,
                 V8SSR_LOGNO(0044) "child %ld: %d warm-up URLs, each in %d "
                                   "isolates",
                 (long)getpid(), urls, run.isolates);
    run_all(&run, s, urls * run.isolates);
    apr_pool_destroy(run.p);
    return run.done;
}
