/* SPDX-License-Identifier: Apache-2.0
 *
 * roll.c: when an old child may leave, and how httpd comes to start a new one.
 *
 * mpm_event starts a child when too few threads are idle, and does not count
 * those of children that say in the scoreboard that they do not accept: old
 * children say so, and go on accepting.  mpm_worker counts them.
 */
#include "roll.h"

#include "config.h"
#include "doom.h"
#include "log.h"
#include "retained.h"
#include "thread.h"

#include <http_core.h>
#include <http_main.h>
#include <scoreboard.h>
#include <limits.h>
#include <linux/futex.h>
#include <stdatomic.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

APLOG_USE_MODULE(v8ssr);

#define RETAINED "mod_v8ssr roll"

/* Between two looks of an old child at the others. */
#define LOOK_NS 20000000L

/* Old children leave one by one, as new ones come; where fewer new ones do, as
 * httpd starts them: once a second. */
#define STEP apr_time_from_sec(1)

/* Those of a generation that has many, and of the one before. */
#define CHILDREN 1024

/* A child that accepts; it counts once its number is there. */
struct child {
    _Atomic pid_t pid; /* 0: free */
    _Atomic uint32_t number; /* of its scripts; 0: it leaves */
};

struct shared {
    _Atomic uint32_t wanted; /* number of the newest scripts; a futex */
    struct child children[CHILDREN];
};

struct retained {
    struct shared *shared;
    uint32_t number;  /* of the parent's scripts, and of those its children
                         inherit; from 1 on */
    apr_time_t since; /* the last roll is not over; 0: it is */
};

static struct retained *retained(void)
{
    return v8ssr_retained(RETAINED, sizeof(struct retained));
}

unsigned v8ssr_roll_number(void)
{
    return retained()->number;
}

int v8ssr_roll_post_config(apr_pool_t *pconf, apr_pool_t *plog,
                           apr_pool_t *ptemp, server_rec *s)
{
    struct retained *r = retained();

    (void)pconf, (void)plog, (void)ptemp, (void)s;
    if (r->shared == NULL) {
        r->shared = v8ssr_map_shared(sizeof(*r->shared));
        r->number = 1;
        if (r->shared != NULL) {
            atomic_store(&r->shared->wanted, 1);
        }
    }
    r->since = 0; /* a restart sends the old ones away itself */
    return OK;
}

/* --- the parent ---------------------------------------------------------------- */

static int has_canary(const server_rec *s)
{
    for (; s != NULL; s = s->next) {
        const v8ssr_server_config *c = v8ssr_server_config_of(s);
        int i;

        for (i = 0; i < c->bundles->nelts; i++) {
            if (APR_ARRAY_IDX(c->bundles, i, v8ssr_bundle *)->canary != NULL) {
                return 1;
            }
        }
    }
    return 0;
}

static int count_processes(void)
{
    int most = 0, count = 0, i;

    ap_mpm_query(AP_MPMQ_HARD_LIMIT_DAEMONS, &most);
    for (i = 0; i < most; i++) {
        const process_score *ps = ap_get_scoreboard_process(i);

        count += ps != NULL && ps->pid != 0;
    }
    return count;
}

int v8ssr_roll_can(const server_rec *s)
{
    int is_event = 0, most = 0;

    ap_mpm_query(AP_MPMQ_IS_ASYNC, &is_event);
    ap_mpm_query(AP_MPMQ_MAX_DAEMONS, &most);
    return is_event && retained()->shared != NULL && !has_canary(s) &&
           count_processes() < most;
}

void v8ssr_roll_start(void)
{
    struct retained *r = retained();

    r->number++;
    r->since = apr_time_now();
    atomic_store(&r->shared->wanted, r->number);
    syscall(SYS_futex, &r->shared->wanted, FUTEX_WAKE, INT_MAX, NULL, NULL, 0);
}

/* Children that accept and have the newest scripts, or older ones. */
static unsigned count(const struct shared *all, const struct child *end,
                      int newest)
{
    uint32_t wanted = atomic_load(&all->wanted);
    const struct child *child;
    unsigned n = 0;

    for (child = all->children; child < end; child++) {
        uint32_t number = atomic_load(&child->number);

        if (atomic_load(&child->pid) != 0 && number != 0) {
            n += (number == wanted) == newest;
        }
    }
    return n;
}

