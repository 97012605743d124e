// SPDX-License-Identifier: Apache-2.0
// Defines no entry. Must: loading fails; the message lists what was looked for.
(() => {
  globalThis.renderSomething = () => '<p>nobody calls this</p>';
})();
