/* SPDX-License-Identifier: Apache-2.0
 *
 * test_engine_imagecheck.c: what v8pool_image_check() and v8pool_create() say
 * of an image that is damaged, cut short, of another version or none at all,
 * and what v8pool_image_build() refuses.  Each is asked in a child: a crash is
 * a failed check.
 */
#include "fixture.h"

#include "image.h"
#include "v8pool_image.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>

#define ROOM ((size_t)8 << 20)

/* The good image, and what a child was told.  Behind `subject` lies a page
 * that must not be read. */
static struct shared {
    size_t length;
    v8pool_status status;
    v8pool_error err;
    _Alignas(16) char good[ROOM];
} *shared;
static char *subject_end;

static const char source[] = "globalThis.renderPage = () => 'page';";

static int build_good(const void *arg)
{
    v8pool_image_item items[] = {
        {{"s", NULL, source, sizeof(source) - 1, NULL, 0}, NULL},
        {{"c", NULL, source, sizeof(source) - 1, "renderPage", 1}, NULL}};
    size_t length;
    void *image;

    (void)arg;
    shared->status = v8pool_image_build(items, 2, NULL, &image, &length,
                                        &shared->err);
    if (shared->status == V8POOL_OK && length <= ROOM) {
        memcpy(shared->good, image, length);
        shared->length = length;
    }
    return 0;
}

