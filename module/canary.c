/* SPDX-License-Identifier: Apache-2.0
 *
 * canary.c: SSRCanary's arguments, the choice of a version, the rollback.
 */
#include "canary.h"

#include "counts.h"
#include "log.h"
#include "values.h"

#include <http_protocol.h>
#include <apr_lib.h>
#include <apr_strings.h>
#include <string.h>

APLOG_USE_MODULE(v8ssr);

int v8ssr_canary_rollback(const v8ssr_canary *canary)
{
    return canary->rollback != V8SSR_UNSET ? canary->rollback
                                           : 5 * (V8SSR_WHOLE / 100);
}

apr_interval_time_t v8ssr_canary_window(const v8ssr_canary *canary)
{
    return canary->window != V8SSR_UNSET ? canary->window
                                         : apr_time_from_sec(60);
}

/* --- SSRCanary -------------------------------------------------------------- */

/* "off", "5%", "5%/2m" */
static const char *parse_rollback(apr_pool_t *p, const char *text,
                                  v8ssr_canary *canary)
{
    const char *end = strchr(text, '%');
    const char *wrong;

    if (ap_cstr_casecmp(text, "off") == 0) {
        canary->rollback = V8SSR_NO_ROLLBACK;
        return NULL;
    }
    if (end == NULL || (end[1] != '\0' && end[1] != '/')) {
        return "rollback=RATE%, rollback=RATE%/WINDOW or rollback=off was "
               "expected";
    }
    wrong = v8ssr_parse_percent(p, apr_pstrmemdup(p, text, end - text),
                                &canary->rollback);
    if (wrong == NULL && end[1] == '/') {
        wrong = v8ssr_parse_time(p, end + 2, apr_time_from_sec(1),
                                 apr_time_from_sec(3600), &canary->window);
    }
    return wrong != NULL ? apr_pstrcat(p, "rollback: ", wrong, NULL) : NULL;
}

static int is_token(const char *text)
{
    return *text != '\0' && *ap_scan_http_token(text) == '\0';
}

static const char *parse_option(apr_pool_t *p, const char *option,
                                v8ssr_canary *canary)
{
    if (strncmp(option, "cookie=", 7) == 0 && is_token(option + 7)) {
        canary->cookie = apr_pstrdup(p, option + 7);
        return NULL;
    }
    if (strncmp(option, "header=", 7) == 0 && is_token(option + 7)) {
        canary->header = apr_pstrdup(p, option + 7);
        return NULL;
    }
    if (strncmp(option, "rollback=", 9) == 0) {
        return parse_rollback(p, option + 9, canary);
    }
    return apr_pstrcat(p, "cookie=NAME, header=NAME or rollback=RATE%[/WINDOW] "
                          "was expected, not \"",
                       option, "\"", NULL);
}

const char *v8ssr_canary_parse(apr_pool_t *p, int argc, char *const argv[],
                               v8ssr_bundle **bundle)
{
    v8ssr_canary *canary = apr_pcalloc(p, sizeof(*canary));
    const char *wrong = NULL;
    int i;

    if (argc < 3) {
        return "a bundle's name, a path and a percentage were expected";
    }
    if (!v8ssr_is_name(argv[0])) {
        return apr_pstrcat(p, "\"", argv[0],
                           "\": the name of an SSRBundle was expected", NULL);
    }
    *bundle = apr_pcalloc(p, sizeof(**bundle));
    (*bundle)->name = apr_pstrcat(p, argv[0], "@canary", NULL);
    (*bundle)->path = ap_server_root_relative(p, argv[1]);
    (*bundle)->pool = p;
    (*bundle)->canary = canary;
    canary->of = apr_pstrdup(p, argv[0]);
    canary->rollback = V8SSR_UNSET;
    canary->window = V8SSR_UNSET;
    wrong = (*bundle)->path == NULL
                ? "the path is invalid"
                : v8ssr_parse_percent(p, argv[2], &canary->share);
    for (i = 3; i < argc && wrong == NULL; i++) {
        wrong = parse_option(p, argv[i], canary);
    }
    return wrong != NULL ? apr_pstrcat(p, argv[0], ": ", wrong, NULL) : NULL;
}

void v8ssr_canary_resolve(const server_rec *s)
{
    const v8ssr_server_config *c = v8ssr_server_config_of(s);
    int i;

    for (i = 0; i < c->bundles->nelts; i++) {
        v8ssr_bundle *bundle = APR_ARRAY_IDX(c->bundles, i, v8ssr_bundle *);
        v8ssr_canary *canary = bundle->canary;

        if (canary != NULL && canary->stable == NULL) { /* else inherited */
            canary->stable = v8ssr_find_bundle(c, canary->of);
            bundle->format = canary->stable->format;
            bundle->no_source_maps = canary->stable->no_source_maps;
            bundle->entry = canary->stable->entry;
            bundle->self_test = canary->stable->self_test;
        }
    }
}

