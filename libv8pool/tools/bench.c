/* SPDX-License-Identifier: Apache-2.0
 *
 * bench.c: `v8ssr bench`: how fast a bundle renders, and what the pool adds.
 *
 * Two parts.  Overhead: the same bundle in a pool with one thread and in one
 * without (isolates = 0: the caller's thread renders), in alternating rounds
 * of one run, so that a noisy machine disturbs both alike; medians.
 * Throughput: t askers over t isolates, together.  With -m neither: memory.c.
 */
#include "v8ssr.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define ROUNDS 20
#define WARM_UP 2000

struct series {
    double *us;
    long count;
};

struct asker {
    pthread_t thread;
    v8pool *pool;
    const v8pool_bundle *bundle;
    const v8pool_request *request;
    struct series latency;
    long failed;
};

static double now_us(void)
{
    struct timespec ts;

    clock_gettime(CLOCK_MONOTONIC, &ts);
    return (double)ts.tv_sec * 1e6 + (double)ts.tv_nsec / 1e3;
}

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a;
    double y = *(const double *)b;

    return (x > y) - (x < y);
}

/* Sorts the series. */
static double percentile(struct series *s, double p)
{
    long at = (long)((double)(s->count - 1) * p);

    qsort(s->us, (size_t)s->count, sizeof(*s->us), by_value);
    return s->us[at];
}

static int make_series(struct series *s, long count)
{
    s->us = malloc((size_t)count * sizeof(*s->us));
    s->count = 0;
    return s->us != NULL;
}

/* One render; adds its time.  0 when it failed. */
static int time_one(v8pool *pool, const v8pool_bundle *bundle,
                    const v8pool_request *request, struct series *s,
                    v8pool_error *err)
{
    v8pool_answer answer;
    double start = now_us();
    v8pool_status status = v8pool_render(pool, bundle, request, &answer, err);

    if (status != V8POOL_OK && status != V8POOL_DECLINED) {
        return 0;
    }
    v8pool_answer_clear(&answer);
    if (s != NULL) {
        s->us[s->count++] = now_us() - start;
    }
    return 1;
}

static int repeat(v8pool *pool, const v8pool_bundle *bundle,
                  const v8pool_request *request, long n, struct series *s)
{
    v8pool_error err;

    while (n-- > 0) {
        if (!time_one(pool, bundle, request, s, &err)) {
            v8ssr_print_error(&err);
            return 0;
        }
    }
    return 1;
}

struct subject {
    struct v8ssr_subject what;
    v8pool_request request;
    int memory_only;
};

struct pair {
    v8pool *pool;
    v8pool_bundle *bundle;
    struct series times;
};

static int run_rounds(struct pair *direct, struct pair *pooled,
                      const v8pool_request *request, long n)
{
    int round;

    if (!repeat(direct->pool, direct->bundle, request, WARM_UP, NULL) ||
        !repeat(pooled->pool, pooled->bundle, request, WARM_UP, NULL)) {
        return 0;
    }
    for (round = 0; round < ROUNDS; round++) {
        if (!repeat(direct->pool, direct->bundle, request, n / ROUNDS,
                    &direct->times) ||
            !repeat(pooled->pool, pooled->bundle, request, n / ROUNDS,
                    &pooled->times)) {
            return 0;
        }
    }
    return 1;
}

static void print_overhead(struct pair *direct, struct pair *pooled)
{
    double d = percentile(&direct->times, 0.5);
    double p = percentile(&pooled->times, 0.5);

    printf("direct     p50 %9.1f us   p99 %9.1f us\n", d,
           percentile(&direct->times, 0.99));
    printf("pool       p50 %9.1f us   p99 %9.1f us\n", p,
           percentile(&pooled->times, 0.99));
    printf("overhead   p50 %9.1f us   (%.1f %%)\n", p - d,
           100.0 * (p - d) / d);
}

static v8pool *open_subject(const struct subject *s, long isolates,
                            v8pool_bundle **bundle)
{
    struct v8ssr_subject what = s->what;

    what.isolates = (unsigned)isolates;
    return v8ssr_open(&what, bundle);
}

static int bench_overhead(const struct subject *s, long n)
{
    struct pair direct = {NULL, NULL, {NULL, 0}};
    struct pair pooled = {NULL, NULL, {NULL, 0}};
    int rc = V8SSR_FAILED;

    direct.pool = open_subject(s, 0, &direct.bundle);
    if (direct.pool != NULL) {
        pooled.pool = open_subject(s, 1, &pooled.bundle);
    }
    if (pooled.pool != NULL && make_series(&direct.times, n) &&
        make_series(&pooled.times, n) &&
        run_rounds(&direct, &pooled, &s->request, n)) {
        print_overhead(&direct, &pooled);
        rc = V8SSR_DONE;
    }
    v8pool_destroy(&direct.pool);
    v8pool_destroy(&pooled.pool);
    free(direct.times.us);
    free(pooled.times.us);
    return rc;
}

static void *asker_main(void *arg)
{
    struct asker *a = arg;
    long n = a->latency.count;
    v8pool_error err;

    a->latency.count = 0;
    while (n-- > 0) {
        if (!time_one(a->pool, a->bundle, a->request, &a->latency, &err)) {
            a->failed++;
        }
    }
    return NULL;
}

