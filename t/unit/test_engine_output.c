/* SPDX-License-Identifier: Apache-2.0
 *
 * test_engine_output.c: JavaScript strings as UTF-8.  The bundle makes a text
 * from a rule, C makes the same from the same rule and encodes it in the
 * plainest way; the bytes must be equal.
 */
#include "fixture.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>

/* The rule: a generator of code units; a kind picks the range.  `how` says in
 * which form V8 gets the string. */
static const char source[] =
    "function units(kind, n) {\n"
    "  let x = n + 7; const list = [];\n"
    "  const next = () => (x = (Math.imul(x, 1664525) + 1013904223) >>> 0);\n"
    "  while (list.length < n) {\n"
    "    const u = next() >>> 8;\n"
    "    if (kind === 'ascii') list.push(u % 128);\n"
    "    else if (kind === 'latin1') list.push(u % 256);\n"
    "    else if (kind === 'mostly') list.push(u % 50 ? 97 : 128 + u % 128);\n"
    "    else if (kind === 'greek') list.push(u % 3 ? 0x370 + u % 128 : 32);\n"
    "    else if (kind === 'cjk') list.push(0x4e00 + u % 0x5000);\n"
    "    else if (kind === 'emoji') list.push(0xd83d, 0xde00 + u % 64);\n"
    "    else if (kind === 'mixed') list.push(u % 9 ? 120 : u % 65536);\n"
    "    else if (kind === 'lone') list.push(0xd800 + u % 0x800);\n"
    "    else list.push(u % 65536);\n"
    "  }\n"
    "  return list.slice(0, n);\n"
    "}\n"
    "function flat(list) {\n"
    "  let s = '';\n"
    "  for (let i = 0; i < list.length; i += 1000)\n"
    "    s += String.fromCharCode(...list.slice(i, i + 1000));\n"
    "  return JSON.parse(JSON.stringify(s));\n"
    "}\n"
    "function rope(list) {\n"
    "  let s = '';\n"
    "  for (let i = 0, step = 1; i < list.length; i += step, step = step % 97 + 5)\n"
    "    s = i % 2 ? s + String.fromCharCode(...list.slice(i, i + step))\n"
    "              : s.concat(String.fromCharCode(...list.slice(i, i + step)));\n"
    "  return s;\n"
    "}\n"
    "globalThis.renderPage = (url) => {\n"
    "  const [, how, kind, n, before] = url.split('/');\n"
    "  const list = Array(+before).fill(97).concat(units(kind, +n));\n"
    "  if (how === 'rope') return rope(list);\n"
    "  if (how === 'slice') return flat([122].concat(list, 122)).slice(1, -1);\n"
    "  return flat(list);\n"
    "};\n";

static uint16_t pick(const char *kind, uint32_t u)
{
    if (strcmp(kind, "ascii") == 0) {
        return (uint16_t)(u % 128);
    }
    if (strcmp(kind, "latin1") == 0) {
        return (uint16_t)(u % 256);
    }
    if (strcmp(kind, "mostly") == 0) {
        return (uint16_t)(u % 50 ? 97 : 128 + u % 128);
    }
    if (strcmp(kind, "greek") == 0) {
        return (uint16_t)(u % 3 ? 0x370 + u % 128 : 32);
    }
    if (strcmp(kind, "cjk") == 0) {
        return (uint16_t)(0x4e00 + u % 0x5000);
    }
    if (strcmp(kind, "mixed") == 0) {
        return (uint16_t)(u % 9 ? 120 : u % 65536);
    }
    if (strcmp(kind, "lone") == 0) {
        return (uint16_t)(0xd800 + u % 0x800);
    }
    return (uint16_t)(u % 65536);
}

static uint16_t *make_units(const char *kind, size_t n, size_t before)
{
    uint16_t *units = malloc((before + n + 2) * sizeof(*units));
    uint32_t x = (uint32_t)n + 7;
    size_t i;

    for (i = 0; i < before; i++) {
        units[i] = 'a';
    }
    while (i < before + n) {
        x = x * 1664525u + 1013904223u;
        if (strcmp(kind, "emoji") == 0) {
            units[i++] = 0xd83d;
            units[i++] = (uint16_t)(0xde00 + (x >> 8) % 64);
        }
        else {
            units[i++] = pick(kind, x >> 8);
        }
    }
    return units;
}

