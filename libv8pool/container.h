/* SPDX-License-Identifier: Apache-2.0
 *
 * container.h: a bundle that is more than one plain script, as one text: its
 * files, what was found of its files, and how it is to be taken.  So it is
 * kept, compared, hashed and handed to other programs as a single script is.
 *
 *   v8pool bundle 1 FORMAT maps|nomaps
 *   KIND LENGTH NAME         LENGTH bytes of data and a newline follow
 *   ...
 *
 * The first record is the entry's file.  Names are relative to the bundle's
 * folder, with '/', and have no "." or "..".  No script begins like that:
 * "v8pool bundle" is a syntax error.
 */
#ifndef V8P_CONTAINER_H
#define V8P_CONTAINER_H

#include "v8pool_files.h"

#ifdef __cplusplus
extern "C" {
#endif

enum v8p_record_kind {
    V8P_FILE,
    V8P_MAP,     /* the source map of the file of that name */
    V8P_REFUSED, /* a file that is there and does not belong: data is why */
    V8P_MISSING, /* a file that an import names and that is not there */
    V8P_CODE,    /* in an image: the file's code cache */
    V8P_RECORD_KINDS
};

struct v8p_record {
    enum v8p_record_kind kind;
    const char *name; /* not NUL-terminated */
    size_t name_length;
    const char *data;
    size_t length;
};

struct v8p_reader {
    const char *at;
    const char *end;
    v8pool_format format;
    int maps;
};

/* 1: a container, `reader` is before its first record; 0: a plain script;
 * -1: its first line is damaged. */
int v8p_container_open(const char *text, size_t length,
                       struct v8p_reader *reader);

/* 1; 0 at the end; -1: damaged.  Owns: *record points into the text. */
int v8p_container_next(struct v8p_reader *reader, struct v8p_record *record);

/* Whether text is a plain script, or a container that can be read. */
int v8p_container_is_whole(const char *text, size_t length);

struct v8p_writer {
    char *text; /* malloc'ed */
    size_t length;
    size_t room;
    int failed; /* out of memory: nothing is added any more */
};

void v8p_container_begin(struct v8p_writer *writer, v8pool_format format,
                         int maps);
void v8p_container_add(struct v8p_writer *writer,
                       const struct v8p_record *record);

#ifdef __cplusplus
}
#endif

#endif /* V8P_CONTAINER_H */
