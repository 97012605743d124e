/* SPDX-License-Identifier: Apache-2.0
 *
 * test_breaker.c: transitions, with a clock of our own; threads at the end.
 */
#include "tap.h"

#include "breaker.h"

#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>

static const rcache_breaker_rule rule = {3, 1000, 100};

#define SECOND 1000000LL
#define START (100 * SECOND)

static int64_t now;

static uint64_t enter(rcache_breaker *b)
{
    return rcache_breaker_enter(b, &rule, now);
}

static int leave(rcache_breaker *b, uint64_t ticket, int ok)
{
    return rcache_breaker_leave(b, &rule, ticket, ok, now);
}

static int fail(rcache_breaker *b)
{
    return leave(b, enter(b), 0);
}

static void open_it(rcache_breaker *b)
{
    memset(b, 0, sizeof(*b));
    now = START;
    fail(b);
    fail(b);
    fail(b);
}

static void test_breaker_zero_is_closed(void)
{
    rcache_breaker b;

    memset(&b, 0, sizeof(b));
    now = START;
    OK(enter(&b) != 0);
    IS_INT(rcache_breaker_state(&b), RCACHE_BREAKER_CLOSED);
}

static void test_breaker_failures_in_a_row_open(void)
{
    rcache_breaker b;

    memset(&b, 0, sizeof(b));
    now = START;
    IS_INT(fail(&b), 0);
    IS_INT(fail(&b), 0);
    OK(enter(&b) != 0);
    IS_INT(fail(&b), 1);
    IS_INT(rcache_breaker_state(&b), RCACHE_BREAKER_OPEN);
    OK(enter(&b) == 0);
}

static void test_breaker_success_between_starts_over(void)
{
    rcache_breaker b;

    memset(&b, 0, sizeof(b));
    now = START;
    fail(&b);
    fail(&b);
    leave(&b, enter(&b), 1);
    IS_INT(fail(&b), 0);
    IS_INT(fail(&b), 0);
    IS_INT(fail(&b), 1);
}

static void test_breaker_open_lets_nothing_pass_in_time(void)
{
    rcache_breaker b;

    open_it(&b);
    now = START + SECOND - 1000;
    OK(enter(&b) == 0);
    now = START + SECOND + SECOND / 4; /* with all of the jitter */
    OK(enter(&b) != 0);
}

static void test_breaker_jitter_spreads(void)
{
    int64_t first = 0;
    int different = 0, i;

    for (i = 0; i < 50; i++) {
        rcache_breaker b;
        int64_t until;

        memset(&b, 0, sizeof(b));
        now = START + i;
        fail(&b);
        fail(&b);
        fail(&b);
        for (until = now; rcache_breaker_enter(&b, &rule, until) == 0;) {
            until += 1000;
        }
        until -= now;
        if (until < SECOND || until > SECOND + SECOND / 4 + 1000) {
            IS_INT(until, SECOND);
        }
        first = i == 0 ? until : first;
        different += until != first;
    }
    OK(different > 25);
}

static void test_breaker_one_probe_at_a_time(void)
{
    rcache_breaker b;
    uint64_t probe;

    open_it(&b);
    now = START + 2 * SECOND;
    probe = enter(&b);
    OK(probe != 0);
    IS_INT(rcache_breaker_state(&b), RCACHE_BREAKER_PROBING);
    OK(enter(&b) == 0);
    leave(&b, probe, 1);
    IS_INT(rcache_breaker_state(&b), RCACHE_BREAKER_CLOSED);
    OK(enter(&b) != 0);
    IS_INT(fail(&b), 0); /* and it takes three again */
    IS_INT(fail(&b), 0);
    IS_INT(fail(&b), 1);
}

static void test_breaker_probe_failed_opens_again(void)
{
    rcache_breaker b;

    open_it(&b);
    now = START + 2 * SECOND;
    IS_INT(leave(&b, enter(&b), 0), 0);
    IS_INT(rcache_breaker_state(&b), RCACHE_BREAKER_OPEN);
    now += SECOND - 1000;
    OK(enter(&b) == 0);
    now += SECOND;
    OK(enter(&b) != 0);
}

