/* SPDX-License-Identifier: Apache-2.0 */
#include "json.h"

#include <stdlib.h>
#include <string.h>

static void skip_blanks(struct v8p_json *json)
{
    while (json->at < json->end &&
           (*json->at == ' ' || *json->at == '\n' || *json->at == '\t' ||
            *json->at == '\r')) {
        json->at++;
    }
}

static int take(struct v8p_json *json, char c)
{
    skip_blanks(json);
    if (json->at == json->end || *json->at != c) {
        return 0;
    }
    json->at++;
    return 1;
}

int v8p_json_enter(struct v8p_json *json, char bracket)
{
    return take(json, bracket);
}

int v8p_json_more(struct v8p_json *json)
{
    skip_blanks(json);
    if (json->at < json->end && *json->at == ',') {
        json->at++;
        skip_blanks(json);
    }
    return json->at < json->end && *json->at != '}' && *json->at != ']';
}

int v8p_json_string(struct v8p_json *json, struct v8p_json_text *string)
{
    if (!take(json, '"')) {
        return 0;
    }
    string->text = json->at;
    while (json->at < json->end && *json->at != '"') {
        json->at += *json->at == '\\' && json->end - json->at > 1 ? 2 : 1;
    }
    string->length = (size_t)(json->at - string->text);
    return take(json, '"');
}

int v8p_json_name(struct v8p_json *json, struct v8p_json_text *name)
{
    return v8p_json_string(json, name) && take(json, ':');
}

static int is_end_of_value(char c)
{
    return c == ',' || c == '}' || c == ']';
}

int v8p_json_skip(struct v8p_json *json)
{
    struct v8p_json_text string;
    size_t depth = 0;

    skip_blanks(json);
    while (json->at < json->end) {
        char c = *json->at;

        if (depth == 0 && is_end_of_value(c)) {
            return 1;
        }
        if (c == '"') {
            if (!v8p_json_string(json, &string)) {
                return 0;
            }
            continue;
        }
        depth += c == '{' || c == '[';
        depth -= c == '}' || c == ']';
        json->at++;
    }
    return 0;
}

int v8p_json_is(const struct v8p_json_text *text, const char *word)
{
    return strlen(word) == text->length &&
           memcmp(word, text->text, text->length) == 0;
}

/* UTF-8 of one UTF-16 unit; of surrogates, U+FFFD each: paths have none. */
static size_t encode(unsigned unit, char *to)
{
    if (unit >= 0xd800 && unit < 0xe000) {
        unit = 0xfffd;
    }
    if (unit < 0x80) {
        to[0] = (char)unit;
        return 1;
    }
    if (unit < 0x800) {
        to[0] = (char)(0xc0 | unit >> 6);
        to[1] = (char)(0x80 | (unit & 0x3f));
        return 2;
    }
    to[0] = (char)(0xe0 | unit >> 12);
    to[1] = (char)(0x80 | (unit >> 6 & 0x3f));
    to[2] = (char)(0x80 | (unit & 0x3f));
    return 3;
}

/* Behind the backslash at *at; steps over what it reads. */
static size_t unescape(const char **at, const char *end, char to[3])
{
    static const char from[] = "bfnrt";
    static const char into[] = "\b\f\n\r\t";
    const char *known = strchr(from, **at);
    char digits[5] = "";

    if (**at == 'u' && end - *at > 4) {
        memcpy(digits, *at + 1, 4);
        *at += 5;
        return encode((unsigned)strtoul(digits, NULL, 16), to);
    }
    to[0] = known != NULL && **at != '\0' ? into[known - from] : **at;
    (*at)++;
    return 1;
}

void v8p_json_copy(const struct v8p_json_text *text, char *to, size_t size)
{
    const char *at = text->text;
    const char *end = at + text->length;
    size_t length = 0;

    while (at < end) {
        char bytes[3];
        size_t n = 1;

        if (*at == '\\' && end - at > 1) {
            at++;
            n = unescape(&at, end, bytes);
        }
        else {
            bytes[0] = *at++;
        }
        if (length + n >= size) {
            break;
        }
        memcpy(to + length, bytes, n);
        length += n;
    }
    to[length] = '\0';
}
