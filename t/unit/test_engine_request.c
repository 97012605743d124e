/* SPDX-License-Identifier: Apache-2.0
 *
 * test_engine_request.c: what a bundle sees of a request, and of its
 * environment.
 */
#include "fixture.h"

#include <stdlib.h>

/* The URL's argument is an expression's name; the answer is JSON. */
static const char source[] =
    "const show = (v) => JSON.stringify(v) ?? String(v);\n"
    "const questions = {\n"
    "  headers: (c) => c.request.headers,\n"
    "  names: (c) => Object.keys(c.request.headers),\n"
    "  method: (c) => c.request.method,\n"
    "  url: (c) => c.request.url,\n"
    "  body: (c) => c.request.body,\n"
    "  bundle: (c) => c.bundle,\n"
    "  keys: (c) => [Object.keys(c), Object.keys(c.request)],\n"
    "  env: (c) => c.env,\n"
    "  frozen: (c) => Object.isFrozen(c.env),\n"
    "  write: (c) => { c.env.A = 'changed'; c.env.NEW = 1; return c.env; },\n"
    "  strict: (c) => { 'use strict'; c.env.A = 'x'; },\n"
    "  proto: (c) => [Object.getPrototypeOf(c.request.headers),\n"
    "    Object.getPrototypeOf(c.env), c.request.headers.toString,\n"
    "    Object.getPrototypeOf(c.request) === Object.prototype],\n"
    "  polluted: (c) => [({}).polluted, c.request.headers.__proto__,\n"
    "    c.request.headers.constructor],\n"
    "  same: (c) => { const was = globalThis.last === c.env;\n"
    "    globalThis.last = c.env; return was; },\n"
    "  mutable: (c) => { c.request.headers.x = '1'; c.extra = 1;\n"
    "    return [c.request.headers.x, c.extra]; },\n"
    "};\n"
    "globalThis.renderPage = (url, ctx) => {\n"
    "  if (arguments_ = url, !url.startsWith('/?')) return url;\n"
    "  return show(questions[url.slice(2)](ctx));\n"
    "};\n"
    "var arguments_;\n";

struct fixture {
    v8pool *pool;
    v8pool_bundle *bundle;
    v8pool_request request;
};

static void open_fixture(struct fixture *f)
{
    f->pool = pool_of(1);
    f->bundle = bundle_of(f->pool, "shop", source);
    v8pool_request_init(&f->request);
    f->request.queue_ms = f->request.timeout_ms = WAIT_MS;
}

static void close_fixture(struct fixture *f)
{
    v8pool_destroy(&f->pool);
}

/* The answer to one question: until the next call. */
static const char *ask(struct fixture *f, const char *question)
{
    static char text[8192];
    char url[64] = "/?";
    struct reply reply;

    strcat(url, question);
    f->request.url = url;
    if (reply_send(&reply, f->pool, f->bundle, &f->request) != V8POOL_OK) {
        tap_note("  %s", reply.error.message);
        return reply.status == V8POOL_E_SCRIPT ? "(thrown)" : "(failed)";
    }
    strncpy(text, reply_body(&reply), sizeof(text) - 1);
    reply_clear(&reply);
    return text;
}

static void test_request_plain_get_all_fields(void)
{
    struct fixture f;

    open_fixture(&f);
    f.request.origin = "https://shop.example";
    IS_STR(ask(&f, "method"), "\"GET\"");
    IS_STR(ask(&f, "url"), "\"https://shop.example/?url\"");
    IS_STR(ask(&f, "body"), "null");
    IS_STR(ask(&f, "headers"), "{}");
    IS_STR(ask(&f, "bundle"), "\"shop\"");
    IS_STR(ask(&f, "keys"), "[[\"request\",\"env\",\"bundle\"],"
                            "[\"method\",\"url\",\"headers\",\"body\"]]");
    IS_STR(ask(&f, "mutable"), "[\"1\",1]");
    OK(renders(f.pool, f.bundle, "/a?b=%20#c", "/a?b=%20#c"));
    close_fixture(&f);
}

