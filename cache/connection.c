/* SPDX-License-Identifier: Apache-2.0
 *
 * connection.c: one call to one server, through libmemcached.
 *
 * libmemcached remembers that a server failed, for seconds, in each client;
 * that memory is not wanted beside the breaker's, which all processes share.
 * So a client that saw an error is thrown away, and with it connections that
 * may still carry the answer to a question nobody asks any more.
 */
#include "tier_inside.h"

#include <stdlib.h>
#include <string.h>

/* ---- clients ----------------------------------------------------------------- */

/* no_block: closing a connection drops it; nobody waits for a hung server. */
static memcached_return_t set_up(memcached_st *mc, const rcache_tier *tier)
{
    static const memcached_behavior_t on[] = {
        MEMCACHED_BEHAVIOR_KETAMA_WEIGHTED, MEMCACHED_BEHAVIOR_TCP_NODELAY,
        MEMCACHED_BEHAVIOR_NO_BLOCK};
    static const memcached_behavior_t limits[] = {
        MEMCACHED_BEHAVIOR_POLL_TIMEOUT, MEMCACHED_BEHAVIOR_CONNECT_TIMEOUT};
    memcached_return_t rc = MEMCACHED_SUCCESS;
    unsigned i;

    for (i = 0; i < sizeof(on) / sizeof(*on) && rc == MEMCACHED_SUCCESS; i++) {
        rc = memcached_behavior_set(mc, on[i], 1);
    }
    for (i = 0; i < sizeof(limits) / sizeof(*limits) && rc == MEMCACHED_SUCCESS;
         i++) {
        rc = memcached_behavior_set(mc, limits[i], tier->config.budget_ms);
    }
    for (i = 0; i < tier->servers.count && rc == MEMCACHED_SUCCESS; i++) {
        rc = memcached_server_add(mc, tier->servers.server[i].host,
                                  tier->servers.server[i].port);
    }
    return rc;
}

/* Not memcached_clone(): a clone forgets that it was weighted, and takes
 * another server for a key than the original says. */
static memcached_st *make_client(const rcache_tier *tier)
{
    memcached_st *mc = memcached_create(NULL);

    if (mc != NULL && set_up(mc, tier) != MEMCACHED_SUCCESS) {
        memcached_free(mc);
        mc = NULL;
    }
    return mc;
}

int rcache_clients_create(rcache_tier *tier)
{
    tier->map = make_client(tier);
    tier->clients = calloc(tier->config.connections + 1, sizeof(rcache_client));
    return tier->map != NULL && tier->clients != NULL ? 0 : -1;
}

/* Saying goodbye would wait for a server that hangs. */
static void throw_away(rcache_client *client)
{
    if (client->mc != NULL) {
        memcached_behavior_set(client->mc, MEMCACHED_BEHAVIOR_POLL_TIMEOUT, 0);
        memcached_free(client->mc);
        client->mc = NULL;
    }
    client->answered = 0;
}

void rcache_clients_destroy(rcache_tier *tier)
{
    unsigned i;

    for (i = 0; tier->clients != NULL && i <= tier->config.connections; i++) {
        throw_away(&tier->clients[i]);
    }
    free(tier->clients);
    if (tier->map != NULL) {
        memcached_free(tier->map);
    }
}

static int make(rcache_tier *tier, rcache_client *client)
{
    if (client->mc == NULL) {
        client->mc = make_client(tier);
    }
    return client->mc != NULL;
}

static void release(rcache_client *client)
{
    atomic_store_explicit(&client->taken, 0, memory_order_release);
}

/* The first that is free: its connections are the most likely to be open. */
static rcache_client *claim(rcache_tier *tier, int is_writer)
{
    unsigned i = is_writer ? tier->config.connections : 0;
    unsigned end = tier->config.connections + (is_writer ? 1 : 0);

    for (; i < end; i++) {
        rcache_client *client = &tier->clients[i];

        if (atomic_exchange_explicit(&client->taken, 1,
                                     memory_order_acquire) == 0) {
            return client;
        }
    }
    return NULL;
}

/* ---- calls --------------------------------------------------------------------- */

static memcached_return_t make_call(memcached_st *mc, rcache_call *c)
{
    memcached_return_t rc = MEMCACHED_FAILURE;
    uint32_t flags;

    switch (c->verb) {
    case RCACHE_VERB_GET:
        c->found = memcached_get_by_key(mc, c->group, c->group_length, c->key,
                                        c->key_length, &c->found_length, &flags,
                                        &rc);
        break;
    case RCACHE_VERB_SET:
        rc = memcached_set_by_key(mc, c->group, c->group_length, c->key,
                                  c->key_length, c->bytes, c->length,
                                  (time_t)c->ttl_s, 0);
        break;
    case RCACHE_VERB_ADD:
        rc = memcached_add_by_key(mc, c->group, c->group_length, c->key,
                                  c->key_length, c->bytes, c->length,
                                  (time_t)c->ttl_s, 0);
        break;
    case RCACHE_VERB_DELETE:
        rc = memcached_delete_by_key(mc, c->group, c->group_length, c->key,
                                     c->key_length, 0);
        break;
    case RCACHE_VERB_INCREMENT:
        rc = memcached_increment_by_key(mc, c->group, c->group_length, c->key,
                                        c->key_length, 1, &c->number);
        break;
    }
    return rc;
}

