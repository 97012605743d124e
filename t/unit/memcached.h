/* SPDX-License-Identifier: Apache-2.0
 *
 * memcached.h: a real memcached on a free port of 127.0.0.1, for one test.  It
 * ends with the test program, however that ends.
 *
 * Thread: the main thread.
 */
#ifndef TEST_MEMCACHED_H
#define TEST_MEMCACHED_H

#include "tier.h"

#include <sys/types.h>

struct server {
    pid_t pid; /* 0: none runs */
    int port;
};

/* On a free port, or on server->port when that is not 0.  Answers when this
 * returns 1; 0: it did not start. */
int server_start(struct server *server);
void server_stop(struct server *server);  /* SIGKILL, and waits */
void server_freeze(struct server *server); /* until it does not answer */
void server_thaw(struct server *server);

/* A configuration for these servers; the text is static. */
void servers_config(rcache_tier_config *config, const struct server *servers,
                    int count);

/* What a server says to a command line; static.  For looking behind the tier. */
const char *server_says(const struct server *server, const char *command);

#endif /* TEST_MEMCACHED_H */
