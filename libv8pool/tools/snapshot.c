/* SPDX-License-Identifier: Apache-2.0
 *
 * snapshot.c: `v8ssr snapshot`: makes an image of bundles, a manifest on
 * standard input, the image on standard output.  mod_v8ssr runs it when httpd
 * reads its configuration.
 *
 * V8 may end the process that makes a snapshot, and a script may never end.  So
 * each attempt is a process of its own; a bundle that cannot be in a snapshot
 * gets a code cache instead, one that cannot even be loaded is left out, and a
 * line on stderr says why.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE /* memfd_create */
#endif
#include "v8ssr.h"

#include "manifest.h"
#include "v8pool_image.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/sendfile.h>
#include <sys/wait.h>
#include <unistd.h>

#define REASON_MAX 1024

/* To evaluate a script, on a machine that is busy, too: beyond its limit.
 * Rendering to warm up has a limit of a second (engine/snapshot.cc). */
#define SLACK_SECONDS 5u

struct attempt {
    const v8pool_image_item *items;
    size_t count;
    unsigned seconds;         /* a script is ended after */
    int image;                /* a file in memory */
    char reason[REASON_MAX];  /* of a failure; one line */
};

static int write_all(int fd, const char *data, size_t length)
{
    while (length > 0) {
        ssize_t n = write(fd, data, length);

        if (n < 0 && errno != EINTR) {
            perror("v8ssr snapshot");
            return 0;
        }
        if (n > 0) {
            data += n;
            length -= (size_t)n;
        }
    }
    return 1;
}

/* One script that does not end must not use up the time of all. */
static void begin_step(void *baton)
{
    const struct attempt *a = baton;

    alarm(a->seconds);
}

/* In the process that may die.  What it says goes to the pipe. */
static int build(struct attempt *a)
{
    v8pool_image_watch watch = {begin_step, a};
    v8pool_error err;
    void *image;
    size_t length;

    prctl(PR_SET_DUMPABLE, 0); /* a failed check of V8's is no crash of ours */
    if (v8pool_image_build(a->items, a->count, &watch, &image, &length,
                           &err) != V8POOL_OK) {
        v8ssr_print_place(&err);
        fprintf(stderr, "%s\n", err.message);
        return V8SSR_FAILED;
    }
    return write_all(a->image, image, length) ? V8SSR_DONE : V8SSR_FAILED;
}

/* The line that says why: V8's failed check, which its stack follows, else the
 * last one. */
static const char *telling_line(char *text)
{
    char *check = strstr(text, "Check failed: ");
    char *line;
    size_t length = strlen(text);

    if (check != NULL) {
        check[strcspn(check, "\n")] = '\0';
        return check;
    }
    while (length > 0 && text[length - 1] == '\n') {
        text[--length] = '\0';
    }
    line = strrchr(text, '\n');
    return line != NULL ? line + 1 : text;
}

/* What came through, until its writers are gone. */
static void read_reason(int fd, char *reason)
{
    char text[16 * 1024], rest[1024];
    size_t length = 0;
    ssize_t n;

    do {
        size_t room = sizeof(text) - 1 - length;

        n = room > 0 ? read(fd, text + length, room)
                     : read(fd, rest, sizeof(rest));
        length += n > 0 && room > 0 ? (size_t)n : 0;
    } while (n > 0 || (n < 0 && errno == EINTR));
    text[length] = '\0';
    snprintf(reason, REASON_MAX, "%s", telling_line(text));
}

static int verdict(struct attempt *a, int status)
{
    char text[REASON_MAX];

    if (WIFEXITED(status) && WEXITSTATUS(status) == 0) {
        return 1;
    }
    if (WIFSIGNALED(status)) {
        memcpy(text, a->reason, sizeof(text));
        if (WTERMSIG(status) == SIGALRM) {
            snprintf(text, sizeof(text), "not done after %u s", a->seconds);
        }
        snprintf(a->reason, sizeof(a->reason), "V8 ended by signal %d%s%.900s",
                 WTERMSIG(status), *text != '\0' ? ": " : "", text);
    }
    return 0;
}

