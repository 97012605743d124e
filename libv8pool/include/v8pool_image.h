/* SPDX-License-Identifier: Apache-2.0
 *
 * v8pool_image.h: startup images.  An image holds what evaluating bundles comes
 * to: a startup snapshot with compiled code, or a code cache.  A pool that is
 * given it starts its isolates from it; a bundle that is not in it, byte for
 * byte, is evaluated as usual.  What a script does when it is loaded (the time,
 * a random number) is then the same in every isolate.
 */
#ifndef V8POOL_IMAGE_H
#define V8POOL_IMAGE_H

#include "v8pool.h" /* which includes this one */

#ifdef __cplusplus
extern "C" {
#endif

typedef struct v8pool_image_item {
    v8pool_bundle_config bundle; /* with a source */
    const char *warm_url;        /* rendered, so that what pages need is in it
                                    compiled; NULL = "/" */
} v8pool_image_item;

/* Told before each step: a script is evaluated, and rendered from to warm up,
 * or V8 writes what came of them.  Nothing else limits the time of a step.
 * Thread: the calling one. */
typedef struct v8pool_image_watch {
    void (*begin)(void *baton);
    void *baton;
} v8pool_image_watch;

/* watch: NULL = nobody wants to know.
 * Process: one of its own, with limits for time and memory: V8 ends it for a
 *          script that it cannot put into a snapshot.
 * Owns:    *image is the caller's, free().
 * Errors:  E_ARG, E_MEMORY, E_ENGINE, E_BUNDLE; *image is NULL then. */
V8POOL_API v8pool_status v8pool_image_build(const v8pool_image_item *items,
                                            size_t count,
                                            const v8pool_image_watch *watch,
                                            void **image, size_t *length,
                                            v8pool_error *err);

/* Whether a pool of this library would take it: v8pool_create() asks, too.
 * A checksum finds damage, not malice: keep it where nobody else may write.
 * Errors: E_ARG: says what is wrong with it. */
V8POOL_API v8pool_status v8pool_image_check(const void *image, size_t length,
                                            v8pool_error *err);

#ifdef __cplusplus
}
#endif

#endif /* V8POOL_IMAGE_H */
