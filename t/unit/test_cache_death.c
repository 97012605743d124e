/* SPDX-License-Identifier: Apache-2.0
 *
 * test_cache_death.c: processes that are killed at any instruction.
 */
#include "cache_fixture.h"
#include "tap.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>

#define WORKERS 4
#define ROUNDS 400

struct shared {
    _Atomic unsigned wrong, found, stored;
};

static struct shared *shared_of(void)
{
    return mmap(NULL, sizeof(struct shared), PROT_READ | PROT_WRITE,
                MAP_SHARED | MAP_ANONYMOUS, -1, 0);
}

static void count_page(rcache *cache, struct shared *shared, unsigned n)
{
    int got = get_page(cache, n);

    shared->wrong += got < 0;
    shared->found += got > 0;
}

/* Many of the same keys, and entries of which few fit. */
static void work(rcache *cache, struct shared *shared, unsigned seed)
{
    char buffer[32];
    rcache_key key;

    /* while another process tidies up after the dead, and the machine does not
     * run it, there may be no room: the parent goes on killing meanwhile */
    if (!WAIT_UNTIL(rcache_join(cache) == 0)) {
        _exit(2);
    }
    for (;;) {
        unsigned n = random_number(&seed) % 300;

        switch (random_number(&seed) % 8) {
        case 0:
        case 1:
            shared->stored +=
                put_page(cache, n, random_number(&seed) % 60000, NULL, 1) ==
                RCACHE_STORED;
            break;
        case 2:
            key_of_page(cache, &key, buffer, n);
            rcache_remove(cache, &key);
            break;
        default:
            count_page(cache, shared, n);
        }
    }
}

static pid_t start_worker(rcache *cache, struct shared *shared, unsigned seed)
{
    pid_t pid = fork();

    if (pid == 0) {
        /* it would work for ever, should this test be killed */
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        work(cache, shared, seed);
    }
    return pid;
}

static void end_worker(rcache *cache, pid_t pid)
{
    int status;

    kill(pid, SIGKILL);
    waitpid(pid, &status, 0);
    OK(WIFSIGNALED(status));
    rcache_process_gone(cache, pid);
}

static void test_killed_processes_leave_a_whole_store(void)
{
    rcache *cache = cache_of(4 * MB, WORKERS + 2);
    struct shared *shared = shared_of();
    pid_t workers[WORKERS];
    unsigned seed = 11, i;

    for (i = 0; i < WORKERS; i++) {
        workers[i] = start_worker(cache, shared, i + 1);
    }
    for (i = 0; i < ROUNDS; i++) {
        unsigned victim = random_number(&seed) % WORKERS;
        struct timespec pause = {0, random_number(&seed) % 4000000};

        nanosleep(&pause, NULL); /* not to wait: to kill it anywhere */
        end_worker(cache, workers[victim]);
        workers[victim] = start_worker(cache, shared, i + 100);
    }
    for (i = 0; i < WORKERS; i++) {
        end_worker(cache, workers[i]);
    }
    IS_INT(shared->wrong, 0);
    OK(shared->found > 1000);
    OK(shared->stored > 100);
    tap_note("%u found, %u stored, %llu shards repaired",
             (unsigned)shared->found, (unsigned)shared->stored,
             (unsigned long long)cache_stats(cache).recovered);
    /* everything that anybody had is given back */
    IS_INT(put_page(cache, 1000, 10, NULL, 1), RCACHE_STORED);
    IS_INT(put_page(cache, 1000, 10, NULL, 1), RCACHE_STORED);
    IS_INT(cache_stats(cache).zombies, 0);
    IS_INT(cache_stats(cache).processes, 1);
    for (i = 0; i < 300; i++) {
        char buffer[32];
        rcache_key key;

        key_of_page(cache, &key, buffer, i);
        rcache_remove(cache, &key);
    }
    IS_INT(cache_stats(cache).entries, 1);
    OK(cache_stats(cache).used <= 512);
    munmap(shared, sizeof(*shared));
    cache_end(&cache);
}