static char *put(char *at, uint32_t c)
{
    if (c < 0x80) {
        *at++ = (char)c;
    }
    else if (c < 0x800) {
        *at++ = (char)(0xc0 | c >> 6);
        *at++ = (char)(0x80 | (c & 63));
    }
    else if (c < 0x10000) {
        *at++ = (char)(0xe0 | c >> 12);
        *at++ = (char)(0x80 | (c >> 6 & 63));
        *at++ = (char)(0x80 | (c & 63));
    }
    else {
        *at++ = (char)(0xf0 | c >> 18);
        *at++ = (char)(0x80 | (c >> 12 & 63));
        *at++ = (char)(0x80 | (c >> 6 & 63));
        *at++ = (char)(0x80 | (c & 63));
    }
    return at;
}

/* One code point at a time; half a pair is U+FFFD. */
static size_t encode(const uint16_t *units, size_t n, char *to)
{
    char *at = to;
    size_t i = 0;

    while (i < n) {
        uint32_t c = units[i++];

        if (c >= 0xd800 && c < 0xdc00 && i < n && units[i] >= 0xdc00 &&
            units[i] < 0xe000) {
            c = 0x10000 + ((c - 0xd800) << 10) + (units[i++] - 0xdc00u);
        }
        else if (c >= 0xd800 && c < 0xe000) {
            c = 0xfffd;
        }
        at = put(at, c);
    }
    return (size_t)(at - to);
}

static v8pool *pool;
static v8pool_bundle *bundle;

static void open_pool(void)
{
    v8pool_config config;

    pool_config(&config, 1, NULL);
    pool = pool_open(&config);
    bundle = bundle_of(pool, "output", source);
}

static v8pool_status ask(struct reply *reply, const char *url, size_t most)
{
    v8pool_request request;

    v8pool_request_init(&request);
    request.url = url;
    request.queue_ms = request.timeout_ms = WAIT_MS;
    request.max_response_bytes = most;
    return reply_send(reply, pool, bundle, &request);
}

static int same(const struct reply *reply, const char *bytes, size_t length)
{
    return reply->status == V8POOL_OK && reply->answer.length == length &&
           (length == 0 || memcmp(reply->answer.body, bytes, length) == 0);
}

/* 0 = the bytes are right, and the limit is one byte exact. */
static int differs(const char *how, const char *kind, size_t n, size_t before)
{
    uint16_t *units = make_units(kind, n, before);
    char *bytes = calloc(n + before + 1, 4);
    size_t length = encode(units, n + before, bytes);
    char url[128];
    struct reply reply;
    int bad;

    snprintf(url, sizeof(url), "/%s/%s/%zu/%zu", how, kind, n, before);
    ask(&reply, url, length);
    bad = !same(&reply, bytes, length);
    reply_clear(&reply);
    if (length > 0) {
        bad |= ask(&reply, url, length - 1) != V8POOL_E_TOO_LARGE;
        bad |= reply.answer.body != NULL;
        reply_clear(&reply);
    }
    if (bad) {
        tap_note("  differs: %s", url);
    }
    free(units);
    free(bytes);
    return bad;
}

static const char *const kinds[] = {"ascii", "latin1", "mostly", "greek",
                                    "cjk",   "emoji",  "mixed",  "lone",
                                    "any"};
static const char *const hows[] = {"flat", "rope", "slice"};

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static int all_kinds(const size_t *lengths, size_t count, size_t before)
{
    size_t k, h, i;
    int bad = 0;

    for (k = 0; k < COUNT(kinds); k++) {
        for (h = 0; h < COUNT(hows); h++) {
            for (i = 0; i < count; i++) {
                bad += differs(hows[h], kinds[k], lengths[i], before);
            }
        }
    }
    return bad;
}

