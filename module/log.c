/* SPDX-License-Identifier: Apache-2.0
 *
 * log.c: the pool's errors as httpd log lines.
 */
#include "log.h"

#include <apr_strings.h>
#include <ctype.h>
#include <string.h>

int v8ssr_log_level(v8pool_log_level level)
{
    static const int levels[] = {APLOG_DEBUG, APLOG_INFO, APLOG_WARNING,
                                 APLOG_ERR};

    return levels[level];
}

/* The first line of a JavaScript stack repeats the message. */
static const char *first_frame(const char *stack)
{
    const char *frame = strstr(stack, "    at ");

    return frame != NULL ? frame : "";
}

static const char *join_frames(apr_pool_t *p, const char *frames)
{
    const char *line = "";
    char *rest = apr_pstrdup(p, frames);
    char *state;
    char *frame;

    for (frame = apr_strtok(rest, "\n", &state); frame != NULL;
         frame = apr_strtok(NULL, "\n", &state)) {
        while (isspace((unsigned char)*frame)) {
            frame++;
        }
        line = apr_pstrcat(p, line, " | ", frame, NULL);
    }
    return line;
}

const char *v8ssr_error_line(apr_pool_t *p, const v8pool_error *err)
{
    const char *place = "";

    if (err->source[0] != '\0') {
        place = err->line > 0 ? apr_psprintf(p, "%s:%d:%d: ", err->source,
                                             err->line, err->column)
                              : apr_pstrcat(p, err->source, ": ", NULL);
    }
    return apr_pstrcat(p, place, err->message,
                       join_frames(p, first_frame(err->stack)), NULL);
}
