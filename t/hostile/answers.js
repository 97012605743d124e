// SPDX-License-Identifier: Apache-2.0
// What is returned: wrong types, getters, proxies, thenables, fields, things that look like a Response.  See index.md.
const response = (more) => Object.create({}, { ...Object.getOwnPropertyDescriptors({ status: 200, body: 'x', arrayBuffer() {},
  headers: { forEach() {}, * [Symbol.iterator]() { yield ['x-a', 'b']; } } }), ...Object.getOwnPropertyDescriptors(more) });
const cases = {
  // --- types
  //= 500 V8SSR0007 it returned symbol; expected a string
  'type-symbol': () => Symbol('s'),
  //= 500 V8SSR0007 it returned bigint; expected a string
  'type-bigint': () => 1n,
  //= 500 V8SSR0007 it returned function; expected a string
  'type-function': () => () => 'page',
  //= 500 V8SSR0007 it returned an array; expected a string
  'type-array': () => ['page'],
  //= 500 V8SSR0007 the returned object has none of html, body, redirect and status
  'type-string-object': () => new String('page'),
  //= 500 V8SSR0007 the returned object has none of html, body, redirect and status
  'type-date': () => new Date(),
  //= 500 V8SSR0007 html: a string was expected
  'html-number': () => ({ html: 1 }),
  //= 500 V8SSR0007 body: a string, bytes, a stream or an async iterable was expected
  'body-number': () => ({ body: 1 }),
  // --- status
  //= 500 V8SSR0007 status: a whole number from 200 to 599 was expected, not NaN
  'status-nan': () => ({ status: NaN, html: 'x' }),
  //= 500 V8SSR0007 status: a whole number from 200 to 599 was expected, not 200
  'status-text': () => ({ status: '200', html: 'x' }),
  // the server's own to send: a client would wait for another answer
  //= 500 V8SSR0007 status: a whole number from 200 to 599 was expected, not 101
  'status-101': () => ({ status: 101, html: 'x' }),
  //= 500 V8SSR0007 status: a whole number from 200 to 599 was expected, not 200.5
  'status-fraction': () => ({ status: 200.5, html: 'x' }),
  //= 500 V8SSR0007 status: .* not a value that cannot be shown
  'status-object': () => ({ status: { toString() { throw new Error('no'); } }, html: 'x' }),
  //= 503 V8SSR0008 still rendering after 100 ms
  'status-loops': () => ({ status: { toString() { for (;;); } }, html: 'x' }),
  // a status without a body must not send one: the next answer of the connection would begin with it
  //= 204
  //>=
  'status-204-body': () => ({ status: 204, html: 'smuggled' }),
  //= 304
  //>=
  'status-304-body': () => ({ status: 304, html: 'smuggled' }),
  // --- fields
  //= 500 V8SSR0007 header "x-a": the value holds a line break
  'field-crlf': () => ({ html: 'x', headers: { 'x-a': 'b\r\nX-Injected: 1' } }),
  //= 500 V8SSR0007 header "set-cookie": the value holds a line break
  'field-cookie-lf': () => ({ html: 'x', headers: { 'set-cookie': ['a=1', 'b=2\nX-Injected: 1'] } }),
  //= 500 V8SSR0007 header "x-a": the value holds a line break
  'field-nul': () => ({ html: 'x', headers: { 'x-a': 'b\0c' } }),
  //= 500 V8SSR0007 header "X-Injected: 1.*": not a field name
  'field-name-crlf': () => ({ html: 'x', headers: { 'X-Injected: 1\r\nx': 'b' } }),
  //= 500 V8SSR0007 header "": not a field name
  'field-name-empty': () => ({ html: 'x', headers: { '': 'b' } }),
  // beyond Latin-1, where a cut to one byte would give a line break
  //= 200
  //!: X-Injected
  'field-wide': () => ({ html: 'x', headers: { 'x-a': 'b\u010d\u010aX-Injected: 1' } }),
  //= 500 V8SSR0007 header "x-a": a string, a number or an array of these was expected
  'field-object': () => ({ html: 'x', headers: { 'x-a': {} } }),
  //= 500 V8SSR0007 header "x-a": a string, a number or an array of these was expected
  'field-nested-array': () => ({ html: 'x', headers: { 'x-a': [['b']] } }),
  //= 500 V8SSR0007 header "x-a": a string, a number or an array of these was expected
  'field-endless-array': () => ({ html: 'x', headers: { 'x-a': new Array(2 ** 32 - 1) } }),
  //= 500 V8SSR0007 more than 200 headers
  'field-many': () => ({ html: 'x', headers: Object.fromEntries(Array.from({ length: 201 }, (_, i) => [`x-${i}`, 'y'])) }),
  //= 500 V8SSR0007 more than 200 headers
  'field-many-lines': () => ({ html: 'x', headers: { 'set-cookie': new Array(1e6).fill('a=b') } }),
  //= 500 V8SSR0007 headers: an object of name: value was expected
  'fields-array': () => ({ html: 'x', headers: [['x-a', 'b']] }),
  // what the server computes itself is not the bundle's
  //= 200
  //>= whole
  //!: Trailer Upgrade
  'field-framing': () => ({ html: 'whole', headers: { 'Content-Length': 2, 'transfer-encoding': 'chunked', Connection: 'X-Good',
    trailer: 'x', Upgrade: 'h2c', 'CONTENT-length': '99' } }),
  //= 500 V8SSR0006 Error: read as a field
  'field-getter-throws': () => ({ html: 'x', headers: { get 'x-a'() { throw new Error('read as a field'); } } }),
  //= 503 V8SSR0008 still rendering after 100 ms
  'fields-proxy-loops': () => ({ html: 'x', headers: new Proxy({}, { ownKeys() { for (;;); } }) }),
  //= 500 V8SSR0006 TypeError: 'ownKeys' on proxy: trap returned duplicate entries
  'fields-proxy-twice': () => ({ html: 'x', headers: new Proxy({}, { ownKeys: () => ['a', 'a'] }) }),
  // --- redirects
  //= 500 V8SSR0007 header "location": the value holds a line break
  'redirect-crlf': () => ({ redirect: '/a\r\nX-Injected: 1' }),
  //= 500 V8SSR0007 redirect: a URL was expected
  'redirect-empty': () => ({ redirect: '' }),
  //= 500 V8SSR0007 redirect: a URL was expected
  'redirect-object': () => ({ redirect: { toString() { throw new Error('no'); } } }),
  //= 500 V8SSR0007 redirect: a status from 300 to 399 was expected beside it
  'redirect-200': () => ({ redirect: '/a', status: 200 }),
  // --- getters and proxies
  //= 500 V8SSR0006 Error: read as html
  'getter-throws': () => ({ get html() { throw new Error('read as html'); } }),
  //= 200
  //>= read 1
  'getter-changes': () => { let n = 0; return { get html() { n += 1; return n > 1 ? 7 : `read ${n}`; } }; },
  //= 503 V8SSR0008 still rendering after 100 ms
  'proxy-loops': () => new Proxy({}, { get() { for (;;); } }),
  //= 500 V8SSR0006 TypeError: Cannot perform 'get' on a proxy that has been revoked
  'proxy-revoked': () => { const { proxy, revoke } = Proxy.revocable({}, {}); revoke(); return proxy; },
  // a proxy without a prototype to look at
  //= 503 V8SSR0008 still rendering after 100 ms
  'proxy-prototype-loops': () => new Proxy({}, { getPrototypeOf() { for (;;); }, get: (o, n) => (n === 'then' ? undefined : (() => { for (;;); })()) }),
  // --- thenables
  //= 500 V8SSR0017 the returned promise can never settle
  'then-never': () => ({ then() {} }),
  //= 200
  //>= first
  'then-twice': () => ({ then(yes, no) { yes('first'); yes('second'); no(new Error('third')); throw new Error('fourth'); } }),
  //= 500 V8SSR0006 Error: then is read
  'then-getter-throws': () => ({ get then() { throw new Error('then is read'); } }),
  //= 503 V8SSR0008 still rendering after 100 ms
  'then-getter-loops': () => ({ get then() { for (;;); } }),
  //= 503 V8SSR0008 still rendering after 100 ms
  'then-loops': () => ({ then() { for (;;); } }),
  // each gives another one
  //= 503 V8SSR0008 still rendering after 100 ms
  'then-endless': () => { const make = () => ({ then: (yes) => yes(make()) }); return make(); },
  //= 500 V8SSR0006 TypeError: Chaining cycle detected for promise
  'then-itself': () => { const p = Promise.resolve().then(() => p); return p; },
  // a promise of a subclass, whose own then() is not asked
  //= 200
  //>= page
  'promise-subclass': () => { class Mine extends Promise { then() { return this; } } return Mine.resolve('page'); },
  // --- bytes
  // a buffer that was given away
  //= 200
  //>=
  'bytes-detached': () => { const b = new Uint8Array(9); structuredClone(b.buffer, { transfer: [b.buffer] }); return { body: b }; },
  // lengths are the engine's, not what a subclass says
  //= 200
  //>= abc
  'bytes-liar': () => {
    class Liar extends Uint8Array { get byteLength() { return 1e9; } get length() { return 1e9; } get buffer() { return null; } }
    return { body: Liar.from([97, 98, 99]) };
  },
  // --- what looks like a Response
  // a status that is a number once
  //= 500 V8SSR0007 the Response has status 0; one from 200 to 599 was expected
  'response-status-changes': () => { let n = 0; return response({ get status() { n += 1; return n > 1 ? 'a text' : 200; } }); },
  //= 500 V8SSR0007 the Response has status 99; one from 200 to 599 was expected
  'response-status-99': () => response({ status: 99 }),
  //= 500 V8SSR0007 header "x-a": the value holds a line break
  'response-crlf': () => response({ headers: { forEach() {}, * [Symbol.iterator]() { yield ['x-a', 'b\r\nX-Injected: 1']; } } }),
  //= 500 V8SSR0007 header "": not a field name
  'response-symbols': () => response({ headers: { forEach() {}, * [Symbol.iterator]() { yield [Symbol('a'), Symbol('b')]; } } }),
  // a field without an end: the heap is
  //= 500 V8SSR0009 the heap limit of \d+ MiB was reached
  'response-fields-endless': () => response({ headers: { forEach() {}, * [Symbol.iterator]() { for (;;) yield ['x-a', 'b']; } } }),
  //= 500 V8SSR0006 TypeError
  'response-fields-none': () => response({ headers: { forEach() {} } }),
  // --- Response
  //= 500 V8SSR0007 the Response has status 0; one from 200 to 599 was expected
  'response-error': () => Response.error(),
  //= 500 V8SSR0006 RangeError
  'response-status-text': () => new Response('x', { status: 1000 }),
  //= 500 V8SSR0006 TypeError
  'response-null-body': () => new Response('x', { status: 204 }),
  //= 500 V8SSR0006 TypeError
  'response-injection': () => new Response('x', { headers: { 'x-a': 'b\r\nX-Injected: 1' } }),
  // a reason would be part of the status line
  //= 500 V8SSR0006 TypeError
  'response-reason': () => new Response('x', { statusText: 'OK\r\nX-Injected: 1' }),
  // subclasses may say what they like, and are asked like any other object
  //= 500 V8SSR0006 Error: body is read
  'response-subclass': () => { class Mine extends Response { get body() { throw new Error('body is read'); } } return new Mine(new ReadableStream()); },
  //= 500 V8SSR0006 TypeError
  'headers-foreign': () => Headers.prototype.get.call({}, 'x'),
  //= 500 V8SSR0006 TypeError
  'url-invalid': () => new URL('http://[::1').href,
  // --- text
  //= 200
  //>= a\x00b
  'text-nul': () => 'a\0b',
  //= 200
  //>= \xef\xbf\xbd\xef\xbf\xbd
  'text-surrogates': () => '\udc00\ud800',
  // more than SSRMaxResponse
  //= 500 V8SSR0010 the response has more than 1048576 bytes
  'text-long': () => 'abcd'.repeat(2 ** 20),
};
globalThis.renderPage = (url, ctx) => cases[url.slice(url.lastIndexOf('/') + 1)](url, ctx);
