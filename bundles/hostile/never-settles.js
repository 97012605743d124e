// SPDX-License-Identifier: Apache-2.0
// The promise never settles and nothing is left to run. Must: fallback, by the wall limit or at once.
(() => {
  globalThis.renderPage = () => new Promise(() => {});
})();
