/* SPDX-License-Identifier: Apache-2.0
 *
 * fuzz_pool.c: the pool with the fake engine.  Bytes are a sequence of calls:
 * load, submit, read, wait, give up, stop.  Whatever their order, each job
 * tells its story once and in order, the counts add up, and nothing is left.
 *
 * Times are part of an input only roughly: a crash may need several runs to
 * come again (-runs=1000).
 */
#include "fuzz.h"

#include "v8pool.h"

#include <dirent.h>
#include <time.h>

#define JOBS 12
#define BUNDLES 4
#define STEPS 48

struct job {
    v8pool_job *job;
    char url[32];
    int has_head, has_ended;
    size_t length;
};

struct world {
    v8pool *pool;
    v8pool_bundle *bundles[BUNDLES];
    unsigned bundle_count;
    struct job jobs[JOBS];
    int is_stopped;
    uint64_t accepted, full;
};

/* What a script does: fake.c's head. */
static const char *const urls[] = {
    "/plain", "/stream-3",  "/throw",  "/heap",    "/decline",  "/log-2",
    "/spin",  "/late-200",  "/room-4", "/wait-2",  "/after-2",  "/hung",
    "/never", "/stream-40", "/deaf-4", "/renders", "/litter-1", "/room-600"};
static const char *const scripts[] = {"good", "bad", "slow", "large",
                                      "loadmem"};

static unsigned threads(void)
{
    DIR *tasks = opendir("/proc/self/task");
    unsigned n = 0;

    MUST(tasks != NULL);
    while (readdir(tasks) != NULL) {
        n++;
    }
    closedir(tasks);
    return n;
}

/* ---- one job ----------------------------------------------------------------- */

static void check_end(const struct job *job, const v8pool_event *event)
{
    MUST(event->result < V8POOL_STATUS_COUNT);
    MUST((event->error == NULL) == (event->result == V8POOL_OK ||
                                    event->result == V8POOL_DECLINED));
    MUST(event->error == NULL || event->error->status == event->result);
    MUST(event->result != V8POOL_OK || job->has_head);
    if (event->result == V8POOL_OK && strcmp(job->url, "/plain") == 0) {
        MUST(job->length == strlen(job->url));
    }
    if (event->result == V8POOL_OK && strcmp(job->url, "/stream-3") == 0) {
        MUST(job->length == 3000);
    }
}

static void take_event(struct world *w, struct job *job, v8pool_event *event)
{
    MUST(!job->has_ended);
    switch (event->kind) {
    case V8POOL_HEAD:
        MUST(!job->has_head && event->status >= 200 && event->status <= 599);
        job->has_head = 1;
        break;
    case V8POOL_CHUNK:
        MUST(job->has_head && event->data != NULL);
        MUST(strcmp(job->url, "/plain") != 0 ||
             memcmp(event->data, job->url, event->length) == 0);
        job->length += event->length;
        v8pool_chunk_free(event->data);
        break;
    case V8POOL_LOG:
        break;
    case V8POOL_END:
        check_end(job, event);
        job->has_ended = 1;
        break;
    }
    (void)w;
}

static void read_one(struct world *w, struct job *job, uint32_t wait_ms)
{
    v8pool_event event;

    if (job->job != NULL && !job->has_ended &&
        v8pool_job_wait(job->job, &event, wait_ms)) {
        take_event(w, job, &event);
    }
}

/* Every job ends. */
static void read_all(struct world *w, struct job *job)
{
    v8pool_event event;

    while (job->job != NULL && !job->has_ended) {
        v8pool_job_next(job->job, &event);
        take_event(w, job, &event);
    }
}

static void give_up(struct job *job)
{
    if (job->job != NULL) {
        v8pool_job_release(&job->job);
        MUST(job->job == NULL);
    }
}

static void submit(struct world *w, struct fuzz *fuzz)
{
    struct job *job = &w->jobs[fuzz_byte(fuzz) % JOBS];
    unsigned url = fuzz_byte(fuzz), how = fuzz_byte(fuzz);
    v8pool_request request;
    v8pool_status status;

    if (w->bundle_count == 0) {
        return;
    }
    give_up(job);
    memset(job, 0, sizeof(*job));
    snprintf(job->url, sizeof(job->url), "%s",
             urls[url % (sizeof(urls) / sizeof(*urls))]);
    v8pool_request_init(&request);
    request.url = job->url;
    request.timeout_ms = 1 + how % 8;
    request.queue_ms = how / 8 % 8;
    request.fresh = how / 64 % 2;
    request.spread = how / 128;
    request.max_response_bytes = url / 32 == 1 ? 2500 : 1 << 20;
    status = v8pool_submit(w->pool, w->bundles[how % w->bundle_count],
                           &request, &job->job);
    MUST((status == V8POOL_OK) == (job->job != NULL));
    MUST(status == V8POOL_OK || status == V8POOL_E_FULL ||
         status == V8POOL_E_STOPPED);
    MUST(status != V8POOL_OK || !w->is_stopped);
    w->accepted += status == V8POOL_OK;
    w->full += status == V8POOL_E_FULL;
}

