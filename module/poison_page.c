/* SPDX-License-Identifier: Apache-2.0
 *
 * poison_page.c: what is refused at the moment, for v8ssr-status.
 */
#include "poison_inside.h"

#include "metrics.h"

#include <http_protocol.h>

/* Seconds, at least 1; 0: it is not refused. */
static long left(const v8ssr_poison_entry *e)
{
    int64_t us = atomic_load(&e->until_us) - apr_time_now();

    return us > 0 ? (long)(us / APR_USEC_PER_SEC) + 1 : 0;
}

static int count(void)
{
    const v8ssr_poison_entry *e = v8ssr_poison_entries();
    int i, n = 0;

    for (i = 0; e != NULL && i < V8SSR_POISON_ENTRIES; i++) {
        n += left(&e[i]) > 0;
    }
    return n;
}

void v8ssr_poison_print_json(request_rec *r)
{
    const v8ssr_poison_entry *e = v8ssr_poison_entries();
    const char *comma = "";
    int i;

    ap_rputs("\"refused\":[", r);
    for (i = 0; e != NULL && i < V8SSR_POISON_ENTRIES; i++) {
        if (left(&e[i]) > 0) {
            ap_rprintf(r, "%s{\"bundle\":%s,\"path\":%s,\"seconds\":%ld}",
                       comma, v8ssr_json_string(r->pool, e[i].bundle),
                       *e[i].path != '\0'
                           ? v8ssr_json_string(r->pool, e[i].path)
                           : "null",
                       left(&e[i]));
            comma = ",";
        }
    }
    ap_rputs("]", r);
}

void v8ssr_poison_print_html(request_rec *r)
{
    const v8ssr_poison_entry *e = v8ssr_poison_entries();
    int i;

    if (count() == 0) {
        return;
    }
    ap_rputs("<h2>refused: children ended in their renders</h2>\n<table>\n"
             "<tr><th>bundle<th>path<th>for\n", r);
    for (i = 0; i < V8SSR_POISON_ENTRIES; i++) {
        if (left(&e[i]) > 0) {
            ap_rprintf(r, "<tr><td>%s<td>%s<td>%ld s\n",
                       ap_escape_html(r->pool, e[i].bundle),
                       *e[i].path != '\0' ? ap_escape_html(r->pool, e[i].path)
                                          : "all",
                       left(&e[i]));
        }
    }
    ap_rputs("</table>\n", r);
}

void v8ssr_poison_print_prometheus(request_rec *r)
{
    ap_rprintf(r,
               "# HELP v8ssr_refused URLs and bundles that are not rendered "
               "because children ended in them.\n"
               "# TYPE v8ssr_refused gauge\nv8ssr_refused %d\n",
               count());
}
