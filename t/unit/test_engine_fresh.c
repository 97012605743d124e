/* SPDX-License-Identifier: Apache-2.0
 *
 * test_engine_fresh.c: what a render leaves behind is not there for the next
 * one in the same isolate when each has a context of its own; from the script,
 * and from an image.  t/bundles/leaks.js leaves things behind and finds them.
 */
#include "fixture.h"
#include "v8pool_image.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>

#define LEAKS BUNDLE_DIR "/leaks.js"
#define IMAGE_ROOM ((size_t)64 << 20)

struct shared {
    size_t length; /* 0 = no image */
    char padding[64 - sizeof(size_t)];
    char image[];
};

struct fixture {
    struct recorder *log;
    v8pool *pool;
    v8pool_bundle *bundle;
};

static char *read_script(void)
{
    static char text[65536];
    FILE *file = fopen(LEAKS, "r");
    size_t length = 0;

    if (file != NULL) {
        length = fread(text, 1, sizeof(text) - 1, file);
        fclose(file);
    }
    text[length] = '\0';
    return text;
}

/* A WeakMap of which V8 has read a part for as long as it reads the image. */
static const char weak_map[] =
    "const map = new WeakMap();\n"
    "const keys = [];\n"
    "for (let i = 0; i < 16; i++) {\n"
    "  const items = [];\n"
    "  for (let k = 0; k < 2000; k++) items.push({ k });\n"
    "  keys.push({ items });\n"
    "  map.set(keys[i], items);\n"
    "}\n"
    "globalThis.renderPage = (url) => {\n"
    "  if (url === '/fill')\n"
    "    for (globalThis.kept = []; kept.length < 7100;)\n"
    "      kept.push(new Array(1000).fill(0.5));\n"
    "  if (url === '/garbage')\n"
    "    for (let i = 0; i < 1e6; i++) new Array(10);\n"
    "  if (url === '/buffers')\n"
    "    for (let i = 0; i < 3; i++) new ArrayBuffer(20 << 20);\n"
    "  return String(keys.filter((key) => map.get(key) === key.items).length);\n"
    "};\n";

static void build(struct shared *shared, const char *name, const char *script)
{
    v8pool_image_item item = {{name, LEAKS, script, strlen(script), NULL, 0},
                              "/look"};
    v8pool_error err;
    void *image;
    size_t length;

    if (v8pool_image_build(&item, 1, NULL, &image, &length, &err) == V8POOL_OK &&
        length <= IMAGE_ROOM - sizeof(*shared)) {
        memcpy(shared->image, image, length);
        shared->length = length;
    }
    _exit(0);
}

