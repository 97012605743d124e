// SPDX-License-Identifier: Apache-2.0
// Throws what cannot be turned into a string implicitly. Must: 500; some text in the log; no crash.
(() => {
  globalThis.renderPage = () => {
    throw Symbol('thrown symbol');
  };
})();
