// SPDX-License-Identifier: Apache-2.0
// Pages for the cache. The body names what it was rendered from and counts renders; parameters say what comes with it:
// cc (Cache-Control), tag (Cache-Tag), cookie, etag, vary, status, ms, kb, fail=1.
let renders = 0;
globalThis.renderPage = (url, ctx) => {
  const [path, query = ''] = url.split('?');
  const of = Object.fromEntries(query.split('&').map((pair) => pair.split('=').map(decodeURIComponent)));
  const until = Date.now() + Number(of.ms ?? 0);
  while (Date.now() < until);
  renders += 1;
  console.info(`render ${renders} ${url}`);
  if (of.fail || globalThis.failing?.(path)) throw new Error('it fails');
  const headers = {};
  if (of.cc) headers['Cache-Control'] = of.cc;
  if (of.tag) headers['Cache-Tag'] = of.tag;
  if (of.cookie) headers['Set-Cookie'] = `seen=${of.cookie}`;
  if (of.etag) headers.ETag = of.etag;
  if (of.vary) headers.Vary = of.vary;
  const seen = JSON.stringify(Object.keys(ctx.request.headers).sort());
  const filler = 'All work and no play makes a dull page. '.repeat(Number(of.kb ?? 0) * 26);
  return {
    html: `<p>${ctx.request.headers.host} ${url} render ${renders} sees ${seen}</p>${filler}`,
    status: Number(of.status ?? 200),
    headers,
  };
};
