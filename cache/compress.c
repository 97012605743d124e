/* SPDX-License-Identifier: Apache-2.0
 *
 * compress.c: feeds libbrotlienc and zlib piece by piece, so that a process that
 * is told to go need not finish a large page.
 */
#include "compress.h"

#include <brotli/encode.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

/* Of the page, between two questions whether to go on. */
#define PIECE ((size_t)64 * 1024)

struct work {
    const struct iovec *body;
    size_t parts, part, at; /* the next byte is body[part]'s at */
    size_t left;
    rcache_compress_go *go;
    void *baton;
    char *bytes;
    size_t length, room;
};

/* The next piece; 0: there is none.  Empty parts are passed over. */
static size_t next_piece(struct work *w, const uint8_t **piece)
{
    size_t n;

    while (w->part < w->parts && w->at == w->body[w->part].iov_len) {
        w->part++;
        w->at = 0;
    }
    if (w->part == w->parts) {
        return 0;
    }
    n = w->body[w->part].iov_len - w->at;
    n = n < PIECE ? n : PIECE;
    *piece = (const uint8_t *)w->body[w->part].iov_base + w->at;
    w->at += n;
    w->left -= n;
    return n;
}

/* Room for at least one byte more. */
static int grow(struct work *w)
{
    size_t room = w->room > 0 ? 2 * w->room : 16 * 1024;
    char *bytes;

    if (w->length < w->room) {
        return 1;
    }
    bytes = realloc(w->bytes, room);
    if (bytes == NULL) {
        return 0;
    }
    w->bytes = bytes;
    w->room = room;
    return 1;
}

/* --- brotli -------------------------------------------------------------------- */

/* Until all of the piece is taken, and at the end until all is out. */
static int brotli_piece(struct work *w, BrotliEncoderState *encoder,
                        BrotliEncoderOperation operation, size_t in,
                        const uint8_t *piece)
{
    do {
        size_t out;
        uint8_t *to;

        if (!grow(w)) {
            return 0;
        }
        out = w->room - w->length;
        to = (uint8_t *)w->bytes + w->length;
        if (!BrotliEncoderCompressStream(encoder, operation, &in, &piece, &out,
                                         &to, NULL)) {
            return 0;
        }
        w->length = w->room - out;
    } while (in > 0 || BrotliEncoderHasMoreOutput(encoder) ||
             (operation == BROTLI_OPERATION_FINISH &&
              !BrotliEncoderIsFinished(encoder)));
    return 1;
}

static int brotli(struct work *w, int level)
{
    BrotliEncoderState *encoder = BrotliEncoderCreateInstance(NULL, NULL, NULL);
    const uint8_t *piece = NULL;
    size_t n = 1;
    int good = encoder != NULL;

    if (encoder == NULL) {
        return 0;
    }
    BrotliEncoderSetParameter(encoder, BROTLI_PARAM_QUALITY, (uint32_t)level);
    BrotliEncoderSetParameter(encoder, BROTLI_PARAM_SIZE_HINT,
                              w->left < UINT32_MAX ? (uint32_t)w->left
                                                   : UINT32_MAX);
    while (good && n > 0) {
        n = next_piece(w, &piece);
        good = w->go(w->baton) &&
               brotli_piece(w, encoder,
                            n > 0 ? BROTLI_OPERATION_PROCESS
                                  : BROTLI_OPERATION_FINISH,
                            n, piece);
    }
    BrotliEncoderDestroyInstance(encoder);
    return good;
}

/* --- gzip ---------------------------------------------------------------------- */

static int gzip_piece(struct work *w, z_stream *z, int flush)
{
    int rc;

    do {
        if (!grow(w)) {
            return 0;
        }
        z->next_out = (Bytef *)w->bytes + w->length;
        z->avail_out = (uInt)(w->room - w->length < UINT32_MAX
                                  ? w->room - w->length
                                  : UINT32_MAX);
        rc = deflate(z, flush);
        w->length = (size_t)((char *)z->next_out - w->bytes);
    } while (rc == Z_OK && (z->avail_out == 0 || flush == Z_FINISH));
    return rc == Z_OK || rc == Z_STREAM_END || rc == Z_BUF_ERROR;
}

static int gzip(struct work *w, int level)
{
    z_stream z;
    const uint8_t *piece = NULL;
    size_t n = 1;
    int good = 1;

    memset(&z, 0, sizeof(z));
    /* 16: in gzip's wrapping; 9: all the memory it can use */
    if (deflateInit2(&z, level, Z_DEFLATED, MAX_WBITS + 16, 9,
                     Z_DEFAULT_STRATEGY) != Z_OK) {
        return 0;
    }
    while (good && n > 0) {
        n = next_piece(w, &piece);
        z.next_in = (z_const Bytef *)piece;
        z.avail_in = (uInt)n;
        good = w->go(w->baton) &&
               gzip_piece(w, &z, n > 0 ? Z_NO_FLUSH : Z_FINISH);
    }
    deflateEnd(&z);
    return good;
}

int rcache_compress(enum rcache_coding coding, int level,
                    const struct iovec *body, size_t parts,
                    rcache_compress_go *go, void *baton, char **bytes,
                    size_t *length)
{
    struct work w = {.body = body, .parts = parts, .go = go, .baton = baton};
    size_t i;
    int good;

    for (i = 0; i < parts; i++) {
        w.left += body[i].iov_len;
    }
    good = coding == RCACHE_BR     ? brotli(&w, level)
           : coding == RCACHE_GZIP ? gzip(&w, level)
                                   : 0;
    if (!good) {
        free(w.bytes);
        w.bytes = NULL;
    }
    *bytes = w.bytes;
    *length = good ? w.length : 0;
    return good;
}
