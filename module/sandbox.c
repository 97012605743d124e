/* SPDX-License-Identifier: Apache-2.0
 *
 * sandbox.c: setters, and the fields of a request that no bundle sees.
 */
#include "sandbox.h"

#include "setters.h"

#include <apr_strings.h>
#include <string.h>

const char *v8ssr_set_allow_eval(cmd_parms *cmd, void *dir, int on)
{
    (void)dir;
    v8ssr_server_config_of(cmd->server)->allow_eval = on;
    return NULL;
}

const char *v8ssr_set_freeze_intrinsics(cmd_parms *cmd, void *dir, int on)
{
    (void)dir;
    v8ssr_server_config_of(cmd->server)->freeze_intrinsics = on;
    return NULL;
}

const char *v8ssr_set_pass_authorization(cmd_parms *cmd, void *dir, int on)
{
    (void)cmd;
    ((v8ssr_dir_config *)dir)->pass_authorization = on;
    return NULL;
}

/* A field's name, or how some begin: "X-Internal-*". */
static int is_pattern(const char *text)
{
    size_t length = strlen(text);
    const char *end = ap_scan_http_token(text);

    /* '*' is a token's character */
    return length > 0 && *end == '\0' && strcspn(text, "*") >= length - 1 &&
           strcmp(text, "*") != 0;
}

const char *v8ssr_set_hide_headers(cmd_parms *cmd, void *dir, int argc,
                                   char *const argv[])
{
    static const char expected[] =
        "names of header fields, which may end with *, or none, were expected";
    v8ssr_dir_config *c = dir;
    apr_array_header_t *names = apr_array_make(cmd->pool, argc, sizeof(char *));
    int i;

    for (i = 0; i < argc; i++) {
        char *name = apr_pstrdup(cmd->pool, argv[i]);

        if (!is_pattern(name) ||
            (ap_cstr_casecmp(name, "none") == 0 && argc > 1)) {
            return v8ssr_named(cmd, expected);
        }
        ap_str_tolower(name);
        APR_ARRAY_PUSH(names, const char *) = name;
    }
    if (argc == 0) {
        return v8ssr_named(cmd, expected);
    }
    if (argc == 1 && ap_cstr_casecmp(argv[0], "none") == 0) {
        names->nelts = 0;
    }
    c->hidden = names;
    return NULL;
}

static int matches(const char *pattern, const char *field)
{
    size_t length = strlen(pattern);

    return pattern[length - 1] == '*'
               ? ap_cstr_casecmpn(pattern, field, length - 1) == 0
               : ap_cstr_casecmp(pattern, field) == 0;
}

int v8ssr_sandbox_shows(const v8ssr_dir_config *d, const char *field)
{
    int i;

    /* Proxy and Proxy-* are not for applications (the "httpoxy" class of
     * holes); credentials are httpd's to check. */
    if (ap_cstr_casecmp(field, "proxy") == 0 ||
        ap_cstr_casecmpn(field, "proxy-", 6) == 0 ||
        (d->pass_authorization != 1 &&
         ap_cstr_casecmp(field, "authorization") == 0)) {
        return 0;
    }
    for (i = 0; d->hidden != NULL && i < d->hidden->nelts; i++) {
        if (matches(APR_ARRAY_IDX(d->hidden, i, const char *), field)) {
            return 0;
        }
    }
    return 1;
}
