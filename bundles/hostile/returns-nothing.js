// SPDX-License-Identifier: Apache-2.0
// Returns undefined, the classic forgotten return. Must: a render error that says so, not DECLINED; 500.
(() => {
  globalThis.renderPage = () => {};
})();