/* ---- the pool ------------------------------------------------------------------ */

static void load(struct world *w, struct fuzz *fuzz)
{
    unsigned which = fuzz_byte(fuzz);
    const char *script = scripts[which % (sizeof(scripts) / sizeof(*scripts))];
    v8pool_bundle_config config = {"b", NULL, script, strlen(script), NULL, 0};
    v8pool_bundle *bundle = NULL;
    v8pool_error err;
    v8pool_status status;

    if (w->bundle_count == BUNDLES) {
        return;
    }
    memset(&err, 0, sizeof(err));
    status = v8pool_bundle_load(w->pool, &config, which / 8 % 4, &bundle, &err);
    MUST((bundle != NULL) == (status == V8POOL_OK));
    MUST(status == V8POOL_OK || err.status == status);
    if (bundle != NULL) {
        MUST(strcmp(v8pool_bundle_name(bundle), "b") == 0);
        w->bundles[w->bundle_count++] = bundle;
    }
}

static void stop(struct world *w, uint32_t grace_ms)
{
    v8pool_status status = v8pool_stop(w->pool, grace_ms);

    MUST(status == V8POOL_OK || status == V8POOL_E_TIMEOUT);
    w->is_stopped = 1;
}

static void check_stats(struct world *w)
{
    v8pool_stats stats;

    v8pool_stats_get(w->pool, &stats);
    MUST(stats.isolates_ready <= stats.isolates || stats.isolates == 0);
    MUST(stats.renders_total <= w->accepted);
    MUST(stats.failures_total <= stats.renders_total);
    /* and those that lost their place to another bundle's */
    MUST(stats.refused_total >= w->full);
    MUST(stats.refused_total <= w->full + w->accepted);
    MUST(stats.queued + stats.running <= JOBS + w->accepted);
}

static void step(struct world *w, struct fuzz *fuzz)
{
    unsigned what = fuzz_byte(fuzz), which = what / 16 % JOBS;

    switch (what % 16) {
    case 0:
        load(w, fuzz);
        break;
    case 7:
        read_all(w, &w->jobs[which]);
        break;
    case 8:
    case 9:
        read_one(w, &w->jobs[which], what / 64);
        break;
    case 10:
        give_up(&w->jobs[which]);
        break;
    case 11:
        check_stats(w);
        break;
    case 12:
        (void)v8pool_wait_ready(w->pool, what / 64);
        break;
    case 13:
        if (what > 200) {
            stop(w, what % 4);
        }
        break;
    default:
        submit(w, fuzz);
        break;
    }
}

static void open_pool(struct world *w, struct fuzz *fuzz)
{
    unsigned how = fuzz_byte(fuzz);
    v8pool_config config;
    v8pool_error err;

    v8pool_config_init(&config);
    config.isolates = how % 4;
    config.concurrency = config.isolates > 0 ? 1 + how / 4 % 4 : 1;
    config.queue_length = 1 + how / 16 % 4;
    config.recycle_renders = config.isolates > 0 && how / 64 == 1 ? 3 : 0;
    config.channel_bytes = how / 64 == 2 ? 2000 : config.channel_bytes;
    config.load_timeout_ms = 3;
    MUST(v8pool_create(&config, &w->pool, &err) == V8POOL_OK);
}

static void close_pool(struct world *w)
{
    unsigned i;

    for (i = 0; i < JOBS; i++) {
        if (i % 2) {
            read_all(w, &w->jobs[i]);
        }
        give_up(&w->jobs[i]);
    }
    check_stats(w);
    /* All renders end by their own limits.  Told to stop at once they get one
     * second, which on a busy machine a thread may not have in time. */
    MUST(v8pool_stop(w->pool, 20000) == V8POOL_OK);
    v8pool_destroy(&w->pool);
    MUST(w->pool == NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz fuzz = fuzz_begin(data, size);
    struct world w = {.pool = NULL};
    unsigned before = threads(), i;

    open_pool(&w, &fuzz);
    for (i = 0; i < STEPS && fuzz_left(&fuzz) > 0; i++) {
        step(&w, &fuzz);
    }
    close_pool(&w);
    /* A thread that was joined may be seen a moment longer. */
    for (i = 0; i < 2000 && threads() > before; i++) {
        nanosleep(&(struct timespec){0, 1000000}, NULL);
    }
    MUST(threads() <= before);
    fuzz_end(&fuzz);
    return 0;
}
