/* SPDX-License-Identifier: Apache-2.0
 *
 * negotiate.h: which form of a stored page a client takes (Accept-Encoding) and
 * whether it has it already (If-None-Match).
 *
 * Thread: any.  Takes no memory and time in proportion to the field.
 */
#ifndef RCACHE_NEGOTIATE_H
#define RCACHE_NEGOTIATE_H

#include "span.h"

/* In the order we like them. */
enum rcache_coding {
    RCACHE_BR,
    RCACHE_GZIP,
    RCACHE_IDENTITY,
    RCACHE_CODINGS
};

/* "br", "gzip", "identity". */
const char *rcache_coding_name(enum rcache_coding coding);

/* What of `offered` (bits 1u << coding) a client accepts, best first, by q and
 * then in the order above: RFC 9110 12.5.3.  data NULL: the field is absent;
 * everything is allowed then, but only identity is sent, as to a client that
 * sends an empty field.  Identity needs no mention, but comes after what is
 * mentioned.  An element that is wrong is passed over, of several for a coding
 * the lowest q counts.
 * How many there are; 0: not even identity, if that was offered. */
unsigned rcache_negotiate(rcache_span field, unsigned offered,
                          enum rcache_coding order[RCACHE_CODINGS]);

/* Bits of rcache_etags_match(): 1u << coding, and this for "*". */
#define RCACHE_ETAG_ANY (1u << RCACHE_CODINGS)

/* Which forms of a page If-None-Match names, by weak comparison (RFC 9110
 * 8.8.3.2, 13.1.2).  tag: what is between the quotes for identity; other forms
 * have it with "-br" or "-gzip" behind.  "*" counts only alone.  Whoever
 * answers 304 looks at the bit of the form that would be sent. */
unsigned rcache_etags_match(rcache_span field, rcache_span tag);

#endif /* RCACHE_NEGOTIATE_H */
