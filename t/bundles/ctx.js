// SPDX-License-Identifier: Apache-2.0
// What ctx offers beside the request; the path's first part says which. The body counts renders and calls of functions.
let renders = 0;
let made = 0;

const parts = {
  // ctx.cache.set(JSON of the query)
  set: (ctx, query) => { ctx.cache.set(JSON.parse(query)); return `render ${renders}`; },
  // a Cache-Control of its own beside it
  both: (ctx, query) => {
    ctx.cache.set(JSON.parse(query));
    return { html: `render ${renders}`, headers: { 'Cache-Control': 'max-age=5', 'Cache-Tag': 'own', Vary: 'Host' } };
  },
  twice: (ctx, query) => {
    for (const options of JSON.parse(query)) ctx.cache.set(options);
    return `render ${renders}`;
  },
  // a fragment: [key, options, value or {promise|fail|late: value}]
  fragment: async (ctx, query) => {
    const [key, options, value] = JSON.parse(query);
    const found = ctx.cache.fragment(key, options, () => {
      made += 1;
      if (value?.fail && globalThis.failing) throw new Error(value.fail);
      if (value?.late && globalThis.failing) return Promise.reject(new Error(value.late));
      if (value?.promise) return Promise.resolve(value.promise);
      return value;
    });
    const kind = found instanceof Promise ? 'promise' : typeof found;
    return `${kind} ${JSON.stringify(await found)} made ${made} render ${renders}`;
  },
  failing: (ctx, query) => { globalThis.failing = query === 'on'; return 'done'; },
  invalidate: (ctx, query) => { ctx.cache.invalidate(JSON.parse(query)); return 'done'; },
  // goes while it is rendered
  suicide: (ctx) => { ctx.cache.set({ maxAge: 60, tags: 'self' }); ctx.cache.invalidate({ tags: 'self' }); return `render ${renders}`; },
  nonce: (ctx, query) => {
    const { nonce } = ctx;
    const filler = 'x'.repeat(Number(query));
    return {
      html: `<script nonce="${nonce}">1</script>${filler}<i>${nonce === ctx.nonce}</i><script nonce="${nonce}">2</script>render ${renders}`,
      headers: { 'Content-Security-Policy': `script-src 'nonce-${nonce}'`, 'Cache-Control': 's-maxage=60', ETag: '"own"' },
    };
  },
  unused: (ctx) => { void ctx.nonce; return { html: `render ${renders}`, headers: { 'Cache-Control': 's-maxage=60' } }; },
  // caches.default: [what, url, body, headers, status]
  caches: async (ctx, query) => {
    const [what, url, body, headers, status] = JSON.parse(query);
    if (what === 'put') {
      await caches.default.put(url, new Response(body?.bytes ? Uint8Array.from(body.bytes) : body, { headers, status }));
      return 'put';
    }
    if (what === 'delete') return String(await caches.default.delete(url));
    const found = await caches.default.match(url);
    if (found === undefined) return 'nothing';
    const type = found.headers.get('content-type');
    return JSON.stringify([found.status, type, [...new Uint8Array(await found.arrayBuffer())]]);
  },
  // another render's ctx
  keep: (ctx) => { globalThis.kept = ctx; return 'done'; },
  kept: () => globalThis.kept.nonce,
  detached: (ctx) => { const { set } = ctx.cache; set({}); },
};

globalThis.renderPage = (url, ctx) => {
  const [path, query = ''] = url.split('?');
  renders += 1;
  return parts[path.split('/')[1]](ctx, decodeURIComponent(query));
};
