// SPDX-License-Identifier: Apache-2.0
// Recurses without end. Must: a RangeError from V8, not a crash of the thread with the small stack; 500.
(() => {
  const deeper = (depth) => deeper(depth + 1) + 1;
  globalThis.renderPage = () => `<p>${deeper(0)}</p>`;
})();
