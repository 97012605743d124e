/* SPDX-License-Identifier: Apache-2.0
 *
 * status.c: who may see v8ssr-status, and its page for people.
 */
#include "status.h"

#include "breaker.h"
#include "cache_metrics.h"
#include "config.h"
#include "fetch_metrics.h"
#include "log.h"
#include "metrics.h"
#include "poison.h"

#include <http_core.h>
#include <http_protocol.h>
#include <http_request.h>
#include <apr_strings.h>
#include <string.h>

APLOG_USE_MODULE(v8ssr);

/* --- access ----------------------------------------------------------------- */

const char *v8ssr_note_require(cmd_parms *cmd, void *dir, const char *args)
{
    const ap_directive_t *section = cmd->directive->parent;

    (void)args;
    if (ap_find_linked_module("mod_authz_core.c") == NULL) {
        /* as httpd's own words: alone, we must not let it pass */
        return "Invalid command 'Require', perhaps misspelled or defined by a "
               "module not included in the server configuration";
    }
    if (!(cmd->limited & (AP_METHOD_BIT << M_GET))) {
        return DECLINE_CMD; /* <Limit POST> and such */
    }
    for (; section != NULL; section = section->parent) {
        if (ap_cstr_casecmpn(section->directive, "<Location", 9) == 0) {
            ((v8ssr_dir_config *)dir)->has_require = 1;
        }
    }
    return DECLINE_CMD;
}

/* --- HTML ------------------------------------------------------------------- */

static const char *html(request_rec *r, const char *text)
{
    return ap_escape_html(r->pool, text);
}

static const char *errors_in_words(request_rec *r, const v8ssr_row *row,
                                   v8ssr_kind kind)
{
    const char *words = "";
    int i;

    for (i = 0; i < V8POOL_STATUS_COUNT; i++) {
        if (v8ssr_kind_of(i) == kind && row->ended[i] > 0) {
            words = apr_psprintf(r->pool, "%s%s%s %" APR_UINT64_T_FMT, words,
                                 *words != '\0' ? ", " : "",
                                 v8ssr_kind_name(i), row->ended[i]);
        }
    }
    return words;
}

static const char *canary_in_words(request_rec *r, const v8ssr_canary *canary)
{
    v8ssr_tally new, old;

    if (canary == NULL) {
        return "";
    }
    new = v8ssr_watch_tally(canary->watch, V8SSR_CANARY);
    old = v8ssr_watch_tally(canary->watch, V8SSR_STABLE);
    return apr_psprintf(
        r->pool, "%g%% of the traffic%s; within %d s %u of %u failed (%.1f%%), "
                 "of the stable version %u of %u (%.1f%%)",
        v8ssr_canary_percent(canary),
        v8ssr_watch_is_rolled_back(canary->watch) ? ", <b>rolled back</b>" : "",
        (int)apr_time_sec(v8ssr_canary_window(canary)), new.errors, new.renders,
        v8ssr_error_percent(&new), old.errors, old.renders,
        v8ssr_error_percent(&old));
}

static void html_row(request_rec *r, const v8ssr_row *row)
{
    ap_rprintf(r,
               "<tr><td>%s<td>%s<td>%s<td>%" APR_UINT64_T_FMT
               "<td>%" APR_UINT64_T_FMT "<td>%s<td>%s<td>%.1f<td>%s\n",
               html(r, row->host), html(r, row->bundle), row->version,
               v8ssr_row_renders(row), v8ssr_row_sum(row, V8SSR_FAILED),
               errors_in_words(r, row, V8SSR_FAILED),
               errors_in_words(r, row, V8SSR_NOT_RENDERED),
               row->timed > 0 ? (double)row->render_us / row->timed / 1000 : 0,
               canary_in_words(r, row->canary));
}

static void print_html(request_rec *r, const apr_array_header_t *rows)
{
    int i;

    ap_set_content_type(r, "text/html; charset=utf-8");
    ap_rputs("<!DOCTYPE html>\n<html lang=\"en\"><head><title>mod_v8ssr"
             "</title><style>td, th { text-align: left; padding: 0 1em 0 0 }"
             "</style></head><body>\n<h1>mod_v8ssr</h1>\n<table>\n<tr><th>host"
             "<th>bundle<th>version<th>renders<th>failed<th>how<th>not "
             "rendered<th>ms each<th>canary\n", r);
    for (i = 0; i < rows->nelts; i++) {
        html_row(r, &APR_ARRAY_IDX(rows, i, v8ssr_row));
    }
    ap_rputs("</table>\n", r);
    v8ssr_cache_print_html(r);
    v8ssr_fetch_print_html(r);
    v8ssr_poison_print_html(r);
    v8ssr_breaker_print_html(r);
    ap_rputs("</body></html>\n", r);
}

/* --- the handler ------------------------------------------------------------ */

static int asks_for(const request_rec *r, const char *format)
{
    return r->args != NULL && strcmp(r->args, format) == 0;
}

int v8ssr_status_handler(request_rec *r)
{
    const apr_array_header_t *rows;

    if (r->handler == NULL || strcmp(r->handler, "v8ssr-status") != 0) {
        return DECLINED;
    }
    if (!v8ssr_dir_config_of(r)->has_require) {
        ap_log_rerror(APLOG_MARK, APLOG_ERR, 0, r,
                      V8SSR_LOGNO(0031) "v8ssr-status: %s is refused: a "
                                        "Require in its <Location> was "
                                        "expected", r->uri);
        return HTTP_FORBIDDEN;
    }
    if (r->method_number != M_GET) {
        ap_allow_standard_methods(r, REPLACE_ALLOW, M_GET, -1);
        return HTTP_METHOD_NOT_ALLOWED;
    }
    rows = v8ssr_rows(r->pool);
    apr_table_setn(r->headers_out, "Cache-Control", "no-store");
    if (asks_for(r, "json") || asks_for(r, "json&validate")) {
        v8ssr_print_json(r, rows, asks_for(r, "json&validate"));
    }
    else if (asks_for(r, "prometheus")) {
        v8ssr_print_prometheus(r, rows);
    }
    else {
        print_html(r, rows);
    }
    return OK;
}
