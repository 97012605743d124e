/* SPDX-License-Identifier: Apache-2.0
 *
 * script.c: one bundle's file: what it is, what is in it, whether it is good.
 */
#include "script.h"

#include "helper.h"

#include <apr_strings.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static v8ssr_file_id id_of(const struct stat *st)
{
    v8ssr_file_id id = {(uint64_t)st->st_dev, (uint64_t)st->st_ino,
                        (int64_t)st->st_size,
                        (int64_t)st->st_mtim.tv_sec * 1000000000 +
                            st->st_mtim.tv_nsec};

    return id;
}

int v8ssr_file_id_get(const char *path, v8ssr_file_id *id)
{
    struct stat st;

    if (stat(path, &st) != 0 || !S_ISREG(st.st_mode)) {
        return 0;
    }
    *id = id_of(&st);
    return 1;
}

int v8ssr_file_id_is(const v8ssr_file_id *a, const v8ssr_file_id *b)
{
    return a->device == b->device && a->inode == b->inode &&
           a->size == b->size && a->modified_ns == b->modified_ns;
}

static const char *cannot(apr_pool_t *p, const char *path, int error)
{
    return apr_psprintf(p, "cannot read %s: %s", path, strerror(error));
}

static const char *read_all(apr_pool_t *p, int fd, const char *path,
                            char *into, size_t length)
{
    while (length > 0) {
        ssize_t n = read(fd, into, length);

        if (n == 0) {
            return apr_psprintf(p, "cannot read %s: it changed while being "
                                   "read", path);
        }
        if (n < 0 && errno != EINTR) {
            return cannot(p, path, errno);
        }
        if (n > 0) {
            into += n;
            length -= (size_t)n;
        }
    }
    return NULL;
}

static const char *read_open(apr_pool_t *p, int fd, const char *path,
                             v8ssr_script *script)
{
    struct stat st;
    const char *wrong;

    if (fstat(fd, &st) != 0) {
        return cannot(p, path, errno);
    }
    if (!S_ISREG(st.st_mode)) {
        return apr_psprintf(p, "%s is not a regular file", path);
    }
    script->id = id_of(&st);
    script->length = (size_t)st.st_size;
    script->text = ap_malloc(script->length + 1);
    wrong = read_all(p, fd, path, script->text, script->length);
    if (wrong != NULL) {
        free(script->text);
    }
    return wrong;
}

const char *v8ssr_script_read(apr_pool_t *p, const char *path,
                              v8ssr_script *script)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    const char *wrong;

    memset(script, 0, sizeof(*script));
    if (fd < 0) {
        return cannot(p, path, errno);
    }
    wrong = read_open(p, fd, path, script);
    close(fd);
    return wrong;
}

const char *v8ssr_script_check(apr_pool_t *p, const v8ssr_server_config *c,
                               const v8ssr_bundle *bundle, const char *script,
                               size_t length)
{
    const char *argv[12];
    v8ssr_helper_run run = {
        .program = v8ssr_helper(c),
        .argv = argv,
        .input = script,
        .input_length = length,
        .timeout = 2 * v8ssr_load_timeout(c) + apr_time_from_sec(5)};
    int n = 0;

    argv[n++] = run.program;
    argv[n++] = "check";
    argv[n++] = "-p";
    argv[n++] = bundle->path;
    argv[n++] = "-t";
    argv[n++] = apr_psprintf(p, "%" APR_TIME_T_FMT,
                             apr_time_as_msec(v8ssr_load_timeout(c)));
    if (bundle->entry != NULL) {
        argv[n++] = "-e";
        argv[n++] = bundle->entry;
    }
    if (bundle->self_test != NULL) {
        argv[n++] = "-s";
        argv[n++] = bundle->self_test;
    }
    argv[n++] = "-";
    argv[n] = NULL;
    return v8ssr_helper_run_in(p, &run);
}
