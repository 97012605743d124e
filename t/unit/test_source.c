/* SPDX-License-Identifier: Apache-2.0
 *
 * test_source.c: which files v8pool_bundle_read() takes, and what it says of
 * the others.
 */
#include "container.h"
#include "site.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

/* The names of the files that were opened, "!" before one that was not. */
struct opened {
    char names[512];
    const struct site *site;
};

static void note(void *baton, const char *path, int fd)
{
    struct opened *o = baton;

    snprintf(o->names + strlen(o->names), sizeof(o->names) - strlen(o->names),
             "%s%s%s", o->names[0] != '\0' ? " " : "",
             fd >= 0 ? "" : errno == ENOENT ? "!" : "?",
             path + strlen(o->site->path) + 1);
}

static char *read_bundle(const struct site *site, const char *name,
                         v8pool_format format, int no_maps, size_t *length,
                         struct opened *opened)
{
    v8pool_read_config from = {.format = format, .no_source_maps = no_maps,
                               .opened = note, .baton = opened};
    v8pool_error err = {0};
    char *source;

    from.path = site_path(site, name);
    opened->names[0] = '\0';
    opened->site = site;
    if (!IS_STATUS(v8pool_bundle_read(&from, &source, length, &err),
                   V8POOL_OK)) {
        tap_note("  %s", err.message);
    }
    return source;
}

/* "KIND:NAME ..." of the records; "plain" for a script. */
static const char *records_of(const char *source, size_t length)
{
    static const char kinds[] = "fmr!c"; /* as v8p_record_kind */
    static char all[512];
    struct v8p_reader reader;
    struct v8p_record r;

    if (v8p_container_open(source, length, &reader) != 1) {
        return "plain";
    }
    all[0] = '\0';
    while (v8p_container_next(&reader, &r) == 1) {
        snprintf(all + strlen(all), sizeof(all) - strlen(all), "%s%c:%.*s",
                 all[0] != '\0' ? " " : "", kinds[r.kind], (int)r.name_length,
                 r.name);
    }
    return all;
}

static void check(const struct site *site, const char *name,
                  v8pool_format format, int no_maps, const char *records,
                  const char *names)
{
    struct opened opened;
    size_t length;
    char *source = read_bundle(site, name, format, no_maps, &length, &opened);

    IS_STR(records_of(source, length), records);
    IS_STR(opened.names, names);
    OK(v8p_container_is_whole(source, length));
    free(source);
}

static void test_one_script_stays_plain(void)
{
    struct site site;
    struct opened opened;
    size_t length;
    char *source;

    site_create(&site);
    site_write(&site, "a.js", "globalThis.x = './b.js';");
    site_write(&site, "b.js", "");
    source = read_bundle(&site, "a.js", V8POOL_FORMAT_AUTO, 0, &length,
                         &opened);
    IS_STR(source, "globalThis.x = './b.js';");
    IS_STR(opened.names, "a.js");
    free(source);
    check(&site, "a.js", V8POOL_FORMAT_ESM, 0, "f:a.js", "a.js");
    check(&site, "a.js", V8POOL_FORMAT_AUTO, 1, "f:a.js", "a.js");
    site_remove(&site);
}

static void test_imports_of_imports_taken_once(void)
{
    struct site site;

    site_create(&site);
    site_write(&site, "a.js", "import './d/b.js'; import './none.js';"
                              "import './d/b.js'; import '../out.js'");
    site_write(&site, "d/b.js", "export * from '../a.js';"
                                "import './c.json'; require('./e');");
    site_write(&site, "d/c.json", "\"import './d/never.js'\"");
    site_write(&site, "d/e/index.js", "");
    site_write(&site, "d/never.js", "");
    check(&site, "a.js", V8POOL_FORMAT_AUTO, 0,
          "f:a.js f:d/b.js !:none.js f:d/c.json f:d/e/index.js",
          "a.js d/b.js !none.js d/c.json d/e/index.js");
    check(&site, "a.js", V8POOL_FORMAT_IIFE, 0, "f:a.js", "a.js");
    site_remove(&site);
}

