/* SPDX-License-Identifier: Apache-2.0
 *
 * fetch_config.c: SSRFetch and what bounds it.
 */
#include "fetch_config.h"

#include "config.h"
#include "setters.h"
#include "values.h"

#include <apr_lib.h>
#include <apr_network_io.h>
#include <apr_strings.h>
#include <arpa/inet.h>
#include <string.h>

void v8ssr_fetch_dir_init(v8ssr_fetch_dir *c)
{
    c->local = V8SSR_UNSET;
    c->hosts = NULL;
    c->timeout = V8SSR_UNSET;
    c->most = V8SSR_UNSET;
    c->failures = V8SSR_UNSET;
    c->open = V8SSR_UNSET;
}

/* SSRFetch is one value: its hosts do not add up. */
v8ssr_fetch_dir v8ssr_fetch_dir_merged(const v8ssr_fetch_dir *base,
                                       const v8ssr_fetch_dir *add)
{
#define EITHER(member)                                                         \
    to.member = add->member != V8SSR_UNSET ? add->member : base->member
    v8ssr_fetch_dir to;

    EITHER(local);
    to.hosts = add->local != V8SSR_UNSET ? add->hosts : base->hosts;
    EITHER(timeout);
    EITHER(most);
    EITHER(failures);
    EITHER(open);
    return to;
#undef EITHER
}

v8pool_fetch_policy v8ssr_fetch_policy_of(const v8ssr_fetch_dir *c)
{
    v8pool_fetch_policy policy;

    v8pool_fetch_policy_init(&policy);
    policy.local = c->local != V8SSR_UNSET ? c->local : 1;
    if (c->hosts != NULL) {
        policy.hosts = (const v8pool_fetch_host *)(const void *)c->hosts->elts;
        policy.host_count = (size_t)c->hosts->nelts;
    }
    if (c->timeout != V8SSR_UNSET) {
        policy.timeout_ms = (uint32_t)apr_time_as_msec(c->timeout);
    }
    if (c->most != V8SSR_UNSET) {
        policy.max_fetches = (unsigned)c->most;
    }
    if (c->failures != V8SSR_UNSET) {
        policy.breaker_failures = (unsigned)c->failures;
        policy.breaker_ms = (uint32_t)apr_time_as_msec(c->open);
    }
    return policy;
}

/* --- hosts ------------------------------------------------------------------------ */

#define LETTERS "abcdefghijklmnopqrstuvwxyz0123456789-_"

static int is_address(const char *text)
{
    unsigned char bytes[16];

    return inet_pton(AF_INET, text, bytes) == 1 ||
           inet_pton(AF_INET6, text, bytes) == 1;
}

/* Labels and dots between them; the last is no number, or it would be part of
 * an address that is none. */
static int is_name(const char *text)
{
    const char *last = strrchr(text, '.');
    const char *at = text;

    last = last != NULL ? last + 1 : text;
    if (strspn(last, "0123456789") == strlen(last)) {
        return 0;
    }
    for (;;) {
        size_t n = strspn(at, LETTERS);

        if (n == 0 || n > 63) {
            return 0;
        }
        if (at[n] == '\0') {
            return strlen(text) <= 253;
        }
        if (at[n] != '.') {
            return 0;
        }
        at += n + 1;
    }
}

static int is_host(const char *text)
{
    if (strcmp(text, "*") == 0 || is_address(text)) {
        return 1;
    }
    return is_name(strncmp(text, "*.", 2) == 0 ? text + 2 : text);
}

/* NAME, NAME:PORT, [V6]:PORT; the port may be *.  0 = none of these. */
static int parse_host(apr_pool_t *p, const char *text, v8pool_fetch_host *host)
{
    char *name = apr_pstrdup(p, text);
    char *port = strrchr(name, ':');
    int n = V8POOL_FETCH_PORT_DEFAULT;

    ap_str_tolower(name);
    if (port != NULL && strchr(port, ']') == NULL) {
        *port++ = '\0';
        if (strcmp(port, "*") == 0) {
            n = V8POOL_FETCH_PORT_ANY;
        }
        else if (v8ssr_parse_number(p, port, 1, 65535, &n) != NULL) {
            return 0;
        }
    }
    if (*name == '[' && name[strlen(name) - 1] == ']') {
        name[strlen(name) - 1] = '\0';
        name++;
        if (strchr(name, ':') == NULL) {
            return 0;
        }
    }
    else if (strchr(name, ':') != NULL) {
        return 0; /* where does the port of ::1:80 begin? */
    }
    host->name = name;
    host->port = n;
    return is_host(name);
}

