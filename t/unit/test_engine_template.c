/* SPDX-License-Identifier: Apache-2.0
 *
 * test_engine_template.c: what a template is put around, and what it is not.
 */
#include "fixture.h"

static const char page[] =
    "<h><!--app-head--></h><b><!--app-html--></b><!--ssr-state-->.";

static const char source[] =
    "let signs = [];\n"
    "const later = async function* () { yield 'a'; yield 'b'; };\n"
    "const answers = {\n"
    "  '/string': () => 'text',\n"
    "  '/empty': () => '',\n"
    "  '/all': () => ({ html: 'h', head: '<t>\\u20ac', state: { a: [1] } }),\n"
    "  '/body': () => ({ body: 'b', head: 'H', status: 404 }),\n"
    "  '/bytes': () => ({ body: new Uint8Array([65, 66]), state: 0 }),\n"
    "  '/none': () => ({ html: 'h', head: null, state: undefined }),\n"
    "  '/function': () => ({ html: 'h', state: () => 1 }),\n"
    "  '/to-json': () => ({ html: 'h', state: { toJSON: () => undefined } }),\n"
    "  '/word': () => ({ html: 'h', state: 'undefined' }),\n"
    "  '/escape': () => ({ html: 'h', state: '</script>\\u2028' }),\n"
    "  '/iterable': () => later(),\n"
    "  '/stream': () => ({ state: 's', body: ReadableStream.from(later()) }),\n"
    "  '/html-type': () => ({ html: 'h',\n"
    "     headers: { 'Content-Type': 'Text/HTML;charset=utf-8' } }),\n"
    "  '/other-type': () => ({ html: 'h', state: 1,\n"
    "     headers: { 'Content-Type': 'text/html2' } }),\n"
    "  '/json': () => ({ body: '{}',\n"
    "     headers: { 'content-type': 'application/json' } }),\n"
    "  '/redirect': () => ({ redirect: '/to', html: 'moved' }),\n"
    "  '/status': () => ({ status: 204, head: 'H' }),\n"
    "  '/response': () => new Response('whole', { status: 201,\n"
    "     headers: { 'content-type': 'text/html' } }),\n"
    "  '/fails': () => { throw new Error('broken'); },\n"
    "  '/head-number': () => ({ html: 'h', head: 5 }),\n"
    "  '/cycle': () => { const o = {}; o.o = o;\n"
    "     return { html: 'h', state: o }; },\n"
    "  '/state-getter': () => ({ html: 'h',\n"
    "     get state() { throw new Error('mine'); } }),\n"
    "  '/late': async function* () { yield 'x';\n"
    "     await new Promise((resolve) => setTimeout(resolve, 1));\n"
    "     throw new Error('half'); },\n"
    "  '/looks': () => ({ get html() { return 'h'; },\n"
    "     get head() { signs.push('head'); return ''; },\n"
    "     get state() { signs.push('state'); return 1; } }),\n"
    "  '/signs': () => ({ body: signs.join(), headers: { 'Content-Type': 'a/b'\n"
    "     } }),\n"
    "  '/null': () => null,\n"
    "};\n"
    "globalThis.renderPage = (url) => answers[url]();\n"
    "globalThis.renderError = (error) => 'sorry: ' + error.message;\n";

struct fixture {
    v8pool *pool;
    v8pool_bundle *bundle;
    v8pool_template *page;
    v8pool_request request;
};

static void begin(struct fixture *f, const char *text)
{
    f->pool = pool_of(1);
    f->bundle = bundle_of(f->pool, "shop", source);
    f->page = NULL;
    IS_STATUS(v8pool_template_create(text, strlen(text), &f->page, NULL),
              V8POOL_OK);
    v8pool_request_init(&f->request);
    f->request.timeout_ms = 30000;
    f->request.wrapped_in = f->page;
}

static void end(struct fixture *f)
{
    v8pool_destroy(&f->pool);
    v8pool_template_destroy(&f->page);
}

static v8pool_status get(struct fixture *f, struct reply *reply,
                         const char *url)
{
    f->request.url = url;
    return reply_send(reply, f->pool, f->bundle, &f->request);
}

static void gives(struct fixture *f, const char *url, int status,
                  const char *body)
{
    struct reply reply;

    tap_note("%s", url);
    IS_STATUS(get(f, &reply, url), V8POOL_OK);
    IS_INT(reply.answer.status, status);
    IS_STR(reply_body(&reply), body);
    reply_clear(&reply);
}

#define STATE(json) "<script>window.__SSR_STATE__=" json "</script>"

static void test_template_pages_wrapped(void)
{
    struct fixture f;
    struct reply reply;

    begin(&f, page);
    gives(&f, "/string", 200, "<h></h><b>text</b>.");
    gives(&f, "/empty", 200, "<h></h><b></b>.");
    gives(&f, "/all", 200,
          "<h><t>\xe2\x82\xac</h><b>h</b>" STATE("{\"a\":[1]}") ".");
    gives(&f, "/body", 404, "<h>H</h><b>b</b>.");
    gives(&f, "/bytes", 200, "<h></h><b>AB</b>" STATE("0") ".");
    gives(&f, "/iterable", 200, "<h></h><b>ab</b>.");
    gives(&f, "/stream", 200, "<h></h><b>ab</b>" STATE("\"s\"") ".");
    gives(&f, "/html-type", 200, "<h></h><b>h</b>.");

    get(&f, &reply, "/empty");
    IS_STR(reply_header(&reply, "content-type"), "text/html; charset=utf-8");
    reply_clear(&reply);
    end(&f);
}

