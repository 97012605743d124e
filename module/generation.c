/* SPDX-License-Identifier: Apache-2.0
 *
 * generation.c: reading, checking and keeping scripts.
 *
 * The kept list hangs on httpd's retained data and is malloc'ed: it must
 * outlive pconf.  The parent has one thread; children inherit what it points
 * to when they are forked and never change it.
 */
#include "generation.h"

#include "helper.h"
#include "log.h"

#include <http_core.h>
#include <http_main.h>
#include <ap_mpm.h>
#include <apr_file_io.h>
#include <apr_strings.h>
#include <stdlib.h>
#include <string.h>

APLOG_USE_MODULE(v8ssr);

#define RETAINED "mod_v8ssr generation"

/* One script that passed its check, and what it was checked as. */
struct kept {
    struct kept *next;
    char *name;
    char *path;
    char *entry;     /* NULL = renderPage */
    char *self_test; /* NULL = none */
    char *script;
    size_t length;
    int in_use;      /* by the configuration being read */
};

struct retained {
    struct kept *first;
};

static struct retained *retained(void)
{
    struct retained *r = ap_retained_data_get(RETAINED);

    return r != NULL ? r : ap_retained_data_create(RETAINED, sizeof(*r));
}

static int same_text(const char *a, const char *b)
{
    return a == NULL || b == NULL ? a == b : strcmp(a, b) == 0;
}

static int is_of(const struct kept *kept, const v8ssr_bundle *bundle)
{
    return strcmp(kept->name, bundle->name) == 0 &&
           strcmp(kept->path, bundle->path) == 0 &&
           same_text(kept->entry, bundle->entry);
}

static struct kept *find_kept(const v8ssr_bundle *bundle)
{
    struct kept *kept = retained()->first;

    while (kept != NULL && !is_of(kept, bundle)) {
        kept = kept->next;
    }
    return kept;
}

static char *copy_or_null(const char *text)
{
    return text != NULL ? strdup(text) : NULL;
}

static struct kept *keep(const v8ssr_bundle *bundle, char *script,
                         size_t length)
{
    struct kept *kept = ap_calloc(1, sizeof(*kept));
    struct retained *r = retained();

    kept->name = strdup(bundle->name);
    kept->path = strdup(bundle->path);
    kept->entry = copy_or_null(bundle->entry);
    kept->self_test = copy_or_null(bundle->self_test);
    kept->script = script;
    kept->length = length;
    kept->next = r->first;
    r->first = kept;
    return kept;
}

static void free_kept(struct kept *kept)
{
    free(kept->name);
    free(kept->path);
    free(kept->entry);
    free(kept->self_test);
    free(kept->script);
    free(kept);
}

/* What no bundle of this configuration uses is of no use to the next. */
static void drop_unused(void)
{
    struct kept **at = &retained()->first;

    while (*at != NULL) {
        struct kept *kept = *at;

        if (kept->in_use) {
            kept->in_use = 0;
            at = &kept->next;
        }
        else {
            *at = kept->next;
            free_kept(kept);
        }
    }
}

/* NULL: *script is malloc'ed; else what is wrong. */
static const char *read_script(apr_pool_t *p, const char *path, char **script,
                               size_t *length)
{
    apr_file_t *file;
    apr_finfo_t info;
    apr_status_t rv = apr_file_open(&file, path, APR_FOPEN_READ,
                                    APR_FPROT_OS_DEFAULT, p);
    char why[120];

    if (rv == APR_SUCCESS) {
        rv = apr_file_info_get(&info, APR_FINFO_TYPE | APR_FINFO_SIZE, file);
        if (rv == APR_SUCCESS && info.filetype != APR_REG) {
            apr_file_close(file);
            return apr_psprintf(p, "%s is not a regular file", path);
        }
        if (rv == APR_SUCCESS) {
            *length = (size_t)info.size;
            *script = ap_malloc(*length + 1);
            rv = apr_file_read_full(file, *script, *length, NULL);
            if (rv != APR_SUCCESS) {
                free(*script);
            }
        }
        apr_file_close(file);
    }
    return rv == APR_SUCCESS ? NULL
                             : apr_psprintf(p, "cannot read %s: %s", path,
                                            apr_strerror(rv, why, sizeof(why)));
}