/* 1: shared->good is there. */
static int begin(void)
{
    char *room;

    if (shared != NULL) {
        return 1;
    }
    shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE,
                  MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    room = mmap(NULL, ROOM + 4096, PROT_READ | PROT_WRITE,
                MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    subject_end = room + ROOM;
    mprotect(subject_end, 4096, PROT_NONE);
    return IS_INT(fork_and_run(build_good, NULL), 0) &&
           IS_STATUS(shared->status, V8POOL_OK);
}

/* A copy of the good one's first `length` bytes, whose end nothing readable
 * follows but what alignment asks for. */
static char *subject_of(size_t length)
{
    char *at = subject_end - ((length + 15) & ~(size_t)15);

    memcpy(at, shared->good, length < shared->length ? length : shared->length);
    return at;
}

static int check(const void *image, size_t length)
{
    shared->status = v8pool_image_check(image, length, &shared->err);
    return shared->status == V8POOL_OK;
}

static int create(const void *arg)
{
    const v8pool_config *config = arg;
    v8pool *pool = NULL;

    shared->status = v8pool_create(config, &pool, &shared->err);
    if (pool != NULL) {
        v8pool_bundle *bundle = bundle_of(pool, "s", source);

        if (bundle == NULL || !renders(pool, bundle, "/", "page")) {
            return 1;
        }
        v8pool_destroy(&pool);
    }
    return 0;
}

/* Both refuse it, and say `why`. */
static void check_refused(const char *what, char *image, size_t length,
                          const char *why)
{
    v8pool_config config;

    tap_note("%s", what);
    check(image, length);
    IS_STATUS(shared->status, V8POOL_E_ARG);
    IS_STATUS(shared->err.status, V8POOL_E_ARG);
    HAS_STR(shared->err.message, why);
    IS_STATUS(v8pool_image_check(image, length, NULL), V8POOL_E_ARG);
    memset(&shared->err, 0, sizeof(shared->err));
    shared->status = V8POOL_OK;
    pool_config(&config, 1, NULL);
    config.image = image;
    config.image_length = length;
    IS_INT(fork_and_run(create, &config), 0);
    IS_STATUS(shared->status, V8POOL_E_ARG);
    HAS_STR(shared->err.message, why);
}

static void test_imagecheck_good_one_taken(void)
{
    v8pool_config config;

    if (!begin()) {
        return;
    }
    OK(check(shared->good, shared->length));
    pool_config(&config, 1, NULL);
    config.image = shared->good;
    config.image_length = shared->length;
    IS_INT(fork_and_run(create, &config), 0);
    IS_STATUS(shared->status, V8POOL_OK);
}

static void test_imagecheck_cut_short_refused(void)
{
    size_t head = sizeof(struct v8p_image_header);
    size_t lengths[] = {0, 1, 15, 16, 128, head - 1, head, head + 1,
                        head + sizeof(struct v8p_image_entry), 4096, 0, 0, 0};
    size_t i, n = sizeof(lengths) / sizeof(lengths[0]);

    if (!begin()) {
        return;
    }
    lengths[n - 3] = shared->length / 2 & ~(size_t)15;
    lengths[n - 2] = shared->length - 16;
    lengths[n - 1] = shared->length - 1;
    for (i = 0; i < n; i++) {
        char what[64], why[64] = "this is no image";

        snprintf(what, sizeof(what), "cut to %zu bytes", lengths[i]);
        if (lengths[i] >= head) {
            snprintf(why, sizeof(why), "the image has %zu bytes, not %zu",
                     lengths[i], shared->length);
        }
        check_refused(what, subject_of(lengths[i]), lengths[i], why);
    }
    check_refused("longer than it says", subject_of(shared->length + 16),
                  shared->length + 16, "bytes, not");
}

static void test_imagecheck_each_flipped_byte_refused(void)
{
    size_t dense = sizeof(struct v8p_image_header) +
                   2 * sizeof(struct v8p_image_entry) + sizeof(source);
    unsigned taken = 0, tried = 0;
    size_t at;
    char *image;

    if (!begin()) {
        return;
    }
    image = subject_of(shared->length);
    for (at = 0; at < shared->length; at += at < dense ? 1 : 4099) {
        int bit = 1 << (at % 8);

        image[at] = (char)(image[at] ^ bit);
        taken += (unsigned)check(image, shared->length);
        image[at] = (char)(image[at] ^ bit);
        tried++;
    }
    OK(tried > dense);
    IS_INT(taken, 0);
    OK(check(image, shared->length));
    image[shared->length - 1] ^= 1;
    check_refused("its last byte", image, shared->length,
                  "the image is damaged");
}

static void test_imagecheck_other_kinds_refused(void)
{
    struct v8p_image_header *header;
    char *image;

    if (!begin()) {
        return;
    }
    image = subject_of(shared->length);
    header = (void *)image;
    header->magic[0] = 'x';
    check_refused("another magic", image, shared->length, "this is no image");
    image = subject_of(shared->length);
    memcpy(header->engine, "0.0.9 V8 9", sizeof("0.0.9 V8 9"));
    header->checksum = v8p_image_checksum(image, shared->length);
    check_refused("another engine", image, shared->length,
                  "an image of 0.0.9 V8 9, not of " V8POOL_VERSION " V8 ");
    memset(header->engine, 'e', sizeof(header->engine));
    check_refused("an engine without an end", image, shared->length,
                  "an image of eeee");
    image = subject_of(shared->length);
    memmove(image - 8, image, shared->length);
    check_refused("askew", image - 8, shared->length,
                  "does not start at a multiple of 16");
}

/* More entries than there is room for, each of them good. */
static void test_imagecheck_endless_entries_refused(void)
{
    struct v8p_image_header *header;
    struct v8p_image_entry *entry;
    size_t length;
    char *image;

    if (!begin()) {
        return;
    }
    length = shared->length;
    image = subject_of(length);
    header = (void *)image;
    header->count = UINT64_MAX;
    header->blob.offset = header->blob.length = 0;
    memset(header + 1, 0, length - sizeof(*header));
    for (entry = (void *)(header + 1);
         (char *)(entry + 1) <= image + length; entry++) {
        entry->script.offset = sizeof(*header);
    }
    header->checksum = v8p_image_checksum(image, length);
    check_refused("endless", image, length, "the image is damaged");
}

/* Numbers that are wrong though the checksum is right: not damage, but nothing
 * may be read by them. */
static void test_imagecheck_numbers_out_of_range_refused(void)
{
    struct v8p_image_header *header;
    struct v8p_image_entry *entry;
    char *image;
    size_t i;

    if (!begin()) {
        return;
    }
    image = subject_of(shared->length);
    header = (void *)image;
    entry = (void *)(header + 1);
    const struct {
        uint64_t *field;
        uint64_t value;
    } rows[] = {
        {&header->count, UINT64_MAX},
        {&header->count, shared->length / sizeof(*entry)},
        {&header->blob.offset, shared->length + 1},
        {&header->blob.length, shared->length},
        {&header->blob.offset, 0},
        {&entry[0].slot, 3},
        {&entry[0].script.offset, UINT64_MAX},
        {&entry[0].script.offset, 0},
        {&entry[0].script.length, UINT64_MAX - 16},
        {&entry[1].entry.offset, shared->length + 1},
        {&entry[1].code.length, shared->length},
        {&entry[1].slot, 3},
    };

    for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        uint64_t before = *rows[i].field;
        char what[64];

        *rows[i].field = rows[i].value;
        header->checksum = v8p_image_checksum(image, shared->length);
        snprintf(what, sizeof(what), "row %zu", i);
        check_refused(what, image, shared->length, "the image is damaged");
        *rows[i].field = before;
    }
    /* No blob, but slots in it. */
    header->blob.offset = header->blob.length = 0;
    header->checksum = v8p_image_checksum(image, shared->length);
    check_refused("no blob", image, shared->length, "the image is damaged");
    entry[0].slot = 0;
    header->checksum = v8p_image_checksum(image, shared->length);
    OK(check(image, shared->length));
    /* A script must be there, be it empty. */
    entry[0].script.offset = entry[0].script.length = 0;
    header->checksum = v8p_image_checksum(image, shared->length);
    check_refused("no script", image, shared->length, "the image is damaged");
}

