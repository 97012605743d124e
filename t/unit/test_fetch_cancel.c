/* SPDX-License-Identifier: Apache-2.0
 *
 * test_fetch_cancel.c: giving exchanges up at every stage, from any thread, and
 * stopping a fetcher that is busy.
 */
#include "fetch_fixture.h"

#include <dlfcn.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>

static int ended(v8p_fetcher *fetcher, uint64_t count)
{
    return WAIT_UNTIL(counts_of(fetcher).ended == count);
}

/* Cancelled once `stage` holds: no event, and the connection goes. */
static void cancelled_when(const char *path, int hoards,
                           int (*stage)(struct origin *o, struct call *call))
{
    struct origin *o = origin_start();
    v8p_fetcher *fetcher = fetcher_of(0);
    v8pool_fetch_policy policy = test_policy();
    v8p_fetch_request request = get_of(origin_url(o, NULL, path), &policy);
    struct call *call = call_create();

    call->hoards = hoards;
    call_start(call, fetcher, &request);
    OK(WAIT_UNTIL(stage(o, call)));
    call_cancel(call);
    OK(ended(fetcher, 1));
    IS_INT(counts_of(fetcher).cancelled, 1);
    IS_INT(counts_of(fetcher).failed, 0);
    OK(WAIT_UNTIL(atomic_load(&o->open) == 0));
    v8p_fetcher_destroy(&fetcher);
    IS_INT(call->ends, 0);
    IS_INT(call->after_end, 0);
    call_destroy(&call);
    origin_stop(&o);
}

static int at_once(struct origin *o, struct call *call)
{
    (void)o;
    (void)call;
    return 1;
}

static int asked(struct origin *o, struct call *call)
{
    (void)call;
    return atomic_load(&o->waiting) == 1;
}

static int has_head(struct origin *o, struct call *call)
{
    (void)o;
    return call_count(call, &call->heads) == 1;
}

static int has_much(struct origin *o, struct call *call)
{
    (void)o;
    return call_length(call) > V8P_FETCH_UNCONSUMED;
}

static void test_cancel_at_once(void)
{
    cancelled_when("/hang", 0, at_once);
}

static void test_cancel_before_the_answer(void)
{
    cancelled_when("/hang", 0, asked);
}

static void test_cancel_between_head_and_body(void)
{
    cancelled_when("/slow", 0, has_head);
}

static void test_cancel_in_the_body(void)
{
    cancelled_when("/big?10000000", 0, has_head);
}

static void test_cancel_while_paused(void)
{
    cancelled_when("/big?10000000", 1, has_much);
}

/* From within the callback, at each kind of event. */
static void test_cancel_in_the_callback(void)
{
    static const v8p_fetch_kind kinds[] = {V8P_FETCH_HEAD, V8P_FETCH_DATA};
    struct origin *o = origin_start();
    v8p_fetcher *fetcher = fetcher_of(0);
    v8pool_fetch_policy policy = test_policy();
    unsigned i;

    for (i = 0; i < 2; i++) {
        v8p_fetch_request request =
            get_of(origin_url(o, NULL, "/big?1000000"), &policy);
        struct call *call = call_create();

        call->cancels_at = (int)kinds[i] + 1;
        call_start(call, fetcher, &request);
        OK(ended(fetcher, i + 1));
        OK(WAIT_UNTIL(atomic_load(&o->open) == 0));
        IS_INT(call_count(call, &call->heads), 1);
        IS_INT(call_count(call, &call->datas), (int)i);
        IS_INT(call_count(call, &call->after_end), 0);
        call_destroy(&call);
    }
    v8p_fetcher_destroy(&fetcher);
    origin_stop(&o);
}

static void test_cancel_in_the_last_callback(void)
{
    struct origin *o = origin_start();
    v8p_fetcher *fetcher = fetcher_of(0);
    v8pool_fetch_policy policy = test_policy();
    v8p_fetch_request request = get_of(origin_url(o, NULL, "/hello"), &policy);
    struct call *call = call_create();

    call->cancels_at = V8P_FETCH_END + 1;
    OK(call_wait(call_start(call, fetcher, &request)));
    v8p_fetch_cancel(call->fetch); /* nothing, however often */
    v8p_fetch_cancel(call->fetch);
    v8p_fetch_consumed(call->fetch, 0);
    call_destroy(&call);
    IS_INT(counts_of(fetcher).cancelled, 0);
    v8p_fetcher_destroy(&fetcher);
    origin_stop(&o);
}

