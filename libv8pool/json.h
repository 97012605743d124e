/* SPDX-License-Identifier: Apache-2.0
 *
 * json.h: walks over JSON text in place: enough for finding a few members of a
 * large object without a copy of the rest.
 */
#ifndef V8P_JSON_H
#define V8P_JSON_H

#include <stddef.h>

struct v8p_json {
    const char *at;
    const char *end;
};

/* A string between its quotes, escapes as they stand. */
struct v8p_json_text {
    const char *text;
    size_t length;
};

/* Enters an object ('{') or array ('['): 1, else 0. */
int v8p_json_enter(struct v8p_json *json, char bracket);
/* Whether another member follows; steps over its comma. */
int v8p_json_more(struct v8p_json *json);
/* A member's name and its colon; a string.  0: something else. */
int v8p_json_name(struct v8p_json *json, struct v8p_json_text *name);
int v8p_json_string(struct v8p_json *json, struct v8p_json_text *string);
/* Any value.  0: the text ends within it. */
int v8p_json_skip(struct v8p_json *json);

int v8p_json_is(const struct v8p_json_text *text, const char *word);
/* The string without its escapes, cut to fit, UTF-8. */
void v8p_json_copy(const struct v8p_json_text *text, char *to, size_t size);

#endif /* V8P_JSON_H */
