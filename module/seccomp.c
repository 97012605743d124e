/* SPDX-License-Identifier: Apache-2.0
 *
 * seccomp.c: a filter of a few lines, written by hand: it looks at the number
 * of a system call and at nothing else.
 *
 * It lists what is refused, not what is allowed: V8 and the C library need
 * others with each version, and none of these.
 */
#include "seccomp.h"

#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

/* The one machine whose numbers <sys/syscall.h> has. */
#if defined(__x86_64__)
#define ARCH AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define ARCH AUDIT_ARCH_AARCH64
#elif defined(__i386__)
#define ARCH AUDIT_ARCH_I386
#elif defined(__arm__)
#define ARCH AUDIT_ARCH_ARM
#elif defined(__riscv) && __riscv_xlen == 64
#define ARCH AUDIT_ARCH_RISCV64
#elif defined(__powerpc64__) && defined(__LITTLE_ENDIAN__)
#define ARCH AUDIT_ARCH_PPC64LE
#elif defined(__s390x__)
#define ARCH AUDIT_ARCH_S390X
#else
#error "seccomp.c: the AUDIT_ARCH of this machine was expected here"
#endif

/* x86-64 has a second set of the same calls, from this number. */
#define X32_FIRST 0x40000000

#define LOAD(field)                                                            \
    BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, field))
#define RETURN(what) BPF_STMT(BPF_RET | BPF_K, what)
#define REFUSE(call)                                                           \
    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, call, 0, 1),                           \
        RETURN(SECCOMP_RET_ERRNO | EACCES)

static struct sock_filter no_network[] = {
    LOAD(arch),
    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ARCH, 1, 0),
    RETURN(SECCOMP_RET_KILL_PROCESS),
    LOAD(nr),
#ifdef __x86_64__
    BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, X32_FIRST, 0, 1),
    RETURN(SECCOMP_RET_KILL_PROCESS),
#endif
    REFUSE(__NR_socket),
    REFUSE(__NR_socketpair), /* one of datagrams could be sent elsewhere from */
#ifdef __NR_socketcall
    REFUSE(__NR_socketcall), /* all of them behind one number */
#endif
    REFUSE(__NR_io_uring_setup),
    /* httpd's children have the same user, and sockets */
    REFUSE(__NR_ptrace),
    REFUSE(__NR_process_vm_readv),
    REFUSE(__NR_process_vm_writev),
    REFUSE(__NR_pidfd_getfd),
    RETURN(SECCOMP_RET_ALLOW),
};

int v8ssr_seccomp_no_network(void)
{
    struct sock_fprog program = {sizeof(no_network) / sizeof(no_network[0]),
                                 no_network};

    return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
           prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0;
}
