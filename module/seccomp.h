/* SPDX-License-Identifier: Apache-2.0
 *
 * seccomp.h: takes the network away from a process that will run a bundle's
 * code.  By the kernel's system call filter, because a user without rights may
 * install one, also in a container that refuses a network namespace.
 */
#ifndef V8SSR_SECCOMP_H
#define V8SSR_SECCOMP_H

/* For the calling thread, what it starts and what it executes, for good: no
 * socket, no io_uring (which makes sockets of its own), no look into other
 * processes: EACCES.  What leaves by the system calls of another machine
 * (32-bit ones on 64 bits) is killed.  Programs with set-user-ID get no rights
 * by it any more.
 * Thread: of a process that has one.  Safe between fork() and exec.
 * Errors: 0 with errno set: the kernel has no such filter. */
int v8ssr_seccomp_no_network(void);

#endif /* V8SSR_SECCOMP_H */
