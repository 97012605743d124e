/* SPDX-License-Identifier: Apache-2.0
 *
 * image_build.c: has the engine evaluate scripts and writes down the outcome.
 */
#include "image.h"

#include "engine/snapshot.h"
#include "error.h"
#include "v8pool_image.h"

#include <stdlib.h>
#include <string.h>

/* V8 reads its blob in words. */
#define ALIGNED(n) (((n) + 15) & ~(size_t)15)

struct build {
    const v8pool_image_item *items;
    size_t count;
    const v8pool_image_watch *watch;
    v8e_item *snapshotted;  /* those with a context in the blob */
    size_t snapshot_count;
    char *blob;
    size_t blob_length;
    char **code;            /* by item; NULL where it is in the blob */
    size_t *code_length;
};

static int has_no_snapshot(const v8pool_image_item *item)
{
    return (item->bundle.options & V8POOL_NO_SNAPSHOT) != 0;
}

static v8e_item item_of(const v8pool_image_item *item)
{
    const v8pool_bundle_config *b = &item->bundle;
    /* Never frozen: V8 cannot read that back from a blob (c4). */
    v8e_item made = {{b->name, b->source, b->source_length,
                      b->path != NULL ? b->path : b->name, b->entry, 0, NULL,
                      0, b->options & V8POOL_ALLOW_EVAL},
                     item->warm_url != NULL ? item->warm_url : "/"};

    return made;
}

static v8pool_status make_blob(struct build *b, v8pool_error *err)
{
    size_t i;

    for (i = 0; i < b->count; i++) {
        if (!has_no_snapshot(&b->items[i])) {
            b->snapshotted[b->snapshot_count++] = item_of(&b->items[i]);
        }
    }
    /* Also for none: its plain context has the runtime, which is most of the
     * work before a bundle that has a code cache. */
    return v8e_blob_build(b->snapshotted, b->snapshot_count, b->watch, &b->blob,
                          &b->blob_length, err);
}

static v8pool_status make_code(struct build *b, v8pool_error *err)
{
    v8pool_status status = V8POOL_OK;
    size_t i;

    for (i = 0; i < b->count && status == V8POOL_OK; i++) {
        if (has_no_snapshot(&b->items[i])) {
            v8e_item item = item_of(&b->items[i]);

            status = v8e_code_build(&item, b->blob, b->blob_length, b->watch,
                                    &b->code[i], &b->code_length[i], err);
        }
    }
    return status;
}

static size_t text_length(const char *text)
{
    return text != NULL ? strlen(text) : 0;
}

static size_t image_length(const struct build *b)
{
    size_t length = sizeof(struct v8p_image_header) +
                    b->count * sizeof(struct v8p_image_entry);
    size_t i;

    for (i = 0; i < b->count; i++) {
        length = ALIGNED(length) + text_length(b->items[i].bundle.entry) + 1;
        length = ALIGNED(length) + b->items[i].bundle.source_length + 1;
        length = ALIGNED(length) + b->code_length[i];
    }
    return ALIGNED(ALIGNED(length) + b->blob_length);
}

/* Appends length bytes at *end; the image was made large enough. */
static struct v8p_image_part put(char *image, size_t *end, const char *data,
                                 size_t length)
{
    struct v8p_image_part part = {0, 0};

    if (data != NULL) {
        part.offset = ALIGNED(*end);
        part.length = length;
        memcpy(image + part.offset, data, length);
        *end = part.offset + length;
    }
    return part;
}

static void write_image(const struct build *b, char *image, size_t length)
{
    struct v8p_image_header *header = (void *)image;
    struct v8p_image_entry *entries = (void *)(header + 1);
    size_t end = sizeof(*header) + b->count * sizeof(*entries);
    uint64_t slot = 0;
    size_t i;

    memcpy(header->magic, V8P_IMAGE_MAGIC, sizeof(header->magic));
    v8p_image_engine(header->engine);
    header->length = length;
    header->count = b->count;
    for (i = 0; i < b->count; i++) {
        const v8pool_bundle_config *c = &b->items[i].bundle;

        entries[i].entry = put(image, &end, c->entry, text_length(c->entry));
        entries[i].script = put(image, &end, c->source, c->source_length);
        entries[i].code = put(image, &end, b->code[i], b->code_length[i]);
        entries[i].options = c->options & V8P_IMAGE_OPTIONS;
        entries[i].slot = has_no_snapshot(&b->items[i]) ? 0 : ++slot;
    }
    header->blob = put(image, &end, b->blob, b->blob_length);
    header->checksum = v8p_image_checksum(image, length);
}

static v8pool_status build(struct build *b, void **image, size_t *length,
                           v8pool_error *err)
{
    v8pool_status status = v8e_platform_start(err);

    b->snapshotted = calloc(b->count, sizeof(*b->snapshotted));
    b->code = calloc(b->count, sizeof(*b->code));
    b->code_length = calloc(b->count, sizeof(*b->code_length));
    if (b->snapshotted == NULL || b->code == NULL || b->code_length == NULL) {
        return v8p_error_set(err, V8POOL_E_MEMORY, "no memory for an image");
    }
    if (status == V8POOL_OK) {
        status = make_blob(b, err);
    }
    if (status == V8POOL_OK) {
        status = make_code(b, err);
    }
    if (status == V8POOL_OK) {
        *length = image_length(b);
        *image = calloc(1, *length);
        if (*image == NULL) {
            return v8p_error_set(err, V8POOL_E_MEMORY,
                                 "no memory for an image");
        }
        write_image(b, *image, *length);
    }
    return status;
}

v8pool_status v8pool_image_build(const v8pool_image_item *items, size_t count,
                                 const v8pool_image_watch *watch, void **image,
                                 size_t *length, v8pool_error *err)
{
    struct build b = {.items = items, .count = count, .watch = watch};
    v8pool_status status;
    size_t i;

    *image = NULL;
    *length = 0;
    for (i = 0; i < count; i++) {
        if (items[i].bundle.name == NULL || items[i].bundle.source == NULL) {
            return v8p_error_set(err, V8POOL_E_ARG,
                                 "item %zu needs a name and a source", i);
        }
    }
    if (count == 0) {
        return v8p_error_set(err, V8POOL_E_ARG, "an image of no bundle");
    }
    status = build(&b, image, length, err);
    for (i = 0; b.code != NULL && i < count; i++) {
        free(b.code[i]);
    }
    free(b.code);
    free(b.code_length);
    free(b.snapshotted);
    free(b.blob);
    return status;
}
