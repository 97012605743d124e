/* SPDX-License-Identifier: Apache-2.0
 *
 * fetch_head.h: collects a response's head, line by line, as libcurl hands it
 * out: informational responses (1xx) before it are left out.
 */
#ifndef V8P_FETCH_HEAD_H
#define V8P_FETCH_HEAD_H

#include "fetch.h"

#define V8P_FETCH_HEAD_MAX ((size_t)256 * 1024)

struct v8p_head_field {
    size_t name, value; /* offsets in text */
};

/* Zero = empty. */
struct v8p_head {
    char *text;      /* all strings, one after the other; NUL-terminated */
    size_t length, room;
    struct v8p_head_field *fields;
    size_t count, field_room;
    size_t reason;   /* offset of the status text */
    int status;      /* 0 = no status line yet */
    int whole;
};

enum v8p_head_result {
    V8P_HEAD_MORE,
    V8P_HEAD_WHOLE,  /* of the final response; later lines are trailers */
    V8P_HEAD_BAD,    /* no HTTP, or larger than V8P_FETCH_HEAD_MAX */
    V8P_HEAD_MEMORY
};

/* One line with its end. */
enum v8p_head_result v8p_head_line(struct v8p_head *head, const char *line,
                                   size_t length);

/* The first of that name (lower case), or NULL. */
const char *v8p_head_find(const struct v8p_head *head, const char *name);

/* As the event has it; NULL = out of memory. */
v8p_fetch_head *v8p_head_make(const struct v8p_head *head, const char *url,
                              int redirected);

void v8p_head_clear(struct v8p_head *head);

#endif /* V8P_FETCH_HEAD_H */
