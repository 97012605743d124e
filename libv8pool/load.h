/* SPDX-License-Identifier: Apache-2.0
 *
 * load.h: evaluating a bundle in one worker's isolate, and telling the pool.
 */
#ifndef V8P_LOAD_H
#define V8P_LOAD_H

#include "pool.h"

/* Worker thread.  Fills worker->contexts[bundle] or returns why not.  A bundle
 * that never loaded anywhere is given up: the next worker does not try it. */
v8pool_status v8p_load_bundle(struct v8p_worker *worker, unsigned bundle,
                              v8pool_error *err);

/* Worker thread.  A context for one render.  Pre: the bundle is loaded. */
v8pool_status v8p_load_fresh(struct v8p_worker *worker, v8pool_bundle *bundle,
                             v8e_context **context, v8pool_error *err);

#endif /* V8P_LOAD_H */
