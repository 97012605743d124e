/* SPDX-License-Identifier: Apache-2.0
 *
 * store.h: images in a directory of the parent's (SSRImageDir), so that the
 * next start finds them.  Nothing in it is trusted for its name: owner, mode
 * and hash are looked at.  Several httpd may share it.
 *
 * Thread: the parent's only one.
 */
#ifndef V8SSR_STORE_H
#define V8SSR_STORE_H

#include <httpd.h>

#define V8SSR_KEY_LENGTH 40 /* hexadecimal digits of a SHA-1 */

/* Largest image that is stored, or taken from the helper. */
#define V8SSR_IMAGE_MAX ((apr_off_t)256 << 20)

/* An image in memory, read-only; all zero: none. */
typedef struct v8ssr_mapping {
    void *base;
    size_t size;
    const void *image;  /* within, at a multiple of 64 */
    size_t length;
} v8ssr_mapping;

/* Opens the directory, making it (mode 0700) if need be.  NULL, or why it
 * cannot be used.  Owns: close(*dir). */
const char *v8ssr_store_open(apr_pool_t *p, const char *path, int *dir);

/* NULL: found, or there is none (mapping->image is NULL); else what is wrong
 * with the file, which is removed.  Marks it as used now.
 * Owns: v8ssr_mapping_destroy(). */
const char *v8ssr_store_find(apr_pool_t *p, int dir, const char *key,
                             v8ssr_mapping *mapping);

/* NULL, or why not; nothing is left of it then. */
const char *v8ssr_store_put(apr_pool_t *p, int dir, const char *key,
                            const void *image, size_t length);

/* Removes what was not used for `age`, but for key's file. */
void v8ssr_store_sweep(int dir, const char *key, apr_interval_time_t age);

void v8ssr_mapping_destroy(v8ssr_mapping *mapping);

/* `hex` has room for V8SSR_KEY_LENGTH + 1. */
void v8ssr_store_hash(const void *data, size_t length, char *hex);

#endif /* V8SSR_STORE_H */
