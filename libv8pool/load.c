/* SPDX-License-Identifier: Apache-2.0
 *
 * load.c: one bundle into one isolate.
 */
#include "load.h"

#include "error.h"

#include <stdlib.h>
#include <string.h>

struct load_log {
    v8pool *pool;
    const v8pool_bundle *bundle;
};

static int refuse_head(void *baton, int status, const v8pool_header *headers,
                       size_t count, int streamed)
{
    (void)baton, (void)status, (void)headers, (void)count, (void)streamed;
    return 1;
}

static int refuse_chunk(void *baton, char *data, size_t length)
{
    (void)baton, (void)length;
    free(data);
    return 1;
}

static int no_room(void *baton)
{
    (void)baton;
    return 0;
}

static void log_line(void *baton, v8pool_log_level level, const char *text,
                     size_t length)
{
    const struct load_log *log = baton;
    const v8pool_config *c = &log->pool->config;
    char line[1024];

    if (c->log != NULL) {
        v8p_text_copy(line, sizeof(line), text, length, 0);
        c->log(c->log_baton, level, log->bundle->name, line, NULL);
    }
}

static int grow(v8e_context ***list, unsigned from, unsigned to)
{
    v8e_context **grown = realloc(*list, to * sizeof(*grown));

    if (grown == NULL) {
        return 0;
    }
    memset(grown + from, 0, (to - from) * sizeof(*grown));
    *list = grown;
    return 1;
}

static int make_room(struct v8p_worker *worker, unsigned bundle)
{
    unsigned slots = bundle + 1;

    if (bundle < worker->context_slots) {
        return 1;
    }
    if (!grow(&worker->contexts, worker->context_slots, slots) ||
        !grow(&worker->spares, worker->context_slots, slots)) {
        return 0;
    }
    worker->context_slots = slots;
    return 1;
}

static v8pool_status evaluate(struct v8p_worker *worker, v8pool_bundle *bundle,
                              v8e_context **out, v8pool_error *err)
{
    v8pool *pool = worker->pool;
    uint32_t limit_ms = pool->config.load_timeout_ms;
    struct load_log log = {pool, bundle};
    v8e_sink sink = {&log, refuse_head, refuse_chunk, no_room, log_line};
    v8e_script script = v8p_bundle_script(bundle);
    v8e_context *context;
    enum v8p_fired fired;

    v8p_error_set(err, V8POOL_OK, "%s", "");
    v8p_watchdog_arm(&pool->watchdog, worker->index, worker->isolate, NULL,
                     v8p_after_ms(v8p_now_us(), limit_ms));
    context = v8e_context_create(worker->isolate, &script, &sink, err);
    fired = v8p_watchdog_disarm(&pool->watchdog, worker->index);
    if (fired != V8P_NOT_FIRED) {
        if (context != NULL) {
            v8e_context_destroy(&context);
        }
        if (fired == V8P_FIRED_STOP) {
            return v8p_error_set(err, V8POOL_E_STOPPED, "the pool is stopping");
        }
        return v8p_error_message(
            err, V8POOL_E_TIMEOUT,
            "the script is still being evaluated after %u ms",
            (unsigned)limit_ms);
    }
    if (context == NULL) {
        return err->status;
    }
    *out = context;
    return V8POOL_OK;
}

v8pool_status v8p_load_fresh(struct v8p_worker *worker, v8pool_bundle *bundle,
                             v8e_context **context, v8pool_error *err)
{
    return evaluate(worker, bundle, context, err);
}

/* Tells the waiting v8pool_bundle_load(), and the log the first time. */
static void report(v8pool *pool, v8pool_bundle *bundle, v8pool_status status,
                   const v8pool_error *err)
{
    int tell = 0;

    pthread_mutex_lock(&pool->mtx);
    if (status == V8POOL_OK) {
        bundle->successes++;
    }
    else if (bundle->successes == 0 && bundle->status == V8POOL_OK &&
             status != V8POOL_E_STOPPED) {
        bundle->status = status;
        bundle->error = *err;
        tell = 1;
    }
    pthread_cond_broadcast(&pool->changed);
    pthread_mutex_unlock(&pool->mtx);
    if (tell && pool->config.log != NULL) {
        pool->config.log(pool->config.log_baton, V8POOL_LOG_ERROR,
                         bundle->name, err->message, err);
    }
}

/* Whether it is known to be unusable; *err then says what a render gets. */
static int given_up(v8pool *pool, v8pool_bundle *bundle, v8pool_error *err)
{
    int bad;

    pthread_mutex_lock(&pool->mtx);
    bad = bundle->status != V8POOL_OK;
    if (bad) {
        *err = bundle->error;
        err->status = V8POOL_E_BUNDLE;
    }
    pthread_mutex_unlock(&pool->mtx);
    return bad;
}

v8pool_status v8p_load_bundle(struct v8p_worker *worker, unsigned index,
                              v8pool_error *err)
{
    v8pool *pool = worker->pool;
    v8pool_error own;
    v8pool_bundle *bundle;
    v8pool_status status;

    if (err == NULL) {
        err = &own;
    }
    pthread_mutex_lock(&pool->mtx);
    bundle = pool->bundles[index];
    pthread_mutex_unlock(&pool->mtx);
    if (given_up(pool, bundle, err)) {
        return V8POOL_E_BUNDLE;
    }
    if (!make_room(worker, index)) {
        status = v8p_error_set(err, V8POOL_E_MEMORY, "no memory for a context");
    }
    else {
        status = evaluate(worker, bundle, &worker->contexts[index], err);
    }
    report(pool, bundle, status, err);
    return status;
}
