/* SPDX-License-Identifier: Apache-2.0
 *
 * reload.c: from a changed file to children that serve it.
 */
#include "reload.h"

#include "config.h"
#include "files.h"
#include "generation.h"
#include "image.h"
#include "log.h"
#include "roll.h"
#include "template.h"

APLOG_USE_MODULE(v8ssr);

/* httpd's parent sleeps for a second between two looks at its children: as
 * long may this hook. */
#define SLEEP_MAX apr_time_from_sec(1)

typedef enum verdict { SAME, CHANGING, SETTLED } verdict;

/* A build writes in pieces: a change counts once all files have stayed the same
 * for an interval.  A bundle that is gone, for the moment, has not changed;
 * one whose own file could not be read before has, once it is there. */
static verdict look(v8ssr_bundle *bundle, apr_interval_time_t interval)
{
    apr_time_t now = apr_time_now();
    uint64_t stamp;

    if (bundle->examined == NULL ||
        !v8ssr_files_look(bundle->examined, &stamp) ||
        stamp == v8ssr_files_stamp(bundle->examined)) {
        bundle->changing_since = 0;
        return SAME;
    }
    if (bundle->changing_since == 0 || stamp != bundle->changing_to) {
        bundle->changing_to = stamp;
        bundle->changing_since = now;
    }
    return now - bundle->changing_since >= interval ? SETTLED : CHANGING;
}

/* Calls visit for each bundle of each server once. */
static int count_if(server_rec *s, apr_time_t round,
                    int (*visit)(server_rec *s, v8ssr_bundle *bundle,
                                 void *baton),
                    void *baton)
{
    int count = 0;
    int i;

    for (; s != NULL; s = s->next) {
        const v8ssr_server_config *c = v8ssr_server_config_of(s);

        for (i = 0; i < c->bundles->nelts; i++) {
            v8ssr_bundle *bundle = APR_ARRAY_IDX(c->bundles, i, v8ssr_bundle *);

            if (bundle->visited != round) { /* not inherited by this host */
                bundle->visited = round;
                count += visit(s, bundle, baton);
            }
        }
    }
    return count;
}

static int is_changing(server_rec *s, v8ssr_bundle *bundle, void *interval)
{
    (void)s;
    return look(bundle, *(apr_interval_time_t *)interval) == CHANGING;
}

/* Beside the time that a bundle may take to load, for httpd to fork and for a
 * warm-up. */
#define ROLL_MAX apr_time_from_sec(10)

struct attempt {
    int can_roll;
    apr_pool_t *p;
    server_rec *main_server;
    apr_interval_time_t interval;
};

/* What comes next, for the log. */
static const char *what_next(const struct attempt *attempt)
{
    return attempt->can_roll ? "new children take over"
                             : "the server restarts gracefully";
}

/* 1: there is a new script that is good. */
static int try_settled(server_rec *s, v8ssr_bundle *bundle, void *baton)
{
    const struct attempt *attempt = baton;

    if (look(bundle, attempt->interval) != SETTLED) {
        return 0;
    }
    bundle->changing_since = 0;
    if (!v8ssr_generation_try(attempt->p, attempt->main_server, bundle)) {
        return 0;
    }
    ap_log_error(APLOG_MARK, APLOG_NOTICE, 0, s,
                 V8SSR_LOGNO(0045) "bundle %s: %s has changed and passed its "
                                   "check, %s",
                 bundle->name, bundle->path, what_next(attempt));
    return 1;
}

/* The image first: whoever waits for new children waits for it. */
static void take_over(apr_pool_t *p, server_rec *s, int can_roll)
{
    if (!can_roll) {
        v8ssr_image_prepare(p, s);
        v8ssr_generation_restart();
        return;
    }
    v8ssr_generation_adopt(s);
    v8ssr_image_adopt(p, s);
    v8ssr_roll_start();
}

int v8ssr_reload_monitor(apr_pool_t *p, server_rec *s)
{
    const v8ssr_server_config *c = v8ssr_server_config_of(s);
    struct attempt attempt = {0, NULL, s, v8ssr_reload_interval(c)};
    apr_time_t round = apr_time_now();
    int is_new; /* or about to be */

    if (c->reload != V8SSR_RELOAD_STAT) {
        return DECLINED;
    }
    is_new = count_if(s, round, is_changing, &attempt.interval) +
             v8ssr_template_is_changing(attempt.interval);
    if (is_new > 0 && attempt.interval <= SLEEP_MAX) {
        apr_sleep(attempt.interval); /* the next look may be 10 s away */
    }
    attempt.can_roll = v8ssr_roll_can(s);
    apr_pool_create(&attempt.p, p);
    is_new = count_if(s, round + 1, try_settled, &attempt) +
             v8ssr_template_take_changed(attempt.p, s, attempt.interval,
                                         what_next(&attempt));
    apr_pool_destroy(attempt.p);
    if (is_new > 0) {
        take_over(p, s, attempt.can_roll);
    }
    else if (v8ssr_roll_is_late(v8ssr_load_timeout(c) + ROLL_MAX)) {
        ap_log_error(APLOG_MARK, APLOG_WARNING, 0, s,
                     V8SSR_LOGNO(0149) "SSRReload: children with older scripts "
                                       "have not left, the server restarts "
                                       "gracefully");
        v8ssr_generation_restart();
    }
    return DECLINED;
}
