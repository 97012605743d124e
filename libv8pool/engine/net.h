/* SPDX-License-Identifier: Apache-2.0
 *
 * net.h: the seam for fetch(): the engine asks the sink for exchanges and is
 * told of their events.  A number names an exchange within its run.
 *
 * Thread: the isolate's.
 */
#ifndef V8E_NET_H
#define V8E_NET_H

#include "run.h"

#ifdef __cplusplus
extern "C" {
#endif

/* In place of a number: the body of the run's own request, which is streamed.
 * Its events are DATA and END; cancel() is all that is asked for it. */
#define V8E_NET_BODY UINT32_MAX

typedef enum v8e_redirect {
    V8E_REDIRECT_FOLLOW,
    V8E_REDIRECT_MANUAL,
    V8E_REDIRECT_ERROR
} v8e_redirect;

typedef struct v8e_fetch {
    uint32_t number; /* from 1 */
    const char *method;
    const char *url; /* absolute */
    const v8pool_header *headers;
    size_t header_count;
    const char *body; /* NULL = none, or streamed */
    size_t body_length;
    int streamed;     /* the body comes by send() */
    v8e_redirect redirect;
} v8e_fetch;

/* Called with the sink's baton. */
typedef struct v8e_net {
    /* Copies.  What is wrong comes as an event.  Nonzero: none will come. */
    int (*start)(void *baton, const v8e_fetch *fetch);
    /* Copies.  0: room for more comes as an event. */
    int (*send)(void *baton, uint32_t number, const char *data, size_t length);
    void (*send_end)(void *baton, uint32_t number);
    /* So many bytes of its data have been read. */
    void (*consumed)(void *baton, uint32_t number, size_t bytes);
    /* No event comes any more. */
    void (*cancel)(void *baton, uint32_t number);
} v8e_net;

typedef enum v8e_net_kind {
    V8E_NET_HEAD, /* status, status_text, url, redirected, headers */
    V8E_NET_DATA, /* data, length */
    V8E_NET_ROOM,
    V8E_NET_END   /* code, message; both "" where all is well */
} v8e_net_kind;

typedef struct v8e_net_event {
    v8e_net_kind kind;
    uint32_t number;
    int status;
    int redirected;
    const char *status_text;
    const char *url;
    const v8pool_header *headers;
    size_t header_count;
    const char *data;
    size_t length;
    const char *code;
    const char *message;
} v8e_net_event;

/* It is handed to the bundle in a later turn.  Copies. */
void v8e_run_event(v8e_run *run, const v8e_net_event *event);

#ifdef __cplusplus
}
#endif

#endif /* V8E_NET_H */
