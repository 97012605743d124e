/* SPDX-License-Identifier: Apache-2.0
 *
 * poison.c: the marks of all children, and what the parent makes of them.  A
 * child that ends while V8 is in a render has not ended well: a signal, V8's own
 * abort, or a built-in function that does not end.
 */
#include "poison_inside.h"

#include "log.h"
#include "retained.h"

#include "cache/rcache.h"

#include <http_main.h>
#include <apr_strings.h>
#include <errno.h>
#include <string.h>
#include <unistd.h>

APLOG_USE_MODULE(v8ssr);

/* A module of another layout, new on the disk, must not find these. */
#define RETAINED "mod_v8ssr poison " V8POOL_VERSION

/* Pages that nobody touches take no memory. */
#define BLOCKS 256
#define MARKS 65

struct block {
    _Atomic int64_t pid; /* 0 = free; a child takes it, the parent frees it */
    v8pool_mark marks[MARKS];
};

struct shared {
    _Atomic int64_t until_us; /* no entry is refused after that */
    struct block blocks[BLOCKS];
    v8ssr_poison_entry entries[V8SSR_POISON_ENTRIES];
};

struct retained {
    struct shared *shared;
};

static struct shared *shared(void)
{
    struct retained *kept = v8ssr_retained(RETAINED, sizeof(*kept));

    return kept->shared;
}

int v8ssr_poison_post_config(apr_pool_t *pconf, apr_pool_t *plog,
                             apr_pool_t *ptemp, server_rec *s)
{
    struct retained *kept = v8ssr_retained(RETAINED, sizeof(*kept));

    (void)pconf, (void)plog, (void)ptemp;
    if (kept->shared == NULL) {
        kept->shared = v8ssr_map_shared(sizeof(*kept->shared));
    }
    if (kept->shared == NULL) {
        ap_log_error(APLOG_MARK, APLOG_ERR, APR_FROM_OS_ERROR(errno), s,
                     V8SSR_LOGNO(0131) "no shared memory for SSRPoison: what "
                                       "ends children is not counted");
    }
    return OK;
}

/* --- keys ---------------------------------------------------------------------- */

/* Without the query: it is cheap to vary.  As much as a mark holds. */
static size_t path_length(const char *url)
{
    size_t length = strcspn(url, "?#");
    size_t most = sizeof(((v8pool_mark *)0)->url) - 1;

    return length < most ? length : most;
}

static uint64_t bundle_key(uint64_t owner)
{
    return owner != 0 ? owner : 1;
}

static uint64_t path_key(uint64_t owner, const char *url)
{
    uint64_t key = owner ^ rcache_tag_hash(url, path_length(url));

    return key != 0 ? key : 1;
}

uint64_t v8ssr_poison_owner(const v8ssr_bundle *bundle)
{
    uint64_t name = rcache_tag_hash(bundle->name, strlen(bundle->name));

    return (name * 31 + bundle->cache_id) * 31 + bundle->generation;
}

/* --- the parent: counting -------------------------------------------------------- */

static int64_t last_death(const v8ssr_poison_entry *e)
{
    unsigned n = 2 * V8SSR_DEATHS_MAX;

    return e->deaths_us[(e->next + n - 1) % n];
}

/* The one of that key; else the one that nobody has died of for longest. */
static v8ssr_poison_entry *entry_for(struct shared *all, uint64_t key)
{
    v8ssr_poison_entry *oldest = &all->entries[0];
    int i;

    for (i = 0; i < V8SSR_POISON_ENTRIES; i++) {
        v8ssr_poison_entry *e = &all->entries[i];

        if (atomic_load(&e->key) == key) {
            return e;
        }
        if (last_death(e) < last_death(oldest)) {
            oldest = e;
        }
    }
    atomic_store(&oldest->until_us, 0);
    atomic_store(&oldest->key, key);
    memset(oldest->deaths_us, 0, sizeof(oldest->deaths_us));
    return oldest;
}

static int deaths_since(const v8ssr_poison_entry *e, int64_t since_us)
{
    int i, count = 0;

    for (i = 0; i < 2 * V8SSR_DEATHS_MAX; i++) {
        count += e->deaths_us[i] > since_us;
    }
    return count;
}

/* Whether it is refused from now on. */
static int count_death(struct shared *all, uint64_t key, int most,
                       const v8pool_mark *mark, int whole_bundle)
{
    const v8ssr_limit_server *c =
        &v8ssr_server_config_of(ap_server_conf)->limits;
    v8ssr_poison_entry *e = entry_for(all, key);
    int64_t now_us = apr_time_now();
    int64_t until_us = now_us + v8ssr_deaths_cooldown(c);

    e->deaths_us[e->next] = now_us;
    e->next = (e->next + 1) % (2 * V8SSR_DEATHS_MAX);
    if (deaths_since(e, now_us - v8ssr_deaths_window(c)) < most ||
        atomic_load(&e->until_us) > now_us) {
        return 0;
    }
    apr_cpystrn(e->bundle, mark->bundle, sizeof(e->bundle));
    apr_cpystrn(e->path, whole_bundle ? "" : mark->url,
                whole_bundle ? 1 : path_length(mark->url) + 1);
    atomic_store(&e->until_us, until_us);
    if (until_us > atomic_load(&all->until_us)) {
        atomic_store(&all->until_us, until_us);
    }
    return 1;
}

