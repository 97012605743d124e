/* SPDX-License-Identifier: Apache-2.0
 *
 * test_engine_sandbox.c: what the options of a bundle allow and forbid: eval(),
 * changes of JavaScript's own objects (t/bundles/frozen.js); evaluated, and
 * from an image.
 */
#include "fixture.h"
#include "v8pool_image.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>

#define IMAGE_ROOM ((size_t)64 << 20)

struct shared {
    size_t length; /* 0 = no image */
    _Alignas(16) char image[IMAGE_ROOM - 16];
};

static struct shared *shared;

static const char *frozen_js(void)
{
    static char text[65536];
    FILE *file = text[0] == '\0' ? fopen(BUNDLE_DIR "/frozen.js", "r") : NULL;

    if (file != NULL) {
        text[fread(text, 1, sizeof(text) - 1, file)] = '\0';
        fclose(file);
    }
    return text;
}

/* One that goes another way where it may not. */
static const char evals[] =
    "console.info('evaluated');\n"
    "const tries = (f) => { try { return f(); } catch (e) { return e.name; } };\n"
    "const early = tries(() => eval('\"early\"'));\n"
    "globalThis.renderPage = () => `${early}`\n"
    "  + ` ${tries(() => new Function('return \"Function\"')())}`\n"
    "  + ` ${tries(() => (0, eval)('\"indirect\"'))}`;\n";
#define OPEN "early Function indirect"
#define SHUT "EvalError EvalError EvalError"

struct use {
    const char *script;
    unsigned made;     /* options of the image's bundle */
    unsigned loaded;   /* of the pool's */
    int image;
    int fresh;
    const char *url;
    const char *body;
    unsigned evaluated; /* not read from the image */
};

static v8pool_bundle_config config_of(const char *script, unsigned options)
{
    v8pool_bundle_config config = {"b",  "b.js", script, strlen(script),
                                   NULL, options};

    return config;
}

static int build(const void *arg)
{
    const struct use *use = arg;
    v8pool_image_item item = {config_of(use->script, use->made), "/"};
    v8pool_error err;
    void *image;
    size_t length;

    if (v8pool_image_build(&item, 1, NULL, &image, &length, &err) !=
            V8POOL_OK ||
        length > sizeof(shared->image)) {
        return 1;
    }
    memcpy(shared->image, image, length);
    shared->length = length;
    return 0;
}

static int is_body(v8pool *pool, const v8pool_bundle *bundle,
                   const struct use *use)
{
    v8pool_request request;
    struct reply reply;
    int same;

    v8pool_request_init(&request);
    request.url = use->url;
    request.queue_ms = request.timeout_ms = WAIT_MS;
    request.fresh = use->fresh;
    same = reply_send(&reply, pool, bundle, &request) == V8POOL_OK &&
           strcmp(reply_body(&reply), use->body) == 0;
    if (!same) {
        printf("# %s: %s: %s\n", use->url, reply.error.message,
               reply.answer.body != NULL ? reply_body(&reply) : "");
    }
    reply_clear(&reply);
    return same;
}

/* Each in a process of its own: images are mapped for good. */
static int try_use(const void *arg)
{
    const struct use *use = arg;
    v8pool_bundle_config what = config_of(use->script, use->loaded);
    struct recorder *recorder = recorder_create();
    v8pool_config config;
    v8pool_bundle *bundle;
    v8pool *pool;
    int rc = 0;

    pool_config(&config, 1, recorder);
    if (use->image) {
        config.image = shared->image;
        config.image_length = shared->length;
    }
    pool = pool_open(&config);
    if (v8pool_bundle_load(pool, &what, WAIT_MS, &bundle, NULL) != V8POOL_OK) {
        return 1;
    }
    if (!is_body(pool, bundle, use) || !is_body(pool, bundle, use)) {
        rc = 2;
    }
    v8pool_destroy(&pool);
    if (rc == 0 && (recorder_count(recorder, "evaluated") > 0) !=
                       (use->evaluated > 0)) {
        rc = 3;
    }
    return rc;
}

static void check(const struct use *use)
{
    if (shared == NULL) {
        shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE,
                      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
        OK(shared != MAP_FAILED);
    }
    if (use->image) {
        IS_INT(fork_and_run(build, use), 0);
    }
    IS_INT(fork_and_run(try_use, use), 0);
}

