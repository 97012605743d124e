/* SPDX-License-Identifier: Apache-2.0
 *
 * servers.h: a list of memcached servers as an administrator writes it,
 * "host:port,192.0.2.1:11211,[2001:db8::1]:11211".
 *
 * Thread: any.
 */
#ifndef RCACHE_SERVERS_H
#define RCACHE_SERVERS_H

#include <stddef.h>
#include <stdint.h>

#define RCACHE_SERVERS_MAX 32
#define RCACHE_HOST_BYTES 256

typedef struct rcache_server {
    char host[RCACHE_HOST_BYTES]; /* no brackets */
    uint16_t port;
} rcache_server;

typedef struct rcache_servers {
    unsigned count;
    rcache_server server[RCACHE_SERVERS_MAX];
} rcache_servers;

/* 0, or -1 and one sentence in error.  Blocks: never, asks no name server. */
int rcache_servers_parse(rcache_servers *servers, const char *list,
                         char *error, size_t error_bytes);

/* Names become addresses, IPv4 ones where there are both: libmemcached would
 * ask the name server whenever it connects, for as long as that takes.
 * Blocks: as long as the name server.  0, or -1 and one sentence in error. */
int rcache_servers_resolve(rcache_servers *servers, char *error,
                           size_t error_bytes);

#endif /* RCACHE_SERVERS_H */