static void test_what_is_no_file_refused_with_reason(void)
{
    struct site site;
    struct opened opened;
    size_t length;
    char *source;

    site_create(&site);
    site_write(&site, "a.js", "import './d'; import './p'; import './l';");
    site_write(&site, "d/x.js", "");
    OK(mkfifo(site_path(&site, "p"), 0600) == 0);
    site_link(&site, "l", "l");
    source = read_bundle(&site, "a.js", V8POOL_FORMAT_AUTO, 0, &length,
                         &opened);
    IS_STR(records_of(source, length), "f:a.js r:d r:p r:l");
    HAS_STR(source, "refused 18 d\nnot a regular file\n");
    HAS_STR(source, "refused 18 p\nnot a regular file\n");
    HAS_STR(source, " l\nToo many levels of symbolic links\n");
    free(source);
    site_remove(&site);
}

static void test_maps_taken_where_they_are_wanted(void)
{
    struct site site;

    site_create(&site);
    site_write(&site, "a.js", "import './b.js';\n//# sourceMappingURL=x.map");
    site_write(&site, "b.js", "//# sourceMappingURL=m/b.map\n");
    site_write(&site, "m/b.map", "{}");
    check(&site, "a.js", V8POOL_FORMAT_AUTO, 0, "f:a.js f:b.js m:b.js",
          "a.js !x.map b.js m/b.map");
    check(&site, "a.js", V8POOL_FORMAT_AUTO, 1, "f:a.js f:b.js", "a.js b.js");
    site_write(&site, "a.js", "//# sourceMappingURL=https://h/a.map");
    check(&site, "a.js", V8POOL_FORMAT_AUTO, 0, "plain", "a.js");
    site_write(&site, "a.js", "//# sourceMappingURL=../a.map");
    check(&site, "a.js", V8POOL_FORMAT_AUTO, 0, "plain", "a.js");
    site_write(&site, "a.js", "//# sourceMappingURL=data:application/json,{}");
    check(&site, "a.js", V8POOL_FORMAT_AUTO, 0, "plain", "a.js");
    site_remove(&site);
}

static void test_too_many_files_refused(void)
{
    v8pool_read_config from = {0};
    struct site site;
    v8pool_error err;
    char *text = malloc(5000 * 24);
    char *source;
    size_t length, n = 0;
    int i;

    for (i = 0; i < 4096; i++) {
        n += (size_t)sprintf(text + n, "import './f%d.js';\n", i);
    }
    site_create(&site);
    site_write(&site, "a.js", text);
    from.path = site_path(&site, "a.js");
    IS_STATUS(v8pool_bundle_read(&from, &source, &length, &err),
              V8POOL_E_BUNDLE);
    IS_STR(err.message, "the bundle has more than 4096 files: f4095.js is one "
                        "more");
    OK(source == NULL);
    free(text);
    site_remove(&site);
}

static void test_own_file_unreadable_said(void)
{
    v8pool_read_config from = {0};
    struct site site;
    v8pool_error err;
    char *source;
    size_t length;

    site_create(&site);
    from.path = site_path(&site, "none.js");
    IS_STATUS(v8pool_bundle_read(&from, &source, &length, &err),
              V8POOL_E_BUNDLE);
    IS_STR(err.message, "cannot read the bundle: No such file or directory");
    IS_STR(err.source, from.path);
    from.path = site_path(&site, "none/a.js");
    IS_STATUS(v8pool_bundle_read(&from, &source, &length, &err),
              V8POOL_E_BUNDLE);
    IS_STR(err.message, "cannot read the bundle: No such file or directory");
    from.path = site.path;
    IS_STATUS(v8pool_bundle_read(&from, &source, &length, &err),
              V8POOL_E_BUNDLE);
    IS_STR(err.message, "cannot read the bundle: not a regular file");
    site_remove(&site);
}

/* A bundle may be a link, also to another folder: it is the configured one. */
static void test_own_file_may_be_a_link(void)
{
    struct site site, other;

    site_create(&site);
    site_create(&other);
    site_write(&other, "real.js", "import './b.js';");
    site_write(&site, "b.js", "");
    site_link(&site, "a.js", site_path(&other, "real.js"));
    check(&site, "a.js", V8POOL_FORMAT_AUTO, 0, "f:a.js f:b.js", "a.js b.js");
    site_remove(&site);
    site_remove(&other);
}

TAP_MAIN(RUN(test_one_script_stays_plain),
         RUN(test_imports_of_imports_taken_once),
         RUN(test_what_is_no_file_refused_with_reason),
         RUN(test_maps_taken_where_they_are_wanted),
         RUN(test_too_many_files_refused),
         RUN(test_own_file_unreadable_said),
         RUN(test_own_file_may_be_a_link))
