/* SPDX-License-Identifier: Apache-2.0
 *
 * fetch.h: HTTP exchanges for all isolates of a pool, on one thread of their
 * own (the fetch thread), so that an isolate's thread waits on nothing but
 * its condition variable.
 *
 * An exchange is reference counted: v8p_fetch_start() hands out one reference,
 * the fetcher has one.  Its events come on the fetch thread, in this order:
 *
 *     (ROOM)*  HEAD?  (DATA | ROOM)*  END
 *
 * END comes once, with or without an error, unless the exchange is cancelled:
 * then nothing comes after v8p_fetch_cancel() returned.
 *
 * Knows no JavaScript and no httpd.
 */
#ifndef V8P_FETCH_H
#define V8P_FETCH_H

#include "v8pool.h"

typedef struct v8p_fetcher v8p_fetcher;
typedef struct v8p_fetch v8p_fetch;

/* --- the fetcher: one of a pool ---------------------------------------------- */

typedef struct v8p_fetcher_config {
    unsigned max_active;   /* exchanges with other hosts at a time; the others
                              wait for their turn, within their time limit */
    unsigned max_per_host; /* connections to one host and port */
    const char *ca_file;   /* PEM; NULL = the system's.  Copied */
    v8pool_fetch_counts *counts; /* where to count; NULL = here.  Outlives the
                                    fetcher */
} v8p_fetcher_config;

/* 256 and 128, the system's certificates. */
void v8p_fetcher_config_init(v8p_fetcher_config *config);

/* Starts no thread: the first exchange does.  NULL: out of memory. */
v8p_fetcher *v8p_fetcher_create(const v8p_fetcher_config *config);

/* Refuses new exchanges, ends those under way (END with STOPPED), joins the
 * thread.  Idempotent.
 * Thread: not the fetch thread; no lock held that the callbacks take.
 * Blocks: for one round of the fetch thread; not for the network. */
void v8p_fetcher_stop(v8p_fetcher *fetcher);

/* Stops if need be; clears *fetcher.  References to exchanges may outlive it
 * for v8p_fetch_release() alone. */
void v8p_fetcher_destroy(v8p_fetcher **fetcher);

/* Thread: any. */
void v8p_fetcher_counts(const v8p_fetcher *fetcher,
                        v8pool_fetch_counts *counts);

/* --- one exchange ------------------------------------------------------------ */

enum v8p_fetch_redirect {
    V8P_FETCH_FOLLOW,
    V8P_FETCH_MANUAL, /* 3xx are responses as any other */
    V8P_FETCH_ERROR   /* a redirect is an error */
};

/* One list for the enum and v8p_fetch_error_code(). */
#define V8P_FETCH_ERROR_LIST(X)                                                \
    X(NONE, "")                                                                \
    X(ARGUMENT, "ERR_INVALID")    /* URL, method or header */                  \
    X(REFUSED, "ERR_REFUSED")     /* by the policy */                          \
    X(LIMIT, "ERR_LIMIT")         /* too many fetches in the render */         \
    X(BROKEN, "ERR_BREAKER")      /* the origin is left alone for a while */   \
    X(RESOLVE, "ERR_NAME")        /* no such host */                           \
    X(CONNECT, "ERR_CONNECT")                                                  \
    X(TLS, "ERR_TLS")                                                          \
    X(TIMEOUT, "ERR_TIMEOUT")                                                  \
    X(PROTOCOL, "ERR_PROTOCOL")   /* closed half-way, no HTTP */               \
    X(REDIRECT, "ERR_REDIRECT")   /* too many; not allowed */                  \
    X(TOO_LARGE, "ERR_TOO_LARGE") /* max_response_bytes */                     \
    X(MEMORY, "ERR_MEMORY")                                                    \
    X(STOPPED, "ERR_STOPPED")     /* the pool stops */

enum v8p_fetch_error {
#define V8P_FETCH_ERROR_ENUM(name, code) V8P_FETCH_E_##name,
    V8P_FETCH_ERROR_LIST(V8P_FETCH_ERROR_ENUM)
#undef V8P_FETCH_ERROR_ENUM
    V8P_FETCH_E_COUNT
};

