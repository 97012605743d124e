/* SPDX-License-Identifier: Apache-2.0
 *
 * test_seccomp.c: what a helper process can no longer do, and that its user
 * does not matter.  Each attempt is a child: the filter is for good.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE /* memfd_create */
#endif
#include "tap.h"

#include "seccomp.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/* The user of a helper when root started httpd. */
#define NOBODY 65534

enum { REACHED = 200, NOT_FILTERED, NOT_NOBODY };

/* 0, or the errno of what the attempt does. */
typedef int attempt(void);

static int outcome(long returned)
{
    return returned < 0 ? errno : 0;
}

/* The wait status of a child that is cut off and then tries. */
static int try(attempt *act, int as_nobody)
{
    pid_t pid;
    int status = -1;

    fflush(stdout);
    pid = fork();
    if (pid == 0) {
        if (as_nobody && geteuid() == 0 &&
            (setgid(NOBODY) != 0 || setuid(NOBODY) != 0)) {
            _exit(NOT_NOBODY);
        }
        if (!v8ssr_seccomp_no_network()) {
            _exit(NOT_FILTERED);
        }
        _exit(act());
    }
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR) {
    }
    return status;
}

static void is_refused(attempt *act)
{
    int as_nobody;

    for (as_nobody = 0; as_nobody <= 1; as_nobody++) {
        int status = try(act, as_nobody);

        OK(WIFEXITED(status));
        IS_INT(WEXITSTATUS(status), EACCES);
    }
}

/* --- what is refused ------------------------------------------------------ */

static int inet(void)
{
    return outcome(socket(AF_INET, SOCK_STREAM, 0));
}

static int inet6(void)
{
    return outcome(socket(AF_INET6, SOCK_DGRAM, 0));
}

static int local(void)
{
    return outcome(socket(AF_UNIX, SOCK_STREAM, 0));
}

static int netlink(void)
{
    return outcome(socket(AF_NETLINK, SOCK_RAW, 0));
}

static int pair(void)
{
    int two[2];

    return outcome(socketpair(AF_UNIX, SOCK_DGRAM, 0, two));
}

static void test_seccomp_socket_of_any_family_refused(void)
{
    is_refused(inet);
    is_refused(inet6);
    is_refused(local);
    is_refused(netlink);
    is_refused(pair);
}

/* Its requests make sockets that no filter sees. */
static int io_uring(void)
{
    return outcome(syscall(__NR_io_uring_setup, 1, NULL));
}

static int traces(void)
{
    return outcome(syscall(__NR_ptrace, 0, 0, NULL, NULL));
}

static int reads(void)
{
    return outcome(syscall(__NR_process_vm_readv, getppid(), NULL, 0, NULL, 0,
                           0));
}

static int writes(void)
{
    return outcome(syscall(__NR_process_vm_writev, getppid(), NULL, 0, NULL, 0,
                           0));
}

static int takes(void)
{
    return outcome(syscall(__NR_pidfd_getfd, 0, 0, 0));
}

static void test_seccomp_sockets_of_others_out_of_reach(void)
{
    is_refused(io_uring);
    is_refused(traces);
    is_refused(reads);
    is_refused(writes);
    is_refused(takes);
}

/* --- no way round it ------------------------------------------------------ */

static int in_a_child(void)
{
    pid_t pid = fork();
    int status = 0;

    if (pid == 0) {
        _exit(inet());
    }
    return waitpid(pid, &status, 0) == pid ? WEXITSTATUS(status) : REACHED;
}

static void *in_thread(void *errno_of_it)
{
    *(int *)errno_of_it = inet();
    return NULL;
}

static int in_a_thread(void)
{
    pthread_t thread;
    int met = REACHED;

    if (pthread_create(&thread, NULL, in_thread, &met) == 0) {
        pthread_join(thread, NULL);
    }
    return met;
}

static int in_new_program(void)
{
    execlp("perl", "perl", "-e",
           "socket(my $s, 2, 1, 0) or exit $! + 0; exit 0", (char *)NULL);
    return REACHED;
}

static void test_seccomp_inherited_by_all_it_starts(void)
{
    is_refused(in_a_child);
    is_refused(in_a_thread);
    is_refused(in_new_program);
}

#ifdef __x86_64__
static int by_old_door(void)
{
    long number = 20; /* getpid() of i386 */

    __asm__ volatile("int $0x80" : "+a"(number) : : "memory");
    return REACHED;
}

static int by_x32(void)
{
    syscall(0x40000000 + __NR_getpid);
    return REACHED;
}
#endif

/* Their numbers mean other things. */
static void test_seccomp_system_calls_of_another_machine_killed(void)
{
#ifdef __x86_64__
    /* SIGSEGV where the kernel has no such door */
    OK(WIFSIGNALED(try(by_old_door, 0)));
    IS_INT(WTERMSIG(try(by_x32, 0)), SIGSYS);
#else
    OK(1); /* known for x86-64 only */
#endif
}

/* --- what V8 needs -------------------------------------------------------- */

static int lives(void)
{
    char *memory = mmap(NULL, 65536, PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    char random[8];
    int pipes[2];

    if (memory == MAP_FAILED || madvise(memory, 65536, MADV_DONTNEED) != 0 ||
        mprotect(memory, 65536, PROT_READ | PROT_EXEC) != 0) {
        return outcome(-1);
    }
    return outcome(getentropy(random, sizeof(random))) + outcome(pipe(pipes)) +
           outcome(memfd_create("m", 0));
}

static void test_seccomp_memory_files_and_entropy_stay(void)
{
    IS_INT(try(lives, 0), 0);
    IS_INT(try(lives, 1), 0);
}

TAP_MAIN(RUN(test_seccomp_socket_of_any_family_refused),
         RUN(test_seccomp_sockets_of_others_out_of_reach),
         RUN(test_seccomp_inherited_by_all_it_starts),
         RUN(test_seccomp_system_calls_of_another_machine_killed),
         RUN(test_seccomp_memory_files_and_entropy_stay))
