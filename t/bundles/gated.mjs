// SPDX-License-Identifier: Apache-2.0
// Pages that wait until they are told: /gated/NAME until /open?/gated/NAME, in the isolate that renders both. A page
// fails after /fail?PATH until /mend?PATH, or with ?fail; ?private is not for the cache. /busy/NAME keeps the isolate,
// /short/NAME for 20 ms. X-Began: when a page began.
const open = new Set();
const failing = new Set();
let renders = 0;
const pause = () => new Promise((resolve) => { setTimeout(resolve, 5); });
export default {
  async fetch(request) {
    const { pathname, search } = new URL(request.url);
    const query = search.slice(1);
    if (pathname === '/open') open.add(query);
    if (pathname === '/shut') open.delete(query);
    if (pathname === '/fail') failing.add(query);
    if (pathname === '/mend') failing.delete(query);
    const began = Date.now();
    renders += 1;
    const number = renders;
    console.info(`begins ${pathname}${search}`);
    if (pathname.startsWith('/busy/')) for (;;);
    if (pathname.startsWith('/short/')) while (Date.now() < began + 20);
    if (pathname.startsWith('/gated/')) while (!open.has(pathname)) await pause();
    if (query.includes('fail') && pathname !== '/mend' && pathname !== '/fail' || failing.has(pathname)) throw new Error('it fails');
    return new Response(`<p>${pathname} ${number}</p>`, {
      headers: { 'Content-Type': 'text/html', 'X-Began': `${began}`, ...(query.includes('private') ? { 'Cache-Control': 'private' } : {}) },
    });
  },
};
