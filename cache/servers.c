/* SPDX-License-Identifier: Apache-2.0
 *
 * servers.c: reads and resolves the list of servers.
 */
#include "servers.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <netdb.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#define FAIL(...) (snprintf(error, error_bytes, __VA_ARGS__), -1)

/* ---- parsing ----------------------------------------------------------------- */

static int parse_port(const char *text, size_t length, uint16_t *port)
{
    unsigned value = 0;
    size_t i;

    for (i = 0; i < length && isdigit((unsigned char)text[i]) && i < 5; i++) {
        value = value * 10 + (unsigned)(text[i] - '0');
    }
    if (i == 0 || i < length || value < 1 || value > 65535) {
        return 0;
    }
    *port = (uint16_t)value;
    return 1;
}

static int is_name(const char *text)
{
    for (; *text != '\0'; text++) {
        if (!isalnum((unsigned char)*text) && strchr(".-_", *text) == NULL) {
            return 0;
        }
    }
    return 1;
}

static int is_ipv6(const char *text)
{
    struct in6_addr address;

    return inet_pton(AF_INET6, text, &address) == 1;
}

/* The host's part of item, without brackets, and where the ':' is. */
static int parse_host(const char *item, size_t length, rcache_server *server,
                      const char **colon)
{
    const char *end = item + length;
    int brackets = length > 0 && *item == '[';
    const char *host = item + brackets;
    const char *stop =
        memchr(host, brackets ? ']' : ':', (size_t)(end - host));

    if (stop == NULL || stop == host || stop - host >= RCACHE_HOST_BYTES) {
        return 0;
    }
    memcpy(server->host, host, (size_t)(stop - host));
    server->host[stop - host] = '\0';
    *colon = stop + brackets;
    return *colon < end && **colon == ':' &&
           (brackets ? is_ipv6(server->host) : is_name(server->host));
}

static int is_new(const rcache_servers *servers, const rcache_server *server)
{
    unsigned i;

    for (i = 0; i < servers->count; i++) {
        if (servers->server[i].port == server->port &&
            strcmp(servers->server[i].host, server->host) == 0) {
            return 0;
        }
    }
    return 1;
}

static int parse_item(rcache_servers *servers, const char *item, size_t length,
                      char *error, size_t error_bytes)
{
    rcache_server *server = &servers->server[servers->count];
    const char *colon;

    if (servers->count == RCACHE_SERVERS_MAX) {
        return FAIL("at most %d servers expected", RCACHE_SERVERS_MAX);
    }
    if (!parse_host(item, length, server, &colon)) {
        return FAIL("host:port expected, an IPv6 address in brackets, not "
                    "\"%.*s\"", (int)length, item);
    }
    if (!parse_port(colon + 1, (size_t)(item + length - colon - 1),
                    &server->port)) {
        return FAIL("a port of 1..65535 expected in \"%.*s\"", (int)length,
                    item);
    }
    if (!is_new(servers, server)) {
        return FAIL("each server once expected, \"%.*s\" is there twice",
                    (int)length, item);
    }
    servers->count++;
    return 0;
}

int rcache_servers_parse(rcache_servers *servers, const char *list,
                         char *error, size_t error_bytes)
{
    servers->count = 0;
    for (;;) {
        size_t length = strcspn(list, ",");

        if (parse_item(servers, list, length, error, error_bytes) != 0) {
            return -1;
        }
        if (list[length] == '\0') {
            return 0;
        }
        list += length + 1;
    }
}

/* ---- resolving --------------------------------------------------------------- */

static int resolve_as(rcache_server *server, int family)
{
    struct addrinfo hints = {.ai_family = family, .ai_socktype = SOCK_STREAM};
    struct addrinfo *found;
    char host[RCACHE_HOST_BYTES];
    int rc = getaddrinfo(server->host, NULL, &hints, &found);

    if (rc != 0) {
        return rc;
    }
    rc = getnameinfo(found->ai_addr, found->ai_addrlen, host, sizeof(host),
                     NULL, 0, NI_NUMERICHOST);
    freeaddrinfo(found);
    if (rc == 0) {
        memcpy(server->host, host, sizeof(host));
    }
    return rc;
}

int rcache_servers_resolve(rcache_servers *servers, char *error,
                           size_t error_bytes)
{
    unsigned i;

    for (i = 0; i < servers->count; i++) {
        rcache_server *server = &servers->server[i];
        int rc = resolve_as(server, AF_INET);

        if (rc != 0) {
            rc = resolve_as(server, AF_INET6);
        }
        if (rc != 0) {
            return FAIL("%s: %s", server->host, gai_strerror(rc));
        }
    }
    return 0;
}
