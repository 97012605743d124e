/* SPDX-License-Identifier: Apache-2.0
 *
 * hosts.c: starts and ends the hosts, notes what they hear.
 */
#include "hosts.h"

#include <stdlib.h>
#include <string.h>

struct server server;
struct host one, two;

static void note_purge(void *baton, uint64_t tag, int soft, int64_t at)
{
    struct host *host = baton;

    pthread_mutex_lock(&host->mtx);
    host->tag = tag;
    host->soft = soft;
    host->at = at;
    host->purges++;
    pthread_mutex_unlock(&host->mtx);
}

static void note_everything(void *baton, int64_t at)
{
    struct host *host = baton;

    pthread_mutex_lock(&host->mtx);
    host->everything = at > host->everything ? at : host->everything;
    pthread_mutex_unlock(&host->mtx);
}

struct host host_look(struct host *host)
{
    struct host copy;

    pthread_mutex_lock(&host->mtx);
    copy = *host;
    pthread_mutex_unlock(&host->mtx);
    return copy;
}

void host_create_process(struct host *host, uint32_t publish_ms)
{
    rcache_tier_config config;
    char error[256] = "";

    servers_config(&config, &server, 1);
    config.budget_ms = 1000; /* a call that is late on a busy machine is one
                              * these tests are not about */
    config.breaker_open_ms = 50;
    config.poll_ms = 20;
    config.publish_ms = publish_ms;
    config.shared = host->shared;
    config.purges = (rcache_tier_purges){note_purge, note_everything, host};
    OK(rcache_tier_create(&host->tier, &config, error, sizeof(error)) == 0);
}

void host_start_process(struct host *host, uint32_t publish_ms)
{
    host_create_process(host, publish_ms);
    IS_INT(rcache_tier_start(host->tier), 0);
}

void host_end_process(struct host *host)
{
    IS_INT(rcache_tier_stop(host->tier, 0), 0);
    rcache_tier_destroy(&host->tier);
}

int host_follows(struct host *host)
{
    return WAIT_UNTIL(atomic_load(&host->shared->purge_seen) != 0);
}

void host_open(struct host *host)
{
    memset(host, 0, sizeof(*host));
    pthread_mutex_init(&host->mtx, NULL);
    host->shared = calloc(1, sizeof(*host->shared));
    host_start_process(host, 60000);
}

void host_close(struct host *host)
{
    host_end_process(host);
    free(host->shared);
    pthread_mutex_destroy(&host->mtx);
}

int hosts_open(void)
{
    server.port = 0;
    if (!OK(server_start(&server))) {
        return 0;
    }
    host_open(&one);
    host_open(&two);
    OK(host_follows(&one));
    OK(host_follows(&two));
    return 1;
}

void hosts_close(void)
{
    host_close(&one);
    host_close(&two);
    server_stop(&server);
}
