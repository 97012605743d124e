/* SPDX-License-Identifier: Apache-2.0
 *
 * imports.h: which files a script names in imports, as far as its text tells:
 * relative specifiers written as literals after import, from, import( or
 * require(.
 */
#ifndef V8P_IMPORTS_H
#define V8P_IMPORTS_H

#include <stddef.h>

struct v8p_imports {
    const char *text;
    size_t length;
    size_t at;
};

struct v8p_import {
    const char *specifier; /* "./x" or "../x", not NUL-terminated */
    size_t length;
    int required; /* by require(): the name may lack its extension */
};

/* 1, or 0 at the end.  It reads no JavaScript: one in a comment or a string is
 * found, too, which costs a file too many and never one too few. */
int v8p_imports_next(struct v8p_imports *imports, struct v8p_import *found);

#endif /* V8P_IMPORTS_H */
