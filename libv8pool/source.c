/* SPDX-License-Identifier: Apache-2.0
 *
 * source.c: from a path to a bundle's text: its script, the files that it
 * imports, and their source maps.
 *
 * A file belongs if one that belongs names it in an import, as a literal.  The
 * whole folder would be simpler, and too much: sites keep other bundles, what
 * browsers load and node_modules beside theirs, and each of these files would
 * be read by root, compared at each restart and change the version.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "container.h"
#include "error.h"
#include "imports.h"
#include "names.h"
#include "sourcemap.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* V8 addresses a string's characters with 29 bits; no script comes near. */
#define SOURCE_MAX ((size_t)256 * 1024 * 1024)
#define MAP_MAX ((size_t)32 * 1024 * 1024)
#define FILES_MAX 4096
#define MAP_COMMENT_MAX 4096 /* from the end of a file */

struct gather {
    const v8pool_read_config *config;
    v8pool_error *err;
    char *folder;              /* of config->path, as it is written there */
    char *root;                /* the same, real: nothing else is read */
    char **names;              /* found so far, in this order; malloc'ed */
    size_t count;
    size_t total;              /* bytes of all files */
    int extras;                /* records but those of one file */
    struct v8p_writer writer;
};

static v8pool_status unreadable(struct gather *g, const char *path,
                                const char *why)
{
    v8p_error_set(g->err, V8POOL_E_BUNDLE, "cannot read the bundle: %s", why);
    if (g->err != NULL) {
        v8p_text_copy(g->err->source, sizeof(g->err->source), path,
                      strlen(path), 0);
    }
    return V8POOL_E_BUNDLE;
}

static v8pool_status no_memory(struct gather *g)
{
    return v8p_error_set(g->err, V8POOL_E_MEMORY, "no memory for %s",
                         g->config->path);
}

static int is_below(const char *path, const char *root)
{
    size_t length = strlen(root);

    return strncmp(path, root, length) == 0 &&
           (path[length] == '/' || (length > 0 && root[length - 1] == '/'));
}

/* Where the opened file really is: asked of the file, not of its name, which
 * may have come to mean another one.  NULL: below root; else why not. */
static const char *look_outside(int fd, const char *root)
{
    char link[64];
    char path[PATH_MAX];
    ssize_t length;

    snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
    length = readlink(link, path, sizeof(path) - 1);
    if (length < 0) {
        return "its place cannot be found out: is /proc mounted?";
    }
    path[length] = '\0';
    return is_below(path, root)
               ? NULL
               : "it is a symbolic link out of the bundle's folder";
}

/* NULL: read; else why not.  Owns: *text is malloc'ed. */
static const char *read_open(int fd, size_t most, char **text, size_t *length)
{
    struct stat st;
    size_t have = 0;

    if (fstat(fd, &st) != 0) {
        return strerror(errno);
    }
    if (!S_ISREG(st.st_mode)) {
        return "not a regular file";
    }
    if ((size_t)st.st_size > most) {
        return most == MAP_MAX ? "larger than 32 MiB" : "larger than 256 MiB";
    }
    *length = (size_t)st.st_size;
    *text = malloc(*length + 1);
    if (*text == NULL) {
        return strerror(ENOMEM);
    }
    while (have < *length) {
        ssize_t n = read(fd, *text + have, *length - have);

        if (n == 0 || (n < 0 && errno != EINTR)) {
            free(*text);
            *text = NULL;
            return n == 0 ? "it changed while being read" : strerror(errno);
        }
        have += n > 0 ? (size_t)n : 0;
    }
    (*text)[*length] = '\0';
    return NULL;
}

/* Does not wait for the other end of a named pipe. */
static int open_file(const struct gather *g, const char *path)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);

    if (g->config->opened != NULL) {
        g->config->opened(g->config->baton, path, fd);
    }
    return fd;
}

static void add_record(struct gather *g, enum v8p_record_kind kind,
                       const char *name, const char *data, size_t length)
{
    struct v8p_record record = {kind, name, strlen(name), data, length};

    v8p_container_add(&g->writer, &record);
    g->extras += g->count > 1 || kind != V8P_FILE;
}

