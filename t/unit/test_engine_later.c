/* SPDX-License-Identifier: Apache-2.0
 *
 * test_engine_later.c: a script that is evaluated for a snapshot finds the same
 * built-ins as a render finds later, and what it changes of them stays.
 * Images are made, and rendered from, in processes of their own.
 */
#include "fixture.h"
#include "v8pool_image.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>

#define ROOM ((size_t)32 << 20)

static struct shared {
    size_t length;
    v8pool_error err;
    char body[64 * 1024];
    _Alignas(16) char image[ROOM];
} *shared;

static v8pool_bundle_config bundle_config(const char *script)
{
    v8pool_bundle_config what = {"b", NULL, script, strlen(script), NULL, 0};

    return what;
}

static int build(const void *script)
{
    v8pool_image_item item = {bundle_config(script), NULL};
    void *image = NULL;
    size_t length = 0;

    if (v8pool_image_build(&item, 1, NULL, &image, &length, &shared->err) !=
        V8POOL_OK) {
        return 1;
    }
    if (length > ROOM) {
        return 2;
    }
    memcpy(shared->image, image, length);
    shared->length = length;
    free(image);
    return 0;
}

static int show(const void *script)
{
    v8pool_bundle_config what = bundle_config(script);
    v8pool_bundle *bundle;
    v8pool_config config;
    struct reply reply;
    v8pool_error err;
    v8pool *pool;

    pool_config(&config, 1, NULL);
    config.image = shared->image;
    config.image_length = shared->length;
    pool = pool_open(&config);
    if (v8pool_bundle_load(pool, &what, WAIT_MS, &bundle, &err) != V8POOL_OK) {
        snprintf(shared->body, sizeof(shared->body), "%s", err.message);
        return 1;
    }
    (void)reply_get(&reply, pool, bundle, "/", WAIT_MS);
    snprintf(shared->body, sizeof(shared->body), "%s", reply_body(&reply));
    reply_clear(&reply);
    v8pool_destroy(&pool);
    return 0;
}

static int make_image(const char *script)
{
    if (shared == NULL) {
        shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE,
                      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    }
    memset(shared, 0, offsetof(struct shared, image));
    return fork_and_run(build, script);
}

/* The page, from an image. */
static void shows(const char *script, const char *body)
{
    if (!IS_INT(make_image(script), 0)) {
        tap_note("  %s", shared->err.message);
        return;
    }
    IS_INT(fork_and_run(show, script), 0);
    IS_STR(shared->body, body);
}

static void is_refused(const char *script, const char *message)
{
    IS_INT(make_image(script), 1);
    IS_STATUS(shared->err.status, V8POOL_E_BUNDLE);
    HAS_STR(shared->err.message, message);
}

static void test_later_builtins_are_there_for_the_script(void)
{
    shows("const found = [[1, 2].at(-1), 'ab'.at(-1), Object.hasOwn([1], 0),"
          "  Uint8Array.of(3, 4).at(-1), [5, 6].findLast(() => true),"
          "  Uint8Array.of(7, 8).findLastIndex(() => true),"
          "  [2, 1].toSorted(), Error.stackTraceLimit].join(' ');"
          "globalThis.renderPage = () => found;",
          "2 b true 4 6 1 1,2 10");
}

/* All that can be reached from the global object; the exceptions are those of
 * kAdded in later.cc. */
static void test_later_nothing_else_is_added(void)
{
    shows("'use strict';"
          "const added = /^\\.(Atomics\\b|RegExp\\.prototype\\.unicodeSets"
          "|Intl\\.NumberFormat\\.prototype\\.formatRange"
          "|Intl\\.PluralRules\\.prototype\\.selectRange)/;"
          "const names = () => {"
          "  const seen = new Set(), found = new Set();"
          "  (function walk(object, path) {"
          "    if (Object(object) !== object || seen.has(object)) return;"
          "    seen.add(object);"
          "    for (const key of Reflect.ownKeys(object)) {"
          "      const name = path + '.' + String(key);"
          "      if (added.test(name)) continue;"
          "      found.add(name);"
          "      walk(Reflect.getOwnPropertyDescriptor(object, key).value, name);"
          "    }"
          "    walk(Object.getPrototypeOf(object), path + '.__proto__');"
          "  })(globalThis, '');"
          "  return found;"
          "};"
          "globalThis.renderPage = () => 'no page yet';"
          "const before = names();"
          "globalThis.renderPage = () => {"
          "  const now = names();"
          "  return (before.size > 1000) + ' '"
          "    + [...now].filter((name) => !before.has(name)) + ' '"
          "    + [...before].filter((name) => !now.has(name));"
          "};",
          "true  ");
}

static void test_later_own_builtins_are_kept(void)
{
    shows("for (const [of, name] of [[Object, 'hasOwn'],"
          "    [Array.prototype, 'at'], [Array.prototype, 'toSorted']])"
          "  Object.defineProperty(of, name, { value: () => 'own',"
          "    writable: true, configurable: true });"
          "const count = (of, name) => Object.getOwnPropertyNames(of)"
          "  .filter((other) => other === name).length;"
          "globalThis.renderPage = () => Object.hasOwn() + [].at()"
          "  + [].toSorted() + count(Object, 'hasOwn')"
          "  + count(Array.prototype, 'at')"
          "  + count(Array.prototype, 'toSorted');",
          "ownownown111");
}

static void test_later_stack_trace_limit_is_kept(void)
{
    static const char page[] =
        "globalThis.renderPage = () => [Error.stackTraceLimit,"
        "  typeof new Error('x').stack, Object.getOwnPropertyNames(Error)"
        "  .filter((name) => name === 'stackTraceLimit').length].join();";
    char script[1000];

    shows(page, "10,string,1");
    snprintf(script, sizeof(script), "Error.stackTraceLimit = 3; %s", page);
    shows(script, "3,string,1");
    snprintf(script, sizeof(script), "delete Error.stackTraceLimit; %s", page);
    shows(script, ",undefined,1");
}

static void test_later_what_v8_adds_is_not_defined_twice(void)
{
    is_refused("globalThis.Atomics = 1; globalThis.renderPage = () => '';",
               "it defines Atomics, which V8 adds");
    is_refused("Object.freeze(Error); globalThis.renderPage = () => '';",
               "its Error.stackTraceLimit cannot be read and deleted");
}

TAP_MAIN(RUN(test_later_builtins_are_there_for_the_script),
         RUN(test_later_nothing_else_is_added),
         RUN(test_later_own_builtins_are_kept),
         RUN(test_later_stack_trace_limit_is_kept),
         RUN(test_later_what_v8_adds_is_not_defined_twice))
