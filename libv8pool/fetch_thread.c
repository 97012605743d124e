/* SPDX-License-Identifier: Apache-2.0
 *
 * fetch_thread.c: the fetch thread.  It sleeps in curl_multi_poll(), on its
 * sockets and until the next deadline; others wake it by v8p_fetch_note().
 */
#include "fetch_inside.h"

#include "signals.h"

#include <stdlib.h>
#include <string.h>

/* Connections kept for later, all hosts together. */
#define CONNECTIONS_KEPT 256L

/* --- turns ----------------------------------------------------------------------- */

void v8p_fetch_wait_turn(v8p_fetch *f, int first)
{
    struct v8p_lane *lane = &f->fetcher->lanes[f->lane];

    f->stage = V8P_STAGE_WAITING;
    f->next_waiting = first ? lane->first : NULL;
    if (lane->last == NULL) {
        lane->last = f;
    }
    else if (!first) {
        lane->last->next_waiting = f;
        lane->last = f;
        return;
    }
    lane->first = f;
}

static void leave_line(struct v8p_lane *lane, v8p_fetch *f)
{
    v8p_fetch *before = NULL;
    v8p_fetch *at = lane->first;

    while (at != f) {
        before = at;
        at = at->next_waiting;
    }
    if (before != NULL) {
        before->next_waiting = f->next_waiting;
    }
    else {
        lane->first = f->next_waiting;
    }
    if (lane->last == f) {
        lane->last = before;
    }
}

void v8p_fetch_leave_turn(v8p_fetch *f)
{
    struct v8p_lane *lane = &f->fetcher->lanes[f->lane];

    if (f->stage == V8P_STAGE_WAITING) {
        leave_line(lane, f);
    }
    else if (f->stage == V8P_STAGE_ACTIVE) {
        lane->active--;
    }
    f->stage = V8P_STAGE_NEW;
}

static unsigned places(const v8p_fetcher *fetcher, enum v8p_fetch_lane lane,
                       const v8p_fetch *f)
{
    return lane == V8P_LANE_LOCAL ? f->policy.local_max
                                  : fetcher->config.max_active;
}

static void start_turns(v8p_fetcher *fetcher)
{
    int i;

    for (i = 0; i < V8P_LANES; i++) {
        struct v8p_lane *lane = &fetcher->lanes[i];
        v8p_fetch *f;

        while ((f = lane->first) != NULL &&
               lane->active < places(fetcher, i, f)) {
            leave_line(lane, f);
            lane->active++;
            f->stage = V8P_STAGE_ACTIVE;
            v8p_fetch_go(f);
        }
    }
}

/* --- what others want ------------------------------------------------------------- */

static void take_in(v8p_fetcher *fetcher, v8p_fetch *f)
{
    f->next = fetcher->all;
    if (f->next != NULL) {
        f->next->prev = f;
    }
    fetcher->all = f;
    if (f->deadline_us < fetcher->next_deadline_us) {
        fetcher->next_deadline_us = f->deadline_us;
    }
}

/* libcurl calls back from within curl_easy_pause(); that may pause again, or
 * fail, of which libcurl tells nobody else. */
static void resume(v8p_fetch *f)
{
    int upload = v8p_fetch_upload_resumes(f);
    int download = atomic_load(&f->paused) &&
                   atomic_load(&f->unconsumed) <= V8P_FETCH_UNCONSUMED / 2;

    if (download) {
        atomic_store(&f->paused, 0);
    }
    if (upload || download) {
        int mask = (atomic_load(&f->paused) ? CURLPAUSE_RECV : 0) |
                   (v8p_fetch_upload_starves(f) ? CURLPAUSE_SEND : 0);

        CURLcode result = curl_easy_pause(f->easy, mask);

        if (result != CURLE_OK) {
            v8p_fetch_hop_done(f, result);
        }
    }
}

static void look_at(v8p_fetch *f)
{
    if (f->stage == V8P_STAGE_OVER) {
        return;
    }
    if (f->stage == V8P_STAGE_NEW) {
        take_in(f->fetcher, f);
    }
    if (atomic_load(&f->silent)) {
        v8p_fetch_drop(f);
    }
    else if (f->stage == V8P_STAGE_NEW) {
        v8p_fetch_begin(f);
    }
    else if (f->stage == V8P_STAGE_ACTIVE) {
        resume(f);
    }
}

/* Pre: fetcher.mtx is held. */
static v8p_fetch *take_noted(v8p_fetcher *fetcher)
{
    v8p_fetch *noted = fetcher->noted;

    fetcher->noted = fetcher->last_noted = NULL;
    fetcher->woken = 0;
    fetcher->gone = fetcher->stopping;
    return noted;
}

