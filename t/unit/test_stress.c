/* SPDX-License-Identifier: Apache-2.0
 *
 * test_stress.c: many askers, renders of every kind, cancels at random; in the
 * end the counters must account for each job.
 */
#include "fixture.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

#define ASKERS 8
#define ROUNDS 600
#define QUEUE 6

struct tally {
    unsigned ok, declined, script, heap, timeout, full, expired, given_up;
    unsigned other, wrong_body;
};

struct asker {
    pthread_t thread;
    unsigned seed;
    v8pool *pool;
    v8pool_bundle *bundles[2];
    struct tally tally;
};

static const char *random_url(unsigned *seed, char *buffer, size_t size)
{
    unsigned r = (unsigned)rand_r(seed);

    switch (r % 10) {
    case 0:
        return "/throw";
    case 1:
        return "/decline";
    case 2:
        return r % 7 == 0 ? "/heap" : "/plain";
    case 3:
        return "/spin";
    case 4:
        snprintf(buffer, size, "/late-%u", r % 3000);
        return buffer;
    case 5:
        snprintf(buffer, size, "/stream-%u", r % 400);
        return buffer;
    case 6:
        snprintf(buffer, size, "/log-%u", r % 200);
        return buffer;
    default:
        snprintf(buffer, size, "/plain-%u", r);
        return buffer;
    }
}

static void count(struct tally *t, v8pool_status status)
{
    switch (status) {
    case V8POOL_OK:
        t->ok++;
        break;
    case V8POOL_DECLINED:
        t->declined++;
        break;
    case V8POOL_E_SCRIPT:
        t->script++;
        break;
    case V8POOL_E_HEAP:
        t->heap++;
        break;
    case V8POOL_E_TIMEOUT:
        t->timeout++;
        break;
    case V8POOL_E_FULL:
        t->full++;
        break;
    case V8POOL_E_QUEUE_TIMEOUT:
        t->expired++;
        break;
    default:
        t->other++;
    }
}

/* Reads a random number of events, then leaves. */
static void ask_and_leave(struct asker *a, const v8pool_request *request)
{
    v8pool_job *job;
    v8pool_event event;
    int reads = rand_r(&a->seed) % 4;
    v8pool_status status =
        v8pool_submit(a->pool, a->bundles[0], request, &job);

    if (status != V8POOL_OK) {
        count(&a->tally, status);
        return;
    }
    event.kind = V8POOL_HEAD;
    while (reads-- > 0 && event.kind != V8POOL_END) {
        v8pool_job_next(job, &event);
        if (event.kind == V8POOL_CHUNK) {
            v8pool_chunk_free(event.data);
        }
    }
    if (event.kind == V8POOL_END) {
        count(&a->tally, event.result);
    }
    else {
        a->tally.given_up++;
    }
    v8pool_job_release(&job);
}

static void ask_and_stay(struct asker *a, const v8pool_request *request)
{
    struct reply reply;

    reply_send(&reply, a->pool, a->bundles[1], request);
    count(&a->tally, reply.status);
    if (reply.status == V8POOL_OK && strncmp(request->url, "/plain", 6) == 0) {
        a->tally.wrong_body += strcmp(reply_body(&reply), request->url) != 0;
    }
    reply_clear(&reply);
}

static void *asker_main(void *arg)
{
    struct asker *a = arg;
    v8pool_request request;
    char url[64];
    int i;

    v8pool_request_init(&request);
    for (i = 0; i < ROUNDS; i++) {
        request.url = random_url(&a->seed, url, sizeof(url));
        request.timeout_ms = 1 + (unsigned)rand_r(&a->seed) % 5;
        request.queue_ms = (unsigned)rand_r(&a->seed) % 20;
        if (rand_r(&a->seed) % 2) {
            ask_and_leave(a, &request);
        }
        else {
            ask_and_stay(a, &request);
        }
    }
    return NULL;
}

static void add(struct tally *sum, const struct tally *t)
{
    sum->ok += t->ok;
    sum->declined += t->declined;
    sum->script += t->script;
    sum->heap += t->heap;
    sum->timeout += t->timeout;
    sum->full += t->full;
    sum->expired += t->expired;
    sum->given_up += t->given_up;
    sum->other += t->other;
    sum->wrong_body += t->wrong_body;
}

static void check(const struct tally *sum, const v8pool_stats *stats)
{
    unsigned known = sum->ok + sum->declined + sum->script + sum->heap +
                     sum->timeout;

    tap_note("%u ok, %u cut, %u full, %u expired, %u given up", sum->ok,
             sum->timeout, sum->full, sum->expired, sum->given_up);
    IS_INT(known + sum->full + sum->expired + sum->given_up,
           ASKERS * ROUNDS);
    IS_INT(sum->other, 0);
    IS_INT(sum->wrong_body, 0);
    /* One that lost its place may have been given up since. */
    OK(stats->refused_total >= sum->full);
    OK(stats->refused_total <= sum->full + sum->given_up);
    IS_INT(stats->expired_total, sum->expired);
    /* A job that was given up ran, or was still queued. */
    OK(stats->renders_total >= known);
    OK(stats->renders_total <= known + sum->given_up);
    OK(stats->failures_total >= sum->script + sum->heap + sum->timeout);
    OK(stats->failures_total <=
       sum->script + sum->heap + sum->timeout + sum->given_up);
    OK(stats->timeouts_total >= sum->timeout);
    OK(stats->isolates_rebuilt_total == stats->heap_limits_total);
    OK(sum->ok > 0 && sum->timeout > 0 && sum->full > 0 && sum->given_up > 0);
    IS_INT(stats->queued, 0);
    IS_INT(stats->running, 0);
}

