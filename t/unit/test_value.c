/* SPDX-License-Identifier: Apache-2.0
 *
 * test_value.c: encoding and decoding of what memcached holds.
 */
#include "tap.h"

#include "value.h"

#include <apr_siphash.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define KEY "GET example.com /shop?a=1"
#define KEY_LENGTH (sizeof(KEY) - 1)

static const uint64_t tags[] = {1, UINT64_MAX, UINT64_C(0x0123456789abcdef)};

static void fill(rcache_value *value, struct iovec body[2])
{
    static char one[] = "<html>", two[] = "</html>\n";

    memset(value, 0, sizeof(*value));
    value->meta.rendered = 1700000000000001;
    value->meta.made = 1700000000000002;
    value->meta.fresh_until = 1700000000000003;
    value->meta.stale_until = 1700000000000004;
    value->meta.error_until = -5;
    value->meta.etag = UINT64_C(0xfedcba9876543210);
    value->meta.status = 404;
    value->meta.flags = RCACHE_HAS_NONCE;
    value->meta.generation = UINT64_C(0x1122334455667788);
    value->head = "Content-Type\0text/html";
    value->head_length = 22;
    value->tags = tags;
    value->tag_count = 3;
    body[0] = (struct iovec){one, 6};
    body[1] = (struct iovec){two, 8};
    value->body = body;
    value->body_parts = 2;
}

static char *encoded(size_t *length)
{
    rcache_value value;
    struct iovec body[2];
    char *bytes;

    fill(&value, body);
    IS_INT(rcache_value_encode(KEY, KEY_LENGTH, &value, &bytes, length), 0);
    return bytes;
}

static void test_value_roundtrip_keeps_everything(void)
{
    rcache_value wanted;
    struct iovec body[2];
    rcache_value_view view;
    size_t length;
    char *bytes = encoded(&length);
    const rcache_meta *m = &view.value.meta;

    fill(&wanted, body);
    OK(rcache_value_decode(bytes, length, KEY, KEY_LENGTH, &view));
    IS_INT(m->rendered, wanted.meta.rendered);
    IS_INT(m->made, wanted.meta.made);
    IS_INT(m->fresh_until, wanted.meta.fresh_until);
    IS_INT(m->stale_until, wanted.meta.stale_until);
    IS_INT(m->error_until, wanted.meta.error_until);
    OK(m->etag == wanted.meta.etag);
    IS_INT(m->status, 404);
    IS_INT(m->flags, RCACHE_HAS_NONCE | RCACHE_FROM_L2);
    OK(m->generation == wanted.meta.generation);
    IS_INT(view.value.head_length, 22);
    OK(memcmp(view.value.head, wanted.head, 22) == 0);
    IS_INT(view.value.tag_count, 3);
    OK(memcmp(view.value.tags, tags, sizeof(tags)) == 0);
    IS_INT(view.value.body_parts, 1);
    IS_INT(view.value.body->iov_len, 14);
    OK(memcmp(view.value.body->iov_base, "<html></html>\n", 14) == 0);
    OK((char *)view.value.body->iov_base > bytes &&
       (char *)view.value.body->iov_base < bytes + length);
    free(bytes);
}

/* What every host must write, of whatever byte order. */
static void test_value_layout_is_little_endian(void)
{
    size_t length;
    char *bytes = encoded(&length);

    IS_INT(length, 104 + 24 + KEY_LENGTH + 22 + 14 + 8);
    OK(memcmp(bytes, "v8ssrL2\n\1\0\0\0\x94\1\0\0", 16) == 0);
    OK(memcmp(bytes + 72, "\x88\x77\x66\x55\x44\x33\x22\x11", 8) == 0);
    OK(memcmp(bytes + 120, "\xef\xcd\xab\x89\x67\x45\x23\x01", 8) == 0);
    OK(memcmp(bytes + 128, KEY, KEY_LENGTH) == 0);
    free(bytes);
}

static void test_value_empty_is_taken(void)
{
    rcache_value value;
    rcache_value_view view;
    char *bytes;
    size_t length;

    memset(&value, 0, sizeof(value));
    IS_INT(rcache_value_encode("", 0, &value, &bytes, &length), 0);
    OK(rcache_value_decode(bytes, length, "", 0, &view));
    IS_INT(view.value.meta.status, 0);
    IS_INT(view.value.body->iov_len, 0);
    free(bytes);
}

/* It says itself where it came from, it is not told. */
static void test_value_from_l2_is_not_written(void)
{
    rcache_value value;
    char *bytes;
    size_t length;

    memset(&value, 0, sizeof(value));
    value.meta.flags = RCACHE_FROM_L2;
    rcache_value_encode("k", 1, &value, &bytes, &length);
    IS_INT(bytes[80], 0);
    free(bytes);
}

static void test_value_of_another_key_is_refused(void)
{
    rcache_value_view view;
    size_t length;
    char *bytes = encoded(&length);

    OK(!rcache_value_decode(bytes, length, KEY "2", KEY_LENGTH + 1, &view));
    OK(!rcache_value_decode(bytes, length, KEY, KEY_LENGTH - 1, &view));
    OK(!rcache_value_decode(bytes, length, "GET example.com /shop?a=2",
                            KEY_LENGTH, &view));
    free(bytes);
}

