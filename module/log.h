/* SPDX-License-Identifier: Apache-2.0
 *
 * log.h: our log ids.  httpd's APLOGNO numbers are the ASF's own.  The next
 * free number is printed by apxs-build/logno; each has an entry in
 * docs/log-messages.md.
 */
#ifndef V8SSR_LOG_H
#define V8SSR_LOG_H

#include "v8pool.h"

#include <httpd.h>
#include <http_config.h>
#include <http_log.h>

#define V8SSR_LOGNO(n) "V8SSR" #n ": "

/* The httpd level of a console line. */
int v8ssr_log_level(v8pool_log_level level);

/* "FILE:LINE:COLUMN: message | at frame | at frame", in one line. */
const char *v8ssr_error_line(apr_pool_t *p, const v8pool_error *err);

#endif /* V8SSR_LOG_H */
