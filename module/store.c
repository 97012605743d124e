/* SPDX-License-Identifier: Apache-2.0
 *
 * store.c: KEY.v8img is a head of 64 bytes, which has the hash of the rest,
 * and the image.  A file is written under another name and renamed: it is
 * whole, or not there.
 */
#include "store.h"

#include <apr_sha1.h>
#include <apr_strings.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define HEAD_LENGTH 64 /* so that the image is aligned */
#define SUFFIX ".v8img"
#define UNFINISHED ".new"

void v8ssr_store_hash(const void *data, size_t length, char *hex)
{
    static const char digits[] = "0123456789abcdef";
    unsigned char digest[APR_SHA1_DIGESTSIZE];
    apr_sha1_ctx_t sha1;
    size_t i;

    apr_sha1_init(&sha1);
    while (length > 0) { /* its lengths are 32 bits wide */
        size_t part = length < (1u << 30) ? length : (1u << 30);

        apr_sha1_update_binary(&sha1, data, (unsigned)part);
        data = (const char *)data + part;
        length -= part;
    }
    apr_sha1_final(digest, &sha1);
    for (i = 0; i < sizeof(digest); i++) {
        *hex++ = digits[digest[i] >> 4];
        *hex++ = digits[digest[i] & 15];
    }
    *hex = '\0';
}

static void make_head(const void *image, size_t length, char *head)
{
    char hash[V8SSR_KEY_LENGTH + 1];
    int n;

    v8ssr_store_hash(image, length, hash);
    n = snprintf(head, HEAD_LENGTH, "mod_v8ssr image 1 %s", hash);
    memset(head + n, ' ', (size_t)(HEAD_LENGTH - 1 - n));
    head[HEAD_LENGTH - 1] = '\n';
}

static const char *failed(apr_pool_t *p, const char *what)
{
    return apr_psprintf(p, "%s: %s", what, strerror(errno));
}

/* Ours alone: whoever can write here says what the children run. */
static const char *distrust(apr_pool_t *p, const struct stat *st)
{
    if (st->st_uid != geteuid()) {
        return apr_psprintf(p, "it belongs to user %ld, not to %ld",
                            (long)st->st_uid, (long)geteuid());
    }
    if ((st->st_mode & (S_IWGRP | S_IWOTH)) != 0) {
        return "others may write to it";
    }
    return NULL;
}

const char *v8ssr_store_open(apr_pool_t *p, const char *path, int *dir)
{
    struct stat st;
    const char *wrong;

    if (mkdir(path, 0700) != 0 && errno != EEXIST) {
        return failed(p, "it cannot be made");
    }
    *dir = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (*dir < 0) {
        return failed(p, "it cannot be opened");
    }
    wrong = fstat(*dir, &st) == 0 ? distrust(p, &st) : strerror(errno);
    if (wrong != NULL) {
        close(*dir);
    }
    return wrong;
}

void v8ssr_mapping_destroy(v8ssr_mapping *mapping)
{
    if (mapping->base != NULL) {
        munmap(mapping->base, mapping->size);
    }
    memset(mapping, 0, sizeof(*mapping));
}

static const char *map_file(apr_pool_t *p, int fd, const struct stat *st,
                            v8ssr_mapping *mapping)
{
    char head[HEAD_LENGTH];
    void *base = mmap(NULL, (size_t)st->st_size, PROT_READ, MAP_PRIVATE, fd, 0);

    if (base == MAP_FAILED) {
        return failed(p, "mmap");
    }
    mapping->base = base;
    mapping->size = (size_t)st->st_size;
    mapping->image = (char *)base + HEAD_LENGTH;
    mapping->length = mapping->size - HEAD_LENGTH;
    make_head(mapping->image, mapping->length, head);
    if (memcmp(base, head, HEAD_LENGTH) != 0) {
        v8ssr_mapping_destroy(mapping);
        return "it is not what was written";
    }
    return NULL;
}

