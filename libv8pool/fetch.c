/* SPDX-License-Identifier: Apache-2.0
 *
 * fetch.c: the fetcher and its exchanges, as any thread sees them.
 */
#include "fetch_inside.h"

#include <stdlib.h>
#include <string.h>

const char *v8p_fetch_error_code(enum v8p_fetch_error error)
{
    static const char *const codes[] = {
#define CODE(name, code) code,
        V8P_FETCH_ERROR_LIST(CODE)
#undef CODE
    };

    return (unsigned)error < V8P_FETCH_E_COUNT ? codes[error] : "";
}

void v8p_fetch_count(uint64_t *counter, uint64_t n)
{
    __atomic_fetch_add(counter, n, __ATOMIC_RELAXED);
}

/* --- the fetcher ---------------------------------------------------------------- */

void v8p_fetcher_config_init(v8p_fetcher_config *config)
{
    memset(config, 0, sizeof(*config));
    config->max_active = 256;
    config->max_per_host = 128;
}

v8p_fetcher *v8p_fetcher_create(const v8p_fetcher_config *config)
{
    v8p_fetcher *fetcher = calloc(1, sizeof(*fetcher));

    if (fetcher == NULL) {
        return NULL;
    }
    fetcher->config = *config;
    if (config->ca_file != NULL) {
        fetcher->ca_file = strdup(config->ca_file);
        if (fetcher->ca_file == NULL) {
            free(fetcher);
            return NULL;
        }
    }
    fetcher->config.ca_file = fetcher->ca_file;
    if (config->counts == NULL) {
        fetcher->config.counts = &fetcher->own;
    }
    fetcher->next_deadline_us = V8P_NEVER;
    pthread_mutex_init(&fetcher->mtx, NULL);
    pthread_mutex_init(&fetcher->stop_mtx, NULL);
    return fetcher;
}

/* Pre: fetcher.mtx is held. */
static void wake(v8p_fetcher *fetcher)
{
    if (fetcher->running && !fetcher->woken) {
        fetcher->woken = 1;
        curl_multi_wakeup(fetcher->multi);
    }
}

void v8p_fetcher_stop(v8p_fetcher *fetcher)
{
    int running;

    pthread_mutex_lock(&fetcher->stop_mtx);
    pthread_mutex_lock(&fetcher->mtx);
    fetcher->stopping = 1;
    running = fetcher->running;
    wake(fetcher);
    pthread_mutex_unlock(&fetcher->mtx);
    if (running) {
        pthread_join(fetcher->thread, NULL);
        pthread_mutex_lock(&fetcher->mtx);
        fetcher->running = 0;
        pthread_mutex_unlock(&fetcher->mtx);
        v8p_fetch_thread_clear(fetcher);
    }
    pthread_mutex_unlock(&fetcher->stop_mtx);
}

void v8p_fetcher_destroy(v8p_fetcher **fetcherp)
{
    v8p_fetcher *fetcher = *fetcherp;

    *fetcherp = NULL;
    if (fetcher == NULL) {
        return;
    }
    v8p_fetcher_stop(fetcher);
    pthread_mutex_destroy(&fetcher->mtx);
    pthread_mutex_destroy(&fetcher->stop_mtx);
    free(fetcher->ca_file);
    free(fetcher);
}

void v8p_fetcher_counts(const v8p_fetcher *fetcher,
                        v8pool_fetch_counts *counts)
{
    const uint64_t *from = (const uint64_t *)fetcher->config.counts;
    uint64_t *to = (uint64_t *)counts;
    size_t i;

    _Static_assert(sizeof(*counts) % sizeof(*to) == 0, "nothing but counters");
    for (i = 0; i < sizeof(*counts) / sizeof(*to); i++) {
        to[i] = __atomic_load_n(&from[i], __ATOMIC_RELAXED);
    }
}

/* --- an exchange ---------------------------------------------------------------- */

void v8p_fetch_request_init(v8p_fetch_request *request)
{
    memset(request, 0, sizeof(*request));
    request->method = "GET";
    request->url = "";
    request->nth = 1;
}

static size_t text_size(const v8p_fetch_request *r)
{
    size_t size = r->header_count * sizeof(*r->headers);
    size_t i;

    for (i = 0; i < r->header_count; i++) {
        size += strlen(r->headers[i].name) + strlen(r->headers[i].value) + 2;
    }
    size += strlen(r->method) + strlen(r->url) + 2 + r->body_length + 1;
    size += r->origin != NULL ? strlen(r->origin) + 1 : 0;
    return size + (r->place.address != NULL ? strlen(r->place.address) + 1 : 0);
}

/* NULL stays NULL. */
static const char *copy_text(char **at, const char *text)
{
    const char *start = *at;

    if (text == NULL) {
        return NULL;
    }
    *at = stpcpy(*at, text) + 1;
    return start;
}

