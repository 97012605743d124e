// SPDX-License-Identifier: Apache-2.0
// What keeps the processor busy: expressions, built-ins that call back, recursion.  How cases are written: index.md.
const wordOf = (n) => 'a'.repeat(n);
const rsa = (bits) => ({ name: 'RSA-PSS', hash: 'SHA-256', modulusLength: bits, publicExponent: Uint8Array.of(192, 207, 215, 151) });
const passwordOf = (iterations) => ({ name: 'PBKDF2', hash: 'SHA-256', salt: new Uint8Array(8), iterations });
const cases = {
  // an hour's work for one call
  //= 503 V8SSR0008 still rendering after 100 ms
  'pbkdf2': async () => {
    const key = await crypto.subtle.importKey('raw', new Uint8Array(8), 'PBKDF2', false, ['deriveBits']);
    return String(await crypto.subtle.deriveBits(passwordOf(2_147_483_647), key, 256));
  },
  // OpenSSL looks for primes, and asks between them whether it is to go on; 3 * 5 * ... * 29 has a factor of most
  //= 503 V8SSR0008 still rendering after 100 ms
  'rsa-keys': async () => { for (;;) await crypto.subtle.generateKey(rsa(4096), true, ['sign']); },
  // a quantifier in a quantifier: two ways for each letter
  //= 503 V8SSR0008 still rendering after 100 ms
  'regexp-nested': () => String(/^(a+)+$/.test(`${wordOf(40)}b`)),
  // a back-reference, which no linear engine can do
  //= 503 V8SSR0008 still rendering after 100 ms
  'regexp-backreference': () => String(/^(?:(a+)+\1)+$/.test(`${wordOf(40)}b`)),
  // alternatives that overlap
  //= 503 V8SSR0008 still rendering after 100 ms
  'regexp-alternatives': () => String(/^(?:a|aa|a?)+$/.test(`${wordOf(60)}b`)),
  // backwards
  //= 503 V8SSR0008 still rendering after 100 ms
  'regexp-lookbehind': () => String(/(?<=b(?:a|aa)+)c/.test(`${wordOf(60)}c`)),
  // the replacement never returns
  //= 503 V8SSR0008 still rendering after 100 ms
  'regexp-replacer-loops': () => 'ab'.replace(/a/, () => { for (;;); }),
  // one that V8 refuses to compile
  //= 500 V8SSR0006 (?:SyntaxError: Invalid regular expression|RangeError)
  'regexp-too-large': () => String(new RegExp(`${'('.repeat(50_000)}a${')'.repeat(50_000)}`).test('b')),
  // a comparator that never returns
  //= 503 V8SSR0008 still rendering after 100 ms
  'sort-comparator-loops': () => String([3, 2, 1].sort(() => { for (;;); })),
  // a sort of millions with a comparator is stopped half-way
  //= 503 V8SSR0008 still rendering after 100 ms
  'sort-millions': () => {
    for (;;) Float64Array.from({ length: 20_000 }, () => Math.random()).sort((a, b) => b - a);
  },
  // a comparator without an order, which must end all the same
  //= 200
  //> sorted 20000
  'sort-without-order': () => `sorted ${Array.from({ length: 20_000 }, (_, i) => i).sort(() => Math.random() - 0.5).length}`,
  // toJSON gives an object that has a toJSON, for ever
  //= 500 V8SSR0006 RangeError: Maximum call stack size exceeded
  'json-endless': () => {
    const more = { toJSON: () => ({ more }) };
    return JSON.stringify(more);
  },
  // a circle
  //= 500 V8SSR0006 TypeError: Converting circular structure to JSON
  'json-circle': () => {
    const o = {};
    o.o = o;
    return JSON.stringify(o);
  },
  // a hundred thousand brackets
  //= 200
  //> depth 100000
  'json-deep': () => {
    let value = JSON.parse('['.repeat(1e5) + ']'.repeat(1e5));
    let depth = 0;
    for (; value; value = value[0]) depth += 1;
    return `depth ${depth}`;
  },
  // the same, written again: V8 recurses there
  //= 500 V8SSR0006 RangeError: Maximum call stack size exceeded
  'json-deep-stringify': () => JSON.stringify(JSON.parse('['.repeat(1e5) + ']'.repeat(1e5))),
  // a reviver that never returns
  //= 503 V8SSR0008 still rendering after 100 ms
  'json-reviver-loops': () => JSON.parse('[1,2]', () => { for (;;); }),
  // join calls toString
  //= 503 V8SSR0008 still rendering after 100 ms
  'join-loops': () => [{ toString() { for (;;); } }].join(),
  // join of an array that holds itself, and of a deep one
  //= 500 V8SSR0006 RangeError: Maximum call stack size exceeded
  'join-deep': () => {
    let a = [];
    for (let i = 0; i < 1e5; i++) a = [a];
    return a.join();
  },
  // flat() of the same
  //= 500 V8SSR0006 RangeError: Maximum call stack size exceeded
  'flat-deep': () => {
    let a = [1];
    for (let i = 0; i < 1e5; i++) a = [a];
    return String(a.flat(Infinity));
  },
  // a generator without an end
  //= 503 V8SSR0008 still rendering after 100 ms
  'generator-endless': () => {
    for (const x of (function* all() { for (;;) yield 1; })()) if (x === 2) return 'never';
    return '';
  },
  // a number too long to be held
  //= 500 V8SSR0006 RangeError: Maximum BigInt size exceeded
  'bigint-too-large': () => String(2n ** (2n ** 31n)),
  // one that is slow to write
  //= 503 V8SSR0008 still rendering after 100 ms
  'bigint-slow': () => { for (;;) String(3n ** 200_000n); },
  // waits for a time that does not come
  //= 503 V8SSR0008 still rendering after 100 ms
  'clock-loops': () => { while (Date.now() < Infinity); return ''; },
  // catches all that can be caught
  //= 503 V8SSR0008 still rendering after 100 ms
  'catches-all': () => { for (;;) { try { for (;;); } catch { /* again */ } finally { continue; } } },
  // a recursion that goes on in each of its catches: as many calls as leaves in a tree
  //= 503 V8SSR0008 still rendering after 100 ms
  'recursion-in-catch': () => { (function f() { try { f(); } catch { f(); } })(); return ''; },
  // a getter that reads itself
  //= 500 V8SSR0006 RangeError: Maximum call stack size exceeded
  'recursion-getter': () => { const o = { get a() { return o.a; } }; return o.a; },
  // a toString that needs its own text
  //= 500 V8SSR0006 RangeError: Maximum call stack size exceeded
  'recursion-tostring': () => { const o = { toString() { return `${o}`; } }; return `${o}`; },
  // a conversion that never returns
  //= 503 V8SSR0008 still rendering after 100 ms
  'toprimitive-loops': () => `${{ [Symbol.toPrimitive]() { for (;;); } }}`,
  // proxies of proxies: V8 recurses natively
  //= 500 V8SSR0006 RangeError: Maximum call stack size exceeded
  'proxy-chain': () => {
    let p = {};
    for (let i = 0; i < 1e5; i++) p = new Proxy(p, {});
    return String(p.a);
  },
  // a trap that never returns
  //= 503 V8SSR0008 still rendering after 100 ms
  'proxy-has-loops': () => String('a' in new Proxy({}, { has() { for (;;); } })),
  // a prototype chain of ten thousand
  //= 200
  //>= undefined
  'prototype-chain': () => {
    let o = {};
    for (let i = 0; i < 1e4; i++) o = Object.create(o);
    return String(o.a);
  },
  // functions bound to bound functions
  //= 200
  //> bound
  'bound-chain': () => {
    let f = () => 'bound';
    for (let i = 0; i < 1e5; i++) f = f.bind(null);
    return f();
  },
  // more arguments than a stack can hold
  //= 500 V8SSR0006 RangeError: Maximum call stack size exceeded
  'arguments-many': () => String(Math.max(...new Array(1e6).fill(1))),
  // an async function that calls itself before it waits
  //= 500 V8SSR0006 RangeError: Maximum call stack size exceeded
  'recursion-async': async () => { await (async function f() { await f(); })(); return ''; },
  // an array-like of which there is no end, read one by one
  //= 503 V8SSR0008 still rendering after 100 ms
  'array-like-getter': () => String(Array.prototype.some.call({ length: 2 ** 53 - 1, get 0() { for (;;); } }, () => false)),
  // an error whose stack was asked to have a million frames
  //= 500 V8SSR0006 Error: tall
  'stack-tall': () => {
    Error.stackTraceLimit = 1e6;
    return (function f(n) { if (n === 0) throw new Error('tall'); return f(n - 1); })(5000);
  },
  // a class of a class of a class
  //= 200
  //>= [object Object]
  'class-chain': () => {
    let C = class {};
    for (let i = 0; i < 2000; i++) { const B = C; C = class extends B {}; }
    return String(new C());
  },
};
globalThis.renderPage = (url, ctx) => cases[url.slice(url.lastIndexOf('/') + 1)](url, ctx);
