/* SPDX-License-Identifier: Apache-2.0
 *
 * v8ssr.h: what the commands of the v8ssr program share.  It uses v8pool.h
 * alone, as any embedder would.
 */
#ifndef V8SSR_TOOL_H
#define V8SSR_TOOL_H

#include "v8pool.h"

/* Exit codes: 0 done, 1 the bundle or the render failed, 2 wrong usage. */
enum { V8SSR_DONE = 0, V8SSR_FAILED = 1, V8SSR_USAGE = 2 };

int v8ssr_cmd_check(int argc, char **argv);
int v8ssr_cmd_render(int argc, char **argv);
int v8ssr_cmd_bench(int argc, char **argv);

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

/* A pool with that many isolates and the bundle loaded; NULL: said why.
 * young_bytes: as in v8pool_config, 0 = the pool's default. */
v8pool *v8ssr_open(const char *path, const char *entry, unsigned isolates,
                   size_t young_bytes, v8pool_bundle **bundle);

#endif /* V8SSR_TOOL_H */
