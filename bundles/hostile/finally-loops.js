// SPDX-License-Identifier: Apache-2.0
// Loops again in finally. Must: ended at once by the limit: finally does not run when V8 terminates.
(() => {
  globalThis.renderPage = () => {
    try {
      for (;;);
    } finally {
      for (;;);
    }
  };
})();
