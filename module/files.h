/* SPDX-License-Identifier: Apache-2.0
 *
 * files.h: the files that a bundle was read from, and whether they are still
 * what they were.
 *
 * Thread: the parent's only one.
 */
#ifndef V8SSR_FILES_H
#define V8SSR_FILES_H

#include "config.h"

/* Owns: v8ssr_files_destroy(), or it goes with p. */
v8ssr_files *v8ssr_files_create(apr_pool_t *p);
void v8ssr_files_destroy(v8ssr_files **files); /* of NULL: nothing */

/* For v8pool_read_config.opened; the baton is a v8ssr_files.  The first one is
 * the bundle's own. */
void v8ssr_files_opened(void *files, const char *path, int fd);

/* A hash of what fstat() said of them when they were read. */
uint64_t v8ssr_files_stamp(const v8ssr_files *files);

/* Of what stat() says now.  0: there is no regular file of the bundle's own
 * name. */
int v8ssr_files_look(const v8ssr_files *files, uint64_t *stamp);

#endif /* V8SSR_FILES_H */
