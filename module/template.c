/* SPDX-License-Identifier: Apache-2.0
 *
 * template.c: one list of files, on httpd's retained data and malloc'ed: it
 * outlives pconf.  Children inherit it when they are forked, and never change
 * it.
 */
#include "template.h"

#include "config.h"
#include "generation.h"
#include "log.h"
#include "retained.h"
#include "script.h"
#include "setters.h"

#include <http_core.h>
#include <apr_strings.h>
#include <stdlib.h>
#include <string.h>

APLOG_USE_MODULE(v8ssr);

/* A module of another layout, new on the disk, must not find these. */
#define RETAINED "mod_v8ssr templates " V8POOL_VERSION

struct v8ssr_template_file {
    v8ssr_template_file *next;
    char *path;
    v8pool_template *good;     /* NULL: there is none */
    int in_use;                /* by the configuration being read */
    v8ssr_file_id seen;        /* when it was read last, good or not */
    v8ssr_file_id changing_to;
    apr_time_t changing_since; /* 0: it is what was seen */
};

static v8ssr_template_file **files(void)
{
    return v8ssr_retained(RETAINED, sizeof(v8ssr_template_file *));
}

/* --- the directive --------------------------------------------------------------- */

const char *v8ssr_set_template(cmd_parms *cmd, void *dir, const char *arg)
{
    v8ssr_template *t = apr_pcalloc(cmd->pool, sizeof(*t));

    ((v8ssr_dir_config *)dir)->template = t;
    if (ap_cstr_casecmp(arg, "none") == 0) {
        return NULL;
    }
    t->path = ap_server_root_relative(cmd->pool, arg);
    if (t->path == NULL) {
        return v8ssr_named(cmd, "the path is invalid");
    }
    t->file = cmd->directive->filename;
    t->line = cmd->directive->line_num;
    APR_ARRAY_PUSH(v8ssr_server_config_of(cmd->server)->templates,
                   v8ssr_template *) = t;
    return NULL;
}

/* --- reading ---------------------------------------------------------------------- */

static v8ssr_template_file *file_of(const char *path)
{
    v8ssr_template_file *file = *files();

    while (file != NULL && strcmp(file->path, path) != 0) {
        file = file->next;
    }
    if (file == NULL) {
        file = ap_calloc(1, sizeof(*file));
        file->path = strdup(path);
        if (file->path == NULL) {
            ap_abort_on_oom();
        }
        file->next = *files();
        *files() = file;
    }
    return file;
}

static void destroy(v8ssr_template_file **at)
{
    v8ssr_template_file *file = *at;

    *at = file->next;
    v8pool_template_destroy(&file->good);
    free(file->path);
    free(file);
}

static void look(const v8ssr_template_file *file, v8ssr_file_id *id)
{
    memset(id, 0, sizeof(*id));
    (void)v8ssr_file_id_get(file->path, id);
}

/* 1: it is good.  What is not leaves the version that was. */
static int read_file(v8ssr_template_file *file, v8pool_error *err)
{
    v8pool_template *made;

    look(file, &file->seen); /* before: what changes meanwhile is seen later */
    file->changing_since = 0;
    if (v8pool_template_read(file->path, &made, err) != V8POOL_OK) {
        return 0;
    }
    v8pool_template_destroy(&file->good);
    file->good = made;
    return 1;
}

/* "shop.html, line 3: what was expected" */
static const char *describe(apr_pool_t *p, const v8ssr_template_file *file,
                            const v8pool_error *err)
{
    return err->line > 0 ? apr_psprintf(p, "%s, line %d: %s", file->path,
                                        err->line, err->message)
                         : apr_psprintf(p, "%s: %s", file->path, err->message);
}

static void log_refusal(const server_rec *s, const v8ssr_template_file *file,
                        const char *wrong)
{
    if (file->good != NULL) {
        ap_log_error(APLOG_MARK, APLOG_ERR, 0, s,
                     V8SSR_LOGNO(0150) "SSRTemplate: the new version is refused, "
                                       "the last good one goes on: %s",
                     wrong);
        return;
    }
    ap_log_error(APLOG_MARK, APLOG_ERR, 0, s,
                 V8SSR_LOGNO(0151) "SSRTemplate: the file is refused, and there "
                                   "is no earlier version to go on with: %s",
                 wrong);
}

