/* SPDX-License-Identifier: Apache-2.0 */
#include "names.h"

#include <stdio.h>
#include <string.h>

/* Takes the last part of a name away.  0: there is none. */
static int drop_last(char *name, size_t *length)
{
    size_t n = *length;

    if (n == 0) {
        return 0;
    }
    while (n > 0 && name[n - 1] != '/') {
        n--;
    }
    *length = n > 0 ? n - 1 : 0;
    return 1;
}

static int add_part(char *name, size_t *length, const char *part, size_t size)
{
    if (*length + size + 2 > V8P_NAME_MAX) {
        return 0;
    }
    if (*length > 0) {
        name[(*length)++] = '/';
    }
    memcpy(name + *length, part, size);
    *length += size;
    return 1;
}

/* A name stands in a line of a container. */
static int is_clean(const char *part, size_t size)
{
    size_t i;

    for (i = 0; i < size; i++) {
        if ((unsigned char)part[i] < 0x20 || part[i] == 0x7f) {
            return 0;
        }
    }
    return 1;
}

static int add(char *name, size_t *length, const char *part, size_t size)
{
    if (size == 0 || (size == 1 && part[0] == '.')) {
        return 1;
    }
    if (size == 2 && part[0] == '.' && part[1] == '.') {
        return drop_last(name, length);
    }
    return is_clean(part, size) && add_part(name, length, part, size);
}

int v8p_name_resolve(const char *from, const char *specifier, size_t left,
                     char name[V8P_NAME_MAX])
{
    const char *slash = strrchr(from, '/');
    size_t length = slash != NULL ? (size_t)(slash - from) : 0;

    if (length >= V8P_NAME_MAX) {
        return 0;
    }
    memcpy(name, from, length);
    for (;;) {
        const char *end = memchr(specifier, '/', left);
        size_t size = end != NULL ? (size_t)(end - specifier) : left;

        if (!add(name, &length, specifier, size)) {
            return 0;
        }
        if (end == NULL) {
            break;
        }
        specifier += size + 1;
        left -= size + 1;
    }
    name[length] = '\0';
    return length > 0;
}

const char *const *v8p_name_endings(void)
{
    static const char *const endings[] = {"",      ".js",      ".cjs",
                                          ".json", "/index.js", NULL};

    return endings;
}