static void test_value_cut_off_is_refused(void)
{
    rcache_value_view view;
    size_t length, i, accepted = 0;
    char *bytes = encoded(&length);
    char *part;

    for (i = 0; i < length; i++) {
        part = malloc(i + 1); /* exactly as large: for AddressSanitizer */
        part = realloc(part, i > 0 ? i : 1);
        memcpy(part, bytes, i);
        accepted += (size_t)rcache_value_decode(part, i, KEY, KEY_LENGTH,
                                                &view);
        free(part);
    }
    IS_INT(accepted, 0);
    part = malloc(length + 8);
    memset(part, 0, length + 8);
    memcpy(part, bytes, length);
    OK(!rcache_value_decode(part, length + 8, KEY, KEY_LENGTH, &view));
    free(part);
    free(bytes);
}

static void test_value_every_bit_counts(void)
{
    rcache_value_view view;
    size_t length, i, accepted = 0;
    char *bytes = encoded(&length);
    char *copy = malloc(length);

    for (i = 0; i < length * 8; i++) {
        memcpy(copy, bytes, length);
        copy[i / 8] ^= (char)(1 << (i % 8));
        accepted += (size_t)rcache_value_decode(copy, length, KEY, KEY_LENGTH,
                                                &view);
    }
    IS_INT(accepted, 0);
    free(copy);
    free(bytes);
}

/* The first bytes of one value and the last of another. */
static void test_value_torn_is_refused(void)
{
    rcache_value_view view;
    rcache_value value;
    struct iovec body[2];
    size_t length, i, accepted = 0;
    char *bytes = encoded(&length), *other;
    char *copy = malloc(length);

    fill(&value, body);
    value.meta.rendered++;
    body[1].iov_base = "<br></p>";
    rcache_value_encode(KEY, KEY_LENGTH, &value, &other, &length);
    for (i = 25; i < length; i++) {
        memcpy(copy, bytes, i);
        memcpy(copy + i, other + i, length - i);
        accepted += (size_t)rcache_value_decode(copy, length, KEY, KEY_LENGTH,
                                                &view);
    }
    IS_INT(accepted, 0);
    free(copy);
    free(other);
    free(bytes);
}

/* The checksum as the code makes it, to get past it with other contents. */
static void sign(char *bytes, size_t length)
{
    uint64_t sum = apr_siphash24(bytes, length - 8,
                                 (const unsigned char *)"v8ssr cache L2 1");
    int i;

    for (i = 0; i < 8; i++) {
        bytes[length - 8 + (size_t)i] = (char)(sum >> (8 * i));
    }
}

/* Lengths that were signed are not believed either: nothing outside is read
 * (AddressSanitizer), and what is accepted lies inside. */
static void test_value_wrong_lengths_are_refused(void)
{
    static const unsigned char odd[] = {0, 1, 0x7f, 0x80, 0xff};
    rcache_value_view view;
    size_t length, accepted = 0, outside = 0;
    char *bytes = encoded(&length);
    char *copy = malloc(length);
    unsigned seed = 7;
    int i, j;

    for (i = 0; i < 200000; i++) {
        memcpy(copy, bytes, length);
        for (j = rand_r(&seed) % 6; j >= 0; j--) {
            copy[84 + rand_r(&seed) % 20] = (char)odd[rand_r(&seed) % 5];
        }
        sign(copy, length);
        if (rcache_value_decode(copy, length, KEY, KEY_LENGTH, &view)) {
            const char *end = (char *)view.body.iov_base + view.body.iov_len;

            accepted += memcmp(copy, bytes, length) != 0;
            outside += end != copy + length - 8;
        }
    }
    IS_INT(accepted, 0);
    IS_INT(outside, 0);
    free(copy);
    free(bytes);
}

/* Eight times 2^30 tags more, and 2^33 bytes of body less than none. */
static void test_value_sum_that_wraps_is_refused(void)
{
    rcache_value_view view;
    size_t length;
    char *bytes = encoded(&length);

    memcpy(bytes + 92, "\3\0\0\x40", 4);
    memcpy(bytes + 96, "\x0e\0\0\0\xfe\xff\xff\xff", 8);
    sign(bytes, length);
    OK(!rcache_value_decode(bytes, length, KEY, KEY_LENGTH, &view));
    free(bytes);
}

static int accepts_signed(size_t at, char byte)
{
    rcache_value_view view;
    size_t length;
    char *bytes = encoded(&length);
    int accepted;

    bytes[at] = byte;
    sign(bytes, length);
    accepted = rcache_value_decode(bytes, length, KEY, KEY_LENGTH, &view);
    free(bytes);
    return accepted;
}

/* Whole, but not in this format. */
static void test_value_of_another_version_is_refused(void)
{
    OK(accepts_signed(8, 1));
    OK(!accepts_signed(8, 2));
    OK(!accepts_signed(7, '\r'));
    OK(!accepts_signed(16, 1));
}

