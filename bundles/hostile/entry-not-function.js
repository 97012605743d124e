// SPDX-License-Identifier: Apache-2.0
// The entry is a string. Must: loading fails; the message names the entry and its type.
(() => {
  globalThis.renderPage = '<p>not a function</p>';
})();