static memcached_return_t attempt(rcache_tier *tier, rcache_client *client,
                                  rcache_call *call)
{
    memcached_return_t rc = make_call(client->mc, call);

    if (rc == MEMCACHED_TIMEOUT) {
        RCACHE_TIER_COUNT(tier, timeouts);
    }
    return rc;
}

/* The server answered the question, if only with "no". */
static int is_answer(memcached_return_t rc)
{
    switch (rc) {
    case MEMCACHED_SUCCESS:
    case MEMCACHED_STORED:
    case MEMCACHED_DELETED:
    case MEMCACHED_NOTFOUND:
    case MEMCACHED_NOTSTORED:
    case MEMCACHED_DATA_EXISTS:
        return 1;
    default:
        return 0;
    }
}

/* The server is there and works, but refused: too large for it, out of
 * memory.  Not asking it for a while would help nobody. */
static int is_refusal(memcached_return_t rc)
{
    return rc == MEMCACHED_E2BIG || rc == MEMCACHED_SERVER_ERROR ||
           rc == MEMCACHED_CLIENT_ERROR ||
           rc == MEMCACHED_SERVER_MEMORY_ALLOCATION_FAILURE ||
           rc == MEMCACHED_MEMORY_ALLOCATION_FAILURE;
}

static void forget_found(rcache_call *call)
{
    free(call->found);
    call->found = NULL;
    call->found_length = 0;
}

/* A connection that was open for long may have been closed by the server, or
 * by its restart, which shows at its next use and says nothing about now. */
static memcached_return_t call_again_if_stale(rcache_tier *tier,
                                              rcache_client *client,
                                              rcache_call *call)
{
    int answered = client->answered;
    memcached_return_t rc = attempt(tier, client, call);

    if (is_answer(rc) || is_refusal(rc) || rc == MEMCACHED_TIMEOUT ||
        !answered) {
        return rc;
    }
    forget_found(call);
    throw_away(client);
    return make(tier, client) ? attempt(tier, client, call) : rc;
}

static enum rcache_tier_result judge(rcache_tier *tier, rcache_client *client,
                                     rcache_call *call, memcached_return_t rc)
{
    if (is_answer(rc)) {
        client->answered = 1;
        return rc == MEMCACHED_SUCCESS || rc == MEMCACHED_STORED ||
                       rc == MEMCACHED_DELETED
                   ? RCACHE_TIER_DONE
                   : RCACHE_TIER_NOT;
    }
    if (rc != MEMCACHED_TIMEOUT) {
        RCACHE_TIER_COUNT(tier, errors);
    }
    forget_found(call);
    throw_away(client);
    return RCACHE_TIER_DOWN;
}

static enum rcache_tier_result call_through(rcache_tier *tier,
                                            rcache_client *client,
                                            rcache_call *call)
{
    rcache_breaker *breaker;
    enum rcache_tier_result result;
    memcached_return_t rc;
    uint64_t ticket;

    breaker = &tier->shared->breaker[memcached_generate_hash(
        tier->map, call->group, call->group_length)];
    ticket = rcache_breaker_enter(breaker, &tier->rule,
                                  rcache_tier_clock(CLOCK_MONOTONIC));
    if (ticket == 0) {
        RCACHE_TIER_COUNT(tier, skipped);
        return RCACHE_TIER_DOWN;
    }
    if (!make(tier, client)) {
        RCACHE_TIER_COUNT(tier, errors); /* of memory, not of the server */
        return RCACHE_TIER_DOWN;
    }
    rc = call_again_if_stale(tier, client, call);
    result = judge(tier, client, call, rc);
    if (rcache_breaker_leave(breaker, &tier->rule, ticket,
                             is_answer(rc) || is_refusal(rc),
                             rcache_tier_clock(CLOCK_MONOTONIC))) {
        RCACHE_TIER_COUNT(tier, opens);
    }
    return result;
}

enum rcache_tier_result rcache_tier_call(rcache_tier *tier, rcache_call *call,
                                         int is_writer)
{
    rcache_client *client = claim(tier, is_writer);
    enum rcache_tier_result result;

    call->found = NULL;
    if (call->group == NULL) {
        call->group = call->key;
        call->group_length = call->key_length;
    }
    if (client == NULL) {
        RCACHE_TIER_COUNT(tier, busy);
        return RCACHE_TIER_DOWN;
    }
    result = call_through(tier, client, call);
    release(client);
    return result;
}