static void test_request_headers_twice_joined(void)
{
    static const v8pool_header headers[] = {
        {"accept", "a"},   {"cookie", "x=1"}, {"accept", "b"},
        {"cookie", "y=2"}, {"accept", ""},    {"host", "h"},
        {"0", "index"},    {"4294967295", "i"}};
    struct fixture f;

    open_fixture(&f);
    f.request.headers = headers;
    f.request.header_count = 8;
    IS_STR(ask(&f, "headers"),
           "{\"0\":\"index\",\"accept\":\"a, b, \",\"cookie\":\"x=1; y=2\","
           "\"host\":\"h\",\"4294967295\":\"i\"}");
    close_fixture(&f);
}

static void test_request_headers_named_like_prototype_are_data(void)
{
    static const v8pool_header headers[] = {
        {"__proto__", "p"}, {"constructor", "c"}, {"polluted", "yes"},
        {"tostring", "t"}};
    struct fixture f;

    open_fixture(&f);
    f.request.headers = headers;
    f.request.header_count = 4;
    IS_STR(ask(&f, "names"),
           "[\"__proto__\",\"constructor\",\"polluted\",\"tostring\"]");
    IS_STR(ask(&f, "polluted"), "[null,\"p\",\"c\"]");
    IS_STR(ask(&f, "proto"), "[null,null,null,true]");
    close_fixture(&f);
}

static void test_request_header_bytes_not_utf8_replaced(void)
{
    static const v8pool_header headers[] = {{"x", "a\xff" "b\xc3\xa9"}};
    struct fixture f;

    open_fixture(&f);
    f.request.headers = headers;
    f.request.header_count = 1;
    IS_STR(ask(&f, "headers"), "{\"x\":\"a\xef\xbf\xbd" "b\xc3\xa9\"}");
    close_fixture(&f);
}

/* As the standard has it, a unit is a byte, both ways; what is beyond 0xFF
 * would be refused. */
static void test_request_class_has_bytes(void)
{
    static const v8pool_header headers[] = {{"x", "a\xff\xe2\x82\xac"}};
    v8pool *pool = pool_of(1);
    v8pool_bundle *bundle = bundle_of(
        pool, "b",
        "module.exports = { fetch: (r) => new Response([...r.headers.get('x')]"
        ".map((c) => c.charCodeAt(0).toString(16)).join(), { headers: {"
        " 'x-back': r.headers.get('x') } }) };");
    v8pool_request request;
    struct reply reply;

    v8pool_request_init(&request);
    request.queue_ms = request.timeout_ms = WAIT_MS;
    request.headers = headers;
    request.header_count = 1;
    request.url = "/";
    IS_STATUS(reply_send(&reply, pool, bundle, &request), V8POOL_OK);
    IS_STR(reply_body(&reply), "61,ff,e2,82,ac");
    IS_STR(reply_header(&reply, "x-back"), "a\xff\xe2\x82\xac");
    reply_clear(&reply);
    v8pool_destroy(&pool);
}

static void test_request_thousand_headers_all_seen(void)
{
    v8pool_header *headers = calloc(1000, sizeof(*headers));
    char (*names)[16] = calloc(1000, sizeof(*names));
    struct fixture f;
    struct reply reply;
    int i;

    open_fixture(&f);
    for (i = 0; i < 1000; i++) {
        names[i][0] = 'h';
        names[i][1] = (char)('a' + i / 100);
        names[i][2] = (char)('a' + i / 10 % 10);
        names[i][3] = (char)('a' + i % 10);
        headers[i].name = names[i];
        headers[i].value = "v";
    }
    f.request.headers = headers;
    f.request.header_count = 1000;
    f.request.url = "/?names";
    IS_STATUS(reply_send(&reply, f.pool, f.bundle, &f.request), V8POOL_OK);
    IS_INT(reply.answer.length, 1000 * 7 + 1); /* "haaa", and [ ] */
    reply_clear(&reply);
    free(headers);
    free(names);
    close_fixture(&f);
}

