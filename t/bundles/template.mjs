// SPDX-License-Identifier: Apache-2.0
// Answers for templates; the last part of the path says which. Parameters: gate, fail as in stream.js.
const gates = new Map();

const gate = (name) => {
  if (!gates.has(name)) {
    const made = {};
    made.promise = new Promise((resolve) => { made.open = resolve; });
    gates.set(name, made);
  }
  return gates.get(name);
};

// A timer is pending meanwhile: what another render will do is nothing to wait for.
const wait = async (name) => {
  const timer = setInterval(() => {}, 1000);
  await gate(name).promise;
  clearInterval(timer);
};

async function* pieces(query) {
  if (query.get('gate')) await wait(query.get('gate'));
  if (query.get('fail')) throw new Error('fails after');
  yield 'first,';
  yield 'last';
}

let renders = 0;
const state = { items: ['</script><b>', '\u2028'] };
const answers = {
  open: (query) => new Response(gate(query.get('name')).open() ?? 'open'),
  string: () => 'page',
  object: () => ({ html: 'page', head: '<title>€</title>', state, status: 404 }),
  count: () => ({ html: `page ${++renders}`, headers: { 'Cache-Control': 'max-age=60' } }),
  tagged: () => ({ html: 'page', headers: { ETag: '"of-the-bundle"' } }),
  stream: (query) => ({ body: pieces(query), state: 1, headers: { 'Cache-Control': 'max-age=60' } }),
  iterable: (query) => pieces(query),
  response: () => new Response('whole', { headers: { 'Content-Type': 'text/html' } }),
  json: () => ({ body: '{}', headers: { 'Content-Type': 'application/json' } }),
  redirect: () => ({ redirect: '/elsewhere' }),
  nothing: () => null,
  nonce: (query, ctx) => ({
    html: `<script nonce="${ctx.nonce}"></script>`, state: 1,
    headers: { 'Cache-Control': 'max-age=60', 'Content-Security-Policy': `script-src 'nonce-${ctx.nonce}'` },
  }),
  head: () => ({ html: 'page', head: 1 }),
  fails: () => { throw new Error('broken'); },
};

export default (request, env, ctx) => {
  const url = new URL(request.url);
  return answers[url.pathname.split('/').pop()](url.searchParams, ctx);
};

export const renderError = () => 'sorry';
