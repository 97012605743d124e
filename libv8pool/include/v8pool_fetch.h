/* SPDX-License-Identifier: Apache-2.0
 *
 * v8pool_fetch.h: what a bundle's fetch() may reach.  Part of v8pool.h, which
 * includes it: include that one.
 */
#ifndef V8POOL_FETCH_H
#define V8POOL_FETCH_H

/* Hosts that fetch() may reach.  What a name resolves to is looked at as well,
 * for each connection and for each redirect: an address of a loopback, link,
 * private, shared or multicast network is refused, unless the host is an
 * address itself or private_too is set. */
typedef struct v8pool_fetch_host {
    const char *name; /* "api.example.com"; "*.example.com": all names below
                         it, not itself; "*": all; an IP address, v6 without
                         brackets.  Lower case, A-labels (xn--) */
    int port;         /* V8POOL_FETCH_PORT_DEFAULT: that of http or https */
    int private_too;
} v8pool_fetch_host;

#define V8POOL_FETCH_PORT_DEFAULT 0
#define V8POOL_FETCH_PORT_ANY (-1)

/* What it points to lives as long as the pool. */
typedef struct v8pool_fetch_policy {
    /* URLs of the request's own origin go to v8pool_request.place, whatever
     * their host resolves to. */
    int local;
    const char *local_refused; /* why there is none for now: the text of the
                                  error; NULL = there is */
    unsigned local_max;  /* such exchanges of the pool at a time; others wait.
                            Fewer than the server has threads beside those
                            that wait for renders, or all wait for each other;
                            >= 1 */
    const char *local_mark_name;  /* a header field of each such request, by */
    const char *local_mark_value; /* which the server knows it; NULL = none */

    const v8pool_fetch_host *hosts;
    size_t host_count;

    uint32_t timeout_ms;          /* one exchange: from fetch() to the end of
                                     the body, redirects included; >= 1 */
    unsigned max_fetches;         /* in one render */
    size_t max_response_bytes;    /* of a body, decoded */
    unsigned breaker_failures;    /* in a row, after which an origin is left
                                     alone; 0 = never */
    uint32_t breaker_ms;          /* for so long */
} v8pool_fetch_policy;

/* local off, no hosts; 2 s, 50 fetches, 16 MiB, 5 failures, 10 s,
 * local_max 1. */
V8POOL_API void v8pool_fetch_policy_init(v8pool_fetch_policy *policy);

/* Where a request came in: there its own origin is served. */
typedef struct v8pool_fetch_place {
    const char *address; /* an IP address, v6 without brackets; NULL = unknown:
                            local fetches are refused */
    int port;
    int tls;             /* TLS is spoken there */
    int subrequest;      /* it is itself a local fetch, of another render:
                            makes none */
} v8pool_fetch_place;

/* Events since the memory was zero.  May be shared by processes: written with
 * atomic additions only. */
typedef struct v8pool_fetch_counts {
    uint64_t started;  /* all that fetch() asked for */
    uint64_t ended;    /* of these; the others are under way */
    uint64_t failed;   /* of these: no whole response, refusals included */
    uint64_t cancelled; /* of these: nobody wanted the response any more */
    uint64_t refused;  /* of the failed: the policy said no */
    uint64_t broken;   /* of the failed: the origin was left alone */
    uint64_t timeouts; /* of the failed */
    uint64_t connects; /* connections made */
    uint64_t received_bytes; /* of bodies, decoded */
} v8pool_fetch_counts;

#endif /* V8POOL_FETCH_H */
