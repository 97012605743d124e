/* SPDX-License-Identifier: Apache-2.0
 *
 * names.h: the names of a bundle's files: relative to its folder, with '/',
 * without "." and "..".  Plain text: no file is looked at.
 */
#ifndef V8P_NAMES_H
#define V8P_NAMES_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

#define V8P_NAME_MAX 4096

/* The name of what `specifier` ("./x", "../x") means in the file `from`.
 * 0: it leaves the folder, is too long, or is no name. */
int v8p_name_resolve(const char *from, const char *specifier, size_t length,
                     char name[V8P_NAME_MAX]);

/* Endings that require() may leave out, in the order in which it tries them;
 * the first is "".  Ends with NULL. */
const char *const *v8p_name_endings(void);

#ifdef __cplusplus
}
#endif

#endif /* V8P_NAMES_H */
