/* SPDX-License-Identifier: Apache-2.0
 *
 * fetch_fixture.c: calls and their records.
 */
#include "fetch_fixture.h"

#include <stdlib.h>

v8p_fetcher *fetcher_of(unsigned max_active)
{
    v8p_fetcher_config config;
    v8p_fetcher *fetcher;

    v8p_fetcher_config_init(&config);
    config.max_active = max_active != 0 ? max_active : config.max_active;
    fetcher = v8p_fetcher_create(&config);
    OK(fetcher != NULL);
    return fetcher;
}

v8pool_fetch_counts counts_of(v8p_fetcher *fetcher)
{
    v8pool_fetch_counts counts;

    v8p_fetcher_counts(fetcher, &counts);
    return counts;
}

v8pool_fetch_policy test_policy(void)
{
    static const v8pool_fetch_host hosts[] = {
        {"127.0.0.1", V8POOL_FETCH_PORT_ANY, 0},
        {"::1", V8POOL_FETCH_PORT_ANY, 0},
    };
    v8pool_fetch_policy policy;

    v8pool_fetch_policy_init(&policy);
    policy.hosts = hosts;
    policy.host_count = 2;
    policy.timeout_ms = WAIT_MS;
    policy.breaker_failures = 0;
    return policy;
}

v8p_fetch_request get_of(const char *url, const v8pool_fetch_policy *policy)
{
    v8p_fetch_request request;

    v8p_fetch_request_init(&request);
    request.url = url;
    request.policy = policy;
    return request;
}

struct call *call_create(void)
{
    struct call *call = calloc(1, sizeof(*call));

    pthread_mutex_init(&call->mtx, NULL);
    call->body = calloc(1, 1);
    return call;
}

static void keep(struct call *call, const v8p_fetch_event *event)
{
    if (call->length + event->length >= call->room) {
        call->room = 2 * (call->length + event->length) + 1;
        call->body = realloc(call->body, call->room);
    }
    memcpy(call->body + call->length, event->data, event->length);
    call->length += event->length;
    call->body[call->length] = '\0';
    free(event->data);
}

static void record(struct call *call, const v8p_fetch_event *event)
{
    call->after_end += call->ends > 0 || call->cancelled;
    switch (event->kind) {
    case V8P_FETCH_HEAD:
        call->heads++;
        free(call->head);
        call->head = event->head;
        break;
    case V8P_FETCH_DATA:
        call->datas++;
        keep(call, event);
        break;
    case V8P_FETCH_ROOM:
        call->rooms++;
        break;
    case V8P_FETCH_END:
        call->error = event->error;
        strncpy(call->message, event->message, sizeof(call->message) - 1);
        call->ends++;
        break;
    }
}

static void on_event(void *baton, v8p_fetch *fetch,
                     const v8p_fetch_event *event)
{
    struct call *call = baton;
    size_t length = event->length;

    pthread_mutex_lock(&call->mtx);
    record(call, event);
    if (call->cancels_at == (int)event->kind + 1) {
        v8p_fetch_cancel(fetch);
        call->cancelled = 1;
    }
    pthread_mutex_unlock(&call->mtx);
    if (event->kind == V8P_FETCH_DATA && !call->hoards) {
        v8p_fetch_consumed(fetch, length);
    }
}

struct call *call_start(struct call *call, v8p_fetcher *fetcher,
                        const v8p_fetch_request *request)
{
    call->fetch = v8p_fetch_start(fetcher, request, on_event, call);
    if (call->fetch == NULL) {
        OK(!"the exchange starts");
    }
    return call;
}

struct call *call_get(v8p_fetcher *fetcher, const char *url,
                      const v8pool_fetch_policy *policy)
{
    v8p_fetch_request request = get_of(url, policy);
    struct call *call = call_start(call_create(), fetcher, &request);

    OK(call_wait(call));
    return call;
}

int call_count(struct call *call, int *what)
{
    int n;

    pthread_mutex_lock(&call->mtx);
    n = *what;
    pthread_mutex_unlock(&call->mtx);
    return n;
}

size_t call_length(struct call *call)
{
    size_t n;

    pthread_mutex_lock(&call->mtx);
    n = call->length;
    pthread_mutex_unlock(&call->mtx);
    return n;
}

int call_wait(struct call *call)
{
    return call->fetch != NULL &&
           WAIT_UNTIL(call_count(call, &call->ends) > 0);
}

void call_cancel(struct call *call)
{
    v8p_fetch_cancel(call->fetch);
    pthread_mutex_lock(&call->mtx);
    call->cancelled = 1;
    pthread_mutex_unlock(&call->mtx);
}

const char *call_field(const struct call *call, const char *name)
{
    size_t i;

    for (i = 0; call->head != NULL && i < call->head->header_count; i++) {
        if (strcmp(call->head->headers[i].name, name) == 0) {
            return call->head->headers[i].value;
        }
    }
    return NULL;
}

/* No event may come any more: END did, or it was cancelled. */
void call_destroy(struct call **callp)
{
    struct call *call = *callp;

    *callp = NULL;
    v8p_fetch_release(&call->fetch);
    pthread_mutex_destroy(&call->mtx);
    free(call->head);
    free(call->body);
    free(call);
}
