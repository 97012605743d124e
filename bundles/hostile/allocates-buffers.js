// SPDX-License-Identifier: Apache-2.0
// Keeps 1 MB buffers for ever, which are outside the heap. Must: ended by the array buffer limit (a RangeError counts).
(() => {
  const kept = [];
  globalThis.renderPage = () => {
    for (;;) kept.push(new Uint8Array(1 << 20).fill(1));
  };
})();