static void test_template_without_head_or_state_nothing_there(void)
{
    struct fixture f;

    begin(&f, page);
    gives(&f, "/none", 200, "<h></h><b>h</b>.");
    gives(&f, "/function", 200, "<h></h><b>h</b>.");
    gives(&f, "/to-json", 200, "<h></h><b>h</b>.");
    gives(&f, "/word", 200, "<h></h><b>h</b>" STATE("\"undefined\"") ".");
    gives(&f, "/escape", 200,
          "<h></h><b>h</b>" STATE("\"\\u003c/script>\\u2028\"") ".");
    end(&f);
}

static void test_template_what_is_no_page_unchanged(void)
{
    struct fixture f;
    struct reply reply;

    begin(&f, page);
    gives(&f, "/response", 201, "whole");
    gives(&f, "/other-type", 200, "h");
    gives(&f, "/json", 200, "{}");
    gives(&f, "/redirect", 302, "moved");
    gives(&f, "/status", 204, "");
    IS_STATUS(get(&f, &reply, "/null"), V8POOL_DECLINED);
    reply_clear(&reply);
    end(&f);
}

static void test_template_order_is_its_own(void)
{
    struct fixture f;

    begin(&f, "<!--ssr-state-->|<!--ssr-outlet-->|<!--app-head-->");
    gives(&f, "/all", 200, STATE("{\"a\":[1]}") "|h|<t>\xe2\x82\xac");
    end(&f);
}

static void test_template_places_alone_are_read(void)
{
    struct fixture f;

    begin(&f, "<!--app-html--><!--app-head-->");
    gives(&f, "/looks", 200, "h");
    gives(&f, "/signs", 200, "head");
    f.request.wrapped_in = NULL;
    gives(&f, "/looks", 200, "h");
    gives(&f, "/signs", 200, "head");
    gives(&f, "/head-number", 200, "h");
    end(&f);
}

static void refuses(struct fixture *f, const char *url, v8pool_status status,
                    const char *message)
{
    struct reply reply;

    tap_note("%s", url);
    IS_STATUS(get(f, &reply, url), status);
    HAS_STR(reply.error.message, message);
    reply_clear(&reply);
}

static void test_template_wrong_parts_refused(void)
{
    struct fixture f;

    begin(&f, page);
    refuses(&f, "/head-number", V8POOL_E_ANSWER, "head: a string was expected");
    refuses(&f, "/cycle", V8POOL_E_ANSWER,
            "state: what JSON can hold was expected: TypeError");
    refuses(&f, "/state-getter", V8POOL_E_SCRIPT, "mine");
    refuses(&f, "/late", V8POOL_E_SCRIPT, "half");
    gives(&f, "/string", 200, "<h></h><b>text</b>.");
    end(&f);
}

/* All that leaves counts. */
static void test_template_limit_counts_it(void)
{
    struct fixture f;

    begin(&f, page);
    f.request.max_response_bytes = strlen("<h></h><b>text</b>.");
    gives(&f, "/string", 200, "<h></h><b>text</b>.");
    gives(&f, "/iterable", 200, "<h></h><b>ab</b>.");
    f.request.max_response_bytes--;
    refuses(&f, "/string", V8POOL_E_TOO_LARGE, "more than 18 bytes");
    f.request.max_response_bytes = 5;
    refuses(&f, "/iterable", V8POOL_E_TOO_LARGE, "more than 5 bytes");
    refuses(&f, "/all", V8POOL_E_TOO_LARGE, "more than 5 bytes");
    end(&f);
}

static void test_template_error_page_wrapped(void)
{
    struct fixture f;
    v8pool_event event;
    v8pool_job *job;
    char body[200] = "";

    begin(&f, page);
    f.request.url = "/fails";
    IS_STATUS(v8pool_submit(f.pool, f.bundle, &f.request, &job), V8POOL_OK);
    do {
        v8pool_job_next(job, &event);
        if (event.kind == V8POOL_CHUNK) {
            strncat(body, event.data, event.length);
            v8pool_chunk_free(event.data);
        }
    } while (event.kind != V8POOL_END);
    IS_STATUS(event.result, V8POOL_E_BOUNDARY);
    IS_STR(body, "<h></h><b>sorry: broken</b>.");
    v8pool_job_release(&job);
    end(&f);
}

TAP_MAIN(RUN(test_template_pages_wrapped),
         RUN(test_template_without_head_or_state_nothing_there),
         RUN(test_template_what_is_no_page_unchanged),
         RUN(test_template_order_is_its_own),
         RUN(test_template_places_alone_are_read),
         RUN(test_template_wrong_parts_refused),
         RUN(test_template_limit_counts_it),
         RUN(test_template_error_page_wrapped))
