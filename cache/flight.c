/* SPDX-License-Identifier: Apache-2.0
 *
 * flight.c: one renders, the others wait.  A flight is in the air while its
 * ticket is odd; followers sleep on the ticket (futex), in short pieces, so
 * that a leader's death is noticed.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE /* syscall */
#endif
#include "layout.h"

#include <errno.h>
#include <limits.h>
#include <linux/futex.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

/* Cells where a key's flight may be. */
#define WINDOW 16
#define LOOK_MS 100

static rc_flight *flight_at(const rcache *c, const uint64_t hash[2], unsigned i)
{
    return &c->flights[((uint32_t)hash[0] + i) % RC_FLIGHTS];
}

static int in_the_air(const rc_flight *flight)
{
    return (atomic_load(&flight->ticket) & 1) != 0;
}

static int leader_lives(const rcache *c, const rc_flight *flight)
{
    const rc_process *process = &c->processes[atomic_load(&flight->process)];

    return RC_WHO_STATE(atomic_load(&process->who)) == RC_JOINED &&
           atomic_load(&process->epoch) == atomic_load(&flight->epoch);
}

static int is_of(const rc_flight *flight, const uint64_t hash[2])
{
    return atomic_load(&flight->hash[0]) == hash[0] &&
           atomic_load(&flight->hash[1]) == hash[1];
}

static void wake(rc_flight *flight)
{
    syscall(SYS_futex, &flight->ticket, FUTEX_WAKE, INT_MAX, NULL, NULL, 0);
}

static void lead(rcache *c, rc_flight *flight, const uint64_t hash[2])
{
    uint32_t ticket = atomic_load(&flight->ticket);

    atomic_store(&flight->process, (uint32_t)(c->self - c->processes));
    atomic_store(&flight->epoch, atomic_load(&c->self->epoch));
    atomic_store(&flight->hash[0], hash[0]);
    atomic_store(&flight->hash[1], hash[1]);
    /* the next odd number */
    atomic_store(&flight->ticket, (ticket + 1) | 1);
    wake(flight); /* followers of a dead leader */
}

/* One that can be led: of this key and its leader is dead, or none at all. */
static rc_flight *choose(rcache *c, const uint64_t hash[2], int *following)
{
    rc_flight *unused = NULL;
    unsigned i;

    *following = 0;
    for (i = 0; i < WINDOW; i++) {
        rc_flight *flight = flight_at(c, hash, i);
        int usable = !in_the_air(flight) || !leader_lives(c, flight);

        if (!usable && is_of(flight, hash)) {
            *following = 1;
            return flight;
        }
        if (usable && unused == NULL) {
            unused = flight;
        }
    }
    return unused;
}

enum rcache_flight_role rcache_flight_begin(rcache *cache,
                                            const rcache_key *key,
                                            rcache_flight *flight)
{
    pthread_mutex_t *lock = &cache->header->flight_lock;
    int following;
    rc_flight *chosen;
    int rc = cache->self != NULL ? rc_mutex_lock(lock) : EINVAL;

    if (rc == EOWNERDEAD) {
        rc = pthread_mutex_consistent(lock); /* any cell is usable or not */
    }
    if (rc != 0) {
        return RCACHE_ALONE;
    }
    chosen = choose(cache, key->hash, &following);
    if (chosen != NULL && !following) {
        lead(cache, chosen, key->hash);
    }
    if (chosen != NULL) {
        flight->cell = (uint32_t)(chosen - cache->flights);
        flight->ticket = atomic_load(&chosen->ticket);
    }
    pthread_mutex_unlock(lock);
    return chosen == NULL ? RCACHE_ALONE
           : following    ? RCACHE_FOLLOWER
                          : RCACHE_LEADER;
}

void rcache_flight_end(rcache *cache, const rcache_flight *flight)
{
    rc_flight *cell = &cache->flights[flight->cell];
    uint32_t ticket = flight->ticket;

    if (atomic_compare_exchange_strong(&cell->ticket, &ticket, ticket + 1)) {
        wake(cell);
    }
}

static int64_t now_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void sleep_on(rc_flight *cell, uint32_t ticket, int64_t ms)
{
    struct timespec piece = {0, 0};

    piece.tv_nsec = (long)(ms < LOOK_MS ? ms : LOOK_MS) * 1000000L;
    syscall(SYS_futex, &cell->ticket, FUTEX_WAIT, ticket, &piece, NULL, 0);
}

int rcache_flight_wait(rcache *cache, const rcache_flight *flight, unsigned ms)
{
    rc_flight *cell = &cache->flights[flight->cell];
    int64_t until = now_ms() + ms;

    for (;;) {
        int64_t left = until - now_ms();

        if (atomic_load(&cell->ticket) != flight->ticket ||
            !leader_lives(cache, cell)) {
            return 1;
        }
        if (left <= 0) {
            return 0;
        }
        sleep_on(cell, flight->ticket, left);
    }
}