/* --- the choice ------------------------------------------------------------- */

/* A host's own comes first and so hides the main server's. */
static const v8ssr_bundle *canary_of(const request_rec *r,
                                     const v8ssr_bundle *stable)
{
    const v8ssr_server_config *c = v8ssr_server_config_of(r->server);
    int i;

    for (i = 0; i < c->bundles->nelts; i++) {
        const v8ssr_bundle *bundle =
            APR_ARRAY_IDX(c->bundles, i, v8ssr_bundle *);

        if (bundle->canary != NULL && bundle->canary->stable == stable) {
            return bundle;
        }
    }
    return NULL;
}

static int is_one_of(const char *text, const char *const words[3])
{
    return ap_cstr_casecmp(text, words[0]) == 0 ||
           ap_cstr_casecmp(text, words[1]) == 0 ||
           ap_cstr_casecmp(text, words[2]) == 0;
}

/* V8SSR_VERSIONS: the header is not there, or says something else. */
static v8ssr_version named_in_header(request_rec *r, const v8ssr_canary *canary)
{
    static const char *const on[] = {"1", "on", "canary"};
    static const char *const off[] = {"0", "off", "stable"};
    const char *value;

    if (canary->header == NULL) {
        return V8SSR_VERSIONS;
    }
    apr_table_mergen(r->err_headers_out, "Vary", canary->header);
    value = apr_table_get(r->headers_in, canary->header);
    if (value == NULL) {
        return V8SSR_VERSIONS;
    }
    return is_one_of(value, on)    ? V8SSR_CANARY
           : is_one_of(value, off) ? V8SSR_STABLE
                                   : V8SSR_VERSIONS;
}

static v8ssr_version version_called(const char *name)
{
    return name == NULL                   ? V8SSR_VERSIONS
           : strcmp(name, "canary") == 0 ? V8SSR_CANARY
           : strcmp(name, "stable") == 0 ? V8SSR_STABLE
                                         : V8SSR_VERSIONS;
}

/* RFC 6265, 4.2.1; the first of that name counts. */
static const char *cookie_value(request_rec *r, const char *name)
{
    const char *cookies = apr_table_get(r->headers_in, "Cookie");
    char *rest = apr_pstrdup(r->pool, cookies != NULL ? cookies : "");
    size_t n = strlen(name);
    char *state;
    char *pair;

    for (pair = apr_strtok(rest, ";", &state); pair != NULL;
         pair = apr_strtok(NULL, ";", &state)) {
        while (apr_isspace(*pair)) {
            pair++;
        }
        if (strncmp(pair, name, n) == 0 && pair[n] == '=') {
            return pair + n + 1;
        }
    }
    return NULL;
}

/* The request the client sent, of which r may be a part or an ErrorDocument. */
static request_rec *client_request(request_rec *r)
{
    while (r->main != NULL || r->prev != NULL) {
        r = r->main != NULL ? r->main : r->prev;
    }
    return r;
}

static v8ssr_version draw(const v8ssr_canary *canary)
{
    return ap_random_pick(0, V8SSR_WHOLE - 1) < (apr_uint32_t)canary->share
               ? V8SSR_CANARY
               : V8SSR_STABLE;
}

/* No error response may lack the cookie: the next page would be drawn anew. */
static void set_cookie(request_rec *r, const char *name, const char *value)
{
    int is_secure = strcmp(ap_http_scheme(r), "https") == 0;

    apr_table_addn(r->err_headers_out, "Set-Cookie",
                   apr_pstrcat(r->pool, name, "=", value,
                               "; Path=/; HttpOnly; SameSite=Lax",
                               is_secure ? "; Secure" : "", NULL));
}

static v8ssr_version by_cookie(request_rec *r, const v8ssr_canary *canary)
{
    request_rec *first = client_request(r);
    const char *note = apr_pstrcat(r->pool, "v8ssr-drawn-", canary->cookie, NULL);
    v8ssr_version version = version_called(cookie_value(first, canary->cookie));

    apr_table_mergen(first->err_headers_out, "Vary", "Cookie");
    if (version == V8SSR_VERSIONS) {
        version = version_called(apr_table_get(first->notes, note));
    }
    if (version == V8SSR_VERSIONS) {
        const char *value;

        version = draw(canary);
        value = version == V8SSR_CANARY ? "canary" : "stable";
        apr_table_set(first->notes, note, value);
        set_cookie(first, canary->cookie, value);
    }
    return version;
}

