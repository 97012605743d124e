// SPDX-License-Identifier: Apache-2.0
// Pages of all kinds for V8Test::Soak: each line is the path and query that was asked for; ?size=N: so many lines.
const lines = (target) => `${target}\n`.repeat(3 + Number(/\bsize=(\d+)/.exec(target)?.[1] ?? 0));
const soon = (ms) => new Promise((resolve) => { setTimeout(resolve, ms); });
const kinds = {
  kept: (target) => lines(target),
  miss: (target) => lines(target),
  async stream(target) {
    const all = lines(target);
    return (async function* pieces() {
      for (let i = 0; i < 4; i++) {
        yield all.slice(Math.floor(all.length * i / 4), Math.floor(all.length * (i + 1) / 4));
        await soon(5);
      }
    })();
  },
  // another page of this server, which a child may take that is killed
  async fetch(target) {
    try {
      const r = await fetch(target.replace('/fetch/', '/miss/'));
      const text = await r.text();
      if (r.status === 200) return text.replaceAll('/miss/', '/fetch/');
    } catch { /* said by the status */ }
    return new Response('the other page is lost', { status: 502 });
  },
};
export default {
  async fetch(request, env, ctx) {
    const { pathname, search } = new URL(request.url);
    const made = await kinds[pathname.split('/')[1]](pathname + search);
    return made instanceof Response ? made
      : new Response(typeof made === 'string' ? made : ReadableStream.from(made), { headers: { 'content-type': 'text/html' } });
  },
};
