/* SPDX-License-Identifier: Apache-2.0
 *
 * setters.c: the name before a message, and values of the main server.
 */
#include "setters.h"

#include "values.h"

#include <http_core.h>
#include <apr_strings.h>

const char *v8ssr_named(const cmd_parms *cmd, const char *what)
{
    return what == NULL ? NULL
                        : apr_pstrcat(cmd->temp_pool, cmd->cmd->name, ": ",
                                      what, NULL);
}

const char *v8ssr_set_word(const cmd_parms *cmd, const char *arg,
                           const v8ssr_word *words, const char *expected,
                           int *value)
{
    for (; words->word != NULL; words++) {
        if (ap_cstr_casecmp(arg, words->word) == 0) {
            *value = words->value;
            return NULL;
        }
    }
    return v8ssr_named(cmd, expected);
}

const char *v8ssr_set_main_time(cmd_parms *cmd, const char *arg,
                                apr_interval_time_t from,
                                apr_interval_time_t to,
                                apr_interval_time_t *time)
{
    const char *wrong = ap_check_cmd_context(cmd, GLOBAL_ONLY);

    return wrong != NULL ? wrong
                         : v8ssr_named(cmd, v8ssr_parse_time(cmd->temp_pool,
                                                             arg, from, to,
                                                             time));
}

const char *v8ssr_set_main_number(cmd_parms *cmd, const char *arg, int from,
                                  int to, int *number)
{
    const char *wrong = ap_check_cmd_context(cmd, GLOBAL_ONLY);

    return wrong != NULL ? wrong
                         : v8ssr_named(cmd, v8ssr_parse_number(cmd->temp_pool,
                                                               arg, from, to,
                                                               number));
}
