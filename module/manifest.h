/* SPDX-License-Identifier: Apache-2.0
 *
 * manifest.h: what `v8ssr snapshot` reads: all bundles of a configuration, with
 * their newest good scripts; and the key of the image it makes of that.
 */
#ifndef V8SSR_MANIFEST_H
#define V8SSR_MANIFEST_H

#include "store.h"

typedef struct v8ssr_manifest {
    char *text;
    size_t length;
    int bundles;                     /* how many */
    char key[V8SSR_KEY_LENGTH + 1];  /* of the text, and of what builds it */
} v8ssr_manifest;

/* In p.  0: there is nothing to make an image of. */
int v8ssr_manifest_make(apr_pool_t *p, server_rec *s,
                        v8ssr_manifest *manifest);

#endif /* V8SSR_MANIFEST_H */
