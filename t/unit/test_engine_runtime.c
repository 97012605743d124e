/* SPDX-License-Identifier: Apache-2.0
 *
 * test_engine_runtime.c: the web APIs (libv8pool/runtime) as a bundle finds
 * them.  The tests are JavaScript, t/runtime; each file runs in a context that
 * is evaluated, and in one of an image.
 */
#include "fixture.h"
#include "v8pool_image.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>

#define TEXT_MAX ((size_t)1 << 17)
#define IMAGE_MAX ((size_t)64 << 20)

static const char *const names[] = {"async", "engine", "events", "text",
                                    "web",   "crypto", "secrets"};
#define COUNT (sizeof(names) / sizeof(names[0]))

struct shared {
    size_t length; /* 0 = no image */
    _Alignas(16) char image[IMAGE_MAX];
};

static void append_file(char *text, const char *name)
{
    char path[1024];
    size_t length = strlen(text);
    FILE *f;

    snprintf(path, sizeof(path), "%s/%s.js", RUNTIME_DIR, name);
    f = fopen(path, "r");
    if (f == NULL) {
        tap_ok(0, path, __FILE__, __LINE__);
        return;
    }
    length += fread(text + length, 1, TEXT_MAX - 1 - length, f);
    text[length] = '\0';
    fclose(f);
}

static const char *text_of(size_t n)
{
    static char texts[COUNT][TEXT_MAX];

    if (texts[n][0] == '\0') {
        append_file(texts[n], "harness");
        append_file(texts[n], names[n]);
    }
    return texts[n];
}

/* Renders of anything but /look use Headers. */
static const char groups[] =
    "globalThis.renderPage = (url) => url === '/look'\n"
    "  ? String('value' in Object.getOwnPropertyDescriptor(globalThis,"
    " 'Headers'))\n"
    "  : new Headers({ a: url }).get('a');";

static int build(const void *arg)
{
    struct shared *shared = *(struct shared *const *)arg;
    v8pool_image_item items[COUNT + 1];
    v8pool_error err;
    void *image;
    size_t length, i;

    memset(items, 0, sizeof(items));
    for (i = 0; i < COUNT; i++) {
        items[i].bundle.name = names[i];
        items[i].bundle.source = text_of(i);
        items[i].bundle.source_length = strlen(text_of(i));
        items[i].warm_url = "/";
    }
    items[COUNT].bundle.name = "groups";
    items[COUNT].bundle.source = groups;
    items[COUNT].bundle.source_length = strlen(groups);
    items[COUNT].warm_url = "/";
    if (v8pool_image_build(items, COUNT + 1, NULL, &image, &length, &err) != V8POOL_OK ||
        length > IMAGE_MAX) {
        tap_note("%s", err.message);
        return 1;
    }
    memcpy(shared->image, image, length);
    shared->length = length;
    return 0;
}

/* In a process of its own, before this one has V8: it is mapped for good. */
static const struct shared *image(void)
{
    static struct shared *shared;

    if (shared == NULL) {
        shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE,
                      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
        IS_INT(fork_and_run(build, &shared), 0);
    }
    return shared;
}

/* One line is one test of the file's. */
static void check_lines(char *body)
{
    char *line, *rest = body;
    int count = 0;

    while ((line = strsep(&rest, "\n")) != NULL) {
        tap_ok(strncmp(line, "ok ", 3) == 0, line, __FILE__, __LINE__);
        count++;
    }
    OK(count > 3);
}

static v8pool *pool_from(const struct shared *from, struct recorder *log)
{
    v8pool_config config;

    pool_config(&config, 1, log);
    if (from != NULL) {
        config.image = from->image;
        config.image_length = from->length;
    }
    return pool_open(&config);
}

/* Twice in one context: what the first run left must not matter. */
static void run(size_t n, const struct shared *from)
{
    struct recorder *log = recorder_create();
    v8pool *pool = pool_from(from, log);
    v8pool_bundle *bundle = bundle_of(pool, names[n], text_of(n));
    struct reply reply;
    char *body;
    int times;

    for (times = 0; times < 2; times++) {
        IS_STATUS(reply_get(&reply, pool, bundle, "/", WAIT_MS), V8POOL_OK);
        body = strdup(reply.status == V8POOL_OK ? reply_body(&reply) : "");
        check_lines(body);
        free(body);
        reply_clear(&reply);
    }
    v8pool_destroy(&pool);
    recorder_destroy(&log);
}