/* --- building ------------------------------------------------------------- */

struct attempt {
    v8pool_image_item items[2];
    size_t count;
};

static int build(const void *arg)
{
    const struct attempt *a = arg;
    size_t length = 99;
    void *image = shared;

    shared->status = v8pool_image_build(a->items, a->count, NULL, &image,
                                        &length, &shared->err);
    return image != NULL || length != 0;
}

static void check_not_built(struct attempt *a, v8pool_status status,
                            const char *why)
{
    IS_INT(fork_and_run(build, a), 0);
    IS_STATUS(shared->status, status);
    HAS_STR(shared->err.message, why);
}

static void test_imagebuild_wrong_items_refused(void)
{
    static const char throws[] = "\n  throw new Error('not today');";
    static const char nothing[] = "var x = 1;";
    int snapshot;

    if (!begin()) {
        return;
    }
    check_not_built(&(struct attempt){.count = 0}, V8POOL_E_ARG, "an image of no bundle");
    check_not_built(&(struct attempt){{{{.source = source}, NULL}}, 1},
                    V8POOL_E_ARG, "item 0 needs a name and a source");
    check_not_built(&(struct attempt){{{{.name = "a", .source = source}, NULL},
                                       {{.name = "b", .path = "/p"}, NULL}}, 2},
                    V8POOL_E_ARG, "item 1 needs a name and a source");
    for (snapshot = 0; snapshot < 2; snapshot++) {
        struct attempt a = {
            {{{"t", "/p/t.js", throws, sizeof(throws) - 1, NULL, !snapshot},
              NULL}}, 1};

        check_not_built(&a, V8POOL_E_BUNDLE, "not today");
        IS_STR(shared->err.source, "/p/t.js");
        IS_INT(shared->err.line, 2);
        a.items[0].bundle.source = nothing;
        a.items[0].bundle.source_length = sizeof(nothing) - 1;
        check_not_built(&a, V8POOL_E_BUNDLE, "renderPage");
    }
}

