/* SPDX-License-Identifier: Apache-2.0
 *
 * metrics.c: reads the counts of all bundles; prints them as JSON and for
 * Prometheus.  Names and texts of the series are in families[].
 */
#include "metrics.h"

#include "breaker.h"
#include "cache_metrics.h"
#include "config.h"
#include "fetch_metrics.h"
#include "poison.h"
#include "values.h"

#include <http_main.h>
#include <http_protocol.h>
#include <apr_strings.h>
#include <string.h>

/* --- the numbers ------------------------------------------------------------ */

static void read_counts(v8ssr_row *row, v8ssr_counts *counts)
{
    int i;

    for (i = 0; i < V8POOL_STATUS_COUNT; i++) {
        row->ended[i] = atomic_load(&counts->ended[i]);
    }
    for (i = 0; i < V8SSR_WAYS; i++) {
        row->fallbacks[i] = atomic_load(&counts->fallbacks[i]);
    }
    row->timed = atomic_load(&counts->timed);
    row->render_us = atomic_load(&counts->render_us);
}

/* Several hosts see one bundle, or share a name and so its counts. */
static int is_new(apr_array_header_t *seen, const void *counts)
{
    int i;

    for (i = 0; i < seen->nelts; i++) {
        if (APR_ARRAY_IDX(seen, i, const void *) == counts) {
            return 0;
        }
    }
    APR_ARRAY_PUSH(seen, const void *) = counts;
    return 1;
}

static void add_row(apr_array_header_t *rows, const char *host,
                    const v8ssr_bundle *bundle)
{
    v8ssr_row *row = apr_array_push(rows);

    row->host = host;
    row->canary = bundle->canary;
    row->bundle = bundle->canary != NULL ? bundle->canary->of : bundle->name;
    row->version = bundle->canary != NULL ? "canary" : "stable";
    read_counts(row, bundle->counts);
}

apr_array_header_t *v8ssr_rows(apr_pool_t *p)
{
    apr_array_header_t *rows = apr_array_make(p, 8, sizeof(v8ssr_row));
    apr_array_header_t *seen = apr_array_make(p, 8, sizeof(void *));
    const server_rec *s;

    for (s = ap_server_conf; s != NULL; s = s->next) {
        const v8ssr_server_config *c = v8ssr_server_config_of(s);
        const char *host = v8ssr_host_name(p, s);
        int i;

        for (i = 0; i < c->bundles->nelts; i++) {
            const v8ssr_bundle *bundle =
                APR_ARRAY_IDX(c->bundles, i, v8ssr_bundle *);

            if (is_new(seen, bundle->counts)) {
                add_row(rows, host, bundle);
            }
        }
    }
    return rows;
}

uint64_t v8ssr_row_sum(const v8ssr_row *row, v8ssr_kind kind)
{
    uint64_t n = 0;
    int i;

    for (i = 0; i < V8POOL_STATUS_COUNT; i++) {
        n += v8ssr_kind_of(i) == kind ? row->ended[i] : 0;
    }
    return n;
}

uint64_t v8ssr_row_renders(const v8ssr_row *row)
{
    return v8ssr_row_sum(row, V8SSR_ANSWERED) + v8ssr_row_sum(row, V8SSR_FAILED);
}

double v8ssr_error_percent(const v8ssr_tally *tally)
{
    return tally->renders > 0 ? 100.0 * tally->errors / tally->renders : 0;
}

double v8ssr_canary_percent(const v8ssr_canary *canary)
{
    return (double)canary->share / (V8SSR_WHOLE / 100);
}

/* --- JSON ------------------------------------------------------------------- */

/* ASCII, so that it is UTF-8 whatever the configuration is written in. */
const char *v8ssr_json_string(apr_pool_t *p, const char *text)
{
    char *json = apr_palloc(p, 6 * strlen(text) + 3);
    char *at = json;

    *at++ = '"';
    for (; *text != '\0'; text++) {
        unsigned char c = (unsigned char)*text;

        if (c == '"' || c == '\\' || c < 0x20 || c > 0x7e) {
            at += apr_snprintf(at, 7, "\\u%04x", c);
        }
        else {
            *at++ = (char)c;
        }
    }
    *at++ = '"';
    *at = '\0';
    return json;
}

static void json_kinds(request_rec *r, const char *name, const v8ssr_row *row,
                       v8ssr_kind kind)
{
    const char *comma = "";
    int i;

    ap_rprintf(r, ",\"%s\":{", name);
    for (i = 0; i < V8POOL_STATUS_COUNT; i++) {
        if (v8ssr_kind_of(i) == kind) {
            ap_rprintf(r, "%s\"%s\":%" APR_UINT64_T_FMT, comma,
                       v8ssr_kind_name(i), row->ended[i]);
            comma = ",";
        }
    }
    ap_rputs("}", r);
}

