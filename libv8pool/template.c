/* SPDX-License-Identifier: Apache-2.0
 *
 * template.c: a page cut at its markers, once; and state as a script.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE /* memmem */
#endif
#include "template.h"

#include "error.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct v8pool_template {
    uint64_t id;
    size_t count;
    v8p_piece pieces[V8P_MARKERS + 1];
    char text[];
};

/* Vite's words for each place; its older documentation has the last one. */
static const struct name {
    const char *text;
    v8p_marker marker;
} names[] = {
    {"<!--app-head-->", V8P_MARKER_HEAD},
    {"<!--app-html-->", V8P_MARKER_HTML},
    {"<!--ssr-state-->", V8P_MARKER_STATE},
    {"<!--ssr-outlet-->", V8P_MARKER_HTML},
};

#define NAMES (sizeof(names) / sizeof(names[0]))

/* --- what is wrong with a text ------------------------------------------------- */

static int line_of(const char *text, const char *at)
{
    int line = 1;

    for (; text < at; text++) {
        line += *text == '\n';
    }
    return line;
}

static v8pool_status at_line(v8pool_error *err, v8pool_status status, int line)
{
    if (err != NULL) {
        err->line = line;
    }
    return status;
}

/* How many bytes the character at `at` has; 0: none of UTF-8 (RFC 3629). */
static size_t character(const unsigned char *at, size_t left)
{
    size_t length = *at < 0x80 ? 1 : *at < 0xe0 ? 2 : *at < 0xf0 ? 3 : 4;
    size_t i;

    if ((*at >= 0x80 && *at < 0xc2) || *at > 0xf4 || length > left) {
        return 0;
    }
    for (i = 1; i < length; i++) {
        if ((at[i] & 0xc0) != 0x80) {
            return 0;
        }
    }
    if ((*at == 0xe0 && at[1] < 0xa0) || (*at == 0xed && at[1] > 0x9f) ||
        (*at == 0xf0 && at[1] < 0x90) || (*at == 0xf4 && at[1] > 0x8f)) {
        return 0;
    }
    return length;
}

/* NULL: all of it is UTF-8; else where it is not. */
static const char *find_damage(const char *text, size_t length)
{
    size_t at = 0, more = 1;

    while (at < length && more > 0) {
        more = character((const unsigned char *)text + at, length - at);
        at += more;
    }
    return at < length ? text + at : NULL;
}

static v8pool_status check_text(const char *text, size_t length,
                                v8pool_error *err)
{
    const char *damage;

    if (length > V8POOL_TEMPLATE_MAX) {
        return v8p_error_set(err, V8POOL_E_ARG,
                             "at most 1 MiB was expected");
    }
    damage = find_damage(text, length);
    if (damage == NULL) {
        return V8POOL_OK;
    }
    return at_line(err,
                   v8p_error_set(err, V8POOL_E_ARG,
                                 "UTF-8 was expected, not byte 0x%02x",
                                 (unsigned)(unsigned char)*damage),
                   line_of(text, damage));
}

/* --- cutting -------------------------------------------------------------------- */

/* The first marker from `at` on.  NULL: there is none. */
static const char *find_marker(const char *at, const char *end,
                               const struct name **found)
{
    size_t i;

    while ((at = memmem(at, (size_t)(end - at), "<!--", 4)) != NULL) {
        for (i = 0; i < NAMES; i++) {
            size_t length = strlen(names[i].text);

            if ((size_t)(end - at) >= length &&
                memcmp(at, names[i].text, length) == 0) {
                *found = &names[i];
                return at;
            }
        }
        at += 4;
    }
    return NULL;
}

/* Pre: that marker is in the pieces so far. */
static int first_line(const v8pool_template *t, v8p_marker marker)
{
    size_t i = 0;

    while (t->pieces[i].marker != marker) {
        i++;
    }
    return line_of(t->text, t->pieces[i].text + t->pieces[i].length);
}

static void add_piece(v8pool_template *t, const char *from, const char *to,
                      v8p_marker marker)
{
    v8p_piece *piece = &t->pieces[t->count++];

    piece->text = from;
    piece->length = (size_t)(to - from);
    piece->marker = marker;
}

static v8pool_status cut(v8pool_template *t, size_t length, v8pool_error *err)
{
    const char *from = t->text, *end = t->text + length, *at;
    const struct name *name;

    while ((at = find_marker(from, end, &name)) != NULL) {
        if (v8p_template_has(t, name->marker)) {
            return at_line(err,
                           v8p_error_set(err, V8POOL_E_ARG,
                                         "%s: one place for it was expected, "
                                         "and line %d has it already",
                                         name->text,
                                         first_line(t, name->marker)),
                           line_of(t->text, at));
        }
        add_piece(t, from, at, name->marker);
        from = at + strlen(name->text);
    }
    add_piece(t, from, end, V8P_MARKERS);
    if (!v8p_template_has(t, V8P_MARKER_HTML)) {
        return v8p_error_set(err, V8POOL_E_ARG,
                             "<!--app-html--> (or <!--ssr-outlet-->) was "
                             "expected where the page goes");
    }
    return V8POOL_OK;
}

