/* SPDX-License-Identifier: Apache-2.0
 *
 * fixture.c: see fixture.h.
 */
#include "fixture.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>
#include <sys/wait.h>

struct recorder *recorder_create(void)
{
    struct recorder *r = calloc(1, sizeof(*r));

    pthread_mutex_init(&r->mtx, NULL);
    return r;
}

void recorder_destroy(struct recorder **recorder)
{
    pthread_mutex_destroy(&(*recorder)->mtx);
    free(*recorder);
    *recorder = NULL;
}

static void record(void *baton, v8pool_log_level level, const char *bundle,
                   const char *text, const v8pool_error *error)
{
    struct recorder *r = baton;
    struct logged *line;

    pthread_mutex_lock(&r->mtx);
    if (r->count < LOGGED_MAX) {
        line = &r->lines[r->count];
        line->level = level;
        snprintf(line->bundle, sizeof(line->bundle), "%s", bundle);
        snprintf(line->text, sizeof(line->text), "%s", text);
        line->has_error = error != NULL;
        if (error != NULL) {
            line->error = *error;
        }
    }
    r->count++;
    pthread_mutex_unlock(&r->mtx);
}

static unsigned kept(const struct recorder *r)
{
    return r->count < LOGGED_MAX ? r->count : LOGGED_MAX;
}

unsigned recorder_count(struct recorder *r, const char *text)
{
    unsigned i, n = 0;

    pthread_mutex_lock(&r->mtx);
    for (i = 0; i < kept(r); i++) {
        n += text == NULL || strstr(r->lines[i].text, text) != NULL;
    }
    pthread_mutex_unlock(&r->mtx);
    return n;
}

const struct logged *recorder_find(struct recorder *r, const char *text)
{
    const struct logged *found = NULL;
    unsigned i;

    pthread_mutex_lock(&r->mtx);
    for (i = 0; found == NULL && i < kept(r); i++) {
        if (strstr(r->lines[i].text, text) != NULL) {
            found = &r->lines[i];
        }
    }
    pthread_mutex_unlock(&r->mtx);
    return found;
}

void pool_config(v8pool_config *config, unsigned isolates,
                 struct recorder *recorder)
{
    v8pool_config_init(config);
    config->isolates = isolates;
    if (recorder != NULL) {
        config->log = record;
        config->log_baton = recorder;
    }
}

v8pool *pool_open(const v8pool_config *config)
{
    v8pool *pool = NULL;
    v8pool_error err;

    if (v8pool_create(config, &pool, &err) != V8POOL_OK) {
        tap_ok(0, err.message, __FILE__, __LINE__);
    }
    return pool;
}

v8pool *pool_of(unsigned isolates)
{
    v8pool_config config;

    pool_config(&config, isolates, NULL);
    return pool_open(&config);
}

v8pool_status bundle_try(v8pool *pool, const char *name, const char *source,
                         const char *entry, v8pool_error *err)
{
    v8pool_bundle_config config = {name, NULL, source, strlen(source),
                                   entry, 0};
    v8pool_bundle *bundle;

    return v8pool_bundle_load(pool, &config, WAIT_MS, &bundle, err);
}

v8pool_bundle *bundle_of(v8pool *pool, const char *name, const char *source)
{
    v8pool_bundle_config config = {name, NULL, source, strlen(source), NULL, 0};
    v8pool_bundle *bundle = NULL;
    v8pool_error err;

    if (v8pool_bundle_load(pool, &config, WAIT_MS, &bundle, &err) !=
        V8POOL_OK) {
        tap_ok(0, err.message, __FILE__, __LINE__);
    }
    return bundle;
}

v8pool_stats pool_stats(v8pool *pool)
{
    v8pool_stats stats;

    v8pool_stats_get(pool, &stats);
    return stats;
}

static void *do_nothing(void *arg)
{
    return arg;
}

/* ThreadSanitizer starts a thread of its own beside the program's first. */
static void start_first_thread(void)
{
    static int started;
    pthread_t thread;

    if (!started && pthread_create(&thread, NULL, do_nothing, NULL) == 0) {
        pthread_join(thread, NULL);
        started = 1;
    }
}