/* Returns the wall time, or 0 when a thread could not be had. */
static double run_askers(struct asker *askers, long threads)
{
    double start = now_us();
    long i, started = 0;

    for (i = 0; i < threads; i++) {
        if (pthread_create(&askers[i].thread, NULL, asker_main, &askers[i])) {
            break;
        }
        started++;
    }
    for (i = 0; i < started; i++) {
        pthread_join(askers[i].thread, NULL);
    }
    return started == threads ? now_us() - start : 0;
}

static void print_throughput(struct asker *askers, long threads, double wall,
                             const v8pool_stats *before,
                             const v8pool_stats *after)
{
    struct series all = {NULL, 0};
    double busy = (double)(after->render_us_total - before->render_us_total);
    double gc = (double)(after->gc_us_total - before->gc_us_total);
    long i, failed = 0, total = 0;

    for (i = 0; i < threads; i++) {
        total += askers[i].latency.count;
        failed += askers[i].failed;
    }
    if (total == 0 || !make_series(&all, total)) {
        return;
    }
    for (i = 0; i < threads; i++) {
        memcpy(all.us + all.count, askers[i].latency.us,
               (size_t)askers[i].latency.count * sizeof(*all.us));
        all.count += askers[i].latency.count;
    }
    printf("throughput %9.0f renders/s on %ld isolates (%ld renders, "
           "%ld failed)\n",
           (double)total / wall * 1e6, threads, total, failed);
    printf("render         %9.1f us each   p50 %9.1f us   p99 %9.1f us\n",
           busy / (double)total, percentile(&all, 0.5), percentile(&all, 0.99));
    printf("gc share   %9.1f %%\n", 100.0 * gc / busy);
    printf("heap       %9.1f MiB in all isolates\n",
           (double)after->heap_used_bytes / 1048576.0);
    free(all.us);
}

static int bench_throughput(const struct subject *s, long n, long threads)
{
    struct asker *askers = calloc((size_t)threads, sizeof(*askers));
    v8pool_bundle *bundle;
    v8pool *pool = open_subject(s, threads, &bundle);
    v8pool_stats before, after;
    int rc = V8SSR_FAILED;
    double wall;
    long i;

    if (pool == NULL || askers == NULL) {
        free(askers);
        return rc;
    }
    for (i = 0; i < threads; i++) {
        struct asker asker = {0, pool, bundle, &s->request, {NULL, 0}, 0};

        askers[i] = asker;
        make_series(&askers[i].latency, n);
        askers[i].latency.count = WARM_UP < n ? WARM_UP : n;
    }
    run_askers(askers, threads);
    for (i = 0; i < threads; i++) {
        askers[i].latency.count = n / threads;
        askers[i].failed = 0;
    }
    v8pool_stats_get(pool, &before);
    wall = run_askers(askers, threads);
    v8pool_stats_get(pool, &after);
    if (wall > 0) {
        print_throughput(askers, threads, wall, &before, &after);
        rc = V8SSR_DONE;
    }
    v8pool_destroy(&pool);
    for (i = 0; i < threads; i++) {
        free(askers[i].latency.us);
    }
    free(askers);
    return rc;
}

static const char *take_option(struct subject *s, long *n, long *threads,
                               int option, const char *arg)
{
    long mib;

    switch (option) {
    case 'e':
        s->what.entry = arg;
        return NULL;
    case 'f':
        s->request.fresh = 1;
        return NULL;
    case 'i':
        s->what.image = arg;
        return NULL;
    case 'z':
        s->what.options |= V8POOL_FREEZE;
        return NULL;
    case 'm':
        s->memory_only = 1;
        return NULL;
    case 'n':
        return v8ssr_parse_number(arg, ROUNDS, 100000000, n)
                   ? NULL
                   : "-n: a number from 20 to 100000000 expected";
    case 't':
        return v8ssr_parse_number(arg, 1, 256, threads)
                   ? NULL
                   : "-t: a number from 1 to 256 expected";
    case 'y':
        if (!v8ssr_parse_number(arg, 1, 1024, &mib)) {
            return "-y: MiB from 1 to 1024 expected";
        }
        s->what.young_bytes = (size_t)mib << 20;
        return NULL;
    default:
        return "unknown option";
    }
}

int v8ssr_cmd_bench(int argc, char **argv)
{
    struct subject s = {.what = {0}};
    long n = 10000, threads = 2;
    int option, rc;

    v8pool_request_init(&s.request);
    while ((option = getopt(argc, argv, "e:fi:mn:t:y:z")) != -1) {
        const char *wrong = take_option(&s, &n, &threads, option, optarg);

        if (wrong != NULL) {
            return v8ssr_usage("bench", "%s", wrong);
        }
    }
    if (argc - optind != 2) {
        return v8ssr_usage("bench", "BUNDLE and URL expected");
    }
    s.what.path = argv[optind];
    s.request.url = argv[optind + 1];
    s.request.queue_ms = 60000;
    s.request.timeout_ms = 60000;
    if (s.memory_only && n < V8SSR_MEMORY_MIN) {
        return v8ssr_usage("bench", "-m: -n of at least %d expected",
                           V8SSR_MEMORY_MIN);
    }
    if (s.memory_only) {
        s.what.isolates = 1;
        return v8ssr_bench_memory(&s.what, &s.request, n);
    }
    rc = bench_overhead(&s, n);
    return rc == V8SSR_DONE ? bench_throughput(&s, n, threads) : rc;
}
