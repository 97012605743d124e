/* SPDX-License-Identifier: Apache-2.0
 *
 * fuzz_value.c: what memcached hands back.  As it is it never has the right
 * checksum; where the first byte says so it is given one, and the right length.
 */
#include "fuzz.h"

#include "cache/value.h"

#include <apr_siphash.h>

#define KEY "GET /shop"
#define KEY_LENGTH (sizeof(KEY) - 1)
#define HEADER 104u
#define LAST (sizeof(uint64_t)) /* of the checksum */

static void mend(char *bytes, size_t length)
{
    static const unsigned char key[APR_SIPHASH_KSIZE] = {
        'v', '8', 's', 's', 'r', ' ', 'c', 'a',
        'c', 'h', 'e', ' ', 'L', '2', ' ', '1'};
    uint64_t total = length, sum; /* a little-endian machine's */
    uint32_t version = 1;

    memcpy(bytes, "v8ssrL2\n", 8);
    memcpy(bytes + 8, &version, sizeof(version));
    memcpy(bytes + 16, &total, sizeof(total));
    sum = apr_siphash24(bytes, length - LAST, key);
    memcpy(bytes + length - LAST, &sum, sizeof(sum));
}

static int is_inside(const void *part, size_t part_length, const char *bytes,
                     size_t length)
{
    const char *at = part;

    return at >= bytes && at <= bytes + length &&
           part_length <= (size_t)(bytes + length - at);
}

/* What was accepted is inside the bytes, and encodes to the same bytes, but
 * for the four that are not used. */
static void check_decoded(const rcache_value *value, char *bytes,
                          const char *before, size_t length)
{
    char *again;
    size_t again_length;

    MUST(value->meta.flags & RCACHE_FROM_L2);
    MUST(is_inside(value->head, value->head_length, bytes, length));
    MUST(is_inside(value->tags, value->tag_count * 8, bytes, length));
    MUST(value->body_parts == 1 &&
         is_inside(value->body[0].iov_base, value->body[0].iov_len, bytes,
                   length));
    MUST(rcache_value_encode(KEY, KEY_LENGTH, value, &again, &again_length) ==
         0);
    MUST(again_length == length);
    MUST(memcmp(again, before, 80) == 0);
    MUST(memcmp(again + 84, before + 84, length - 84 - LAST) == 0);
    free(again);
}

static void decode(char *bytes, size_t length, size_t key_length)
{
    char *before = malloc(length + 1);
    rcache_value_view view;

    MUST(before != NULL);
    memcpy(before, bytes, length);
    if (rcache_value_decode(bytes, length, KEY, key_length, &view)) {
        MUST(key_length == KEY_LENGTH);
        check_decoded(&view.value, bytes, before, length);
    }
    free(before);
}

/* Any page comes back as it went. */
static void round_trip(struct fuzz *fuzz)
{
    uint64_t tags[8];
    struct iovec body[2];
    rcache_value value = {.tags = tags, .body = body, .body_parts = 2};
    rcache_value_view view;
    char *bytes, *head;
    size_t length;

    value.tag_count = fuzz_byte(fuzz) % 8;
    memset(tags, (int)fuzz_byte(fuzz), sizeof(tags));
    value.meta.status = fuzz_byte(fuzz) * 4;
    head = fuzz_until(fuzz, '\n', &value.head_length);
    value.head = head;
    body[0].iov_base = fuzz_until(fuzz, '\n', &body[0].iov_len);
    body[1].iov_base = fuzz_rest(fuzz, &body[1].iov_len);
    MUST(rcache_value_encode(KEY, KEY_LENGTH, &value, &bytes, &length) == 0);
    MUST(rcache_value_decode(bytes, length, KEY, KEY_LENGTH, &view));
    MUST(view.value.tag_count == value.tag_count &&
         memcmp(view.value.tags, tags, value.tag_count * 8) == 0);
    MUST(view.value.meta.status == value.meta.status);
    MUST(view.value.head_length == value.head_length &&
         memcmp(view.value.head, head, value.head_length) == 0);
    MUST(view.body.iov_len == body[0].iov_len + body[1].iov_len);
    bytes[length / 2] ^= 1;
    MUST(!rcache_value_decode(bytes, length, KEY, KEY_LENGTH, &view));
    free(bytes);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz fuzz = fuzz_begin(data, size);
    unsigned mode = fuzz_byte(&fuzz);
    char *bytes;
    size_t length;

    if (mode % 4 == 3) {
        round_trip(&fuzz);
        fuzz_end(&fuzz);
        return 0;
    }
    bytes = fuzz_rest(&fuzz, &length);
    if (mode % 4 != 0 && length >= HEADER + LAST) {
        mend(bytes, length);
    }
    decode(bytes, length, KEY_LENGTH - mode / 4 % 2);
    fuzz_end(&fuzz);
    return 0;
}
