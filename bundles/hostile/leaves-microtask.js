// SPDX-License-Identifier: Apache-2.0
// Leaves a microtask behind, then loops. Must: "/" is ended by the limit; "/check" then answers "ran=false".
(() => {
  globalThis.microtaskRan = false;
  globalThis.renderPage = (url) => {
    if (url === '/check') return `<p>ran=${globalThis.microtaskRan}</p>`;
    Promise.resolve().then(() => {
      globalThis.microtaskRan = true;
    });
    for (;;);
  };
})();
