/* SPDX-License-Identifier: Apache-2.0
 *
 * route_values.h: single values of a route manifest out of JSON, and what is
 * said of those that are wrong.  Each reader gives NULL or one line in in->t:
 * the place, what was expected and what is there.
 */
#ifndef V8SSR_ROUTE_VALUES_H
#define V8SSR_ROUTE_VALUES_H

#include "route_table.h"

#include <apr_time.h>
#include <jansson.h>

typedef struct v8ssr_route_reader {
    apr_pool_t *p;     /* of what was read */
    apr_pool_t *t;     /* of the rest */
    const char *place; /* of what is being read: "routes[3].ttl"; "": all */
} v8ssr_route_reader;

/* The same, one level down; name and place live in in->t. */
v8ssr_route_reader v8ssr_route_member(const v8ssr_route_reader *in,
                                      const char *name);
v8ssr_route_reader v8ssr_route_element(const v8ssr_route_reader *in, size_t i);

/* what: "a list was expected". */
const char *v8ssr_route_say(const v8ssr_route_reader *in, const char *what);
const char *v8ssr_route_expected(const v8ssr_route_reader *in, const char *what,
                                 const json_t *json);
/* Cut, and without what would end a line or change a terminal. */
const char *v8ssr_route_clean(apr_pool_t *p, const char *text);

const char *v8ssr_route_flag(const v8ssr_route_reader *in, const json_t *json,
                             int *flag);
/* "60s", or 60: seconds, as in directives.  Microseconds. */
const char *v8ssr_route_time(const v8ssr_route_reader *in, const json_t *json,
                             apr_interval_time_t *time);
const char *v8ssr_route_bundle(const v8ssr_route_reader *in, const json_t *json,
                               const char **bundle);
const char *v8ssr_route_streaming(const v8ssr_route_reader *in,
                                  const json_t *json, int *streaming);
/* As cache/tags.h has them: "t:NAME". */
const char *v8ssr_route_tags(const v8ssr_route_reader *in, const json_t *json,
                             const apr_array_header_t **tags);
const char *v8ssr_route_path(const v8ssr_route_reader *in, const json_t *json,
                             int has_names, v8ssr_route_entry *entry);

#endif /* V8SSR_ROUTE_VALUES_H */
