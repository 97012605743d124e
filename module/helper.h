/* SPDX-License-Identifier: Apache-2.0
 *
 * helper.h: runs the v8ssr program while httpd reads its configuration, so that
 * no V8 and no bundle's code ever runs in the parent.
 */
#ifndef V8SSR_HELPER_H
#define V8SSR_HELPER_H

#include <httpd.h>

typedef struct v8ssr_helper_run {
    const char *program;
    const char *const *argv;  /* NULL-terminated; argv[0] included */
    const char *input;        /* its standard input */
    size_t input_length;
    apr_interval_time_t timeout;
    int output;               /* a file for its standard output; 0 = none */
    apr_off_t output_max;     /* largest file it may write; 0 = none */
    const char **said;        /* in p: all it wrote to stderr; may be NULL */
} v8ssr_helper_run;

/* Thread: the parent's only one.  Blocks: at most run->timeout.
 * The helper has the rights of httpd's User and Group also when httpd was
 * started by root, no network (seccomp.h), no core file, a CPU limit, no file larger than output_max,
 * and is killed at the timeout.
 * Returns NULL when it exited with 0; else its first line on stderr, or what
 * became of it.  Owns: text in p. */
const char *v8ssr_helper_run_in(apr_pool_t *p, const v8ssr_helper_run *run);

#endif /* V8SSR_HELPER_H */
