/* SPDX-License-Identifier: Apache-2.0
 *
 * setters.h: what setters of directives have in common.  Each returns NULL or
 * the message that configtest shows.
 */
#ifndef V8SSR_SETTERS_H
#define V8SSR_SETTERS_H

#include <httpd.h>
#include <http_config.h>

/* NULL stays NULL; else the directive's name is put before it. */
const char *v8ssr_named(const cmd_parms *cmd, const char *what);

/* Words and what they stand for; the last word is NULL. */
typedef struct v8ssr_word {
    const char *word;
    int value;
} v8ssr_word;

const char *v8ssr_set_word(const cmd_parms *cmd, const char *arg,
                           const v8ssr_word *words, const char *expected,
                           int *value);

/* Of the main server only. */
const char *v8ssr_set_main_time(cmd_parms *cmd, const char *arg,
                                apr_interval_time_t from,
                                apr_interval_time_t to,
                                apr_interval_time_t *time);
const char *v8ssr_set_main_number(cmd_parms *cmd, const char *arg, int from,
                                  int to, int *number);

#endif /* V8SSR_SETTERS_H */