/* In a process of its own, before this one has V8: it is mapped for good. */
static const struct shared *image_of(const char *name, const char *script)
{
    struct shared *shared;
    pid_t pid;

    shared = mmap(NULL, IMAGE_ROOM, PROT_READ | PROT_WRITE,
                  MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    pid = fork();
    if (pid == 0) {
        build(shared, name, script);
    }
    waitpid(pid, NULL, 0);
    OK(shared->length > 0);
    return shared;
}

static const struct shared *leaks_image(void)
{
    static const struct shared *shared;

    if (shared == NULL) {
        shared = image_of("leaks", read_script());
    }
    return shared;
}

static const struct shared *weak_map_image(void)
{
    static const struct shared *shared;

    if (shared == NULL) {
        shared = image_of("map", weak_map);
    }
    return shared;
}

static void open_bundle(struct fixture *f, const char *name, const char *script,
                        const struct shared *shared, int from_image,
                        unsigned heap_mib)
{
    v8pool_bundle_config what = {name, LEAKS, script, strlen(script), NULL, 0};
    v8pool_config config;
    v8pool_error err;

    f->log = recorder_create();
    pool_config(&config, 1, f->log);
    config.heap_limit_bytes = (size_t)heap_mib << 20;
    if (from_image) {
        config.image = shared->image;
        config.image_length = shared->length;
    }
    f->pool = pool_open(&config);
    IS_STATUS(v8pool_bundle_load(f->pool, &what, WAIT_MS, &f->bundle, &err),
              V8POOL_OK);
}

static void open_fixture(struct fixture *f, int from_image)
{
    weak_map_image(); /* both before V8 is here */
    open_bundle(f, "leaks", read_script(), leaks_image(), from_image,
                64);
}

static void close_fixture(struct fixture *f)
{
    v8pool_destroy(&f->pool);
    recorder_destroy(&f->log);
}

static v8pool_status get(struct fixture *f, const char *url, int fresh,
                         uint32_t timeout_ms, struct reply *reply)
{
    v8pool_request request;

    v8pool_request_init(&request);
    request.url = url;
    request.queue_ms = WAIT_MS;
    request.timeout_ms = timeout_ms;
    request.fresh = fresh;
    return reply_send(reply, f->pool, f->bundle, &request);
}

static void answers(struct fixture *f, const char *url, int fresh,
                    const char *body)
{
    struct reply reply;

    IS_STATUS(get(f, url, fresh, WAIT_MS, &reply), V8POOL_OK);
    if (!IS_STR(reply_body(&reply), body)) {
        tap_note("  %s, %s: %s", url, fresh ? "fresh" : "kept",
                 reply.error.message);
    }
    reply_clear(&reply);
}

static void fails(struct fixture *f, const char *url, uint32_t timeout_ms,
                  v8pool_status wanted)
{
    struct reply reply;

    IS_STATUS(get(f, url, 1, timeout_ms, &reply), wanted);
    reply_clear(&reply);
}

/* Splits the bundle's own list. */
static int list_kinds(struct fixture *f, char names[][32], int most)
{
    struct reply reply;
    char *name, *rest = NULL;
    int n = 0;

    IS_STATUS(get(f, "/kinds", 1, WAIT_MS, &reply), V8POOL_OK);
    for (name = strtok_r((char *)reply_body(&reply), " ", &rest);
         name != NULL && n < most; name = strtok_r(NULL, " ", &rest)) {
        snprintf(names[n++], 32, "%s", name);
    }
    reply_clear(&reply);
    return n;
}

static void check_nothing_is_left(int from_image)
{
    char names[40][32], url[64], all[1024] = "";
    struct fixture f;
    int i, n;

    open_fixture(&f, from_image);
    n = list_kinds(&f, names, 40);
    OK(n > 10);
    for (i = 0; i < n; i++) {
        snprintf(url, sizeof(url), "/leave/%s", names[i]);
        answers(&f, url, 1, names[i]); /* it is seen, by its own render */
        answers(&f, "/look", 1, "");
        answers(&f, "/look", 0, all); /* nor by those that share a context */
        snprintf(all + strlen(all), sizeof(all) - strlen(all), "%s%s",
                 i > 0 ? " " : "", names[i]);
        answers(&f, url, 0, all);
        answers(&f, "/look", 0, all); /* which do keep it */
        answers(&f, "/look", 1, "");
    }
    close_fixture(&f);
}

static void test_fresh_from_image_nothing_is_left(void)
{
    check_nothing_is_left(1);
}

static void test_fresh_from_script_nothing_is_left(void)
{
    check_nothing_is_left(0);
}

/* The script is evaluated for each context, or it was for the image. */
static void check_born(int from_image)
{
    struct fixture f;
    struct reply first, second;

    open_fixture(&f, from_image);
    get(&f, "/born", 1, WAIT_MS, &first);
    get(&f, "/born", 1, WAIT_MS, &second);
    HAS_STR(reply_body(&first), "0.");
    IS_INT(strcmp(reply_body(&first), reply_body(&second)) == 0, from_image);
    reply_clear(&first);
    reply_clear(&second);
    close_fixture(&f);
}

static void test_fresh_from_image_is_born_once(void)
{
    check_born(1);
}

static void test_fresh_from_script_is_born_each_time(void)
{
    check_born(0);
}

/* What waited for something that a later render brings. */
static void check_pending(int from_image)
{
    struct fixture f;
    int fresh;

    open_fixture(&f, from_image);
    for (fresh = 1; fresh >= 0; fresh--) {
        answers(&f, "/leave/promise", fresh, "promise");
        answers(&f, "/go", fresh, fresh ? "nothing" : "went on");
        fails(&f, "/hang", WAIT_MS, V8POOL_E_HUNG);
        answers(&f, "/settle", fresh, "nothing");
    }
    answers(&f, "/leave/rejection", 1, "rejection");
    answers(&f, "/look", 1, "");
    answers(&f, "/look", 1, "");
    IS_INT(recorder_count(f.log, "unhandled rejection: Error: left alone"), 1);
    close_fixture(&f);
}

static void test_fresh_from_image_pending_promises_end(void)
{
    check_pending(1);
}

static void test_fresh_from_script_pending_promises_end(void)
{
    check_pending(0);
}

/* Microtasks of a render that was ended run in no other. */
static void test_fresh_ended_by_force_leaves_nothing(void)
{
    struct fixture f;
    int i;

    open_fixture(&f, 1);
    answers(&f, "/count", 0, "1");
    for (i = 0; i < 3; i++) {
        fails(&f, "/loop", 30, V8POOL_E_TIMEOUT);
        answers(&f, "/look", 1, "");
        fails(&f, "/throw", WAIT_MS, V8POOL_E_SCRIPT);
    }
    answers(&f, "/count", 0, "2");
    IS_INT(recorder_count(f.log, "left in the queue"), 0);
    IS_INT(pool_stats(f.pool).contexts_rebuilt_total, 0);
    IS_INT(pool_stats(f.pool).isolates_rebuilt_total, 0);
    for (i = 0; i < 3; i++) { /* collecting all that may take long */
        fails(&f, "/chain", 30, V8POOL_E_TIMEOUT);
        answers(&f, "/go", 1, "nothing");
    }
    fails(&f, "/heap", WAIT_MS, V8POOL_E_HEAP);
    answers(&f, "/count", 1, "1");
    answers(&f, "/count", 0, "1"); /* in a new isolate */
    close_fixture(&f);
}

/* 60 MiB each, of 64 that the isolate may have. */
static void test_fresh_array_buffers_of_dropped_contexts_are_freed(void)
{
    struct fixture f;
    int i;

    open_fixture(&f, 0);
    for (i = 0; i < 5; i++) {
        answers(&f, "/buffers", 1, "allocated");
    }
    close_fixture(&f);
}

/* Finalisers of contexts that are gone. */
static void test_fresh_finalisers_harm_nobody(void)
{
    struct fixture f;
    int i;

    open_fixture(&f, 1);
    for (i = 0; i < 300; i++) {
        struct reply reply;

        (void)get(&f, "/leave/weak", 1, WAIT_MS, &reply);
        if (reply.status != V8POOL_OK ||
            strcmp(reply_body(&reply), "weak") != 0) {
            OK(!"a render fails");
        }
        reply_clear(&reply);
    }
    answers(&f, "/look", 1, "");
    close_fixture(&f);
}

/* V8 dies of a collection that begins while it reads a WeakMap of an image: the
 * old generation reaches its limit by the contexts themselves, or array buffers
 * take it far beyond. */
static void test_fresh_from_image_with_weak_map_outlives_collections(void)
{
    static const struct {
        const char *url;
        unsigned heap_mib;
    } rows[] = {{"/garbage", 256}, {"/buffers", 64}};
    struct fixture f;
    int i, k;

    leaks_image();
    for (k = 0; k < 2; k++) {
        open_bundle(&f, "map", weak_map, weak_map_image(), 1,
                    rows[k].heap_mib);
        for (i = 0; i < 100; i++) {
            answers(&f, rows[k].url, 1, "16");
        }
        IS_INT(pool_stats(f.pool).isolates_rebuilt_total, 0);
        close_fixture(&f);
    }
}

/* The context that stays has all there is. */
static void test_fresh_without_room_gets_a_new_isolate(void)
{
    struct fixture f;

    leaks_image();
    open_bundle(&f, "map", weak_map, weak_map_image(), 1, 64);
    answers(&f, "/fill", 0, "16");
    answers(&f, "/", 1, "16");
    IS_INT(pool_stats(f.pool).isolates_rebuilt_total, 1);
    answers(&f, "/", 1, "16");
    IS_INT(pool_stats(f.pool).isolates_rebuilt_total, 1);
    close_fixture(&f);
}

TAP_MAIN(RUN(test_fresh_from_image_with_weak_map_outlives_collections),
         RUN(test_fresh_without_room_gets_a_new_isolate),
         RUN(test_fresh_from_image_nothing_is_left),
         RUN(test_fresh_from_script_nothing_is_left),
         RUN(test_fresh_from_image_is_born_once),
         RUN(test_fresh_from_script_is_born_each_time),
         RUN(test_fresh_from_image_pending_promises_end),
         RUN(test_fresh_from_script_pending_promises_end),
         RUN(test_fresh_ended_by_force_leaves_nothing),
         RUN(test_fresh_array_buffers_of_dropped_contexts_are_freed),
         RUN(test_fresh_finalisers_harm_nobody))
