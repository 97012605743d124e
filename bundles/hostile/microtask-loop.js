// SPDX-License-Identifier: Apache-2.0
// Every microtask queues the next one. Must: ended by the limit, though no single function runs for long.
(() => {
  globalThis.renderPage = async () => {
    for (;;) await null;
  };
})();
