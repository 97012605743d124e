/* SPDX-License-Identifier: Apache-2.0
 *
 * container.c: writing and reading the text.  Whoever reads one in a program
 * of another version, or damaged, is told so: nothing is guessed.
 */
#include "container.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAGIC "v8pool bundle 1 "

static const char *const format_names[] = {"auto", "esm", "iife", "cjs"};
static const char *const kind_names[] = {"file", "map", "refused", "missing",
                                         "code"};

_Static_assert(sizeof(kind_names) / sizeof(*kind_names) == V8P_RECORD_KINDS,
               "a name for each kind");

int v8pool_format_parse(const char *text, v8pool_format *format)
{
    size_t i;

    for (i = 0; i < sizeof(format_names) / sizeof(*format_names); i++) {
        if (strcmp(text, format_names[i]) == 0) {
            *format = (v8pool_format)i;
            return 1;
        }
    }
    return 0;
}

/* The line at reader->at without its newline, which is stepped over; NULL:
 * there is none, or it is too long for a line. */
static const char *next_line(struct v8p_reader *reader, char *line, size_t size)
{
    size_t left = (size_t)(reader->end - reader->at);
    const char *newline = memchr(reader->at, '\n', left);
    size_t length = newline != NULL ? (size_t)(newline - reader->at) : size;

    if (length >= size) {
        return NULL;
    }
    memcpy(line, reader->at, length);
    line[length] = '\0';
    reader->at += length + 1;
    return line;
}

int v8p_container_open(const char *text, size_t length,
                       struct v8p_reader *reader)
{
    char line[64], format[16], maps[16];

    reader->at = text;
    reader->end = text + length;
    reader->format = V8POOL_FORMAT_AUTO;
    reader->maps = 1;
    if (length < sizeof(MAGIC) - 1 ||
        memcmp(text, MAGIC, sizeof(MAGIC) - 1) != 0) {
        return 0;
    }
    if (next_line(reader, line, sizeof(line)) == NULL ||
        sscanf(line + sizeof(MAGIC) - 1, "%15s %15s", format, maps) != 2 ||
        !v8pool_format_parse(format, &reader->format)) {
        return -1;
    }
    reader->maps = strcmp(maps, "maps") == 0;
    return 1;
}

static int kind_of(const char *word, size_t length, enum v8p_record_kind *kind)
{
    int i;

    for (i = 0; i < V8P_RECORD_KINDS; i++) {
        if (strlen(kind_names[i]) == length &&
            memcmp(kind_names[i], word, length) == 0) {
            *kind = (enum v8p_record_kind)i;
            return 1;
        }
    }
    return 0;
}

/* "KIND LENGTH NAME" */
static int parse_head(const char *line, const char *start,
                      struct v8p_record *record)
{
    const char *number = strchr(line, ' ');
    unsigned long long length;
    char *end;

    if (number == NULL ||
        !kind_of(line, (size_t)(number - line), &record->kind) ||
        number[1] < '0' || number[1] > '9') {
        return 0;
    }
    errno = 0;
    length = strtoull(number + 1, &end, 10);
    if (errno != 0 || *end != ' ' || end[1] == '\0') {
        return 0;
    }
    record->length = (size_t)length;
    record->name = start + (end + 1 - line);
    record->name_length = strlen(end + 1);
    return 1;
}

int v8p_container_next(struct v8p_reader *reader, struct v8p_record *record)
{
    char line[4200]; /* a path and two words */
    const char *start = reader->at;

    if (reader->at == reader->end) {
        return 0;
    }
    if (next_line(reader, line, sizeof(line)) == NULL ||
        !parse_head(line, start, record) ||
        record->length >= (size_t)(reader->end - reader->at) ||
        reader->at[record->length] != '\n') {
        return -1;
    }
    record->data = reader->at;
    reader->at += record->length + 1;
    return 1;
}

int v8p_container_is_whole(const char *text, size_t length)
{
    struct v8p_reader reader;
    struct v8p_record record;
    int more = v8p_container_open(text, length, &reader);
    int first = 1;

    if (more != 1) {
        return more == 0;
    }
    while ((more = v8p_container_next(&reader, &record)) == 1) {
        if (first && record.kind != V8P_FILE) {
            return 0; /* where would it begin? */
        }
        first = 0;
    }
    return more == 0 && !first;
}

static void append(struct v8p_writer *writer, const char *data, size_t length)
{
    size_t needed = writer->length + length;

    if (!writer->failed && needed > writer->room) {
        size_t room = needed + needed / 2 + 4096;
        char *grown = realloc(writer->text, room);

        if (grown == NULL) {
            writer->failed = 1;
        }
        else {
            writer->text = grown;
            writer->room = room;
        }
    }
    if (!writer->failed && length > 0) {
        memcpy(writer->text + writer->length, data, length);
        writer->length += length;
    }
}

void v8p_container_begin(struct v8p_writer *writer, v8pool_format format,
                         int maps)
{
    char line[64];

    memset(writer, 0, sizeof(*writer));
    snprintf(line, sizeof(line), "%s%s %s\n", MAGIC, format_names[format],
             maps ? "maps" : "nomaps");
    append(writer, line, strlen(line));
}

void v8p_container_add(struct v8p_writer *writer,
                       const struct v8p_record *record)
{
    char head[64];

    snprintf(head, sizeof(head), "%s %zu ", kind_names[record->kind],
             record->length);
    append(writer, head, strlen(head));
    append(writer, record->name, record->name_length);
    append(writer, "\n", 1);
    append(writer, record->data, record->length);
    append(writer, "\n", 1);
}