static int prepare(apr_pool_t *ptemp, server_rec *s, v8ssr_template *t)
{
    v8ssr_template_file *file = file_of(t->path);
    v8pool_error err;
    const char *wrong;

    t->read = file;
    if (file->in_use) {
        return OK; /* another directive names it */
    }
    file->in_use = 1;
    if (read_file(file, &err)) {
        return OK;
    }
    wrong = describe(ptemp, file, &err);
    if (v8ssr_generation_is_restart()) {
        /* httpd would end if this failed */
        log_refusal(s, file, wrong);
        return OK;
    }
    ap_log_error(APLOG_MARK, APLOG_STARTUP | APLOG_ERR, 0, s,
                 "SSRTemplate: %s (line %d of %s)", wrong, t->line, t->file);
    return HTTP_INTERNAL_SERVER_ERROR;
}

static void drop_unused(void)
{
    v8ssr_template_file **at = files();

    while (*at != NULL) {
        if ((*at)->in_use) {
            (*at)->in_use = 0;
            at = &(*at)->next;
        }
        else {
            destroy(at);
        }
    }
}

int v8ssr_template_prepare(apr_pool_t *ptemp, server_rec *s)
{
    for (; s != NULL; s = s->next) {
        const apr_array_header_t *list = v8ssr_server_config_of(s)->templates;
        int i;

        for (i = 0; i < list->nelts; i++) {
            if (prepare(ptemp, s, APR_ARRAY_IDX(list, i, v8ssr_template *)) !=
                OK) {
                return HTTP_INTERNAL_SERVER_ERROR;
            }
        }
    }
    drop_unused();
    return OK;
}

/* --- a child ---------------------------------------------------------------------- */

const v8pool_template *v8ssr_template_of(const v8ssr_dir_config *c)
{
    return c->template != NULL && c->template->read != NULL
               ? c->template->read->good
               : NULL;
}

int v8ssr_template_is_missing(const v8ssr_dir_config *c)
{
    return c->template != NULL && c->template->path != NULL &&
           v8ssr_template_of(c) == NULL;
}

uint64_t v8ssr_template_key(const v8ssr_dir_config *c)
{
    const v8pool_template *t = v8ssr_template_of(c);

    return t != NULL ? v8pool_template_id(t)
                     : (uint64_t)v8ssr_template_is_missing(c);
}

/* --- SSRReload stat ------------------------------------------------------------------ */

typedef enum verdict { SAME, CHANGING, SETTLED } verdict;

/* One that is gone, for the moment, has not changed. */
static verdict look_again(v8ssr_template_file *file,
                          apr_interval_time_t interval)
{
    apr_time_t now = apr_time_now();
    v8ssr_file_id id;

    look(file, &id);
    if (id.inode == 0 || memcmp(&id, &file->seen, sizeof(id)) == 0) {
        file->changing_since = 0;
        return SAME;
    }
    if (file->changing_since == 0 ||
        memcmp(&id, &file->changing_to, sizeof(id)) != 0) {
        file->changing_to = id;
        file->changing_since = now;
    }
    return now - file->changing_since >= interval ? SETTLED : CHANGING;
}

int v8ssr_template_is_changing(apr_interval_time_t interval)
{
    v8ssr_template_file *file;
    int count = 0;

    for (file = *files(); file != NULL; file = file->next) {
        count += look_again(file, interval) == CHANGING;
    }
    return count > 0;
}

/* 1: there is another one, and it is good. */
static int take(apr_pool_t *ptemp, server_rec *s, v8ssr_template_file *file,
                const char *how)
{
    uint64_t before = file->good != NULL ? v8pool_template_id(file->good) : 0;
    v8pool_error err;

    if (!read_file(file, &err)) {
        log_refusal(s, file, describe(ptemp, file, &err));
        return 0;
    }
    if (v8pool_template_id(file->good) == before) {
        return 0;
    }
    ap_log_error(APLOG_MARK, APLOG_NOTICE, 0, s,
                 V8SSR_LOGNO(0153) "SSRTemplate: %s has changed, %s",
                 file->path, how);
    return 1;
}

int v8ssr_template_take_changed(apr_pool_t *ptemp, server_rec *s,
                                apr_interval_time_t interval, const char *how)
{
    v8ssr_template_file *file;
    int count = 0;

    for (file = *files(); file != NULL; file = file->next) {
        if (look_again(file, interval) == SETTLED) {
            count += take(ptemp, s, file, how);
        }
    }
    return count;
}