/* 0: the fetcher stops; nothing is noted any more. */
static int look_at_noted(v8p_fetcher *fetcher)
{
    v8p_fetch *f, *next;
    int gone;

    pthread_mutex_lock(&fetcher->mtx);
    next = take_noted(fetcher);
    gone = fetcher->gone;
    pthread_mutex_unlock(&fetcher->mtx);
    while ((f = next) != NULL) {
        pthread_mutex_lock(&fetcher->mtx);
        next = f->next_noted;
        f->noted = 0; /* what comes now is seen below, or noted again */
        pthread_mutex_unlock(&fetcher->mtx);
        look_at(f);
        v8p_fetch_unref(f);
    }
    return !gone;
}

/* --- the loop ---------------------------------------------------------------------- */

static void read_messages(v8p_fetcher *fetcher)
{
    CURLMsg *message;
    int left;

    while ((message = curl_multi_info_read(fetcher->multi, &left)) != NULL) {
        CURLcode result = message->data.result;
        char *f = NULL;

        if (message->msg == CURLMSG_DONE) {
            curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &f);
            v8p_fetch_hop_done((v8p_fetch *)(void *)f, result);
        }
    }
}

/* Walks all of them only when one is due. */
static void end_late(v8p_fetcher *fetcher)
{
    uint64_t now = v8p_now_us();
    v8p_fetch *f, *next;

    if (now < fetcher->next_deadline_us) {
        return;
    }
    fetcher->next_deadline_us = V8P_NEVER;
    for (f = fetcher->all; f != NULL; f = next) {
        next = f->next;
        if (f->deadline_us <= now) {
            v8p_fetch_late(f);
        }
        else if (f->deadline_us < fetcher->next_deadline_us) {
            fetcher->next_deadline_us = f->deadline_us;
        }
    }
}

static int sleep_ms(const v8p_fetcher *fetcher)
{
    uint64_t now = v8p_now_us();
    uint64_t left;

    if (fetcher->next_deadline_us <= now) {
        return 0;
    }
    left = (fetcher->next_deadline_us - now) / 1000 + 1;
    return left < 60000 ? (int)left : 60000;
}

static void *run(void *data)
{
    v8p_fetcher *fetcher = data;
    int running;

    while (look_at_noted(fetcher)) {
        start_turns(fetcher);
        curl_multi_perform(fetcher->multi, &running);
        read_messages(fetcher);
        end_late(fetcher);
        start_turns(fetcher); /* in place of those that ended */
        curl_multi_poll(fetcher->multi, NULL, 0, sleep_ms(fetcher), NULL);
    }
    while (fetcher->all != NULL) {
        v8p_fetch_fail(fetcher->all, V8P_FETCH_E_STOPPED, "the pool stops");
    }
    return NULL;
}

/* --- its start --------------------------------------------------------------------- */

static void init_curl(void)
{
    curl_global_init(CURL_GLOBAL_DEFAULT);
}

/* One for the process, which libcurl's other users may share: never undone. */
static void init_curl_once(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;

    pthread_once(&once, init_curl);
}

/* TLS sessions are kept for all: those of a handle die with it. */
static int make_handles(v8p_fetcher *fetcher)
{
    init_curl_once();
    fetcher->multi = curl_multi_init();
    fetcher->share = curl_share_init();
    if (fetcher->multi == NULL || fetcher->share == NULL) {
        return 0;
    }
    curl_share_setopt(fetcher->share, CURLSHOPT_SHARE,
                      CURL_LOCK_DATA_SSL_SESSION);
    curl_multi_setopt(fetcher->multi, CURLMOPT_MAXCONNECTS, CONNECTIONS_KEPT);
    curl_multi_setopt(fetcher->multi, CURLMOPT_MAX_HOST_CONNECTIONS,
                      (long)fetcher->config.max_per_host);
    return 1;
}

void v8p_fetch_thread_clear(v8p_fetcher *fetcher)
{
    curl_multi_cleanup(fetcher->multi);
    curl_share_cleanup(fetcher->share);
    fetcher->multi = NULL;
    fetcher->share = NULL;
}

int v8p_fetch_thread_start(v8p_fetcher *fetcher)
{
    sigset_t before;

    if (!make_handles(fetcher)) {
        v8p_fetch_thread_clear(fetcher);
        return 0;
    }
    v8p_block_signals(&before);
    fetcher->running =
        pthread_create(&fetcher->thread, NULL, run, fetcher) == 0;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (!fetcher->running) {
        v8p_fetch_thread_clear(fetcher);
    }
    return fetcher->running;
}
