/* SPDX-License-Identifier: Apache-2.0
 *
 * generation.c: which script each bundle is served with, at a start, at
 * a restart, and what a restart would find.
 */
#include "generation.h"

#include "files.h"
#include "kept.h"
#include "log.h"
#include "retained.h"
#include "script.h"
#include "verdict.h"

#include <http_core.h>
#include <http_main.h>
#include <ap_mpm.h>
#include <mpm_common.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

APLOG_USE_MODULE(v8ssr);

#define RETAINED "mod_v8ssr restart"

/* Set by v8ssr_generation_restart(): the verdicts of a moment ago hold, and
 * refusals have been logged. */
static int *own_restart(void)
{
    return v8ssr_retained(RETAINED, sizeof(int));
}

void v8ssr_generation_restart(void)
{
    *own_restart() = 1;
    kill(getpid(), AP_SIG_GRACEFUL); /* the handler only takes a note */
}

static void use(v8ssr_bundle *bundle, v8ssr_kept *kept)
{
    if (kept != NULL) {
        kept->in_use = 1;
        bundle->script = kept->script;
        bundle->script_length = kept->length;
    }
}

/* Owns: files is the bundle's from then on. */
static void take_note(v8ssr_bundle *bundle, v8ssr_files *files)
{
    v8ssr_files_destroy(&bundle->examined);
    bundle->examined = files;
}

/* The generation counts the configurations that were put to work: it is 0 and
 * 1 in the two passes of a start, and in configtest. */
int v8ssr_is_restart(void)
{
    return ap_state_query(AP_SQ_CONFIG_GEN) > 1;
}

/* NULL: it is good. */
static const char *check(apr_pool_t *p, const server_rec *s,
                         const v8ssr_bundle *bundle, const v8ssr_script *script)
{
    const v8ssr_server_config *c = v8ssr_server_config_of(s);
    const char *wrong;

    if (v8ssr_is_restart() &&
        v8ssr_verdict_is_good(p, c, bundle, script->text, script->length)) {
        return NULL;
    }
    wrong = v8ssr_script_check(p, c, bundle, script->text, script->length);
    if (wrong == NULL && v8ssr_verdict_is_for_another()) {
        v8ssr_verdict_note(p, c, bundle, script->text, script->length);
    }
    return wrong;
}

/* NULL: the newest good script of the bundle is that of its file. */
static const char *examine(apr_pool_t *p, const server_rec *main_server,
                           v8ssr_bundle *bundle, int *is_new)
{
    v8ssr_script script;
    const char *wrong = v8ssr_script_read(p, bundle, &script);

    *is_new = 0;
    take_note(bundle, script.files);
    if (wrong != NULL) {
        return wrong;
    }
    if (v8ssr_kept_is(v8ssr_kept_find(bundle), bundle, script.text,
                      script.length)) {
        free(script.text);
        return NULL;
    }
    wrong = check(p, main_server, bundle, &script);
    if (wrong != NULL) {
        v8ssr_refused_add(bundle, script.text, script.length);
        return wrong;
    }
    v8ssr_kept_add(bundle, script.text, script.length);
    *is_new = 1;
    return NULL;
}

/* The file's script was refused already, or there is no file for a moment:
 * what is served goes on without a word. */
static int is_known_bad(apr_pool_t *p, v8ssr_bundle *bundle)
{
    v8ssr_script script;
    int known;

    if (v8ssr_script_read(p, bundle, &script) != NULL) {
        take_note(bundle, script.files); /* it may come back */
        return v8ssr_kept_find(bundle) != NULL;
    }
    known = v8ssr_refused_is(bundle, script.text, script.length);
    if (known) {
        take_note(bundle, script.files);
    }
    else {
        v8ssr_files_destroy(&script.files);
    }
    free(script.text);
    return known;
}

static int refuse(server_rec *s, const v8ssr_bundle *bundle, const char *wrong)
{
    ap_log_error(APLOG_MARK, APLOG_STARTUP | APLOG_ERR, 0, s,
                 "%s: %s: %s (line %d of %s)",
                 bundle->canary != NULL ? "SSRCanary" : "SSRBundle",
                 bundle->name, wrong, bundle->line, bundle->file);
    return HTTP_INTERNAL_SERVER_ERROR;
}

static void log_refusal(server_rec *s, const v8ssr_bundle *bundle,
                        const char *wrong)
{
    if (v8ssr_kept_find(bundle) != NULL) {
        ap_log_error(APLOG_MARK, APLOG_ERR, 0, s,
                     V8SSR_LOGNO(0021) "bundle %s: the new version is refused, "
                                       "the last good one goes on: %s",
                     bundle->name, wrong);
        return;
    }
    ap_log_error(APLOG_MARK, APLOG_ERR, 0, s,
                 V8SSR_LOGNO(0022) "bundle %s is refused, and there is no "
                                   "earlier version to go on with: %s",
                 bundle->name, wrong);
}

static int prepare_bundle(apr_pool_t *p, server_rec *s,
                          const server_rec *main_server,
                          v8ssr_bundle *bundle)
{
    const char *wrong = NULL;
    int is_new;

    if (!*own_restart() || !is_known_bad(p, bundle)) {
        wrong = examine(p, main_server, bundle, &is_new);
    }
    if (wrong != NULL && !v8ssr_is_restart()) {
        return refuse(s, bundle, wrong);
    }
    if (wrong != NULL) {
        /* httpd would end if this failed: the sites that work must not */
        log_refusal(s, bundle, wrong);
    }
    use(bundle, v8ssr_kept_find(bundle));
    return OK;
}

static int prepare_host(apr_pool_t *p, server_rec *s,
                        const server_rec *main_server)
{
    const v8ssr_server_config *c = v8ssr_server_config_of(s);
    int rc = OK;
    int i;

    for (i = 0; i < c->bundles->nelts && rc == OK; i++) {
        v8ssr_bundle *bundle = APR_ARRAY_IDX(c->bundles, i, v8ssr_bundle *);

        if (!bundle->prepared) { /* else inherited by this host */
            bundle->prepared = 1;
            rc = prepare_bundle(p, s, main_server, bundle);
        }
    }
    return rc;
}

int v8ssr_generation_prepare(apr_pool_t *ptemp, server_rec *s)
{
    const server_rec *main_server = s;

    if (!*own_restart()) {
        v8ssr_refused_clear(); /* whoever asks gets an answer of now */
    }
    for (; s != NULL; s = s->next) {
        int rc = prepare_host(ptemp, s, main_server);

        if (rc != OK) {
            return rc;
        }
    }
    v8ssr_kept_drop_unused();
    *own_restart() = 0;
    return OK;
}

void v8ssr_generation_adopt(server_rec *s)
{
    for (; s != NULL; s = s->next) {
        const v8ssr_server_config *c = v8ssr_server_config_of(s);
        int i;

        for (i = 0; i < c->bundles->nelts; i++) {
            v8ssr_bundle *bundle = APR_ARRAY_IDX(c->bundles, i, v8ssr_bundle *);

            use(bundle, v8ssr_kept_find(bundle));
        }
    }
    v8ssr_kept_drop_unused();
}

int v8ssr_generation_try(apr_pool_t *ptemp, server_rec *s, v8ssr_bundle *bundle)
{
    int is_new;
    const char *wrong = examine(ptemp, s, bundle, &is_new);

    if (wrong != NULL) {
        log_refusal(s, bundle, wrong);
    }
    return is_new;
}