static void json_fallbacks(request_rec *r, const v8ssr_row *row)
{
    int i;

    ap_rputs(",\"fallbacks\":{", r);
    for (i = 0; i < V8SSR_WAYS; i++) {
        ap_rprintf(r, "%s\"%s\":%" APR_UINT64_T_FMT, i > 0 ? "," : "",
                   v8ssr_way_name(i), row->fallbacks[i]);
    }
    ap_rputs("}", r);
}

static void json_canary(request_rec *r, const v8ssr_canary *canary)
{
    v8ssr_tally new = v8ssr_watch_tally(canary->watch, V8SSR_CANARY);
    v8ssr_tally old = v8ssr_watch_tally(canary->watch, V8SSR_STABLE);
    int most = v8ssr_canary_rollback(canary);

    ap_rprintf(r, ",\"canary\":{\"percent\":%g,\"rolled_back\":%s,"
                  "\"rollback_percent\":",
               v8ssr_canary_percent(canary),
               v8ssr_watch_is_rolled_back(canary->watch) ? "true" : "false");
    if (most == V8SSR_NO_ROLLBACK) {
        ap_rputs("null", r);
    }
    else {
        ap_rprintf(r, "%g", (double)most / (V8SSR_WHOLE / 100));
    }
    ap_rprintf(r, ",\"window_s\":%d,\"window\":{\"canary\":{\"renders\":%u,"
                  "\"errors\":%u},\"stable\":{\"renders\":%u,\"errors\":%u}}}",
               (int)apr_time_sec(v8ssr_canary_window(canary)), new.renders,
               new.errors, old.renders, old.errors);
}

static void json_row(request_rec *r, const v8ssr_row *row)
{
    ap_rprintf(r,
               "{\"host\":%s,\"bundle\":%s,\"version\":\"%s\","
               "\"renders\":%" APR_UINT64_T_FMT ",\"errors\":%" APR_UINT64_T_FMT,
               v8ssr_json_string(r->pool, row->host), v8ssr_json_string(r->pool, row->bundle),
               row->version, v8ssr_row_renders(row),
               v8ssr_row_sum(row, V8SSR_FAILED));
    json_kinds(r, "answered", row, V8SSR_ANSWERED);
    json_kinds(r, "errors_by_kind", row, V8SSR_FAILED);
    json_kinds(r, "not_rendered", row, V8SSR_NOT_RENDERED);
    json_fallbacks(r, row);
    ap_rprintf(r, ",\"timed\":%" APR_UINT64_T_FMT ",\"render_us\":%"
                  APR_UINT64_T_FMT, row->timed, row->render_us);
    if (row->canary != NULL) {
        json_canary(r, row->canary);
    }
    ap_rputs("}", r);
}

void v8ssr_print_json(request_rec *r, const apr_array_header_t *rows,
                      int validate)
{
    int i;

    ap_set_content_type(r, "application/json");
    ap_rprintf(r, "{\"engine\":\"%s\",\"bundles\":[", v8pool_engine_version());
    for (i = 0; i < rows->nelts; i++) {
        ap_rputs(i > 0 ? ",\n" : "\n", r);
        json_row(r, &APR_ARRAY_IDX(rows, i, v8ssr_row));
    }
    ap_rputs("\n],\n", r);
    v8ssr_cache_print_json(r, validate);
    ap_rputs(",\n", r);
    v8ssr_fetch_print_json(r);
    ap_rputs(",\n", r);
    v8ssr_poison_print_json(r);
    ap_rputs(",\n", r);
    v8ssr_breaker_print_json(r);
    ap_rputs("}\n", r);
}

/* --- Prometheus, text format 0.0.4 ------------------------------------------ */

static const char *label(apr_pool_t *p, const char *text)
{
    char *value = apr_palloc(p, 2 * strlen(text) + 1);
    char *at = value;

    for (; *text != '\0'; text++) {
        unsigned char c = (unsigned char)*text;

        if (c == '"' || c == '\\') {
            *at++ = '\\';
        }
        *at++ = c < 0x20 || c > 0x7e ? '?' : (char)c;
    }
    *at = '\0';
    return value;
}

/* The name and its labels; more is "" or begins with a comma. */
static void series(request_rec *r, const v8ssr_row *row, const char *name,
                   const char *more)
{
    ap_rprintf(r, "%s{host=\"%s\",bundle=\"%s\",version=\"%s\"%s} ", name,
               label(r->pool, row->host), label(r->pool, row->bundle),
               row->version, more);
}

