/* SPDX-License-Identifier: Apache-2.0
 *
 * fetch_head.c: head lines into fields.
 */
#include "fetch_head.h"

#include <stdlib.h>
#include <string.h>

static int is_space(char c)
{
    return c == ' ' || c == '\t';
}

static void trim(const char **text, size_t *length)
{
    while (*length > 0 && is_space(**text)) {
        (*text)++;
        (*length)--;
    }
    while (*length > 0 && is_space((*text)[*length - 1])) {
        (*length)--;
    }
}

/* Appends text and a NUL.  0 = out of memory. */
static int add_text(struct v8p_head *head, const char *text, size_t length,
                    size_t *at)
{
    size_t wanted = head->length + length + 1;

    if (wanted > head->room) {
        size_t room = wanted * 2 + 512;
        char *grown = realloc(head->text, room);

        if (grown == NULL) {
            return 0;
        }
        head->text = grown;
        head->room = room;
    }
    *at = head->length;
    memcpy(head->text + head->length, text, length);
    head->text[head->length + length] = '\0';
    head->length = wanted;
    return 1;
}

static struct v8p_head_field *add_field(struct v8p_head *head)
{
    if (head->count == head->field_room) {
        size_t room = head->field_room * 2 + 16;
        struct v8p_head_field *grown =
            realloc(head->fields, room * sizeof(*grown));

        if (grown == NULL) {
            return NULL;
        }
        head->fields = grown;
        head->field_room = room;
    }
    return &head->fields[head->count++];
}

/* "HTTP/1.1 200 OK", "HTTP/2 200": a new head; what came before was
 * informational. */
static enum v8p_head_result status_line(struct v8p_head *head,
                                        const char *line, size_t length)
{
    const char *at = memchr(line, ' ', length);
    const char *end = line + length;
    int status = 0, digits = 0;

    head->count = 0;
    head->length = 0;
    for (at = at != NULL ? at + 1 : end; at < end && digits < 3; at++) {
        if (*at < '0' || *at > '9') {
            return V8P_HEAD_BAD;
        }
        status = status * 10 + (*at - '0');
        digits++;
    }
    if (digits != 3 || status < 100 || (at < end && !is_space(*at))) {
        return V8P_HEAD_BAD;
    }
    head->status = status;
    length = (size_t)(end - at);
    trim(&at, &length);
    return add_text(head, at, length, &head->reason) ? V8P_HEAD_MORE
                                                     : V8P_HEAD_MEMORY;
}

/* An old way to break a long line; the value is the last of the text. */
static enum v8p_head_result folded(struct v8p_head *head, const char *line,
                                   size_t length)
{
    size_t at;

    if (head->count == 0) {
        return V8P_HEAD_BAD;
    }
    trim(&line, &length);
    head->text[head->length - 1] = ' ';
    return add_text(head, line, length, &at) ? V8P_HEAD_MORE
                                             : V8P_HEAD_MEMORY;
}

static void lower_case(char *text)
{
    for (; *text != '\0'; text++) {
        if (*text >= 'A' && *text <= 'Z') {
            *text = (char)(*text + ('a' - 'A'));
        }
    }
}

static enum v8p_head_result field_line(struct v8p_head *head, const char *line,
                                       size_t length)
{
    const char *colon = memchr(line, ':', length);
    const char *value;
    struct v8p_head_field *field;
    size_t name_length;

    if (colon == NULL || colon == line || memchr(line, '\0', length) != NULL) {
        return V8P_HEAD_BAD;
    }
    name_length = (size_t)(colon - line);
    value = colon + 1;
    length -= name_length + 1;
    trim(&value, &length);
    field = add_field(head);
    if (field == NULL || !add_text(head, line, name_length, &field->name) ||
        !add_text(head, value, length, &field->value)) {
        return V8P_HEAD_MEMORY;
    }
    lower_case(head->text + field->name);
    return V8P_HEAD_MORE;
}

enum v8p_head_result v8p_head_line(struct v8p_head *head, const char *line,
                                   size_t length)
{
    if (head->whole) {
        return V8P_HEAD_MORE; /* a trailer */
    }
    while (length > 0 && (line[length - 1] == '\n' ||
                          line[length - 1] == '\r')) {
        length--;
    }
    if (head->length + length > V8P_FETCH_HEAD_MAX) {
        return V8P_HEAD_BAD;
    }
    if (length == 0) {
        head->whole = head->status >= 200;
        return head->whole ? V8P_HEAD_WHOLE : V8P_HEAD_MORE;
    }
    if (length > 5 && memcmp(line, "HTTP/", 5) == 0) {
        return status_line(head, line, length);
    }
    if (head->status == 0) {
        return V8P_HEAD_BAD;
    }
    return is_space(*line) ? folded(head, line, length)
                           : field_line(head, line, length);
}

const char *v8p_head_find(const struct v8p_head *head, const char *name)
{
    size_t i;

    for (i = 0; i < head->count; i++) {
        if (strcmp(head->text + head->fields[i].name, name) == 0) {
            return head->text + head->fields[i].value;
        }
    }
    return NULL;
}

v8p_fetch_head *v8p_head_make(const struct v8p_head *head, const char *url,
                              int redirected)
{
    size_t table = head->count * sizeof(v8pool_header);
    size_t url_size = strlen(url) + 1;
    v8p_fetch_head *made =
        malloc(sizeof(*made) + table + head->length + url_size);
    char *text;
    size_t i;

    if (made == NULL) {
        return NULL;
    }
    text = (char *)(made->headers + head->count);
    memcpy(text, head->text, head->length);
    made->status = head->status;
    made->redirected = redirected;
    made->status_text = text + head->reason;
    made->url = memcpy(text + head->length, url, url_size);
    made->header_count = head->count;
    for (i = 0; i < head->count; i++) {
        made->headers[i].name = text + head->fields[i].name;
        made->headers[i].value = text + head->fields[i].value;
    }
    return made;
}

void v8p_head_clear(struct v8p_head *head)
{
    free(head->text);
    free(head->fields);
    memset(head, 0, sizeof(*head));
}