static void say(const v8pool_mark *mark, int most, int whole_bundle)
{
    const v8ssr_limit_server *c =
        &v8ssr_server_config_of(ap_server_conf)->limits;

    ap_log_error(APLOG_MARK, APLOG_ERR, 0, ap_server_conf,
                 V8SSR_LOGNO(0129) "bundle %s, %.*s: %d children have ended in "
                                   "its renders within %ld s: it is not "
                                   "rendered for %ld s (SSRPoison)",
                 mark->bundle,
                 whole_bundle ? 8 : (int)path_length(mark->url),
                 whole_bundle ? "all URLs" : mark->url, most,
                 (long)apr_time_sec(v8ssr_deaths_window(c)),
                 (long)apr_time_sec(v8ssr_deaths_cooldown(c)));
}

/* The URL first.  A bundle whose URLs do it by turns is refused after twice as
 * many. */
static void blame(struct shared *all, const v8pool_mark *mark)
{
    int most =
        v8ssr_deaths(&v8ssr_server_config_of(ap_server_conf)->limits);

    if (most == V8SSR_LIMIT_OFF || mark->owner == 0) {
        return;
    }
    if (count_death(all, path_key(mark->owner, mark->url), most, mark, 0)) {
        say(mark, most, 0);
    }
    if (count_death(all, bundle_key(mark->owner), 2 * most, mark, 1)) {
        say(mark, 2 * most, 1);
    }
}

static uint32_t state_of(const v8pool_mark *mark)
{
    return __atomic_load_n(&mark->state, __ATOMIC_ACQUIRE);
}

static int has(const struct block *block, uint32_t state)
{
    int i, found = 0;

    for (i = 0; i < MARKS; i++) {
        found |= state_of(&block->marks[i]) == state;
    }
    return found;
}

/* Where it is known which render did it, the others are not to blame: V8 says so
 * before it ends the process, and what is stuck was counted as that. */
static void look_at_dead(struct shared *all, struct block *block)
{
    int known = has(block, V8POOL_MARK_FATAL) || has(block, V8POOL_MARK_STUCK) ||
                has(block, V8POOL_MARK_SEEN);
    int i;

    for (i = 0; i < MARKS; i++) {
        uint32_t state = state_of(&block->marks[i]);

        if (state == V8POOL_MARK_FATAL || state == V8POOL_MARK_STUCK ||
            (state == V8POOL_MARK_TURN && !known)) {
            blame(all, &block->marks[i]);
        }
    }
}

void v8ssr_poison_child_status(server_rec *s, pid_t pid, ap_generation_t gen,
                               int slot, mpm_child_status status)
{
    struct shared *all = shared();
    int i;

    (void)s, (void)gen, (void)slot;
    if (all == NULL || status != MPM_CHILD_EXITED) {
        return;
    }
    for (i = 0; i < BLOCKS; i++) {
        if (atomic_load(&all->blocks[i].pid) == pid) {
            look_at_dead(all, &all->blocks[i]);
            memset(all->blocks[i].marks, 0, sizeof(all->blocks[i].marks));
            atomic_store(&all->blocks[i].pid, 0);
        }
    }
}

/* A child that is stuck may live for long yet: as long as its other requests. */
int v8ssr_poison_monitor(apr_pool_t *p, server_rec *s)
{
    struct shared *all = shared();
    int i, n;

    (void)p, (void)s;
    for (i = 0; all != NULL && i < BLOCKS; i++) {
        for (n = 0; n < MARKS && atomic_load(&all->blocks[i].pid) != 0; n++) {
            v8pool_mark *mark = &all->blocks[i].marks[n];
            uint32_t stuck = V8POOL_MARK_STUCK;

            if (__atomic_compare_exchange_n(&mark->state, &stuck,
                                            V8POOL_MARK_SEEN, 0,
                                            __ATOMIC_ACQ_REL,
                                            __ATOMIC_RELAXED)) {
                blame(all, mark);
            }
        }
    }
    return DECLINED;
}

/* --- children -------------------------------------------------------------------- */

v8pool_mark *v8ssr_poison_marks(unsigned *count)
{
    struct shared *all = shared();
    int i;

    *count = MARKS;
    for (i = 0; all != NULL && i < BLOCKS; i++) {
        int64_t nobody = 0;

        if (atomic_compare_exchange_strong(&all->blocks[i].pid, &nobody,
                                           (int64_t)getpid())) {
            return all->blocks[i].marks;
        }
    }
    *count = 0;
    return NULL;
}

const v8ssr_poison_entry *v8ssr_poison_entries(void)
{
    const struct shared *all = shared();

    return all != NULL ? all->entries : NULL;
}

int v8ssr_poison_refuses(const request_rec *r, const v8ssr_bundle *bundle)
{
    struct shared *all = shared();
    int64_t now_us = apr_time_now();
    uint64_t owner, whole, path;
    int i;

    if (all == NULL || atomic_load(&all->until_us) <= now_us) {
        return 0; /* the rule */
    }
    owner = v8ssr_poison_owner(bundle);
    whole = bundle_key(owner);
    path = path_key(owner, ap_escape_uri(r->pool, r->uri));
    for (i = 0; i < V8SSR_POISON_ENTRIES; i++) {
        uint64_t key = atomic_load(&all->entries[i].key);

        if ((key == whole || key == path) &&
            atomic_load(&all->entries[i].until_us) > now_us) {
            return 1;
        }
    }
    return 0;
}
