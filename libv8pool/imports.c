/* SPDX-License-Identifier: Apache-2.0 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE /* memmem */
#endif
#include "imports.h"

#include <ctype.h>
#include <string.h>

#define SPECIFIER_MAX 1024

static int is_quote(char c)
{
    return c == '"' || c == '\'' || c == '`';
}

static int is_word(char c)
{
    return isalnum((unsigned char)c) || c == '_' || c == '$';
}

/* Steps back over blanks and block comments; returns what is left before. */
static size_t before_blanks(const char *text, size_t n)
{
    for (;;) {
        while (n > 0 && isspace((unsigned char)text[n - 1])) {
            n--;
        }
        if (n < 4 || text[n - 1] != '/' || text[n - 2] != '*') {
            return n;
        }
        for (n -= 2; n > 1 && (text[n - 1] != '*' || text[n - 2] != '/');) {
            n--;
        }
        n = n > 1 ? n - 2 : 0;
    }
}

static int word_ends_with(const char *text, size_t n, const char *word,
                          int whole)
{
    size_t length = strlen(word);

    return n >= length && memcmp(text + n - length, word, length) == 0 &&
           (!whole || n == length || !is_word(text[n - length - 1]));
}

/* What stands before the quote at n.  Bundlers rename require: __require. */
static int is_import(const char *text, size_t n, int *required)
{
    n = before_blanks(text, n);
    *required = 0;
    if (n > 0 && text[n - 1] == '(') {
        n = before_blanks(text, n - 1);
        *required = word_ends_with(text, n, "require", 0);
        return *required || word_ends_with(text, n, "import", 1);
    }
    return word_ends_with(text, n, "from", 1) ||
           word_ends_with(text, n, "import", 1);
}

/* From the first byte behind the quote; 0: no literal that names a file. */
static size_t literal_length(const char *text, size_t left, char quote)
{
    size_t n;

    for (n = 0; n < left && n < SPECIFIER_MAX; n++) {
        if (text[n] == quote) {
            return n;
        }
        if (text[n] == '\\' || iscntrl((unsigned char)text[n]) ||
            (quote == '`' && text[n] == '$')) {
            return 0; /* escaped, not closed, or computed */
        }
    }
    return 0;
}

int v8p_imports_next(struct v8p_imports *imports, struct v8p_import *found)
{
    const char *text = imports->text;

    while (imports->at < imports->length) {
        const char *hit = memmem(text + imports->at,
                                 imports->length - imports->at, "./", 2);
        size_t start;

        if (hit == NULL) {
            break;
        }
        start = (size_t)(hit - text);
        imports->at = start + 2;
        if (start > 0 && text[start - 1] == '.') {
            start--; /* "../" */
        }
        if (start == 0 || !is_quote(text[start - 1]) ||
            !is_import(text, start - 1, &found->required)) {
            continue;
        }
        found->specifier = text + start;
        found->length = literal_length(text + start, imports->length - start,
                                       text[start - 1]);
        if (found->length > 0) {
            return 1;
        }
    }
    imports->at = imports->length;
    return 0;
}
