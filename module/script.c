/* SPDX-License-Identifier: Apache-2.0
 *
 * script.c: one bundle's files: what is in them, whether it is good.
 */
#include "script.h"

#include "files.h"
#include "helper.h"

#include <apr_strings.h>
#include <string.h>

v8ssr_file_id v8ssr_file_id_of(const struct stat *st)
{
    v8ssr_file_id id = {(uint64_t)st->st_dev, (uint64_t)st->st_ino,
                        (int64_t)st->st_size,
                        (int64_t)st->st_mtim.tv_sec * 1000000000 +
                            st->st_mtim.tv_nsec};

    return id;
}

int v8ssr_file_id_get(const char *path, v8ssr_file_id *id)
{
    struct stat st;

    if (stat(path, &st) != 0 || !S_ISREG(st.st_mode)) {
        return 0;
    }
    *id = v8ssr_file_id_of(&st);
    return 1;
}

/* The library's "cannot read the bundle: ..." names the file beside it. */
static const char *say(apr_pool_t *p, const v8ssr_bundle *bundle,
                       const v8pool_error *err)
{
    static const char reading[] = "cannot read the bundle: ";
    size_t length = sizeof(reading) - 1;

    if (strncmp(err->message, reading, length) != 0) {
        return apr_pstrdup(p, err->message);
    }
    return apr_psprintf(p, "cannot read %s: %s", bundle->path,
                        err->message + length);
}

const char *v8ssr_script_read(apr_pool_t *p, const v8ssr_bundle *bundle,
                              v8ssr_script *script)
{
    v8pool_read_config from = {.path = bundle->path,
                               .format = bundle->format,
                               .no_source_maps = bundle->no_source_maps,
                               .opened = v8ssr_files_opened};
    v8pool_error err;

    memset(script, 0, sizeof(*script));
    script->files = v8ssr_files_create(bundle->pool);
    from.baton = script->files;
    return v8pool_bundle_read(&from, &script->text, &script->length, &err) ==
                   V8POOL_OK
               ? NULL
               : say(p, bundle, &err);
}

const char *v8ssr_script_check(apr_pool_t *p, const v8ssr_server_config *c,
                               const v8ssr_bundle *bundle, const char *script,
                               size_t length)
{
    const char *argv[14];
    v8ssr_helper_run run = {
        .program = v8ssr_helper(c),
        .argv = argv,
        .input = script,
        .input_length = length,
        .timeout = 2 * v8ssr_load_timeout(c) + apr_time_from_sec(5)};
    int n = 0;

    argv[n++] = run.program;
    argv[n++] = "check";
    argv[n++] = "-p";
    argv[n++] = bundle->path;
    argv[n++] = "-t";
    argv[n++] = apr_psprintf(p, "%" APR_TIME_T_FMT,
                             apr_time_as_msec(v8ssr_load_timeout(c)));
    if (bundle->entry != NULL) {
        argv[n++] = "-e";
        argv[n++] = bundle->entry;
    }
    if (bundle->self_test != NULL) {
        argv[n++] = "-s";
        argv[n++] = bundle->self_test;
    }
    if ((v8ssr_bundle_options(bundle) & V8POOL_ALLOW_EVAL) != 0) {
        argv[n++] = "-a";
    }
    if ((v8ssr_bundle_options(bundle) & V8POOL_FREEZE) != 0) {
        argv[n++] = "-z";
    }
    argv[n++] = "-";
    argv[n] = NULL;
    return v8ssr_helper_run_in(p, &run);
}

const char *v8ssr_script_checker(apr_pool_t *p, const v8ssr_server_config *c)
{
    v8ssr_file_id helper = {0, 0, 0, 0};

    v8ssr_file_id_get(v8ssr_helper(c), &helper);
    return apr_psprintf(p, "%s\n%s\n%" APR_INT64_T_FMT " %" APR_INT64_T_FMT,
                        V8POOL_VERSION, v8pool_engine_version(),
                        (apr_int64_t)helper.size,
                        (apr_int64_t)helper.modified_ns);
}
