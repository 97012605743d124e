// SPDX-License-Identifier: Apache-2.0
// Answers 50 MB. Must: refused by the response limit; the limit in the log; 500; no copy of it stays in memory.
(() => {
  globalThis.renderPage = () => '0123456789abcdef'.repeat(50 * 1024 * 64);
})();
