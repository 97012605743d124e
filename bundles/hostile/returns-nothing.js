// SPDX-License-Identifier: Apache-2.0
// Returns undefined, the classic forgotten return. Must: a render error that says so, not DECLINED; fallback.
(() => {
  globalThis.renderPage = () => {};
})();