static const char *use_file(apr_pool_t *p, int fd, v8ssr_mapping *mapping)
{
    struct stat st;
    const char *wrong;

    if (fstat(fd, &st) != 0) {
        return failed(p, "fstat");
    }
    if (!S_ISREG(st.st_mode)) {
        return "it is not a regular file";
    }
    wrong = distrust(p, &st);
    if (wrong == NULL && (st.st_size <= HEAD_LENGTH ||
                          st.st_size > V8SSR_IMAGE_MAX + HEAD_LENGTH)) {
        wrong = "it has no size of an image";
    }
    return wrong != NULL ? wrong : map_file(p, fd, &st, mapping);
}

const char *v8ssr_store_find(apr_pool_t *p, int dir, const char *key,
                             v8ssr_mapping *mapping)
{
    const char *name = apr_pstrcat(p, key, SUFFIX, NULL);
    int fd = openat(dir, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
    const char *wrong;

    memset(mapping, 0, sizeof(*mapping));
    if (fd < 0 && errno == ENOENT) {
        return NULL;
    }
    wrong = fd < 0 ? strerror(errno) : use_file(p, fd, mapping);
    if (wrong != NULL) {
        unlinkat(dir, name, 0);
    }
    else {
        futimens(fd, NULL);
    }
    if (fd >= 0) {
        close(fd);
    }
    return wrong;
}

static int write_all(int fd, const char *data, size_t length)
{
    while (length > 0) {
        ssize_t n = write(fd, data, length);

        if (n < 0 && errno != EINTR) {
            return 0;
        }
        if (n > 0) {
            data += n;
            length -= (size_t)n;
        }
    }
    return 1;
}

const char *v8ssr_store_put(apr_pool_t *p, int dir, const char *key,
                            const void *image, size_t length)
{
    const char *name = apr_pstrcat(p, key, SUFFIX, NULL);
    const char *unfinished =
        apr_psprintf(p, "%s.%ld" UNFINISHED, key, (long)getpid());
    char head[HEAD_LENGTH];
    int fd, done;

    unlinkat(dir, unfinished, 0);
    fd = openat(dir, unfinished,
                O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (fd < 0) {
        return failed(p, "open");
    }
    make_head(image, length, head);
    done = write_all(fd, head, HEAD_LENGTH) && write_all(fd, image, length);
    if (close(fd) != 0 || !done ||
        renameat(dir, unfinished, dir, name) != 0) {
        const char *wrong = failed(p, "write");

        unlinkat(dir, unfinished, 0);
        return wrong;
    }
    return NULL;
}

static int ends_in(const char *name, const char *end)
{
    size_t n = strlen(name);
    size_t m = strlen(end);

    return n > m && strcmp(name + n - m, end) == 0;
}

/* Ours begin with a key: whatever else is there is not for us to remove. */
static int is_ours(const char *name)
{
    return strspn(name, "0123456789abcdef") == V8SSR_KEY_LENGTH &&
           name[V8SSR_KEY_LENGTH] == '.' &&
           (ends_in(name, SUFFIX) || ends_in(name, UNFINISHED));
}

static void remove_if_old(int dir, const char *name, time_t before)
{
    struct stat st;

    if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
        st.st_mtime < before) {
        unlinkat(dir, name, 0);
    }
}

void v8ssr_store_sweep(int dir, const char *key, apr_interval_time_t age)
{
    time_t before = (time_t)apr_time_sec(apr_time_now() - age);
    int again = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *entries = again >= 0 ? fdopendir(again) : NULL;
    struct dirent *entry;

    if (entries == NULL) {
        if (again >= 0) {
            close(again);
        }
        return;
    }
    while ((entry = readdir(entries)) != NULL) {
        if (is_ours(entry->d_name) &&
            strncmp(entry->d_name, key, V8SSR_KEY_LENGTH) != 0) {
            remove_if_old(dir, entry->d_name, before);
        }
    }
    closedir(entries);
}
