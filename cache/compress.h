/* SPDX-License-Identifier: Apache-2.0
 *
 * compress.h: a page in brotli or gzip, whatever it takes.
 *
 * Thread: any.
 */
#ifndef RCACHE_COMPRESS_H
#define RCACHE_COMPRESS_H

#include "negotiate.h"

#include <stddef.h>
#include <sys/uio.h>

/* Asked between two pieces of the page.  0: give up. */
typedef int rcache_compress_go(void *baton);

/* level: 0 to 11 for RCACHE_BR, 1 to 9 for RCACHE_GZIP.
 * Blocks: seconds for a page of megabytes at the highest levels.
 * Owns:   *bytes is the caller's, free().
 * Errors: 0: given up, no memory, or another coding; *bytes is NULL. */
int rcache_compress(enum rcache_coding coding, int level,
                    const struct iovec *body, size_t parts,
                    rcache_compress_go *go, void *baton, char **bytes,
                    size_t *length);

#endif /* RCACHE_COMPRESS_H */
