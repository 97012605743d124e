/* SPDX-License-Identifier: Apache-2.0
 *
 * fetch_url.c: parts of URLs, by libcurl's parser.
 */
#include "fetch_url.h"

#include "error.h"

#include <arpa/inet.h>
#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Of the URL standard's forbidden domain code points those that libcurl lets
 * pass where they are escaped, or escape nothing. */
#define FORBIDDEN "%#/<>?@[\\]^|"

static const char no_memory[] = "no memory for a URL";

/* libcurl's strings have an allocator of their own. */
static char *part_of(CURLU *u, CURLUPart what, unsigned flags)
{
    char *part = NULL;
    char *copy;

    if (curl_url_get(u, what, &part, flags) != CURLUE_OK) {
        return NULL;
    }
    copy = strdup(part);
    curl_free(part);
    return copy;
}

static int has_part(CURLU *u, CURLUPart what)
{
    char *part = NULL;
    int has = curl_url_get(u, what, &part, 0) == CURLUE_OK;

    curl_free(part);
    return has;
}

/* In place: lower case, no brackets, no dot of the root. */
static void tidy_host(char *host)
{
    size_t n = strlen(host);
    size_t i;

    for (i = 0; i < n; i++) {
        if (host[i] >= 'A' && host[i] <= 'Z') {
            host[i] = (char)(host[i] + ('a' - 'A'));
        }
    }
    if (n > 2 && host[0] == '[' && host[n - 1] == ']') {
        memmove(host, host + 1, n - 2);
        host[n - 2] = '\0';
    }
    else if (n > 1 && host[n - 1] == '.') {
        host[n - 1] = '\0';
    }
}

/* Visible ASCII: libcurl decodes "%7f" in a host's name, and lets it pass. */
static int is_ascii(const char *text)
{
    while (*text > ' ' && *text < 0x7f) {
        text++;
    }
    return *text == '\0';
}

static char *origin_of(const struct v8p_fetch_url *url)
{
    int is_v6 = strchr(url->host, ':') != NULL;
    size_t size = strlen(url->host) + sizeof("https://[]:65535");
    char *origin = malloc(size);
    int n;

    if (origin == NULL) {
        return NULL;
    }
    n = snprintf(origin, size, "%s://%s%s%s", url->tls ? "https" : "http",
                 is_v6 ? "[" : "", url->host, is_v6 ? "]" : "");
    if (url->port != (url->tls ? 443 : 80)) {
        snprintf(origin + n, size - (size_t)n, ":%d", url->port);
    }
    return origin;
}

/* What the rest of the library relies on. */
static const char *check(CURLU *u)
{
    if (has_part(u, CURLUPART_USER) || has_part(u, CURLUPART_PASSWORD)) {
        return "a URL without user name and password was expected";
    }
    return has_part(u, CURLUPART_ZONEID) ? "an address without a zone was "
                                           "expected"
                                         : NULL;
}

/* Its last part is a number, as that of a v4 address is: 127.1, 0x7f. */
static int ends_in_number(const char *host)
{
    const char *dot = strrchr(host, '.');
    const char *last = dot != NULL ? dot + 1 : host;

    if (last[0] == '0' && (last[1] == 'x' || last[1] == 'X')) {
        return last[2 + strspn(last + 2, "0123456789abcdefABCDEF")] == '\0';
    }
    return *last != '\0' && last[strspn(last, "0123456789")] == '\0';
}

/* libcurl takes "127.0.0.1." for a name, which it asks the DNS for; without the
 * dot, as policies and origins have it, it is an address.  And it decodes
 * "127%2e1" after it has looked for addresses: the text that comes of it is one.
 * No name ends in a number (the URL standard, "ends in a number checker"). */
static const char *check_host(const char *host, int has_root)
{
    struct in_addr address;

    if (host[strlen(host) - 1] == '.') {
        return "a host name without an empty part was expected";
    }
    if (strchr(host, ':') != NULL || !ends_in_number(host)) {
        return NULL;
    }
    if (has_root) {
        return "an address without a dot behind it was expected";
    }
    return inet_pton(AF_INET, host, &address) == 1
               ? NULL
               : "an address of four numbers was expected";
}

/* Tidies url->host. */
static const char *take_host(struct v8p_fetch_url *url)
{
    int has_root;

    if (!is_ascii(url->host) || *url->host == '\0') {
        return "a host name in ASCII (xn--) was expected";
    }
    has_root = url->host[strlen(url->host) - 1] == '.';
    tidy_host(url->host);
    if (strpbrk(url->host, FORBIDDEN) != NULL) {
        return "a host name without %#/<>?@[]^| was expected";
    }
    return check_host(url->host, has_root);
}

static const char *take(struct v8p_fetch_url *url, CURLU *u)
{
    const char *wrong;
    char *scheme = part_of(u, CURLUPART_SCHEME, 0);
    char *port = part_of(u, CURLUPART_PORT, CURLU_DEFAULT_PORT);
    int known = scheme != NULL && (strcmp(scheme, "http") == 0 ||
                                   strcmp(scheme, "https") == 0);

    url->tls = known && scheme[4] == 's';
    url->port = port != NULL ? atoi(port) : 0;
    url->host = part_of(u, CURLUPART_HOST, 0);
    url->text = part_of(u, CURLUPART_URL, 0);
    free(scheme);
    free(port);
    if (!known) {
        return "an http or https URL was expected";
    }
    if (url->host == NULL || url->text == NULL) {
        return no_memory;
    }
    wrong = take_host(url);
    if (wrong != NULL) {
        return wrong;
    }
    url->origin = origin_of(url);
    return url->origin == NULL ? no_memory : NULL;
}

static const char *parse(struct v8p_fetch_url *url, CURLU *u, const char *base,
                         const char *text)
{
    const char *wrong;

    if (base != NULL && curl_url_set(u, CURLUPART_URL, base, 0) != CURLUE_OK) {
        return "a URL was expected";
    }
    /* A Location may hold raw bytes and spaces. */
    if (curl_url_set(u, CURLUPART_URL, text,
                     base != NULL ? CURLU_URLENCODE : 0) != CURLUE_OK) {
        return base == NULL ? "an absolute http or https URL was expected"
                            : "an http or https URL was expected";
    }
    curl_url_set(u, CURLUPART_FRAGMENT, NULL, 0);
    wrong = check(u);
    return wrong != NULL ? wrong : take(url, u);
}

const char *v8p_fetch_url_parse(struct v8p_fetch_url *url, const char *base,
                                const char *text)
{
    CURLU *u = curl_url();
    const char *wrong = u == NULL ? no_memory : parse(url, u, base, text);

    curl_url_cleanup(u);
    if (wrong != NULL) {
        v8p_fetch_url_clear(url);
    }
    return wrong;
}

void v8p_fetch_url_clear(struct v8p_fetch_url *url)
{
    free(url->text);
    free(url->origin);
    free(url->host);
    memset(url, 0, sizeof(*url));
}

char *v8p_fetch_url_with_scheme(const struct v8p_fetch_url *url, int tls)
{
    const char *rest = strstr(url->text, "://");
    size_t size = strlen(url->text) + 2;
    char *text = malloc(size);

    if (text != NULL) {
        snprintf(text, size, "%s%s", tls ? "https" : "http", rest);
    }
    return text;
}

void v8p_fetch_url_shown(const char *text, char *to, unsigned size)
{
    v8p_text_copy(to, size, text, strcspn(text, "?#"), 0);
}
