/* SPDX-License-Identifier: Apache-2.0
 *
 * route_manifest.c: from JSON to tables of routes.  Whoever wrote the file
 * reads what is wrong in it: each message has the place.
 */
#include "route_manifest.h"

#include "route_values.h"

#include <apr_strings.h>
#include <string.h>

/* --- routes -------------------------------------------------------------------- */

static v8ssr_route_rule *rule_make(const v8ssr_route_reader *in, int ssr)
{
    v8ssr_route_rule *rule = apr_pcalloc(in->p, sizeof(*rule));

    rule->place = apr_pstrdup(in->p, in->place);
    rule->ssr = ssr;
    rule->cache = rule->streaming = V8SSR_ROUTE_UNSAID;
    rule->ttl = rule->swr = rule->stale_if_error = V8SSR_ROUTE_UNSAID;
    return rule;
}

static const char *read_member(const v8ssr_route_reader *in, const char *name,
                               const json_t *json, v8ssr_route_rule *rule)
{
    v8ssr_route_reader at = v8ssr_route_member(in, name);

    if (strcmp(name, "path") == 0) {
        return NULL; /* has been read */
    }
    if (strcmp(name, "bundle") == 0) {
        return v8ssr_route_bundle(&at, json, &rule->bundle);
    }
    if (strcmp(name, "ttl") == 0) {
        return v8ssr_route_time(&at, json, &rule->ttl);
    }
    if (strcmp(name, "swr") == 0) {
        return v8ssr_route_time(&at, json, &rule->swr);
    }
    if (strcmp(name, "staleIfError") == 0) {
        return v8ssr_route_time(&at, json, &rule->stale_if_error);
    }
    if (strcmp(name, "tags") == 0) {
        return v8ssr_route_tags(&at, json, &rule->tags);
    }
    if (strcmp(name, "streaming") == 0) {
        return v8ssr_route_streaming(&at, json, &rule->streaming);
    }
    if (strcmp(name, "cache") == 0) {
        return v8ssr_route_flag(&at, json, &rule->cache);
    }
    if (strcmp(name, "ssr") == 0) {
        return v8ssr_route_flag(&at, json, &rule->ssr);
    }
    return v8ssr_route_say(
        in, apr_pstrcat(in->t,
                        "path, bundle, ttl, swr, staleIfError, "
                        "tags, streaming, cache or ssr was "
                        "expected, not \"",
                        v8ssr_route_clean(in->t, name), "\"", NULL));
}

static const char *read_route(const v8ssr_route_reader *in, const json_t *json,
                              v8ssr_route_rule *rule, v8ssr_route_entry *entry)
{
    const json_t *path = json_object_get(json, "path");
    v8ssr_route_reader at = v8ssr_route_member(in, "path");
    const char *wrong;
    const char *name;
    json_t *value;

    if (!json_is_object(json)) {
        return v8ssr_route_expected(in, "an object was expected", json);
    }
    wrong = v8ssr_route_path(&at, path, 1, entry);
    json_object_foreach((json_t *)json, name, value) {
        if (wrong == NULL) {
            wrong = read_member(in, name, value, rule);
        }
    }
    if (wrong != NULL) {
        return wrong;
    }
    if (!rule->ssr && json_object_size(json) > 2) {
        return v8ssr_route_say(
            in, "no more than path was expected beside \"ssr\": false, "
                "which leaves it to httpd");
    }
    rule->path = apr_pstrdup(in->p, json_string_value(path));
    return NULL;
}

static const char *read_routes(const v8ssr_route_reader *in, const json_t *json,
                               apr_array_header_t *entries,
                               apr_array_header_t *rules)
{
    size_t i;

    if (!json_is_array(json)) {
        return v8ssr_route_expected(in, "a list of routes was expected", json);
    }
    if (json_array_size(json) > V8SSR_ROUTES_MOST) {
        return v8ssr_route_say(in, "at most 10000 routes were expected");
    }
    for (i = 0; i < json_array_size(json); i++) {
        v8ssr_route_reader at = v8ssr_route_element(in, i);
        v8ssr_route_rule *rule = rule_make(&at, 1);
        v8ssr_route_entry *entry = apr_array_push(entries);
        const char *wrong =
            read_route(&at, json_array_get(json, i), rule, entry);

        if (wrong != NULL) {
            return wrong;
        }
        entry->says = rule;
        entry->number = (int)i;
        APR_ARRAY_PUSH(rules, const v8ssr_route_rule *) = rule;
    }
    return NULL;
}

