/* SPDX-License-Identifier: Apache-2.0
 *
 * tier.c: the object and what callers do with it.
 */
#include "tier_inside.h"

#include <apr_strings.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A probe that takes longer was made by a process that is gone. */
#define PROBE_BUDGETS 4
#define PROBE_LEAST_MS 500

const char *rcache_tier_check(apr_pool_t *pool, const char *servers)
{
    rcache_servers parsed;
    char error[RCACHE_HOST_BYTES + 128];

    return rcache_servers_parse(&parsed, servers, error, sizeof(error)) == 0
               ? NULL
               : apr_pstrdup(pool, error);
}

/* ---- the object ---------------------------------------------------------------- */

void rcache_tier_config_init(rcache_tier_config *config)
{
    memset(config, 0, sizeof(*config));
    config->prefix = "";
    config->budget_ms = 20;
    config->breaker_failures = 5;
    config->breaker_open_ms = 10000;
    config->connections = 8;
    config->queue_count = 256;
    config->queue_bytes = (size_t)16 * 1024 * 1024;
    config->ttl_max_s = 3600;
    config->poll_ms = 1000;
    config->publish_ms = 30000;
}

static int has_good_prefix(const char *prefix)
{
    size_t i;

    for (i = 0; prefix[i] != '\0'; i++) {
        if (prefix[i] <= ' ' || prefix[i] > '~') {
            return 0;
        }
    }
    return i <= RCACHE_L2_PREFIX_MAX;
}

static int fill(rcache_tier *tier, const rcache_tier_config *config)
{
    tier->config = *config;
    tier->config.servers = NULL;
    tier->config.prefix = strdup(config->prefix);
    if (tier->config.ttl_max_s > RCACHE_TTL_LIMIT_S - RCACHE_PURGE_EXTRA_S) {
        tier->config.ttl_max_s = RCACHE_TTL_LIMIT_S - RCACHE_PURGE_EXTRA_S;
    }
    tier->rule.failures = config->breaker_failures;
    tier->rule.open_ms = config->breaker_open_ms;
    tier->rule.probe_ms = PROBE_LEAST_MS + PROBE_BUDGETS * config->budget_ms;
    tier->shared = config->shared != NULL
                       ? config->shared
                       : calloc(1, sizeof(rcache_tier_shared));
    return tier->config.prefix != NULL && tier->shared != NULL &&
           rcache_clients_create(tier) == 0;
}

static void free_tier(rcache_tier *tier)
{
    rcache_clients_destroy(tier);
    if (tier->config.shared == NULL) {
        free(tier->shared);
    }
    free((char *)tier->config.prefix);
    free(tier);
}

int rcache_tier_create(rcache_tier **tier, const rcache_tier_config *config,
                       char *error, size_t error_bytes)
{
    rcache_tier *made = calloc(1, sizeof(*made));

    *tier = NULL;
    if (made == NULL) {
        snprintf(error, error_bytes, "no memory");
        return -1;
    }
    if (!has_good_prefix(config->prefix)) {
        snprintf(error, error_bytes, "at most %d printable characters expected",
                 RCACHE_L2_PREFIX_MAX);
        free(made);
        return -1;
    }
    if (rcache_servers_parse(&made->servers, config->servers, error,
                             error_bytes) != 0 ||
        rcache_servers_resolve(&made->servers, error, error_bytes) != 0) {
        free(made);
        return -1;
    }
    if (!fill(made, config) || rcache_writer_create(&made->writer) != 0) {
        snprintf(error, error_bytes, "no memory");
        free_tier(made);
        return -1;
    }
    rcache_purgelog_init(made);
    *tier = made;
    return 0;
}

void rcache_tier_destroy(rcache_tier **tier)
{
    rcache_tier *gone = *tier;

    *tier = NULL;
    if (gone == NULL || gone->writer.is_lost) {
        return; /* the thread is still in there */
    }
    rcache_writer_destroy(&gone->writer);
    free_tier(gone);
}

/* ---- calls --------------------------------------------------------------------- */

void rcache_tier_key(const rcache_tier *tier, rcache_l2_key *key,
                     const char *text, size_t length)
{
    rcache_l2_key_set(key, tier->config.prefix, text, length);
}

static rcache_call call_of(enum rcache_verb verb, const rcache_l2_key *key)
{
    rcache_call call = {0};

    call.verb = verb;
    call.key = key->text;
    call.key_length = key->length;
    return call;
}

static enum rcache_tier_result get(rcache_tier *tier, const rcache_l2_key *key,
                                   char **bytes, size_t *length)
{
    rcache_call call = call_of(RCACHE_VERB_GET, key);
    enum rcache_tier_result result;

    RCACHE_TIER_COUNT(tier, gets);
    result = rcache_tier_call(tier, &call, 0);
    *bytes = call.found;
    *length = call.found_length;
    if (result == RCACHE_TIER_NOT) {
        RCACHE_TIER_COUNT(tier, misses);
    }
    return result;
}

