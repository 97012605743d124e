/* SPDX-License-Identifier: Apache-2.0
 *
 * spare.h: contexts for renders that want one of their own, made while the
 * isolate has nothing to do.  Worker thread.
 */
#ifndef V8P_SPARE_H
#define V8P_SPARE_H

#include "pool.h"

/* The bundle's spare context, or a new one; the caller destroys it. */
v8pool_status v8p_spare_take(struct v8p_worker *worker, v8pool_bundle *bundle,
                             v8e_context **context, v8pool_error *err);

/* Gives one back that rendered nothing. */
void v8p_spare_return(struct v8p_worker *worker, const v8pool_bundle *bundle,
                      v8e_context *context);

/* Makes the one that is due.  What fails here fails again, with its reason,
 * when a render asks for it; but after E_HEAP the isolate is to be rebuilt. */
v8pool_status v8p_spare_make(struct v8p_worker *worker);

#endif /* V8P_SPARE_H */
