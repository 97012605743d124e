/* SPDX-License-Identifier: Apache-2.0
 *
 * memory.c: `v8ssr bench -m`: whether memory stays flat.  One isolate renders,
 * and for each tenth of the renders there is a line with the least and the most
 * resident memory seen in it.  Nothing is kept per render that would grow.
 */
#include "v8ssr.h"

#include <stdio.h>
#include <unistd.h>

#define TENTHS 10
#define LOOKS (V8SSR_MEMORY_MIN / TENTHS) /* in a tenth, as collections make
                                             it go up and down */

struct seen {
    double least_mib;
    double most_mib;
};

static double resident_mib(void)
{
    FILE *file = fopen("/proc/self/statm", "r");
    long pages = 0;

    if (file != NULL) {
        if (fscanf(file, "%*s %ld", &pages) != 1) {
            pages = 0;
        }
        fclose(file);
    }
    return (double)pages * (double)sysconf(_SC_PAGESIZE) / 1048576.0;
}

static void look(struct seen *seen)
{
    double now = resident_mib();

    if (seen->most_mib == 0 || now < seen->least_mib) {
        seen->least_mib = now;
    }
    if (now > seen->most_mib) {
        seen->most_mib = now;
    }
}

/* 0: said why. */
static int render(v8pool *pool, const v8pool_bundle *bundle,
                  const v8pool_request *request, long n)
{
    v8pool_answer answer;
    v8pool_error err;

    while (n-- > 0) {
        v8pool_status status =
            v8pool_render(pool, bundle, request, &answer, &err);

        if (status != V8POOL_OK && status != V8POOL_DECLINED) {
            v8ssr_print_error(&err);
            return 0;
        }
        v8pool_answer_clear(&answer);
    }
    return 1;
}

int v8ssr_bench_memory(const struct v8ssr_subject *subject,
                       const v8pool_request *request, long n)
{
    v8pool_bundle *bundle;
    v8pool *pool = v8ssr_open(subject, &bundle);
    int rc = pool != NULL ? V8SSR_DONE : V8SSR_FAILED;
    int tenth, i;

    for (tenth = 1; tenth <= TENTHS && rc == V8SSR_DONE; tenth++) {
        struct seen seen = {0, 0};
        v8pool_stats stats;

        for (i = 0; i < LOOKS && rc == V8SSR_DONE; i++) {
            if (!render(pool, bundle, request, n / (TENTHS * LOOKS))) {
                rc = V8SSR_FAILED;
            }
            look(&seen);
        }
        v8pool_stats_get(pool, &stats);
        printf("%3d %%  %9llu renders   resident %6.1f to %6.1f MiB   "
               "heap %6.1f MiB\n",
               tenth * 100 / TENTHS, (unsigned long long)stats.renders_total,
               seen.least_mib, seen.most_mib,
               (double)stats.heap_used_bytes / 1048576.0);
        fflush(stdout);
    }
    v8pool_destroy(&pool);
    return rc;
}