static void run_both(size_t n)
{
    const struct shared *from = image();

    tap_note("%s, evaluated", names[n]);
    run(n, NULL);
    tap_note("%s, from an image", names[n]);
    run(n, from);
}

static void test_runtime_async_storage_follows_its_run(void)
{
    run_both(0);
}

static void test_runtime_native_functions_and_built_ins(void)
{
    run_both(1);
}

static void test_runtime_events_abort_messages(void)
{
    run_both(2);
}

static void test_runtime_text_and_encodings(void)
{
    run_both(3);
}

static void test_runtime_url_fetch_blob_streams(void)
{
    run_both(4);
}

static void test_runtime_keys_of_two_halves(void)
{
    run_both(5);
}

static void test_runtime_secret_keys_and_derived_bits(void)
{
    run_both(6);
}

/* What the warm-up renders looked at is evaluated in the image's context, so
 * that a page need not wait for it. */
static void test_runtime_what_warm_up_used_is_in_the_image(void)
{
    const struct shared *from = image();
    v8pool *pool = pool_from(NULL, NULL);

    OK(renders(pool, bundle_of(pool, "groups", groups), "/look", "false"));
    v8pool_destroy(&pool);
    pool = pool_from(from, NULL);
    OK(renders(pool, bundle_of(pool, "groups", groups), "/look", "true"));
    v8pool_destroy(&pool);
}

/* Thrown inside the runtime: the log names the bundle's line, thrown at once
 * or in a promise. */
static void test_runtime_errors_are_at_the_bundles_line(void)
{
    static const char source[] =
        "globalThis.renderPage = async (url) => {\n"
        "  if (url === '/later') await null;\n"
        "  return new URL('no url').href; };";
    static const char *const urls[] = {"/now", "/later"};
    v8pool *pool = pool_from(NULL, NULL);
    v8pool_bundle *bundle = bundle_of(pool, "throws", source);
    struct reply reply;
    size_t i;

    for (i = 0; i < 2; i++) {
        IS_STATUS(reply_get(&reply, pool, bundle, urls[i], WAIT_MS),
                  V8POOL_E_SCRIPT);
        IS_STR(reply.error.source, "throws");
        IS_INT(reply.error.line, 3);
        HAS_STR(reply.error.message, "Invalid URL: no url");
        reply_clear(&reply);
    }
    v8pool_destroy(&pool);
}

/* Each of these ends in one of the methods that write to the log. */
static void test_runtime_console_methods_reach_the_log(void)
{
    static const char source[] =
        "globalThis.renderPage = () => {\n"
        "  console.table([{ a: 1, b: 'x' }, { a: 22 }]);\n"
        "  console.group('outer'); console.warn('inner'); console.groupEnd();\n"
        "  console.count('c'); console.count('c');\n"
        "  console.assert(1 > 2, 'sums'); console.assert(true, 'silent');\n"
        "  console.dir({ d: 1 }); console.time('t'); console.timeEnd('t');\n"
        "  console.timeEnd('none'); return 'x'; };";
    static const char *const lines[] = {
        "(index) | a  | b", "0       | 1  | x", "1       | 22",
        "outer", "  inner", "c: 2", "Assertion failed sums", "{\"d\":1}",
        "t: ", "there is no timer none"};
    struct recorder *log = recorder_create();
    v8pool_config config;
    v8pool *pool;
    v8pool_bundle *bundle;
    struct reply reply;
    size_t i;

    pool_config(&config, 1, log);
    pool = pool_open(&config);
    bundle = bundle_of(pool, "console", source);
    IS_STATUS(reply_get(&reply, pool, bundle, "/", WAIT_MS), V8POOL_OK);
    for (i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
        tap_ok(recorder_count(log, lines[i]) == 1, lines[i], __FILE__,
               __LINE__);
    }
    IS_INT(recorder_count(log, "silent"), 0);
    reply_clear(&reply);
    v8pool_destroy(&pool);
    recorder_destroy(&log);
}

/* First of all what makes the image: in a process that has no V8 yet. */
TAP_MAIN(RUN(test_runtime_what_warm_up_used_is_in_the_image),
         RUN(test_runtime_errors_are_at_the_bundles_line),
         RUN(test_runtime_console_methods_reach_the_log),
         RUN(test_runtime_async_storage_follows_its_run),
         RUN(test_runtime_native_functions_and_built_ins),
         RUN(test_runtime_events_abort_messages),
         RUN(test_runtime_text_and_encodings),
         RUN(test_runtime_url_fetch_blob_streams),
         RUN(test_runtime_keys_of_two_halves),
         RUN(test_runtime_secret_keys_and_derived_bits))
