/* SPDX-License-Identifier: Apache-2.0
 *
 * script.h: one bundle's file: what it is, what is in it, whether it is good.
 */
#ifndef V8SSR_SCRIPT_H
#define V8SSR_SCRIPT_H

#include "config.h"

typedef struct v8ssr_script {
    char *text;        /* malloc'ed */
    size_t length;
    v8ssr_file_id id;  /* of the file as it was read; zero: not even opened */
} v8ssr_script;

/* NULL: the caller owes free(script->text); else what is wrong. */
const char *v8ssr_script_read(apr_pool_t *p, const char *path,
                              v8ssr_script *script);

/* Has the v8ssr program load it and render its self-test.  NULL, or what is
 * wrong, in one line.
 * Blocks: at most 2 * SSRLoadTimeout and 5 s. */
const char *v8ssr_script_check(apr_pool_t *p, const v8ssr_server_config *c,
                               const v8ssr_bundle *bundle, const char *script,
                               size_t length);

/* 0: there is no regular file of that name now. */
int v8ssr_file_id_get(const char *path, v8ssr_file_id *id);
int v8ssr_file_id_is(const v8ssr_file_id *a, const v8ssr_file_id *b);

#endif /* V8SSR_SCRIPT_H */
