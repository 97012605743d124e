// SPDX-License-Identifier: Apache-2.0
// Never comes back. Must: ended by the CPU or the wall limit, fallback; the isolate renders again afterwards.
(() => {
  globalThis.renderPage = () => {
    for (;;);
  };
})();
