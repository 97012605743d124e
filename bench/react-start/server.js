// SPDX-License-Identifier: Apache-2.0
// A listing of 100 rows, by react-dom/server's renderToString.
import { createElement as h, useId, useMemo } from 'react';
import { renderToString } from 'react-dom/server';

function Row({ n }) {
  const id = useId();
  const price = useMemo(() => (n * 1.19).toFixed(2), [n]);
  return h('li', { id, className: n % 2 ? 'odd' : 'even' }, h('a', { href: `/item/${n}` }, `Item ${n} \u2605`),
    h('span', null, `${price} \u20ac`));
}

function Page({ url }) {
  const rows = Array.from({ length: 100 }, (_, n) => h(Row, { key: n, n }));
  return h('html', { lang: 'en' }, h('head', null, h('title', null, url)), h('body', null, h('ul', null, rows)));
}

globalThis.renderPage = (url) => `<!doctype html>${renderToString(h(Page, { url }))}`;