static void test_stress_random_renders_all_accounted(void)
{
    static struct asker askers[ASKERS];
    struct tally sum;
    v8pool_config config;
    v8pool *pool;
    v8pool_stats stats;
    int i;

    pool_config(&config, 3, NULL);
    config.queue_length = QUEUE;
    config.channel_bytes = 20000;
    pool = pool_open(&config);
    memset(&sum, 0, sizeof(sum));
    for (i = 0; i < ASKERS; i++) {
        askers[i].seed = 100u + (unsigned)i;
        askers[i].pool = pool;
        askers[i].bundles[0] = bundle_of(pool, "one", "good");
        askers[i].bundles[1] = bundle_of(pool, "two", "good");
    }
    for (i = 0; i < ASKERS; i++) {
        pthread_create(&askers[i].thread, NULL, asker_main, &askers[i]);
    }
    for (i = 0; i < ASKERS; i++) {
        pthread_join(askers[i].thread, NULL);
        add(&sum, &askers[i].tally);
    }
    OK(WAIT_UNTIL(pool_stats(pool).running == 0 &&
                  pool_stats(pool).queued == 0));
    stats = pool_stats(pool);
    check(&sum, &stats);
    v8pool_destroy(&pool);
}

/* Does not wait for the isolates. */
static void load_later(v8pool *pool)
{
    v8pool_bundle_config config = {"two", NULL, "good", 4, NULL, 0};
    v8pool_bundle *bundle;

    (void)v8pool_bundle_load(pool, &config, 0, &bundle, NULL);
}

/* Bundles come while renders run, and the pool stops amid both. */
static void test_stress_stop_amid_renders_all_end(void)
{
    int round, i, unfinished = 0;

    for (round = 0; round < 60; round++) {
        v8pool *pool = pool_of(3);
        v8pool_bundle *bundle = bundle_of(pool, "one", "good");
        v8pool_job *jobs[12];

        for (i = 0; i < 12; i++) {
            jobs[i] = submit(pool, bundle, i % 3 ? "/late-300" : "/spin",
                             UINT32_MAX);
            if (i == 6) {
                load_later(pool);
            }
            if (i % 4 == 3) {
                v8pool_job_release(&jobs[i]);
            }
        }
        unfinished += v8pool_stop(pool, (uint32_t)round % 3) != V8POOL_OK;
        for (i = 0; i < 12; i++) {
            if (jobs[i] != NULL) {
                v8pool_status status = finish(&jobs[i]);

                unfinished += status != V8POOL_OK &&
                              status != V8POOL_E_STOPPED;
            }
        }
        v8pool_destroy(&pool);
    }
    IS_INT(unfinished, 0);
}

static void *ask_while_recycling(void *arg)
{
    struct asker *a = arg;
    int i;

    do {
        for (i = 0; i < 500; i++) {
            a->tally.other += !renders(a->pool, a->bundles[0], "/x", "/x");
        }
    } while (pool_stats(a->pool).isolates_recycled_total < 20);
    return NULL;
}

struct observer {
    v8pool *pool;
    atomic_int enough;
    unsigned least_ready;
};

static void *observe_main(void *arg)
{
    struct observer *o = arg;

    while (!atomic_load(&o->enough)) {
        unsigned ready = pool_stats(o->pool).isolates_ready;

        if (ready < o->least_ready) {
            o->least_ready = ready;
        }
        usleep(50);
    }
    return NULL;
}

static void test_stress_recycling_never_an_isolate_less(void)
{
    struct asker askers[4];
    struct observer observer;
    v8pool_config config;
    v8pool *pool;
    v8pool_bundle *bundle;
    pthread_t thread;
    unsigned i, bad = 0;

    pool_config(&config, 3, NULL);
    config.recycle_renders = 3;
    pool = pool_open(&config);
    bundle = bundle_of(pool, "b", "good");
    OK(WAIT_UNTIL(pool_stats(pool).isolates_ready == 3));
    observer = (struct observer){pool, 0, 3};
    pthread_create(&thread, NULL, observe_main, &observer);
    for (i = 0; i < 4; i++) {
        askers[i] = (struct asker){.pool = pool, .bundles = {bundle, NULL}};
        pthread_create(&askers[i].thread, NULL, ask_while_recycling,
                       &askers[i]);
    }
    for (i = 0; i < 4; i++) {
        pthread_join(askers[i].thread, NULL);
        bad += askers[i].tally.other;
    }
    atomic_store(&observer.enough, 1);
    pthread_join(thread, NULL);
    IS_INT(bad, 0);
    IS_INT(observer.least_ready, 3);
    IS_INT(pool_stats(pool).failures_total, 0);
    tap_note("%u isolates recycled",
             (unsigned)pool_stats(pool).isolates_recycled_total);
    v8pool_destroy(&pool);
}

TAP_MAIN(RUN(test_stress_random_renders_all_accounted),
         RUN(test_stress_stop_amid_renders_all_end),
         RUN(test_stress_recycling_never_an_isolate_less))
