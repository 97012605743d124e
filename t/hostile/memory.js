// SPDX-License-Identifier: Apache-2.0
// What fills memory: strings, collections, buffers, clones.  How cases are written: index.md.
const fill = (make) => { const all = []; for (;;) all.push(make()); };
const cases = {
  // doubles until V8 has no longer strings
  //= 500 V8SSR0006 RangeError: Invalid string length
  'string-doubling': () => { let s = 'ab'; for (;;) s += s; },
  // longer at once than a string can be
  //= 500 V8SSR0006 RangeError: Invalid (?:string length|count value)
  'string-repeat': () => 'abc'.repeat(2 ** 29),
  //= 500 V8SSR0006 RangeError: Invalid string length
  'string-pad': () => 'a'.padEnd(2 ** 30, 'bc'),
  // doubles, and is made flat each time
  //= 500 V8SSR0009 the heap limit of \d+ MiB was reached
  'string-flat-pile': () => fill(() => { const s = `${Math.random()}`.repeat(4000) + 'x'; s.charCodeAt(7); return s; }),
  // ropes that are never read
  //= 500 V8SSR0009 the heap limit of \d+ MiB was reached
  'string-rope-pile': () => { let n = 0; return fill(() => `${n += 1} and more than thirteen letters`); },
  //= 500 V8SSR0009 the heap limit of \d+ MiB was reached
  'object-pile': () => fill(() => ({ a: 1, b: [1, 2, 3] })),
  // a table that doubles: V8 asks for it in one piece
  //= 500 V8SSR0009 the heap limit of \d+ MiB was reached
  'map-pile': () => { const m = new Map(); for (let i = 0; ; i++) m.set(i, { i }); },
  //= 500 V8SSR0009 the heap limit of \d+ MiB was reached
  'set-pile': () => { const m = new Set(); for (;;) m.add({}); },
  // each function holds the one before
  //= 500 V8SSR0009 the heap limit of \d+ MiB was reached
  'closure-chain': () => { let f = () => 0; for (;;) { const g = f; f = () => g; } },
  //= 500 V8SSR0009 the heap limit of \d+ MiB was reached
  'promise-pile': () => fill(() => new Promise(() => {})),
  //= 500 V8SSR0009 the heap limit of \d+ MiB was reached
  'symbol-pile': () => fill(() => Symbol('s')),
  // an object used as a dictionary
  //= 500 V8SSR0009 the heap limit of \d+ MiB was reached
  'property-pile': () => { const o = {}; for (let i = 0; ; i++) o[`p${i}`] = i; },
  // errors keep their stacks
  //= 500 V8SSR0009 the heap limit of \d+ MiB was reached
  'error-pile': () => fill(() => new Error('kept')),
  // an iterator without an end is spread
  //= 500 V8SSR0009 the heap limit of \d+ MiB was reached
  'spread-endless': () => String([...(function* all() { for (;;) yield {}; })()]),
  // reactions of one promise
  //= 500 V8SSR0009 the heap limit of \d+ MiB was reached
  'then-pile': () => { const p = new Promise(() => {}); for (;;) p.then(() => 1); },
  // one buffer larger than the quota
  //= 500 V8SSR0006 RangeError: Array buffer allocation failed
  'buffer-large': () => String(new ArrayBuffer(2 ** 30).byteLength),
  // longer than any
  //= 500 V8SSR0006 RangeError: (?:Invalid typed array length|Array buffer allocation failed)
  'typed-array-too-long': () => String(new Float64Array(2 ** 40).length),
  // the smallest, which always pass: the objects around them fill the heap
  //= 500 V8SSR0009 the heap limit of \d+ MiB was reached
  'buffer-small-pile': () => fill(() => new ArrayBuffer(64)),
  // the quota is full, and V8 needs a buffer for an array that was on the heap
  //= 200
  //> 8 bytes
  'buffer-quota-then-small': () => {
    const all = [];
    try { fill(() => { const b = new ArrayBuffer(2 ** 20); all.push(b); return b; }); } catch { /* full */ }
    return `${new Uint8Array(8).buffer.byteLength} bytes`;
  },
  // typed arrays by way of a species that lies
  //= 500 V8SSR0006 TypeError
  'typed-array-species': () => {
    class Small extends Uint8Array { static get [Symbol.species]() { return function f() { return new Uint8Array(1); }; } }
    return String(new Small(10_000).map((x) => x));
  },
  // what would not be counted is not there
  //= 200
  //> undefined undefined
  'uncounted-memory': () => `${typeof WebAssembly} ${typeof SharedArrayBuffer}`,
  // nor may a script sleep
  //= 500 V8SSR0006 TypeError: .* is not a shared typed array
  'atomics-wait': () => Atomics.wait(new Int32Array(4), 0, 0),
  // a clone of what has no end of depth
  //= 500 V8SSR0006 RangeError: Maximum call stack size exceeded
  'clone-deep': () => {
    let a = [];
    for (let i = 0; i < 1e5; i++) a = [a];
    return String(structuredClone(a).length);
  },
  // a clone of buffers beyond the quota
  //= 500 V8SSR0006 Error: Unable to deserialize cloned data
  'clone-buffers': () => {
    const b = new Uint8Array(2 ** 23);
    const all = [];
    for (let i = 0; i < 100; i++) all.push(structuredClone(b));
    return String(all.length);
  },
  // an array of four billion holes
  //= 200
  //> 4294967295
  'clone-sparse': () => { const a = []; a.length = 2 ** 32 - 1; return String(structuredClone(a).length); },
  // a getter is called by the clone
  //= 500 V8SSR0006 Error: read by the clone
  'clone-getter-throws': () => structuredClone({ get a() { throw new Error('read by the clone'); } }),
  //= 503 V8SSR0008 still rendering after 100 ms
  'clone-getter-loops': () => structuredClone({ get a() { for (;;); } }),
  //= 500 V8SSR0006 DataCloneError
  'clone-function': () => structuredClone(() => 1),
  // the buffer that is given away is used on
  //= 200
  //> 0 16
  'clone-transfer': () => {
    const b = new ArrayBuffer(16);
    const c = structuredClone(b, { transfer: [b] });
    return `${b.byteLength} ${c.byteLength}`;
  },
  //= 500 V8SSR0006 DataCloneError
  'clone-transfer-twice': () => { const b = new ArrayBuffer(16); return structuredClone(b, { transfer: [b, b] }); },
  // more random bytes than are given at once
  //= 500 V8SSR0006 QuotaExceededError
  'random-too-many': () => String(crypto.getRandomValues(new Uint8Array(65_537))),
  // text to bytes beyond the quota
  //= 500 V8SSR0006 RangeError
  'encoder-large': () => {
    const all = Array.from({ length: 63 }, () => new Uint8Array(2 ** 20));
    return String(all.length + new TextEncoder().encode('ü'.repeat(2 ** 20)).length);
  },
  //= 500 V8SSR0006 InvalidCharacterError
  'btoa-wide': () => btoa('€'.repeat(1000)),
  // an array whose length is set to the most
  //= 500 V8SSR0006 RangeError: Invalid array length
  'array-too-long': () => String(new Array(2 ** 32)),
};
globalThis.renderPage = (url, ctx) => cases[url.slice(url.lastIndexOf('/') + 1)](url, ctx);