/* FNV-1a, then the finish of MurmurHash3: the same for a client as long as it
 * keeps its address, so that a share that grows only adds clients. */
static v8ssr_version by_address(request_rec *r, const v8ssr_canary *canary)
{
    uint64_t hash = UINT64_C(0xcbf29ce484222325);
    const char *parts[] = {canary->of, r->useragent_ip};
    size_t i;

    for (i = 0; i < 2; i++) {
        const char *text = parts[i];

        do {
            hash = (hash ^ (unsigned char)*text) * UINT64_C(0x100000001b3);
        } while (*text++ != '\0');
    }
    hash = (hash ^ hash >> 33) * UINT64_C(0xff51afd7ed558ccd);
    hash ^= hash >> 33;
    return hash % V8SSR_WHOLE < (uint64_t)canary->share ? V8SSR_CANARY
                                                        : V8SSR_STABLE;
}

static v8ssr_version by_share(request_rec *r, const v8ssr_bundle *bundle)
{
    const v8ssr_canary *canary = bundle->canary;

    if (canary->share == 0 || v8ssr_watch_is_rolled_back(canary->watch)) {
        return V8SSR_STABLE;
    }
    if (bundle->script == NULL) {
        return V8SSR_STABLE; /* refused at a restart, V8SSR0022 */
    }
    if (canary->share == V8SSR_WHOLE) {
        return V8SSR_CANARY;
    }
    return canary->cookie != NULL ? by_cookie(r, canary)
                                  : by_address(r, canary);
}

int v8ssr_canary_has(const request_rec *r, const v8ssr_bundle *bundle)
{
    return canary_of(r, bundle) != NULL;
}

v8ssr_choice v8ssr_canary_choose(request_rec *r, const v8ssr_bundle *bundle)
{
    const v8ssr_bundle *canary = canary_of(r, bundle);
    v8ssr_choice choice = {bundle, NULL, V8SSR_STABLE};

    if (canary == NULL) {
        return choice;
    }
    choice.version = named_in_header(r, canary->canary);
    if (choice.version == V8SSR_VERSIONS) {
        choice.version = by_share(r, canary);
        choice.canary = canary->canary;
    }
    if (choice.version == V8SSR_CANARY) {
        choice.bundle = canary;
    }
    return choice;
}

/* --- the rollback ----------------------------------------------------------- */

/* What fails in both versions is no reason to go back. */
static double excess(const v8ssr_tally *canary, const v8ssr_tally *stable)
{
    double usual = stable->renders >= V8SSR_CANARY_LEAST
                       ? (double)stable->errors / stable->renders
                       : 0;

    return (double)canary->errors / canary->renders - usual;
}

static void watch(server_rec *s, const v8ssr_canary *canary)
{
    v8ssr_tally new = v8ssr_watch_tally(canary->watch, V8SSR_CANARY);
    v8ssr_tally old = v8ssr_watch_tally(canary->watch, V8SSR_STABLE);
    int most = v8ssr_canary_rollback(canary);

    if (most == V8SSR_NO_ROLLBACK || new.renders < V8SSR_CANARY_LEAST ||
        excess(&new, &old) <= (double)most / V8SSR_WHOLE ||
        !v8ssr_watch_roll_back(canary->watch)) {
        return;
    }
    ap_log_error(APLOG_MARK, APLOG_ERR, 0, s,
                 V8SSR_LOGNO(0030) "canary of %s is rolled back: of its last "
                                   "%u renders %u failed, of the stable "
                                   "version's %u %u, within %d s; up to %g%% "
                                   "more was allowed",
                 canary->of, new.renders, new.errors, old.renders, old.errors,
                 (int)apr_time_sec(v8ssr_canary_window(canary)),
                 (double)most / (V8SSR_WHOLE / 100));
}

void v8ssr_canary_ended(server_rec *s, const v8ssr_choice *choice,
                        v8pool_status status, const v8pool_timing *timing)
{
    v8ssr_count(choice->bundle->counts, status, timing);
    if (choice->canary == NULL || v8ssr_kind_of(status) == V8SSR_NOT_RENDERED) {
        return;
    }
    v8ssr_watch_count(choice->canary->watch, choice->version,
                      v8ssr_kind_of(status) == V8SSR_FAILED);
    if (choice->version == V8SSR_CANARY) {
        watch(s, choice->canary);
    }
}
