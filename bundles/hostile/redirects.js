// SPDX-License-Identifier: Apache-2.0
// Redirects. Must: 302 for "/", 308 for "/permanent"; Location as given.
(() => {
  globalThis.renderPage = (url) =>
    url === '/permanent' ? { redirect: '/new?a=1&b=2', status: 308 } : { redirect: '/elsewhere' };
})();
