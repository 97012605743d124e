/* SPDX-License-Identifier: Apache-2.0
 *
 * v8ssr.h: what the commands of the v8ssr program share.  It uses v8pool.h
 * alone, as any embedder would.
 */
#ifndef V8SSR_TOOL_H
#define V8SSR_TOOL_H

#include "v8pool_files.h"

/* Exit codes: 0 done, 1 the bundle or the render failed, 2 wrong usage. */
enum { V8SSR_DONE = 0, V8SSR_FAILED = 1, V8SSR_USAGE = 2 };

int v8ssr_cmd_check(int argc, char **argv);
int v8ssr_cmd_render(int argc, char **argv);
int v8ssr_cmd_bench(int argc, char **argv);
int v8ssr_cmd_snapshot(int argc, char **argv);
int v8ssr_cmd_start(int argc, char **argv);

/* Prints a message and the usage line; returns V8SSR_USAGE. */
int v8ssr_usage(const char *command, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* "BUNDLE:LINE:COLUMN: ", as far as it is known, to stderr. */
void v8ssr_print_place(const v8pool_error *err);

/* Place, message and stack, to stderr. */
void v8ssr_print_error(const v8pool_error *err);

/* Prints console lines to stderr; for v8pool_config.log. */
v8pool_log_fn v8ssr_log;

/* Whole number from..to, or usage.  Returns 0 when it is none. */
int v8ssr_parse_number(const char *text, long from, long to, long *number);

/* The whole of standard input, malloc'ed; NULL: said why on stderr. */
char *v8ssr_read_input(size_t *length);

/* A bundle's files, malloc'ed; NULL: said why on stderr. */
char *v8ssr_read_bundle(const char *path, v8pool_format format, size_t *length);

struct v8ssr_subject {
    const char *path;
    v8pool_format format;
    const char *entry;
    unsigned options;    /* as in v8pool_bundle_config */
    const char *image;   /* a file; NULL = none */
    unsigned isolates;   /* as in v8pool_config, as is the next */
    size_t young_bytes;
};

/* A pool with the bundle loaded; NULL: said why. */
v8pool *v8ssr_open(const struct v8ssr_subject *subject,
                   v8pool_bundle **bundle);

/* `v8ssr bench -m`: n renders, at least so many; less what n / 200 leaves
 * over. */
#define V8SSR_MEMORY_MIN 200
int v8ssr_bench_memory(const struct v8ssr_subject *subject,
                       const v8pool_request *request, long n);

#endif /* V8SSR_TOOL_H */
