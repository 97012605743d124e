// SPDX-License-Identifier: Apache-2.0
// Timers, tasks, microtasks, ports, rejections, waitUntil, consoles.  How cases are written: index.md.
const soon = (ms = 1) => new Promise((r) => { setTimeout(r, ms); });
let keptCtx;
const cases = {
  //= 500 V8SSR0006 Error: setTimeout: this render has 10000 timers already
  'timer-flood': () => { for (;;) setTimeout(() => {}, 1e6); },
  //= 503 V8SSR0008 still (?:rendering|waiting) after 100 ms
  'interval-endless': () => new Promise(() => { setInterval(() => {}, 0); }),
  //= 503 V8SSR0008 still (?:rendering|waiting) after 100 ms
  'immediate-endless': () => new Promise(() => { (function again() { setImmediate(again); })(); }),
  //= 500 V8SSR0006 TypeError: setTimeout: a function was expected
  'timer-text': () => setTimeout('alert(1)', 0),
  // a wait of a year ends at the limit, not with it
  //= 503 V8SSR0008 still (?:rendering|waiting) after 100 ms
  'timer-far': () => soon(2 ** 31 - 1),
  //= 200 V8SSR0005 console: uncaught: Error: in a timer
  //>= page
  'timer-throws': async () => { setTimeout(() => { throw new Error('in a timer'); }, 0); await soon(); await soon(); return 'page'; },
  //= 503 V8SSR0008 still rendering after 100 ms
  'timer-loops': () => new Promise(() => { setTimeout(() => { for (;;); }, 0); }),
  // a delay whose conversion runs the bundle's code
  //= 503 V8SSR0008 still rendering after 100 ms
  'timer-delay-loops': () => setTimeout(() => {}, { valueOf() { for (;;); } }),
  //= 503 V8SSR0008 still rendering after 100 ms
  'microtask-endless': () => new Promise(() => { (function again() { queueMicrotask(again); })(); }),
  //= 503 V8SSR0008 still rendering after 100 ms
  'await-endless': async () => { for (;;) await null; },
  //= 200
  //>= 30000
  'microtask-flood': async () => { let n = 0; for (let i = 0; i < 30_000; i++) Promise.resolve().then(() => { n += 1; }); await null; await null; return String(n); },
  //= 503 V8SSR0008 still (?:rendering|waiting) after 100 ms
  'port-pingpong': () => new Promise(() => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => port1.postMessage(1);
    port2.onmessage = () => port2.postMessage(1);
    port1.postMessage(1);
  }),
  //= 200
  //>= 2000
  'port-many': () => new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    let n = 0;
    port2.onmessage = () => { n += 1; if (n === 2000) resolve(String(n)); };
    for (let i = 0; i < 2000; i++) port1.postMessage({ i });
  }),
  //= 500 V8SSR0006 DataCloneError
  'port-itself': () => { const { port1 } = new MessageChannel(); port1.postMessage(port1, [port1]); return 'sent'; },
  //= 503 V8SSR0008 still (?:rendering|waiting) after 100 ms
  'broadcast-storm': () => new Promise(() => {
    const [a, b] = [new BroadcastChannel('x'), new BroadcastChannel('x')];
    a.onmessage = () => a.postMessage(1);
    b.onmessage = () => b.postMessage(1);
    a.postMessage(1);
  }),
  // listeners' errors are reported, not thrown
  //= 200 V8SSR0005 console: uncaught: RangeError: Maximum call stack size exceeded
  //>= page
  'event-recursion': () => {
    const t = new EventTarget();
    t.addEventListener('x', () => t.dispatchEvent(new Event('x')));
    t.dispatchEvent(new Event('x'));
    return 'page';
  },
  // eight of them are said, and the page is served
  //= 200 V8SSR0005 console: unhandled rejection: Error: nobody
  //>= page
  'rejections': () => { for (let i = 0; i < 1000; i++) Promise.reject(new Error('nobody')); return 'page'; },
  // describing it must not throw, nor loop beyond the limit
  //= 200 V8SSR0005 console: unhandled rejection:
  //>= page
  'rejection-nameless': () => { Promise.reject({ get message() { throw new Error('m'); }, get stack() { throw new Error('s'); }, toString() { throw new Error('t'); } }); return 'page'; },
  //= 500 V8SSR0006 undefined
  'rejects-undefined': () => Promise.reject(undefined),
  //= 500 V8SSR0006 async\.js
  'rejects-proxy': () => Promise.reject(new Proxy({}, { get() { throw new Error('trap'); }, getPrototypeOf() { throw new Error('trap'); } })),
  //= 503 V8SSR0008 still rendering after 100 ms
  'rejects-looping': () => { throw { toString() { for (;;); }, get stack() { for (;;); } }; },
  // one line, escaped and bounded
  //= 500 V8SSR0006 Error: a\?\[31m \[error\] forged\? \? \|
  'message-forged': () => { throw new Error('a\x1b[31m\n[error] forged\r\t\0'); },
  //= 500 V8SSR0006 Error: xxxxxxxxxxxxxxxxxxxxxxxx
  'message-long': () => { throw new Error('x'.repeat(10_000_000)); },
  // a stack that is no text, and one that throws
  //= 500 V8SSR0006 Error: odd
  'stack-object': () => { const e = new Error('odd'); e.stack = { toString() { throw new Error('no'); } }; throw e; },
  //= 500 V8SSR0006 async\.js
  'prepare-returns-proxy': () => { Error.prepareStackTrace = () => new Proxy({}, { get() { throw new Error('trap'); } }); try { throw new Error('prepared'); } finally { setTimeout(() => {}, 0); } },
  // a hundred lines, and one that says so
  //= 200 V8SSR0005 \(19900 more console lines of this render, 188200 bytes, are not logged\)
  //>= page
  'console-flood': () => { for (let i = 0; i < 20_000; i++) console.log('line', i); return 'page'; },
  //= 200 V8SSR0005 console: xxxxxxxxxxxxxxxxxx
  //>= page
  'console-long': () => { console.warn('x'.repeat(10_000_000)); return 'page'; },
  //= 200 V8SSR0005 console: a\\n\[Sat\] forged
  //>= page
  'console-forged': () => { console.warn('a\n[Sat] forged'); return 'page'; },
  //= 200 V8SSR0005 console:
  //>= page
  'console-odd': () => { const o = { toJSON() { throw new Error('no'); }, toString() { throw new Error('no'); } }; o.o = o; console.warn(o, Symbol('s'), 1n, null, new Proxy({}, {})); return 'page'; },
  //= 503 V8SSR0008 still rendering after 100 ms
  'console-loops': () => { console.log({ toJSON() { for (;;); } }); return 'page'; },
  // --- after the answer
  //= 200
  //>= page
  'wait-flood': (url, ctx) => { for (let i = 0; i < 20_000; i++) ctx.waitUntil(Promise.resolve(i)); return 'page'; },
  // nothing is left that could settle them
  //= 200
  //>= page
  'wait-never': (url, ctx) => { for (let i = 0; i < 1000; i++) ctx.waitUntil(new Promise(() => {})); return 'page'; },
  //= 200 V8SSR0004 outside a render: console: unhandled rejection: Error: after the answer
  //>= page
  'wait-rejects': (url, ctx) => { ctx.waitUntil(soon(10).then(() => { throw new Error('after the answer'); })); return 'page'; },
  // --- what belongs to one render
  //= 200
  //>= kept
  'ctx-kept': (url, ctx) => { keptCtx = ctx; return 'kept'; },
  // under SSRScope request there is none
  //= 500 V8SSR0006 the render that this ctx belongs to has ended|TypeError
  'ctx-used-late': () => { keptCtx.cache.set({ maxAge: 1 }); return 'used'; },
  //= 200
  //>= 5000 undefined
  'als-many': async () => {
    const all = Array.from({ length: 5000 }, () => new AsyncLocalStorage());
    const deep = (n) => (n === 0 ? all.filter((s, i) => s.getStore() === i).length : all[n % 5000].run(n % 5000, () => deep(n - 1)));
    all.forEach((s, i) => s.enterWith?.(i));
    const n = all.every((s, i) => s.getStore() === i) ? 5000 : 0;
    await null;
    return `${n} ${new AsyncLocalStorage().getStore()}`;
  },
  //= 500 V8SSR0006 RangeError: Maximum call stack size exceeded
  'als-recursion': () => { const s = new AsyncLocalStorage(); return (function f() { return s.run({}, f); })(); },
  //= 500 V8SSR0006 Error: in the store
  'als-throws': () => new AsyncLocalStorage().run(1, () => { throw new Error('in the store'); }),
  //= 200
  //>= aborted 10000
  'abort-many': () => { const c = new AbortController(); let n = 0; const all = Array.from({ length: 10_000 }, () => AbortSignal.any([c.signal])); all.forEach((s) => s.addEventListener('abort', () => { n += 1; })); c.abort(); return `aborted ${n}`; },
  // called between two renders, for a context that may be gone
  //= 200
  //>= registered
  'finaliser-flood': () => { const r = new FinalizationRegistry(() => {}); for (let i = 0; i < 10_000; i++) r.register({}, i); return 'registered'; },
};
globalThis.renderPage = (url, ctx) => cases[url.slice(url.lastIndexOf('/') + 1)](url, ctx);
