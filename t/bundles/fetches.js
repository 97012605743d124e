// SPDX-License-Identifier: Apache-2.0
// What fetch() does: /NAME?QUERY; `to` is a URL.
const parts = {
  text: async (of) => (await fetch(of.to)).text(),
  json: async (of) => JSON.stringify((await (await fetch(of.to)).json()).bundle),
  head: async (of) => {
    const r = await fetch(of.to, { method: of.method ?? 'GET', redirect: of.redirect });
    return JSON.stringify([r.status, r.url.replace(/:\d+/, ''), r.redirected, r.headers.get('content-type'), (await r.text()).length]);
  },
  post: async (of) => (await fetch(of.to, { method: 'POST', body: of.body, headers: { 'X-Sent': 'yes' } })).text(),
  assets: async (of, env) => (await env.ASSETS.fetch(of.to)).text(),
  error: async (of) => {
    try {
      await fetch(of.to, of.ms ? { signal: AbortSignal.timeout(Number(of.ms)) } : undefined).then((r) => r.text());
    } catch (e) {
      return `${e.name} ${e.code} ${e.message}`;
    }
    return 'no error';
  },
  parallel: async (of) => {
    const all = await Promise.all(Array.from({ length: Number(of.n) }, () => fetch(of.to).then((r) => r.text())));
    return String(new Set(all).size);
  },
  many: async (of) => {
    let n = 0;
    try {
      for (;; n++) await (await fetch(of.to)).text();
    } catch (e) {
      return `${n} ${e.message}`;
    }
  },
  stream: async (of) => new Response((await fetch(of.to)).body, { headers: { 'X-Piped': 'yes' } }),
  // a field there and back: its units at each end
  field: async (of) => {
    const r = await fetch(of.to, { headers: { 'X-Field': '\u00fc\u00ff\u0080' } });
    return `${await r.text()} ${units(r.headers.get('x-field'))}`;
  },
  leave: async (of) => { await fetch(of.to); return 'left'; }, // the body is not read
  late: async (of, env, ctx) => { ctx.waitUntil(fetch(of.to).then((r) => r.text()).then((t) => { console.info(`late ${t}`); })); return 'early'; },
};

const units = (text) => [...text].map((c) => c.charCodeAt(0).toString(16)).join();

// What came: method, length, type and the sum of its bytes.
const received = async (request) => {
  const bytes = new Uint8Array(await request.arrayBuffer());
  return new Response(JSON.stringify([request.method, bytes.length, request.headers.get('content-type'),
    bytes.reduce((sum, byte) => sum + byte, 0)]));
};

export default {
  async fetch(request, env, ctx) {
    const url = new URL(request.url);
    if (url.pathname === '/form') return new Response(JSON.stringify([...await request.formData()]));
    if (url.pathname.startsWith('/body')) return received(request);
    if (url.pathname === '/there') {
      const field = request.headers.get('x-field');
      return new Response(units(field), { headers: { 'X-Field': field } });
    }
    return Promise.resolve(parts[url.pathname.slice(1)](Object.fromEntries(url.searchParams), env, ctx))
      .then((answer) => (answer instanceof Response ? answer : new Response(answer)));
  },
};
