/* SPDX-License-Identifier: Apache-2.0
 *
 * fetch_metrics.c: the counts of fetch() in v8ssr-status.  Names and texts of
 * all figures are in FIGURES.
 */
#include "fetch_metrics.h"

#include "fetch.h"

#include <http_protocol.h>

/* member of v8pool_fetch_counts, text */
#define FIGURES(X)                                                             \
    X(started, "Exchanges that fetch() asked for.")                            \
    X(ended, "Of these, ended; the others are under way.")                     \
    X(failed, "Exchanges without a whole response, refused ones included.")    \
    X(cancelled, "Exchanges whose response nobody wanted any more.")           \
    X(refused, "Exchanges that SSRFetch or SSRMaxSubrequests did not allow.")  \
    X(broken, "Exchanges with an origin that SSRFetchBreaker left alone.")     \
    X(timeouts, "Exchanges that took longer than SSRFetchTimeout.")            \
    X(connects, "Connections made.")                                           \
    X(received_bytes, "Of bodies, decoded.")

struct figure {
    const char *name, *help;
    size_t offset;
};

static const struct figure figures[] = {
#define FIGURE(member, help)                                                   \
    {#member, help, offsetof(v8pool_fetch_counts, member)},
    FIGURES(FIGURE)
#undef FIGURE
};

enum { COUNT = sizeof(figures) / sizeof(figures[0]) };

_Static_assert(sizeof(v8pool_fetch_counts) == COUNT * sizeof(uint64_t),
               "a figure for each count");

static uint64_t value_of(const struct figure *f)
{
    const char *counts = (const char *)v8ssr_fetch_counts();

    return __atomic_load_n((const uint64_t *)(const void *)(counts + f->offset),
                           __ATOMIC_RELAXED);
}

void v8ssr_fetch_print_html(request_rec *r)
{
    int i;

    ap_rputs("<h2>fetch()</h2>\n<table>\n", r);
    for (i = 0; i < COUNT; i++) {
        ap_rprintf(r, "<tr><th>%s<td>%" APR_UINT64_T_FMT "<td>%s\n",
                   figures[i].name, value_of(&figures[i]), figures[i].help);
    }
    ap_rputs("</table>\n", r);
}

void v8ssr_fetch_print_json(request_rec *r)
{
    int i;

    ap_rputs("\"fetch\":{", r);
    for (i = 0; i < COUNT; i++) {
        ap_rprintf(r, "%s\"%s\":%" APR_UINT64_T_FMT, i > 0 ? "," : "",
                   figures[i].name, value_of(&figures[i]));
    }
    ap_rputs("}", r);
}

void v8ssr_fetch_print_prometheus(request_rec *r)
{
    int i;

    for (i = 0; i < COUNT; i++) {
        ap_rprintf(r, "# HELP v8ssr_fetch_%s_total %s\n"
                      "# TYPE v8ssr_fetch_%s_total counter\n"
                      "v8ssr_fetch_%s_total %" APR_UINT64_T_FMT "\n",
                   figures[i].name, figures[i].help, figures[i].name,
                   figures[i].name, value_of(&figures[i]));
    }
}
