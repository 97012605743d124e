/* SPDX-License-Identifier: Apache-2.0
 *
 * key.h: the text that stands for all requests one page answers.  What is not
 * in it must not reach the render; so whoever builds a key is told what of the
 * query and of the cookies a bundle may see.
 *
 * Thread: any.  Owns: results live in the pool.
 */
#ifndef RCACHE_KEY_H
#define RCACHE_KEY_H

#include "span.h"

#include <apr_pools.h>
#include <apr_tables.h>
#include <stdint.h>

/* A longer one is no key: such requests are not cached. */
#define RCACHE_KEY_BYTES 8192

/* Which parts of a request are in the key (SSRCacheKey). */
typedef struct rcache_key_spec {
    int host; /* scheme and port, too */
    int path;
    int query;
    const apr_array_header_t *headers; /* const char *, names; NULL: none */
    const apr_array_header_t *cookies; /* const char *, names; NULL: none */
    const apr_array_header_t *ignore;  /* const char *, globs for names of
                                        * query parameters; NULL: those of
                                        * rcache_ignored_parameters */
} rcache_key_spec;

/* A request.  Bytes of any value are taken as they are. */
typedef struct rcache_key_input {
    const char *method;
    int secure;                 /* https */
    rcache_span host;           /* as in Host; an alias is the caller's to
                                 * replace */
    rcache_span path;           /* normalised by the caller */
    rcache_span query;          /* raw, without '?' */
    const apr_table_t *headers; /* the request's, Cookie among them */
    rcache_span bundle;
    uint64_t generation;
} rcache_key_input;

typedef struct rcache_key_built {
    const char *text;   /* NULL: the request has no key (method, length) */
    size_t length;      /* text may hold NULs */
    const char *query;  /* the bundle's view; "" = none.  There without a key,
                         * too */
    const char *cookie; /* the bundle's view: a Cookie field with the cookies of
                         * the key; NULL = none of them was sent */
} rcache_key_built;

/* Two requests get the same text exactly if all parts that the spec names are
 * the same after normalisation, by lengths before each part, not by characters
 * that a part might hold too.  GET and HEAD are one method; others have no key.
 * A header that is sent twice equals one with both values (RFC 9110 5.3); one
 * that is empty differs from one that is absent.  Of cookies with the same name
 * the first counts (RFC 6265 5.4: the most specific one comes first). */
void rcache_key_build(apr_pool_t *p, const rcache_key_spec *spec,
                      const rcache_key_input *input, rcache_key_built *built);

/* A host in lower case, without the scheme's own port, without the dot of the
 * DNS root, without an empty port or zeros before it (RFC 3986 6.2.3).  A NUL
 * is behind it. */
rcache_span rcache_host_normalise(apr_pool_t *p, rcache_span host, int secure);

/* 1: a page that varies by this request field (a name in Vary) gets a key for
 * each of its values.  Accept-Encoding always does (encodings are kept side by
 * side), Cookie when there are cookies in the key: others are not seen by the
 * bundle.  spec: NULL names nothing. */
int rcache_key_covers(const rcache_key_spec *spec, rcache_span name);

#endif /* RCACHE_KEY_H */
