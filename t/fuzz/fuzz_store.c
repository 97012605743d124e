/* SPDX-License-Identifier: Apache-2.0
 *
 * fuzz_store.c: entries in shared memory.  Bytes are a sequence of calls (put,
 * find, hold, split, release, remove, purge); a model says what may be found,
 * and the segment must be whole after them.
 */
#include "fuzz.h"

#include "cache_fixture.h"

#include <sys/mman.h>

#define PAGES 12
#define HELD 8
#define BYTES RCACHE_MIN_BYTES

/* What is known of a page: it may be gone, it must not be wrong. */
struct page {
    int64_t rendered; /* of the last one that was stored; 0: none */
    size_t length;
    unsigned tag;
    int is_gone;      /* removed or purged for good since */
};

struct world {
    rcache *cache;
    int64_t clock;
    struct page pages[PAGES];
    rcache_hit held[HELD];
    unsigned held_page[HELD];
    int is_held[HELD];
};

static const char *const tags[] = {"t:a", "t:b", "t:c", "t:d"};

/* Mostly small, or comparing them takes all the time. */
static size_t size_of(unsigned byte)
{
    if (byte < 160) {
        return byte * 40;
    }
    return (size_t)(byte - 159) * (byte < 252 ? 512 : 16 * 1024);
}

static void put(struct world *w, struct fuzz *fuzz)
{
    unsigned n = fuzz_byte(fuzz) % PAGES;
    unsigned size = fuzz_byte(fuzz), tag = fuzz_byte(fuzz) % 4;
    size_t length = size_of(size);
    struct page *page = &w->pages[n];
    enum rcache_put_result result =
        put_page(w->cache, n, length, tags[tag], ++w->clock);

    MUST(result == RCACHE_STORED || result == RCACHE_TOO_LARGE ||
         result == RCACHE_NO_ROOM);
    MUST(result != RCACHE_TOO_LARGE || length > BYTES / 64);
    if (result == RCACHE_STORED) {
        *page = (struct page){w->clock, length, tag, 0};
    }
}

static int find(struct world *w, unsigned n, rcache_hit *hit)
{
    const struct page *page = &w->pages[n];
    rcache_key key;
    char buffer[32];

    key_of_page(w->cache, &key, buffer, n);
    if (!rcache_find(w->cache, &key, hit)) {
        return 0;
    }
    MUST(page->rendered != 0 && !page->is_gone);
    MUST(hit->meta->rendered == page->rendered);
    MUST(hit->body_length == page->length && hit->tag_count == 1);
    MUST(hit->head_length == 4 && memcmp(hit->head, "head", 4) == 0);
    MUST(page_is_right(hit, n));
    return 1;
}

static void look(struct world *w, unsigned n)
{
    rcache_hit hit;

    if (find(w, n, &hit)) {
        rcache_release(w->cache, &hit);
    }
}

/* Whatever happens to the page, its bytes stay until they are released. */
static void release(struct world *w, unsigned i)
{
    if (w->is_held[i]) {
        MUST(page_is_right(&w->held[i], w->held_page[i]));
        rcache_release(w->cache, &w->held[i]);
        w->is_held[i] = 0;
    }
}

static void hold(struct world *w, unsigned n, unsigned i)
{
    release(w, i);
    w->held_page[i] = n;
    w->is_held[i] = find(w, n, &w->held[i]);
}

/* Backwards: parts come back in any order. */
static void split(struct world *w, unsigned i)
{
    unsigned part;

    if (w->is_held[i] && rcache_hit_split(w->cache, &w->held[i])) {
        MUST(page_is_right(&w->held[i], w->held_page[i]));
        for (part = w->held[i].body_parts; part > 0; part--) {
            rcache_part_free(w->held[i].body[part - 1].iov_base);
        }
        w->is_held[i] = 0;
    }
}

static void forget(struct world *w, unsigned n)
{
    rcache_key key;
    char buffer[32];

    key_of_page(w->cache, &key, buffer, n);
    rcache_remove(w->cache, &key);
    w->pages[n].is_gone = 1;
}

static void purge(struct world *w, unsigned tag, int soft)
{
    unsigned n;

    rcache_purge(w->cache, tag_of(tags[tag]), soft, w->clock);
    for (n = 0; n < PAGES; n++) {
        w->pages[n].is_gone |= !soft && w->pages[n].tag == tag;
        look(w, n);
    }
}

static void step(struct world *w, struct fuzz *fuzz)
{
    unsigned what = fuzz_byte(fuzz) % 8, which;

    if (what < 3) {
        put(w, fuzz);
        return;
    }
    which = fuzz_byte(fuzz);
    switch (what) {
    case 3:
        look(w, which % PAGES);
        break;
    case 4:
        hold(w, which % PAGES, which / PAGES % HELD);
        break;
    case 5:
        (which & 8 ? split : release)(w, which % HELD);
        break;
    case 6:
        forget(w, which % PAGES);
        break;
    default:
        purge(w, which % 4, which & 4);
        break;
    }
}

/* Whoever puts gives back what was released since: 64 pages reach all shards. */
static void put_and_forget(rcache *cache)
{
    unsigned n;

    for (n = 100; n < 164; n++) {
        rcache_key key;
        char buffer[32];

        MUST(put_page(cache, n, 10, NULL, 1) == RCACHE_STORED);
        key_of_page(cache, &key, buffer, n);
        rcache_remove(cache, &key);
    }
}

static void check_whole(rcache *cache)
{
    char *wrong = rcache_validate(cache);

    if (wrong != NULL) {
        fprintf(stderr, "%s\n", wrong);
    }
    MUST(wrong == NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz fuzz = fuzz_begin(data, size);
    struct world w = {.clock = 1000};
    void *base = mmap(NULL, BYTES, PROT_READ | PROT_WRITE,
                      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    rcache_stats stats;
    unsigned i;

    MUST(base != MAP_FAILED && rcache_format(base, BYTES, 2) == 0);
    w.cache = rcache_open(base, BYTES);
    MUST(w.cache != NULL && rcache_join(w.cache) == 0);
    for (i = 0; i < 400 && fuzz_left(&fuzz) > 0; i++) {
        step(&w, &fuzz);
    }
    check_whole(w.cache);
    for (i = 0; i < HELD; i++) {
        release(&w, i);
    }
    for (i = 0; i < PAGES; i++) {
        forget(&w, i);
        look(&w, i);
    }
    put_and_forget(w.cache);
    check_whole(w.cache);
    rcache_stats_read(w.cache, &stats);
    MUST(stats.entries == 0);
    MUST(stats.zombies == 0);
    MUST(stats.used == 0);
    rcache_leave(w.cache);
    rcache_close(w.cache);
    munmap(base, BYTES);
    return 0;
}
