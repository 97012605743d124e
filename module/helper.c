/* SPDX-License-Identifier: Apache-2.0
 *
 * helper.c: fork, drop rights and network, exec, collect.  Not apr_proc_create(), which
 * keeps root's supplementary groups and knows no timeout.
 */
#include "helper.h"

#include "log.h"
#include "seccomp.h"

#include <ap_mpm.h>
#include <unixd.h>
#include <apr_strings.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#define OUTPUT_MAX 8192
#define NICE 5 /* not more: its time limits go on meanwhile */

/* Exit codes of our own, where v8ssr's end. */
enum { CANNOT_EXEC = 127, CANNOT_DROP = 126, CANNOT_CUT_OFF = 125 };

/* A file in memory: the helper may not be able to read the bundle's folder,
 * and what is checked is what will be served. */
static int input_file(const char *data, size_t length)
{
    int fd = memfd_create("bundle", MFD_CLOEXEC);

    while (fd >= 0 && length > 0) {
        ssize_t n = write(fd, data, length);

        if (n < 0) {
            close(fd);
            return -1;
        }
        data += n;
        length -= (size_t)n;
    }
    if (fd >= 0) {
        lseek(fd, 0, SEEK_SET);
    }
    return fd;
}

static void limit(int what, rlim_t value)
{
    struct rlimit l = {value, value};

    setrlimit(what, &l);
}

static int drop_rights(void)
{
    if (geteuid() != 0) {
        return 1;
    }
    return setgroups(0, NULL) == 0 && setgid(ap_unixd_config.group_id) == 0 &&
           setuid(ap_unixd_config.user_id) == 0;
}

/* Between restarts nobody waits for the helper, and its work should not be felt
 * by those who are served. */
static int is_in_background(void)
{
    int state = AP_MPMQ_STOPPING;

    ap_mpm_query(AP_MPMQ_MPM_STATE, &state);
    return state == AP_MPMQ_RUNNING;
}

/* In the child, after the fork.  Only what is safe there; does not return. */
static void become_helper(const v8ssr_helper_run *run, int input, int output,
                          int in_background)
{
    struct sigaction standard = {.sa_handler = SIG_DFL};
    sigset_t none;
    int i;

    dup2(input, STDIN_FILENO);
    dup2(output, STDERR_FILENO);
    i = run->output > 0 ? run->output : open("/dev/null", O_WRONLY);
    dup2(i, STDOUT_FILENO);
    close_range(3, ~0U, 0); /* sockets, logs and locks are the server's */
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    sigaction(SIGPIPE, &standard, NULL);
    setpgid(0, 0);
    if (in_background) {
        (void)nice(NICE);
    }
    limit(RLIMIT_CORE, 0);
    limit(RLIMIT_FSIZE, (rlim_t)run->output_max);
    limit(RLIMIT_CPU, (rlim_t)apr_time_sec(run->timeout) + 1);
    if (!drop_rights()) {
        _exit(CANNOT_DROP);
    }
    if (!v8ssr_seccomp_no_network()) {
        dprintf(STDERR_FILENO, "%s\n", strerror(errno));
        _exit(CANNOT_CUT_OFF);
    }
    execv(run->program, (char *const *)run->argv);
    dprintf(STDERR_FILENO, "%s, as user %ld\n", strerror(errno),
            (long)getuid());
    _exit(CANNOT_EXEC);
}

/* Reads until the helper closes its end.  0 when the time is up. */
static int collect(int fd, apr_time_t until, char *text, size_t *length)
{
    struct pollfd ready = {fd, POLLIN, 0};
    char rest[512];

    for (;;) {
        apr_interval_time_t left = until - apr_time_now();
        size_t room = OUTPUT_MAX - 1 - *length;
        ssize_t n;

        if (left <= 0 || poll(&ready, 1, (int)apr_time_as_msec(left) + 1) == 0) {
            return 0;
        }
        n = room > 0 ? read(fd, text + *length, room)
                     : read(fd, rest, sizeof(rest));
        if (n == 0 || (n < 0 && errno != EINTR)) {
            return 1;
        }
        if (n > 0 && room > 0) {
            *length += (size_t)n;
        }
    }
}

/* The program's own words are one line; it has joined the stack to it. */
static const char *last_line(apr_pool_t *p, char *text, size_t length)
{
    char *line;

    while (length > 0 && text[length - 1] == '\n') {
        length--;
    }
    text[length] = '\0';
    line = strrchr(text, '\n');
    return apr_pstrdup(p, line != NULL ? line + 1 : text);
}

static const char *verdict(apr_pool_t *p, const v8ssr_helper_run *run,
                           int status, char *text, size_t length)
{
    if (WIFSIGNALED(status)) {
        return apr_psprintf(p, "%s was ended by signal %d: %s", run->program,
                            WTERMSIG(status), last_line(p, text, length));
    }
    switch (WEXITSTATUS(status)) {
    case 0:
        return NULL;
    case CANNOT_EXEC:
        return apr_psprintf(p, "%s cannot be run (SSRHelper)%s%s", run->program,
                            length > 0 ? ": " : "", last_line(p, text, length));
    case CANNOT_DROP:
        return apr_psprintf(p, "the rights of User (uid %ld) and Group (gid "
                               "%ld) cannot be taken on",
                            (long)(int)ap_unixd_config.user_id,
                            (long)(int)ap_unixd_config.group_id);
    case CANNOT_CUT_OFF:
        return apr_psprintf(p, "%s cannot be cut off from the network, which "
                               "takes a Linux kernel with seccomp filters: %s",
                            run->program, last_line(p, text, length));
    default:
        return last_line(p, text, length);
    }
}

static const char *failed(apr_pool_t *p, const char *what)
{
    return apr_psprintf(p, "%s: %s", what, strerror(errno));
}

const char *v8ssr_helper_run_in(apr_pool_t *p, const v8ssr_helper_run *run)
{
    char *text = apr_palloc(p, OUTPUT_MAX);
    size_t length = 0;
    int input = input_file(run->input, run->input_length);
    int output[2], status, in_time, in_background;
    pid_t pid;

    if (input < 0) {
        return failed(p, "memfd_create");
    }
    if (pipe2(output, O_CLOEXEC) != 0) {
        close(input);
        return failed(p, "pipe");
    }
    in_background = is_in_background();
    pid = fork();
    if (pid == 0) {
        become_helper(run, input, output[1], in_background);
    }
    close(input);
    close(output[1]);
    if (pid < 0) {
        close(output[0]);
        return failed(p, "fork");
    }
    in_time = collect(output[0], apr_time_now() + run->timeout, text, &length);
    if (!in_time) {
        kill(-pid, SIGKILL); /* and what it started */
    }
    close(output[0]);
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR) {
    }
    if (run->said != NULL) {
        *run->said = apr_pstrmemdup(p, text, length);
    }
    if (!in_time) {
        return apr_psprintf(p, "%s did not end within %" APR_TIME_T_FMT " ms",
                            run->program, apr_time_as_msec(run->timeout));
    }
    return verdict(p, run, status, text, length);
}
