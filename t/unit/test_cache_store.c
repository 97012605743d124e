/* SPDX-License-Identifier: Apache-2.0
 *
 * test_cache_store.c: one thread and the store.
 */
#include "cache_fixture.h"
#include "tap.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

static void test_format_too_small_is_refused(void)
{
    static char small[4096] __attribute__((aligned(4096)));

    IS_INT(rcache_format(small, sizeof(small), 1), EINVAL);
    OK(rcache_open(small, sizeof(small)) == NULL);
}

static void test_open_other_size_or_version_is_refused(void)
{
    rcache *cache = cache_of(4 * MB, 1);
    void *copy = mmap(NULL, 4 * MB, PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    IS_INT(rcache_format(copy, 4 * MB, 1), 0);
    OK(rcache_open(copy, 8 * MB) == NULL);
    ((unsigned char *)copy)[8]++; /* the version */
    OK(rcache_open(copy, 4 * MB) == NULL);
    munmap(copy, 4 * MB);
    cache_end(&cache);
}

static void test_put_is_found_until_removed(void)
{
    rcache *cache = cache_of(4 * MB, 1);
    char buffer[32];
    rcache_key key;

    IS_INT(get_page(cache, 1), 0);
    IS_INT(put_page(cache, 1, 1000, NULL, 1), RCACHE_STORED);
    IS_INT(put_page(cache, 2, 0, NULL, 1), RCACHE_STORED);
    IS_INT(get_page(cache, 1), 1);
    IS_INT(get_page(cache, 2), 1);
    IS_INT(get_page(cache, 3), 0);
    key_of_page(cache, &key, buffer, 1);
    rcache_remove(cache, &key);
    IS_INT(get_page(cache, 1), 0);
    IS_INT(get_page(cache, 2), 1);
    IS_INT(cache_stats(cache).entries, 1);
    cache_end(&cache);
}

static void test_put_again_replaces(void)
{
    rcache *cache = cache_of(4 * MB, 1);
    uint64_t used;

    put_page(cache, 1, 5000, NULL, 1);
    used = cache_stats(cache).used;
    IS_INT(put_page(cache, 1, 700, NULL, 1), RCACHE_STORED);
    IS_INT(get_page(cache, 1), 1);
    IS_INT(cache_stats(cache).entries, 1);
    IS_INT(cache_stats(cache).replaced, 1);
    OK(cache_stats(cache).used < used);
    cache_end(&cache);
}

static void test_equal_hash_other_key_is_a_miss(void)
{
    rcache *cache = cache_of(4 * MB, 1);
    char buffer[32], other[32];
    rcache_key key, forged;
    rcache_hit hit;

    put_page(cache, 1, 100, NULL, 1);
    key_of_page(cache, &key, buffer, 1);
    key_of_page(cache, &forged, other, 2);
    memcpy(forged.hash, key.hash, sizeof(key.hash));
    OK(!rcache_find(cache, &forged, &hit));
    OK(rcache_find(cache, &key, &hit));
    rcache_release(cache, &hit);
    cache_end(&cache);
}

static void test_sizes_from_nothing_to_a_quarter_of_the_shard(void)
{
    rcache *cache = cache_of(16 * MB, 1);
    size_t length;
    unsigned n = 0;

    for (length = 1; length < 3 * MB; length = length * 5 / 3 + 1) {
        IS_INT(put_page(cache, n, length, NULL, 1), RCACHE_STORED);
        IS_INT(get_page(cache, n++), 1);
    }
    IS_INT(put_page(cache, n, 5 * MB, NULL, 1), RCACHE_TOO_LARGE);
    IS_INT(put_page(cache, n, 41600, NULL, 1), RCACHE_STORED);
    cache_end(&cache);
}

/* What an entry wastes: a sixteenth of it and a granule. */
static void test_memory_is_hardly_wasted(void)
{
    rcache *cache = cache_of(16 * MB, 1);
    unsigned seed = 7, n;
    uint64_t asked = 0;

    for (n = 0; n < 200; n++) {
        size_t length = random_number(&seed) % 60000;

        put_page(cache, n, length, NULL, 1);
        asked += length + 400;
    }
    IS_INT(cache_stats(cache).entries, 200);
    OK(cache_stats(cache).used < asked + asked / 12);
    cache_end(&cache);
}

static void test_full_store_evicts_and_stays_whole(void)
{
    rcache *cache = cache_of(8 * MB, 1);
    unsigned seed = 3, n, found = 0, wrong = 0;

    for (n = 0; n < 5000; n++) {
        size_t length = n % 100 == 0 ? MB : random_number(&seed) % 30000;

        if (put_page(cache, n, length, NULL, 1) != RCACHE_STORED) {
            wrong++;
        }
    }
    IS_INT(wrong, 0);
    cache_is_whole(cache, "full");
    for (n = 0; n < 5000; n++) {
        int got = get_page(cache, n);

        found += got == 1;
        wrong += got < 0;
    }
    IS_INT(wrong, 0);
    IS_INT(found, cache_stats(cache).entries);
    OK(found > 50);
    OK(cache_stats(cache).used > cache_stats(cache).bytes * 3 / 4);
    cache_end(&cache);
}

/* Small entries everywhere, then large ones: they fit in what is there. */
static void test_large_after_many_small_fit(void)
{
    rcache *cache = cache_of(8 * MB, 1);
    unsigned n;

    for (n = 0; n < 20000; n++) {
        put_page(cache, n, 300, NULL, 1);
    }
    for (n = 0; n < 20; n++) {
        IS_INT(put_page(cache, 100000 + n, MB, NULL, 1), RCACHE_STORED);
        IS_INT(get_page(cache, 100000 + n), 1);
    }
    cache_end(&cache);
}

/* What is asked for again and again survives a crawler. */
static void test_scan_does_not_push_out_what_is_used(void)
{
    rcache *cache = cache_of(8 * MB, 1);
    unsigned n, round, lost = 0;

    for (n = 0; n < 50; n++) {
        put_page(cache, n, 20000, NULL, 1);
    }
    for (round = 0; round < 3; round++) {
        for (n = 0; n < 50; n++) {
            get_page(cache, n);
        }
    }
    for (n = 1000; n < 4000; n++) {
        put_page(cache, n, 20000, NULL, 1);
        if (n % 20 == 0) {
            get_page(cache, (n / 20) % 50);
        }
    }
    for (n = 0; n < 50; n++) {
        lost += get_page(cache, n) != 1;
    }
    OK(lost <= 5);
    tap_note("%u of 50 lost", lost);
    cache_end(&cache);
}

static void test_pinned_memory_stays_after_remove(void)
{
    rcache *cache = cache_of(4 * MB, 1);
    char buffer[32];
    rcache_key key;
    rcache_hit hit;
    unsigned n;

    put_page(cache, 1, 30000, NULL, 1);
    key_of_page(cache, &key, buffer, 1);
    OK(rcache_find(cache, &key, &hit));
    rcache_remove(cache, &key);
    IS_INT(get_page(cache, 1), 0);
    IS_INT(cache_stats(cache).zombies, 1);
    for (n = 2; n < 2000; n++) {
        put_page(cache, n, 5000, NULL, 1);
    }
    OK(page_is_right(&hit, 1));
    cache_is_whole(cache, "with a zombie");
    rcache_release(cache, &hit);
    put_page(cache, 2, 5000, NULL, 1);
    IS_INT(cache_stats(cache).zombies, 0);
    cache_end(&cache);
}

static void test_all_pinned_refuses(void)
{
    rcache *cache = cache_of(4 * MB, 1);
    rcache_hit hits[400];
    unsigned n, pinned = 0;

    for (n = 0; n < 400; n++) {
        char buffer[32];
        rcache_key key;

        key_of_page(cache, &key, buffer, n);
        if (put_page(cache, n, 20000, NULL, 1) == RCACHE_STORED &&
            rcache_find(cache, &key, &hits[pinned])) {
            pinned++;
        }
    }
    OK(pinned > 50 && pinned < 250);
    IS_INT(put_page(cache, 1000, 20000, NULL, 1), RCACHE_NO_ROOM);
    while (pinned > 0) {
        rcache_release(cache, &hits[--pinned]);
    }
    IS_INT(put_page(cache, 1000, 20000, NULL, 1), RCACHE_STORED);
    cache_end(&cache);
}

static void test_split_hit_is_pinned_by_each_part(void)
{
    rcache *cache = cache_of(8 * MB, 1);
    char buffer[32];
    rcache_key key;
    rcache_hit hit;
    unsigned i;

    put_page(cache, 1, 41600, NULL, 1);
    key_of_page(cache, &key, buffer, 1);
    OK(rcache_find(cache, &key, &hit));
    OK(hit.body_parts > 1);
    OK(rcache_hit_split(cache, &hit));
    rcache_remove(cache, &key);
    for (i = 0; i < hit.body_parts; i++) {
        put_page(cache, 5, 10, NULL, 1); /* sweeps */
        IS_INT(cache_stats(cache).zombies, 1);
        rcache_part_free(hit.body[i].iov_base);
    }
    put_page(cache, 5, 10, NULL, 1);
    IS_INT(cache_stats(cache).zombies, 0);
    cache_end(&cache);
}

static void test_pins_run_out_as_a_miss(void)
{
    rcache *cache = cache_of(32 * MB, 1);
    static rcache_hit hits[1200];
    unsigned n, pinned = 0;

    for (n = 0; n < 1200; n++) {
        char buffer[32];
        rcache_key key;

        put_page(cache, n, 100, NULL, 1);
        key_of_page(cache, &key, buffer, n);
        pinned += (unsigned)rcache_find(cache, &key, &hits[pinned]);
    }
    OK(pinned > 600 && pinned <= 1024);
    while (pinned > 0) {
        rcache_release(cache, &hits[--pinned]);
    }
    IS_INT(get_page(cache, 1199), 1);
    cache_end(&cache);
}

static void test_purge_hits_what_was_rendered_before(void)
{
    rcache *cache = cache_of(4 * MB, 1);

    put_page(cache, 1, 100, "red", 1000);
    put_page(cache, 2, 100, "blue", 1000);
    put_page(cache, 3, 100, NULL, 1000);
    rcache_purge(cache, tag_of("red"), 0, 1500);
    IS_INT(get_page(cache, 1), 0);
    IS_INT(get_page(cache, 2), 1);
    IS_INT(get_page(cache, 3), 1);
    /* a render that was under way when the purge came */
    IS_INT(put_page(cache, 1, 100, "red", 1500), RCACHE_PURGED);
    IS_INT(put_page(cache, 1, 100, "red", 1501), RCACHE_STORED);
    IS_INT(get_page(cache, 1), 1);
    /* an older purge that comes late changes nothing */
    rcache_purge(cache, tag_of("red"), 0, 1200);
    IS_INT(get_page(cache, 1), 1);
    cache_end(&cache);
}

static void test_soft_purge_makes_stale(void)
{
    rcache *cache = cache_of(4 * MB, 1);
    char buffer[32];
    rcache_key key;
    rcache_hit hit;
    uint64_t tag = tag_of("red");

    put_page(cache, 1, 100, "red", 1000);
    key_of_page(cache, &key, buffer, 1);
    OK(rcache_find(cache, &key, &hit));
    IS_INT(hit.soft_purged, 0);
    rcache_release(cache, &hit);
    rcache_purge(cache, tag, 1, 1000);
    OK(rcache_find(cache, &key, &hit));
    IS_INT(hit.soft_purged, 1);
    IS_INT(hit.tag_count, 1);
    rcache_release(cache, &hit);
    OK(rcache_is_purged(cache, &tag, 1, 1000));
    OK(!rcache_is_purged(cache, &tag, 1, 1001));
    cache_end(&cache);
}

static void test_join_more_than_room_is_refused(void)
{
    rcache *cache = cache_of(4 * MB, 1);

    IS_INT(cache_stats(cache).processes, 1);
    IS_INT(rcache_join(cache), ENOSPC);
    cache_end(&cache);
}

static void test_large_segment_has_shards_that_are_used(void)
{
    rcache *cache = cache_of(256 * MB, 2);
    unsigned n, wrong = 0;

    for (n = 0; n < 20000; n++) {
        wrong += put_page(cache, n, 3000, NULL, 1) != RCACHE_STORED;
    }
    for (n = 0; n < 20000; n++) {
        wrong += get_page(cache, n) != 1;
    }
    IS_INT(wrong, 0);
    IS_INT(cache_stats(cache).entries, 20000);
    cache_end(&cache);
}

TAP_MAIN(
    RUN(test_format_too_small_is_refused),
    RUN(test_open_other_size_or_version_is_refused),
    RUN(test_put_is_found_until_removed), RUN(test_put_again_replaces),
    RUN(test_equal_hash_other_key_is_a_miss),
    RUN(test_sizes_from_nothing_to_a_quarter_of_the_shard),
    RUN(test_memory_is_hardly_wasted),
    RUN(test_full_store_evicts_and_stays_whole),
    RUN(test_large_after_many_small_fit),
    RUN(test_scan_does_not_push_out_what_is_used),
    RUN(test_pinned_memory_stays_after_remove), RUN(test_all_pinned_refuses),
    RUN(test_split_hit_is_pinned_by_each_part),
    RUN(test_pins_run_out_as_a_miss),
    RUN(test_purge_hits_what_was_rendered_before),
    RUN(test_soft_purge_makes_stale), RUN(test_join_more_than_room_is_refused),
    RUN(test_large_segment_has_shards_that_are_used))
