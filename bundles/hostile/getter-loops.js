// SPDX-License-Identifier: Apache-2.0
// The answer is an object whose html getter loops: reading the answer runs script. Must: ended by the limit.
(() => {
  globalThis.renderPage = () => ({
    get html() {
      for (;;);
    },
  });
})();