static void test_breaker_probe_of_the_dead_expires(void)
{
    rcache_breaker b;
    uint64_t dead, next;

    open_it(&b);
    now = START + 2 * SECOND;
    dead = enter(&b);
    now += 99000;
    OK(enter(&b) == 0);
    now += 1000;
    next = enter(&b);
    OK(next != 0 && next != dead);
    leave(&b, dead, 1); /* it was only slow: not its turn any more */
    IS_INT(rcache_breaker_state(&b), RCACHE_BREAKER_PROBING);
    leave(&b, dead, 0);
    IS_INT(rcache_breaker_state(&b), RCACHE_BREAKER_PROBING);
    leave(&b, next, 1);
    IS_INT(rcache_breaker_state(&b), RCACHE_BREAKER_CLOSED);
}

static void test_breaker_late_outcomes_are_ignored(void)
{
    rcache_breaker b;
    uint64_t before, late, probe;

    memset(&b, 0, sizeof(b));
    now = START;
    before = enter(&b);
    late = enter(&b);
    fail(&b);
    fail(&b);
    fail(&b);
    IS_INT(leave(&b, before, 1), 0);
    IS_INT(rcache_breaker_state(&b), RCACHE_BREAKER_OPEN);
    now = START + 2 * SECOND;
    probe = enter(&b);
    OK(probe != 0);
    IS_INT(leave(&b, late, 1), 0);
    IS_INT(leave(&b, late, 0), 0);
    IS_INT(rcache_breaker_state(&b), RCACHE_BREAKER_PROBING);
    leave(&b, probe, 1);
    IS_INT(leave(&b, 0, 0), 0);
    IS_INT(rcache_breaker_state(&b), RCACHE_BREAKER_CLOSED);
}

/* ---- threads and processes -------------------------------------------------- */

#define THREADS 4
#define ROUNDS 20000

static rcache_breaker common;
static _Atomic int probing, probes, overlaps, opens;

static void *hammer(void *arg)
{
    static const rcache_breaker_rule quick = {2, 1, 1000000};
    unsigned seed = (unsigned)(uintptr_t)arg;
    int64_t clock = START;
    int i;

    for (i = 0; i < ROUNDS; i++, clock += 100) {
        uint64_t ticket = rcache_breaker_enter(&common, &quick, clock);
        int is_probe = (ticket & 3) == RCACHE_BREAKER_PROBING;

        if (is_probe) {
            probes++;
            overlaps += atomic_fetch_add(&probing, 1) != 0;
            sched_yield();
            atomic_fetch_sub(&probing, 1);
        }
        opens += rcache_breaker_leave(&common, &quick, ticket,
                                      rand_r(&seed) % 2, clock);
    }
    return NULL;
}

static void test_breaker_threads_probe_alone(void)
{
    pthread_t thread[THREADS];
    uintptr_t i;

    for (i = 0; i < THREADS; i++) {
        pthread_create(&thread[i], NULL, hammer, (void *)(i + 1));
    }
    for (i = 0; i < THREADS; i++) {
        pthread_join(thread[i], NULL);
    }
    tap_note("%d opens, %d probes", opens, probes);
    OK(opens > 0);
    OK(probes > 0);
    IS_INT(overlaps, 0);
}

static void test_breaker_processes_share_it(void)
{
    rcache_breaker *b = mmap(NULL, sizeof(*b), PROT_READ | PROT_WRITE,
                             MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    int i;

    now = START;
    for (i = 0; i < 3; i++) {
        pid_t pid = fork();

        if (pid == 0) {
            fail(b);
            _exit(0);
        }
        waitpid(pid, NULL, 0);
    }
    OK(enter(b) == 0);
    munmap(b, sizeof(*b));
}

TAP_MAIN(RUN(test_breaker_zero_is_closed),
         RUN(test_breaker_failures_in_a_row_open),
         RUN(test_breaker_success_between_starts_over),
         RUN(test_breaker_open_lets_nothing_pass_in_time),
         RUN(test_breaker_jitter_spreads),
         RUN(test_breaker_one_probe_at_a_time),
         RUN(test_breaker_probe_failed_opens_again),
         RUN(test_breaker_probe_of_the_dead_expires),
         RUN(test_breaker_late_outcomes_are_ignored),
         RUN(test_breaker_threads_probe_alone),
         RUN(test_breaker_processes_share_it))
