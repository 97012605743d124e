// SPDX-License-Identifier: Apache-2.0
// Keeps objects for ever. Must: ended by the heap limit, not by the process; the isolate is replaced.
(() => {
  const kept = [];
  globalThis.renderPage = () => {
    for (;;) kept.push({ number: kept.length, list: [kept.length] });
  };
})();
