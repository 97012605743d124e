/* SPDX-License-Identifier: Apache-2.0
 *
 * watch.c: a sliding window without a lock.
 *
 * The window is cut into slices.  A slice is one number of 64 bits, so that a
 * child which dies can leave none half-written:
 *
 *     | stamp: 24 bits | renders: 20 bits | errors: 20 bits |
 *
 * The stamp is the count of slices since the machine started.  Slice number n
 * lies at n % SLICES; whoever finds an older stamp there begins it anew.
 */
#include "watch.h"

#include "retained.h"

#include <stdatomic.h>
#include <stdint.h>
#include <sys/mman.h>
#include <time.h>

#define SLICES 12
#define FULL 0xFFFFFu
#define STAMPS 0xFFFFFFu

_Static_assert(ATOMIC_LLONG_LOCK_FREE == 2, "64 bits without a lock");

struct v8ssr_watch {
    _Atomic uint64_t slices[V8SSR_VERSIONS][SLICES];
    _Atomic int rolled_back;
    apr_interval_time_t slice; /* microseconds; const after create */
};

static apr_status_t unmap(void *watch)
{
    munmap(watch, sizeof(v8ssr_watch));
    return APR_SUCCESS;
}

v8ssr_watch *v8ssr_watch_create(apr_pool_t *p, apr_interval_time_t window)
{
    v8ssr_watch *watch = v8ssr_map_shared(sizeof(*watch));

    if (watch == NULL) {
        ap_abort_on_oom();
    }
    watch->slice = window / SLICES;
    apr_pool_cleanup_register(p, watch, unmap, apr_pool_cleanup_null);
    return watch;
}

static uint64_t pack(uint32_t stamp, uint32_t renders, uint32_t errors)
{
    return (uint64_t)stamp << 40 | (uint64_t)renders << 20 | errors;
}

static uint32_t stamp_of(uint64_t slice)
{
    return (uint32_t)(slice >> 40);
}

/* CLOCK_MONOTONIC is the same in all processes, and nobody sets it back. */
static uint64_t slices_so_far(const v8ssr_watch *watch)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return ((uint64_t)now.tv_sec * APR_USEC_PER_SEC +
            (uint64_t)now.tv_nsec / 1000) /
           (uint64_t)watch->slice;
}

/* The slice with one render more.  One that is full stays: its rate counts. */
static uint64_t with_one(uint64_t slice, uint32_t stamp, int failed)
{
    uint32_t renders = slice >> 20 & FULL;

    if (stamp_of(slice) != stamp) {
        return pack(stamp, 1, failed != 0);
    }
    return renders == FULL ? slice
                           : slice + pack(0, 1, failed != 0);
}

void v8ssr_watch_count(v8ssr_watch *watch, v8ssr_version version, int failed)
{
    uint64_t n = slices_so_far(watch);
    uint32_t stamp = n & STAMPS;
    _Atomic uint64_t *at = &watch->slices[version][n % SLICES];
    uint64_t seen = atomic_load(at);
    uint64_t next;

    do {
        next = with_one(seen, stamp, failed);
    } while (!atomic_compare_exchange_weak(at, &seen, next));
}

v8ssr_tally v8ssr_watch_tally(const v8ssr_watch *watch, v8ssr_version version)
{
    uint32_t now = slices_so_far(watch) & STAMPS;
    v8ssr_tally tally = {0, 0};
    int i;

    for (i = 0; i < SLICES; i++) {
        uint64_t slice = atomic_load(&watch->slices[version][i]);

        if (((now - stamp_of(slice)) & STAMPS) < SLICES) {
            tally.renders += slice >> 20 & FULL;
            tally.errors += slice & FULL;
        }
    }
    return tally;
}

int v8ssr_watch_roll_back(v8ssr_watch *watch)
{
    return atomic_exchange(&watch->rolled_back, 1) == 0;
}

int v8ssr_watch_is_rolled_back(const v8ssr_watch *watch)
{
    return atomic_load(&watch->rolled_back);
}
