/* SPDX-License-Identifier: Apache-2.0
 *
 * breaker_page.c: which breakers are open at the moment, for v8ssr-status.
 */
#include "breaker_inside.h"

#include "metrics.h"

#include <http_protocol.h>

/* Seconds, at least 1; 0: it is not open, or a render would be tried. */
static long left(const v8ssr_breaker_entry *e)
{
    int64_t us = atomic_load(&e->until_us) - apr_time_now();

    return us > 0 && atomic_load(&e->named) ? (long)(us / APR_USEC_PER_SEC) + 1
                                            : 0;
}

static int count(void)
{
    const v8ssr_breaker_entry *e = v8ssr_breaker_entries();
    int i, n = 0;

    for (i = 0; e != NULL && i < V8SSR_BREAKERS; i++) {
        n += left(&e[i]) > 0;
    }
    return n;
}

void v8ssr_breaker_print_json(request_rec *r)
{
    const v8ssr_breaker_entry *e = v8ssr_breaker_entries();
    const char *comma = "";
    int i;

    ap_rputs("\"breakers\":[", r);
    for (i = 0; e != NULL && i < V8SSR_BREAKERS; i++) {
        long seconds = left(&e[i]);

        if (seconds > 0) {
            ap_rprintf(r, "%s{\"bundle\":%s,\"section\":%s,\"seconds\":%ld}",
                       comma, v8ssr_json_string(r->pool, e[i].bundle),
                       v8ssr_json_string(r->pool, e[i].section), seconds);
            comma = ",";
        }
    }
    ap_rputs("]", r);
}

void v8ssr_breaker_print_html(request_rec *r)
{
    const v8ssr_breaker_entry *e = v8ssr_breaker_entries();
    int i;

    if (count() == 0) {
        return;
    }
    ap_rputs("<h2>not rendered: too many renders have failed</h2>\n<table>\n"
             "<tr><th>bundle<th>where<th>for\n", r);
    for (i = 0; i < V8SSR_BREAKERS; i++) {
        long seconds = left(&e[i]);

        if (seconds > 0) {
            ap_rprintf(r, "<tr><td>%s<td>%s<td>%ld s\n",
                       ap_escape_html(r->pool, e[i].bundle),
                       ap_escape_html(r->pool, e[i].section), seconds);
        }
    }
    ap_rputs("</table>\n", r);
}

void v8ssr_breaker_print_prometheus(request_rec *r)
{
    ap_rprintf(r,
               "# HELP v8ssr_breakers_open Bundles that are not rendered "
               "somewhere because too many renders failed.\n"
               "# TYPE v8ssr_breakers_open gauge\nv8ssr_breakers_open %d\n",
               count());
}