static void test_cancel_while_waiting_for_a_turn(void)
{
    struct origin *o = origin_start();
    v8p_fetcher *fetcher = fetcher_of(1);
    v8pool_fetch_policy policy = test_policy();
    v8p_fetch_request request = get_of(origin_url(o, NULL, "/late"), &policy);
    struct call *calls[4];
    int i;

    for (i = 0; i < 4; i++) {
        calls[i] = call_start(call_create(), fetcher, &request);
    }
    OK(WAIT_UNTIL(atomic_load(&o->waiting) == 1));
    call_cancel(calls[2]); /* in the midst, the last, the first */
    call_cancel(calls[3]);
    OK(ended(fetcher, 2));
    call_cancel(calls[0]);
    origin_release(o);
    OK(call_wait(calls[1]));
    IS_STR(calls[1]->body, "hello\n");
    for (i = 0; i < 4; i++) {
        IS_INT(calls[i]->after_end, 0);
        call_destroy(&calls[i]);
    }
    v8p_fetcher_destroy(&fetcher);
    origin_stop(&o);
}

/* --- a name server that does not answer ----------------------------------------------- */

static atomic_int lookups, answer_lookups;

/* In place of the C library's, for libcurl too. */
__attribute__((visibility("default"))) int
getaddrinfo(const char *node, const char *service,
            const struct addrinfo *hints, struct addrinfo **result)
{
    int (*real)(const char *, const char *, const struct addrinfo *,
                struct addrinfo **);

    if (node != NULL && strcmp(node, "hangs.test") == 0) {
        atomic_fetch_add(&lookups, 1);
        while (!atomic_load(&answer_lookups)) {
            usleep(1000);
        }
        atomic_fetch_sub(&lookups, 1);
        return EAI_FAIL;
    }
    *(void **)&real = dlsym(RTLD_NEXT, "getaddrinfo");
    return real(node, service, hints, result);
}

static void test_cancel_while_the_name_is_looked_up(void)
{
    static const v8pool_fetch_host all[] = {
        {"*", V8POOL_FETCH_PORT_DEFAULT, 0}};
    struct origin *o = origin_start();
    v8p_fetcher *fetcher = fetcher_of(0);
    v8pool_fetch_policy here = test_policy(), policy = test_policy();
    v8p_fetch_request request = get_of("http://hangs.test/", &policy);
    struct call *call = call_create(), *other;

    policy.hosts = all;
    policy.host_count = 1;
    call_start(call, fetcher, &request);
    OK(WAIT_UNTIL(atomic_load(&lookups) == 1));
    call_cancel(call);
    OK(ended(fetcher, 1)); /* does not wait for the thread that looks it up */
    other = call_get(fetcher, origin_url(o, NULL, "/hello"), &here);
    IS_STR(other->body, "hello\n");
    IS_INT(atomic_load(&lookups), 1);
    call_destroy(&call);
    call_destroy(&other);
    v8p_fetcher_destroy(&fetcher);
    IS_INT(atomic_load(&lookups), 1);
    atomic_store(&answer_lookups, 1);
    OK(WAIT_UNTIL(atomic_load(&lookups) == 0));
    origin_stop(&o);
}

/* --- an answer that is there already ------------------------------------------------ */

struct gate {
    atomic_int entered, opened;
};

static void hold_up(void *baton, v8p_fetch *fetch, const v8p_fetch_event *event)
{
    struct gate *gate = baton;

    (void)fetch;
    free(event->head);
    free(event->data);
    atomic_store(&gate->entered, 1);
    while (!atomic_load(&gate->opened)) {
        usleep(1000);
    }
}

/* The fetch thread is held up in a round in which it would tell it. */
static void test_cancel_is_in_time_for_what_has_come(void)
{
    struct origin *first = origin_start(), *second = origin_start();
    v8p_fetcher *fetcher = fetcher_of(0);
    v8pool_fetch_policy policy = test_policy();
    v8p_fetch_request request =
        get_of(origin_url(first, NULL, "/late"), &policy);
    struct gate gate = {0};
    v8p_fetch *holder = v8p_fetch_start(fetcher, &request, hold_up, &gate);
    struct call *call = call_create();

    OK(WAIT_UNTIL(atomic_load(&first->waiting) == 1));
    request = get_of(origin_url(second, NULL, "/late"), &policy);
    call_start(call, fetcher, &request);
    OK(WAIT_UNTIL(atomic_load(&second->waiting) == 1));
    origin_release(first);
    OK(WAIT_UNTIL(atomic_load(&gate.entered)));
    origin_release(second);
    OK(WAIT_UNTIL(atomic_load(&second->at_once) == 0));
    call_cancel(call);
    atomic_store(&gate.opened, 1);
    OK(ended(fetcher, 2));
    IS_INT(call->heads + call->datas + call->ends, 0);
    v8p_fetch_release(&holder);
    call_destroy(&call);
    v8p_fetcher_destroy(&fetcher);
    origin_stop(&first);
    origin_stop(&second);
}

/* --- many, from threads of their own ------------------------------------------------ */

#define THREADS 4
#define ROUNDS 200

struct stress {
    v8p_fetcher *fetcher;
    struct origin *origin;
    unsigned seed;
    int wrong;
};

