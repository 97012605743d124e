// SPDX-License-Identifier: Apache-2.0
// The promise never settles and nothing is left to run. Must: 500 at once.
(() => {
  globalThis.renderPage = () => new Promise(() => {});
})();