static const char *after(const char *word, const char *prefix)
{
    size_t n = strlen(prefix);

    return ap_cstr_casecmpn(word, prefix, n) == 0 ? word + n : NULL;
}

/* NULL, or what is wrong with the word. */
static const char *add_word(cmd_parms *cmd, const char *word,
                            v8ssr_fetch_dir *c, apr_array_header_t *hosts)
{
    v8pool_fetch_host host = {NULL, 0, 0};
    const char *text = after(word, "allow:");

    if (ap_cstr_casecmp(word, "local") == 0) {
        c->local = 1;
        return NULL;
    }
    if (text == NULL) {
        text = after(word, "allow-private:");
        host.private_too = 1;
    }
    if (text == NULL) {
        return apr_pstrcat(cmd->temp_pool, "off, local, allow:HOST or "
                                           "allow-private:HOST was expected, "
                                           "not \"", word, "\"", NULL);
    }
    if (!parse_host(cmd->pool, text, &host)) {
        return apr_pstrcat(cmd->temp_pool, "\"", text, "\": a host name, "
                           "*.NAME, *, or an IP address (v6 in brackets) was "
                           "expected, and : and a port or * if it is not that "
                           "of http or https", NULL);
    }
    APR_ARRAY_PUSH(hosts, v8pool_fetch_host) = host;
    return NULL;
}

const char *v8ssr_set_fetch(cmd_parms *cmd, void *dir, int argc,
                            char *const argv[])
{
    v8ssr_fetch_dir *c = &((v8ssr_dir_config *)dir)->fetch;
    apr_array_header_t *hosts =
        apr_array_make(cmd->pool, argc, sizeof(v8pool_fetch_host));
    const char *wrong = NULL;
    int i;

    if (argc == 0) {
        return v8ssr_named(cmd, "off, local, allow:HOST or "
                                "allow-private:HOST was expected");
    }
    c->local = 0;
    c->hosts = hosts;
    if (argc == 1 && ap_cstr_casecmp(argv[0], "off") == 0) {
        return NULL;
    }
    for (i = 0; i < argc && wrong == NULL; i++) {
        wrong = add_word(cmd, argv[i], c, hosts);
    }
    return v8ssr_named(cmd, wrong);
}

/* --- its bounds ------------------------------------------------------------------- */

const char *v8ssr_set_fetch_timeout(cmd_parms *cmd, void *dir, const char *arg)
{
    v8ssr_fetch_dir *c = &((v8ssr_dir_config *)dir)->fetch;

    return v8ssr_named(cmd, v8ssr_parse_time(cmd->temp_pool, arg,
                                             apr_time_from_msec(1),
                                             apr_time_from_sec(3600),
                                             &c->timeout));
}

const char *v8ssr_set_fetch_breaker(cmd_parms *cmd, void *dir,
                                    const char *failures, const char *open)
{
    v8ssr_fetch_dir *c = &((v8ssr_dir_config *)dir)->fetch;
    const char *wrong;

    if (ap_cstr_casecmp(failures, "off") == 0 && open == NULL) {
        c->failures = 0;
        c->open = 0;
        return NULL;
    }
    if (open == NULL) {
        return v8ssr_named(cmd, "off, or a number and a time, was expected");
    }
    wrong = v8ssr_parse_number(cmd->temp_pool, failures, 1, 255, &c->failures);
    if (wrong == NULL) {
        wrong = v8ssr_parse_time(cmd->temp_pool, open, apr_time_from_msec(100),
                                 apr_time_from_sec(3600), &c->open);
    }
    return v8ssr_named(cmd, wrong);
}

const char *v8ssr_set_max_subrequests(cmd_parms *cmd, void *dir,
                                      const char *arg)
{
    v8ssr_fetch_dir *c = &((v8ssr_dir_config *)dir)->fetch;

    return v8ssr_named(cmd, v8ssr_parse_number(cmd->temp_pool, arg, 1, 10000,
                                               &c->most));
}