static int is_known(const struct gather *g, const char *name)
{
    size_t i;

    for (i = 0; i < g->count; i++) {
        if (strcmp(g->names[i], name) == 0) {
            return 1;
        }
    }
    return 0;
}

static v8pool_status add_name(struct gather *g, const char *name)
{
    char **grown;

    if (is_known(g, name)) {
        return V8POOL_OK;
    }
    if (g->count == FILES_MAX) {
        return v8p_error_set(g->err, V8POOL_E_BUNDLE,
                             "the bundle has more than %d files: %s is one "
                             "more",
                             FILES_MAX, name);
    }
    grown = realloc(g->names, (g->count + 1) * sizeof(*grown));
    if (grown == NULL) {
        return no_memory(g);
    }
    g->names = grown;
    g->names[g->count] = strdup(name);
    return g->names[g->count++] != NULL ? V8POOL_OK : no_memory(g);
}

static void path_of(const struct gather *g, const char *name,
                    char path[PATH_MAX + V8P_NAME_MAX])
{
    snprintf(path, PATH_MAX + V8P_NAME_MAX, "%s%s", g->folder, name);
}

static int is_file(const struct gather *g, const char *name)
{
    char path[PATH_MAX + V8P_NAME_MAX];
    struct stat st;

    path_of(g, name, path);
    return stat(path, &st) == 0 && S_ISREG(st.st_mode);
}

/* The file that require() would take, else the name as it stands. */
static void complete(const struct gather *g, char name[V8P_NAME_MAX])
{
    const char *const *ending = v8p_name_endings();
    size_t length = strlen(name);

    for (; *ending != NULL && length + strlen(*ending) < V8P_NAME_MAX;
         ending++) {
        strcpy(name + length, *ending);
        if (is_file(g, name)) {
            return;
        }
    }
    name[length] = '\0';
}

static v8pool_status add_imports(struct gather *g, const char *name,
                                 const char *text, size_t length)
{
    struct v8p_imports imports = {text, length, 0};
    struct v8p_import found;
    char target[V8P_NAME_MAX];
    v8pool_status status = V8POOL_OK;

    while (status == V8POOL_OK && v8p_imports_next(&imports, &found)) {
        if (!v8p_name_resolve(name, found.specifier, found.length, target)) {
            continue; /* out of the folder: who imports it is told so */
        }
        if (found.required) {
            complete(g, target);
        }
        status = add_name(g, target);
    }
    return status;
}

/* The URL in the last //# sourceMappingURL= comment; 0: none. */
static size_t map_url(const char *text, size_t length, const char **url)
{
    static const char word[] = "# sourceMappingURL=";
    size_t from = length > MAP_COMMENT_MAX ? length - MAP_COMMENT_MAX : 0;
    const char *end = text + length;
    const char *last = v8p_after_last(text + from, end, word);
    const char *at;

    if (last == NULL) {
        return 0;
    }
    *url = last;
    for (at = last; at < end && (unsigned char)*at > ' ' && *at != '*'; at++) {
    }
    return (size_t)(at - last);
}

/* A map that cannot be had costs positions, not the bundle. */
static void add_map(struct gather *g, const char *name, const char *text,
                    size_t length)
{
    char target[V8P_NAME_MAX], path[PATH_MAX + V8P_NAME_MAX];
    const char *url = NULL, *why;
    size_t url_length = map_url(text, length, &url);
    char *map = NULL;
    size_t size;
    int fd;

    if (url_length == 0 || memchr(url, ':', url_length) != NULL ||
        url[0] == '/' ||
        !v8p_name_resolve(name, url, url_length, target)) {
        return; /* inline, of a server, or outside */
    }
    path_of(g, target, path);
    fd = open_file(g, path);
    if (fd < 0) {
        return;
    }
    why = look_outside(fd, g->root);
    if (why == NULL) {
        why = read_open(fd, MAP_MAX, &map, &size);
    }
    close(fd);
    if (why != NULL) {
        add_record(g, V8P_REFUSED, target, why, strlen(why));
        return;
    }
    add_record(g, V8P_MAP, name, map, size);
    free(map);
}

static int is_script(const char *name)
{
    size_t length = strlen(name);

    return length < 5 || strcmp(name + length - 5, ".json") != 0;
}

