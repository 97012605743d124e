/* SPDX-License-Identifier: Apache-2.0
 *
 * child.c: starts the pool after the fork (never in the parent, v8-rules d1)
 * and stops it before the child's memory goes.
 */
#include "child.h"

#include "config.h"
#include "counts.h"
#include "doom.h"
#include "fetch.h"
#include "fill.h"
#include "h2.h"
#include "image.h"
#include "l2.h"
#include "log.h"
#include "poison.h"
#include "ready.h"
#include "recompress.h"
#include "refresh.h"
#include "zone.h"
#include "reap.h"

#include <http_main.h>
#include <apr_strings.h>
#include <pthread.h>
#include <string.h>
#include <signal.h>
#include <unistd.h>

APLOG_USE_MODULE(v8ssr);

/* The one pointer per child.  Written by child_init, before there are threads,
 * and by the last cleanup, after they are gone. */
static v8pool *the_pool;

v8pool *v8ssr_child_pool(void)
{
    return the_pool;
}

static void log_load_error(const char *bundle, const v8pool_error *err)
{
    apr_pool_t *p;

    apr_pool_create(&p, NULL);
    ap_log_error(APLOG_MARK, APLOG_ERR, 0, ap_server_conf,
                 V8SSR_LOGNO(0003) "bundle %s failed to load: %s", bundle,
                 v8ssr_error_line(p, err));
    apr_pool_destroy(p);
}

/* Thread: one of the pool's. */
static void pool_log(void *baton, v8pool_log_level level, const char *bundle,
                     const char *text, const v8pool_error *err)
{
    (void)baton;
    if (err != NULL && *bundle == '\0') {
        ap_log_error(APLOG_MARK, APLOG_ERR, 0, ap_server_conf,
                     V8SSR_LOGNO(0020) "an isolate cannot be made: %s", text);
        return;
    }
    if (err != NULL && err->status == V8POOL_E_CANCELLED) {
        ap_log_error(APLOG_MARK, APLOG_WARNING, 0, ap_server_conf,
                     V8SSR_LOGNO(0121) "bundle %s: %s", bundle, text);
        return;
    }
    if (err != NULL) {
        log_load_error(bundle, err);
        return;
    }
    ap_log_error(APLOG_MARK, v8ssr_log_level(level), 0, ap_server_conf,
                 V8SSR_LOGNO(0004) "bundle %s, outside a render: console: %s", bundle,
                 text);
}

/* Thread: the pool's watchdog. */
static void pool_stuck(void *baton, const v8pool_stuck *stuck)
{
    (void)baton;
    ap_log_error(APLOG_MARK, APLOG_ERR, 0, ap_server_conf,
                 V8SSR_LOGNO(0126) "bundle %s, %s: V8 did not stop within %u ms "
                                   "(SSRStuckGrace); %u of %u isolates are "
                                   "lost: child %ld takes no more connections, "
                                   "ends its requests and is replaced",
                 *stuck->bundle != '\0' ? stuck->bundle : "(none)",
                 *stuck->url != '\0' ? stuck->url : "outside a render",
                 (unsigned)stuck->after_ms, stuck->lost, stuck->isolates,
                 (long)getpid());
    v8ssr_doom();
}

/* Thread: the pool's watchdog. */
static void pool_memory(void *baton, const v8pool_memory *memory)
{
    unsigned long resident = (unsigned long)(memory->resident_bytes >> 20);
    unsigned long limit = (unsigned long)(memory->limit_bytes >> 20);

    (void)baton;
    if (!memory->is_over) {
        ap_log_error(APLOG_MARK, APLOG_WARNING, 0, ap_server_conf,
                     V8SSR_LOGNO(0128) "child %ld has %lu MiB resident, near "
                                       "its limit of %lu MiB "
                                       "(SSRMemoryLimit): isolates that have "
                                       "nothing to do give back what they can",
                     (long)getpid(), resident, limit);
        return;
    }
    ap_log_error(APLOG_MARK, APLOG_ERR, 0, ap_server_conf,
                 V8SSR_LOGNO(0127) "child %ld has %lu MiB resident, more than "
                                   "%lu MiB (SSRMemoryLimit): it takes no "
                                   "more connections, ends its requests and "
                                   "is replaced",
                 (long)getpid(), resident, limit);
    v8ssr_doom();
}

static v8pool_status create_pool(const v8ssr_server_config *c,
                                 v8pool_error *err)
{
    v8pool_config config;

    v8pool_config_init(&config);
    config.isolates = (unsigned)v8ssr_isolates(c);
    config.concurrency = (unsigned)v8ssr_isolate_concurrency(c);
    v8ssr_fetch_child_init(c);
    config.job_limit = (unsigned)v8ssr_job_limit(c);
    config.queue_length = (unsigned)v8ssr_queue_length(c);
    config.load_timeout_ms = (uint32_t)apr_time_as_msec(v8ssr_load_timeout(c));
    config.recycle_renders = (uint64_t)v8ssr_isolate_max_requests(c);
    config.recycle_ms = (uint32_t)apr_time_as_msec(v8ssr_isolate_max_age(c));
    config.pin_threads = c->pin_threads == 1;
    config.pin_first = (unsigned)getpid() * config.isolates;
    config.arraybuffer_limit_bytes = (size_t)v8ssr_array_buffers(&c->limits);
    config.guard.stuck_ms =
        (uint32_t)apr_time_as_msec(v8ssr_stuck_grace(&c->limits));
    config.guard.stuck = pool_stuck;
    config.guard.traps = 1;
    config.guard.memory = pool_memory;
    config.guard.marks = v8ssr_poison_marks(&config.guard.mark_count);
    config.log = pool_log;
    config.fetch_counts = v8ssr_fetch_counts();
    v8ssr_image_get(&config.image, &config.image_length);
    if (c->heap_limit != V8SSR_UNSET) {
        config.heap_limit_bytes = (size_t)c->heap_limit;
    }
    config.guard.memory_bytes = (size_t)v8ssr_memory_limit(
        &c->limits, v8ssr_isolates(c), (apr_off_t)config.heap_limit_bytes);
    return v8pool_create(&config, &the_pool, err);
}

