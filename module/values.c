/* SPDX-License-Identifier: Apache-2.0
 *
 * values.c: parsing the arguments of directives.
 */
#include "values.h"

#include <apr_cstr.h>
#include <apr_lib.h>
#include <apr_strings.h>
#include <errno.h>
#include <string.h>

const char *v8ssr_parse_number(apr_pool_t *p, const char *text, int from,
                               int to, int *number)
{
    char *end;
    apr_int64_t value = apr_strtoi64(text, &end, 10);

    if (end == text || *end != '\0' || value < from || value > to) {
        return apr_psprintf(p, "a number from %d to %d was expected", from,
                            to);
    }
    *number = (int)value;
    return NULL;
}

static const char *show_time(apr_pool_t *p, apr_interval_time_t time)
{
    if (time == 0) {
        return "0";
    }
    if (time % apr_time_from_sec(3600) == 0) {
        return apr_psprintf(p, "%dh", (int)(apr_time_sec(time) / 3600));
    }
    if (time % apr_time_from_sec(1) == 0) {
        return apr_psprintf(p, "%ds", (int)apr_time_sec(time));
    }
    return apr_psprintf(p, "%dms", (int)apr_time_as_msec(time));
}

/* Microseconds of one unit; 0 for what is none.  httpd's own parser knows no
 * "m" and stops reading after the unit. */
static apr_interval_time_t unit_of_time(const char *unit)
{
    static const struct {
        const char *name;
        apr_interval_time_t us;
    } units[] = {
        {"", APR_USEC_PER_SEC},         {"ms", 1000},
        {"s", APR_USEC_PER_SEC},        {"m", 60 * APR_USEC_PER_SEC},
        {"min", 60 * APR_USEC_PER_SEC}, {"h", 3600 * APR_USEC_PER_SEC},
    };
    size_t i;

    for (i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
        if (apr_cstr_casecmp(unit, units[i].name) == 0) {
            return units[i].us;
        }
    }
    return 0;
}

const char *v8ssr_parse_time(apr_pool_t *p, const char *text,
                             apr_interval_time_t from, apr_interval_time_t to,
                             apr_interval_time_t *time)
{
    char *end = NULL;
    apr_int64_t value = apr_strtoi64(text, &end, 10);
    apr_interval_time_t unit = unit_of_time(end);

    if (!apr_isdigit(*text) || unit == 0 || value > to / unit ||
        value * unit < from) {
        return apr_psprintf(p, "a time from %s to %s was expected",
                            show_time(p, from), show_time(p, to));
    }
    *time = value * unit;
    return NULL;
}

const char *v8ssr_parse_percent(apr_pool_t *p, const char *text, int *share)
{
    char *end = NULL;
    apr_int64_t whole = apr_strtoi64(text, &end, 10);
    int unit = 1000;
    int bad = !apr_isdigit(*text) || whole > 100;
    int value = bad ? 0 : (int)whole * unit;

    if (*end == '.' && apr_isdigit(end[1])) {
        for (end++; apr_isdigit(*end) && unit > 1; end++) {
            unit /= 10;
            value += (*end - '0') * unit;
        }
    }
    if (bad || *end != '\0' || value > V8SSR_WHOLE) {
        return apr_psprintf(p, "a percentage from 0 to 100 was expected, not "
                               "\"%s\"", text);
    }
    *share = value;
    return NULL;
}

static const char *show_size(apr_pool_t *p, apr_off_t size)
{
    static const char units[] = {0, 'K', 'M', 'G'};
    size_t unit = 0;

    while (unit < 3 && size % 1024 == 0 && size > 0) {
        size /= 1024;
        unit++;
    }
    return apr_psprintf(p, units[unit] != 0 ? "%d%c" : "%d", (int)size,
                        units[unit]);
}

static int unit_shift(const char *unit)
{
    if (*unit == '\0') {
        return 0;
    }
    if (unit[1] != '\0') {
        return -1;
    }
    switch (*unit) {
    case 'K':
    case 'k':
        return 10;
    case 'M':
    case 'm':
        return 20;
    case 'G':
    case 'g':
        return 30;
    default:
        return -1;
    }
}

const char *v8ssr_parse_size(apr_pool_t *p, const char *text, apr_off_t from,
                             apr_off_t to, apr_off_t *size)
{
    char *end = NULL;
    apr_off_t value = 0;
    int bad = !apr_isdigit(*text) ||
              apr_strtoff(&value, text, &end, 10) != APR_SUCCESS ||
              unit_shift(end) < 0;

    if (bad || value > (to >> unit_shift(end)) ||
        (value << unit_shift(end)) < from) {
        return apr_psprintf(p, "a size from %s to %s was expected",
                            show_size(p, from), show_size(p, to));
    }
    *size = value << unit_shift(end);
    return NULL;
}

int v8ssr_is_name(const char *text)
{
    size_t n = strlen(text);

    return n >= 1 && n <= 64 &&
           strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
                        "0123456789._-") == n;
}

int v8ssr_is_identifier(const char *text)
{
    size_t n = strlen(text);

    return n >= 1 && !apr_isdigit(*text) &&
           strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
                        "0123456789_") == n;
}
