/* SPDX-License-Identifier: Apache-2.0
 *
 * bench/store.c: the cache's store alone.
 *   store ratio    hit ratio on a Zipf trace with one-hit wonders, beside LRU
 *                  and 2Q with as many bytes
 *   store lookup   the cost of a lookup, from a thousand entries to a million
 */
#include "cache/rcache.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>

static rcache *cache_of(size_t bytes)
{
    void *base = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
                      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    rcache *cache;

    if (base == MAP_FAILED || rcache_format(base, bytes, 4) != 0) {
        fputs("store: no memory\n", stderr);
        exit(1);
    }
    cache = rcache_open(base, bytes);
    rcache_join(cache);
    return cache;
}

static void key_of(const rcache *cache, rcache_key *key, char *text, unsigned n)
{
    rcache_key_set(cache, key, text,
                   (size_t)sprintf(text, "11:shop.example/product/%u?size=l",
                                   n));
}

static void put(rcache *cache, unsigned n, size_t length)
{
    static char body[256 * 1024];
    struct iovec part = {body, length};
    char text[64];
    rcache_key key;
    rcache_value value = {.head = "content-type\0text/html\0",
                          .head_length = 23,
                          .body = &part,
                          .body_parts = 1};

    value.meta.rendered = value.meta.status = 1;
    key_of(cache, &key, text, n);
    rcache_put(cache, &key, &value);
}

static int get(rcache *cache, unsigned n)
{
    char text[64];
    rcache_key key;
    rcache_hit hit;

    key_of(cache, &key, text, n);
    if (!rcache_find(cache, &key, &hit)) {
        return 0;
    }
    rcache_release(cache, &hit);
    return 1;
}

/* ---- the trace ------------------------------------------------------------- */

#define PAGES 50000u
#define REQUESTS 2000000u

static double sum[PAGES + 1];

static uint64_t random_bits(void)
{
    static uint64_t s = 88172645463325252u;

    s ^= s << 13;
    s ^= s >> 7;
    return s ^= s << 17;
}

/* A third of the requests are for pages that nobody asks for again. */
static unsigned next_page(void)
{
    static unsigned once = PAGES;
    double at = (double)(random_bits() >> 11) / 9007199254740992.0 * sum[PAGES];
    unsigned low = 0, high = PAGES;

    if (random_bits() % 3 == 0) {
        return once++;
    }
    while (low + 1 < high) {
        unsigned middle = (low + high) / 2;

        if (sum[middle] <= at) {
            low = middle;
        }
        else {
            high = middle;
        }
    }
    return low;
}

static unsigned *make_trace(double skew)
{
    unsigned *trace = malloc(REQUESTS * sizeof(*trace));
    unsigned i;

    for (i = 0; i < PAGES; i++) {
        sum[i + 1] = sum[i] + pow(i + 1, -skew);
    }
    for (i = 0; i < REQUESTS; i++) {
        trace[i] = next_page();
    }
    return trace;
}

/* 2 to 30 KB, always the same for a page. */
static size_t length_of(unsigned n)
{
    return 2048 + (n * 2654435761u) % 28672;
}

/* ---- LRU and 2Q, simulated: lists of numbers and their bytes ---------------- */

struct list {
    unsigned *next, *prev, head, tail;
    size_t bytes;
};

static void list_init(struct list *l, unsigned n)
{
    l->next = calloc(n + 1, sizeof(*l->next));
    l->prev = calloc(n + 1, sizeof(*l->prev));
    l->head = l->tail = 0;
    l->bytes = 0;
}

static void push(struct list *l, unsigned link, size_t bytes)
{
    l->prev[link] = 0;
    l->next[link] = l->head;
    *(l->head != 0 ? &l->prev[l->head] : &l->tail) = link;
    l->head = link;
    l->bytes += bytes;
}

static void drop(struct list *l, unsigned link, size_t bytes)
{
    *(l->prev[link] != 0 ? &l->next[l->prev[link]] : &l->head) = l->next[link];
    *(l->next[link] != 0 ? &l->prev[l->next[link]] : &l->tail) = l->prev[link];
    l->bytes -= bytes;
}

enum { OUT, IN_NEW, IN_OLD, GHOST };

