/* SPDX-License-Identifier: Apache-2.0
 *
 * purgelog.c: what one host purges, the others hear of.
 *
 *   PREFIX v8ssr:purge:seq   the number of the last purge
 *   PREFIX v8ssr:purge:N     "1 TAG KIND AT", tag in hex, AT in us since 1970
 *
 * All of it is on one server, that of PREFIX v8ssr:purge.  While that one is
 * down, purges act on the host that made them only and wait here; values on the
 * other servers go on being read.  Once it is back it has lost the log (or we
 * have lost sight of it), which readers notice, and purge everything softly.
 *
 * The first number is the time in milliseconds: a log that was lost and begun
 * again goes on above the old one, for there are fewer than 1000 purges a
 * second.  A record outlives every value it may be about (RCACHE_PURGE_EXTRA_S),
 * so that a host that has just started reads backwards until there is no more.
 * What it cannot see is a record that memcached displaced before its time.
 */
#include "tier_inside.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum kind { KIND_HARD, KIND_SOFT, KIND_EVERYTHING };

/* More than these are not read one by one. */
#define RECORDS_MAX 1024

/* A writer has a number before it has written: so long may that take. */
#define MISSING_US 3000000

struct name {
    char text[RCACHE_L2_KEY_BYTES];
};

void rcache_purgelog_init(rcache_tier *tier)
{
    snprintf(tier->log.group, sizeof(tier->log.group), "%sv8ssr:purge",
             tier->config.prefix);
}

static struct name name_of(const rcache_tier *tier, uint64_t number)
{
    struct name name;

    if (number == 0) {
        snprintf(name.text, sizeof(name.text), "%.100s:seq", tier->log.group);
    }
    else {
        snprintf(name.text, sizeof(name.text), "%.100s:%" PRIu64,
                 tier->log.group, number);
    }
    return name;
}

static enum rcache_tier_result call_log(rcache_tier *tier, rcache_call *call,
                                        enum rcache_verb verb,
                                        const struct name *name)
{
    call->verb = verb;
    call->group = tier->log.group;
    call->group_length = strlen(tier->log.group);
    call->key = name->text;
    call->key_length = strlen(name->text);
    return rcache_tier_call(tier, call, 1);
}

/* ---- publishing ---------------------------------------------------------------- */

/* Puts the number there, unless somebody else has done so.  0, without an
 * expiry: it is asked for every second. */
static enum rcache_tier_result begin_log(rcache_tier *tier)
{
    struct name name = name_of(tier, 0);
    char text[24];
    rcache_call call = {.bytes = text};

    call.length = (size_t)snprintf(text, sizeof(text), "%" PRId64,
                                   rcache_tier_clock(CLOCK_REALTIME) / 1000);
    return call_log(tier, &call, RCACHE_VERB_ADD, &name);
}

static int take_number(rcache_tier *tier, uint64_t *number)
{
    struct name name = name_of(tier, 0);
    rcache_call call = {0};
    enum rcache_tier_result result;

    result = call_log(tier, &call, RCACHE_VERB_INCREMENT, &name);
    if (result == RCACHE_TIER_NOT && begin_log(tier) != RCACHE_TIER_DOWN) {
        result = call_log(tier, &call, RCACHE_VERB_INCREMENT, &name);
    }
    *number = call.number;
    return result == RCACHE_TIER_DONE;
}

int rcache_purgelog_publish(rcache_tier *tier, rcache_purge_record *record)
{
    char text[64];
    rcache_call call = {.bytes = text,
                        .ttl_s = tier->config.ttl_max_s + RCACHE_PURGE_EXTRA_S};
    struct name name;

    if (record->number == 0 && !take_number(tier, &record->number)) {
        record->number = 0;
        return 0;
    }
    name = name_of(tier, record->number);
    call.length = (size_t)snprintf(text, sizeof(text),
                                   "1 %016" PRIx64 " %d %" PRId64, record->tag,
                                   record->kind, record->at);
    if (call_log(tier, &call, RCACHE_VERB_SET, &name) != RCACHE_TIER_DONE) {
        return 0;
    }
    RCACHE_TIER_COUNT(tier, purges_sent);
    return 1;
}

void rcache_purgelog_collapse(rcache_purge_record *all,
                              const rcache_purge_record *record)
{
    all->kind = KIND_EVERYTHING;
    if (record->at > all->at) {
        all->at = record->at;
        /* Readers may have given up waiting for the old number, having purged
         * what is older than that moment only. */
        all->number = 0;
    }
}

/* ---- reading ------------------------------------------------------------------- */

/* Numbers and records are text; 0 = not what we write. */
static int read_text(rcache_tier *tier, uint64_t number, char *text,
                     size_t bytes, enum rcache_tier_result *result)
{
    struct name name = name_of(tier, number);
    rcache_call call = {0};
    int ok;

    *result = call_log(tier, &call, RCACHE_VERB_GET, &name);
    ok = *result == RCACHE_TIER_DONE && call.found != NULL &&
         call.found_length < bytes;
    if (ok) {
        memcpy(text, call.found, call.found_length);
        text[call.found_length] = '\0';
    }
    free(call.found);
    return ok;
}

static enum rcache_tier_result read_number(rcache_tier *tier, uint64_t *number)
{
    enum rcache_tier_result result;
    char text[32];

