/* SPDX-License-Identifier: Apache-2.0
 *
 * test_cache_flight.c: one leads, the others wait.
 */
#include "cache_fixture.h"
#include "tap.h"

#include <pthread.h>
#include <stdio.h>

static void test_second_follows_until_the_first_ends(void)
{
    rcache *cache = cache_of(4 * MB, 1);
    char buffer[32], other[32];
    rcache_key key, key2;
    rcache_flight first, second, third;

    key_of_page(cache, &key, buffer, 1);
    key_of_page(cache, &key2, other, 2);
    IS_INT(rcache_flight_begin(cache, &key, &first), RCACHE_LEADER);
    IS_INT(rcache_flight_begin(cache, &key, &second), RCACHE_FOLLOWER);
    IS_INT(rcache_flight_begin(cache, &key2, &third), RCACHE_LEADER);
    IS_INT(rcache_flight_wait(cache, &second, 1), 0);
    rcache_flight_end(cache, &first);
    IS_INT(rcache_flight_wait(cache, &second, WAIT_MS), 1);
    IS_INT(rcache_flight_begin(cache, &key, &second), RCACHE_LEADER);
    /* ended twice: the one that flies now goes on */
    rcache_flight_end(cache, &first);
    IS_INT(rcache_flight_begin(cache, &key, &first), RCACHE_FOLLOWER);
    rcache_flight_end(cache, &second);
    rcache_flight_end(cache, &third);
    cache_end(&cache);
}

static void test_no_room_for_a_flight_is_alone(void)
{
    rcache *cache = cache_of(4 * MB, 1);
    static rcache_flight flights[5000];
    unsigned n, leaders = 0, alone = 0;

    for (n = 0; n < 5000; n++) {
        char buffer[32];
        rcache_key key;

        key_of_page(cache, &key, buffer, n);
        switch (rcache_flight_begin(cache, &key, &flights[leaders])) {
        case RCACHE_LEADER:
            leaders++;
            break;
        case RCACHE_ALONE:
            alone++;
            break;
        default:
            break;
        }
    }
    IS_INT(leaders + alone, 5000);
    OK(leaders <= 4096 && leaders > 3000);
    while (leaders > 0) {
        rcache_flight_end(cache, &flights[--leaders]);
    }
    cache_end(&cache);
}

struct crowd {
    rcache *cache;
    rcache_key key;
    _Atomic unsigned renders, woken, late;
};

static void *ask(void *data)
{
    struct crowd *crowd = data;

    while (!get_page(crowd->cache, 1)) {
        rcache_flight flight;

        switch (rcache_flight_begin(crowd->cache, &crowd->key, &flight)) {
        case RCACHE_LEADER:
            if (!get_page(crowd->cache, 1)) { /* it came in between */
                crowd->renders++;
                usleep(20000);
                put_page(crowd->cache, 1, 40000, NULL, 1);
            }
            rcache_flight_end(crowd->cache, &flight);
            break;
        case RCACHE_FOLLOWER:
            crowd->late += !rcache_flight_wait(crowd->cache, &flight, WAIT_MS);
            crowd->woken++;
            break;
        default:
            return NULL;
        }
    }
    return NULL;
}

static void test_crowd_causes_one_render(void)
{
    enum { CROWD = 64 };
    struct crowd crowd = {.cache = cache_of(4 * MB, 1)};
    char buffer[32];
    pthread_t threads[CROWD];
    int i;

    key_of_page(crowd.cache, &crowd.key, buffer, 1);
    for (i = 0; i < CROWD; i++) {
        pthread_create(&threads[i], NULL, ask, &crowd);
    }
    for (i = 0; i < CROWD; i++) {
        pthread_join(threads[i], NULL);
    }
    IS_INT(crowd.renders, 1);
    OK(crowd.woken > 0);
    IS_INT(crowd.late, 0);
    cache_end(&crowd.cache);
}

TAP_MAIN(RUN(test_second_follows_until_the_first_ends),
         RUN(test_no_room_for_a_flight_is_alone),
         RUN(test_crowd_causes_one_render))
