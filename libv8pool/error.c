/* SPDX-License-Identifier: Apache-2.0
 *
 * error.c: status texts and the filling of v8pool_error.
 */
#include "error.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

const char *v8pool_status_text(v8pool_status status)
{
    static const char *const texts[] = {
#define V8POOL_STATUS_TEXT(name, text) text,
        V8POOL_STATUS_LIST(V8POOL_STATUS_TEXT)
#undef V8POOL_STATUS_TEXT
    };

    if ((unsigned)status >= V8POOL_STATUS_COUNT) {
        return "unknown status";
    }
    return texts[status];
}

static void set_message(v8pool_error *err, v8pool_status status,
                        const char *format, va_list args)
{
    char text[sizeof(err->message) + 4]; /* cut by v8p_text_copy() */

    err->status = status;
    vsnprintf(text, sizeof(text), format, args);
    v8p_text_copy(err->message, sizeof(err->message), text, strlen(text), 0);
}

v8pool_status v8p_error_set(v8pool_error *err, v8pool_status status,
                            const char *format, ...)
{
    va_list args;

    if (err != NULL) {
        memset(err, 0, sizeof(*err));
        va_start(args, format);
        set_message(err, status, format, args);
        va_end(args);
    }
    return status;
}

v8pool_status v8p_error_message(v8pool_error *err, v8pool_status status,
                                const char *format, ...)
{
    va_list args;

    if (err != NULL) {
        va_start(args, format);
        set_message(err, status, format, args);
        va_end(args);
    }
    return status;
}

static int is_continuation(unsigned char c)
{
    return (c & 0xc0) == 0x80;
}

size_t v8p_text_fit(const char *text, size_t n)
{
    while (n > 0 && is_continuation((unsigned char)text[n])) {
        n--;
    }
    return n;
}

/* U+0080 to U+009F: a terminal may take U+009B for ESC [. */
static int is_c1(unsigned char lead, unsigned char next)
{
    return lead == 0xc2 && next >= 0x80 && next < 0xa0;
}

void v8p_text_copy(char *to, size_t size, const char *text, size_t length,
                   int keep_newlines)
{
    size_t n = length < size ? length : v8p_text_fit(text, size - 1);
    size_t i;

    for (i = 0; i < n; i++) {
        unsigned char c = (unsigned char)text[i];
        int control = c < 0x20 || c == 0x7f;

        if (control && !(c == '\n' && keep_newlines)) {
            c = c == '\n' || c == '\t' ? ' ' : '?';
        }
        else if (i + 1 < n && is_c1(c, (unsigned char)text[i + 1])) {
            to[i++] = '?';
            c = '?';
        }
        to[i] = (char)c;
    }
    to[n] = '\0';
}
