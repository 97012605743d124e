/* SPDX-License-Identifier: Apache-2.0
 *
 * bundle.c: a bundle's life, and handing it to the pool's workers.
 */
#include "bundle.h"

#include "container.h"
#include "error.h"
#include "image.h"
#include "pool.h"
#include "worker.h"

#include <stdlib.h>
#include <string.h>

static v8pool_status fill_source(const v8pool_bundle_config *config,
                                 v8pool_bundle *bundle, v8pool_error *err)
{
    v8pool_read_config from = {.path = config->path};

    if (config->source == NULL) {
        return v8pool_bundle_read(&from, &bundle->source, &bundle->length, err);
    }
    if (!v8p_container_is_whole(config->source, config->source_length)) {
        return v8p_error_set(err, V8POOL_E_ARG,
                             "the source of %s is damaged, or was made by "
                             "v8pool_bundle_read() of another version",
                             config->name);
    }
    bundle->source = malloc(config->source_length + 1);
    if (bundle->source == NULL) {
        return v8p_error_set(err, V8POOL_E_MEMORY, "no memory for %s",
                             config->name);
    }
    memcpy(bundle->source, config->source, config->source_length);
    bundle->source[config->source_length] = '\0';
    bundle->length = config->source_length;
    return V8POOL_OK;
}

v8pool_status v8p_bundle_create(const v8pool_bundle_config *config,
                                v8pool_bundle **out, v8pool_error *err)
{
    v8pool_bundle *bundle;
    v8pool_status status;

    *out = NULL;
    if (config->name == NULL || *config->name == '\0' ||
        (config->path == NULL && config->source == NULL)) {
        v8p_error_set(err, V8POOL_E_ARG,
                      "a bundle needs a name, and a path or a source");
        return V8POOL_E_ARG;
    }
    bundle = calloc(1, sizeof(*bundle));
    if (bundle == NULL) {
        v8p_error_set(err, V8POOL_E_MEMORY, "no memory for a bundle");
        return V8POOL_E_MEMORY;
    }
    bundle->name = strdup(config->name);
    bundle->origin = strdup(config->path != NULL ? config->path : config->name);
    bundle->entry = config->entry != NULL ? strdup(config->entry) : NULL;
    bundle->options = config->options;
    status = fill_source(config, bundle, err);
    if (status != V8POOL_OK) {
        v8p_bundle_destroy(&bundle);
        return status;
    }
    bundle->places = v8p_places_create(bundle->source, bundle->length,
                                       bundle->origin);
    *out = bundle;
    return V8POOL_OK;
}

void v8p_bundle_destroy(v8pool_bundle **bundlep)
{
    v8pool_bundle *bundle = *bundlep;

    *bundlep = NULL;
    if (bundle != NULL) {
        v8p_places_destroy(&bundle->places);
        free(bundle->name);
        free(bundle->origin);
        free(bundle->entry);
        free(bundle->source);
        free(atomic_load(&bundle->call));
        free(bundle);
    }
}

v8e_script v8p_bundle_script(const v8pool_bundle *bundle)
{
    v8e_script script = {bundle->name, bundle->source, bundle->length,
                         bundle->origin, bundle->entry, bundle->slot,
                         bundle->code, bundle->code_length, bundle->options};

    return script;
}

const char *v8pool_bundle_name(const v8pool_bundle *bundle)
{
    return bundle->name;
}

int v8pool_bundle_takes_requests(const v8pool_bundle *bundle)
{
    const char *entry = v8pool_bundle_entry(bundle);

    return entry != NULL && strstr(entry, "(request, ") != NULL;
}

const char *v8pool_bundle_entry(const v8pool_bundle *bundle)
{
    return atomic_load(&bundle->call);
}

void v8p_bundle_loaded(v8pool_bundle *bundle, const char *call)
{
    char *none = NULL;
    char *copy = strdup(call);

    if (!atomic_compare_exchange_strong(&bundle->call, &none, copy)) {
        free(copy); /* all isolates find the same */
    }
}

