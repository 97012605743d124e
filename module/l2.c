/* SPDX-License-Identifier: Apache-2.0
 *
 * l2.c: starts and stops the memcached tier of a child, and what the children
 * share of it.  Pages are l2_page.c's.
 */
#include "l2.h"

#include "config.h"
#include "log.h"
#include "retained.h"
#include "zone.h"

#include "cache/tags.h"

#include <http_core.h>
#include <http_main.h>
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

APLOG_USE_MODULE(v8ssr);

#define RETAINED "mod_v8ssr l2"

/* Purges that were not told yet, and pages, get so long when a child ends. */
#define STOP_MS 300

/* In memory of all children. */
struct shared {
    rcache_tier_shared tier;
    _Atomic int is_down[RCACHE_SERVERS_MAX]; /* as last said in the log */
};

/* In httpd's retained data: no address in this module's code. */
struct kept {
    struct shared *shared;
    char *servers;
    unsigned zone; /* number of the one whose purges it has seen */
};

static rcache_tier *tier; /* of this child; const while there are threads */
static struct shared *shared;

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t wake; /* of CLOCK_MONOTONIC */
static int is_going; /* guarded by mutex */

/* --- the parent ---------------------------------------------------------------- */

static struct kept *retained(void)
{
    return v8ssr_retained(RETAINED, sizeof(struct kept));
}

/* Old children have mappings of their own. */
static void drop(struct kept *k)
{
    if (k->shared != NULL) {
        munmap(k->shared, sizeof(*k->shared));
    }
    free(k->servers);
    k->shared = NULL;
    k->servers = NULL;
}

/* With another zone come purges that it has not seen, and breakers count for
 * places in the list. */
static int is_same(const struct kept *k, const char *servers)
{
    return k->shared != NULL && k->zone == v8ssr_zone_number() &&
           strcmp(k->servers, servers) == 0;
}

static int make(struct kept *k, const char *servers)
{
    drop(k);
    k->shared = v8ssr_map_shared(sizeof(*k->shared));
    if (k->shared == NULL) {
        return 0;
    }
    k->zone = v8ssr_zone_number();
    k->servers = strdup(servers);
    return k->servers != NULL;
}

int v8ssr_l2_post_config(apr_pool_t *pconf, apr_pool_t *plog, apr_pool_t *ptemp,
                         server_rec *s)
{
    const char *servers = v8ssr_server_config_of(s)->cache.l2_servers;
    struct kept *k = retained();

    (void)pconf, (void)plog, (void)ptemp;
    if (ap_state_query(AP_SQ_MAIN_STATE) == AP_SQ_MS_CREATE_PRE_CONFIG) {
        return OK; /* everything is read once more */
    }
    if (servers == NULL || v8ssr_zone_number() == 0) {
        drop(k);
        return OK;
    }
    if (!is_same(k, servers) && !make(k, servers)) {
        ap_log_error(APLOG_MARK, APLOG_CRIT, errno, s,
                     V8SSR_LOGNO(0083) "SSRCacheStore: no shared memory for "
                                       "memcached");
        drop(k);
        return HTTP_INTERNAL_SERVER_ERROR;
    }
    return OK;
}

/* --- purges of other hosts: on the tier's thread ----------------------------------- */

static void purge_one(void *baton, uint64_t tag, int soft, int64_t at)
{
    (void)baton;
    rcache_purge(v8ssr_zone(), tag, soft, at);
}

static void purge_everything(void *baton, int64_t at)
{
    const char *all = rcache_tag_all();

    (void)baton;
    rcache_purge(v8ssr_zone(), rcache_tag_hash(all, strlen(all)), 1, at);
    ap_log_error(APLOG_MARK, APLOG_NOTICE, 0, ap_server_conf,
                 V8SSR_LOGNO(0084) "what other hosts purged cannot be known: "
                                   "all pages are stale from now on");
}

/* --- the child ------------------------------------------------------------------- */

/* Its own cleanup, behind the pool's: renders have ended, what they put is to
 * be written.  Never destroyed: HTTP/2's threads may still be leaving, and the
 * process ends at once. */
static apr_status_t stop(void *data)
{
    (void)data;
    v8ssr_l2_hurry();
    if (rcache_tier_stop(tier, STOP_MS) != 0) {
        ap_log_error(APLOG_MARK, APLOG_WARNING, 0, ap_server_conf,
                     V8SSR_LOGNO(0085) "a call to memcached does not end; child "
                                       "%ld leaves without it",
                     (long)getpid());
    }
    return APR_SUCCESS;
}

