/* SPDX-License-Identifier: Apache-2.0
 *
 * memory.c: reads what the process has resident, and gives back what it can.
 */
#include "memory.h"

#include "worker.h"

#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

/* Near is four fifths of the limit. */
#define NEAR(limit) ((limit) / 5 * 4)

/* Relief costs every isolate a full collection: not more often. */
#define RELIEF_EVERY_MS 10000u

/* Pages of files and of shared memory are not ours alone.  0: it cannot be
 * read; then there is no guard. */
static size_t resident_bytes(void)
{
    char text[128];
    unsigned long long size, resident, shared;
    int fd = open("/proc/self/statm", O_RDONLY | O_CLOEXEC);
    ssize_t length = fd >= 0 ? read(fd, text, sizeof(text) - 1) : -1;

    if (fd >= 0) {
        close(fd);
    }
    if (length <= 0) {
        return 0;
    }
    text[length] = '\0';
    if (sscanf(text, "%llu %llu %llu", &size, &resident, &shared) != 3 ||
        shared > resident) {
        return 0;
    }
    return (size_t)(resident - shared) * (size_t)sysconf(_SC_PAGESIZE);
}

static void tell(v8pool *pool, size_t resident, int is_over)
{
    const v8pool_guard *guard = &pool->config.guard;
    v8pool_memory memory = {resident, guard->memory_bytes, is_over};

    if (guard->memory != NULL) {
        guard->memory(guard->baton, &memory);
    }
}

static void ask_for_relief(v8pool *pool)
{
    unsigned i;

    pthread_mutex_lock(&pool->mtx);
    for (i = 0; i < pool->slot_count; i++) {
        pool->workers[i].relief_due = 1;
    }
    v8p_worker_poke_all(pool);
    pthread_mutex_unlock(&pool->mtx);
}

void v8p_memory_look(v8pool *pool)
{
    size_t limit = pool->config.guard.memory_bytes;
    size_t resident = resident_bytes();
    uint64_t now_us = v8p_now_us();

    if (resident <= NEAR(limit)) {
        return;
    }
    if (!pool->memory_near) {
        pool->memory_near = 1;
        tell(pool, resident, 0);
    }
    if (now_us >= pool->relief_after_us) {
        pool->relief_after_us = v8p_after_ms(now_us, RELIEF_EVERY_MS);
        ask_for_relief(pool);
    }
    if (resident > limit && !pool->memory_over) {
        pool->memory_over = 1;
        tell(pool, resident, 1);
    }
}

void v8p_memory_relieve(struct v8p_worker *worker)
{
    v8pool *pool = worker->pool;

    pthread_mutex_lock(&pool->mtx);
    worker->relief_due = 0;
    pthread_mutex_unlock(&pool->mtx);
    if (worker->isolate == NULL) {
        return;
    }
    v8e_isolate_collect(worker->isolate);
    if (resident_bytes() > NEAR(pool->config.guard.memory_bytes)) {
        v8p_worker_rebuild(worker);
    }
}
