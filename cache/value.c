/* SPDX-License-Identifier: Apache-2.0
 *
 * value.c: the layout.  All numbers are little-endian.
 *
 *       0  magic      8 bytes
 *       8  version    u32        12  status     u32
 *      16  total      u64, of everything up to and with the checksum
 *      24  rendered   i64        32  made       i64
 *      40  fresh      i64        48  stale      i64        56  error  i64
 *      64  etag       u64        72  generation u64
 *      80  flags      u32        84  key        u32, bytes
 *      88  head       u32, bytes 92  tags       u32, how many
 *      96  body       u64, bytes
 *     104  the tags (u64 each, aligned), key, head, body
 *     end  checksum   u64, SipHash-2-4 of all before it
 *
 * SipHash with a key that is no secret: what it guards against is chance, not
 * malice (who can write to memcached can write pages).  64 bits, because 32
 * would let one torn value of 4 billion pass; APR-util has it, the store in
 * memory uses it, and it is as fast as zlib's CRC.
 */
#include "value.h"

#include <apr_sha1.h>
#include <apr_siphash.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define VERSION 1u
#define HEADER_BYTES 104u
#define CHECKSUM_BYTES 8u

static const char magic[8] = {'v', '8', 's', 's', 'r', 'L', '2', '\n'};
static const unsigned char siphash_key[APR_SIPHASH_KSIZE] = {
    'v', '8', 's', 's', 'r', ' ', 'c', 'a',
    'c', 'h', 'e', ' ', 'L', '2', ' ', '1'};

_Static_assert(RCACHE_L2_PREFIX_MAX + 8 + 32 + 1 <= RCACHE_L2_KEY_BYTES,
               "a key fits");

/* ---- names ----------------------------------------------------------------- */

/* SHA-1, cut to 128 bits.  Whoever makes two URLs collide makes them displace
 * each other: the whole key is compared when a value is read. */
void rcache_l2_key_set(rcache_l2_key *key, const char *prefix,
                       const char *text, size_t length)
{
    static const char hex[] = "0123456789abcdef";
    static const char name[] = "v8ssr:1:";
    unsigned char digest[APR_SHA1_DIGESTSIZE];
    apr_sha1_ctx_t sha1;
    size_t at = strlen(prefix);
    int i;

    if (at > RCACHE_L2_PREFIX_MAX) {
        at = RCACHE_L2_PREFIX_MAX;
    }
    memcpy(key->text, prefix, at);
    memcpy(key->text + at, name, sizeof(name) - 1);
    at += sizeof(name) - 1;
    apr_sha1_init(&sha1);
    apr_sha1_update_binary(&sha1, (const unsigned char *)text,
                           (unsigned int)length);
    apr_sha1_final(digest, &sha1);
    for (i = 0; i < 16; i++) {
        key->text[at++] = hex[digest[i] >> 4];
        key->text[at++] = hex[digest[i] & 15];
    }
    key->text[at] = '\0';
    key->length = at;
}

/* ---- numbers --------------------------------------------------------------- */

static void write_u64(char *to, uint64_t value)
{
    int i;

    for (i = 0; i < 8; i++) {
        to[i] = (char)(value >> (8 * i));
    }
}

static void write_u32(char *to, uint32_t value)
{
    int i;

    for (i = 0; i < 4; i++) {
        to[i] = (char)(value >> (8 * i));
    }
}

static uint64_t read_u64(const char *from)
{
    uint64_t value = 0;
    int i;

    for (i = 7; i >= 0; i--) {
        value = value << 8 | (unsigned char)from[i];
    }
    return value;
}

static uint32_t read_u32(const char *from)
{
    uint32_t value = 0;
    int i;

    for (i = 3; i >= 0; i--) {
        value = value << 8 | (unsigned char)from[i];
    }
    return value;
}

/* ---- encoding -------------------------------------------------------------- */

/* Each addend is checked before it is added: no sum can wrap. */
static int fits(size_t *total, size_t bytes)
{
    if (bytes > RCACHE_VALUE_MAX - *total) {
        return 0;
    }
    *total += bytes;
    return 1;
}

static int measure(size_t key_length, const rcache_value *value, size_t *body,
                   size_t *total)
{
    size_t i;

    *body = 0;
    *total = HEADER_BYTES + CHECKSUM_BYTES;
    if (value->tag_count > RCACHE_VALUE_MAX / sizeof(uint64_t) ||
        !fits(total, value->tag_count * sizeof(uint64_t)) ||
        !fits(total, key_length) || !fits(total, value->head_length)) {
        return 0;
    }
    for (i = 0; i < value->body_parts; i++) {
        if (!fits(total, value->body[i].iov_len)) {
            return 0;
        }
        *body += value->body[i].iov_len;
    }
    return 1;
}

