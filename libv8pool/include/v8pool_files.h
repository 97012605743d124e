/* SPDX-License-Identifier: Apache-2.0
 *
 * v8pool_files.h: bundles of several files: how they are read into one text.
 *
 * Thread: any.
 */
#ifndef V8POOL_FILES_H
#define V8POOL_FILES_H

#include "v8pool.h"

#ifdef __cplusplus
extern "C" {
#endif

/* How a bundle's script is to be taken: its own look decides, or it is one. */
typedef enum v8pool_format {
    V8POOL_FORMAT_AUTO,
    V8POOL_FORMAT_ESM,
    V8POOL_FORMAT_IIFE,
    V8POOL_FORMAT_CJS
} v8pool_format;

/* "auto", "esm", "iife", "cjs".  0: none of these. */
V8POOL_API int v8pool_format_parse(const char *text, v8pool_format *format);

typedef struct v8pool_read_config {
    const char *path;
    v8pool_format format;
    int no_source_maps;
    /* Called for each file that is opened, or not (fd is -1, errno why); for
     * fstat(): who watches these sees each change.  May be NULL. */
    void (*opened)(void *baton, const char *path, int fd);
    void *baton;
} v8pool_read_config;

/* Reads a bundle with all files that it imports and their source maps into one
 * text, a v8pool_bundle_config.source.  What is not in it does not exist for
 * the bundle.  v8pool_bundle_load() with a path does the same.
 * Owns:   *source is malloc'ed; NULL where it fails.
 * Errors: E_BUNDLE, E_MEMORY. */
V8POOL_API v8pool_status v8pool_bundle_read(const v8pool_read_config *config,
                                            char **source, size_t *length,
                                            v8pool_error *err);

#ifdef __cplusplus
}
#endif

#endif /* V8POOL_FILES_H */
