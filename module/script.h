/* SPDX-License-Identifier: Apache-2.0
 *
 * script.h: one bundle's files: what is in them, whether it is good.
 */
#ifndef V8SSR_SCRIPT_H
#define V8SSR_SCRIPT_H

#include "config.h"

#include <sys/stat.h>

typedef struct v8ssr_script {
    char *text;          /* malloc'ed; of v8pool_bundle_read() */
    size_t length;
    v8ssr_files *files;  /* what was opened for it */
} v8ssr_script;

/* NULL: the caller owes free(script->text); else what is wrong, in p.
 * Owns: script->files in any case. */
const char *v8ssr_script_read(apr_pool_t *p, const v8ssr_bundle *bundle,
                              v8ssr_script *script);

/* Has the v8ssr program load it and render its self-test.  NULL, or what is
 * wrong, in one line.
 * Blocks: at most 2 * SSRLoadTimeout and 5 s. */
const char *v8ssr_script_check(apr_pool_t *p, const v8ssr_server_config *c,
                               const v8ssr_bundle *bundle, const char *script,
                               size_t length);

/* What tells one checking program, with its V8, from another.  In p. */
const char *v8ssr_script_checker(apr_pool_t *p, const v8ssr_server_config *c);

/* 0: there is no regular file of that name now. */
int v8ssr_file_id_get(const char *path, v8ssr_file_id *id);
v8ssr_file_id v8ssr_file_id_of(const struct stat *st);

#endif /* V8SSR_SCRIPT_H */
