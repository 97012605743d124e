/* SPDX-License-Identifier: Apache-2.0
 *
 * test_engine_codecache.c: the code cache of each file is used.  V8 compares
 * nothing of a source but its length (v8-rules c13): the cache of another text
 * of the same length shows which one ran.
 */
#include "fixture.h"

#include "container.h"
#include "engine/run.h"
#include "engine/snapshot.h"

#include <stdlib.h>

static int take_head(void *baton, int status, const v8pool_header *headers,
                     size_t count, int streamed)
{
    (void)baton, (void)status, (void)headers, (void)count, (void)streamed;
    return 0;
}

static int take_chunk(void *body, char *data, size_t length)
{
    strncat(body, data, length);
    free(data);
    return 0;
}

static int has_room(void *baton)
{
    (void)baton;
    return 1;
}

static void drop_log(void *baton, v8pool_log_level level, const char *text,
                     size_t length)
{
    (void)baton, (void)level, (void)text, (void)length;
}

static void add(struct v8p_writer *writer, const char *name, const char *text)
{
    struct v8p_record record = {V8P_FILE, name, strlen(name), text,
                                strlen(text)};

    v8p_container_add(writer, &record);
}

/* Two files: a function of each, and its letter in them. */
static v8e_script script_of(struct v8p_writer *writer, v8pool_format format,
                            char letter)
{
    static const char *const esm[] = {
        "import { b } from './b.js';"
        "export const renderPage = () => '@' + b();",
        "export const b = () => '@';"};
    static const char *const cjs[] = {
        "const b = require('./b.js');"
        "exports.renderPage = () => '@' + b();",
        "module.exports = () => '@';"};
    const char *const *texts = format == V8POOL_FORMAT_ESM ? esm : cjs;
    v8e_script script = {.name = "b", .origin = "/x/a.js"};
    int i;

    v8p_container_begin(writer, format, 1);
    for (i = 0; i < 2; i++) {
        char *text = strdup(texts[i]);

        *strchr(text, '@') = letter;
        add(writer, i == 0 ? "a.js" : "b.js", text);
        free(text);
    }
    script.source = writer->text;
    script.length = writer->length;
    return script;
}

static void check(v8pool_format format)
{
    v8e_limits limits = {(size_t)32 << 20, (size_t)8 << 20, 0, NULL, 0};
    char body[64] = "";
    v8e_sink sink = {body, take_head, take_chunk, has_room, drop_log, NULL};
    struct v8p_writer one, two;
    v8e_item item = {script_of(&one, format, '1'), "/"};
    v8e_script script = script_of(&two, format, '2');
    v8pool_request request;
    v8pool_timing timing;
    v8pool_error err = {0};
    v8e_isolate *isolate;
    v8e_context *context;
    char *code = NULL;

    IS_STATUS(v8e_platform_start(&err), V8POOL_OK);
    IS_STATUS(v8e_code_build(&item, NULL, 0, NULL, &code, &script.code_length, &err),
              V8POOL_OK);
    script.code = code;
    isolate = v8e_isolate_create(&limits, &err);
    context = v8e_context_create(isolate, &script, &sink, &err);
    if (OK(context != NULL)) {
        v8pool_request_init(&request);
        IS_STATUS(v8e_render(context, &request, &sink, &timing, &err),
                  V8POOL_OK);
        IS_STR(body, "11");
        v8e_context_destroy(&context);
    }
    v8e_isolate_destroy(&isolate);
    free(code);
    free(one.text);
    free(two.text);
}

static void test_module_files_run_from_their_caches(void)
{
    check(V8POOL_FORMAT_ESM);
}

static void test_commonjs_files_run_from_their_caches(void)
{
    check(V8POOL_FORMAT_CJS);
}

TAP_MAIN(RUN(test_module_files_run_from_their_caches),
         RUN(test_commonjs_files_run_from_their_caches))
