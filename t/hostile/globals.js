// SPDX-License-Identifier: Apache-2.0
// Built-ins that a bundle has changed: what the module and its runtime do with them must end in an answer, and stay in this
// context.  The context is renewed after each (//! reset).  How cases are written: index.md.
const streamed = (text) => new ReadableStream({ start(c) { c.enqueue(new TextEncoder().encode(text)); c.close(); } });
const big = async function* big() { for (let i = 0; i < 60; i++) yield 'x'.repeat(16_384); };
const throws = (name) => () => { throw new Error(`changed ${name}`); };
const includesNumbers = () => {
  const includes = Array.prototype.includes;
  Array.prototype.includes = function (item) { return typeof item === 'number' || includes.call(this, item); };
};
const cases = {
  //= 200
  //>= polluted
  //! reset
  'object-prototype': () => { Object.prototype.polluted = 'polluted'; globalThis.hostileGlobal = 1; return {}.polluted; },
  // an answer of nothing takes its fields from everybody's prototype
  //= 200
  //>= from the prototype
  //! reset
  'object-prototype-html': () => { Object.prototype.html = 'from the prototype'; return {}; },
  //= 500 V8SSR0006 Error: changed status
  //! reset
  'object-prototype-status': () => { Object.defineProperty(Object.prototype, 'status', { get: throws('status'), configurable: true }); return { html: 'x' }; },
  // everything is a promise
  //= 500 V8SSR0017 can never settle
  //! reset
  'object-prototype-then': () => { Object.prototype.then = () => {}; return { html: 'x' }; },
  //= 500 V8SSR0006 TypeError
  //! reset
  'object-prototype-get': () => { Object.prototype.get = 7; return new Response('x'); },
  // each place of a list that the runtime makes is a setter that keeps nothing and a getter that throws
  //= 500 V8SSR0006 Error: changed 0
  //! reset
  'array-prototype-accessor': () => {
    Object.defineProperty(Array.prototype, 0, { get: throws('0'), set() {}, configurable: true });
    return new Response('x', { headers: { 'x-a': 'b' } });
  },
  // every number is in every list: OpenSSL is given no tag and no key of another length
  //= 500 V8SSR0006 RangeError: AES-GCM: a key, a tag or data of another length was expected
  //! reset
  'array-includes-aes-tag': async () => {
    const key = await crypto.subtle.importKey('raw', new Uint8Array(16), 'AES-GCM', false, ['decrypt']);
    includesNumbers();
    return crypto.subtle.decrypt({ name: 'AES-GCM', iv: new Uint8Array(12), tagLength: 80_000 }, key, new Uint8Array(20_000));
  },
  //= 500 V8SSR0006 RangeError: AES-GCM: a key, a tag or data of another length was expected
  //! reset
  'array-includes-aes-key': async () => {
    includesNumbers();
    const key = await crypto.subtle.importKey('raw', new Uint8Array(3), 'AES-GCM', false, ['encrypt']);
    return crypto.subtle.encrypt({ name: 'AES-GCM', iv: new Uint8Array(12) }, key, new Uint8Array(20));
  },
  // the numbers of a key leave while they are read
  //= 500 V8SSR0006 DataError: jwk: a private RSA key of 512 to 4096 bits was expected
  //! reset
  'array-map-rsa': () => {
    const parts = Array.from({ length: 8 }, () => new Uint8Array(300).fill(255));
    Object.defineProperty(parts, 7, { get() { for (let i = 0; i < 7; i++) parts[i].buffer.transfer(); return parts[6]; } });
    Array.prototype.map = () => parts;
    return crypto.subtle.importKey('jwk', { kty: 'RSA', d: '' }, { name: 'RSA-PSS', hash: 'SHA-256' }, true, ['sign']);
  },
  // a megabyte in place of a point of 65 bytes
  //= 500 V8SSR0006 DataError: raw: a public key of P-256 was expected
  //! reset
  'typed-array-slice-point': () => {
    Uint8Array.prototype.slice = () => new Uint8Array(1_000_000).fill(4);
    return crypto.subtle.importKey('raw', new Uint8Array(65), { name: 'ECDSA', namedCurve: 'P-256' }, true, ['verify']);
  },
  // every curve is known
  //= 500 V8SSR0006 OperationError: OpenSSL cannot make a key
  //! reset
  'object-has-own-curve': () => {
    Object.hasOwn = () => true;
    return crypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-1' }, true, ['sign']);
  },
  // a salt of a length that OpenSSL would take for "the longest"
  //= 500 V8SSR0006 OperationError: OpenSSL cannot sign
  //! reset
  'math-min-salt': async () => {
    const algorithm = { name: 'RSA-PSS', hash: 'SHA-256', modulusLength: 1024, publicExponent: Uint8Array.of(1, 0, 1) };
    const { privateKey } = await crypto.subtle.generateKey(algorithm, true, ['sign']);
    Math.min = () => -2;
    return crypto.subtle.sign({ name: 'RSA-PSS', saltLength: 20 }, privateKey, new Uint8Array(9));
  },
  // each place of a list, again, and it loops
  //= 503 V8SSR0008 still rendering after 100 ms
  //! reset
  'array-prototype-loops': () => {
    Object.defineProperty(Array.prototype, 0, { get() { for (;;); }, set() {}, configurable: true });
    return new Response('x', { headers: { 'x-a': 'b' } });
  },
  //= 500 V8SSR0006 Error: changed push
  //! reset
  'array-push-throws': () => { Array.prototype.push = throws('push'); return new Response('x', { headers: { 'x-a': 'b' } }); },
  //= 500 V8SSR0006 Error: read from the list
  //! reset
  'array-push-poisons': () => {
    Array.prototype.push = function push() { Object.defineProperty(this, 0, { get() { throw new Error('read from the list'); }, configurable: true }); this.length = 2; };
    return new Response('x', { headers: { 'x-a': 'b' } });
  },
  // lists that are empty whenever they are walked: what the runtime loads later does not find its parts
  //= 500 V8SSR0006 TypeError: .* is not a function
  //! reset
  'array-iterator-empty': () => { Array.prototype[Symbol.iterator] = function* none() {}; return new Response('x', { headers: { 'x-a': 'b' } }); },
  //= 503 V8SSR0008 still rendering after 100 ms
  //! reset
  'array-iterator-loops': () => { Array.prototype[Symbol.iterator] = function* all() { for (;;) yield 1; }; for (;;) [...[]].length; },
  // the arguments of a native function are a spread list
  //= 500 V8SSR0006 Error|TypeError
  //! reset
  'array-iterator-cache': async () => { Array.prototype[Symbol.iterator] = function* none() {}; return String(await caches.default.match('/x')); },
  //= 500 V8SSR0006 TypeError: ctx\.cache: 3 arguments came where 5 were expected
  //! reset
  'array-iterator-fragment': (url, ctx) => { Array.prototype[Symbol.iterator] = function* none() {}; ctx.cache.fragment('k', { maxAge: 9 }, () => 'v'); return 'made'; },
  //= 500 V8SSR0006 TypeError|Error
  //! reset
  'array-iterator-invalidate': (url, ctx) => { Array.prototype[Symbol.iterator] = function* many() { for (let i = 0; i < 1e5; i++) yield {}; }; ctx.cache.invalidate({ tags: ['a'] }); return 'done'; },
  // a promise whose executor gets no functions
  //= cut V8SSR0006 TypeError: a built-in that the bundle has changed gave something else where a function was expected
  //! reset
  'promise-replaced': () => { globalThis.Promise = class { constructor(f) { f(1, 2); } then() {} }; return big(); },
  //= cut V8SSR0006 TypeError: a built-in that the bundle has changed gave something else where a function was expected
  //! reset
  'promise-without-resolve': () => { globalThis.Promise = class { constructor(f) { f(); } then(yes) { yes(); } }; return big(); },
  //= 500 V8SSR0006 ReferenceError: Promise is not defined
  //! reset
  'promise-gone': () => { delete globalThis.Promise; return streamed('x'); },
  //= 503 V8SSR0008 still rendering after 100 ms
  //! reset
  'promise-then-loops': async () => { Object.defineProperty(Promise.prototype, 'constructor', { get() { for (;;); } }); await Promise.resolve(); return 'x'; },
  // numbers that are none
  //= 500 V8SSR0006 TypeError: a built-in that the bundle has changed gave something else where a number was expected
  //! reset
  'math-trunc': () => { Math.trunc = () => ({ valueOf: () => 5 }); setTimeout(() => {}, 5); return 'x'; },
  //= 500 V8SSR0006 TypeError: a built-in that the bundle has changed gave something else where a number was expected
  //! reset
  'math-trunc-text': () => { Math.trunc = () => '5'; setTimeout(() => {}, 5); return 'x'; },
  //= 200
  //>= x
  //! reset
  'number-replaced': () => { globalThis.Number = () => 'x'; clearTimeout(1); clearTimeout({}); return 'x'; },
  //= 500 V8SSR0006 TypeError
  //! reset
  'string-replaced': () => { globalThis.String = () => ({}); new TextEncoder().encode('x'); btoa('x'); new URL('http://a/'); return 'x'; },
  //= 500 V8SSR0006 Error: changed get
  //! reset
  'map-get': () => { Map.prototype.get = throws('get'); WeakMap.prototype.get = throws('get'); return new Response(new ReadableStream()).body === 1 ? '' : new Map().get(1); },
  //= 500 V8SSR0006 Error: changed call
  //! reset
  'function-call': () => { Function.prototype.call = throws('call'); Function.prototype.apply = throws('apply'); return (() => {}).call(); },
  //= 500 V8SSR0006 TypeError
  //! reset
  'request-replaced': () => { globalThis.Request = class { constructor() { this.headers = []; this.redirect = '__proto__'; this.url = 7; this.method = Symbol('m'); this.body = null; this.signal = { throwIfAborted() {}, addEventListener() {} }; } }; return fetch('/x').then((r) => r.text()); },
  //= 200
  //>= false
  //! reset
  'request-replaced-cache': async () => { globalThis.Request = class { constructor() { this.url = { split: () => [{}] }; this.method = 'GET'; } }; return String(await caches.default.delete('/x')); },
  //= 500 V8SSR0006 TypeError: a built-in that the bundle has changed gave something else where a small whole number was expected
  //! reset
  'request-redirect-unknown': () => { globalThis.Request = class { constructor(u) { this.headers = []; this.redirect = 'x'; this.url = String(u); this.method = 'GET'; this.body = null; this.signal = { throwIfAborted() {}, addEventListener() {} }; } }; return fetch('/x').then((r) => r.text()); },
  // answers are known by what they can do
  //= 200
  //>= still
  //! reset
  'response-replaced': () => { const r = new Response('still'); globalThis.Response = null; globalThis.Headers = null; return r; },
  //= 500 V8SSR0006 TypeError|RangeError
  //! reset
  'bytelength-text': () => {
    Object.defineProperty(Object.getPrototypeOf(Uint8Array.prototype), 'byteLength', { get: () => 'long' });
    Object.defineProperty(Object.getPrototypeOf(Uint8Array.prototype), 'buffer', { get: () => ({}) });
    return new Response(new TextEncoder().encode('x').buffer.slice(0));
  },
  // errors that are no errors
  //= 500 V8SSR0006
  //! reset
  'error-replaced': () => { globalThis.Error = null; globalThis.TypeError = null; null.x; },
  //= 503 V8SSR0008 still rendering after 100 ms
  //! reset
  'error-stack-loops': () => { const e = {}; Object.setPrototypeOf(e, { get stack() { for (;;); } }); throw e; },
  //= 200
  //>= x
  //! reset
  'json-replaced': () => { JSON.stringify = throws('stringify'); console.log({}); return 'x'; },
  //= 200 V8SSR0005 console: unhandled rejection: 7
  //>= x
  //! reset
  'console-gone': () => { delete globalThis.console; Promise.reject(7); return 'x'; },
  // nothing is left
  //= 200
  //>= bare
  //! reset
  'globals-gone': () => { for (const name of Object.getOwnPropertyNames(globalThis)) { try { delete globalThis[name]; } catch { /* stays */ } } return 'bare'; },
  //= 200
  //>= frozen
  //! reset
  'globals-frozen': () => { Object.freeze(globalThis); Object.freeze(Object.prototype); Object.freeze(Array.prototype); return 'frozen'; },
  //= 200
  //>= x
  //! reset
  'global-prototype': () => { try { Object.setPrototypeOf(globalThis, new Proxy({}, { get() { throw new Error('trap'); } })); } catch { /* refused */ } return 'x'; },
  // the entry was looked up when the bundle was loaded
  //= 200
  //>= old
  //! reset
  'entry-replaced': () => { globalThis.renderPage = () => { throw new Error('new'); }; return 'old'; },
  //= 500 V8SSR0006 Error: changed asyncIterator
  //! reset
  'async-iterator': () => { Object.defineProperty(Object.prototype, Symbol.asyncIterator, { get: throws('asyncIterator') }); return new (class Page { html = 'x'; })(); },
  //= 500 V8SSR0006 Error: changed getReader
  //! reset
  'stream-reader': () => { ReadableStream.prototype.getReader = throws('getReader'); return streamed('x'); },
  // microtasks through a changed prototype
  //= 500 V8SSR0006 Error: changed then
  //! reset
  'promise-prototype-then': (url, ctx) => { Promise.prototype.then = throws('then'); ctx.waitUntil(1); return 'x'; },
  //= 503 V8SSR0008 still rendering after 100 ms
  'reset': () => { for (;;); },
};
globalThis.renderPage = (url, ctx) => cases[url.slice(url.lastIndexOf('/') + 1)](url, ctx);