static void *stress(void *data)
{
    static const char *const paths[] = {"/hello", "/big?600000", "/slow",
                                        "/to?302&/hello", "/close", "/gzip"};
    struct stress *s = data;
    v8pool_fetch_policy policy = test_policy();
    int i;

    for (i = 0; i < ROUNDS; i++) {
        const char *path = paths[(unsigned)rand_r(&s->seed) % 6];
        v8p_fetch_request request =
            get_of(origin_url(s->origin, NULL, path), &policy);
        struct call *call = call_create();

        call->hoards = rand_r(&s->seed) % 2;
        call_start(call, s->fetcher, &request);
        usleep((unsigned)rand_r(&s->seed) % 2000);
        call_cancel(call);
        s->wrong += call_count(call, &call->after_end);
        call_destroy(&call);
    }
    return NULL;
}

static void test_cancel_of_many_leaves_nothing(void)
{
    struct origin *o = origin_start();
    v8p_fetcher *fetcher = fetcher_of(8);
    pthread_t threads[THREADS];
    struct stress s[THREADS];
    int i;

    for (i = 0; i < THREADS; i++) {
        s[i] = (struct stress){fetcher, o, (unsigned)i + 1, 0};
        pthread_create(&threads[i], NULL, stress, &s[i]);
    }
    for (i = 0; i < THREADS; i++) {
        pthread_join(threads[i], NULL);
        IS_INT(s[i].wrong, 0);
    }
    OK(ended(fetcher, THREADS * ROUNDS));
    v8p_fetcher_destroy(&fetcher);
    origin_stop(&o);
}

/* --- the end of a fetcher ----------------------------------------------------------- */

static void test_stop_ends_all(void)
{
    static const char *const paths[] = {"/hang", "/slow", "/big?10000000",
                                        "/hang", "/hang"};
    struct origin *o = origin_start();
    v8p_fetcher *fetcher = fetcher_of(4);
    v8pool_fetch_policy policy = test_policy();
    struct call *calls[5];
    int i;

    for (i = 0; i < 5; i++) { /* the last waits for its turn */
        v8p_fetch_request request =
            get_of(origin_url(o, NULL, paths[i]), &policy);

        calls[i] = call_create();
        calls[i]->hoards = 1;
        call_start(calls[i], fetcher, &request);
    }
    OK(WAIT_UNTIL(atomic_load(&o->waiting) == 3));
    OK(WAIT_UNTIL(call_length(calls[2]) > V8P_FETCH_UNCONSUMED));
    v8p_fetcher_stop(fetcher);
    for (i = 0; i < 5; i++) {
        IS_INT(calls[i]->ends, 1);
        IS_ERROR(calls[i], V8P_FETCH_E_STOPPED);
        HAS_STR(calls[i]->message, "the pool stops");
        v8p_fetch_cancel(calls[i]->fetch); /* nothing */
    }
    v8p_fetcher_stop(fetcher);
    v8p_fetcher_destroy(&fetcher);
    for (i = 0; i < 5; i++) {
        call_destroy(&calls[i]);
    }
    origin_stop(&o);
}

static void test_stop_refuses_what_comes_later(void)
{
    struct call *call = call_create();
    v8p_fetcher *fetcher = fetcher_of(0);
    v8pool_fetch_policy policy = test_policy();
    v8p_fetch_request request = get_of("http://127.0.0.1/", &policy);

    v8p_fetcher_stop(fetcher); /* that has no thread */
    OK(v8p_fetch_start(fetcher, &request, NULL, NULL) == NULL);
    v8p_fetcher_destroy(&fetcher);
    OK(fetcher == NULL);
    v8p_fetcher_destroy(&fetcher);
    call_destroy(&call);
}

static void test_stop_leaves_what_was_cancelled_alone(void)
{
    struct origin *o = origin_start();
    v8p_fetcher *fetcher = fetcher_of(0);
    v8pool_fetch_policy policy = test_policy();
    v8p_fetch_request request = get_of(origin_url(o, NULL, "/hang"), &policy);
    struct call *call = call_start(call_create(), fetcher, &request);

    OK(WAIT_UNTIL(atomic_load(&o->waiting) == 1));
    call_cancel(call);
    v8p_fetcher_destroy(&fetcher);
    IS_INT(call->after_end, 0);
    IS_INT(call->ends, 0);
    call_destroy(&call);
    origin_stop(&o);
}

TAP_MAIN(RUN(test_cancel_at_once),
         RUN(test_cancel_before_the_answer),
         RUN(test_cancel_between_head_and_body),
         RUN(test_cancel_in_the_body),
         RUN(test_cancel_while_paused),
         RUN(test_cancel_in_the_callback),
         RUN(test_cancel_in_the_last_callback),
         RUN(test_cancel_while_waiting_for_a_turn),
         RUN(test_cancel_while_the_name_is_looked_up),
         RUN(test_cancel_is_in_time_for_what_has_come),
         RUN(test_cancel_of_many_leaves_nothing),
         RUN(test_stop_ends_all),
         RUN(test_stop_refuses_what_comes_later),
         RUN(test_stop_leaves_what_was_cancelled_alone))
