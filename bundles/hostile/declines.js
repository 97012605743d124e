// SPDX-License-Identifier: Apache-2.0
// Returns null. Must: DECLINED: httpd goes on as if the module were not there; nothing in the error log.
(() => {
  globalThis.renderPage = () => null;
})();