static void configure(rcache_tier_config *to, const v8ssr_cache_server *from)
{
    rcache_tier_config_init(to);
    to->servers = from->l2_servers;
    to->budget_ms = (uint32_t)apr_time_as_msec(v8ssr_cache_l2_timeout(from));
    to->breaker_failures = (uint32_t)v8ssr_cache_l2_failures(from);
    to->breaker_open_ms = (uint32_t)apr_time_as_msec(v8ssr_cache_l2_open(from));
    to->ttl_max_s = (uint32_t)apr_time_sec(v8ssr_cache_l2_ttl(from));
    to->purges.one = purge_one;
    to->purges.everything = purge_everything;
    to->shared = &shared->tier;
}

static void make_wake(void)
{
    pthread_condattr_t attr;

    pthread_condattr_init(&attr);
    pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    pthread_cond_init(&wake, &attr);
    pthread_condattr_destroy(&attr);
}

void v8ssr_l2_child_init(apr_pool_t *pchild, server_rec *s)
{
    const v8ssr_cache_server *c = &v8ssr_server_config_of(s)->cache;
    rcache_tier_config config;
    char error[RCACHE_HOST_BYTES + 128];
    int rc;

    tier = NULL;
    shared = retained()->shared;
    if (shared == NULL || v8ssr_zone() == NULL) {
        return;
    }
    make_wake();
    configure(&config, c);
    rc = rcache_tier_create(&tier, &config, error, sizeof(error));
    if (rc == 0 && (rc = rcache_tier_start(tier)) != 0) {
        apr_strerror(rc, error, sizeof(error));
        rcache_tier_destroy(&tier);
    }
    if (rc != 0) {
        ap_log_error(APLOG_MARK, APLOG_ERR, 0, s,
                     V8SSR_LOGNO(0080) "child %ld does without memcached, and "
                                       "tells other hosts of no purge: %s",
                     (long)getpid(), error);
        return;
    }
    apr_pool_pre_cleanup_register(pchild, NULL, stop);
}

rcache_tier *v8ssr_l2(void)
{
    return tier;
}

/* --- waiting ----------------------------------------------------------------------- */

void v8ssr_l2_hurry(void)
{
    if (tier == NULL) {
        return;
    }
    pthread_mutex_lock(&mutex);
    is_going = 1;
    pthread_cond_broadcast(&wake);
    pthread_mutex_unlock(&mutex);
}

int v8ssr_l2_pause(apr_interval_time_t time)
{
    struct timespec until;
    int going;

    pthread_mutex_lock(&mutex);
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += (time_t)apr_time_sec(time);
    until.tv_nsec += (long)apr_time_usec(time) * 1000;
    if (until.tv_nsec >= 1000000000) {
        until.tv_sec++;
        until.tv_nsec -= 1000000000;
    }
    while (!is_going &&
           pthread_cond_timedwait(&wake, &mutex, &until) == 0) {
    }
    going = is_going;
    pthread_mutex_unlock(&mutex);
    return !going;
}

/* --- telling ----------------------------------------------------------------------- */

static void say(unsigned i, int is_down)
{
    const rcache_server *server = rcache_tier_server(tier, i);

    if (is_down) {
        ap_log_error(APLOG_MARK, APLOG_WARNING, 0, ap_server_conf,
                     V8SSR_LOGNO(0081) "memcached %s port %d does not answer "
                                       "and is left alone for a while "
                                       "(SSRCacheL2Breaker)",
                     server->host, server->port);
        return;
    }
    ap_log_error(APLOG_MARK, APLOG_NOTICE, 0, ap_server_conf,
                 V8SSR_LOGNO(0082) "memcached %s port %d answers again",
                 server->host, server->port);
}

static int is_left_alone(unsigned i)
{
    return rcache_breaker_state(&shared->tier.breaker[i]) !=
           RCACHE_BREAKER_CLOSED;
}

unsigned v8ssr_l2_down(void)
{
    unsigned i, down = 0;

    for (i = 0; tier != NULL && i < rcache_tier_server_count(tier); i++) {
        down += (unsigned)is_left_alone(i);
    }
    return down;
}

void v8ssr_l2_say(void)
{
    unsigned i, n = rcache_tier_server_count(tier);

    for (i = 0; i < n; i++) {
        int is_down = is_left_alone(i);
        int was = atomic_load(&shared->is_down[i]);

        if (is_down != was &&
            atomic_compare_exchange_strong(&shared->is_down[i], &was,
                                           is_down)) {
            say(i, is_down);
        }
    }
}

void v8ssr_l2_purge(uint64_t tag, int soft, apr_time_t at)
{
    if (tier != NULL) {
        rcache_tier_purge_later(tier, tag, soft, at);
    }
}
