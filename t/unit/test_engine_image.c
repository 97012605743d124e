/* SPDX-License-Identifier: Apache-2.0
 *
 * test_engine_image.c: images, from v8pool_image_build() to a page.  Whatever
 * starts V8 runs in a child: making an image wants a process of its own, and a
 * crash is then a failed check.
 */
#include "fixture.h"

#include "image.h"
#include "v8pool_image.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>

#define ROOM ((size_t)32 << 20)

/* What children leave for the test. */
struct shared {
    size_t length; /* of the image; 0 = none was made */
    v8pool_error err;
    char text[4][64 * 1024];
    _Alignas(16) char image[ROOM];
};
static struct shared *shared;

static void begin(void)
{
    if (shared == NULL) {
        shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE,
                      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    }
    memset(shared, 0, offsetof(struct shared, image));
}

/* --- images --------------------------------------------------------------- */

static v8pool_image_item item_of(const char *name, const char *source,
                                 int snapshot)
{
    v8pool_image_item item = {
        {name, NULL, source, strlen(source), NULL, !snapshot}, NULL};

    return item;
}

struct items {
    const v8pool_image_item *items;
    size_t count;
};

static int build(const void *arg)
{
    const struct items *what = arg;
    void *image;
    size_t length;

    if (v8pool_image_build(what->items, what->count, NULL, &image, &length,
                           &shared->err) != V8POOL_OK ||
        length > ROOM) {
        return image == NULL && length == 0 ? 1 : 2;
    }
    memcpy(shared->image, image, length);
    shared->length = length;
    free(image);
    return 0;
}

static int make_image(const v8pool_image_item *items, size_t count)
{
    struct items what = {items, count};

    begin();
    IS_INT(fork_and_run(build, &what), 0);
    return shared->length > 0;
}

static int make_image_of(const char *source, int snapshot)
{
    v8pool_image_item item = item_of("b", source, snapshot);

    return make_image(&item, 1);
}

static v8pool *open_image(unsigned isolates, struct recorder *recorder)
{
    v8pool_config config;

    pool_config(&config, isolates, recorder);
    if (shared->length > 0) {
        config.image = shared->image;
        config.image_length = shared->length;
    }
    return pool_open(&config);
}

/* --- three ways to a page ------------------------------------------------- */

static const char page[] =
    "console.info('evaluated');\n"
    "class Tag { #n; constructor(n) { this.#n = n; }\n"
    "  get open() { return `<${this.#n}>`; } static br = new Tag('br'); }\n"
    "const seen = new Map([['\\u20ac', 1], ['a\\u2605', 2]]);\n"
    "const kinds = new Set(seen.keys()), weak = new WeakMap([[kinds, 'w']]);\n"
    "const bytes = Uint8Array.of(1, 2, 255), big = 2n ** 80n;\n"
    "const ids = (function* () { for (let i = 7; ; i++) yield i; })();\n"
    "const own = Symbol.for('own'), later = Promise.resolve('later');\n"
    "const frozen = Object.freeze({ [own]: /(?<x>\\u{1f600}+)/u });\n"
    "globalThis.App = { async render(url, ctx) {\n"
    "  const money = new Intl.NumberFormat('de', { style: 'currency',\n"
    "    currency: 'EUR' }).format(1234.5);\n"
    "  return { status: 203, headers: { 'x-kinds': String(kinds.size) },\n"
    "    body: Tag.br.open + [...seen].join() + weak.get(kinds) + bytes + big\n"
    "      + ids.next().value + own.description + (await later) + money + url\n"
    "      + frozen[own].exec('\\u{1f600}\\u{1f600}!').groups.x\n"
    "      + '\\u00fc\\u4e2d'.repeat(3000) + new Date(0).toISOString()\n"
    "      + JSON.stringify(ctx.env) + new Error('e').stack };\n"
    "} };\n"
    "globalThis.renderPage = (url) => url === '/none' ? null\n"
    "  : App.render(url, { env: {} });\n";

static char *file_text(const char *path)
{
    FILE *f = fopen(path, "r");
    char *text = calloc(1, (size_t)1 << 20);

    if (f == NULL || fread(text, 1, ((size_t)1 << 20) - 1, f) == 0) {
        tap_ok(0, path, __FILE__, __LINE__);
    }
    if (f != NULL) {
        fclose(f);
    }
    return text;
}

struct way {
    const char *source;
    char *out;     /* status, headers and bodies */
    int evaluated; /* how often the script must be */
};

