/* SPDX-License-Identifier: Apache-2.0
 *
 * counts.c: one mapping per bundle version, found again by its name.
 *
 * The list of them hangs on httpd's retained data and is malloc'ed, as that of
 * generation.c.  Children inherit the mappings when they are forked: those of
 * the last generation and of this one count in the same place.
 */
#include "counts.h"

#include "canary.h"
#include "config.h"
#include "retained.h"

#include <http_config.h>
#include <apr_strings.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

/* A module of another layout, new on the disk, must not find these. */
#define RETAINED "mod_v8ssr counts " V8POOL_VERSION " 18"

struct mapped {
    struct mapped *next;
    char *name; /* host and bundle */
    v8ssr_counts *counts;
    int in_use; /* by the configuration being read */
};

struct retained {
    struct mapped *first;
};

_Static_assert(V8POOL_STATUS_COUNT == 19, "a row of kinds[] for each status");

static const struct {
    v8ssr_kind kind;
    const char *name;
} kinds[V8POOL_STATUS_COUNT] = {
    [V8POOL_OK] = {V8SSR_ANSWERED, "ok"},
    [V8POOL_DECLINED] = {V8SSR_ANSWERED, "declined"},
    [V8POOL_E_ARG] = {V8SSR_NOT_RENDERED, "argument"},
    [V8POOL_E_MEMORY] = {V8SSR_NOT_RENDERED, "memory"},
    [V8POOL_E_ENGINE] = {V8SSR_NOT_RENDERED, "engine"},
    [V8POOL_E_STOPPED] = {V8SSR_NOT_RENDERED, "stopped"},
    [V8POOL_E_FULL] = {V8SSR_NOT_RENDERED, "queue_full"},
    [V8POOL_E_QUEUE_TIMEOUT] = {V8SSR_NOT_RENDERED, "queue_timeout"},
    [V8POOL_E_REFUSED] = {V8SSR_NOT_RENDERED, "refused"},
    [V8POOL_E_CANCELLED] = {V8SSR_NOT_RENDERED, "cancelled"},
    [V8POOL_E_TIMEOUT] = {V8SSR_FAILED, "timeout"},
    [V8POOL_E_CPU] = {V8SSR_FAILED, "cpu"},
    [V8POOL_E_HEAP] = {V8SSR_FAILED, "heap"},
    [V8POOL_E_BUNDLE] = {V8SSR_FAILED, "not_loaded"},
    [V8POOL_E_SCRIPT] = {V8SSR_FAILED, "script"},
    [V8POOL_E_HUNG] = {V8SSR_FAILED, "hung"},
    [V8POOL_E_ANSWER] = {V8SSR_FAILED, "answer"},
    [V8POOL_E_TOO_LARGE] = {V8SSR_FAILED, "too_large"},
    [V8POOL_E_BOUNDARY] = {V8SSR_FAILED, "boundary"},
};

v8ssr_kind v8ssr_kind_of(v8pool_status status)
{
    return kinds[status].kind;
}

const char *v8ssr_kind_name(v8pool_status status)
{
    return kinds[status].name;
}

void v8ssr_count(v8ssr_counts *counts, v8pool_status status,
                 const v8pool_timing *timing)
{
    atomic_fetch_add_explicit(&counts->ended[status], 1, memory_order_relaxed);
    if (timing != NULL && v8ssr_kind_of(status) != V8SSR_NOT_RENDERED) {
        atomic_fetch_add_explicit(&counts->timed, 1, memory_order_relaxed);
        atomic_fetch_add_explicit(&counts->render_us,
                                  (uint64_t)timing->call_us + timing->output_us,
                                  memory_order_relaxed);
    }
}

const char *v8ssr_host_name(apr_pool_t *p, const server_rec *s)
{
    const char *name = s->server_hostname != NULL ? s->server_hostname : "";
    int port = s->port;

    if (port == 0 && s->addrs != NULL) {
        port = s->addrs->host_port;
    }
    return port != 0 ? apr_psprintf(p, "%s:%d", name, port) : name;
}

static struct retained *retained(void)
{
    return v8ssr_retained(RETAINED, sizeof(struct retained));
}

static struct mapped *find(const char *name)
{
    struct mapped *m = retained()->first;

    while (m != NULL && strcmp(m->name, name) != 0) {
        m = m->next;
    }
    return m;
}

static struct mapped *map(const char *name)
{
    struct mapped *m = ap_calloc(1, sizeof(*m));
    struct retained *r = retained();

    m->name = strdup(name);
    m->counts = v8ssr_map_shared(sizeof(*m->counts));
    if (m->name == NULL || m->counts == NULL) {
        ap_abort_on_oom();
    }
    m->next = r->first;
    r->first = m;
    return m;
}

/* The children of the last generation keep mappings of their own. */
static void drop_unused(void)
{
    struct mapped **at = &retained()->first;

    while (*at != NULL) {
        struct mapped *m = *at;

        if (m->in_use) {
            m->in_use = 0;
            at = &m->next;
        }
        else {
            *at = m->next;
            munmap(m->counts, sizeof(*m->counts));
            free(m->name);
            free(m);
        }
    }
}

static void prepare(apr_pool_t *pconf, apr_pool_t *ptemp, const server_rec *s,
                    v8ssr_bundle *bundle)
{
    const char *name =
        apr_pstrcat(ptemp, v8ssr_host_name(ptemp, s), " ", bundle->name, NULL);
    struct mapped *m = find(name);

    if (m == NULL) {
        m = map(name);
    }
    m->in_use = 1;
    bundle->counts = m->counts;
    if (bundle->canary != NULL) {
        bundle->canary->watch =
            v8ssr_watch_create(pconf, v8ssr_canary_window(bundle->canary));
    }
}

int v8ssr_post_config(apr_pool_t *pconf, apr_pool_t *plog, apr_pool_t *ptemp,
                      server_rec *s)
{
    (void)plog;
    for (; s != NULL; s = s->next) {
        const v8ssr_server_config *c = v8ssr_server_config_of(s);
        int i;

        for (i = 0; i < c->bundles->nelts; i++) {
            v8ssr_bundle *bundle = APR_ARRAY_IDX(c->bundles, i, v8ssr_bundle *);

            if (bundle->counts == NULL) { /* else inherited by this host */
                prepare(pconf, ptemp, s, bundle);
            }
        }
    }
    drop_unused();
    return OK;
}