static void test_eval_allowed_as_the_option_says(void)
{
    static const struct use rows[] = {
        {evals, 0, 0, 0, 0, "/", SHUT, 1},
        {evals, 0, V8POOL_ALLOW_EVAL, 0, 0, "/", OPEN, 1},
        {evals, 0, V8POOL_ALLOW_EVAL, 0, 1, "/", OPEN, 1},
        {evals, 0, V8POOL_ALLOW_EVAL | V8POOL_FREEZE, 0, 0, "/", OPEN, 1},
        {evals, 0, 0, 1, 0, "/", SHUT, 0},
        {evals, V8POOL_ALLOW_EVAL, V8POOL_ALLOW_EVAL, 1, 0, "/", OPEN, 0},
        {evals, V8POOL_ALLOW_EVAL, V8POOL_ALLOW_EVAL, 1, 1, "/", OPEN, 0},
    };
    size_t i;

    for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        check(&rows[i]);
    }
}

/* What it did while it was evaluated may depend on that. */
static void test_eval_image_of_the_other_option_not_used(void)
{
    static const struct use rows[] = {
        {evals, V8POOL_ALLOW_EVAL, 0, 1, 0, "/", SHUT, 1},
        {evals, 0, V8POOL_ALLOW_EVAL, 1, 0, "/", OPEN, 1},
        {evals, V8POOL_ALLOW_EVAL | V8POOL_NO_SNAPSHOT, 0, 1, 0, "/", SHUT, 1},
    };
    size_t i;

    for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        check(&rows[i]);
    }
}

static void test_eval_allowed_to_one_bundle_of_an_isolate(void)
{
    v8pool *pool = pool_of(1);
    v8pool_bundle_config may = config_of(evals, V8POOL_ALLOW_EVAL);
    v8pool_bundle_config may_not = config_of(evals, 0);
    v8pool_bundle *first = NULL, *second = NULL;

    IS_STATUS(v8pool_bundle_load(pool, &may, WAIT_MS, &first, NULL), V8POOL_OK);
    IS_STATUS(v8pool_bundle_load(pool, &may_not, WAIT_MS, &second, NULL),
              V8POOL_OK);
    OK(renders(pool, first, "/", OPEN));
    OK(renders(pool, second, "/", SHUT));
    OK(renders(pool, first, "/", OPEN));
    v8pool_destroy(&pool);
}

/* In a context that stays and in one of its own; from the script, from a
 * snapshot (which must not hold it frozen), from a code cache. */
static void test_freeze_nothing_changes_and_libraries_work(void)
{
    static const char *const urls[][2] = {{"/changed", "none"},
                                          {"/allowed", "all allowed"}};
    const char *script = frozen_js();
    int image, fresh, k;

    OK(strlen(script) > 1000);
    for (image = 0; image < 3; image++) {
        unsigned cache = image == 2 ? V8POOL_NO_SNAPSHOT : 0;

        for (fresh = 0; fresh < 2; fresh++) {
            for (k = 0; k < 2; k++) {
                struct use use = {script, V8POOL_FREEZE | cache,
                                  V8POOL_FREEZE | cache, image > 0, fresh,
                                  urls[k][0], urls[k][1], image != 1};

                check(&use);
            }
        }
    }
}

/* Else the list of what would be changed proves nothing. */
static void test_freeze_off_all_can_be_changed(void)
{
    v8pool *pool = pool_of(1);
    v8pool_bundle *bundle = bundle_of(pool, "b", frozen_js());
    struct reply all;

    IS_STATUS(reply_get(&all, pool, bundle, "/all", WAIT_MS), V8POOL_OK);
    OK(renders(pool, bundle, "/changed", reply_body(&all)));
    OK(renders(pool, bundle, "/allowed", "all allowed"));
    reply_clear(&all);
    v8pool_destroy(&pool);
}

/* V8 says what an error is by its name, which it does not look for in an
 * accessor. */
static void test_freeze_errors_keep_their_names(void)
{
    v8pool *pool = pool_of(1);
    v8pool_bundle_config config = config_of(frozen_js(), V8POOL_FREEZE);
    v8pool_bundle *bundle = NULL;
    struct reply reply;

    IS_STATUS(v8pool_bundle_load(pool, &config, WAIT_MS, &bundle, NULL),
              V8POOL_OK);
    IS_STATUS(reply_get(&reply, pool, bundle, "/error", WAIT_MS),
              V8POOL_E_SCRIPT);
    HAS_STR(reply.error.message, "TypeError: Cannot read properties of null");
    reply_clear(&reply);
    v8pool_destroy(&pool);
}

/* Processes are forked before this one has V8. */
TAP_MAIN(RUN(test_eval_allowed_as_the_option_says),
         RUN(test_eval_image_of_the_other_option_not_used),
         RUN(test_freeze_nothing_changes_and_libraries_work),
         RUN(test_eval_allowed_to_one_bundle_of_an_isolate),
         RUN(test_freeze_off_all_can_be_changed),
         RUN(test_freeze_errors_keep_their_names))