int v8ssr_roll_is_late(apr_interval_time_t patience)
{
    struct retained *r = retained();
    unsigned old;

    if (r->since == 0) {
        return 0;
    }
    old = count(r->shared, r->shared->children + CHILDREN, 0);
    if (old == 0) {
        r->since = 0;
        return 0;
    }
    if (apr_time_now() - r->since < patience + old * STEP) {
        return 0;
    }
    r->since = 0;
    return 1;
}

void v8ssr_roll_child_status(server_rec *s, pid_t pid, ap_generation_t gen,
                             int slot, mpm_child_status status)
{
    struct shared *all = retained()->shared;
    int i;

    (void)s, (void)gen, (void)slot;
    if (all == NULL || status == MPM_CHILD_STARTED) {
        return;
    }
    for (i = 0; i < CHILDREN; i++) {
        if (atomic_load(&all->children[i].pid) == pid) {
            atomic_store(&all->children[i].number, 0);
            atomic_store(&all->children[i].pid, 0);
        }
    }
}

/* --- a child ------------------------------------------------------------------- */

static struct child *enter(struct shared *all, uint32_t number)
{
    int i;

    for (i = 0; i < CHILDREN; i++) {
        struct child *child = &all->children[i];
        pid_t nobody = 0;

        if (atomic_compare_exchange_strong(&child->pid, &nobody, getpid())) {
            atomic_store(&child->number, number);
            return child;
        }
    }
    return NULL;
}

static process_score *own_score(void)
{
    int most = 0, i;

    ap_mpm_query(AP_MPMQ_HARD_LIMIT_DAEMONS, &most);
    for (i = 0; i < most; i++) {
        process_score *ps = ap_get_scoreboard_process(i);

        if (ps != NULL && ps->pid == getpid()) {
            return ps;
        }
    }
    return NULL;
}

/* Each old child goes for one new one, in their order.  before: how many were
 * before this one.  since: when the first new one was seen. */
static int may_leave(const struct shared *all, unsigned before,
                     apr_time_t *since)
{
    unsigned accept = count(all, all->children + CHILDREN, 1);

    if (accept == 0) {
        *since = 0;
        return 0;
    }
    if (*since == 0) {
        *since = apr_time_now();
    }
    return accept > before || apr_time_now() - *since >= before * STEP;
}

static void *thread_main(void *data)
{
    const struct timespec pause = {0, LOOK_NS};
    struct shared *all = retained()->shared;
    uint32_t number = retained()->number;
    struct child *self = data;
    apr_time_t since = 0;
    unsigned before;

    while (atomic_load(&all->wanted) == number) {
        syscall(SYS_futex, &all->wanted, FUTEX_WAIT, number, NULL, NULL, 0);
    }
    before = count(all, self, 0);
    while (!may_leave(all, before, &since)) {
        process_score *ps = own_score();

        if (ps != NULL) {
            ps->not_accepting = 1; /* again: httpd takes it back now and then */
        }
        nanosleep(&pause, NULL);
    }
    atomic_store(&self->number, 0);
    ap_log_error(APLOG_MARK, APLOG_INFO, 0, ap_server_conf,
                 V8SSR_LOGNO(0147) "child %ld: others accept that have the new "
                                   "scripts; it ends its requests and leaves",
                 (long)getpid());
    v8ssr_doom();
    return NULL;
}

void v8ssr_roll_child_init(apr_pool_t *pchild, server_rec *s)
{
    const v8ssr_server_config *c = v8ssr_server_config_of(s);
    struct shared *all = retained()->shared;
    struct child *self;

    (void)pchild;
    if (all == NULL || c->reload != V8SSR_RELOAD_STAT) {
        return;
    }
    self = enter(all, retained()->number);
    if (self == NULL || !v8ssr_thread_start(NULL, thread_main, self)) {
        ap_log_error(APLOG_MARK, APLOG_WARNING, 0, s,
                     V8SSR_LOGNO(0148) "child %ld cannot be told of new scripts "
                                       "(SSRReload stat): it serves the old "
                                       "ones until the next restart",
                     (long)getpid());
    }
}
