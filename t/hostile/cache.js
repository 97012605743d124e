// SPDX-License-Identifier: Apache-2.0
// ctx.cache, caches.default: wrong types, too many, too large, fragments in fragments.  How cases are written: index.md.
const long = (n) => 'x'.repeat(n);
const cases = {
  //= 500 V8SSR0006 TypeError: ctx\.cache\.set: an object was expected
  'set-none': (url, { cache }) => cache.set(),
  //= 500 V8SSR0006 TypeError: ctx\.cache\.set: maxAge, swr, .* were expected, not maxage
  'set-unknown': (url, { cache }) => cache.set({ maxage: 1 }),
  //= 500 V8SSR0006 TypeError: ctx\.cache\.set: maxAge: seconds from 0 to 31536000
  'set-nan': (url, { cache }) => cache.set({ maxAge: NaN }),
  //= 500 V8SSR0006 TypeError: ctx\.cache\.set: swr: seconds from 0 to 31536000
  'set-object': (url, { cache }) => cache.set({ swr: { valueOf: () => 1 } }),
  //= 500 V8SSR0006 TypeError: ctx\.cache\.set: tags: a tag without comma
  'set-tag-crlf': (url, { cache }) => cache.set({ tags: ['a\r\nX-Injected: 1'] }),
  //= 500 V8SSR0006 TypeError: ctx\.cache\.set: vary: a header's name
  'set-vary-crlf': (url, { cache }) => cache.set({ vary: 'a\r\nX-Injected: 1' }),
  //= 503 V8SSR0008 still rendering after 100 ms
  'set-proxy-loops': (url, { cache }) => cache.set(new Proxy({}, { ownKeys() { for (;;); } })),
  // more tags than a page may have (where SSRCache is off, the field is the bundle's)
  //= 200
  //>= page
  'set-tags-many': (url, { cache }) => { cache.set({ maxAge: 60, tags: Array.from({ length: 100_000 }, (_, i) => `tag-${i}`) }); return 'page'; },
  //= 200
  //>= page
  'set-often': (url, { cache }) => { for (let i = 0; i < 20_000; i++) cache.set({ maxAge: i % 100 }); return 'page'; },
  //= 500 V8SSR0006 TypeError: ctx\.cache\.invalidate: tags or path was expected
  'invalidate-none': (url, { cache }) => cache.invalidate({}),
  //= 500 V8SSR0006 TypeError: ctx\.cache\.invalidate: path: a path that begins with /
  'invalidate-url': (url, { cache }) => cache.invalidate({ path: 'http://other.test/' }),
  //= 500 V8SSR0006 TypeError: ctx\.cache\.invalidate: tags: a tag without comma
  'invalidate-types': (url, { cache }) => cache.invalidate({ tags: [1, null] }),
  //= 500 V8SSR0006 TypeError: ctx\.cache\.invalidate: at most 64 tags of at most 256 bytes were expected
  'invalidate-many': (url, { cache }) => { cache.invalidate({ tags: Array.from({ length: 100_000 }, (_, i) => `tag-${i}`) }); return 'page'; },
  // a path that no page can have
  //= 200
  //>= page
  'invalidate-path-long': (url, { cache }) => { cache.invalidate({ path: `/${long(1e6)}` }); return 'page'; },
  //= 200
  //>= page
  'invalidate-path-nul': (url, { cache }) => { cache.invalidate({ path: '/a\0b\r\nc' }); return 'page'; },
  //= 500 V8SSR0006 TypeError: ctx\.cache\.fragment: key: a string was expected
  'fragment-key': (url, { cache }) => cache.fragment(1, {}, () => 'x'),
  //= 500 V8SSR0006 TypeError: ctx\.cache\.fragment: a function was expected
  'fragment-function': (url, { cache }) => cache.fragment('k', {}),
  //= 500 V8SSR0006 TypeError: ctx\.cache\.fragment: the function gave a value that cannot be stored
  'fragment-undefined': (url, { cache }) => cache.fragment('undefined', {}, () => undefined),
  //= 500 V8SSR0006 TypeError: Converting circular structure
  'fragment-circle': (url, { cache }) => cache.fragment('circle', {}, () => { const o = {}; o.o = o; return o; }),
  //= 503 V8SSR0008 still rendering after 100 ms
  'fragment-json-loops': (url, { cache }) => cache.fragment('loops', {}, () => ({ toJSON() { for (;;); } })),
  // a fragment that needs itself
  //= 500 V8SSR0006 RangeError: Maximum call stack size exceeded
  'fragment-recursion': (url, { cache }) => { const make = () => cache.fragment('recursion', {}, make); return make(); },
  // as deep as a page will
  //= 200
  //>= 200
  'fragment-deep': (url, { cache }) => { const make = (n) => (n === 200 ? '200' : cache.fragment(`deep ${n}`, { maxAge: 9 }, () => make(n + 1))); return make(0); },
  //= 500 V8SSR0006 Error: in the fragment
  'fragment-throws': (url, { cache }) => cache.fragment('throws', { staleIfError: 60 }, () => { throw new Error('in the fragment'); }),
  //= 500 V8SSR0017 can never settle
  'fragment-never': (url, { cache }) => cache.fragment('never', {}, () => new Promise(() => {})),
  // larger than the memory of the cache: given, not kept
  //= 200
  //>= 6000000
  'fragment-large': (url, { cache }) => String(cache.fragment('large', {}, () => long(6_000_000)).length),
  //= 500 V8SSR0006 TypeError: ctx\.cache\.fragment: a key of at most 4096 bytes was expected
  'fragment-key-large': (url, { cache }) => String(cache.fragment(long(6_000_000), {}, () => 'x')),
  // bytes are bytes
  //= 200
  //>= x
  'fragment-key-odd': (url, { cache }) => String(cache.fragment('\0\ud800\r\n', {}, () => 'x')),
  //= 200
  //>= 3000
  'fragment-many': (url, { cache }) => { for (let i = 0; i < 3000; i++) cache.fragment(`many ${i}`, { maxAge: 9, tags: `t${i % 10}` }, () => long(3000)); return '3000'; },
  //= 500 V8SSR0006 TypeError: caches\.default\.put: a GET request was expected
  'put-post': () => caches.default.put(new Request('http://a/', { method: 'POST', body: 'x' }), new Response('x')),
  //= 500 V8SSR0006 TypeError
  'put-none': () => caches.default.put('/a'),
  //= 500 V8SSR0006 TypeError
  'put-fake': () => caches.default.put('/a', { status: 200, headers: new Map([['vary', 7]]), arrayBuffer: () => 1 }),
  //= 200
  //>= undefined
  'put-large': async () => { await caches.default.put('/large', new Response(long(5_000_000), { headers: { 'cache-control': 'max-age=60' } })); return String(await caches.default.match('/large')); },
  // a field that a later reader would see as two
  //= 200
  //>= x
  'put-match-fields': async () => { await caches.default.put('/f', new Response('x', { headers: { 'cache-control': 'max-age=60', 'x-a': 'b\u00ff' } })); const r = await caches.default.match('/f'); return r ? r.text() : 'x'; },
  // a method of another object
  //= 500 V8SSR0006 TypeError
  'cache-foreign': (url, { cache }) => cache.set.call({}, { maxAge: 1 }),
  //= 200
  //> ^[0-9a-f]{32}$
  'nonce-many': (url, ctx) => { for (let i = 0; i < 10_000; i++) if (ctx.nonce !== ctx.nonce) return 'two'; return ctx.nonce; },
};
globalThis.renderPage = (url, ctx) => cases[url.slice(url.lastIndexOf('/') + 1)](url, ctx);