unsigned thread_count(void)
{
    DIR *tasks;
    unsigned n = 0;

    start_first_thread();
    tasks = opendir("/proc/self/task");
    while (readdir(tasks) != NULL) {
        n++;
    }
    closedir(tasks);
    return n - 2; /* "." and ".." */
}

v8pool_status reply_send(struct reply *reply, v8pool *pool,
                         const v8pool_bundle *bundle,
                         const v8pool_request *request)
{
    memset(reply, 0, sizeof(*reply));
    reply->status = v8pool_render(pool, bundle, request, &reply->answer,
                                  &reply->error);
    return reply->status;
}

v8pool_status reply_get(struct reply *reply, v8pool *pool,
                        const v8pool_bundle *bundle, const char *url,
                        uint32_t timeout_ms)
{
    v8pool_request request;

    v8pool_request_init(&request);
    request.url = url;
    request.queue_ms = WAIT_MS;
    request.timeout_ms = timeout_ms;
    return reply_send(reply, pool, bundle, &request);
}

const char *reply_body(struct reply *reply)
{
    v8pool_answer *a = &reply->answer;

    if (a->body == NULL) {
        return "";
    }
    a->body = realloc(a->body, a->length + 1);
    a->body[a->length] = '\0';
    return a->body;
}

const char *reply_header(const struct reply *reply, const char *name)
{
    size_t i;

    for (i = 0; i < reply->answer.header_count; i++) {
        if (strcasecmp(reply->answer.headers[i].name, name) == 0) {
            return reply->answer.headers[i].value;
        }
    }
    return NULL;
}

void reply_clear(struct reply *reply)
{
    v8pool_answer_clear(&reply->answer);
}

int renders(v8pool *pool, const v8pool_bundle *bundle, const char *url,
            const char *body)
{
    struct reply reply;
    int good;

    reply_get(&reply, pool, bundle, url, WAIT_MS);
    good = reply.status == V8POOL_OK &&
           (body == NULL || strcmp(reply_body(&reply), body) == 0);
    if (!good) {
        tap_note("  %s: %s, \"%s\", body \"%s\"", url,
                 v8pool_status_text(reply.status), reply.error.message,
                 reply_body(&reply));
    }
    reply_clear(&reply);
    return good;
}

v8pool_job *submit(v8pool *pool, const v8pool_bundle *bundle, const char *url,
                   uint32_t timeout_ms)
{
    v8pool_request request;
    v8pool_job *job = NULL;

    v8pool_request_init(&request);
    request.url = url;
    request.queue_ms = WAIT_MS;
    request.timeout_ms = timeout_ms;
    (void)v8pool_submit(pool, bundle, &request, &job);
    return job;
}

v8pool_job *upload(v8pool *pool, const v8pool_bundle *bundle, const char *url,
                   uint32_t timeout_ms)
{
    v8pool_request request;
    v8pool_job *job = NULL;

    v8pool_request_init(&request);
    request.method = "POST";
    request.url = url;
    request.queue_ms = WAIT_MS;
    request.timeout_ms = timeout_ms;
    request.body_streamed = 1;
    IS_STATUS(v8pool_submit(pool, bundle, &request, &job), V8POOL_OK);
    return job;
}

v8pool_status finish(v8pool_job **job)
{
    v8pool_event event;

    do {
        v8pool_job_next(*job, &event);
        if (event.kind == V8POOL_CHUNK) {
            v8pool_chunk_free(event.data);
        }
    } while (event.kind != V8POOL_END);
    v8pool_job_release(job);
    return event.result;
}

int fork_and_run(int (*run)(const void *arg), const void *arg)
{
    pid_t pid;
    int status;

    fflush(stdout);
    pid = fork();
    if (pid == 0) {
        alarm(120);
        _exit(run(arg));
    }
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR) {
    }
    if (!WIFEXITED(status)) {
        tap_note("  the child died of signal %d", WTERMSIG(status));
        return -1;
    }
    return WEXITSTATUS(status);
}
