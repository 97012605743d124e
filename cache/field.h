/* SPDX-License-Identifier: Apache-2.0
 *
 * field.h: the parts that HTTP field values are made of (RFC 9110 5.6).  No
 * memory is taken; every result points into what was given.
 *
 * Thread: any.
 */
#ifndef RCACHE_FIELD_H
#define RCACHE_FIELD_H

#include "span.h"

#include <stdint.h>

/* No lifetime is longer, whatever a field says: 1 year. */
#define RCACHE_SECONDS_MAX ((int64_t)365 * 24 * 3600)

/* RFC 9110 5.6.2. */
int rcache_is_tchar(unsigned char c);

/* The next element of a list, trimmed; empty ones are passed over (RFC 9110
 * 5.6.1).  A separator inside a quoted string is none; a quote that is not
 * closed quotes nothing. 0: there are no more.  *rest is what follows. */
int rcache_field_next(rcache_span *rest, const char *separators,
                      rcache_span *element);

/* "name", "name=token" or "name=\"text\"".  The name is as long as a token
 * goes, so that a restriction is found in a broken element, too ("private x").
 * The value is without its quotes, escapes stay; what follows '=' otherwise,
 * and empty when there is no '=' behind the name. */
typedef struct rcache_parameter {
    rcache_span name;
    rcache_span value;
} rcache_parameter;

rcache_parameter rcache_field_parameter(rcache_span element);

/* Delta-seconds (RFC 9111 1.2.2), at most RCACHE_SECONDS_MAX; -1 when it is
 * something else. */
int64_t rcache_field_seconds(rcache_span value);

#endif /* RCACHE_FIELD_H */
