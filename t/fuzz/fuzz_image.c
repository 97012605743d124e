/* SPDX-License-Identifier: Apache-2.0
 *
 * fuzz_image.c: v8pool_image_check(), and what is read of an image that it
 * let pass.  Where the first byte says so, the image gets this library's
 * header and the right checksum.
 */
#include "fuzz.h"

#include "image.h"

static void mend(char *image, size_t length)
{
    struct v8p_image_header *header = (void *)image;

    memcpy(header->magic, V8P_IMAGE_MAGIC, sizeof(header->magic));
    v8p_image_engine(header->engine);
    header->length = length;
    header->count %= 8;
    header->checksum = v8p_image_checksum(image, length);
}

static int is_inside(const char *part, size_t part_length, const char *image,
                     size_t length)
{
    return part == NULL || (part >= image && part <= image + length &&
                            part_length <= (size_t)(image + length - part));
}

/* As a pool asks for a bundle: one that the image has, and one that not. */
static void look_up(const char *image, size_t length, char *source,
                    size_t source_length, char *entry)
{
    v8pool_bundle bundle;

    memset(&bundle, 0, sizeof(bundle));
    bundle.source = source;
    bundle.length = source_length;
    bundle.entry = entry;
    v8p_image_look_up(image, &bundle);
    MUST(is_inside(bundle.code, bundle.code_length, image, length));
    MUST(bundle.slot >= 0 &&
         (uint64_t)bundle.slot <=
             ((const struct v8p_image_header *)(const void *)image)->count);
}

static void read_all(char *image, size_t length)
{
    const struct v8p_image_header *header = (void *)image;
    const struct v8p_image_entry *entries = (const void *)(header + 1);
    size_t blob_length;
    const char *blob = v8p_image_blob(image, &blob_length);
    uint64_t i;

    MUST(is_inside(blob, blob_length, image, length));
    look_up(image, length, "none", 4, NULL);
    for (i = 0; i < header->count; i++) {
        look_up(image, length, image + entries[i].script.offset,
                entries[i].script.length, i % 2 ? "render" : NULL);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz fuzz = fuzz_begin(data, size);
    unsigned mode = fuzz_byte(&fuzz);
    size_t length = fuzz_left(&fuzz);
    char *room = aligned_alloc(16, (length + 16) & ~(size_t)15);
    char *image = room;
    v8pool_error err;

    MUST(room != NULL);
    if (mode & 1) {
        length &= ~(size_t)15;
        image = room + (((length + 16) & ~(size_t)15) - 16 - length);
    }
    memcpy(image, fuzz.at, length);
    if ((mode & 1) && length >= sizeof(struct v8p_image_header)) {
        mend(image, length);
    }
    memset(&err, 0, sizeof(err));
    if (v8pool_image_check(image, length, &err) == V8POOL_OK) {
        read_all(image, length);
        image[length / 2] ^= 4;
        MUST(v8pool_image_check(image, length, NULL) != V8POOL_OK);
    }
    else {
        MUST(err.status == V8POOL_E_ARG && err.message[0] != '\0');
    }
    free(room);
    fuzz_end(&fuzz);
    return 0;
}
