// SPDX-License-Identifier: Apache-2.0
// Stays inside one regular expression. Must: ended by the limit as any loop.
(() => {
  const evil = /^(a+)+$/;
  globalThis.renderPage = () => `<p>${evil.test(`${'a'.repeat(64)}!`)}</p>`;
})();
