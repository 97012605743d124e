/* SPDX-License-Identifier: Apache-2.0
 *
 * hosts.h: two hosts for one test, which are tiers with memory of their own, and
 * a memcached between them.
 *
 * Thread: the main thread.
 */
#ifndef TEST_HOSTS_H
#define TEST_HOSTS_H

#include "memcached.h"
#include "tap.h"

#include <pthread.h>

/* What a host's store would know of purges. */
struct host {
    rcache_tier *tier;
    rcache_tier_shared *shared;
    pthread_mutex_t mtx;
    uint64_t tag;          /* guarded by mtx; of the last purge */
    int soft;              /* guarded by mtx */
    int64_t at;            /* guarded by mtx */
    int64_t everything;    /* guarded by mtx; 0: never */
    int purges;            /* guarded by mtx */
};

extern struct server server;
extern struct host one, two;

/* Both hosts run, and know the log.  0: there is no memcached. */
int hosts_open(void);
void hosts_close(void);

void host_open(struct host *host);
void host_close(struct host *host);

/* In the memory that the host has; publish_ms as in the configuration. */
void host_create_process(struct host *host, uint32_t publish_ms);
void host_start_process(struct host *host, uint32_t publish_ms);
void host_end_process(struct host *host);

/* Waits until the host knows where the log is. */
int host_follows(struct host *host);

/* A copy; LOOK: one field. */
struct host host_look(struct host *host);
#define LOOK(host, field) (host_look(host).field)

#endif /* TEST_HOSTS_H */
