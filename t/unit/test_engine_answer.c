/* SPDX-License-Identifier: Apache-2.0
 *
 * test_engine_answer.c: what a bundle may return, and what is refused.
 */
#include "fixture.h"

/* Each URL is a key; the value is what renderPage returns. */
static const char source[] =
    "const answers = {\n"
    "  '/string': () => 'text',\n"
    "  '/html': () => ({ html: 'h' }),\n"
    "  '/body': () => ({ body: 'b', headers: { 'Content-Type': 'text/x' } }),\n"
    "  '/both': () => ({ html: 'h', body: 'b' }),\n"
    "  '/empty': () => '',\n"
    "  '/status': () => ({ status: 204 }),\n"
    "  '/status-low': () => ({ html: '', status: 199 }),\n"
    "  '/status-high': () => ({ html: '', status: 600 }),\n"
    "  '/status-half': () => ({ html: '', status: 200.5 }),\n"
    "  '/status-nan': () => ({ html: '', status: NaN }),\n"
    "  '/status-text': () => ({ html: '', status: '200' }),\n"
    "  '/status-null': () => ({ html: '', status: null }),\n"
    "  '/status-undefined': () => ({ html: 'x', status: undefined }),\n"
    "  '/status-symbol': () => ({ html: '', status: Symbol('s') }),\n"
    "  '/status-object': () => ({ html: '',\n"
    "     status: { toString() { throw 1; } } }),\n"
    "  '/redirect': () => ({ redirect: '/to' }),\n"
    "  '/redirect-301': () => ({ redirect: '/to', status: 301 }),\n"
    "  '/redirect-200': () => ({ redirect: '/to', status: 200 }),\n"
    "  '/redirect-empty': () => ({ redirect: '' }),\n"
    "  '/redirect-number': () => ({ redirect: 7 }),\n"
    "  '/redirect-split': () => ({ redirect: '/a\\r\\nSet-Cookie: x=1' }),\n"
    "  '/headers': () => ({ html: '', headers: { 'x-n': 5, 'x-t': ' t\\t',\n"
    "     'x-u': undefined, 'x-0': null, 'x-l': ['a', 1], 'x-e': [] } }),\n"
    "  '/headers-array': () => ({ html: '', headers: [['a', 'b']] }),\n"
    "  '/headers-text': () => ({ html: '', headers: 'a: b' }),\n"
    "  '/header-cr': () => ({ html: '', headers: { x: 'a\\rb' } }),\n"
    "  '/header-lf': () => ({ html: '', headers: { x: 'a\\nb' } }),\n"
    "  '/header-nul': () => ({ html: '', headers: { x: 'a\\0b' } }),\n"
    "  '/header-del': () => ({ html: '', headers: { x: 'a\\x7f' } }),\n"
    "  '/header-list': () => ({ html: '', headers: { x: ['a', 'b\\r\\n'] } }),\n"
    "  '/header-object': () => ({ html: '', headers: { x: {} } }),\n"
    "  '/header-symbol': () => ({ html: '', headers: { x: Symbol() } }),\n"
    "  '/header-nested': () => ({ html: '', headers: { x: [['a']] } }),\n"
    "  '/name-colon': () => ({ html: '', headers: { 'a:b': 'c' } }),\n"
    "  '/name-blank': () => ({ html: '', headers: { 'a b': 'c' } }),\n"
    "  '/name-line': () => ({ html: '', headers: { 'a\\r\\nb': 'c' } }),\n"
    "  '/name-empty': () => ({ html: '', headers: { '': 'c' } }),\n"
    "  '/name-wide': () => ({ html: '', headers: { '\\u0100': 'c' } }),\n"
    "  '/name-number': () => ({ html: '', headers: { 7: 'c' } }),\n"
    "  '/name-symbol': () => ({ html: '', headers: { [Symbol()]: 'c' } }),\n"
    "  '/value-wide': () => ({ html: '', headers: { x: '\\u010d\\u010a' } }),\n"
    "  '/many': () => ({ html: '', headers: { x: Array(201).fill('a') } }),\n"
    "  '/most': () => ({ html: '', headers: { x: Array(200).fill('a') } }),\n"
    "  '/type': () => ({ html: 'x', headers: { 'CONTENT-type': 'a/b' } }),\n"
    "  '/html-number': () => ({ html: 5 }),\n"
    "  '/html-null': () => ({ html: null, body: 'b' }),\n"
    "  '/nothing-in-it': () => ({}),\n"
    "  '/array': () => ['a'],\n"
    "  '/function': () => () => 'a',\n"
    "  '/boolean': () => true,\n"
    "  '/bigint': () => 10n,\n"
    "  '/symbol': () => Symbol('s'),\n"
    "  '/string-object': () => new String('x'),\n"
    "  '/null': () => null,\n"
    "  '/promise-null': async () => null,\n"
    "  '/promise-number': async () => 1,\n"
    "  '/promise-promise': async () => Promise.resolve({ html: 'deep' }),\n"
    "  '/thenable': () => ({ then(yes) { yes('from then'); } }),\n"
    "  '/thenable-no': () => ({ then(_, no) { no(new Error('from no')); } }),\n"
    "  '/thenable-never': () => ({ then() {} }),\n"
    "  '/thenable-throws': () => ({ then() { throw new Error('in then'); } }),\n"
    "  '/then-getter': () => ({ get then() { throw new Error('get'); } }),\n"
    "  '/then-text': () => ({ then: 'no function', html: 'x' }),\n"
    "  '/class': () => new (class { get html() { return 'got'; } })(),\n"
    "  '/proxy': () => new Proxy({ html: 'p' }, {}),\n"
    "  '/revoked': () => { const r = Proxy.revocable({}, {}); r.revoke();\n"
    "     return r.proxy; },\n"
    "  '/throws-response': () => { throw new Response('away', { status: 404,"
    " headers: { x: 'y' } }); },\n"
    "  '/rejects-response': async () => { await null; throw"
    " Response.redirect('http://a/b'); },\n"
    "  '/throws-stream': () => { throw new ReadableStream(); },\n"
    "  '/throws-object': () => { throw { status: 404, html: 'h' }; },\n"
    "  '/throws-getter': () => { throw { get status() { throw 5; } }; },\n"
    "  '/getter-throws': () => ({ get html() { throw new Error('g'); } }),\n"
    "};\n"
    "globalThis.renderPage = (url) => answers[url]();\n";

