// SPDX-License-Identifier: Apache-2.0
// Throws what cannot be turned into a string implicitly. Must: fallback; some text in the log; no crash.
(() => {
  globalThis.renderPage = () => {
    throw Symbol('thrown symbol');
  };
})();
