/* SPDX-License-Identifier: Apache-2.0
 *
 * fetch_metrics.h: fetch() in v8ssr-status, in each of its formats; all hosts
 * and children together.
 */
#ifndef V8SSR_FETCH_METRICS_H
#define V8SSR_FETCH_METRICS_H

#include <httpd.h>

void v8ssr_fetch_print_html(request_rec *r);
/* The member "fetch". */
void v8ssr_fetch_print_json(request_rec *r);
void v8ssr_fetch_print_prometheus(request_rec *r);

#endif /* V8SSR_FETCH_METRICS_H */
