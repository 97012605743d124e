/* SPDX-License-Identifier: Apache-2.0
 *
 * start.c: `v8ssr start`: what an image saves.  A pool of one isolate is
 * opened by evaluating the bundle and from the image, taking turns in one run,
 * so that a noisy machine disturbs both alike; medians.
 */
#include "v8ssr.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#define STARTS_MAX 1000

/* One way to start. */
struct way {
    const char *name;
    const char *image;
    double ready_ms[STARTS_MAX]; /* isolate made, bundle loaded */
    double first_ms[STARTS_MAX]; /* and its first page rendered */
};

static double now_ms(void)
{
    struct timespec ts;

    clock_gettime(CLOCK_MONOTONIC, &ts);
    return (double)ts.tv_sec * 1e3 + (double)ts.tv_nsec / 1e6;
}

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a;
    double y = *(const double *)b;

    return (x > y) - (x < y);
}

static double median(double *ms, long count)
{
    qsort(ms, (size_t)count, sizeof(*ms), by_value);
    return ms[(count - 1) / 2];
}

static int start_once(struct way *way, struct v8ssr_subject subject,
                      const v8pool_request *request, long n)
{
    double began = now_ms();
    v8pool_bundle *bundle;
    v8pool_answer answer;
    v8pool_status status;
    v8pool_error err;
    v8pool *pool;

    subject.image = way->image;
    pool = v8ssr_open(&subject, &bundle);
    if (pool == NULL) {
        return 0;
    }
    way->ready_ms[n] = now_ms() - began;
    status = v8pool_render(pool, bundle, request, &answer, &err);
    way->first_ms[n] = now_ms() - began;
    if (status != V8POOL_OK) {
        v8ssr_print_error(&err);
    }
    v8pool_answer_clear(&answer);
    v8pool_destroy(&pool);
    return status == V8POOL_OK;
}

static int run(struct v8ssr_subject *subject, const v8pool_request *request,
               long starts)
{
    static struct way ways[2] = {{.name = "evaluated"}, {.name = "image"}};
    double ready[2], first[2];
    long n;
    int i;

    ways[1].image = subject->image;
    for (n = -1; n < starts; n++) { /* the first pair starts V8 and the files */
        for (i = 0; i < 2; i++) {
            if (!start_once(&ways[i], *subject, request, n < 0 ? 0 : n)) {
                return V8SSR_FAILED;
            }
        }
    }
    printf("%-10s %10s %18s\n", "", "ready, ms", "first page, ms");
    for (i = 0; i < 2; i++) {
        ready[i] = median(ways[i].ready_ms, starts);
        first[i] = median(ways[i].first_ms, starts);
        printf("%-10s %10.2f %18.2f\n", ways[i].name, ready[i], first[i]);
    }
    printf("%-10s %10.2f %18.2f\n", "ratio", ready[1] / ready[0],
           first[1] / first[0]);
    return V8SSR_DONE;
}

int v8ssr_cmd_start(int argc, char **argv)
{
    struct v8ssr_subject subject = {.isolates = 1};
    v8pool_request request;
    long starts = 20;
    int option;

    v8pool_request_init(&request);
    request.queue_ms = request.timeout_ms = 60000;
    while ((option = getopt(argc, argv, "e:i:n:")) != -1) {
        if (option == 'e') {
            subject.entry = optarg;
        }
        else if (option == 'i') {
            subject.image = optarg;
        }
        else if (option != 'n' ||
                 !v8ssr_parse_number(optarg, 1, STARTS_MAX, &starts)) {
            return v8ssr_usage("start", "-n: a number from 1 to %d expected",
                               STARTS_MAX);
        }
    }
    if (argc - optind != 2 || subject.image == NULL) {
        return v8ssr_usage("start", "-i IMAGE, BUNDLE and URL expected");
    }
    subject.path = argv[optind];
    request.url = argv[optind + 1];
    return run(&subject, &request, starts);
}
