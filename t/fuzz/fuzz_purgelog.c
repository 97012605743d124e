/* SPDX-License-Identifier: Apache-2.0
 *
 * fuzz_purgelog.c: the log of purges that hosts tell each other through
 * memcached, which is a table here.  A byte with what to publish, then lines:
 * what is put in the place of number and records.
 */
#include "fuzz.h"

#include "cache/tier_inside.h"

#define ROWS 64

static struct row {
    char key[RCACHE_L2_KEY_BYTES];
    char value[128];
    size_t length;
} rows[ROWS];
static unsigned row_count;

static struct told {
    unsigned ones, everythings;
    uint64_t tags; /* one bit for each that was published */
    int64_t until; /* of the latest "everything" */
} told;

static struct row *row_of(const char *key, size_t length)
{
    unsigned i;

    for (i = 0; i < row_count; i++) {
        if (strlen(rows[i].key) == length &&
            memcmp(rows[i].key, key, length) == 0) {
            return &rows[i];
        }
    }
    return NULL;
}

static void set_row(const char *key, size_t length, const char *value,
                    size_t value_length)
{
    struct row *row = row_of(key, length);

    MUST(length < sizeof(row->key) && value_length <= sizeof(row->value));
    if (row == NULL) {
        MUST(row_count < ROWS);
        row = &rows[row_count++];
        memcpy(row->key, key, length);
        row->key[length] = '\0';
    }
    memcpy(row->value, value, value_length);
    row->length = value_length;
}

static enum rcache_tier_result get(rcache_call *call)
{
    const struct row *row = row_of(call->key, call->key_length);

    if (row == NULL) {
        return RCACHE_TIER_NOT;
    }
    call->found = malloc(row->length + 1);
    MUST(call->found != NULL);
    memcpy(call->found, row->value, row->length);
    call->found_length = row->length;
    return RCACHE_TIER_DONE;
}

static enum rcache_tier_result increment(rcache_call *call)
{
    struct row *row = row_of(call->key, call->key_length);
    char text[24];
    int n;

    if (row == NULL) {
        return RCACHE_TIER_NOT;
    }
    n = snprintf(text, sizeof(text), "%.*s", (int)row->length, row->value);
    call->number = strtoull(text, NULL, 10) + 1;
    n = snprintf(text, sizeof(text), "%llu", (unsigned long long)call->number);
    set_row(call->key, call->key_length, text, (size_t)n);
    return RCACHE_TIER_DONE;
}

/* In place of tier.c's. */
enum rcache_tier_result rcache_tier_call(rcache_tier *tier, rcache_call *call,
                                         int is_writer)
{
    MUST(is_writer && strcmp(call->group, tier->log.group) == 0);
    switch (call->verb) {
    case RCACHE_VERB_GET:
        return get(call);
    case RCACHE_VERB_INCREMENT:
        return increment(call);
    case RCACHE_VERB_ADD:
        if (row_of(call->key, call->key_length) != NULL) {
            return RCACHE_TIER_NOT;
        }
        set_row(call->key, call->key_length, call->bytes, call->length);
        return RCACHE_TIER_DONE;
    default:
        set_row(call->key, call->key_length, call->bytes, call->length);
        return RCACHE_TIER_DONE;
    }
}

static void hear_one(void *baton, uint64_t tag, int soft, int64_t at)
{
    struct told *t = baton;

    MUST(soft == 0 || soft == 1);
    (void)at;
    t->ones++;
    t->tags |= tag < 64 ? UINT64_C(1) << tag : 0;
}

static void hear_everything(void *baton, int64_t at)
{
    struct told *t = baton;

    t->everythings++;
    t->until = at > t->until ? at : t->until;
}

static void poll_log(rcache_tier *tier)
{
    atomic_store(&tier->shared->purge_polled, 0);
    rcache_purgelog_poll(tier);
}

/* Replaces rows: a line each, its first byte says which; a line that is
 * nothing but that byte takes the record away. */
static int spoil(struct fuzz *fuzz)
{
    int spoiled = 0, lines;

    for (lines = 0; fuzz_left(fuzz) > 0 && lines < 32; lines++) {
        size_t length;
        unsigned which = fuzz_byte(fuzz);
        const char *text = fuzz_until(fuzz, '\n', &length);
        struct row *row = row_count > 0 ? &rows[which % row_count] : NULL;

        if (row != NULL && length <= sizeof(row->value)) {
            memcpy(row->value, text, length);
            row->length = length;
            row->key[length == 0 ? 0 : strlen(row->key)] = '\0';
            spoiled++;
        }
    }
    return spoiled;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz fuzz = fuzz_begin(data, size);
    rcache_tier_shared *shared = calloc(1, sizeof(*shared));
    rcache_tier *tier = calloc(1, sizeof(*tier));
    unsigned count = fuzz_byte(&fuzz) % 16, i;
    int spoiled;

    MUST(shared != NULL && tier != NULL);
    row_count = 0;
    memset(&told, 0, sizeof(told));
    tier->shared = shared;
    tier->config = (rcache_tier_config){
        .prefix = "", .ttl_max_s = 60, .poll_ms = 1000,
        .purges = {hear_one, hear_everything, &told}};
    rcache_purgelog_init(tier);
    for (i = 0; i < count; i++) {
        rcache_purge_record record = {.tag = i, .kind = (int)(i % 2),
                                      .at = 1000 + (int64_t)i};

        MUST(rcache_purgelog_publish(tier, &record) && record.number != 0);
    }
    spoiled = spoil(&fuzz);
    poll_log(tier); /* as a host that has just started */
    MUST(spoiled || told.tags == (UINT64_C(1) << count) - 1);
    MUST(spoiled || told.everythings == 0);
    poll_log(tier); /* and a second later */
    MUST(spoiled || told.ones == count);
    free(tier);
    free(shared);
    fuzz_end(&fuzz);
    return 0;
}
