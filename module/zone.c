/* SPDX-License-Identifier: Apache-2.0
 *
 * zone.c: the segment hangs on httpd's retained data: children of the last
 * generation and of this one use it at the same time.  Where its size changes
 * there is a new one; the old one is unmapped here, and lives on in the
 * children that have it.
 */
#include "zone.h"

#include "config.h"
#include "log.h"
#include "retained.h"

#include <ap_mpm.h>
#include <http_config.h>
#include <http_core.h>
#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

APLOG_USE_MODULE(v8ssr);

#define RETAINED "mod_v8ssr zone"

struct zone {
    void *base;
    size_t bytes;
    rcache *cache;
    unsigned number; /* of zones made so far */
    v8ssr_zone_counts *counts;
};

static rcache *joined; /* of this child */
static v8ssr_zone_counts *counted;

static struct zone *retained(void)
{
    return v8ssr_retained(RETAINED, sizeof(struct zone));
}

static void drop(struct zone *z)
{
    if (z->cache != NULL) {
        rcache_close(z->cache);
    }
    if (z->base != NULL) {
        munmap(z->base, z->bytes);
    }
    z->cache = NULL;
    z->base = NULL;
}

/* Children of two generations, and those that are just being replaced. */
static unsigned processes(void)
{
    int most = 0;

    ap_mpm_query(AP_MPMQ_HARD_LIMIT_DAEMONS, &most);
    return most > 0 ? 2 * (unsigned)most + 2 : 64;
}

static int make(struct zone *z, size_t bytes, server_rec *s)
{
    int rc = ENOMEM;

    drop(z);
    z->bytes = bytes;
    z->base = v8ssr_map_shared(bytes);
    if (z->base != NULL) {
        rc = rcache_format(z->base, bytes, processes());
    }
    if (rc == 0) {
        z->cache = rcache_open(z->base, bytes);
    }
    if (z->cache == NULL) {
        ap_log_error(APLOG_MARK, APLOG_CRIT, rc, s,
                     V8SSR_LOGNO(0070) "SSRCacheStore: no shared memory of "
                                       "%" APR_SIZE_T_FMT " bytes%s",
                     bytes, rc == EINVAL ? ", more was expected for this "
                                           "ServerLimit" : "");
        drop(z);
        return 0;
    }
    z->number++;
    return 1;
}

static int is_wanted(const server_rec *s)
{
    for (; s != NULL; s = s->next) {
        if (v8ssr_server_config_of(s)->cache.used) {
            return 1;
        }
    }
    return 0;
}

int v8ssr_zone_post_config(apr_pool_t *pconf, apr_pool_t *plog,
                           apr_pool_t *ptemp, server_rec *s)
{
    struct zone *z = retained();
    size_t bytes = v8ssr_cache_bytes(&v8ssr_server_config_of(s)->cache);

    (void)pconf, (void)plog, (void)ptemp;
    if (ap_state_query(AP_SQ_MAIN_STATE) == AP_SQ_MS_CREATE_PRE_CONFIG) {
        return OK; /* everything is read once more */
    }
    if (z->counts == NULL) {
        z->counts = v8ssr_map_shared(sizeof(*z->counts));
    }
    counted = z->counts;
    if (!is_wanted(s)) {
        drop(z);
        return OK;
    }
    return (z->cache != NULL && z->bytes == bytes) || make(z, bytes, s)
               ? OK
               : HTTP_INTERNAL_SERVER_ERROR;
}

void v8ssr_zone_child_init(server_rec *s)
{
    struct zone *z = retained();

    joined = NULL;
    if (z->cache == NULL) {
        return;
    }
    if (rcache_join(z->cache) != 0) {
        ap_log_error(APLOG_MARK, APLOG_ERR, 0, s,
                     V8SSR_LOGNO(0071) "child %ld does without the render "
                                       "cache: too many processes use it",
                     (long)getpid());
        return;
    }
    joined = z->cache;
}

void v8ssr_zone_child_status(server_rec *s, pid_t pid, ap_generation_t gen,
                             int slot, mpm_child_status status)
{
    struct zone *z = retained();

    (void)s, (void)gen, (void)slot;
    if (z->cache != NULL && (status == MPM_CHILD_EXITED ||
                             status == MPM_CHILD_LOST_SLOT)) {
        rcache_process_gone(z->cache, pid);
    }
}

unsigned v8ssr_zone_number(void)
{
    const struct zone *z = retained();

    return z->cache != NULL ? z->number : 0;
}

rcache *v8ssr_zone(void)
{
    return joined;
}

v8ssr_zone_counts *v8ssr_zone_counted(void)
{
    return counted;
}

void v8ssr_zone_count(_Atomic uint64_t *counter)
{
    atomic_fetch_add_explicit(counter, 1, memory_order_relaxed);
}
