// SPDX-License-Identifier: Apache-2.0
// Throws null, which has neither message nor stack. Must: 500; "null" in the log; no crash.
(() => {
  globalThis.renderPage = () => {
    throw null;
  };
})();
