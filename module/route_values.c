/* SPDX-License-Identifier: Apache-2.0
 *
 * route_values.c: what single values of a route manifest mean.
 */
#include "route_values.h"

#include "route_manifest.h"
#include "values.h"

#include <apr_lib.h>
#include <apr_strings.h>
#include <string.h>

/* As of directives. */
#define LONGEST apr_time_from_sec(365 * 24 * 3600)

/* Of what a file says, as much as a line of the log bears. */
#define SHOWN 100

/* --- messages ------------------------------------------------------------------ */

/* Without what would end the line or change a terminal. */
const char *v8ssr_route_clean(apr_pool_t *p, const char *text)
{
    size_t n = strlen(text);
    char *copy = apr_pstrmemdup(p, text, n < SHOWN ? n : SHOWN);
    char *at;

    for (at = copy; *at != '\0'; at++) {
        if (apr_iscntrl(*at)) {
            *at = '?';
        }
    }
    return n > SHOWN ? apr_pstrcat(p, copy, "...", NULL) : copy;
}

static const char *shown(apr_pool_t *p, const json_t *json)
{
    static const char *const kinds[] = {
        [JSON_OBJECT] = "an object", [JSON_ARRAY] = "a list",
        [JSON_INTEGER] = "a number", [JSON_REAL] = "a number",
        [JSON_TRUE] = "true",        [JSON_FALSE] = "false",
        [JSON_NULL] = "null"};

    if (json == NULL) {
        return "nothing";
    }
    if (json_is_integer(json)) {
        return apr_psprintf(p, "%" APR_INT64_T_FMT,
                            (apr_int64_t)json_integer_value(json));
    }
    return json_is_string(json)
               ? apr_pstrcat(p, "\"",
                             v8ssr_route_clean(p, json_string_value(json)),
                             "\"", NULL)
               : kinds[json_typeof(json)];
}

/* what: "a number was expected". */
const char *v8ssr_route_say(const v8ssr_route_reader *in, const char *what)
{
    return *in->place != '\0' ? apr_pstrcat(in->t, in->place, ": ", what, NULL)
                              : what;
}

const char *v8ssr_route_expected(const v8ssr_route_reader *in, const char *what,
                                 const json_t *json)
{
    return v8ssr_route_say(
        in, apr_pstrcat(in->t, what, ", not ", shown(in->t, json), NULL));
}

v8ssr_route_reader v8ssr_route_member(const v8ssr_route_reader *in,
                                      const char *name)
{
    v8ssr_route_reader inner = *in;

    inner.place = *in->place != '\0'
                      ? apr_pstrcat(in->t, in->place, ".", name, NULL)
                      : name;
    return inner;
}

v8ssr_route_reader v8ssr_route_element(const v8ssr_route_reader *in, size_t i)
{
    v8ssr_route_reader inner = *in;

    inner.place = apr_psprintf(in->t, "%s[%d]", in->place, (int)i);
    return inner;
}

/* --- values -------------------------------------------------------------------- */

const char *v8ssr_route_flag(const v8ssr_route_reader *in, const json_t *json,
                             int *flag)
{
    if (!json_is_boolean(json)) {
        return v8ssr_route_expected(in, "true or false was expected", json);
    }
    *flag = json_is_true(json);
    return NULL;
}

/* "60s", or 60: seconds, as in directives. */
const char *v8ssr_route_time(const v8ssr_route_reader *in, const json_t *json,
                             apr_interval_time_t *time)
{
    const char *text = NULL;
    const char *wrong;

    if (json_is_integer(json)) {
        text = apr_psprintf(in->t, "%" APR_INT64_T_FMT,
                            (apr_int64_t)json_integer_value(json));
    }
    else if (json_is_string(json)) {
        text = json_string_value(json);
    }
    wrong = v8ssr_parse_time(in->t, text != NULL ? text : "", 0, LONGEST, time);
    return wrong == NULL ? NULL : v8ssr_route_expected(in, wrong, json);
}

const char *v8ssr_route_bundle(const v8ssr_route_reader *in, const json_t *json,
                               const char **bundle)
{
    if (!json_is_string(json) || !v8ssr_is_name(json_string_value(json))) {
        return v8ssr_route_expected(in, "the name of an SSRBundle was expected",
                                    json);
    }
    *bundle = apr_pstrdup(in->p, json_string_value(json));
    return NULL;
}

const char *v8ssr_route_streaming(const v8ssr_route_reader *in,
                                  const json_t *json, int *streaming)
{
    static const char *const words[] = {[V8SSR_ROUTE_STREAMING_OFF] = "off",
                                        [V8SSR_ROUTE_STREAMING_AUTO] = "auto",
                                        [V8SSR_ROUTE_STREAMING_ON] = "on"};
    int i;

    for (i = 0; i < 3; i++) {
        if (json_is_string(json) &&
            strcmp(json_string_value(json), words[i]) == 0) {
            *streaming = i;
            return NULL;
        }
    }
    return v8ssr_route_expected(in, "\"auto\", \"on\" or \"off\" was expected",
                                json);
}

/* Those that a purge can name: commas separate them there, spaces around them
 * go, and a longer one is refused. */
static int is_tag(const char *tag)
{
    size_t n = strlen(tag), i;

    for (i = 0; i < n; i++) {
        if (apr_iscntrl(tag[i]) || tag[i] == ',') {
            return 0;
        }
    }
    return n >= 1 && n <= 256 && tag[0] != ' ' && tag[n - 1] != ' ';
}

const char *v8ssr_route_tags(const v8ssr_route_reader *in, const json_t *json,
                             const apr_array_header_t **tags)
{
    size_t n = json_array_size(json), i;
    apr_array_header_t *list;

    if (!json_is_array(json) || n > V8SSR_ROUTE_TAGS) {
        return n > V8SSR_ROUTE_TAGS
                   ? v8ssr_route_say(in, "at most 32 tags were expected")
                   : v8ssr_route_expected(in, "a list of tags was expected",
                                          json);
    }
    list = apr_array_make(in->p, (int)n, sizeof(const char *));
    for (i = 0; i < n; i++) {
        const json_t *tag = json_array_get(json, i);
        v8ssr_route_reader at = v8ssr_route_element(in, i);

        if (!json_is_string(tag) || !is_tag(json_string_value(tag))) {
            return v8ssr_route_expected(
                &at,
                "a tag of 1 to 256 bytes, without commas and "
                "without spaces around it, was expected",
                tag);
        }
        APR_ARRAY_PUSH(list, const char *) =
            apr_pstrcat(in->p, "t:", json_string_value(tag), NULL);
    }
    *tags = list;
    return NULL;
}

const char *v8ssr_route_path(const v8ssr_route_reader *in, const json_t *json,
                             int has_names, v8ssr_route_entry *entry)
{
    const char *wrong;

    if (!json_is_string(json)) {
        return v8ssr_route_expected(in, "a path was expected", json);
    }
    wrong =
        v8ssr_route_pattern(in->p, json_string_value(json), has_names, entry);
    return wrong == NULL ? NULL : v8ssr_route_expected(in, wrong, json);
}
