/* SPDX-License-Identifier: Apache-2.0
 *
 * recompress.c: counts hits in memory that children share, and compresses what
 * has been hit often enough: one page at a time on the host, in a thread of the
 * lowest priority.  The new form is stored in place of the old one only while
 * that one is there and of the same render; the store itself refuses what was
 * purged.
 */
#include "recompress.h"

#include "cache.h"
#include "log.h"
#include "setters.h"
#include "thread.h"
#include "values.h"
#include "zone.h"

#include "cache/compress.h"

#include <http_main.h>
#include <apr_strings.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

APLOG_USE_MODULE(v8ssr);

#define LOWEST_PRIORITY 19
#define AFTER 10 /* hits, where after= is not given */

struct task {
    apr_pool_t *p;
    v8ssr_cached *cached;
    enum rcache_coding coding;
    int level;
    rcache_flight flight; /* led: nobody else compresses */
};

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t ended = PTHREAD_COND_INITIALIZER;
static int running; /* threads; guarded by mutex */
static _Atomic int going;

/* --- the directive ---------------------------------------------------------------- */

static const char *set_option(cmd_parms *cmd, v8ssr_cache_dir *c,
                              const char *arg)
{
    static const struct {
        const char *name;
        int least, most;
    } options[] = {{"br=", 1, 11}, {"gzip=", 1, 9}, {"after=", 1, 1000000}};
    int *values[] = {&c->recompress_br, &c->recompress_gzip,
                     &c->recompress_after};
    size_t i;

    for (i = 0; i < 3; i++) {
        size_t n = strlen(options[i].name);

        if (ap_cstr_casecmpn(arg, options[i].name, n) == 0) {
            const char *wrong =
                v8ssr_parse_number(cmd->temp_pool, arg + n, options[i].least,
                                   options[i].most, values[i]);

            return wrong == NULL ? NULL
                                 : apr_pstrcat(cmd->temp_pool, options[i].name,
                                               ": ", wrong, NULL);
        }
    }
    return apr_pstrcat(cmd->temp_pool, "off, or br=LEVEL, gzip=LEVEL and "
                       "after=HITS, was expected, not \"", arg, "\"", NULL);
}

const char *v8ssr_set_cache_recompress(cmd_parms *cmd, void *dir, int argc,
                                       char *const argv[])
{
    v8ssr_cache_dir *c = &((v8ssr_dir_config *)dir)->cache;
    const char *wrong = NULL;
    int i;

    c->recompress_br = c->recompress_gzip = 0; /* an earlier line's do not
                                                * count */
    c->recompress_after = AFTER;
    if (argc == 1 && ap_cstr_casecmp(argv[0], "off") == 0) {
        return NULL;
    }
    for (i = 0; i < argc && wrong == NULL; i++) {
        wrong = set_option(cmd, c, argv[i]);
    }
    if (wrong == NULL && c->recompress_br == 0 && c->recompress_gzip == 0) {
        wrong = "off, br=LEVEL or gzip=LEVEL was expected";
    }
    return v8ssr_named(cmd, wrong);
}

/* 0: not to be compressed once more. */
static int level_of(const v8ssr_cache_dir *c, enum rcache_coding coding)
{
    int level = coding == RCACHE_BR     ? c->recompress_br
                : coding == RCACHE_GZIP ? c->recompress_gzip
                                        : 0;

    return level != V8SSR_UNSET ? level : 0;
}

/* --- the thread ------------------------------------------------------------------- */

static int may_go_on(void *baton)
{
    (void)baton;
    return !atomic_load(&going);
}

/* 1: pinned, the form that is served now, of the page that is pinned already. */
static int find_form(struct task *t, int64_t rendered, rcache_hit *form)
{
    if (v8ssr_cache_fresh(t->cached, t->coding, form) <= 0) {
        return 0;
    }
    if (form->meta->rendered != rendered ||
        (form->meta->flags & RCACHE_RECOMPRESSED)) {
        rcache_release(t->cached->zone, form);
        return 0;
    }
    return 1;
}

static void say(const struct task *t, size_t before, size_t after,
                apr_time_t began)
{
    ap_log_error(APLOG_MARK, APLOG_DEBUG, 0, t->cached->s,
                 V8SSR_LOGNO(0095) "bundle %s, %s: %s compressed once more: "
                                   "from %" APR_SIZE_T_FMT " to %" APR_SIZE_T_FMT
                                   " bytes in %ld ms",
                 t->cached->bundle->name, t->cached->url,
                 rcache_coding_name(t->coding), before, after,
                 (long)apr_time_as_msec(apr_time_now() - began));
}

static char *copy_body(const rcache_hit *hit)
{
    char *bytes = malloc((size_t)hit->body_length + 1);
    char *at = bytes;
    unsigned i;

    for (i = 0; bytes != NULL && i < hit->body_parts; i++) {
        memcpy(at, hit->body[i].iov_base, hit->body[i].iov_len);
        at += hit->body[i].iov_len;
    }
    return bytes;
}

/* Takes bytes.  What has not become smaller is stored as it was: by its flag it
 * is not tried again. */