/* "ERR_TIMEOUT"; a constant. */
const char *v8p_fetch_error_code(enum v8p_fetch_error error);

/* All of it is copied but what the policy points to. */
typedef struct v8p_fetch_request {
    const char *method;   /* as is: normalising is the caller's */
    const char *url;      /* absolute; a fragment is dropped */
    const v8pool_header *headers; /* names and values as the caller has them;
                             those that are HTTP's own business (Host,
                             Connection, Content-Length, ...) are left out */
    size_t header_count;
    const char *body;     /* NULL = none */
    size_t body_length;
    int streamed;         /* the body comes by v8p_fetch_send(); body is NULL */
    enum v8p_fetch_redirect redirect;
    unsigned nth;         /* which fetch of its render it is, from 1 */
    const v8pool_fetch_policy *policy; /* NULL = all is refused */
    /* As in v8pool_request; may be NULL and zeros. */
    const char *origin;
    v8pool_fetch_place place;
} v8p_fetch_request;

/* GET, follow, nth 1. */
void v8p_fetch_request_init(v8p_fetch_request *request);

/* One block: free().  Names are in lower case; several fields of one name stay
 * apart and in order.  Values are bytes as received. */
typedef struct v8p_fetch_head {
    int status;              /* 200..999 */
    int redirected;
    const char *status_text; /* "" with HTTP/2 */
    const char *url;         /* that answered; no fragment */
    size_t header_count;
    v8pool_header headers[];
} v8p_fetch_head;

typedef enum v8p_fetch_kind {
    V8P_FETCH_HEAD, /* head */
    V8P_FETCH_DATA, /* data, length: of the body, decoded */
    V8P_FETCH_ROOM, /* a streamed body: v8p_fetch_send() has room again */
    V8P_FETCH_END   /* error, message */
} v8p_fetch_kind;

typedef struct v8p_fetch_event {
    v8p_fetch_kind kind;
    v8p_fetch_head *head;       /* the callback's to free() */
    char *data;                 /* the callback's to free() */
    size_t length;
    enum v8p_fetch_error error; /* END: V8P_FETCH_E_NONE = all is well */
    const char *message;        /* END: "fetch failed: https://x/: connection
                                   refused"; until the callback returns; ""
                                   where all is well.  Never has the query */
} v8p_fetch_event;

/* Thread: the fetch thread.  Must not block, and must return soon: all other
 * exchanges wait.  May call all functions below. */
typedef void v8p_fetch_fn(void *baton, v8p_fetch *fetch,
                          const v8p_fetch_event *event);

/* Begins an exchange.  Whatever is wrong with it comes as END.
 * Thread: any.  Blocks: never.
 * Owns:   the caller owes one v8p_fetch_release().
 * Errors: NULL: out of memory, no thread, or the fetcher is stopped; no event
 *         comes then. */
v8p_fetch *v8p_fetch_start(v8p_fetcher *fetcher,
                           const v8p_fetch_request *request, v8p_fetch_fn *fn,
                           void *baton);

/* So many bytes of DATA have been used up.  The exchange pauses while more
 * than V8P_FETCH_UNCONSUMED are not.
 * Thread: any.  Blocks: never. */
void v8p_fetch_consumed(v8p_fetch *fetch, size_t bytes);

/* More of a streamed body.
 * Returns: whether there is room for more; 0 = wait for ROOM.  What is sent
 *         nevertheless is taken.
 * Owns:   data is copied.
 * Thread: any, one at a time.  Blocks: never.
 * Errors: out of memory ends the exchange (END with MEMORY). */
int v8p_fetch_send(v8p_fetch *fetch, const char *data, size_t length);
/* The body is whole. */
void v8p_fetch_send_end(v8p_fetch *fetch);

/* Nobody wants the response any more.  No event comes once it has returned
 * (called in a callback: after that one).  Idempotent; nothing after END.
 * Thread: any; no lock held that the callback takes.
 * Blocks: while the callback of this exchange runs. */
void v8p_fetch_cancel(v8p_fetch *fetch);

/* Gives the reference back, clears *fetch.  Does not cancel. */
void v8p_fetch_release(v8p_fetch **fetch);

#define V8P_FETCH_UNCONSUMED ((size_t)256 * 1024)

#endif /* V8P_FETCH_H */
