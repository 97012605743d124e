/* SPDX-License-Identifier: Apache-2.0
 *
 * bundle.h: a bundle's script as the pool keeps it: read once, evaluated by
 * each worker in its own isolate.
 */
#ifndef V8P_BUNDLE_H
#define V8P_BUNDLE_H

#include "engine/engine.h"
#include "places.h"
#include "queue.h"

#include <stdatomic.h>

struct v8pool_bundle {
    char *name;             /* const after create, as are the next nine */
    char *origin;
    char *entry;            /* NULL = the contract's order decides */
    char *source;           /* a script, or a container */
    size_t length;
    unsigned options;       /* as in v8pool_bundle_config */
    int slot;               /* as in v8e_script, from the pool's image */
    const char *code;
    size_t code_length;
    unsigned index;         /* in pool->bundles */
    unsigned successes;     /* guarded by pool.mtx */
    v8pool_status status;   /* guarded by pool.mtx: OK, or why it is given up */
    v8pool_error error;     /* guarded by pool.mtx */
    _Atomic(char *) call;   /* v8pool_bundle_entry(); set once */
    struct v8p_line line;   /* its renders that wait */
    struct v8p_places *places; /* const after create; has a lock of its own */
};

/* Reads config->path or copies config->source.  E_BUNDLE names the file. */
v8pool_status v8p_bundle_create(const v8pool_bundle_config *config,
                                v8pool_bundle **bundle, v8pool_error *err);
void v8p_bundle_destroy(v8pool_bundle **bundle);

v8e_script v8p_bundle_script(const v8pool_bundle *bundle);

/* Any thread: an isolate has loaded it and renders by that call. */
void v8p_bundle_loaded(v8pool_bundle *bundle, const char *call);

#endif /* V8P_BUNDLE_H */