static void test_pins_of_the_dead_are_given_back(void)
{
    rcache *cache = cache_of(4 * MB, 2);
    char buffer[32];
    rcache_key key;
    pid_t pid;
    int status;

    put_page(cache, 1, 30000, NULL, 1);
    key_of_page(cache, &key, buffer, 1);
    pid = fork();
    if (pid == 0) {
        rcache_hit hit;

        _exit(rcache_join(cache) == 0 && rcache_find(cache, &key, &hit) ? 0
                                                                         : 1);
    }
    waitpid(pid, &status, 0);
    IS_INT(status, 0);
    rcache_remove(cache, &key);
    put_page(cache, 2, 10, NULL, 1);
    IS_INT(cache_stats(cache).zombies, 1); /* nobody knows yet */
    rcache_process_gone(cache, pid);
    put_page(cache, 2, 10, NULL, 1); /* reaps */
    put_page(cache, 2, 10, NULL, 1); /* sweeps */
    IS_INT(cache_stats(cache).zombies, 0);
    cache_end(&cache);
}

static void test_room_of_the_dead_is_for_others(void)
{
    rcache *cache = cache_of(4 * MB, 2);
    int i;

    for (i = 0; i < 5; i++) {
        pid_t pid = fork();
        int status;

        if (pid == 0) {
            _exit(rcache_join(cache));
        }
        waitpid(pid, &status, 0);
        IS_INT(status, 0);
        rcache_process_gone(cache, pid);
    }
    cache_end(&cache);
}

static void test_leader_that_dies_frees_its_followers(void)
{
    rcache *cache = cache_of(4 * MB, 3);
    char buffer[32];
    rcache_key key;
    rcache_flight flight;
    int go[2];
    pid_t pid;

    key_of_page(cache, &key, buffer, 1);
    IS_INT(pipe(go), 0);
    pid = fork();
    if (pid == 0) {
        char role = 'x';

        prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (rcache_join(cache) == 0) {
            role = (char)('0' + rcache_flight_begin(cache, &key, &flight));
        }
        if (write(go[1], &role, 1) == 1) {
            pause();
        }
        _exit(1);
    }
    {
        char role = 0;

        IS_INT(read(go[0], &role, 1), 1);
        IS_INT(role, '0' + RCACHE_LEADER);
    }
    IS_INT(rcache_flight_begin(cache, &key, &flight), RCACHE_FOLLOWER);
    IS_INT(rcache_flight_wait(cache, &flight, 1), 0);
    end_worker(cache, pid);
    IS_INT(rcache_flight_wait(cache, &flight, WAIT_MS), 1);
    IS_INT(rcache_flight_begin(cache, &key, &flight), RCACHE_LEADER);
    rcache_flight_end(cache, &flight);
    close(go[0]);
    close(go[1]);
    cache_end(&cache);
}

/* A process that stands still with a lock in its hand. */
static void test_stopped_process_does_not_hold_up_others(void)
{
    rcache *cache = cache_of(4 * MB, 3);
    struct shared *shared = shared_of();
    unsigned i, seed = 5;
    pid_t pid = start_worker(cache, shared, 1);

    OK(WAIT_UNTIL(shared->stored > 0));
    for (i = 0; i < 50; i++) {
        struct timespec pause = {0, random_number(&seed) % 1000000};

        nanosleep(&pause, NULL);
        kill(pid, SIGSTOP);
        /* stored or busy, but it comes back */
        (void)put_page(cache, 1, 100, NULL, 1);
        (void)get_page(cache, 1);
        kill(pid, SIGCONT);
    }
    end_worker(cache, pid);
    IS_INT(shared->wrong, 0);
    munmap(shared, sizeof(*shared));
    cache_end(&cache);
}

TAP_MAIN(RUN(test_killed_processes_leave_a_whole_store),
         RUN(test_pins_of_the_dead_are_given_back),
         RUN(test_room_of_the_dead_is_for_others),
         RUN(test_leader_that_dies_frees_its_followers),
         RUN(test_stopped_process_does_not_hold_up_others))