enum rcache_tier_result rcache_tier_get(rcache_tier *tier,
                                        const rcache_l2_key *key, char **bytes,
                                        size_t *length)
{
    enum rcache_tier_result result = get(tier, key, bytes, length);

    if (result == RCACHE_TIER_DONE) {
        RCACHE_TIER_COUNT(tier, hits);
    }
    return result;
}

enum rcache_tier_result rcache_tier_find(rcache_tier *tier, const char *text,
                                         size_t length,
                                         rcache_value_view *view, char **bytes)
{
    enum rcache_tier_result result;
    rcache_l2_key key;
    size_t bytes_length;

    rcache_tier_key(tier, &key, text, length);
    result = get(tier, &key, bytes, &bytes_length);
    if (result != RCACHE_TIER_DONE) {
        return result;
    }
    if (*bytes == NULL ||
        !rcache_value_decode(*bytes, bytes_length, text, length, view)) {
        RCACHE_TIER_COUNT(tier, foreign);
        free(*bytes);
        *bytes = NULL;
        return RCACHE_TIER_NOT;
    }
    RCACHE_TIER_COUNT(tier, hits);
    return result;
}

static uint32_t cut_ttl(const rcache_tier *tier, uint32_t ttl_s)
{
    return ttl_s < 1                        ? 1
           : ttl_s > tier->config.ttl_max_s ? tier->config.ttl_max_s
                                            : ttl_s;
}

enum rcache_tier_result rcache_tier_store(rcache_tier *tier,
                                          const rcache_l2_key *key,
                                          const char *bytes, size_t length,
                                          uint32_t ttl_s, int is_writer)
{
    rcache_call call = call_of(RCACHE_VERB_SET, key);
    enum rcache_tier_result result;

    if (length > RCACHE_VALUE_MAX) {
        RCACHE_TIER_COUNT(tier, too_large);
        return RCACHE_TIER_TOO_LARGE;
    }
    call.bytes = bytes;
    call.length = length;
    call.ttl_s = cut_ttl(tier, ttl_s);
    result = rcache_tier_call(tier, &call, is_writer);
    if (result == RCACHE_TIER_DONE) {
        RCACHE_TIER_COUNT(tier, sets);
    }
    return result;
}

enum rcache_tier_result rcache_tier_set(rcache_tier *tier,
                                        const rcache_l2_key *key,
                                        const char *bytes, size_t length,
                                        uint32_t ttl_s)
{
    return rcache_tier_store(tier, key, bytes, length, ttl_s, 0);
}

enum rcache_tier_result rcache_tier_put_value_later(rcache_tier *tier,
                                                    const char *text,
                                                    size_t length,
                                                    const rcache_value *value,
                                                    uint32_t ttl_s)
{
    rcache_l2_key key;
    size_t bytes_length;
    char *bytes;
    int rc = rcache_value_encode(text, length, value, &bytes, &bytes_length);

    if (rc == E2BIG) {
        RCACHE_TIER_COUNT(tier, too_large);
        return RCACHE_TIER_TOO_LARGE;
    }
    if (rc != 0) {
        RCACHE_TIER_COUNT(tier, dropped);
        return RCACHE_TIER_NOT;
    }
    rcache_tier_key(tier, &key, text, length);
    return rcache_tier_put_later(tier, &key, bytes, bytes_length, ttl_s);
}

enum rcache_tier_result rcache_tier_delete(rcache_tier *tier,
                                           const rcache_l2_key *key)
{
    rcache_call call = call_of(RCACHE_VERB_DELETE, key);

    return rcache_tier_call(tier, &call, 0);
}

enum rcache_tier_result rcache_tier_lock_take(rcache_tier *tier,
                                              const rcache_l2_key *key,
                                              uint32_t ttl_s,
                                              rcache_tier_lock *lock)
{
    rcache_call call;

    lock->key.length = (size_t)snprintf(
        lock->key.text, sizeof(lock->key.text), "%s:lock", key->text);
    lock->until = rcache_tier_clock(CLOCK_MONOTONIC) +
                  (int64_t)cut_ttl(tier, ttl_s) * 1000000;
    call = call_of(RCACHE_VERB_ADD, &lock->key);
    call.bytes = "1";
    call.length = 1;
    call.ttl_s = cut_ttl(tier, ttl_s);
    return rcache_tier_call(tier, &call, 0);
}

/* ---- what it is doing ------------------------------------------------------------ */

const rcache_tier_shared *rcache_tier_shared_of(const rcache_tier *tier)
{
    return tier->shared;
}

unsigned rcache_tier_server_count(const rcache_tier *tier)
{
    return tier->servers.count;
}

const rcache_server *rcache_tier_server(const rcache_tier *tier, unsigned i)
{
    return &tier->servers.server[i];
}

unsigned rcache_tier_server_of(const rcache_tier *tier,
                               const rcache_l2_key *key)
{
    return memcached_generate_hash(tier->map, key->text, key->length);
}
