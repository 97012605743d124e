/* SPDX-License-Identifier: Apache-2.0
 *
 * image.c: reading an image.  v8pool_image_check() looks at every number in
 * it, so that what follows need not.
 */
#include "image.h"

#include "error.h"
#include "v8pool_image.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>

typedef struct v8p_image_header image_header;
typedef struct v8p_image_entry image_entry;
typedef struct v8p_image_part image_part;

static const image_entry *entries_of(const void *image)
{
    return (const image_entry *)((const image_header *)image + 1);
}

static const char *bytes_of(const void *image, const image_part *part)
{
    return part->offset == 0 ? NULL : (const char *)image + part->offset;
}

void v8p_image_engine(char engine[112])
{
    memset(engine, 0, 112);
    snprintf(engine, 112, "%s %s", V8POOL_VERSION, v8pool_engine_version());
}

/* Each step can be undone, so one word that differs changes the outcome. */
static uint64_t add_words(uint64_t sum, const char *data, size_t length)
{
    uint64_t word;

    for (; length >= sizeof(word); length -= sizeof(word)) {
        memcpy(&word, data, sizeof(word));
        sum = (sum ^ word) * UINT64_C(0x9e3779b97f4a7c15);
        sum ^= sum >> 32;
        data += sizeof(word);
    }
    return sum;
}

uint64_t v8p_image_checksum(const void *image, size_t length)
{
    size_t before = offsetof(image_header, checksum);
    size_t after = before + sizeof(uint64_t);
    uint64_t sum = add_words(0, image, before);

    return add_words(sum, (const char *)image + after, length - after);
}

static int is_inside(const image_part *part, size_t length)
{
    return part->offset <= length && part->length <= length - part->offset;
}

static int has_blob(const image_header *header)
{
    return header->blob.offset != 0;
}

static int are_parts_inside(const void *image, size_t length)
{
    const image_header *header = image;
    const image_entry *entries = entries_of(image);
    uint64_t i;

    for (i = 0; i < header->count; i++) {
        const image_entry *e = &entries[i];

        if (!is_inside(&e->entry, length) || !is_inside(&e->script, length) ||
            !is_inside(&e->code, length) || e->script.offset == 0 ||
            e->slot > (has_blob(header) ? header->count : 0)) {
            return 0;
        }
    }
    return is_inside(&header->blob, length);
}

v8pool_status v8pool_image_check(const void *image, size_t length,
                                 v8pool_error *err)
{
    const image_header *header = image;
    char engine[112];

    v8p_image_engine(engine);
    if ((uintptr_t)image % 16 != 0) {
        return v8p_error_set(err, V8POOL_E_ARG,
                             "the image does not start at a multiple of 16");
    }
    if (length < sizeof(*header) ||
        memcmp(header->magic, V8P_IMAGE_MAGIC, sizeof(header->magic)) != 0) {
        return v8p_error_set(err, V8POOL_E_ARG, "this is no image");
    }
    if (memcmp(header->engine, engine, sizeof(engine)) != 0) {
        return v8p_error_set(err, V8POOL_E_ARG, "an image of %.111s, not of %s",
                             header->engine, engine);
    }
    if (header->length != length) {
        return v8p_error_set(err, V8POOL_E_ARG,
                             "the image has %zu bytes, not %llu", length,
                             (unsigned long long)header->length);
    }
    if (length % 16 != 0 ||
        header->checksum != v8p_image_checksum(image, length) ||
        header->count > (length - sizeof(*header)) / sizeof(image_entry) ||
        !are_parts_inside(image, length)) {
        return v8p_error_set(err, V8POOL_E_ARG, "the image is damaged");
    }
    return V8POOL_OK;
}

static int is_of(const void *image, const image_entry *e,
                 const v8pool_bundle *bundle)
{
    const char *entry = bytes_of(image, &e->entry);

    if (e->options != (bundle->options & V8P_IMAGE_OPTIONS)) {
        return 0;
    }
    if (entry == NULL || bundle->entry == NULL) {
        if (entry != bundle->entry) {
            return 0;
        }
    }
    else if (strlen(bundle->entry) != e->entry.length ||
             memcmp(entry, bundle->entry, e->entry.length) != 0) {
        return 0;
    }
    return e->script.length == bundle->length &&
           memcmp((const char *)image + e->script.offset, bundle->source,
                  bundle->length) == 0;
}

/* Several bundles may have the same script: the first snapshot of it, or the
 * first code cache for a bundle that wants none, or where there is none. */
static const image_entry *find(const void *image, const v8pool_bundle *bundle)
{
    const image_header *header = image;
    const image_entry *entries = entries_of(image);
    const image_entry *code = NULL;
    uint64_t i;

    for (i = 0; i < header->count; i++) {
        const image_entry *e = &entries[i];

        if (!is_of(image, e, bundle)) {
            continue;
        }
        if (e->slot == 0 && code == NULL) {
            code = e;
        }
        if (e->slot != 0 && !(bundle->options & V8POOL_NO_SNAPSHOT)) {
            return e;
        }
    }
    return code;
}

void v8p_image_look_up(const void *image, v8pool_bundle *bundle)
{
    const image_entry *e = image != NULL ? find(image, bundle) : NULL;

    if (e != NULL) {
        bundle->slot = (int)e->slot;
        bundle->code = bytes_of(image, &e->code);
        bundle->code_length = e->code.length;
    }
}

const char *v8p_image_blob(const void *image, size_t *length)
{
    const image_header *header = image;

    *length = 0;
    if (image == NULL || !has_blob(header)) {
        return NULL;
    }
    *length = header->blob.length;
    return bytes_of(image, &header->blob);
}
