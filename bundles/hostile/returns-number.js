// SPDX-License-Identifier: Apache-2.0
// Returns what is not an answer. Must: a render error that names the type; 500.
(() => {
  globalThis.renderPage = () => 42;
})();