static void family(request_rec *r, const char *name, const char *type,
                   const char *help)
{
    ap_rprintf(r, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

static void series_of_kinds(request_rec *r, const v8ssr_row *row,
                            const char *name, v8ssr_kind kind)
{
    int i;

    for (i = 0; i < V8POOL_STATUS_COUNT; i++) {
        if (v8ssr_kind_of(i) == kind) {
            series(r, row, name,
                   apr_psprintf(r->pool, ",kind=\"%s\"", v8ssr_kind_name(i)));
            ap_rprintf(r, "%" APR_UINT64_T_FMT "\n", row->ended[i]);
        }
    }
}

static void series_renders(request_rec *r, const v8ssr_row *row)
{
    series(r, row, "v8ssr_renders_total", "");
    ap_rprintf(r, "%" APR_UINT64_T_FMT "\n", v8ssr_row_renders(row));
}

static void series_errors(request_rec *r, const v8ssr_row *row)
{
    series_of_kinds(r, row, "v8ssr_render_errors_total", V8SSR_FAILED);
}

static void series_not_rendered(request_rec *r, const v8ssr_row *row)
{
    series_of_kinds(r, row, "v8ssr_not_rendered_total", V8SSR_NOT_RENDERED);
}

static void series_fallbacks(request_rec *r, const v8ssr_row *row)
{
    int i;

    for (i = 0; i < V8SSR_WAYS; i++) {
        series(r, row, "v8ssr_fallbacks_total",
               apr_psprintf(r->pool, ",way=\"%s\"", v8ssr_way_name(i)));
        ap_rprintf(r, "%" APR_UINT64_T_FMT "\n", row->fallbacks[i]);
    }
}

static void series_seconds(request_rec *r, const v8ssr_row *row)
{
    series(r, row, "v8ssr_render_seconds_sum", "");
    ap_rprintf(r, "%" APR_UINT64_T_FMT ".%06u\n",
               row->render_us / 1000000, (unsigned)(row->render_us % 1000000));
    series(r, row, "v8ssr_render_seconds_count", "");
    ap_rprintf(r, "%" APR_UINT64_T_FMT "\n", row->timed);
}

static void series_percent(request_rec *r, const v8ssr_row *row)
{
    if (row->canary != NULL) {
        series(r, row, "v8ssr_canary_percent", "");
        ap_rprintf(r, "%g\n", v8ssr_canary_percent(row->canary));
    }
}

static void series_rolled_back(request_rec *r, const v8ssr_row *row)
{
    if (row->canary != NULL) {
        series(r, row, "v8ssr_canary_rolled_back", "");
        ap_rprintf(r, "%d\n", v8ssr_watch_is_rolled_back(row->canary->watch));
    }
}

static void series_ratio(request_rec *r, const v8ssr_row *row)
{
    if (row->canary != NULL) {
        v8ssr_tally new = v8ssr_watch_tally(row->canary->watch, V8SSR_CANARY);

        series(r, row, "v8ssr_canary_error_ratio", "");
        ap_rprintf(r, "%.4f\n", v8ssr_error_percent(&new) / 100);
    }
}

void v8ssr_print_prometheus(request_rec *r, const apr_array_header_t *rows)
{
    static const struct {
        const char *name, *type, *help;
        void (*print)(request_rec *r, const v8ssr_row *row);
    } families[] = {
        {"v8ssr_renders_total", "counter", "Renders that ended, failed or not.",
         series_renders},
        {"v8ssr_render_errors_total", "counter", "Renders that failed.",
         series_errors},
        {"v8ssr_not_rendered_total", "counter",
         "Requests that were refused before a render.", series_not_rendered},
        {"v8ssr_fallbacks_total", "counter",
         "Requests that got something in place of a page.", series_fallbacks},
        {"v8ssr_render_seconds", "summary", "Time in the bundle.",
         series_seconds},
        {"v8ssr_canary_percent", "gauge",
         "The canary's share of the traffic, as configured.", series_percent},
        {"v8ssr_canary_rolled_back", "gauge",
         "1 when the canary was rolled back.", series_rolled_back},
        {"v8ssr_canary_error_ratio", "gauge",
         "Failed renders of the canary's, within its window.", series_ratio},
    };
    size_t i;
    int n;

    ap_set_content_type(r, "text/plain; version=0.0.4; charset=utf-8");
    for (i = 0; i < sizeof(families) / sizeof(families[0]); i++) {
        family(r, families[i].name, families[i].type, families[i].help);
        for (n = 0; n < rows->nelts; n++) {
            families[i].print(r, &APR_ARRAY_IDX(rows, n, v8ssr_row));
        }
    }
    v8ssr_cache_print_prometheus(r);
    v8ssr_fetch_print_prometheus(r);
    v8ssr_poison_print_prometheus(r);
    v8ssr_breaker_print_prometheus(r);
}
