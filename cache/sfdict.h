/* SPDX-License-Identifier: Apache-2.0
 *
 * sfdict.h: reads a Dictionary of RFC 8941 (3.2) as far as cache directives
 * need it: keys, and which of their values are integers and booleans.  Takes
 * no memory.
 *
 * Thread: any.
 */
#ifndef RCACHE_SFDICT_H
#define RCACHE_SFDICT_H

#include "span.h"

#include <stdint.h>

enum rcache_sf_kind {
    RCACHE_SF_TRUE,
    RCACHE_SF_FALSE,
    RCACHE_SF_INTEGER,
    RCACHE_SF_OTHER /* decimal, string, token, bytes, list */
};

typedef struct rcache_sf_value {
    enum rcache_sf_kind kind;
    int64_t integer;
} rcache_sf_value;

typedef void rcache_sf_member(void *baton, rcache_span key,
                              const rcache_sf_value *value);

/* Calls `member` for each member in order; of equal keys the last one counts,
 * which is the callee's to see to.  Parameters are passed over.
 * How many there were (0: the field is empty), or -1: it is no dictionary and
 * what was called until then must be forgotten: RFC 8941 4.2 knows no errors
 * that can be ignored. */
int rcache_sf_dictionary(rcache_span text, rcache_sf_member *member,
                         void *baton);

#endif /* RCACHE_SFDICT_H */