/* share: of the bytes, for what was asked for once; 0 = plain LRU. */
static double simulate(const unsigned *trace, unsigned pages, size_t bytes,
                       double share)
{
    struct list l[4];
    unsigned char *where = calloc(pages + 1, 1);
    size_t most_new = (size_t)((double)bytes * share);
    unsigned i, hits = 0;

    for (i = 0; i < 4; i++) {
        list_init(&l[i], pages);
    }
    for (i = 0; i < REQUESTS; i++) {
        unsigned link = trace[i] + 1;
        size_t n = length_of(trace[i]) + 256;
        unsigned was = where[link];

        if (was == IN_OLD || was == IN_NEW) {
            hits++;
        }
        if (was == IN_NEW && share > 0) {
            continue; /* 2Q: a FIFO */
        }
        if (was != OUT) {
            drop(&l[was], link, n);
        }
        where[link] = was == GHOST || was == IN_OLD || share == 0 ? IN_OLD
                                                                  : IN_NEW;
        push(&l[where[link]], link, n);
        while (l[IN_NEW].bytes + l[IN_OLD].bytes > bytes) {
            unsigned from = l[IN_NEW].bytes > most_new || l[IN_OLD].tail == 0
                                ? IN_NEW
                                : IN_OLD;
            unsigned victim = l[from].tail;
            size_t m = length_of(victim - 1) + 256;

            drop(&l[from], victim, m);
            where[victim] = from == IN_NEW ? GHOST : OUT;
            if (from == IN_NEW) {
                push(&l[GHOST], victim, m);
            }
        }
        while (l[GHOST].bytes > bytes / 2) {
            unsigned victim = l[GHOST].tail;

            drop(&l[GHOST], victim, length_of(victim - 1) + 256);
            where[victim] = OUT;
        }
    }
    return (double)hits / REQUESTS;
}

static double run_store(const unsigned *trace, size_t bytes, size_t *used)
{
    rcache *cache = cache_of(bytes);
    rcache_stats stats;
    unsigned i, hits = 0;

    for (i = 0; i < REQUESTS; i++) {
        if (get(cache, trace[i])) {
            hits++;
        }
        else {
            put(cache, trace[i], length_of(trace[i]));
        }
    }
    rcache_stats_read(cache, &stats);
    *used = stats.bytes;
    return (double)hits / REQUESTS;
}

static void ratio(void)
{
    static const double skews[] = {0.8, 1.0, 1.2};
    static const size_t sizes[] = {16, 64, 256};
    size_t i, j;

    puts("skew  MB    store    LRU     2Q   store/best");
    for (i = 0; i < 3; i++) {
        unsigned *trace = make_trace(skews[i]);

        for (j = 0; j < 3; j++) {
            size_t used;
            double ours = run_store(trace, sizes[j] << 20, &used);
            double lru = simulate(trace, PAGES + REQUESTS, used, 0);
            double q2 = simulate(trace, PAGES + REQUESTS, used, 0.25);
            double best = lru > q2 ? lru : q2;

            printf("%.1f  %4zu  %.4f  %.4f  %.4f  %.3f\n", skews[i], sizes[j],
                   ours, lru, q2, ours / (best > ours ? best : ours));
        }
        free(trace);
    }
}

/* ---- lookups ---------------------------------------------------------------- */

static double now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return x < y ? -1 : x > y;
}

static double lookup_ns(rcache *cache, unsigned entries)
{
    enum { ROUNDS = 7, LOOKUPS = 500000 };
    double rounds[ROUNDS];
    int r, i;

    for (r = 0; r < ROUNDS; r++) {
        double began = now();
        unsigned found = 0;

        for (i = 0; i < LOOKUPS; i++) {
            found += (unsigned)get(cache, (unsigned)(random_bits() % entries));
        }
        rounds[r] = (now() - began) / LOOKUPS * 1e9;
        if (found < LOOKUPS * 99 / 100) {
            fprintf(stderr, "store: only %u of %d found\n", found, LOOKUPS);
        }
    }
    qsort(rounds, ROUNDS, sizeof(*rounds), compare);
    return rounds[ROUNDS / 2];
}

static void lookup(void)
{
    rcache *cache = cache_of((size_t)2 << 30);
    unsigned n, at = 0;

    puts("entries   ns/lookup (key text, hash, find, release)");
    for (n = 1000; n <= 1000000; n *= 10) {
        for (; at < n; at++) {
            put(cache, at, 1024);
        }
        printf("%7u   %.0f\n", n, lookup_ns(cache, n));
    }
}

int main(int argc, char **argv)
{
    if (argc == 2 && strcmp(argv[1], "ratio") == 0) {
        ratio();
    }
    else if (argc == 2 && strcmp(argv[1], "lookup") == 0) {
        lookup();
    }
    else {
        fputs("usage: store ratio|lookup\n", stderr);
        return 2;
    }
    return 0;
}
