/* SPDX-License-Identifier: Apache-2.0
 *
 * poison_inside.h: the shared memory of poison.c, for poison_page.c.
 *
 *   [ block of a child: pid | mark | mark | ... ] ... [ entry ] [ entry ] ...
 *
 * The parent alone writes entries; a child reads key and until_us.
 */
#ifndef V8SSR_POISON_INSIDE_H
#define V8SSR_POISON_INSIDE_H

#include "poison.h"

#include <stdatomic.h>

#define V8SSR_POISON_ENTRIES 64

typedef struct v8ssr_poison_entry {
    _Atomic uint64_t key;      /* 0 = free */
    _Atomic int64_t until_us;  /* wall clock; 0 = not refused */
    int64_t deaths_us[2 * V8SSR_DEATHS_MAX]; /* parent; 0 = none */
    unsigned next;             /* parent: the oldest of these */
    char bundle[72];           /* written before until_us */
    char path[200];            /* same; "": the whole bundle */
} v8ssr_poison_entry;

/* NULL: there is none. */
const v8ssr_poison_entry *v8ssr_poison_entries(void);

#endif /* V8SSR_POISON_INSIDE_H */
