// SPDX-License-Identifier: Apache-2.0
// No such status. Must: a render error that names 9999; 500.
(() => {
  globalThis.renderPage = () => ({ html: '<p>status</p>', status: 9999 });
})();