/* Of the same script, the first with a snapshot or the second. */
static int build_twins(const void *arg)
{
    int first = *(const int *)arg;
    v8pool_image_item items[] = {
        {{"a", NULL, source, sizeof(source) - 1, NULL, !first}, NULL},
        {{"b", NULL, source, sizeof(source) - 1, NULL, first}, NULL}};
    void *image;

    shared->status = v8pool_image_build(items, 2, NULL, &image,
                                        &shared->length, &shared->err);
    if (shared->status == V8POOL_OK && shared->length <= ROOM) {
        memcpy(shared->good, image, shared->length);
    }
    return 0;
}

static void check_finds(const void *image, int no_snapshot)
{
    v8pool_bundle bundle = {.source = (char *)source,
                            .length = sizeof(source) - 1,
                            .options = no_snapshot ? V8POOL_NO_SNAPSHOT : 0};

    v8p_image_look_up(image, &bundle);
    IS_INT(bundle.slot, !no_snapshot);
    OK((bundle.code != NULL) == no_snapshot);
}

/* Whoever comes first in the image, each bundle takes its own. */
static void test_imagebuild_same_script_with_and_without_snapshot(void)
{
    v8pool_bundle off = {.source = (char *)source,
                         .length = sizeof(source) - 1, .options = V8POOL_NO_SNAPSHOT};
    int first;

    if (!begin()) {
        return;
    }
    v8p_image_look_up(shared->good, &off);
    IS_INT(off.slot, 0); /* the only one of its script has a snapshot */
    for (first = 0; first <= 1; first++) {
        IS_INT(fork_and_run(build_twins, &first), 0);
        IS_STATUS(shared->status, V8POOL_OK);
        check_finds(shared->good, 0);
        check_finds(shared->good, 1);
    }
}

/* Returns the image's length, which grows with the code that is in it. */
static int build_warm(const void *arg)
{
    const struct attempt *a = arg;
    void *image;

    shared->status = v8pool_image_build(a->items, a->count, NULL, &image,
                                        &shared->length, &shared->err);
    return 0;
}

/* What the warming renders compile is in the image: a page's functions are,
 * those of other pages are not. */
static void test_imagebuild_warm_url_puts_its_code_in(void)
{
    static char script[64 * 1024];
    size_t length, cold;
    int i, snapshot;

    if (!begin()) {
        return;
    }
    length = shared->length;
    strcpy(script, "const pages = {");
    for (i = 0; i < 200; i++) {
        sprintf(script + strlen(script),
                "p%d: (u) => [u].map((x) => x + %d).filter((x) => x).join(),\n",
                i, i);
    }
    strcat(script, "}; globalThis.renderPage = (url) => url === '/warm' ?"
                   " Object.values(pages).map((p) => p(url)).join() : '';");
    for (snapshot = 0; snapshot < 2; snapshot++) {
        struct attempt a = {
            {{{"w", NULL, script, strlen(script), NULL, !snapshot}, NULL}}, 1};

        IS_INT(fork_and_run(build_warm, &a), 0);
        cold = shared->length;
        a.items[0].warm_url = "/warm";
        IS_INT(fork_and_run(build_warm, &a), 0);
        tap_note("%zu bytes, %zu bytes warm", cold, shared->length);
        OK(shared->length > cold + 60000);
    }
    shared->length = length;
}

TAP_MAIN(RUN(test_imagecheck_good_one_taken),
         RUN(test_imagecheck_cut_short_refused),
         RUN(test_imagecheck_each_flipped_byte_refused),
         RUN(test_imagecheck_other_kinds_refused),
         RUN(test_imagecheck_endless_entries_refused),
         RUN(test_imagecheck_numbers_out_of_range_refused),
         RUN(test_imagebuild_wrong_items_refused),
         RUN(test_imagebuild_warm_url_puts_its_code_in),
         RUN(test_imagebuild_same_script_with_and_without_snapshot))
