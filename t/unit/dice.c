/* SPDX-License-Identifier: Apache-2.0
 *
 * dice.c: seeded bytes in blocks of their exact size.
 */
#include "dice.h"

#include <apr_general.h>
#include <apr_strings.h>
#include <stdarg.h>
#include <stdlib.h>

apr_pool_t *dice_pool(void)
{
    static int initialized;
    apr_pool_t *p = NULL;

    if (!initialized) {
        apr_initialize();
        atexit(apr_terminate);
        initialized = 1;
    }
    OK(apr_pool_create(&p, NULL) == APR_SUCCESS);
    return p;
}

/* xorshift64*. */
unsigned dice_roll(struct dice *dice, unsigned sides)
{
    uint64_t x = dice->state;

    x ^= x >> 12;
    x ^= x << 25;
    x ^= x >> 27;
    dice->state = x;
    return (unsigned)((x * UINT64_C(0x2545F4914F6CDD1D)) >> 33) % sides;
}

static apr_status_t free_block(void *block)
{
    free(block);
    return APR_SUCCESS;
}

rcache_span dice_exact(apr_pool_t *p, const char *text, size_t length)
{
    char *block = malloc(length);

    if (length > 0) {
        memcpy(block, text, length);
    }
    apr_pool_cleanup_register(p, block, free_block, apr_pool_cleanup_null);
    return (rcache_span){block, length};
}

rcache_span dice_text(apr_pool_t *p, struct dice *dice, const char *alphabet,
                      size_t most)
{
    size_t length = dice_roll(dice, (unsigned)most + 1);
    unsigned letters = alphabet != NULL ? (unsigned)strlen(alphabet) : 256;
    char *text = apr_palloc(p, length + 1);
    size_t i;

    for (i = 0; i < length; i++) {
        unsigned n = dice_roll(dice, letters);

        text[i] = alphabet != NULL ? alphabet[n] : (char)n;
    }
    return dice_exact(p, text, length);
}

const char *dice_string(apr_pool_t *p, struct dice *dice, const char *alphabet,
                        size_t most)
{
    rcache_span text = dice_text(p, dice, alphabet, most);
    char *string = apr_pstrmemdup(p, text.data, text.length);
    size_t i;

    for (i = 0; i < text.length; i++) {
        if (string[i] == '\0') {
            string[i] = '\x01';
        }
    }
    return string;
}

apr_array_header_t *dice_list(apr_pool_t *p, ...)
{
    apr_array_header_t *list = apr_array_make(p, 4, sizeof(const char *));
    const char *item;
    va_list args;

    va_start(args, p);
    while ((item = va_arg(args, const char *)) != NULL) {
        APR_ARRAY_PUSH(list, const char *) = item;
    }
    va_end(args);
    return list;
}

apr_table_t *dice_fields(apr_pool_t *p, ...)
{
    apr_table_t *fields = apr_table_make(p, 4);
    const char *name;
    va_list args;

    va_start(args, p);
    while ((name = va_arg(args, const char *)) != NULL) {
        apr_table_add(fields, name, va_arg(args, const char *));
    }
    va_end(args);
    return fields;
}