static v8pool_status take(struct gather *g, const char *name, const char *text,
                          size_t length)
{
    v8pool_status status = V8POOL_OK;

    g->total += length;
    if (g->total > SOURCE_MAX) {
        return v8p_error_set(g->err, V8POOL_E_BUNDLE,
                             "the bundle's files have more than 256 MiB "
                             "together: %s is too much",
                             name);
    }
    add_record(g, V8P_FILE, name, text, length);
    if (is_script(name) && g->config->format != V8POOL_FORMAT_IIFE) {
        status = add_imports(g, name, text, length);
    }
    if (is_script(name) && !g->config->no_source_maps) {
        add_map(g, name, text, length);
    }
    return status;
}

static v8pool_status take_import(struct gather *g, const char *name)
{
    char path[PATH_MAX + V8P_NAME_MAX];
    const char *why;
    char *text = NULL;
    size_t length = 0;
    v8pool_status status = V8POOL_OK;
    int fd;

    path_of(g, name, path);
    fd = open_file(g, path);
    if (fd < 0 && (errno == ENOENT || errno == ENOTDIR)) {
        add_record(g, V8P_MISSING, name, "", 0);
        return V8POOL_OK;
    }
    why = fd < 0 ? strerror(errno) : look_outside(fd, g->root);
    if (why == NULL) {
        why = read_open(fd, SOURCE_MAX, &text, &length);
    }
    if (fd >= 0) {
        close(fd);
    }
    if (why != NULL) {
        add_record(g, V8P_REFUSED, name, why, strlen(why));
        return V8POOL_OK;
    }
    status = take(g, name, text, length);
    free(text);
    return status;
}

static v8pool_status find_root(struct gather *g)
{
    const char *path = g->config->path;
    const char *slash = strrchr(path, '/');

    g->folder = slash != NULL ? strndup(path, (size_t)(slash - path) + 1)
                              : strdup("");
    if (g->folder == NULL) {
        return no_memory(g);
    }
    g->root = realpath(*g->folder != '\0' ? g->folder : ".", NULL);
    return g->root != NULL ? V8POOL_OK
                           : unreadable(g, path, strerror(errno));
}

/* The configured file is what it is, also a link to somewhere else. */
static v8pool_status take_entry(struct gather *g, char **text, size_t *length)
{
    const char *path = g->config->path;
    const char *name = strrchr(path, '/') != NULL ? strrchr(path, '/') + 1
                                                  : path;
    int fd = open_file(g, path);
    const char *why = fd < 0 ? strerror(errno)
                             : read_open(fd, SOURCE_MAX, text, length);
    v8pool_status status;

    if (fd >= 0) {
        close(fd);
    }
    if (why != NULL) {
        return unreadable(g, path, why);
    }
    status = add_name(g, name);
    return status == V8POOL_OK ? take(g, name, *text, *length) : status;
}

static v8pool_status gather(struct gather *g, char **text, size_t *length)
{
    const v8pool_read_config *config = g->config;
    v8pool_status status = find_root(g);
    size_t i;

    v8p_container_begin(&g->writer, config->format, !config->no_source_maps);
    if (status == V8POOL_OK) {
        status = take_entry(g, text, length);
    }
    for (i = 1; i < g->count && status == V8POOL_OK; i++) {
        status = take_import(g, g->names[i]);
    }
    if (status == V8POOL_OK && g->writer.failed) {
        status = no_memory(g);
    }
    return status;
}

v8pool_status v8pool_bundle_read(const v8pool_read_config *config,
                                 char **source, size_t *length,
                                 v8pool_error *err)
{
    struct gather g = {.config = config, .err = err};
    v8pool_status status;
    int plain;
    size_t i;

    *source = NULL;
    status = gather(&g, source, length);
    plain = g.extras == 0 && config->format == V8POOL_FORMAT_AUTO &&
            !config->no_source_maps;
    if (status != V8POOL_OK || !plain) {
        free(*source);
        *source = NULL;
    }
    if (status == V8POOL_OK && !plain) {
        *source = g.writer.text;
        *length = g.writer.length;
        g.writer.text = NULL;
    }
    free(g.writer.text);
    for (i = 0; i < g.count; i++) {
        free(g.names[i]);
    }
    free(g.names);
    free(g.folder);
    free(g.root);
    return status;
}
