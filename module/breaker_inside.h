/* SPDX-License-Identifier: Apache-2.0
 *
 * breaker_inside.h: the shared memory of breaker.c, for breaker_page.c.
 *
 * There is no lock that a child could die with: each field is whole by itself,
 * and what two children do at the same time costs a failure its count at most.
 */
#ifndef V8SSR_BREAKER_INSIDE_H
#define V8SSR_BREAKER_INSIDE_H

#include "breaker.h"

#include <stdatomic.h>

#define V8SSR_BREAKERS 256

typedef struct v8ssr_breaker_entry {
    _Atomic uint64_t key;     /* 0 = free; never again, once taken */
    _Atomic int64_t until_us; /* wall clock; 0 = closed; in the past: the next
                               * render is the trial */
    _Atomic int64_t failed_us[V8SSR_FAILURES_MAX]; /* 0 = none */
    _Atomic unsigned next;    /* the oldest of these */
    _Atomic int named;        /* the names are there */
    char bundle[72];
    char section[200];
} v8ssr_breaker_entry;

/* NULL: there is none. */
const v8ssr_breaker_entry *v8ssr_breaker_entries(void);

#endif /* V8SSR_BREAKER_INSIDE_H */
