/* SPDX-License-Identifier: Apache-2.0
 *
 * fixture.h: what most C tests begin with: a pool, a bundle, a request and
 * its reply.  Over the public interface, so that it serves the fake engine and
 * V8 alike.
 */
#ifndef FIXTURE_H
#define FIXTURE_H

#include "tap.h"
#include "v8pool.h"

#include <pthread.h>
#include <string.h>

#define IS_STATUS(got, wanted)                                                 \
    IS_STR(v8pool_status_text(got), v8pool_status_text(wanted))

/* What went through config->log. */
#define LOGGED_MAX 256
struct logged {
    v8pool_log_level level;
    char bundle[64];
    char text[4096];
    int has_error;
    v8pool_error error;
};
struct recorder {
    pthread_mutex_t mtx;
    unsigned count;               /* guarded by mtx; may exceed LOGGED_MAX */
    struct logged lines[LOGGED_MAX]; /* guarded by mtx */
};

/* Owns: free with recorder_destroy(), after the pool. */
struct recorder *recorder_create(void);
void recorder_destroy(struct recorder **recorder);
/* How many lines so far; with `text`, of those that contain it. */
unsigned recorder_count(struct recorder *recorder, const char *text);
/* The first line that contains text, or NULL.  A line never changes. */
const struct logged *recorder_find(struct recorder *recorder,
                                   const char *text);

/* Defaults, this many isolates, and `recorder` (may be NULL) as the log. */
void pool_config(v8pool_config *config, unsigned isolates,
                 struct recorder *recorder);
/* Fail a check and return NULL where something goes wrong. */
v8pool *pool_open(const v8pool_config *config);
v8pool *pool_of(unsigned isolates);
v8pool_bundle *bundle_of(v8pool *pool, const char *name, const char *source);
v8pool_status bundle_try(v8pool *pool, const char *name, const char *source,
                         const char *entry, v8pool_error *err);

v8pool_stats pool_stats(v8pool *pool);
/* Threads of this process.  One that was joined may be seen for a moment yet:
 * wait until the number is right.  A sanitizer's own are counted, too. */
unsigned thread_count(void);

struct reply {
    v8pool_status status;
    v8pool_answer answer;
    v8pool_error error;
};
/* Renders url with the given time limit.  Owns: reply_clear(). */
v8pool_status reply_get(struct reply *reply, v8pool *pool,
                        const v8pool_bundle *bundle, const char *url,
                        uint32_t timeout_ms);
v8pool_status reply_send(struct reply *reply, v8pool *pool,
                         const v8pool_bundle *bundle,
                         const v8pool_request *request);
/* The body, NUL-terminated: until reply_clear(). */
const char *reply_body(struct reply *reply);
/* The first header of that name, case ignored; NULL: none. */
const char *reply_header(const struct reply *reply, const char *name);
void reply_clear(struct reply *reply);

/* Renders and forgets; whether it was OK with this body (NULL: any). */
int renders(v8pool *pool, const v8pool_bundle *bundle, const char *url,
            const char *body);

/* NULL where it is refused. */
v8pool_job *submit(v8pool *pool, const v8pool_bundle *bundle, const char *url,
                   uint32_t timeout_ms);
/* The same with a body that the caller is to send. */
v8pool_job *upload(v8pool *pool, const v8pool_bundle *bundle, const char *url,
                   uint32_t timeout_ms);
/* Reads to the end; the job is released. */
v8pool_status finish(v8pool_job **job);

/* Runs it in a child and returns what it returns, 0..255; -1: the child died.
 * Memory that is not shared comes as a copy. */
int fork_and_run(int (*run)(const void *arg), const void *arg);

#endif /* FIXTURE_H */
