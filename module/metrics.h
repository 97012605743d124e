/* SPDX-License-Identifier: Apache-2.0
 *
 * metrics.h: the numbers of all bundles, for programs.
 */
#ifndef V8SSR_METRICS_H
#define V8SSR_METRICS_H

#include "canary.h"
#include "counts.h"

/* One version of one bundle; read once, then printed. */
typedef struct v8ssr_row {
    const char *host;
    const char *bundle;         /* its name, also of a canary */
    const char *version;
    const v8ssr_canary *canary; /* NULL = the stable version */
    uint64_t ended[V8POOL_STATUS_COUNT];
    uint64_t fallbacks[V8SSR_WAYS];
    uint64_t timed;
    uint64_t render_us;
} v8ssr_row;

/* Every version of every host's bundles: an array of v8ssr_row. */
apr_array_header_t *v8ssr_rows(apr_pool_t *p);

uint64_t v8ssr_row_sum(const v8ssr_row *row, v8ssr_kind kind);
/* Ended, well or not; without those that never began. */
uint64_t v8ssr_row_renders(const v8ssr_row *row);

/* Of 100; as SSRCanary has it. */
double v8ssr_canary_percent(const v8ssr_canary *canary);
/* Of 100; 0 for no renders. */
double v8ssr_error_percent(const v8ssr_tally *tally);

/* In quotes; other bytes than ASCII as \u00XX. */
const char *v8ssr_json_string(apr_pool_t *p, const char *text);

/* validate: the cache is, too (cache_metrics.h). */
void v8ssr_print_json(request_rec *r, const apr_array_header_t *rows,
                      int validate);
/* Text format 0.0.4. */
void v8ssr_print_prometheus(request_rec *r, const apr_array_header_t *rows);

#endif /* V8SSR_METRICS_H */