/* FNV-1a: it tells versions of a file from each other, no more. */
static uint64_t hash(const char *text, size_t length)
{
    uint64_t sum = UINT64_C(0xcbf29ce484222325);
    size_t i;

    for (i = 0; i < length; i++) {
        sum = (sum ^ (unsigned char)text[i]) * UINT64_C(0x100000001b3);
    }
    return sum;
}

v8pool_status v8pool_template_create(const char *text, size_t length,
                                     v8pool_template **made, v8pool_error *err)
{
    v8pool_status status = check_text(text, length, err);
    v8pool_template *t;

    *made = NULL;
    if (status != V8POOL_OK) {
        return status;
    }
    t = calloc(1, sizeof(*t) + length);
    if (t == NULL) {
        return v8p_error_set(err, V8POOL_E_MEMORY, "no memory for a template");
    }
    if (length > 0) {
        memcpy(t->text, text, length);
    }
    t->id = hash(text, length);
    status = cut(t, length, err);
    if (status != V8POOL_OK) {
        free(t);
        return status;
    }
    *made = t;
    return V8POOL_OK;
}

void v8pool_template_destroy(v8pool_template **made)
{
    free(*made);
    *made = NULL;
}

uint64_t v8pool_template_id(const v8pool_template *of)
{
    return of->id;
}

const v8p_piece *v8p_template_pieces(const v8pool_template *of, size_t *count)
{
    *count = of->count;
    return of->pieces;
}

int v8p_template_has(const v8pool_template *of, v8p_marker marker)
{
    size_t i;

    for (i = 0; i < of->count; i++) {
        if (of->pieces[i].marker == marker) {
            return 1;
        }
    }
    return 0;
}

/* --- files ---------------------------------------------------------------------- */

/* Owns: *text is malloc'ed, one byte more than is wanted of it at most: who is
 * too large shows.  NULL: read; else why not. */
static const char *read_all(int fd, char **text, size_t *length)
{
    size_t room = V8POOL_TEMPLATE_MAX + 1;
    struct stat st;
    ssize_t n = 1;

    *length = 0;
    *text = NULL;
    if (fd < 0 || fstat(fd, &st) != 0) {
        return strerror(errno);
    }
    if (!S_ISREG(st.st_mode)) {
        return "a regular file was expected";
    }
    *text = malloc(room);
    while (*text != NULL && n != 0 && *length < room) {
        n = read(fd, *text + *length, room - *length);
        if (n < 0 && errno != EINTR) {
            return strerror(errno);
        }
        *length += n > 0 ? (size_t)n : 0;
    }
    return *text != NULL ? NULL : strerror(ENOMEM);
}

v8pool_status v8pool_template_read(const char *path, v8pool_template **made,
                                   v8pool_error *err)
{
    /* a FIFO must not keep the reader of a configuration */
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    char *text;
    size_t length;
    const char *wrong = read_all(fd, &text, &length);
    v8pool_status status;

    *made = NULL;
    status = wrong != NULL ? v8p_error_set(err, V8POOL_E_ARG,
                                           "it cannot be read: %s", wrong)
                           : v8pool_template_create(text, length, made, err);
    if (status != V8POOL_OK && err != NULL) {
        v8p_text_copy(err->source, sizeof(err->source), path, strlen(path), 0);
    }
    if (fd >= 0) {
        close(fd);
    }
    free(text);
    return status;
}

/* --- state ---------------------------------------------------------------------- */

/* What JSON may have and a script must not: "<" could begin "</script" or
 * "<!--", and older browsers end lines at U+2028 and U+2029.  All of these stand
 * in strings only.  NULL: as it is. */
static const char *escape_of(const char *at, const char *end, size_t *taken)
{
    *taken = 1;
    if (*at == '<') {
        return "\\u003c";
    }
    if (end - at >= 3 && memcmp(at, "\xe2\x80\xa8", 3) == 0) {
        *taken = 3;
        return "\\u2028";
    }
    if (end - at >= 3 && memcmp(at, "\xe2\x80\xa9", 3) == 0) {
        *taken = 3;
        return "\\u2029";
    }
    return NULL;
}

/* How long it is; to may be NULL. */
static size_t escape(const char *json, size_t length, char *to)
{
    const char *end = json + length;
    size_t n = 0, taken;

    for (; json < end; json += taken) {
        const char *as = escape_of(json, end, &taken);

        if (as == NULL) {
            as = json;
        }
        if (to != NULL) {
            memcpy(to + n, as, as == json ? 1 : 6);
        }
        n += as == json ? 1 : 6;
    }
    return n;
}

char *v8p_template_state(const char *json, size_t json_length,
                         const char *nonce, size_t *length)
{
    static const char begin[] = "window.__SSR_STATE__=", end[] = "</script>";
    size_t escaped = escape(json, json_length, NULL);
    size_t nonce_length = nonce != NULL ? strlen(nonce) : 0;
    char *script = malloc(sizeof("<script nonce=\"\">") + nonce_length +
                          sizeof(begin) + escaped + sizeof(end));
    char *at = script;

    if (script == NULL) {
        return NULL;
    }
    at = stpcpy(at, "<script");
    if (nonce != NULL) {
        at = stpcpy(stpcpy(stpcpy(at, " nonce=\""), nonce), "\"");
    }
    at = stpcpy(stpcpy(at, ">"), begin);
    at += escape(json, json_length, at);
    at = stpcpy(at, end);
    *length = (size_t)(at - script);
    return script;
}
