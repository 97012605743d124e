// SPDX-License-Identifier: Apache-2.0
// Building the stack of the error runs script that loops. Must: ended by the limit, also while the error is reported.
(() => {
  Error.prepareStackTrace = () => {
    for (;;);
  };
  globalThis.renderPage = () => {
    throw new Error('with a slow stack');
  };
})();