static void write_meta(char *to, const rcache_meta *meta)
{
    write_u32(to + 12, meta->status);
    write_u64(to + 24, (uint64_t)meta->rendered);
    write_u64(to + 32, (uint64_t)meta->made);
    write_u64(to + 40, (uint64_t)meta->fresh_until);
    write_u64(to + 48, (uint64_t)meta->stale_until);
    write_u64(to + 56, (uint64_t)meta->error_until);
    write_u64(to + 64, meta->etag);
    write_u64(to + 72, meta->generation);
    write_u32(to + 80, meta->flags & ~RCACHE_FROM_L2);
}

static char *append(char *to, const void *from, size_t length)
{
    if (length > 0) {
        memcpy(to, from, length);
    }
    return to + length;
}

int rcache_value_encode(const char *key, size_t key_length,
                        const rcache_value *value, char **bytes,
                        size_t *length)
{
    size_t body, total, i;
    char *start, *to;

    *bytes = NULL;
    *length = 0;
    if (!measure(key_length, value, &body, &total)) {
        return E2BIG;
    }
    start = malloc(total);
    if (start == NULL) {
        return ENOMEM;
    }
    memcpy(start, magic, sizeof(magic));
    write_u32(start + 8, VERSION);
    write_u64(start + 16, total);
    write_meta(start, &value->meta);
    write_u32(start + 84, (uint32_t)key_length);
    write_u32(start + 88, (uint32_t)value->head_length);
    write_u32(start + 92, (uint32_t)value->tag_count);
    write_u64(start + 96, body);
    to = start + HEADER_BYTES;
    for (i = 0; i < value->tag_count; i++, to += 8) {
        write_u64(to, value->tags[i]);
    }
    to = append(to, key, key_length);
    to = append(to, value->head, value->head_length);
    for (i = 0; i < value->body_parts; i++) {
        to = append(to, value->body[i].iov_base, value->body[i].iov_len);
    }
    write_u64(to, apr_siphash24(start, (size_t)(to - start), siphash_key));
    *bytes = start;
    *length = total;
    return 0;
}

/* ---- decoding -------------------------------------------------------------- */

/* Whether the bytes are what was encoded, whole.  The sum of the parts is
 * looked at by the caller. */
static int is_whole(const char *bytes, size_t length)
{
    size_t summed;

    if (length < HEADER_BYTES + CHECKSUM_BYTES || length > RCACHE_VALUE_MAX ||
        memcmp(bytes, magic, sizeof(magic)) != 0 ||
        read_u32(bytes + 8) != VERSION || read_u64(bytes + 16) != length) {
        return 0;
    }
    summed = length - CHECKSUM_BYTES;
    return read_u64(bytes + summed) ==
           apr_siphash24(bytes, summed, siphash_key);
}

static void read_meta(const char *from, rcache_meta *meta)
{
    meta->status = read_u32(from + 12);
    meta->rendered = (int64_t)read_u64(from + 24);
    meta->made = (int64_t)read_u64(from + 32);
    meta->fresh_until = (int64_t)read_u64(from + 40);
    meta->stale_until = (int64_t)read_u64(from + 48);
    meta->error_until = (int64_t)read_u64(from + 56);
    meta->etag = read_u64(from + 64);
    meta->generation = read_u64(from + 72);
    meta->flags = read_u32(from + 80) | RCACHE_FROM_L2;
}

/* In place; where the order is this machine's nothing changes. */
static const uint64_t *turn_tags(char *bytes, size_t count)
{
    size_t i;

    for (i = 0; i < count; i++) {
        uint64_t tag = read_u64(bytes + 8 * i);

        memcpy(bytes + 8 * i, &tag, sizeof(tag));
    }
    return (const uint64_t *)(const void *)bytes;
}

int rcache_value_decode(char *bytes, size_t length, const char *key,
                        size_t key_length, rcache_value_view *view)
{
    uint64_t keys, head, tags, body;
    rcache_value *value = &view->value;
    char *at;

    if ((uintptr_t)bytes % sizeof(uint64_t) != 0 || !is_whole(bytes, length)) {
        return 0;
    }
    keys = read_u32(bytes + 84);
    head = read_u32(bytes + 88);
    tags = read_u32(bytes + 92);
    body = read_u64(bytes + 96);
    /* body first: the others are below 2^36 and cannot wrap. */
    if (body > length || HEADER_BYTES + 8 * tags + keys + head + body +
                                 CHECKSUM_BYTES != length) {
        return 0;
    }
    at = bytes + HEADER_BYTES + 8 * tags;
    if (keys != key_length || memcmp(at, key, key_length) != 0) {
        return 0;
    }
    read_meta(bytes, &value->meta);
    value->tags = turn_tags(bytes + HEADER_BYTES, tags);
    value->tag_count = tags;
    value->head = at + keys;
    value->head_length = head;
    view->body.iov_base = at + keys + head;
    view->body.iov_len = body;
    value->body = &view->body;
    value->body_parts = 1;
    return 1;
}
