// SPDX-License-Identifier: Apache-2.0
// fetch() to this server and elsewhere, import(), odd requests.  How cases are written: index.md.
const outcome = (promise) => promise.then(() => 'done', (e) => `${e.name} ${e.code ?? ''} ${e.message}`);
const at = (ctx, name) => new URL(name, ctx.request.url).href;
const cases = {
  // a page that asks for itself, which asks for itself
  //= 200 V8SSR0006 refused: the page is itself rendered for a fetch of this server
  //> ^500
  'itself': async (url) => { const r = await fetch(url); return `${r.status} ${(await r.text()).slice(0, 300)}`; },
  //= 200
  //> ^TypeError ERR_LIMIT fetch failed: .*refused: more than 50 fetches in one render
  'many': () => outcome((async () => { for (;;) await (await fetch('/asset.txt')).text(); })()),
  //= 200
  //> ^TypeError ERR_LIMIT fetch failed: .*refused: more than 50 fetches in one render
  'many-at-once': () => outcome(Promise.all(Array.from({ length: 2000 }, () => fetch('/asset.txt')))),
  //= 200
  //> ^TypeError .*
  'scheme-file': () => outcome(fetch('file:///etc/passwd')),
  //= 200
  //> ^TypeError .*
  'scheme-data': () => outcome(fetch('data:text/plain,x').then(() => { throw new TypeError('was answered'); })),
  //= 200
  //> ^TypeError .*
  'scheme-gopher': () => outcome(fetch('gopher://127.0.0.1/_x')),
  // addresses that are this host's, written otherwise
  //= 200
  //> ^(?:TypeError ERR_REFUSED [^;]*;?){6}$
  'address-odd': async () => (await Promise.all(['http://0177.0.0.1:1/', 'http://2130706433:1/', 'http://[::ffff:127.0.0.1]:1/', 'http://0x7f.1:1/', 'http://169.254.169.254/', 'http://[::1]:1/']
    .map((u) => outcome(fetch(u))))).join(';'),
  //= 200
  //> ^TypeError
  'field-crlf': () => outcome(fetch('/asset.txt', { headers: { 'x-a': 'b\r\nX-Injected: 1' } })),
  // the request line is the server's to write
  //= 200
  //> ^TypeError
  'method-crlf': () => outcome(fetch('/asset.txt', { method: 'GET / HTTP/1.1\r\nX-Injected: 1' })),
  //= 200
  //> ^TypeError
  'method-connect': () => outcome(fetch('/asset.txt', { method: 'CONNECT' })),
  // what is no URL character is escaped
  //= 200
  //> ^404 
  'url-crlf': async () => { const r = await fetch('/no\r\nne HTTP/1.1\u0000'); return `${r.status} `; },
  //= 200
  //> ^(?:414|400)
  'url-long': () => fetch(`/${'x'.repeat(20_000)}`).then((r) => String(r.status), (e) => `${e.name} ${e.message}`),
  // a body without an end, to a page of this server that waits for it
  //= 503 V8SSR0008 still waiting after 100 ms, for a timer or a fetch
  'body-endless': () => fetch('/page/reads', { method: 'POST', duplex: 'half', body: new ReadableStream({ pull: () => new Promise((r) => { setTimeout(r, 1000); }) }) }),
  //= 200
  //> ^(?:TypeError|Error)
  'body-throws': () => outcome(fetch('/asset.txt', { method: 'POST', duplex: 'half', body: new ReadableStream({ pull() { throw new Error('no body'); } }) })),
  //= 200
  //> ^AbortError
  'aborted': () => outcome(fetch('/asset.txt', { signal: AbortSignal.abort() })),
  //= 200
  //> ^AbortError
  'aborted-at-once': () => { const c = new AbortController(); const p = outcome(fetch('/asset.txt', { signal: c.signal })); c.abort(); return p; },
  // what is left open goes with its render
  //= 200
  //>= left
  'left-open': () => { for (let i = 0; i < 20; i++) fetch('/asset.txt').catch(() => {}); return 'left'; },
  // --- import()
  //= 200
  //> ^Error .*cannot import
  'import-node': () => outcome(import('node:fs')),
  //= 200
  //> ^Error .*cannot import
  'import-file': () => outcome(import('file:///etc/passwd')),
  //= 200
  //> ^Error .*cannot import
  'import-http': () => outcome(import('http://127.0.0.1/x.js')),
  //= 200
  //> ^Error .*cannot import
  'import-data': () => outcome(import('data:text/javascript,export default 1')),
  //= 200
  //> ^Error .*cannot import
  'import-outside': () => outcome(import('../../../../../../etc/passwd'.slice(0))),
  //= 200
  //> ^Error .*cannot import
  'import-nul': () => outcome(import('./good.js\0')),
  //= 200
  //> ^TypeError
  'import-symbol': () => outcome(import(Symbol('s'))),
  //= 503 V8SSR0008 still rendering after 100 ms
  'import-loops': () => outcome(import({ toString() { for (;;); } })),
  //= 200
  //> ^1000 Error
  'import-many': async () => { let last = ''; let n = 0; for (; n < 1000; n++) last = await outcome(import(`./none-${n}.js`)); return `${n} ${last}`; },
  //= 200
  //> ^Error .*cannot import
  'import-long': () => outcome(import(`./${'x'.repeat(1_000_000)}`)),
};
const named = (path) => path.slice(path.lastIndexOf('/') + 1);
export default {
  async fetch(request, env, ctx) {
    const url = new URL(request.url);
    if (url.pathname === '/page/reads') return new Response(await request.text().catch(() => ''));
    const make = cases[named(url.pathname)];
    if (!make) return new Response(`there is no case ${url.pathname}`, { status: 404 });
    const made = await make(url.pathname, { request });
    return made instanceof Response ? made : new Response(made);
  },
};
