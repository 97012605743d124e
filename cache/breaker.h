/* SPDX-License-Identifier: Apache-2.0
 *
 * breaker.h: a server that does not answer is left alone for a while.
 *
 * closed   calls pass; so many failures in a row open it
 * open     nothing passes until a time
 * probing  one call passes; its outcome closes or opens.  A prober that never
 *          reports (its process was killed) loses its turn after a time
 *
 * One number in memory that processes may share; zero = closed.  Knows no
 * clock: times are microseconds of CLOCK_MONOTONIC, which all processes of a
 * host share, and come from the caller.
 *
 * Thread: any.  Blocks: never; takes no lock, so that nobody can die in one.
 */
#ifndef RCACHE_BREAKER_H
#define RCACHE_BREAKER_H

#include <stdatomic.h>
#include <stdint.h>

typedef struct rcache_breaker {
    _Atomic uint64_t word; /* time, failures and state; see breaker.c */
} rcache_breaker;

typedef struct rcache_breaker_rule {
    uint32_t failures; /* in a row that open it, 1..255 */
    uint32_t open_ms;  /* how long nothing passes; up to a quarter is added,
                        * so that hosts do not probe together */
    uint32_t probe_ms; /* when a probe that has not reported is given up;
                        * longer than a call takes; at least 1 */
} rcache_breaker_rule;

enum rcache_breaker_state {
    RCACHE_BREAKER_CLOSED,
    RCACHE_BREAKER_OPEN,
    RCACHE_BREAKER_PROBING
};

/* A ticket: 0 = do not call; else call and hand it to rcache_breaker_leave()
 * (not doing so forgets the outcome, nothing worse). */
uint64_t rcache_breaker_enter(rcache_breaker *breaker,
                              const rcache_breaker_rule *rule, int64_t now_us);

/* How the call ended.  1: it opened a closed breaker.  Ignored: what a call
 * that passed before it opened has to say now, and a probe that came back
 * after its turn. */
int rcache_breaker_leave(rcache_breaker *breaker,
                         const rcache_breaker_rule *rule, uint64_t ticket,
                         int ok, int64_t now_us);

/* For a status page.  An open breaker whose time is over is still OPEN: until
 * somebody calls, nobody knows. */
enum rcache_breaker_state rcache_breaker_state(const rcache_breaker *breaker);

#endif /* RCACHE_BREAKER_H */