static void add_reply(char *out, v8pool *pool, v8pool_bundle *bundle,
                      const char *url)
{
    size_t n = strlen(out);
    struct reply reply;
    size_t i;

    reply_get(&reply, pool, bundle, url, WAIT_MS);
    n += (size_t)snprintf(out + n, 65536 - n, "%s %d\n",
                          v8pool_status_text(reply.status),
                          reply.answer.status);
    for (i = 0; i < reply.answer.header_count; i++) {
        n += (size_t)snprintf(out + n, 65536 - n, "%s: %s\n",
                              reply.answer.headers[i].name,
                              reply.answer.headers[i].value);
    }
    snprintf(out + n, 65536 - n, "%s\n", reply_body(&reply));
    reply_clear(&reply);
}

static int render_urls(const void *arg)
{
    static const char *const urls[] = {"/", "/a?b", "/none", "/"};
    const struct way *way = arg;
    struct recorder *recorder = recorder_create();
    v8pool *pool = open_image(1, recorder);
    v8pool_bundle *bundle = bundle_of(pool, "b", way->source);
    size_t i;

    if (bundle == NULL) {
        return 1;
    }
    for (i = 0; i < sizeof(urls) / sizeof(urls[0]); i++) {
        add_reply(way->out, pool, bundle, urls[i]);
    }
    v8pool_destroy(&pool);
    return recorder_count(recorder, "evaluated") == (unsigned)way->evaluated
               ? 0
               : 2;
}

/* Renders without an image, from a snapshot and from a code cache. */
static void check_three_ways(const char *source, int says)
{
    static char texts[3][65536];
    int i;

    for (i = 0; i < 3; i++) {
        struct way way = {source, NULL, says};

        begin();
        way.out = shared->text[0];
        if (i > 0) {
            make_image_of(source, i == 1);
            way.evaluated = i == 1 ? 0 : says;
        }
        IS_INT(fork_and_run(render_urls, &way), 0);
        memcpy(texts[i], shared->text[0], sizeof(texts[i]));
    }
    OK(strlen(texts[0]) > 1000);
    OK(strcmp(texts[0], texts[1]) == 0);
    OK(strcmp(texts[0], texts[2]) == 0);
}

static void test_image_three_ways_to_start_equal_pages(void)
{
    char *shop = file_text(SHOP_BUNDLE);

    check_three_ways(page, 1);
    HAS_STR(shared->text[0], "ok 203\nx-kinds: 2\n");
    HAS_STR(shared->text[0], "the bundle declined the request");
    check_three_ways(shop, 0);
    HAS_STR(shared->text[0], "<!doctype html>");
    free(shop);
}

/* --- whose image ---------------------------------------------------------- */

struct load {
    const char *source;
    const char *entry;
    const char *body;
    unsigned evaluated;
};

static int load_and_render(const void *arg)
{
    const struct load *load = arg;
    v8pool_bundle_config config = {"b", NULL, load->source,
                                   strlen(load->source), load->entry, 0};
    struct recorder *recorder = recorder_create();
    v8pool *pool = open_image(1, recorder);
    v8pool_bundle *bundle;

    if (v8pool_bundle_load(pool, &config, WAIT_MS, &bundle, NULL) !=
        V8POOL_OK) {
        return 1;
    }
    if (!renders(pool, bundle, "/", load->body)) {
        return 2;
    }
    v8pool_destroy(&pool);
    return recorder_count(recorder, "evaluated") == load->evaluated ? 0 : 3;
}

/* As long as each other. */
#define SAYS(letter)                                                           \
    "console.info('evaluated'); globalThis.renderPage = () => '" letter "';"   \
    "globalThis.other = () => 'other';"

static void test_image_of_another_script_not_used(void)
{
    static const struct load rows[] = {
        {SAYS("a"), NULL, "a", 0},
        {SAYS("b"), NULL, "b", 1},
        {SAYS("a") "\n", NULL, "a", 1},
        {SAYS("a"), "other", "other", 1},
        {SAYS("a"), "renderPage", "a", 1}, /* the image was made without */
    };
    size_t i;

    make_image_of(SAYS("a"), 1);
    for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        IS_INT(fork_and_run(load_and_render, &rows[i]), 0);
    }
    make_image_of(SAYS("a"), 0);
    IS_INT(fork_and_run(load_and_render,
                        &(struct load){SAYS("b"), NULL, "b", 1}), 0);
}

