/* SPDX-License-Identifier: Apache-2.0
 *
 * status.c: writes one member of Cache-Status.
 */
#include "status.h"

#include "field.h"

#include <apr_strings.h>

/* Of an Integer: RFC 8941 3.3.1. */
#define INTEGER_MAX INT64_C(999999999999999)

/* An escape is three bytes; then quotes, dots and the NUL. */
#define STRING_BYTES (RCACHE_STATUS_TEXT * 3 + 8)

static int is_alpha(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* RFC 8941 3.3.4. */
static int is_token(const char *text)
{
    size_t i;

    if (!is_alpha(*text) && *text != '*') {
        return 0;
    }
    for (i = 1; text[i] != '\0'; i++) {
        if (!rcache_is_tchar((unsigned char)text[i]) && text[i] != ':' &&
            text[i] != '/') {
            return 0;
        }
    }
    return i <= RCACHE_STATUS_TEXT;
}

static char *put_byte(char *out, unsigned char c)
{
    static const char hex[] = "0123456789ABCDEF";

    if (c < ' ' || c >= 0x7f || c == '%') {
        *out++ = '%';
        *out++ = hex[c >> 4];
        *out++ = hex[c & 15];
        return out;
    }
    if (c == '"' || c == '\\') {
        *out++ = '\\';
    }
    *out++ = (char)c;
    return out;
}

/* RFC 8941 4.1.6. */
static const char *as_string(apr_pool_t *p, const char *text)
{
    char *string = apr_palloc(p, STRING_BYTES);
    char *out = string;
    size_t i;

    *out++ = '"';
    for (i = 0; i < RCACHE_STATUS_TEXT && text[i] != '\0'; i++) {
        out = put_byte(out, (unsigned char)text[i]);
    }
    if (text[i] != '\0') {
        memcpy(out, "...", 3);
        out += 3;
    }
    *out++ = '"';
    *out = '\0';
    return string;
}

static const char *as_token_or_string(apr_pool_t *p, const char *text)
{
    return is_token(text) ? text : as_string(p, text);
}

static const char *outcome_text(enum rcache_outcome outcome)
{
    switch (outcome) {
    case RCACHE_HIT:
        return "; hit";
    case RCACHE_FWD_BYPASS:
        return "; fwd=bypass";
    case RCACHE_FWD_METHOD:
        return "; fwd=method";
    case RCACHE_FWD_URI_MISS:
        return "; fwd=uri-miss";
    case RCACHE_FWD_MISS:
        return "; fwd=miss";
    case RCACHE_FWD_REQUEST:
        return "; fwd=request";
    case RCACHE_FWD_STALE:
        return "; fwd=stale";
    }
    return "";
}

static const char *integer(apr_pool_t *p, const char *name, int64_t value)
{
    if (value > INTEGER_MAX) {
        value = INTEGER_MAX;
    }
    if (value < -INTEGER_MAX) {
        value = -INTEGER_MAX;
    }
    return apr_psprintf(p, "; %s=%" APR_INT64_T_FMT, name, value);
}

static const char *text(apr_pool_t *p, const char *name, const char *value)
{
    return value != NULL ? apr_pstrcat(p, "; ", name, "=", value, NULL) : "";
}

const char *rcache_status_format(apr_pool_t *p, const rcache_status *s)
{
    int forwarded = s->outcome != RCACHE_HIT;
    const char *key = s->key != NULL ? as_string(p, s->key) : NULL;
    const char *detail =
        s->detail != NULL ? as_token_or_string(p, s->detail) : NULL;

    return apr_pstrcat(
        p, as_token_or_string(p, s->cache), outcome_text(s->outcome),
        forwarded && s->fwd_status > 0
            ? integer(p, "fwd-status", s->fwd_status)
            : "",
        forwarded && s->stored ? "; stored" : "",
        forwarded && s->collapsed ? "; collapsed" : "",
        s->ttl != RCACHE_NO_TTL ? integer(p, "ttl", s->ttl) : "",
        text(p, "key", key), text(p, "detail", detail), NULL);
}