/* 1: the image is in a->image; 0: a->reason says why not. */
static int try(struct attempt *a)
{
    int pipes[2];
    pid_t pid;
    int status;

    if (ftruncate(a->image, 0) != 0 || lseek(a->image, 0, SEEK_SET) != 0 ||
        pipe(pipes) != 0 || (pid = fork()) < 0) {
        snprintf(a->reason, sizeof(a->reason), "%s", strerror(errno));
        return 0;
    }
    if (pid == 0) {
        int nowhere = open("/dev/null", O_WRONLY | O_CLOEXEC);

        /* V8 lists what it cannot write on standard output. */
        dup2(nowhere >= 0 ? nowhere : pipes[1], STDOUT_FILENO);
        dup2(pipes[1], STDERR_FILENO);
        close(pipes[0]);
        close(pipes[1]);
        _exit(build(a)); /* not through V8's destructors */
    }
    close(pipes[1]);
    read_reason(pipes[0], a->reason);
    close(pipes[0]);
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR) {
    }
    return verdict(a, status);
}

static void give_up_snapshot(v8pool_image_item *item, const char *reason)
{
    item->bundle.options |= V8POOL_NO_SNAPSHOT;
    fprintf(stderr, "bundle %s: no startup snapshot: %s\n", item->bundle.name,
            reason);
}

/* 1: it can be in an image, as a snapshot or a code cache. */
static int try_alone(const struct attempt *all, v8pool_image_item *item)
{
    struct attempt snapshot = *all;
    struct attempt code = *all;
    int wanted = !(item->bundle.options & V8POOL_NO_SNAPSHOT);

    snapshot.items = code.items = item;
    snapshot.count = code.count = 1;
    if (wanted && try(&snapshot)) {
        return 1;
    }
    item->bundle.options |= V8POOL_NO_SNAPSHOT;
    if (!try(&code)) {
        fprintf(stderr, "bundle %s: not in the image: %s\n", item->bundle.name,
                code.reason);
        return 0;
    }
    if (wanted) {
        give_up_snapshot(item, snapshot.reason);
    }
    return 1;
}

/* Finds those that cannot be in a snapshot, or not in an image, one by one. */
static void sort_out(struct attempt *all, v8pool_image_item *items)
{
    size_t count = all->count;
    size_t i;

    all->count = 0;
    for (i = 0; i < count; i++) {
        v8pool_image_item item = items[i];

        if (try_alone(all, &item)) {
            items[all->count++] = item;
        }
    }
}

static int make_image(struct attempt *a, v8pool_image_item *items)
{
    size_t i;

    if (try(a)) {
        return 1;
    }
    sort_out(a, items);
    if (a->count == 0) {
        snprintf(a->reason, sizeof(a->reason), "no bundle can be in one");
        return 0;
    }
    if (try(a)) {
        return 1;
    }
    for (i = 0; i < a->count; i++) { /* each one can, together they cannot */
        if (!(items[i].bundle.options & V8POOL_NO_SNAPSHOT)) {
            give_up_snapshot(&items[i], a->reason);
        }
    }
    return try(a);
}

static int copy_out(int image)
{
    off_t at = 0;
    off_t length = lseek(image, 0, SEEK_END);

    while (at < length) {
        if (sendfile(STDOUT_FILENO, image, &at, (size_t)(length - at)) <= 0) {
            perror("v8ssr snapshot: standard output");
            return V8SSR_FAILED;
        }
    }
    return V8SSR_DONE;
}

static int run(struct manifest *manifest, long limit_ms)
{
    struct attempt all = {.items = manifest->items, .count = manifest->count};

    all.seconds = (unsigned)(limit_ms / 1000) + SLACK_SECONDS;
    all.image = memfd_create("image", MFD_CLOEXEC);
    if (all.image < 0) {
        perror("v8ssr snapshot");
        return V8SSR_FAILED;
    }
    if (!make_image(&all, manifest->items)) {
        fprintf(stderr, "no image: %s\n", all.reason);
        return V8SSR_FAILED;
    }
    return copy_out(all.image);
}

int v8ssr_cmd_snapshot(int argc, char **argv)
{
    struct manifest manifest = {NULL, 0};
    long limit_ms = 10000;
    size_t length;
    char *text;
    int option, done;

    while ((option = getopt(argc, argv, "t:")) != -1) {
        if (option != 't' ||
            !v8ssr_parse_number(optarg, 1, 3600000, &limit_ms)) {
            return v8ssr_usage("snapshot", "-t: milliseconds from 1 to 3600000 "
                                           "expected");
        }
    }
    if (argc != optind || isatty(STDOUT_FILENO)) {
        return v8ssr_usage("snapshot", "a manifest on standard input and a "
                                       "file as standard output expected");
    }
    text = v8ssr_read_input(&length);
    done = text == NULL || !v8ssr_manifest_read(text, length, &manifest)
               ? V8SSR_FAILED
               : run(&manifest, limit_ms);
    free(manifest.items);
    free(text);
    return done;
}
