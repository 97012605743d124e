/* SPDX-License-Identifier: Apache-2.0 */
#include "spare.h"

#include "load.h"

v8pool_status v8p_spare_take(struct v8p_worker *worker, v8pool_bundle *bundle,
                             v8e_context **context, v8pool_error *err)
{
    *context = worker->spares[bundle->index];
    worker->spares[bundle->index] = NULL;
    return *context != NULL ? V8POOL_OK
                            : v8p_load_fresh(worker, bundle, context, err);
}

void v8p_spare_return(struct v8p_worker *worker, const v8pool_bundle *bundle,
                      v8e_context *context)
{
    v8e_context **spare = &worker->spares[bundle->index];

    if (*spare != NULL) {
        v8e_context_destroy(&context);
        return;
    }
    *spare = context;
}

static v8pool_bundle *bundle_at(v8pool *pool, unsigned index)
{
    v8pool_bundle *bundle;

    pthread_mutex_lock(&pool->mtx);
    bundle = pool->bundles[index];
    pthread_mutex_unlock(&pool->mtx);
    return bundle;
}

static int is_wanted(const struct v8p_worker *worker, unsigned index)
{
    return worker->isolate != NULL && index < worker->context_slots &&
           worker->contexts[index] != NULL && worker->spares[index] == NULL;
}

v8pool_status v8p_spare_make(struct v8p_worker *worker)
{
    unsigned index = worker->spare_due - 1;
    v8e_context *context;
    v8pool_status status;
    v8pool_error err;

    if (worker->spare_due == 0) {
        return V8POOL_OK;
    }
    worker->spare_due = 0;
    if (!is_wanted(worker, index)) {
        return V8POOL_OK;
    }
    status = v8p_load_fresh(worker, bundle_at(worker->pool, index), &context,
                            &err);
    if (status == V8POOL_OK) {
        worker->spares[index] = context;
    }
    return status;
}