struct good_row {
    const char *url, *body;
    int status;
    const char *header, *value; /* NULL = no such field */
};

static const char html[] = "text/html; charset=utf-8";

static const struct good_row good_rows[] = {
    {"/string", "text", 200, "content-type", html},
    {"/html", "h", 200, "content-type", html},
    {"/body", "b", 200, "content-type", "text/x"},
    {"/both", "h", 200, "content-type", html},
    {"/empty", "", 200, "content-type", NULL},
    {"/status", "", 204, "content-type", NULL},
    {"/status-undefined", "x", 200, "content-type", html},
    {"/status-null", "", 200, "content-type", NULL},
    {"/redirect", "", 302, "location", "/to"},
    {"/redirect-301", "", 301, "location", "/to"},
    {"/headers", "", 200, "x-n", "5"},
    {"/headers", "", 200, "x-t", "t"},
    {"/headers", "", 200, "x-u", NULL},
    {"/headers", "", 200, "x-0", NULL},
    {"/headers", "", 200, "x-e", NULL},
    {"/headers", "", 200, "x-l", "a"},
    {"/name-number", "", 200, "7", "c"},
    {"/value-wide", "", 200, "x", "\xc4\x8d\xc4\x8a"},
    {"/most", "", 200, "x", "a"},
    {"/type", "x", 200, "content-type", "a/b"},
    {"/html-null", "b", 200, "content-type", html},
    {"/promise-promise", "deep", 200, "content-type", html},
    {"/thenable", "from then", 200, "content-type", html},
    {"/then-text", "x", 200, "content-type", html},
    {"/class", "got", 200, "content-type", html},
    {"/proxy", "p", 200, "content-type", html},
    {"/throws-response", "away", 404, "x", "y"},
    {"/rejects-response", "", 302, "location", "http://a/b"},
};

struct bad_row {
    const char *url;
    v8pool_status status;
    const char *message;
};