/* Pre: pool.mtx is held. */
static int register_bundle(v8pool *pool, v8pool_bundle *bundle)
{
    unsigned i;

    if (pool->bundle_count == pool->bundle_room) {
        unsigned room = pool->bundle_room * 2 + 8;
        v8pool_bundle **grown = realloc(pool->bundles, room * sizeof(*grown));

        if (grown == NULL) {
            return 0;
        }
        pool->bundles = grown;
        pool->bundle_room = room;
    }
    bundle->index = pool->bundle_count;
    pool->bundles[pool->bundle_count++] = bundle;
    for (i = 0; i < pool->slot_count; i++) {
        pool->workers[i].ready = 0;
    }
    return 1;
}

/* Pre: pool.mtx is held.  How many of the pool's isolates have tried it. */
static unsigned count_tried(const v8pool *pool, const v8pool_bundle *bundle)
{
    unsigned i, tried = 0;

    for (i = 0; i < pool->slot_count; i++) {
        tried += pool->workers[i].serving &&
                 pool->workers[i].seen > bundle->index;
    }
    return tried;
}

static v8pool_status wait_until_tried(v8pool *pool, v8pool_bundle *bundle,
                                      uint32_t wait_ms, v8pool_error *err)
{
    uint64_t until_us = v8p_after_ms(v8p_now_us(), wait_ms);
    v8pool_status status;

    pthread_mutex_lock(&pool->mtx);
    while (count_tried(pool, bundle) < pool->worker_count &&
           bundle->status == V8POOL_OK && !pool->stopping &&
           pool->alive > 0 && v8p_now_us() < until_us) {
        v8p_cond_wait_until(&pool->changed, &pool->mtx, until_us);
    }
    status = bundle->status;
    if (status != V8POOL_OK) {
        if (err != NULL) {
            *err = bundle->error;
        }
    }
    else if (count_tried(pool, bundle) < pool->worker_count) {
        status = pool->stopping ? V8POOL_E_STOPPED : V8POOL_E_TIMEOUT;
        v8p_error_set(err, status, "bundle %s: %u of %u isolates have it",
                      bundle->name, count_tried(pool, bundle),
                      pool->worker_count);
    }
    pthread_mutex_unlock(&pool->mtx);
    return status;
}

/* Hands the bundle to the pool, which owns it from then on. */
static v8pool_status add_bundle(v8pool *pool, v8pool_bundle *bundle,
                                v8pool_error *err)
{
    v8pool_status status = V8POOL_OK;

    if (v8p_pool_is_inline(pool) &&
        !pthread_equal(pool->owner, pthread_self())) {
        return v8p_error_set(err, V8POOL_E_ARG,
                             "a pool without threads belongs to the thread "
                             "that created it");
    }
    pthread_mutex_lock(&pool->mtx);
    if (pool->stopping) {
        status = v8p_error_set(err, V8POOL_E_STOPPED, "the pool is stopped");
    }
    else if (!register_bundle(pool, bundle)) {
        status = v8p_error_set(err, V8POOL_E_MEMORY, "no memory for a bundle");
    }
    else {
        v8p_worker_wake_all(pool);
    }
    pthread_mutex_unlock(&pool->mtx);
    return status;
}

v8pool_status v8pool_bundle_load(v8pool *pool,
                                 const v8pool_bundle_config *config,
                                 uint32_t wait_ms, v8pool_bundle **out,
                                 v8pool_error *err)
{
    v8pool_bundle *bundle;
    v8pool_status status = v8p_bundle_create(config, &bundle, err);

    *out = NULL;
    if (status != V8POOL_OK) {
        return status;
    }
    v8p_image_look_up(pool->config.image, bundle);
    status = add_bundle(pool, bundle, err);
    if (status != V8POOL_OK) {
        v8p_bundle_destroy(&bundle);
        return status;
    }
    if (v8p_pool_is_inline(pool)) {
        v8p_worker_load_new(&pool->workers[0]);
    }
    if (wait_ms > 0 || v8p_pool_is_inline(pool)) {
        status = wait_until_tried(pool, bundle, wait_ms, err);
    }
    *out = status == V8POOL_OK ? bundle : NULL;
    return status;
}