static void test_value_too_large_is_not_read(void)
{
    size_t length = RCACHE_VALUE_MAX + 8;
    char *bytes = calloc(1, length), *small;
    rcache_value_view view;
    size_t small_length;
    uint64_t body = length - 104 - 8;
    int i;

    small = encoded(&small_length);
    memcpy(bytes, small, 104);
    memset(bytes + 84, 0, 12); /* nothing but a body */
    for (i = 0; i < 8; i++) {
        bytes[16 + i] = (char)((uint64_t)length >> (8 * i));
        bytes[96 + i] = (char)(body >> (8 * i));
    }
    sign(bytes, length);
    OK(!rcache_value_decode(bytes, length, "", 0, &view));
    free(small);
    free(bytes);
}

static void test_value_random_bytes_are_refused(void)
{
    rcache_value_view view;
    char bytes[256] __attribute__((aligned(8)));
    size_t accepted = 0, i;
    unsigned seed = 3;
    int round;

    for (round = 0; round < 100000; round++) {
        size_t length = (size_t)rand_r(&seed) % sizeof(bytes);

        for (i = 0; i < length; i++) {
            bytes[i] = (char)rand_r(&seed);
        }
        if (round % 2 && length >= 16) {
            memcpy(bytes, "v8ssrL2\n\1\0\0", 12);
        }
        accepted += (size_t)rcache_value_decode(bytes, length, "", 0, &view);
    }
    IS_INT(accepted, 0);
}

static void test_value_unaligned_is_refused(void)
{
    rcache_value_view view;
    size_t length;
    char *bytes = encoded(&length);
    char *shifted = malloc(length + 8);

    memcpy(shifted + 1, bytes, length);
    OK(!rcache_value_decode(shifted + 1, length, KEY, KEY_LENGTH, &view));
    free(shifted);
    free(bytes);
}

static int encode_body(size_t body_length)
{
    static char memory[RCACHE_VALUE_MAX];
    struct iovec body = {memory, body_length};
    rcache_value value;
    char *bytes;
    size_t length;
    int rc;

    memset(&value, 0, sizeof(value));
    value.body = &body;
    value.body_parts = 1;
    rc = rcache_value_encode("k", 1, &value, &bytes, &length);
    OK((rc == 0) == (bytes != NULL));
    free(bytes);
    return rc;
}

static void test_value_too_large_is_refused(void)
{
    rcache_value value;
    char *bytes;
    size_t length;

    IS_INT(encode_body(RCACHE_VALUE_MAX - 104 - 8 - 1), 0);
    IS_INT(encode_body(RCACHE_VALUE_MAX - 104 - 8), E2BIG);
    IS_INT(encode_body(SIZE_MAX), E2BIG);
    memset(&value, 0, sizeof(value));
    value.tag_count = SIZE_MAX / 8 + 2; /* times 8: 8 */
    IS_INT(rcache_value_encode("k", 1, &value, &bytes, &length), E2BIG);
    memset(&value, 0, sizeof(value));
    value.head_length = SIZE_MAX;
    IS_INT(rcache_value_encode("k", 1, &value, &bytes, &length), E2BIG);
}

static void test_key_is_one_memcached_takes(void)
{
    rcache_l2_key a, b;
    char prefix[200];

    rcache_l2_key_set(&a, "", "abc", 3);
    IS_STR(a.text, "v8ssr:1:a9993e364706816aba3e25717850c26c");
    IS_INT(a.length, strlen(a.text));
    rcache_l2_key_set(&b, "site1:", "abc", 3);
    IS_STR(b.text, "site1:v8ssr:1:a9993e364706816aba3e25717850c26c");
    rcache_l2_key_set(&b, "", "abd", 3);
    OK(strcmp(a.text, b.text) != 0);
    rcache_l2_key_set(&b, "", "a\0c", 3);
    OK(strcmp(a.text, b.text) != 0);
    memset(prefix, 'p', sizeof(prefix) - 1);
    prefix[199] = '\0';
    rcache_l2_key_set(&b, prefix, "abc", 3);
    IS_INT(b.length, RCACHE_L2_PREFIX_MAX + 40);
    IS_INT(strlen(b.text), b.length);
}

TAP_MAIN(RUN(test_value_roundtrip_keeps_everything),
         RUN(test_value_layout_is_little_endian),
         RUN(test_value_empty_is_taken),
         RUN(test_value_from_l2_is_not_written),
         RUN(test_value_of_another_key_is_refused),
         RUN(test_value_cut_off_is_refused),
         RUN(test_value_every_bit_counts),
         RUN(test_value_torn_is_refused),
         RUN(test_value_wrong_lengths_are_refused),
         RUN(test_value_sum_that_wraps_is_refused),
         RUN(test_value_of_another_version_is_refused),
         RUN(test_value_too_large_is_not_read),
         RUN(test_value_random_bytes_are_refused),
         RUN(test_value_unaligned_is_refused),
         RUN(test_value_too_large_is_refused),
         RUN(test_key_is_one_memcached_takes))