static void test_request_body_text_and_bytes(void)
{
    struct fixture f;

    open_fixture(&f);
    f.request.method = "POST";
    f.request.body = "a=1&b=\xc3\xa9\0z";
    f.request.body_length = 10;
    IS_STR(ask(&f, "body"), "\"a=1&b=\xc3\xa9\\u0000z\"");
    IS_STR(ask(&f, "method"), "\"POST\"");
    f.request.body = "\xff\xfe";
    f.request.body_length = 2;
    IS_STR(ask(&f, "body"), "\"\xef\xbf\xbd\xef\xbf\xbd\"");
    f.request.body = "";
    f.request.body_length = 0;
    IS_STR(ask(&f, "body"), "\"\"");
    close_fixture(&f);
}

static void test_env_frozen_without_prototype(void)
{
    static const v8pool_header values[] = {{"A", "1"}, {"__proto__", "p"},
                                           {"7", "seven"}};
    static const v8pool_env env = {1, values, 3};
    struct fixture f;

    open_fixture(&f);
    f.request.env = &env;
    IS_STR(ask(&f, "env"), "{\"7\":\"seven\",\"A\":\"1\",\"__proto__\":\"p\"}");
    IS_STR(ask(&f, "frozen"), "true");
    IS_STR(ask(&f, "write"),
           "{\"7\":\"seven\",\"A\":\"1\",\"__proto__\":\"p\"}");
    IS_STR(ask(&f, "strict"), "(thrown)");
    IS_STR(ask(&f, "proto"), "[null,null,null,true]");
    close_fixture(&f);
}

static void test_env_by_id_made_once_and_switched(void)
{
    static const v8pool_header one[] = {{"A", "1"}};
    static const v8pool_header two[] = {{"A", "2"}};
    static const v8pool_env envs[] = {{1, one, 1}, {2, two, 1}};
    struct fixture f;

    open_fixture(&f);
    IS_STR(ask(&f, "env"), "{}");
    f.request.env = &envs[0];
    IS_STR(ask(&f, "env"), "{\"A\":\"1\"}");
    (void)ask(&f, "same");
    IS_STR(ask(&f, "same"), "true");
    f.request.env = &envs[1];
    IS_STR(ask(&f, "same"), "false");
    IS_STR(ask(&f, "env"), "{\"A\":\"2\"}");
    f.request.env = NULL;
    IS_STR(ask(&f, "env"), "{}");
    IS_STR(ask(&f, "frozen"), "true");
    f.request.env = &envs[0];
    IS_STR(ask(&f, "env"), "{\"A\":\"1\"}");
    close_fixture(&f);
}

/* 0 is an id like any other. */
static void test_env_id_zero_is_not_empty(void)
{
    static const v8pool_header values[] = {{"A", "1"}};
    static const v8pool_env zero = {0, values, 1};
    struct fixture f;

    open_fixture(&f);
    f.request.env = &zero;
    IS_STR(ask(&f, "env"), "{\"A\":\"1\"}");
    f.request.env = NULL;
    IS_STR(ask(&f, "env"), "{}");
    f.request.env = &zero;
    IS_STR(ask(&f, "env"), "{\"A\":\"1\"}");
    close_fixture(&f);
}

TAP_MAIN(RUN(test_request_plain_get_all_fields),
         RUN(test_request_headers_twice_joined),
         RUN(test_request_headers_named_like_prototype_are_data),
         RUN(test_request_header_bytes_not_utf8_replaced),
         RUN(test_request_class_has_bytes),
         RUN(test_request_thousand_headers_all_seen),
         RUN(test_request_body_text_and_bytes),
         RUN(test_env_frozen_without_prototype),
         RUN(test_env_by_id_made_once_and_switched),
         RUN(test_env_id_zero_is_not_empty))