static void test_image_entry_is_part_of_the_key(void)
{
    v8pool_image_item item = item_of("b", SAYS("a"), 1);

    item.bundle.entry = "other";
    make_image(&item, 1);
    IS_INT(fork_and_run(load_and_render,
                        &(struct load){SAYS("a"), "other", "other", 0}), 0);
    IS_INT(fork_and_run(load_and_render,
                        &(struct load){SAYS("a"), "othe", NULL, 0}), 1);
    IS_INT(fork_and_run(load_and_render,
                        &(struct load){SAYS("a"), "renderPage", "a", 1}), 0);
    IS_INT(fork_and_run(load_and_render,
                        &(struct load){SAYS("a"), NULL, "a", 1}), 0);
}

/* That V8 takes a code cache can be seen where it is given one of a script
 * that is as long: it believes its caller (c13). */
static void test_image_code_cache_is_taken(void)
{
    struct v8p_image_header *header = (void *)shared->image;
    struct v8p_image_entry *entry;

    make_image_of(SAYS("a"), 0);
    entry = (struct v8p_image_entry *)(header + 1);
    memcpy(shared->image + entry->script.offset, SAYS("b"), strlen(SAYS("b")));
    header->checksum = v8p_image_checksum(header, shared->length);
    IS_INT(fork_and_run(load_and_render,
                        &(struct load){SAYS("b"), NULL, "a", 1}), 0);
}

/* --- bundles in one image, and what happens to them ----------------------- */

static const char one[] =
    "var n = 0; Array.prototype.evil = 1; globalThis.mine = 'one';"
    "globalThis.renderPage = (url) => { if (url === '/loop') for (;;);"
    "if (url === '/heap') { const a = []; for (;;) a.push({}); }"
    "return mine + ++n + [].evil; };";
static const char two[] =
    "globalThis.renderPage = () => typeof n + typeof mine + [].evil;";
static const char three[] =
    "globalThis.renderPage = () => typeof n + typeof mine + [].evil + 3;";

static int render_apart(const void *arg)
{
    v8pool *pool = open_image(1, NULL);
    v8pool_bundle *b1 = bundle_of(pool, "one", one);
    v8pool_bundle *b3 = bundle_of(pool, "three", three);
    v8pool_bundle *b2 = bundle_of(pool, "two", two);
    v8pool_bundle *b4 = bundle_of(pool, "four", SAYS("4"));

    (void)arg;
    return renders(pool, b1, "/", "one11") && renders(pool, b1, "/", "one21") &&
                   renders(pool, b2, "/", "undefinedundefinedundefined") &&
                   renders(pool, b3, "/", "undefinedundefinedundefined3") &&
                   renders(pool, b4, "/", "4") &&
                   renders(pool, b1, "/", "one31")
               ? 0
               : 1;
}

static void test_image_bundles_apart(void)
{
    v8pool_image_item items[] = {item_of("one", one, 1), item_of("two", two, 1),
                                 item_of("three", three, 0)};

    make_image(items, 3);
    IS_INT(fork_and_run(render_apart, NULL), 0);
}

static int render_after_ends(const void *arg)
{
    v8pool_config config;
    v8pool_request fresh;
    v8pool_bundle *bundle;
    struct reply reply;
    v8pool *pool;
    int i, bad = 0;

    (void)arg;
    pool_config(&config, 1, NULL);
    config.image = shared->image;
    config.image_length = shared->length;
    config.heap_limit_bytes = (size_t)32 << 20;
    pool = pool_open(&config);
    bundle = bundle_of(pool, "one", one);
    bad += !renders(pool, bundle, "/", "one11");
    bad += reply_get(&reply, pool, bundle, "/loop", 50) != V8POOL_E_TIMEOUT;
    bad += !renders(pool, bundle, "/", "one11");
    bad += reply_get(&reply, pool, bundle, "/heap", WAIT_MS) != V8POOL_E_HEAP;
    bad += !renders(pool, bundle, "/", "one11");
    v8pool_request_init(&fresh);
    fresh.fresh = 1;
    for (i = 0; i < 3; i++) {
        bad += reply_send(&reply, pool, bundle, &fresh) != V8POOL_OK ||
               strcmp(reply_body(&reply), "one11") != 0;
        reply_clear(&reply);
    }
    bad += !renders(pool, bundle, "/", "one21");
    v8pool_destroy(&pool);
    return bad;
}

/* A context and an isolate that were dropped come from the image again, and
 * the renders that warmed it are not to be seen. */
static void test_image_state_as_loaded_after_forced_ends(void)
{
    make_image_of(one, 1);
    IS_INT(fork_and_run(render_after_ends, NULL), 0);
}