/* Of the host that defines a bundle; all machines of a site have the same one.
 * Hosts may have bundles of one name. */
static uint64_t host_id(apr_pool_t *p, const server_rec *s)
{
    const char *name = s->is_virtual ? v8ssr_host_name(p, s) : NULL;

    return name != NULL ? rcache_tag_hash(name, strlen(name)) : 0;
}

/* Returns at once: v8ssr_ready_wait() waits for the isolates; what is wrong
 * with the script comes through pool_log(). */
static void load_bundle(apr_pool_t *p, const server_rec *s,
                        v8ssr_bundle *bundle)
{
    v8pool_bundle_config config = {bundle->name, bundle->path, bundle->script,
                                   bundle->script_length, bundle->entry,
                                   v8ssr_bundle_options(bundle)};
    v8pool_error err;

    if (bundle->tried || bundle->script == NULL) {
        return; /* a host inherited it, or V8SSR0022 said why */
    }
    bundle->tried = 1;
    bundle->generation = rcache_tag_hash(bundle->script, bundle->script_length);
    bundle->cache_id = host_id(p, s);
    if (v8pool_bundle_load(the_pool, &config, 0, &bundle->loaded, &err) !=
        V8POOL_OK) {
        log_load_error(bundle->name, &err);
    }
}

static void load_bundles(apr_pool_t *p, server_rec *s)
{
    for (; s != NULL; s = s->next) {
        const v8ssr_server_config *c = v8ssr_server_config_of(s);
        int i;

        for (i = 0; i < c->bundles->nelts; i++) {
            load_bundle(p, s, APR_ARRAY_IDX(c->bundles, i, v8ssr_bundle *));
        }
    }
}

static int count_bundles(const server_rec *s)
{
    int count = 0;

    for (; s != NULL; s = s->next) {
        count += v8ssr_server_config_of(s)->bundles->nelts;
    }
    return count;
}

/* Runs first among the cleanups: requests are done, HTTP/2's worker threads
 * may still be leaving. */
static apr_status_t stop_pool(void *data)
{
    (void)data;
    v8ssr_fill_stop();
    if (v8pool_stop(the_pool, 0) == V8POOL_OK) {
        v8ssr_refresh_end();
        if (v8ssr_fill_end()) {
            v8pool_destroy(&the_pool);
        }
        return APR_SUCCESS;
    }
    ap_log_error(APLOG_MARK, APLOG_WARNING, 0, ap_server_conf,
                 V8SSR_LOGNO(0016) "a render does not stop; child %ld leaves "
                                   "without it",
                 (long)getpid());
    return APR_SUCCESS;
}

/* Runs last: everything of httpd's is closed by then.  exit() would go on to
 * run the destructors of V8's libraries while V8's own helper thread, or a
 * render that does not stop, is still there (v8-rules d4). */
static apr_status_t leave_at_once(void *data)
{
    (void)data;
    _exit(0);
}

static void start(apr_pool_t *pchild, server_rec *s)
{
    const v8ssr_server_config *c = v8ssr_server_config_of(s);
    apr_time_t began = apr_time_now();
    v8pool_error err;

    if (count_bundles(s) == 0) {
        return;
    }
    if (create_pool(c, &err) != V8POOL_OK) {
        ap_log_error(APLOG_MARK, APLOG_ERR, 0, s,
                     V8SSR_LOGNO(0002) "the pool cannot start, every render "
                                       "of child %ld is refused: %s",
                     (long)getpid(), err.message);
        return;
    }
    apr_pool_cleanup_register(pchild, NULL, leave_at_once,
                              apr_pool_cleanup_null);
    apr_pool_pre_cleanup_register(pchild, NULL, stop_pool);
    load_bundles(pchild, s);
    v8ssr_h2_child_init(s);
    ap_log_error(APLOG_MARK, APLOG_INFO, 0, s,
                 V8SSR_LOGNO(0001) "child %ld: pool of %d isolates, queue of %d, "
                                   "%s",
                 (long)getpid(), v8ssr_isolates(c), v8ssr_queue_length(c),
                 v8pool_engine_version());
    v8ssr_ready_wait(pchild, s, the_pool, began);
}

void v8ssr_child_init(apr_pool_t *pchild, server_rec *s)
{
    sigset_t term, before;

    v8ssr_reap_child_init();
    /* Until its threads run, SIGTERM makes event leave from the handler, with
     * all of pchild's cleanups: not in the middle of this. */
    sigemptyset(&term);
    sigaddset(&term, SIGTERM);
    pthread_sigmask(SIG_BLOCK, &term, &before);
    v8ssr_zone_child_init(s);
    v8ssr_recompress_child_init(pchild);
    v8ssr_l2_child_init(pchild, s);
    start(pchild, s);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
}

/* A graceful stop lets renders end; any other must not wait for them, or the
 * parent kills this child after 9 s. */
void v8ssr_child_stopping(apr_pool_t *pchild, int graceful)
{
    (void)pchild;
    v8ssr_fill_stop();
    v8ssr_recompress_stop();
    if (!graceful && the_pool != NULL) {
        v8pool_stop(the_pool, 0);
    }
    if (!graceful) {
        v8ssr_l2_hurry(); /* when they can no longer begin a render */
    }
}
