/* SPDX-License-Identifier: Apache-2.0
 *
 * snapshot.h: the seam for whoever makes an image: scripts evaluated once, so
 * that isolates need not.
 *
 * Process: one of its own, that renders nothing else.  V8 ends it for a script
 *          that it cannot put into a snapshot (v8-rules c10); so does a script
 *          that loops or takes all memory: nothing watches here.
 * Thread:  the calling one does it all.
 */
#ifndef V8E_SNAPSHOT_H
#define V8E_SNAPSHOT_H

#include "engine.h"
#include "v8pool_image.h"

#ifdef __cplusplus
extern "C" {
#endif

/* One script.  Renders of warm_url in a context that is thrown away make V8
 * compile the functions that pages need: they stay compiled in the blob and in
 * the cache.  A warm_url that fails is not reported: it is not a test. */
typedef struct v8e_item {
    v8e_script script;
    const char *warm_url;
} v8e_item;

/* A blob with a context for plain scripts, that has the runtime alone, and one
 * for each item, which are slots 1..count in that order.  watch may be NULL.
 * Owns:   *blob is malloc'ed.
 * Errors: E_BUNDLE as v8e_context_create(), E_ENGINE. */
v8pool_status v8e_blob_build(const v8e_item *items, size_t count,
                             const v8pool_image_watch *watch, char **blob,
                             size_t *length, v8pool_error *err);

/* The item's code cache, for isolates of that blob alone: V8 writes where in the
 * blob's read-only part things are, and does not compare when it reads that.
 * watch may be NULL.
 * Owns:   *code is malloc'ed.
 * Errors: as above. */
v8pool_status v8e_code_build(const v8e_item *item, const char *blob,
                             size_t blob_length,
                             const v8pool_image_watch *watch, char **code,
                             size_t *length, v8pool_error *err);

#ifdef __cplusplus
}
#endif

#endif /* V8E_SNAPSHOT_H */
