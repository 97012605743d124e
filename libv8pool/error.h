/* SPDX-License-Identifier: Apache-2.0
 *
 * error.h: fills v8pool_error.  Shared by the pool and the engine.
 */
#ifndef V8P_ERROR_H
#define V8P_ERROR_H

#include "v8pool.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Clears *err and sets status and message.  err may be NULL.  Returns status,
 * so that a failing function can end in `return v8p_error_set(...)`. */
v8pool_status v8p_error_set(v8pool_error *err, v8pool_status status,
                            const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Sets status and message alone: place and stack stay. */
v8pool_status v8p_error_message(v8pool_error *err, v8pool_status status,
                                const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* How many of the first n bytes of text are whole UTF-8 characters.  Pre: text
 * is longer than n. */
size_t v8p_text_fit(const char *text, size_t n);

/* Copies text of length bytes into to[size], cut at a UTF-8 boundary, control
 * characters (C0, DEL, C1) as '?'; newlines survive where keep_newlines is set.
 * What a bundle wrote must not forge a log line. */
void v8p_text_copy(char *to, size_t size, const char *text, size_t length,
                   int keep_newlines);

#ifdef __cplusplus
}
#endif

#endif /* V8P_ERROR_H */
