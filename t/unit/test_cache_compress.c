/* SPDX-License-Identifier: Apache-2.0
 *
 * test_cache_compress.c: pages compressed by us are what their decoders make of
 * them.
 */
#include "cache/compress.h"
#include "dice.h"

#include <brotli/decode.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#define MOST ((size_t)3 * 1024 * 1024)

static int go_on(void *baton)
{
    int *left = baton;

    return left == NULL || (*left)-- > 0;
}

/* Text that compresses somewhat. */
static char *page_of(size_t length, uint64_t seed)
{
    static const char words[] = "the quick brown fox jumps over a lazy dog, ";
    char *page = malloc(length > 0 ? length : 1);
    struct dice dice = {seed + 1};
    size_t i;

    for (i = 0; i < length; i++) {
        page[i] = dice_roll(&dice, 20) == 0 ? (char)dice_roll(&dice, 256)
                                          : words[i % (sizeof(words) - 1)];
    }
    return page;
}

static int is_same_br(const char *bytes, size_t length, const char *page,
                      size_t want)
{
    uint8_t *plain = malloc(MOST);
    size_t got = MOST;
    int same = BrotliDecoderDecompress(length, (const uint8_t *)bytes, &got,
                                       plain) == BROTLI_DECODER_RESULT_SUCCESS &&
               got == want && memcmp(plain, page, want) == 0;

    free(plain);
    return same;
}

static int is_same_gzip(const char *bytes, size_t length, const char *page,
                        size_t want)
{
    Bytef *plain = malloc(MOST);
    z_stream z;
    int rc, same;

    memset(&z, 0, sizeof(z));
    z.next_in = (Bytef *)bytes;
    z.avail_in = (uInt)length;
    z.next_out = plain;
    z.avail_out = (uInt)MOST;
    inflateInit2(&z, MAX_WBITS + 16);
    rc = inflate(&z, Z_FINISH);
    same = rc == Z_STREAM_END && z.total_out == want && z.avail_in == 0 &&
           memcmp(plain, page, want) == 0;
    inflateEnd(&z);
    free(plain);
    return same;
}

/* In three parts, one of them empty. */
static int compress_page(enum rcache_coding coding, int level, const char *page,
                         size_t length, int *pieces, char **bytes,
                         size_t *compressed)
{
    size_t first = length / 3;
    struct iovec body[3] = {{(char *)page, first},
                            {NULL, 0},
                            {(char *)page + first, length - first}};

    return rcache_compress(coding, level, body, 3, go_on, pieces, bytes,
                           compressed);
}

static void test_compress_sizes_come_back(void)
{
    static const size_t sizes[] = {0,     1,      100,     65535,
                                   65536, 196607, 1000000, MOST};
    size_t i;

    for (i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        char *page = page_of(sizes[i], i);
        int br = sizes[i] > 500000 ? 9 : 11; /* 11 takes seconds */
        char *bytes;
        size_t length;

        OK(compress_page(RCACHE_BR, br, page, sizes[i], NULL, &bytes, &length));
        OK(is_same_br(bytes, length, page, sizes[i]));
        free(bytes);
        OK(compress_page(RCACHE_GZIP, 9, page, sizes[i], NULL, &bytes,
                         &length));
        OK(is_same_gzip(bytes, length, page, sizes[i]));
        free(bytes);
        free(page);
    }
}

static void test_compress_level_higher_smaller(void)
{
    char *page = page_of(100000, 7);
    char *bytes;
    size_t low, high;

    OK(compress_page(RCACHE_BR, 1, page, 100000, NULL, &bytes, &low));
    free(bytes);
    OK(compress_page(RCACHE_BR, 11, page, 100000, NULL, &bytes, &high));
    free(bytes);
    OK(high < low);
    OK(compress_page(RCACHE_GZIP, 1, page, 100000, NULL, &bytes, &low));
    free(bytes);
    OK(compress_page(RCACHE_GZIP, 9, page, 100000, NULL, &bytes, &high));
    free(bytes);
    OK(high < low);
    free(page);
}

static void test_compress_told_to_go_gives_up(void)
{
    char *page = page_of(1000000, 8);
    enum rcache_coding codings[] = {RCACHE_BR, RCACHE_GZIP};
    size_t i, length = 1;
    char *bytes = page;

    for (i = 0; i < 2; i++) {
        int pieces = 3;

        OK(!compress_page(codings[i], 5, page, 1000000, &pieces, &bytes,
                          &length));
        OK(bytes == NULL && length == 0);
        OK(pieces == -1); /* asked once more, then never again */
    }
    OK(!compress_page(RCACHE_IDENTITY, 5, page, 1000000, NULL, &bytes,
                      &length));
    OK(bytes == NULL);
    free(page);
}

TAP_MAIN(RUN(test_compress_sizes_come_back),
         RUN(test_compress_level_higher_smaller),
         RUN(test_compress_told_to_go_gives_up))
