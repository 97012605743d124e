// SPDX-License-Identifier: Apache-2.0
// Does nothing wrong. Must: 200, "<p>good URL</p>" with the path and query; text/html; charset=utf-8.
(() => {
  globalThis.renderPage = (url) => `<p>good ${url}</p>`;
})();
