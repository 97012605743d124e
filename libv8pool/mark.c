/* SPDX-License-Identifier: Apache-2.0
 *
 * mark.c: plain stores, nothing that could fail: a signal may end the process
 * between any two of them, so the state comes last.
 */
#include "mark.h"

#include "engine/run.h"

#include <string.h>

static v8pool_mark *mark_of(const v8pool *pool, unsigned worker)
{
    const v8pool_guard *guard = &pool->config.guard;

    return guard->marks != NULL && worker < guard->mark_count
               ? &guard->marks[worker]
               : NULL;
}

static void copy(char *to, size_t size, const char *from)
{
    size_t length = strnlen(from, size - 1);

    memcpy(to, from, length);
    to[length] = '\0';
}

static void store(v8pool_mark *mark, uint32_t state)
{
    __atomic_store_n(&mark->state, state, __ATOMIC_RELEASE);
}

void v8p_mark_set(const struct v8p_worker *worker, const v8pool_job *job)
{
    v8pool_mark *mark = mark_of(worker->pool, worker->index);

    if (mark == NULL) {
        return;
    }
    mark->owner = job->request.owner;
    copy(mark->bundle, sizeof(mark->bundle), job->bundle->name);
    copy(mark->url, sizeof(mark->url), job->request.url);
    v8e_run_blame(&mark->state, V8POOL_MARK_FATAL);
    store(mark, V8POOL_MARK_TURN);
}

void v8p_mark_clear(const struct v8p_worker *worker)
{
    v8pool_mark *mark = mark_of(worker->pool, worker->index);

    if (mark != NULL) {
        v8e_run_blame(NULL, 0);
        store(mark, V8POOL_MARK_FREE);
    }
}

void v8p_mark_stuck(const v8pool *pool, unsigned worker)
{
    v8pool_mark *mark = mark_of(pool, worker);
    uint32_t turn = V8POOL_MARK_TURN;

    if (mark != NULL) { /* unless it ends just now */
        __atomic_compare_exchange_n(&mark->state, &turn, V8POOL_MARK_STUCK, 0,
                                    __ATOMIC_RELEASE, __ATOMIC_RELAXED);
    }
}
