/* SPDX-License-Identifier: Apache-2.0
 *
 * test_cache_threads.c: many threads of one process; for ThreadSanitizer, too.
 */
#include "cache_fixture.h"
#include "tap.h"

#include <pthread.h>

#define THREADS 6
#define STEPS 4000

struct crew {
    rcache *cache;
    _Atomic unsigned next, wrong, found, stored;
};

/* A hit whose parts are given back one by one, as buckets do. */
static void read_in_parts(struct crew *crew, unsigned n)
{
    char buffer[32];
    rcache_key key;
    rcache_hit hit;
    unsigned i;

    key_of_page(crew->cache, &key, buffer, n);
    if (!rcache_find(crew->cache, &key, &hit)) {
        return;
    }
    crew->found++;
    if (!rcache_hit_split(crew->cache, &hit)) {
        rcache_release(crew->cache, &hit);
        return;
    }
    crew->wrong += !page_is_right(&hit, n);
    for (i = 0; i < hit.body_parts; i++) {
        rcache_part_free(hit.body[i].iov_base);
    }
}

static void step(struct crew *crew, unsigned *seed)
{
    unsigned n = random_number(seed) % 100;
    char buffer[32];
    rcache_key key;

    switch (random_number(seed) % 16) {
    case 0:
    case 1:
    case 2:
        crew->stored += put_page(crew->cache, n, random_number(seed) % 60000,
                                 n % 2 ? "odd" : NULL,
                                 1000 + *seed % 1000) == RCACHE_STORED;
        break;
    case 3:
        key_of_page(crew->cache, &key, buffer, n);
        rcache_remove(crew->cache, &key);
        break;
    case 4:
        rcache_purge(crew->cache, tag_of("odd"), n % 4 == 0, 1000 + n);
        break;
    default:
        read_in_parts(crew, n);
    }
}

static void *work(void *data)
{
    struct crew *crew = data;
    unsigned seed = ++crew->next * 77;
    int i;

    for (i = 0; i < STEPS; i++) {
        step(crew, &seed);
    }
    return NULL;
}

static void test_threads_see_whole_pages_only(void)
{
    struct crew crew = {.cache = cache_of(4 * MB, 1)};
    pthread_t threads[THREADS];
    int i;

    for (i = 0; i < THREADS; i++) {
        pthread_create(&threads[i], NULL, work, &crew);
    }
    for (i = 0; i < THREADS; i++) {
        pthread_join(threads[i], NULL);
    }
    IS_INT(crew.wrong, 0);
    OK(crew.found > 1000);
    OK(crew.stored > 100);
    put_page(crew.cache, 1, 1, NULL, 1); /* sweeps */
    IS_INT(cache_stats(crew.cache).zombies, 0);
    cache_end(&crew.cache);
}

TAP_MAIN(RUN(test_threads_see_whole_pages_only))