static int render_twice_over(const void *arg)
{
    v8pool *with = open_image(1, NULL);
    v8pool *without = pool_of(1);
    v8pool_bundle *a = bundle_of(with, "one", one);
    v8pool_bundle *b = bundle_of(without, "one", one);
    int bad = !renders(with, a, "/", "one11");


    (void)arg;
    bad += !renders(without, b, "/", "one11");
    v8pool_destroy(&with);
    bad += !renders(without, b, "/", "one21");
    v8pool_destroy(&without);
    return bad;
}

static void test_image_beside_a_pool_without(void)
{
    make_image_of(one, 1);
    IS_INT(fork_and_run(render_twice_over, NULL), 0);
}

static const char talks[] =
    "globalThis.renderPage = (url, ctx) => { console.warn('says', url);"
    "let e = ''; try { ctx.env.A = 'x'; Object.defineProperty(ctx.env, 'N',"
    "{ value: 1 }); } catch (x) { e = x.name; }"
    "let v = ''; try { v = (0, eval)('1'); } catch (x) { v = x.name; }"
    "return [ctx.env.A, ctx.env.B, e, v, typeof WebAssembly,"
    "ctx.request.method].join(); };";

static int render_env(const void *arg)
{
    static const v8pool_header first[] = {{"A", "1"}, {"B", "zwei"}};
    static const v8pool_header second[] = {{"A", "3"}};
    v8pool_env envs[] = {{7, first, 2}, {8, second, 1}};
    struct recorder *recorder = recorder_create();
    v8pool *pool = open_image(1, recorder);
    v8pool_bundle *bundle = bundle_of(pool, "b", talks);
    v8pool_request request;
    struct reply reply;
    int i, bad = 0;

    (void)arg;
    for (i = 0; i < 2; i++) {
        v8pool_request_init(&request);
        request.url = i == 0 ? "/one" : "/two";
        request.env = &envs[i];
        bad += reply_send(&reply, pool, bundle, &request) != V8POOL_OK;
        bad += strcmp(reply_body(&reply),
                      i == 0 ? "1,zwei,TypeError,EvalError,undefined,GET"
                             : "3,,TypeError,EvalError,undefined,GET") != 0;
    }
    bad += recorder_find(recorder, "says /one") == NULL ||
           recorder_find(recorder, "says /one")->level != V8POOL_LOG_WARN;
    bad += recorder_find(recorder, "says /two") == NULL;
    v8pool_destroy(&pool);
    bad += recorder_count(recorder, "says") != 2; /* not the warming renders */
    return bad;
}

static void test_image_console_env_and_doors_work(void)
{
    make_image_of(talks, 1);
    IS_INT(fork_and_run(render_env, NULL), 0);
}

static const char draws[] =
    "const loaded = Math.random();"
    "globalThis.renderPage = () => loaded + ' ' + Math.random();";

static int draw(const void *arg)
{
    v8pool *pool = open_image(1, NULL);
    v8pool_bundle *bundle = bundle_of(pool, "b", draws);
    struct reply reply;

    if (reply_get(&reply, pool, bundle, "/", WAIT_MS) != V8POOL_OK) {
        return 1;
    }
    snprintf(shared->text[*(const int *)arg], 100, "%s", reply_body(&reply));
    v8pool_destroy(&pool);
    return 0;
}

/* What is drawn while loading is in the image, what is drawn later is not. */
static void test_image_random_numbers_differ_between_processes(void)
{
    static const int slots[] = {0, 1};
    char *later[2];
    int i;

    make_image_of(draws, 1);
    for (i = 0; i < 2; i++) {
        IS_INT(fork_and_run(draw, &slots[i]), 0);
        later[i] = strchr(shared->text[i], ' ');
        if (!OK(later[i] != NULL)) {
            return;
        }
        *later[i]++ = '\0';
    }
    IS_STR(shared->text[0], shared->text[1]);
    OK(strcmp(later[0], later[1]) != 0);
}

TAP_MAIN(RUN(test_image_three_ways_to_start_equal_pages),
         RUN(test_image_of_another_script_not_used),
         RUN(test_image_entry_is_part_of_the_key),
         RUN(test_image_code_cache_is_taken),
         RUN(test_image_bundles_apart),
         RUN(test_image_state_as_loaded_after_forced_ends),
         RUN(test_image_beside_a_pool_without),
         RUN(test_image_console_env_and_doors_work),
         RUN(test_image_random_numbers_differ_between_processes))