static void test_output_short_texts_equal(void)
{
    static const size_t lengths[] = {0, 1, 2, 3, 15, 16, 17, 31, 32, 33, 100};

    open_pool();
    IS_INT(all_kinds(lengths, COUNT(lengths), 0), 0);
    v8pool_destroy(&pool);
}

static void test_output_chunk_borders_equal(void)
{
    static const size_t lengths[] = {4094, 4095,  4096,  4097,
                                     8191, 8192,  8193,  12288};

    open_pool();
    IS_INT(all_kinds(lengths, COUNT(lengths), 0), 0);
    v8pool_destroy(&pool);
}

static void test_output_long_texts_equal(void)
{
    static const size_t lengths[] = {100001};

    open_pool();
    IS_INT(all_kinds(lengths, COUNT(lengths), 0), 0);
    v8pool_destroy(&pool);
}

/* A pair or half of one at each side of a border between chunks. */
static void test_output_surrogates_across_borders_equal(void)
{
    static const char *const cut[] = {"emoji", "lone", "any"};
    size_t k, before, n;
    int bad = 0;

    open_pool();
    for (k = 0; k < COUNT(cut); k++) {
        for (before = 4092; before <= 4097; before++) {
            for (n = 1; n <= 5; n++) {
                bad += differs("flat", cut[k], n, before);
                bad += differs("flat", cut[k], n, before + 4096);
            }
        }
    }
    IS_INT(bad, 0);
    v8pool_destroy(&pool);
}

static void test_output_exact_samples(void)
{
    static const char script[] =
        "globalThis.renderPage = (u) => ({\n"
        "  '/nul': 'a\\0b', '/sep': '\\u2028', '/bom': '\\ufeff',\n"
        "  '/max': '\\u{10ffff}', '/high': '\\ud800', '/low': 'x\\udfff',\n"
        "  '/swap': '\\ude42\\ud83d', '/last': '\\uffff' })[u];";
    static const struct {
        const char *url, *bytes;
        size_t length;
    } rows[] = {
        {"/nul", "a\0b", 3},
        {"/sep", "\xe2\x80\xa8", 3},
        {"/bom", "\xef\xbb\xbf", 3},
        {"/max", "\xf4\x8f\xbf\xbf", 4},
        {"/high", "\xef\xbf\xbd", 3},
        {"/low", "x\xef\xbf\xbd", 4},
        {"/swap", "\xef\xbf\xbd\xef\xbf\xbd", 6},
        {"/last", "\xef\xbf\xbf", 3},
    };
    struct reply reply;
    size_t i;

    open_pool();
    bundle = bundle_of(pool, "samples", script);
    for (i = 0; i < COUNT(rows); i++) {
        tap_note("%s", rows[i].url);
        ask(&reply, rows[i].url, 100);
        OK(same(&reply, rows[i].bytes, rows[i].length));
        reply_clear(&reply);
    }
    v8pool_destroy(&pool);
}

/* The most this process ever had in memory. */
static long peak_mib(void)
{
    struct rusage usage;

    getrusage(RUSAGE_SELF, &usage);
    return usage.ru_maxrss / 1024;
}

/* Far beyond the limit: refused by its length, before it is flattened. */
static void test_output_huge_rope_refused_unflattened(void)
{
    static const char script[] =
        "globalThis.renderPage = () => {\n"
        "  let s = 'x'.repeat(1000); while (s.length < 4e8) s += s;\n"
        "  return s; };";
    struct reply reply;
    long peak = peak_mib();

    open_pool();
    bundle = bundle_of(pool, "huge", script);
    IS_STATUS(ask(&reply, "/", (size_t)16 << 20), V8POOL_E_TOO_LARGE);
    HAS_STR(reply.error.message, "16777216");
    IS_INT(pool_stats(pool).heap_limits_total, 0);
    OK(peak_mib() < peak + 200); /* flat, it has 390 */
    v8pool_destroy(&pool);
}

TAP_MAIN(RUN(test_output_huge_rope_refused_unflattened),
         RUN(test_output_short_texts_equal),
         RUN(test_output_chunk_borders_equal),
         RUN(test_output_long_texts_equal),
         RUN(test_output_surrogates_across_borders_equal),
         RUN(test_output_exact_samples))
