// SPDX-License-Identifier: Apache-2.0
// Pages that fail on demand: after /fail?PATH until /mend?PATH, in the isolate that answers these; ?ms=300 takes its
// time, ?fail=1 fails, ?kb=20 is long.
let renders = 0;
const failing = new Set();
globalThis.renderPage = (url) => {
  const [path, query = ''] = url.split('?');
  if (path === '/fail') failing.add(query);
  if (path === '/mend') failing.delete(query);
  const until = Date.now() + Number(/\bms=(\d+)/.exec(query)?.[1] ?? 0);
  renders += 1;
  console.info(`render ${url} no ${renders}`);
  while (Date.now() < until);
  if (failing.has(path) || query.includes('fail=1')) throw new Error('it fails');
  const filler = 'All work and no play makes a dull page. '.repeat(26 * Number(/\bkb=(\d+)/.exec(query)?.[1] ?? 0));
  return `<p>${url} ${renders} ${Math.random()}</p>${filler}`;
};