static const char *say_twice(const v8ssr_route_reader *in,
                             const apr_array_header_t *rules,
                             const v8ssr_route_pair *pair)
{
    const v8ssr_route_rule *first =
        APR_ARRAY_IDX(rules, pair->first, const v8ssr_route_rule *);
    const v8ssr_route_rule *second =
        APR_ARRAY_IDX(rules, pair->second, const v8ssr_route_rule *);

    return apr_psprintf(in->t,
                        "%s.path: another path than that of %s was expected: "
                        "\"%s\" and \"%s\" are the same URLs",
                        second->place, first->place,
                        v8ssr_route_clean(in->t, second->path),
                        v8ssr_route_clean(in->t, first->path));
}

static const char *read_own(const v8ssr_route_reader *in, const json_t *json,
                            v8ssr_route_manifest *m)
{
    int most = (int)json_array_size(json);
    apr_array_header_t *entries =
        apr_array_make(in->p, most, sizeof(v8ssr_route_entry));
    apr_array_header_t *rules =
        apr_array_make(in->p, most, sizeof(v8ssr_route_rule *));
    v8ssr_route_reader at = v8ssr_route_member(in, "routes");
    const char *wrong = read_routes(&at, json, entries, rules);
    const v8ssr_route_pair *twice;
    int i;

    if (wrong != NULL) {
        return wrong;
    }
    twice = v8ssr_route_table_make(in->p, entries, &m->routes);
    for (i = 0; i < rules->nelts; i++) {
        m->caches |=
            APR_ARRAY_IDX(rules, i, const v8ssr_route_rule *)->cache == 1;
    }
    m->rules = rules;
    return twice == NULL ? NULL : say_twice(in, rules, twice);
}

/* --- _routes.json of Cloudflare Pages ------------------------------------------ */

/* A list of paths that all say the same; one that is there twice does no harm.
 */
static const char *read_paths(const v8ssr_route_reader *in, const json_t *json,
                              int ssr, v8ssr_route_table *table)
{
    apr_array_header_t *entries = apr_array_make(
        in->p, (int)json_array_size(json), sizeof(v8ssr_route_entry));
    size_t i;

    if (json != NULL && !json_is_array(json)) {
        return v8ssr_route_expected(in, "a list of paths was expected", json);
    }
    if (json_array_size(json) > V8SSR_ROUTES_MOST) {
        return v8ssr_route_say(in, "at most 10000 paths were expected");
    }
    for (i = 0; i < json_array_size(json); i++) {
        const json_t *path = json_array_get(json, i);
        v8ssr_route_reader at = v8ssr_route_element(in, i);
        v8ssr_route_rule *rule = rule_make(&at, ssr);
        v8ssr_route_entry *entry = apr_array_push(entries);
        const char *wrong = v8ssr_route_path(&at, path, 0, entry);

        if (wrong != NULL) {
            return wrong;
        }
        rule->path = apr_pstrdup(in->p, json_string_value(path));
        entry->says = rule;
        entry->number = (int)i;
    }
    v8ssr_route_table_make(in->p, entries, table);
    return NULL;
}

static const char *read_list(const v8ssr_route_reader *in, const json_t *json,
                             v8ssr_route_manifest *m)
{
    v8ssr_route_reader include = v8ssr_route_member(in, "include"),
                       exclude = v8ssr_route_member(in, "exclude");
    const char *wrong =
        read_paths(&include, json_object_get(json, "include"), 1, &m->routes);

    m->is_list = 1;
    return wrong != NULL
               ? wrong
               : read_paths(&exclude, json_object_get(json, "exclude"), 0,
                            &m->excluded);
}

/* --- the whole ----------------------------------------------------------------- */