static void put(struct task *t, char *bytes, size_t length, apr_time_t began)
{
    v8ssr_cached *c = t->cached;
    struct iovec body = {bytes, length};
    rcache_hit form;
    size_t before;

    if (!find_form(t, c->meta.rendered, &form)) {
        free(bytes);
        return; /* replaced, too old, or purged */
    }
    before = (size_t)form.body_length;
    if (length >= before) {
        free(bytes);
        body.iov_base = bytes = copy_body(&form);
        body.iov_len = before;
    }
    rcache_release(c->zone, &form);
    c->meta.flags |= RCACHE_RECOMPRESSED;
    if (bytes != NULL) {
        v8ssr_cached_put_coded(c, t->coding, &body);
        if (c->refused == NULL) {
            v8ssr_zone_count(&v8ssr_zone_counted()->recompressed);
            say(t, before, body.iov_len, began);
        }
    }
    free(bytes);
}

static void recompress(struct task *t)
{
    v8ssr_cached *c = t->cached;
    apr_time_t began = apr_time_now();
    rcache_hit source;
    size_t length;
    char *bytes;
    int good;

    if (v8ssr_cache_fresh(c, RCACHE_IDENTITY, &source) <= 0) {
        return;
    }
    v8ssr_cached_take(c, &source);
    good = rcache_compress(t->coding, t->level, source.body, source.body_parts,
                           may_go_on, NULL, &bytes, &length);
    rcache_release(c->zone, &source);
    if (good) {
        put(t, bytes, length, began);
    }
}

static void *thread_main(void *data)
{
    struct task *t = data;

    /* Linux: of this thread alone.  What cannot be lowered is slower for
     * others, no more. */
    (void)setpriority(PRIO_PROCESS, 0, LOWEST_PRIORITY);
    recompress(t);
    rcache_flight_end(t->cached->zone, &t->flight);
    apr_pool_destroy(t->p);
    pthread_mutex_lock(&mutex);
    running--;
    pthread_cond_signal(&ended);
    pthread_mutex_unlock(&mutex);
    return NULL;
}

/* --- the request's side -------------------------------------------------------------- */

static void start(const v8ssr_cached *cached, enum rcache_coding coding,
                  int level, const rcache_flight *flight)
{
    struct task *t;
    apr_pool_t *p;
    int started;

    apr_pool_create(&p, NULL); /* no parent: it goes in another thread */
    apr_pool_tag(p, "v8ssr recompress");
    t = apr_pcalloc(p, sizeof(*t));
    t->p = p;
    t->cached = v8ssr_cached_copy(p, cached);
    t->coding = coding;
    t->level = level;
    t->flight = *flight;
    pthread_mutex_lock(&mutex);
    started = v8ssr_thread_start(NULL, thread_main, t);
    running += started;
    pthread_mutex_unlock(&mutex);
    if (!started) {
        ap_log_error(APLOG_MARK, APLOG_WARNING, 0, cached->s,
                     V8SSR_LOGNO(0096) "bundle %s, %s: not compressed once "
                                       "more: there is no thread to be had",
                     cached->bundle->name, cached->url);
        rcache_flight_end(cached->zone, flight);
        apr_pool_destroy(p);
    }
}

void v8ssr_recompress_hit(v8ssr_cached *cached, const rcache_hit *hit,
                          enum rcache_coding coding)
{
    static const char one[] = "recompress";
    int level = level_of(&cached->conf, coding);
    rcache_flight flight;
    rcache_key key;
    _Atomic uint32_t *hits;

    if (level == 0 || (hit->meta->flags & RCACHE_RECOMPRESSED)) {
        return;
    }
    key = v8ssr_cached_key(cached, coding);
    hits = &v8ssr_zone_counted()->popular[key.hash[0] & (V8SSR_POPULAR - 1)];
    if ((atomic_fetch_add_explicit(hits, 1, memory_order_relaxed) + 1) %
            (uint32_t)cached->conf.recompress_after !=
        0) {
        return;
    }
    rcache_key_set(cached->zone, &key, one, sizeof(one) - 1);
    if (!atomic_load(&going) &&
        rcache_flight_begin(cached->zone, &key, &flight) == RCACHE_LEADER) {
        start(cached, coding, level, &flight);
    }
}

/* --- start and end ------------------------------------------------------------------- */

void v8ssr_recompress_stop(void)
{
    atomic_store(&going, 1);
}

/* A piece takes milliseconds. */
static apr_status_t wait_end(void *data)
{
    struct timespec until;

    (void)data;
    v8ssr_recompress_stop();
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += 2;
    pthread_mutex_lock(&mutex);
    while (running && pthread_cond_timedwait(&ended, &mutex, &until) == 0) {
    }
    pthread_mutex_unlock(&mutex);
    return APR_SUCCESS;
}

void v8ssr_recompress_child_init(apr_pool_t *pchild)
{
    if (v8ssr_zone() != NULL) {
        apr_pool_pre_cleanup_register(pchild, NULL, wait_end);
    }
}
