/* SPDX-License-Identifier: Apache-2.0
 *
 * values.h: numbers, times, sizes and names in directives and in
 * route manifests.  Pure, without httpd: each returns NULL or what was expected
 * ("a time from 1ms to 1h was expected").
 */
#ifndef V8SSR_VALUES_H
#define V8SSR_VALUES_H

#include <apr_pools.h>
#include <apr_time.h>

const char *v8ssr_parse_number(apr_pool_t *p, const char *text, int from,
                               int to, int *number);

/* 500ms, 2s, 5m (or 5min), 1h; a bare number is seconds. */
const char *v8ssr_parse_time(apr_pool_t *p, const char *text,
                             apr_interval_time_t from, apr_interval_time_t to,
                             apr_interval_time_t *time);

/* 5, 12.5, 0.125: from 0 to 100, in thousandths of a percent. */
const char *v8ssr_parse_percent(apr_pool_t *p, const char *text, int *share);
#define V8SSR_WHOLE 100000

/* 4096, 64K, 256M, 1G. */
const char *v8ssr_parse_size(apr_pool_t *p, const char *text, apr_off_t from,
                             apr_off_t to, apr_off_t *size);

/* A bundle's name: 1 to 64 of A-Z a-z 0-9 . _ - */
int v8ssr_is_name(const char *text);
/* An identifier: A-Z a-z 0-9 _, no digit first. */
int v8ssr_is_identifier(const char *text);

#endif /* V8SSR_VALUES_H */
