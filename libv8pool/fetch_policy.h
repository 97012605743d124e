/* SPDX-License-Identifier: Apache-2.0
 *
 * fetch_policy.h: who may be reached: by name before a connection, by address
 * when there is one.  Pure.
 */
#ifndef V8P_FETCH_POLICY_H
#define V8P_FETCH_POLICY_H

#include "fetch_url.h"
#include "v8pool.h"

#include <sys/socket.h>

enum v8p_fetch_verdict {
    V8P_FETCH_NO,
    V8P_FETCH_PUBLIC, /* at public addresses */
    V8P_FETCH_ANY,    /* wherever its name leads */
    V8P_FETCH_LOCAL   /* at the request's place */
};

struct v8p_fetch_judged {
    enum v8p_fetch_verdict verdict;
    const char *why; /* NO: a constant, or the policy's */
};

/* origin: the request's, may be NULL. */
struct v8p_fetch_judged v8p_fetch_judge(const v8pool_fetch_policy *policy,
                                        const char *origin,
                                        const v8pool_fetch_place *place,
                                        const struct v8p_fetch_url *url);

/* Whether an address belongs to no public host: "loopback", "private",
 * "link-local", ...; NULL: it is public. */
const char *v8p_fetch_address_kind(const struct sockaddr *address);
/* The same of its text; "unknown" where it is no IP address. */
const char *v8p_fetch_address_text_kind(const char *address);

#endif /* V8P_FETCH_POLICY_H */
