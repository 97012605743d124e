// SPDX-License-Identifier: Apache-2.0
// Bodies in pieces that never end, fail late, or are none.  How cases are written: index.md.
// More than waits for a pause: it has left when the next comes.
const BEGINNING = 'a beginning '.repeat(6000);
const stream = (source) => new ReadableStream(source);
const cases = {
  // more than SSRMaxResponse, when the head has long left
  //= cut V8SSR0010 the response has more than 1048576 bytes
  'endless-iterable': async function* endless() { for (;;) yield 'x'.repeat(16_384); },
  //= cut V8SSR0010 the response has more than 1048576 bytes
  'endless-stream': () => stream({ pull(c) { c.enqueue(new Uint8Array(16_384)); } }),
  // a reader of its own making, which never waits
  //= cut V8SSR0010 the response has more than 1048576 bytes
  'endless-reader': () => ({ body: { getReader: () => ({ read: () => ({ done: false, value: 'x'.repeat(16_384) }) }) } }),
  // pieces of nothing: they must not count as a beginning, nor pile up
  //= 503 V8SSR0008 still rendering after 100 ms
  'endless-empty': async function* empty() { for (;;) yield ''; },
  // nor let the head leave
  //= 500 V8SSR0006 Error: after nothing
  'throws-after-empty': async function* empty() { yield ''; await new Promise((r) => { setTimeout(r, 200); }); throw new Error('after nothing'); },
  //= 500 V8SSR0006 Error: at the start
  'throws-start': () => stream({ start() { throw new Error('at the start'); } }),
  //= 500 V8SSR0006 Error: at the first pull
  'throws-pull': () => stream({ pull() { throw new Error('at the first pull'); } }),
  // an error that comes after the head is seen as a body that is cut off
  //= cut V8SSR0006 Error: too late
  'throws-late': async function* late() { yield BEGINNING; await new Promise((r) => { setTimeout(r, 20); }); throw new Error('too late'); },
  //= cut V8SSR0006 null
  'throws-late-null': async function* late() { yield BEGINNING; await new Promise((r) => { setTimeout(r, 20); }); throw null; },
  // loops when the head has left
  //= cut V8SSR0008 still rendering after 100 ms
  'loops-late': async function* late() { yield BEGINNING; await new Promise((r) => { setTimeout(r, 20); }); for (;;); },
  // never goes on, and nothing is left that could make it
  //= 500 V8SSR0017 the body never ends: nothing it could wait for is pending
  'hangs': async function* hangs() { yield 'a beginning'; await new Promise(() => {}); },
  //= 500 V8SSR0017 the body never ends: nothing it could wait for is pending
  'hangs-stream': () => stream({ pull: () => new Promise(() => {}) }),
  //= 500 V8SSR0007 a chunk of the body: a string or bytes
  'chunk-number': async function* number() { yield 1; },
  //= 500 V8SSR0007 a chunk of the body: a string or bytes
  'chunk-object': () => stream({ start(c) { c.enqueue({ toString() { for (;;); } }); c.close(); } }),
  // somebody else reads it
  //= 500 V8SSR0006 TypeError
  'locked': () => { const s = stream({ pull(c) { c.enqueue('x'); } }); s.getReader(); return s; },
  //= 500 V8SSR0006 TypeError
  'read-twice': async () => { const r = new Response('once'); await r.text(); return new Response(r.body); },
  //= 500 V8SSR0006 TypeError
  'next-none': () => ({ body: { [Symbol.asyncIterator]: () => ({ next: () => 7 }) } }),
  //= 503 V8SSR0008 still rendering after 100 ms
  'done-loops': () => ({ body: { [Symbol.asyncIterator]: () => ({ next: () => ({ get done() { for (;;); } }) }) } }),
  //= 500 V8SSR0006 Error: no iterator
  'iterator-throws': () => ({ body: { [Symbol.asyncIterator]() { throw new Error('no iterator'); } } }),
  //= 500 V8SSR0006 Error: no reader
  'reader-throws': () => ({ body: { getReader() { throw new Error('no reader'); } } }),
  // both halves of a stream, of which one is never read, are the bundle's memory
  //= 200
  //>= xx
  'tee': () => { const [a] = stream({ start(c) { c.enqueue('x'); c.enqueue('x'); c.close(); } }).tee(); return a; },
  // an end that is said twice
  //= 500 V8SSR0006 TypeError
  'closed-twice': () => stream({ start(c) { c.close(); c.close(); } }),
  // what was written to a stream that nobody reads holds up its writer for ever
  //= 500 V8SSR0017 can never settle
  'writer-waits': async () => {
    const { writable } = new TransformStream();
    const writer = writable.getWriter();
    for (let i = 0; i < 100; i++) await writer.write('x');
    return 'never';
  },
  // a piece that changes while it is on its way
  //= 200
  //>= aaa
  'chunk-changes': async function* changes() { const b = new Uint8Array([97, 97, 97]); yield b; b.fill(98); structuredClone(b.buffer, { transfer: [b.buffer] }); },
  // a million small pieces
  //= 200
  //> xxxxxxxx
  'chunk-flood': async function* flood() { for (let i = 0; i < 100_000; i++) yield 'x'; },
  // bytes that no decompressor takes
  //= 500 V8SSR0006 TypeError
  'decompress-garbage': () => new Response('garbage').body.pipeThrough(new DecompressionStream('gzip')),
};
globalThis.renderPage = (url, ctx) => cases[url.slice(url.lastIndexOf('/') + 1)](url, ctx);
