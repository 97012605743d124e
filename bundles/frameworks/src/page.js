// SPDX-License-Identifier: Apache-2.0
// What all pages show: a name from the URL, which render of its context this is, and news that are fetched.  ?gate=NAME has
// the news wait at a gate of t/bundles/gates.js.
let renders = 0;

async function news(url) {
  const gate = url.searchParams.get('gate') ?? '';
  const response = await fetch(new URL(`/gate/wait/${gate}`, url));
  return response.text();
}

export function read(request) {
  const url = new URL(request.url);
  renders += 1;
  return {
    site: url.pathname.split('/')[1],
    way: url.pathname.split('/')[2],
    name: url.searchParams.get('name') ?? 'nobody',
    render: renders,
    news: () => news(url),
  };
}

export const html = (body) => new Response(body, { headers: { 'Content-Type': 'text/html; charset=utf-8' } });

// One of the ways, by the second part of the path.
export const ways = (all) => ({
  fetch(request) {
    const page = read(request);
    return Object.hasOwn(all, page.way) ? all[page.way](page, request) : new Response('no such way', { status: 404 });
  },
});

// A page that the browser takes over: #app holds what was rendered, #data what of the server's it was rendered with, and
// dist/client/SITE.js renders it once more, where it is.
export const data = ({ site, name, render, text }) => ({ site, name, render, text });
const script = (value) => JSON.stringify(value).replaceAll('<', '\\u003c');

export const head = (extra = '') => `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>alive</title>${extra}</head><body><div id="app">`;
export const tail = (page) => `</div><script id="data" type="application/json">${script(data(page))}</script>
<script type="module" src="/client/${page.site}.js"></script></body></html>`;
