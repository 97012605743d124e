// SPDX-License-Identifier: Apache-2.0
// Throws whatever the path asks for, and answers that with renderError as the query says.
const pause = () => new Promise((resolve) => { setTimeout(resolve, 5); });
let renders = 0;
export default async (request, env, ctx) => {
  const { pathname } = new URL(request.url);
  renders += 1;
  console.info(`begins ${pathname}`);
  if (pathname === '/late') await pause();
  if (pathname === '/loop') for (;;);
  if (pathname === '/answer') return Symbol('no answer');
  if (pathname === '/text') throw 'a text';
  if (pathname === '/away') throw Response.redirect('http://a.test/', 303);
  if (pathname === '/tags') ctx.cache.set({ maxAge: 1000 });
  if (pathname === '/fine') return '<p>fine</p>';
  throw new Error(`no ${pathname}`);
};
const pages = {
  plain: (error, request) => `<p>${error.message ?? error} ${request.method} ${request.url} ${renders}</p>`,
  status: (error) => ({ status: 404, html: `<p>404 ${error.message}</p>` }),
  response: (error) => new Response(`gone: ${error.message}`, { status: 410, headers: { 'Content-Type': 'text/plain' } }),
  kept: (error) => ({ html: `<p>kept ${error.message} ${renders}</p>`, headers: { 'Cache-Control': 's-maxage=1000' }, status: 404 }),
  later: async (error) => { await pause(); return `<p>later ${error.message}</p>`; },
  stream: (error) => new ReadableStream({ start(c) { c.enqueue(`<p>stream ${error.message}</p>`); c.close(); } }),
  nothing: () => null,
  throws: () => { throw new TypeError('worse'); },
  rejects: async () => { await pause(); throw new TypeError('worse later'); },
  loops: () => { for (;;); },
  waits: () => new Promise((resolve) => { setTimeout(resolve, 1e6); }),
  symbol: () => Symbol('no answer'),
};
export const renderError = (error, request) => pages[new URL(request.url).search.slice(1)](error, request);
