/* SPDX-License-Identifier: Apache-2.0
 *
 * template.h: SSRTemplate: the files that pages are put into.  Each is read and
 * cut when httpd reads its configuration; the last good versions outlive a
 * restart, as scripts do (generation.h).
 *
 * Thread: the parent's only one, unless it says otherwise.
 */
#ifndef V8SSR_TEMPLATE_H
#define V8SSR_TEMPLATE_H

#include "v8pool.h"

#include <httpd.h>
#include <http_config.h>

typedef struct v8ssr_template_file v8ssr_template_file;

/* What a directive names. */
typedef struct v8ssr_template {
    const char *path; /* NULL: none */
    const char *file; /* of the configuration */
    int line;
    const v8ssr_template_file *read; /* once the configuration is checked */
} v8ssr_template;

struct v8ssr_dir_config;

/* Setter. */
const char *v8ssr_set_template(cmd_parms *cmd, void *dir, const char *arg);

/* check_config phase.  Reads what the directives name.
 * configtest, first start: returns the first failure, having said it.
 * Restart: never fails: what is wrong is logged, and the last good version goes
 * on; if there never was one, requests for its pages fail. */
int v8ssr_template_prepare(apr_pool_t *ptemp, server_rec *s);

/* Any thread of a child, as the next two: what pages are put into.  NULL: they
 * are whole. */
const v8pool_template *v8ssr_template_of(const struct v8ssr_dir_config *c);

/* There is one, but no good version of it. */
int v8ssr_template_is_missing(const struct v8ssr_dir_config *c);

/* What tells pages of one template, or of none, from those of another. */
uint64_t v8ssr_template_key(const struct v8ssr_dir_config *c);

/* ---- SSRReload stat -------------------------------------------------------------- */

/* Whether a file has changed less than an interval ago. */
int v8ssr_template_is_changing(apr_interval_time_t interval);

/* Reads those that have changed since, and stay the same; whoever is forked from
 * now on has the good ones.  how: what comes next, for the log.  Returns how
 * many these are. */
int v8ssr_template_take_changed(apr_pool_t *ptemp, server_rec *s,
                                apr_interval_time_t interval,
                                const char *how);

#endif /* V8SSR_TEMPLATE_H */
