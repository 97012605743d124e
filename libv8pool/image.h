/* SPDX-License-Identifier: Apache-2.0
 *
 * image.h: the layout of an image, and what a pool reads from it.
 *
 *   header | entries[count] | texts, scripts and code caches | blob
 *
 * Numbers are the machine's own: an image never leaves it, and one of another
 * engine or version is refused.  The scripts are in it as a whole: whether an
 * entry is a bundle's is seen by comparing, not by trusting a hash.
 */
#ifndef V8P_IMAGE_H
#define V8P_IMAGE_H

#include "bundle.h"
#include "v8pool_image.h"

#define V8P_IMAGE_MAGIC "v8pool image 4\n"

/* What a script could see while it was evaluated. */
#define V8P_IMAGE_OPTIONS V8POOL_ALLOW_EVAL

struct v8p_image_part { /* from the image's first byte; 0, 0 = there is none */
    uint64_t offset;
    uint64_t length;
};

struct v8p_image_entry {
    struct v8p_image_part entry; /* NUL-terminated, its length without */
    struct v8p_image_part script;
    struct v8p_image_part code;
    uint64_t slot;               /* in the blob; 0 = none */
    uint64_t options;            /* V8P_IMAGE_OPTIONS */
};

struct v8p_image_header {
    char magic[16];
    char engine[112];            /* NUL-padded: library and V8 version */
    uint64_t checksum;           /* v8p_image_checksum() */
    uint64_t length;             /* of the whole image, a multiple of 16 */
    uint64_t count;
    struct v8p_image_part blob;
};

/* Fills in what the image knows of the bundle: slot and code. */
void v8p_image_look_up(const void *image, v8pool_bundle *bundle);

/* The blob for isolates; NULL when there is none.  image may be NULL. */
const char *v8p_image_blob(const void *image, size_t *length);

/* Of everything but itself.  Sees each damage within eight bytes, and others
 * but for one in 2^64.  V8 has one of its own, and ends the process by it. */
uint64_t v8p_image_checksum(const void *image, size_t length);

/* What header.engine holds for this library. */
void v8p_image_engine(char engine[112]);

#endif /* V8P_IMAGE_H */
