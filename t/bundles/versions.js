// SPDX-License-Identifier: Apache-2.0
// Says which version it is. /…?fail=NAME throws in the version of that name, ?ms=300 keeps its isolate busy,
// ?status=404 answers so, ?vary adds fields of its own.
globalThis.renderPage = (url, ctx) => {
  const until = Date.now() + Number(/\bms=(\d+)/.exec(url)?.[1] ?? 0);
  while (Date.now() < until);
  if (/\bfail=([^&]+)/.exec(url)?.[1] === ctx.bundle) throw new Error(`${ctx.bundle} fails`);
  return {
    html: `<p>${ctx.bundle}</p>`,
    status: Number(/\bstatus=(\d+)/.exec(url)?.[1] ?? 200),
    headers: url.includes('vary') ? { Vary: 'Accept-Language', 'Set-Cookie': 'own=1' } : {},
  };
};