/* names: ends with NULL. */
static const char *check_names(const v8ssr_route_reader *in, const json_t *json,
                               const char *const *names, const char *what)
{
    const char *name;
    json_t *value;

    json_object_foreach((json_t *)json, name, value) {
        const char *const *known = names;

        while (*known != NULL && strcmp(*known, name) != 0) {
            known++;
        }
        if (*known == NULL) {
            return v8ssr_route_say(
                in, apr_pstrcat(in->t, what, " was expected, not \"",
                                v8ssr_route_clean(in->t, name), "\"", NULL));
        }
    }
    return NULL;
}

static const char *read_whole(const v8ssr_route_reader *in, const json_t *json,
                              v8ssr_route_manifest *m)
{
    static const char *const own[] = {"version", "routes", "$schema", NULL};
    static const char *const list[] = {"version", "include", "exclude",
                                       "description", NULL};
    const json_t *version = json_object_get(json, "version");
    const json_t *routes = json_object_get(json, "routes");
    v8ssr_route_reader at = v8ssr_route_member(in, "version");
    const char *wrong;

    if (!json_is_object(json)) {
        return v8ssr_route_expected(in, "an object was expected", json);
    }
    if (!json_is_integer(version) || json_integer_value(version) != 1) {
        return v8ssr_route_expected(&at, "1 was expected", version);
    }
    if (routes == NULL && json_object_get(json, "include") == NULL) {
        return v8ssr_route_say(in,
                               "routes, or include and exclude, were expected");
    }
    wrong = routes != NULL
                ? check_names(in, json, own, "version or routes")
                : check_names(in, json, list,
                              "version, include, exclude or description");
    if (wrong != NULL) {
        return wrong;
    }
    return routes != NULL ? read_own(in, routes, m) : read_list(in, json, m);
}

/* In in->t. */
static const char *read_text(const v8ssr_route_reader *in, const char *text,
                             size_t length, v8ssr_route_manifest *manifest)
{
    json_error_t error;
    const char *wrong;
    json_t *json;

    if (length > V8SSR_ROUTE_MANIFEST_BYTES) {
        return ": at most 4M were expected";
    }
    json = json_loadb(text, length, JSON_REJECT_DUPLICATES, &error);
    if (json == NULL) {
        return apr_psprintf(in->t, ":%d:%d: JSON was expected: %s", error.line,
                            error.column, v8ssr_route_clean(in->t, error.text));
    }
    wrong = read_whole(in, json, manifest);
    json_decref(json);
    return wrong == NULL ? NULL : apr_pstrcat(in->t, ": ", wrong, NULL);
}

const char *v8ssr_route_manifest_read(apr_pool_t *p, const char *name,
                                      const char *text, size_t length,
                                      v8ssr_route_manifest *manifest)
{
    v8ssr_route_reader in = {p, NULL, ""};
    const char *wrong;

    memset(manifest, 0, sizeof(*manifest));
    manifest->rules = apr_array_make(p, 1, sizeof(v8ssr_route_rule *));
    apr_pool_create(&in.t, p);
    wrong = read_text(&in, text, length, manifest);
    if (wrong != NULL) {
        wrong = apr_pstrcat(p, name, wrong, NULL);
    }
    apr_pool_destroy(in.t);
    return wrong;
}

const v8ssr_route_rule *
v8ssr_route_manifest_find(const v8ssr_route_manifest *manifest,
                          const char *path)
{
    static const v8ssr_route_rule other = {.path = "",
                                           .place = "",
                                           .ssr = 0,
                                           .cache = V8SSR_ROUTE_UNSAID,
                                           .streaming = V8SSR_ROUTE_UNSAID,
                                           .ttl = V8SSR_ROUTE_UNSAID,
                                           .swr = V8SSR_ROUTE_UNSAID,
                                           .stale_if_error =
                                               V8SSR_ROUTE_UNSAID};
    const v8ssr_route_rule *rule = v8ssr_route_find(&manifest->excluded, path);

    if (rule == NULL) {
        rule = v8ssr_route_find(&manifest->routes, path);
    }
    return rule == NULL && manifest->is_list ? &other : rule;
}