static const char *check_script(apr_pool_t *p, const v8ssr_server_config *c,
                                const v8ssr_bundle *bundle, const char *script,
                                size_t length)
{
    const char *argv[12];
    v8ssr_helper_run run = {v8ssr_helper(c), argv, script, length,
                            2 * v8ssr_load_timeout(c) + apr_time_from_sec(5)};
    int n = 0;

    argv[n++] = run.program;
    argv[n++] = "check";
    argv[n++] = "-p";
    argv[n++] = bundle->path;
    argv[n++] = "-t";
    argv[n++] = apr_psprintf(p, "%" APR_TIME_T_FMT,
                             apr_time_as_msec(v8ssr_load_timeout(c)));
    if (bundle->entry != NULL) {
        argv[n++] = "-e";
        argv[n++] = bundle->entry;
    }
    if (bundle->self_test != NULL) {
        argv[n++] = "-s";
        argv[n++] = bundle->self_test;
    }
    argv[n++] = "-";
    argv[n] = NULL;
    return v8ssr_helper_run_in(p, &run);
}

static void use(v8ssr_bundle *bundle, struct kept *kept)
{
    kept->in_use = 1;
    bundle->script = kept->script;
    bundle->script_length = kept->length;
}

static int is_same(const struct kept *kept, const v8ssr_bundle *bundle,
                   const char *script, size_t length)
{
    return kept != NULL && same_text(kept->self_test, bundle->self_test) &&
           kept->length == length && memcmp(kept->script, script, length) == 0;
}

/* NULL: the bundle has its newest script; else why not. */
static const char *prepare(apr_pool_t *p, const v8ssr_server_config *c,
                           v8ssr_bundle *bundle)
{
    struct kept *kept = find_kept(bundle);
    char *script;
    size_t length;
    const char *wrong = read_script(p, bundle->path, &script, &length);

    if (wrong != NULL) {
        return wrong;
    }
    if (is_same(kept, bundle, script, length)) {
        free(script);
        use(bundle, kept);
        return NULL;
    }
    wrong = check_script(p, c, bundle, script, length);
    if (wrong != NULL) {
        free(script);
        return wrong;
    }
    use(bundle, keep(bundle, script, length));
    return NULL;
}

/* The generation counts the configurations that were put to work: it is 0 and
 * 1 in the two passes of a start, and in configtest. */
static int is_restart(void)
{
    return ap_state_query(AP_SQ_CONFIG_GEN) > 1;
}

static int refuse(server_rec *s, const v8ssr_bundle *bundle, const char *wrong)
{
    ap_log_error(APLOG_MARK, APLOG_STARTUP | APLOG_ERR, 0, s,
                 "%s: %s: %s (line %d of %s)",
                 bundle->canary != NULL ? "SSRCanary" : "SSRBundle",
                 bundle->name, wrong, bundle->line, bundle->file);
    return HTTP_INTERNAL_SERVER_ERROR;
}

/* httpd would end if this failed: the sites that work must not. */
static void fall_back(server_rec *s, v8ssr_bundle *bundle, const char *wrong)
{
    struct kept *kept = find_kept(bundle);

    if (kept != NULL) {
        use(bundle, kept);
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

static int prepare_host(apr_pool_t *p, server_rec *s,
                        const v8ssr_server_config *global)
{
    const v8ssr_server_config *c = v8ssr_server_config_of(s);
    int i;

    for (i = 0; i < c->bundles->nelts; i++) {
        v8ssr_bundle *bundle = APR_ARRAY_IDX(c->bundles, i, v8ssr_bundle *);
        const char *wrong;

        if (bundle->prepared) {
            continue; /* inherited by this host */
        }
        bundle->prepared = 1;
        wrong = prepare(p, global, bundle);
        if (wrong != NULL && !is_restart()) {
            return refuse(s, bundle, wrong);
        }
        if (wrong != NULL) {
            fall_back(s, bundle, wrong);
        }
    }
    return OK;
}

int v8ssr_generation_prepare(apr_pool_t *ptemp, server_rec *s)
{
    const v8ssr_server_config *global = v8ssr_server_config_of(s);

    for (; s != NULL; s = s->next) {
        int rc = prepare_host(ptemp, s, global);

        if (rc != OK) {
            return rc;
        }
    }
    drop_unused();
    return OK;
}