    if (!read_text(tier, 0, text, sizeof(text), &result)) {
        return result == RCACHE_TIER_DONE ? RCACHE_TIER_DOWN : result;
    }
    return sscanf(text, "%" SCNu64, number) == 1 && *number != 0
               ? RCACHE_TIER_DONE
               : RCACHE_TIER_DOWN;
}

static enum rcache_tier_result read_record(rcache_tier *tier, uint64_t number,
                                           rcache_purge_record *record)
{
    enum rcache_tier_result result;
    char text[64];
    int end = 0;

    if (!read_text(tier, number, text, sizeof(text), &result)) {
        return result == RCACHE_TIER_DONE ? RCACHE_TIER_NOT : result;
    }
    if (sscanf(text, "1 %16" SCNx64 " %1d %" SCNd64 "%n", &record->tag,
               &record->kind, &record->at, &end) != 3 ||
        text[end] != '\0' || record->kind < KIND_HARD ||
        record->kind > KIND_EVERYTHING) {
        return RCACHE_TIER_NOT;
    }
    return RCACHE_TIER_DONE;
}

/* ---- telling --------------------------------------------------------------------- */

static void tell(rcache_tier *tier, const rcache_purge_record *record)
{
    const rcache_tier_purges *purges = &tier->config.purges;

    RCACHE_TIER_COUNT(tier, purges_seen);
    if (record->kind == KIND_EVERYTHING) {
        if (purges->everything != NULL) {
            purges->everything(purges->baton, record->at);
        }
    }
    else if (purges->one != NULL) {
        purges->one(purges->baton, record->tag, record->kind == KIND_SOFT,
                    record->at);
    }
}

/* Numbers were skipped and what they said is unknown. */
static void tell_lost(rcache_tier *tier)
{
    const rcache_tier_purges *purges = &tier->config.purges;

    RCACHE_TIER_COUNT(tier, purges_lost);
    if (purges->everything != NULL) {
        purges->everything(purges->baton, rcache_tier_clock(CLOCK_REALTIME));
    }
}

/* ---- polling --------------------------------------------------------------------- */

/* Nothing of the log was ever seen by this host: backwards to where it ends.
 * A hole in it is a loss, its end is where records have expired. */
static void replay(rcache_tier *tier, uint64_t newest)
{
    uint64_t number = newest;
    rcache_purge_record record;
    enum rcache_tier_result result = RCACHE_TIER_DONE;
    unsigned missing = 0;
    int has_hole = tier->log.had_failure;

    while (missing < 4 && number + RECORDS_MAX > newest && number > 0) {
        result = read_record(tier, number--, &record);
        if (result == RCACHE_TIER_DOWN) {
            tier->log.had_failure = 1;
            return;
        }
        if (result == RCACHE_TIER_DONE) {
            has_hole |= missing > 0;
            missing = 0;
            tell(tier, &record);
        }
        else {
            missing++;
        }
    }
    if (has_hole || missing == 0) {
        tell_lost(tier);
    }
    atomic_store(&tier->shared->purge_seen, newest);
}

/* 1: the record will not come any more. */
static int is_lost(rcache_purgelog *log, uint64_t number)
{
    int64_t now = rcache_tier_clock(CLOCK_MONOTONIC);

    if (log->missing != number) {
        log->missing = number;
        log->missing_since = now;
    }
    return now - log->missing_since >= MISSING_US;
}

static void follow(rcache_tier *tier, uint64_t seen, uint64_t newest)
{
    rcache_purge_record record;

    if (newest < seen || newest - seen > RECORDS_MAX) {
        tell_lost(tier);
        atomic_store(&tier->shared->purge_seen, newest);
        return;
    }
    for (; seen < newest; seen++) {
        enum rcache_tier_result result = read_record(tier, seen + 1, &record);

        if (result == RCACHE_TIER_DOWN) {
            return;
        }
        if (result == RCACHE_TIER_DONE) {
            tell(tier, &record);
        }
        else if (is_lost(&tier->log, seen + 1)) {
            tell_lost(tier);
            seen = newest - 1; /* which covers those up to there, too */
        }
        else {
            return;
        }
        /* Told first: whoever takes over from us tells it again. */
        atomic_store(&tier->shared->purge_seen, seen + 1);
    }
}

/* One process of a host is enough. */
static int is_our_turn(rcache_tier *tier)
{
    int64_t now = rcache_tier_clock(CLOCK_MONOTONIC);
    int64_t last = atomic_load(&tier->shared->purge_polled);

    return (last == 0 ||
            now - last >= (int64_t)tier->config.poll_ms * 1000 * 3 / 4) &&
           atomic_compare_exchange_strong(&tier->shared->purge_polled, &last,
                                          now);
}

void rcache_purgelog_poll(rcache_tier *tier)
{
    uint64_t seen = atomic_load(&tier->shared->purge_seen);
    enum rcache_tier_result result;
    uint64_t newest = 0;

    if (!is_our_turn(tier)) {
        return;
    }
    result = read_number(tier, &newest);
    if (result == RCACHE_TIER_NOT && begin_log(tier) != RCACHE_TIER_DOWN) {
        result = read_number(tier, &newest);
    }
    if (result != RCACHE_TIER_DONE) {
        tier->log.had_failure = 1;
    }
    else if (seen == 0) {
        replay(tier, newest);
    }
    else if (seen != newest) {
        follow(tier, seen, newest);
    }
}
