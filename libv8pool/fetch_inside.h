/* SPDX-License-Identifier: Apache-2.0
 *
 * fetch_inside.h: what the files of the fetcher share.
 *
 *   fetch.c           the functions of fetch.h: any thread
 *   fetch_thread.c    the fetch thread: its loop, turns, deadlines, ends
 *   fetch_exchange.c  an exchange's life: hops, redirects, how it ends
 *   fetch_hop.c       one request and its response, through libcurl
 *   fetch_upload.c    a body that is sent bit by bit
 */
#ifndef V8P_FETCH_INSIDE_H
#define V8P_FETCH_INSIDE_H

#include "clock.h"
#include "fetch.h"
#include "fetch_breaker.h"
#include "fetch_head.h"
#include "fetch_policy.h"

#include <curl/curl.h>
#include <stdatomic.h>

/* Exchanges with other hosts and those with this server wait for turns of
 * their own: the latter are few, so that they never take its last threads. */
enum v8p_fetch_lane { V8P_LANE_OUTSIDE, V8P_LANE_LOCAL, V8P_LANES };

enum v8p_fetch_stage {
    V8P_STAGE_NEW,     /* the fetch thread has not seen it */
    V8P_STAGE_WAITING, /* for its turn */
    V8P_STAGE_ACTIVE,  /* libcurl has it */
    V8P_STAGE_OVER     /* the fetcher's reference is gone */
};

struct v8p_upload_part {
    struct v8p_upload_part *next;
    size_t length, used;
    char data[];
};

/* A body that comes by v8p_fetch_send(). */
struct v8p_upload {
    struct v8p_upload_part *first, *last; /* guarded by fetcher.mtx */
    size_t unsent;    /* same */
    int ended;        /* same */
    int starved;      /* same: libcurl waits for more */
    int wants_room;   /* same: the sender waits for ROOM */
    int failed;       /* same: a part was lost, for want of memory */
    int dropped;      /* same: nobody wants the rest */
};

struct v8p_fetch {
    /* any thread */
    v8p_fetcher *fetcher;      /* const; gone after the fetcher is */
    atomic_int refs;
    v8p_fetch_request request; /* const after start; points into text */
    v8pool_fetch_policy policy; /* const after start; zeros = off */
    v8p_fetch_fn *fn;          /* const after start */
    void *baton;               /* same */
    pthread_mutex_t mtx;       /* held while fn runs */
    atomic_int silent;         /* no event any more; see v8p_fetch_cancel() */
    atomic_size_t unconsumed;  /* bytes of DATA */
    atomic_int paused;         /* libcurl holds the response back */
    struct v8p_upload upload;
    int noted;                 /* guarded by fetcher.mtx: on its list */
    struct v8p_fetch *next_noted; /* same */

    /* fetch thread */
    enum v8p_fetch_stage stage;
    enum v8p_fetch_lane lane;
    struct v8p_fetch *next, *prev;       /* of all under way */
    struct v8p_fetch *next_waiting;      /* in its lane */
    uint64_t deadline_us;
    struct v8p_fetch_url url;            /* of this hop */
    enum v8p_fetch_verdict verdict;      /* of this hop's host */
    uint64_t origin_hash;                /* of this hop, for the breaker */
    unsigned hops;                       /* redirects so far */
    const char *method;                  /* of this hop */
    int drops_body, drops_credentials;   /* a redirect changed that */
    CURL *easy;
    struct curl_slist *fields, *connect_to;
    struct v8p_head head;                /* of this hop's response */
    struct v8p_fetch_url next_url;       /* redirected there; text NULL = not */
    size_t swallowed;                    /* of a redirect's body */
    size_t received;                     /* of the body, decoded */
    enum v8p_fetch_error error;          /* why a callback gave up */
    char why[200];                       /* same */
    char curl_says[CURL_ERROR_SIZE];
    /* the request's headers, then its strings */
    _Alignas(v8pool_header) char text[];
};

struct v8p_lane {
    unsigned active;
    struct v8p_fetch *first, *last;      /* waiting */
};