static const struct bad_row bad_rows[] = {
    {"/status-low", V8POOL_E_ANSWER, "199"},
    {"/status-high", V8POOL_E_ANSWER, "600"},
    {"/status-half", V8POOL_E_ANSWER, "200.5"},
    {"/status-nan", V8POOL_E_ANSWER, "NaN"},
    {"/status-text", V8POOL_E_ANSWER, "status"},
    {"/status-symbol", V8POOL_E_ANSWER, "status"},
    {"/status-object", V8POOL_E_ANSWER, "status"},
    {"/redirect-200", V8POOL_E_ANSWER, "redirect"},
    {"/redirect-empty", V8POOL_E_ANSWER, "redirect"},
    {"/redirect-number", V8POOL_E_ANSWER, "redirect"},
    {"/redirect-split", V8POOL_E_ANSWER, "\"location\""},
    {"/headers-array", V8POOL_E_ANSWER, "headers: an object"},
    {"/headers-text", V8POOL_E_ANSWER, "headers: an object"},
    {"/header-cr", V8POOL_E_ANSWER, "line break"},
    {"/header-lf", V8POOL_E_ANSWER, "line break"},
    {"/header-nul", V8POOL_E_ANSWER, "control character"},
    {"/header-del", V8POOL_E_ANSWER, "control character"},
    {"/header-list", V8POOL_E_ANSWER, "line break"},
    {"/header-object", V8POOL_E_ANSWER, "header \"x\""},
    {"/header-symbol", V8POOL_E_ANSWER, "header \"x\""},
    {"/header-nested", V8POOL_E_ANSWER, "header \"x\""},
    {"/name-colon", V8POOL_E_ANSWER, "not a field name"},
    {"/name-blank", V8POOL_E_ANSWER, "not a field name"},
    {"/name-line", V8POOL_E_ANSWER, "not a field name"},
    {"/name-empty", V8POOL_E_ANSWER, "not a field name"},
    {"/name-wide", V8POOL_E_ANSWER, "not a field name"},
    {"/many", V8POOL_E_ANSWER, "more than 200"},
    {"/html-number", V8POOL_E_ANSWER, "html: a string"},
    {"/nothing-in-it", V8POOL_E_ANSWER, "none of html"},
    {"/array", V8POOL_E_ANSWER, "an array"},
    {"/function", V8POOL_E_ANSWER, "function"},
    {"/boolean", V8POOL_E_ANSWER, "boolean"},
    {"/bigint", V8POOL_E_ANSWER, "bigint"},
    {"/symbol", V8POOL_E_ANSWER, "symbol"},
    {"/string-object", V8POOL_E_ANSWER, "none of html"},
    {"/promise-number", V8POOL_E_ANSWER, "number"},
    {"/null", V8POOL_DECLINED, ""},
    {"/promise-null", V8POOL_DECLINED, ""},
    {"/thenable-no", V8POOL_E_SCRIPT, "from no"},
    {"/thenable-never", V8POOL_E_HUNG, "never settle"},
    {"/thenable-throws", V8POOL_E_SCRIPT, "in then"},
    {"/then-getter", V8POOL_E_SCRIPT, "get"},
    {"/revoked", V8POOL_E_SCRIPT, "revoked"},
    {"/getter-throws", V8POOL_E_SCRIPT, "g"},
    {"/throws-stream", V8POOL_E_SCRIPT, "ReadableStream"},
    {"/throws-object", V8POOL_E_SCRIPT, "#<Object>"},
    {"/throws-getter", V8POOL_E_SCRIPT, "#<Object>"},
};

#define COUNT(rows) (sizeof(rows) / sizeof((rows)[0]))

static void test_answer_good_ones_sent(void)
{
    v8pool *pool = pool_of(1);
    v8pool_bundle *bundle = bundle_of(pool, "answers", source);
    struct reply reply;
    size_t i;

    for (i = 0; i < COUNT(good_rows); i++) {
        const struct good_row *row = &good_rows[i];

        tap_note("%s", row->url);
        IS_STATUS(reply_get(&reply, pool, bundle, row->url, WAIT_MS),
                  V8POOL_OK);
        IS_STR(reply_body(&reply), row->body);
        IS_INT(reply.answer.status, row->status);
        if (row->value == NULL) {
            OK(reply_header(&reply, row->header) == NULL);
        }
        else {
            IS_STR(reply_header(&reply, row->header), row->value);
        }
        reply_clear(&reply);
    }
    v8pool_destroy(&pool);
}

static void test_answer_bad_ones_refused(void)
{
    v8pool *pool = pool_of(1);
    v8pool_bundle *bundle = bundle_of(pool, "answers", source);
    struct reply reply;
    size_t i;

    for (i = 0; i < COUNT(bad_rows); i++) {
        const struct bad_row *row = &bad_rows[i];

        tap_note("%s", row->url);
        IS_STATUS(reply_get(&reply, pool, bundle, row->url, WAIT_MS),
                  row->status);
        HAS_STR(reply.error.message, row->message);
        OK(reply.answer.header_count == 0 && reply.answer.body == NULL);
        reply_clear(&reply);
        OK(renders(pool, bundle, "/string", "text"));
    }
    IS_INT(pool_stats(pool).contexts_rebuilt_total, 0);
    v8pool_destroy(&pool);
}

/* An array is as many fields, in its order. */
static void test_answer_header_array_one_field_each(void)
{
    v8pool *pool = pool_of(1);
    v8pool_bundle *bundle = bundle_of(pool, "answers", source);
    struct reply reply;

    reply_get(&reply, pool, bundle, "/headers", WAIT_MS);
    IS_INT(reply.answer.header_count, 4);
    IS_STR(reply.answer.headers[2].name, "x-l");
    IS_STR(reply.answer.headers[2].value, "a");
    IS_STR(reply.answer.headers[3].name, "x-l");
    IS_STR(reply.answer.headers[3].value, "1");
    reply_clear(&reply);
    v8pool_destroy(&pool);
}

TAP_MAIN(RUN(test_answer_good_ones_sent), RUN(test_answer_bad_ones_refused),
         RUN(test_answer_header_array_one_field_each))
