/* SPDX-License-Identifier: Apache-2.0
 *
 * fuzz_template.c: templates, and state for them.  The first byte says which of
 * the two the rest is.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE /* memmem */
#endif
#include "fuzz.h"

#include "template.h"

/* Those of each place. */
static const char *const names[V8P_MARKERS][2] = {
    {"<!--app-head-->", NULL},
    {"<!--app-html-->", "<!--ssr-outlet-->"},
    {"<!--ssr-state-->", NULL},
};

/* How long the name of that place is that stands there; 0: none does. */
static size_t name_at(const char *at, size_t left, v8p_marker marker)
{
    int i;

    for (i = 0; i < 2 && names[marker][i] != NULL; i++) {
        size_t length = strlen(names[marker][i]);

        if (length <= left && memcmp(at, names[marker][i], length) == 0) {
            return length;
        }
    }
    return 0;
}

static int has_any(const char *text, size_t length)
{
    size_t at;
    int marker;

    for (at = 0; at < length; at++) {
        for (marker = 0; marker < V8P_MARKERS; marker++) {
            if (name_at(text + at, length - at, (v8p_marker)marker) > 0) {
                return 1;
            }
        }
    }
    return 0;
}

/* Pieces and names put together are the text again, and no place was missed. */
static void check_pieces(const v8pool_template *t, const char *text,
                         size_t length)
{
    int seen[V8P_MARKERS + 1] = {0};
    size_t at = 0, count, i;
    const v8p_piece *pieces = v8p_template_pieces(t, &count);

    MUST(count >= 2 && count <= V8P_MARKERS + 1);
    for (i = 0; i < count; i++) {
        MUST(pieces[i].length <= length - at);
        MUST(memcmp(pieces[i].text, text + at, pieces[i].length) == 0);
        MUST(!has_any(pieces[i].text, pieces[i].length));
        MUST(seen[pieces[i].marker]++ == 0);
        at += pieces[i].length;
        if (i + 1 < count) {
            size_t name;

            MUST(pieces[i].marker < V8P_MARKERS);
            name = name_at(text + at, length - at, pieces[i].marker);
            MUST(name > 0);
            at += name;
        }
    }
    MUST(at == length && seen[V8P_MARKERS] == 1);
    MUST(seen[V8P_MARKER_HTML] == 1);
}

static void check_template(const char *text, size_t length)
{
    v8pool_error err;
    v8pool_template *t;
    v8pool_status status = v8pool_template_create(text, length, &t, &err);
    size_t lines = 1, i;

    MUST((status == V8POOL_OK) == (t != NULL));
    if (t != NULL) {
        check_pieces(t, text, length);
        v8pool_template_destroy(&t);
        return;
    }
    for (i = 0; i < length; i++) {
        lines += text[i] == '\n';
    }
    MUST(status == V8POOL_E_ARG && err.message[0] != '\0');
    MUST(err.line >= 0 && (size_t)err.line <= lines);
}

/* What an escape stands for; 0: it is none of ours. */
static size_t unescape(const char *at, size_t left, const char **as)
{
    static const struct {
        const char *escape, *bytes;
    } all[] = {{"\\u003c", "<"},
               {"\\u2028", "\xe2\x80\xa8"},
               {"\\u2029", "\xe2\x80\xa9"}};
    size_t i;

    for (i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
        if (left >= 6 && memcmp(at, all[i].escape, 6) == 0) {
            *as = all[i].bytes;
            return 6;
        }
    }
    return 0;
}

/* The bytes are those of the text, or escapes in their place. */
static void check_escaped(const char *json, size_t length, const char *made,
                          size_t made_length)
{
    size_t at = 0, from = 0;

    while (at < made_length) {
        const char *as;
        size_t taken = unescape(made + at, made_length - at, &as);

        MUST(made[at] != '<');
        if (taken > 0 && from < length && json[from] != '\\') {
            MUST(length - from >= strlen(as));
            MUST(memcmp(json + from, as, strlen(as)) == 0);
            from += strlen(as);
            at += taken;
            continue;
        }
        MUST(from < length && made[at++] == json[from++]);
    }
    MUST(from == length);
    MUST(made_length < 3 ||
         memmem(made, made_length, "\xe2\x80\xa8", 3) == NULL);
    MUST(made_length < 3 ||
         memmem(made, made_length, "\xe2\x80\xa9", 3) == NULL);
}

static void check_state(const char *json, size_t length, const char *nonce)
{
    static const char end[] = "</script>";
    char begin[200];
    size_t script_length, begin_length;
    char *script = v8p_template_state(json, length, nonce, &script_length);

    MUST(script != NULL);
    begin_length = (size_t)snprintf(
        begin, sizeof(begin), "<script%s%s%s>window.__SSR_STATE__=",
        nonce != NULL ? " nonce=\"" : "", nonce != NULL ? nonce : "",
        nonce != NULL ? "\"" : "");
    MUST(script_length >= begin_length + strlen(end));
    MUST(memcmp(script, begin, begin_length) == 0);
    MUST(memcmp(script + script_length - strlen(end), end, strlen(end)) == 0);
    check_escaped(json, length, script + begin_length,
                  script_length - begin_length - strlen(end));
    free(script);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz fuzz = fuzz_begin(data, size);
    unsigned kind = fuzz_byte(&fuzz);
    size_t length;
    char *text = fuzz_rest(&fuzz, &length);

    switch (kind % 4) {
    case 0:
        check_state(text, length, NULL);
        break;
    case 1:
        check_state(text, length, "0123456789abcdef0123456789abcdef");
        break;
    default:
        check_template(text, length);
    }
    fuzz_end(&fuzz);
    return 0;
}