struct v8p_fetcher {
    v8p_fetcher_config config;  /* const after create */
    char *ca_file;              /* same */
    v8pool_fetch_counts own;    /* atomic builtins; config.counts may be it */
    pthread_mutex_t mtx;
    struct v8p_fetch *noted, *last_noted; /* guarded by mtx: want a look; each
                                   holds a reference */
    int running;                /* guarded by mtx: the thread is there */
    int stopping;               /* guarded by mtx */
    int gone;                   /* guarded by mtx: the thread looks no more */
    int woken;                  /* guarded by mtx: libcurl was told already */
    pthread_mutex_t stop_mtx;   /* one joins */
    pthread_t thread;           /* const once running */
    CURLM *multi;               /* same; all but curl_multi_wakeup() is the
                                   fetch thread's */
    /* fetch thread */
    CURLSH *share;
    struct v8p_fetch *all;
    struct v8p_lane lanes[V8P_LANES];
    uint64_t next_deadline_us;  /* none is before it */
    struct v8p_fetch_breaker breaker;
};

/* --- fetch.c: any thread --------------------------------------------------------- */

/* Has the fetch thread look at it. */
void v8p_fetch_note(v8p_fetch *f);
void v8p_fetch_ref(v8p_fetch *f);
void v8p_fetch_unref(v8p_fetch *f);
void v8p_fetch_count(uint64_t *counter, uint64_t n);

/* --- fetch_thread.c ---------------------------------------------------------------- */

/* Pre: fetcher.mtx is held, no thread is running.  0 = none can be had. */
int v8p_fetch_thread_start(v8p_fetcher *fetcher);
/* Once it was joined. */
void v8p_fetch_thread_clear(v8p_fetcher *fetcher);

/* All below: fetch thread. */

/* Puts it in line for its lane; `first` for one that has had its turn. */
void v8p_fetch_wait_turn(v8p_fetch *f, int first);
/* Gives its turn back. */
void v8p_fetch_leave_turn(v8p_fetch *f);

/* --- fetch_exchange.c --------------------------------------------------------------- */

/* Of a new one: judges it, queues it, or ends it. */
void v8p_fetch_begin(v8p_fetch *f);
/* Its turn has come. */
void v8p_fetch_go(v8p_fetch *f);
/* The head is whole: 0 = libcurl is to give up (f->error may say why). */
int v8p_fetch_head_whole(v8p_fetch *f);
/* libcurl is done with a hop. */
void v8p_fetch_hop_done(v8p_fetch *f, CURLcode result);
/* Its time is over. */
void v8p_fetch_late(v8p_fetch *f);
/* Ends it with an error; format: what stands after the URL. */
void v8p_fetch_fail(v8p_fetch *f, enum v8p_fetch_error error,
                    const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* Ends it without a word: it was cancelled. */
void v8p_fetch_drop(v8p_fetch *f);
/* Hands an event to the callback, or frees what it holds.  0: cancelled. */
int v8p_fetch_deliver(v8p_fetch *f, const v8p_fetch_event *event);

/* --- fetch_hop.c ---------------------------------------------------------------------- */

/* Hands a request to libcurl.  0 = out of memory. */
int v8p_fetch_hop_open(v8p_fetch *f);
/* Takes it back; closes nothing that others can use. */
void v8p_fetch_hop_close(v8p_fetch *f);
/* What went wrong, in words of ours. */
enum v8p_fetch_error v8p_fetch_hop_error(v8p_fetch *f, CURLcode result,
                                         char *why, size_t size);

/* --- fetch_upload.c -------------------------------------------------------------------- */

/* libcurl's read callback. */
size_t v8p_fetch_upload_read(char *to, size_t size, size_t count, void *baton);
void v8p_fetch_upload_free(struct v8p_upload *upload);
/* It was refused: the body ends here. */
void v8p_fetch_upload_drop(v8p_fetch *f);
/* Whether libcurl waits for what is there now; it is then told to go on. */
int v8p_fetch_upload_resumes(v8p_fetch *f);
int v8p_fetch_upload_starves(v8p_fetch *f);

#endif /* V8P_FETCH_INSIDE_H */
