/* SPDX-License-Identifier: Apache-2.0
 *
 * page_config.c: setters of what a page may take and how it leaves.
 */
#include "page_config.h"

#include "config.h"
#include "setters.h"
#include "stream.h"
#include "values.h"

const char *v8ssr_set_streaming(cmd_parms *cmd, void *dir, const char *arg)
{
    v8ssr_dir_config *c = dir;
    static const v8ssr_word words[] = {{"auto", V8SSR_STREAMING_AUTO},
                                       {"on", V8SSR_STREAMING_ON},
                                       {"off", V8SSR_STREAMING_OFF},
                                       {NULL, 0}};

    return v8ssr_set_word(cmd, arg, words, "auto, on or off was expected",
                          &c->streaming);
}

const char *v8ssr_set_flush(cmd_parms *cmd, void *dir, const char *arg)
{
    v8ssr_dir_config *c = dir;
    static const v8ssr_word words[] = {{"shell", V8SSR_FLUSH_SHELL},
                                       {"chunk", V8SSR_FLUSH_CHUNK},
                                       {"none", V8SSR_FLUSH_NONE},
                                       {NULL, 0}};

    return v8ssr_set_word(cmd, arg, words, "shell, chunk or none was expected",
                          &c->flush);
}

const char *v8ssr_set_scope(cmd_parms *cmd, void *dir, const char *arg)
{
    v8ssr_dir_config *c = dir;
    static const v8ssr_word words[] = {{"bundle", V8SSR_SCOPE_BUNDLE},
                                       {"request", V8SSR_SCOPE_REQUEST},
                                       {NULL, 0}};

    return v8ssr_set_word(cmd, arg, words, "bundle or request was expected",
                          &c->scope);
}

const char *v8ssr_set_max_response(cmd_parms *cmd, void *dir, const char *arg)
{
    v8ssr_dir_config *c = dir;

    return v8ssr_named(cmd, v8ssr_parse_size(cmd->temp_pool, arg, 1024,
                                       (apr_off_t)1 << 30, &c->max_response));
}

const char *v8ssr_set_max_body(cmd_parms *cmd, void *dir, const char *arg)
{
    v8ssr_dir_config *c = dir;

    return v8ssr_named(cmd, v8ssr_parse_size(cmd->temp_pool, arg, 0,
                                             (apr_off_t)1 << 30, &c->max_body));
}

const char *v8ssr_set_log_console(cmd_parms *cmd, void *dir, const char *arg)
{
    static const char *const levels[] = {"debug", "info", "warn", "error",
                                         "off"};
    v8ssr_dir_config *c = dir;
    int i;

    for (i = 0; i <= V8SSR_CONSOLE_OFF; i++) {
        if (ap_cstr_casecmp(arg, levels[i]) == 0) {
            c->log_console = i;
            return NULL;
        }
    }
    return v8ssr_named(cmd, "debug, info, warn, error or off was expected");
}