static void copy_request(v8p_fetch *f, const v8p_fetch_request *from)
{
    v8p_fetch_request *to = &f->request;
    v8pool_header *headers = (v8pool_header *)(void *)f->text;
    char *at = (char *)(headers + from->header_count);
    size_t i;

    *to = *from;
    to->headers = headers;
    for (i = 0; i < from->header_count; i++) {
        headers[i].name = copy_text(&at, from->headers[i].name);
        headers[i].value = copy_text(&at, from->headers[i].value);
    }
    to->method = copy_text(&at, from->method);
    to->url = copy_text(&at, from->url);
    to->origin = copy_text(&at, from->origin);
    to->place.address = copy_text(&at, from->place.address);
    if (from->body != NULL) {
        to->body = memcpy(at, from->body, from->body_length);
    }
    if (from->policy != NULL) {
        f->policy = *from->policy;
    }
    to->policy = &f->policy;
}

static v8p_fetch *make(v8p_fetcher *fetcher, const v8p_fetch_request *request,
                       v8p_fetch_fn *fn, void *baton)
{
    v8p_fetch *f = calloc(1, sizeof(*f) + text_size(request));

    if (f != NULL) {
        f->fetcher = fetcher;
        f->fn = fn;
        f->baton = baton;
        atomic_init(&f->refs, 2); /* the caller's and the fetcher's */
        pthread_mutex_init(&f->mtx, NULL);
        copy_request(f, request);
        f->deadline_us = v8p_after_ms(v8p_now_us(), f->policy.timeout_ms);
    }
    return f;
}

void v8p_fetch_ref(v8p_fetch *f)
{
    atomic_fetch_add(&f->refs, 1);
}

void v8p_fetch_unref(v8p_fetch *f)
{
    if (atomic_fetch_sub(&f->refs, 1) == 1) {
        v8p_fetch_upload_free(&f->upload);
        pthread_mutex_destroy(&f->mtx);
        free(f);
    }
}

/* Pre: fetcher.mtx is held. */
static void note(v8p_fetch *f)
{
    v8p_fetcher *fetcher = f->fetcher;

    if (!f->noted && !fetcher->gone) {
        f->noted = 1;
        v8p_fetch_ref(f);
        f->next_noted = NULL;
        if (fetcher->last_noted != NULL) {
            fetcher->last_noted->next_noted = f;
        }
        else {
            fetcher->noted = f;
        }
        fetcher->last_noted = f;
    }
    wake(fetcher);
}

void v8p_fetch_note(v8p_fetch *f)
{
    pthread_mutex_lock(&f->fetcher->mtx);
    note(f);
    pthread_mutex_unlock(&f->fetcher->mtx);
}

v8p_fetch *v8p_fetch_start(v8p_fetcher *fetcher,
                           const v8p_fetch_request *request, v8p_fetch_fn *fn,
                           void *baton)
{
    v8p_fetch *f = make(fetcher, request, fn, baton);
    int taken;

    if (f == NULL) {
        return NULL;
    }
    pthread_mutex_lock(&fetcher->mtx);
    taken = !fetcher->stopping &&
            (fetcher->running || v8p_fetch_thread_start(fetcher));
    if (taken) {
        note(f);
    }
    pthread_mutex_unlock(&fetcher->mtx);
    if (!taken) {
        v8p_fetch_unref(f);
        v8p_fetch_unref(f);
        return NULL;
    }
    v8p_fetch_count(&fetcher->config.counts->started, 1);
    return f;
}

/* Half of it must be gone, so that an exchange does not pause for each piece.
 * The other half of this is in fetch_hop.c: it sets `paused`, then looks at the
 * count once more. */
void v8p_fetch_consumed(v8p_fetch *f, size_t bytes)
{
    size_t left = atomic_fetch_sub(&f->unconsumed, bytes) - bytes;

    if (left <= V8P_FETCH_UNCONSUMED / 2 && atomic_load(&f->paused) &&
        !atomic_load(&f->silent)) {
        v8p_fetch_note(f);
    }
}

void v8p_fetch_cancel(v8p_fetch *f)
{
    int was;

    if (pthread_equal(f->fetcher->thread, pthread_self())) {
        was = atomic_exchange(&f->silent, 1); /* callbacks run here: no lock */
    }
    else {
        pthread_mutex_lock(&f->mtx);
        was = atomic_exchange(&f->silent, 1);
        pthread_mutex_unlock(&f->mtx);
    }
    if (!was) {
        v8p_fetch_note(f);
    }
}

void v8p_fetch_release(v8p_fetch **fp)
{
    v8p_fetch *f = *fp;

    *fp = NULL;
    if (f != NULL) {
        v8p_fetch_unref(f);
    }
}
