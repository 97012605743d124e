/* SPDX-License-Identifier: Apache-2.0
 *
 * tls.c: looks for SSLEngine in httpd's tree of directives: mod_ssl tells nobody,
 * and a command of ours with that name would be there without mod_ssl.
 */
#include "tls.h"

#include <http_config.h>
#include <http_core.h>
#include <util_cfgtree.h>
#include <string.h>

/* -1: not among these. */
static int engine_in(const ap_directive_t *d)
{
    int is_on = -1;

    for (; d != NULL; d = d->next) {
        if (ap_cstr_casecmp(d->directive, "SSLEngine") == 0) {
            is_on = ap_cstr_casecmp(d->args, "on") == 0;
        }
    }
    return is_on;
}

static const ap_directive_t *section_of(const server_rec *s)
{
    const ap_directive_t *d;

    for (d = ap_conftree; s->defn_name != NULL && d != NULL; d = d->next) {
        if (d->line_num == (int)s->defn_line_number &&
            strcmp(d->filename, s->defn_name) == 0) {
            return d->first_child;
        }
    }
    return NULL;
}

int v8ssr_speaks_tls(server_rec *s)
{
    int is_on = s->is_virtual ? engine_in(section_of(s)) : -1;

    if (is_on < 0) {
        is_on = engine_in(ap_conftree);
    }
    if (is_on < 0) {
        const char *protocol = ap_get_server_protocol(s);

        is_on = protocol != NULL && strcmp(protocol, "https") == 0;
    }
    return is_on;
}
