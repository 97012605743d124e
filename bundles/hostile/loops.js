// SPDX-License-Identifier: Apache-2.0
// Never comes back. Must: ended by the time limit, 503; the isolate renders again afterwards.
(() => {
  globalThis.renderPage = () => {
    for (;;);
  };
})();
