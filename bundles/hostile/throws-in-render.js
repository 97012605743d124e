// SPDX-License-Identifier: Apache-2.0
// Throws two functions deep. Must: 500; the log has the message and the stack: inner, outer, renderPage.
(() => {
  function inner(url) {
    throw new TypeError(`cannot render ${url}`);
  }
  function outer(url) {
    return `<p>${inner(url)}</p>`;
  }
  globalThis.renderPage = (url) => outer(url);
})();
