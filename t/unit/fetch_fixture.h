/* SPDX-License-Identifier: Apache-2.0
 *
 * fetch_fixture.h: what the tests of fetch begin with: a fetcher, a policy that
 * allows 127.0.0.1, a request, and a call, which keeps what an exchange told.
 */
#ifndef FETCH_FIXTURE_H
#define FETCH_FIXTURE_H

#include "fetch.h"
#include "origin.h"
#include "tap.h"

#include <string.h>

struct call {
    v8p_fetch *fetch;
    int hoards;            /* set before: never says that it consumed */
    int cancels_at;        /* a kind + 1: cancels when it comes; 0 = never */
    pthread_mutex_t mtx;
    v8p_fetch_head *head;  /* guarded by mtx, as all below */
    int heads, datas, rooms, ends;
    int after_end;         /* events after END, or after a cancel returned */
    int cancelled;
    char *body;            /* NUL-terminated */
    size_t length, room;
    enum v8p_fetch_error error;
    char message[700];
};

v8p_fetcher *fetcher_of(unsigned max_active);
v8pool_fetch_counts counts_of(v8p_fetcher *fetcher);

/* All of 127.0.0.1 and ::1; WAIT_MS; 16 MiB; no breaker. */
v8pool_fetch_policy test_policy(void);
/* GET of the URL with that policy, which must live as long as the call. */
v8p_fetch_request get_of(const char *url, const v8pool_fetch_policy *policy);

struct call *call_create(void);
/* Returns it. */
struct call *call_start(struct call *call, v8p_fetcher *fetcher,
                        const v8p_fetch_request *request);
/* A GET that is waited for. */
struct call *call_get(v8p_fetcher *fetcher, const char *url,
                      const v8pool_fetch_policy *policy);
/* Waits for END; nonzero = it came. */
int call_wait(struct call *call);
/* Cancels, and notes that nothing may come from then on. */
void call_cancel(struct call *call);
/* Under the lock. */
int call_count(struct call *call, int *what);
size_t call_length(struct call *call);
/* NULL = none of that name. */
const char *call_field(const struct call *call, const char *name);
void call_destroy(struct call **call);

#define IS_ERROR(call, wanted)                                                 \
    IS_STR(v8p_fetch_error_code((call)->error), v8p_fetch_error_code(wanted))

#endif /* FETCH_FIXTURE_H */
