/* SPDX-License-Identifier: Apache-2.0 */
#include "manifest.h"

#include "v8ssr.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct reader {
    char *at;
    char *end;
    unsigned line;
};

static int wrong(const struct reader *r, const char *what)
{
    fprintf(stderr, "manifest: line %u: %s\n", r->line, what);
    return 0;
}

/* NULL at the end. */
static char *next_line(struct reader *r)
{
    char *line = r->at;
    char *newline = memchr(line, '\n', (size_t)(r->end - line));

    if (newline == NULL) {
        return NULL;
    }
    *newline = '\0';
    r->at = newline + 1;
    r->line++;
    return line;
}

/* The rest of a line that starts with that word; NULL: another line. */
static const char *value_of(const char *line, const char *word)
{
    size_t n = strlen(word);

    return strncmp(line, word, n) == 0 && line[n] == ' ' ? line + n + 1 : NULL;
}

static int take_script(struct reader *r, const char *number,
                       v8pool_image_item *item)
{
    long length;

    if (!v8ssr_parse_number(number, 0, LONG_MAX, &length) ||
        length >= r->end - r->at || r->at[length] != '\n') {
        return wrong(r, "the script's length is not that of what follows");
    }
    item->bundle.source = r->at;
    item->bundle.source_length = (size_t)length;
    r->at += length + 1;
    return 1;
}

/* After `bundle NAME`, up to its script. */
static int take_bundle(struct reader *r, v8pool_image_item *item)
{
    const char *value;
    char *line;

    while ((line = next_line(r)) != NULL) {
        if ((value = value_of(line, "script")) != NULL) {
            return take_script(r, value, item);
        }
        if ((value = value_of(line, "path")) != NULL) {
            item->bundle.path = value;
        }
        else if ((value = value_of(line, "entry")) != NULL) {
            item->bundle.entry = value;
        }
        else if ((value = value_of(line, "self-test")) != NULL) {
            item->warm_url = value;
        }
        else if (strcmp(line, "snapshot off") == 0) {
            item->bundle.options |= V8POOL_NO_SNAPSHOT;
        }
        else if (strcmp(line, "eval on") == 0) {
            item->bundle.options |= V8POOL_ALLOW_EVAL;
        }
        else {
            return wrong(r, "path, entry, self-test, snapshot off, eval on "
                            "or script was expected");
        }
    }
    return wrong(r, "a script was expected before the end");
}

static v8pool_image_item *append(struct manifest *manifest)
{
    v8pool_image_item *grown =
        realloc(manifest->items, (manifest->count + 1) * sizeof(*grown));

    if (grown == NULL) {
        fputs("manifest: out of memory\n", stderr);
        return NULL;
    }
    manifest->items = grown;
    memset(&grown[manifest->count], 0, sizeof(*grown));
    return &grown[manifest->count++];
}

int v8ssr_manifest_read(char *text, size_t length, struct manifest *manifest)
{
    struct reader reader = {text, text + length, 0};
    char *line;

    while ((line = next_line(&reader)) != NULL) {
        const char *name = value_of(line, "bundle");
        v8pool_image_item *item;

        if (name == NULL) {
            return wrong(&reader, "bundle NAME was expected");
        }
        if ((item = append(manifest)) == NULL) {
            return 0;
        }
        item->bundle.name = name;
        if (!take_bundle(&reader, item)) {
            return 0;
        }
    }
    return manifest->count > 0 || wrong(&reader, "bundle NAME was expected");
}
