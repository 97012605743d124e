/* SPDX-License-Identifier: Apache-2.0
 *
 * manifest.h: what `v8ssr snapshot` reads: for each bundle
 *
 *   bundle NAME
 *   path PATH            shown in stacks
 *   entry ENTRY          optional
 *   self-test URL        optional: rendered to warm up, in place of /
 *   snapshot off         optional: a code cache only
 *   eval on              optional: it may compile strings
 *   script LENGTH
 *
 * each on a line of its own, then LENGTH bytes and a newline.
 */
#ifndef V8SSR_MANIFEST_H
#define V8SSR_MANIFEST_H

#include "v8pool_image.h"

struct manifest {
    v8pool_image_item *items; /* malloc'ed; they point into the text */
    size_t count;
};

/* Reads and changes text.  0: it said on stderr what is wrong. */
int v8ssr_manifest_read(char *text, size_t length, struct manifest *manifest);

#endif /* V8SSR_MANIFEST_H */
