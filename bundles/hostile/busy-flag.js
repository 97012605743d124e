// SPDX-License-Identifier: Apache-2.0
// Termination skips finally: module state stays wrong. Must: "/loop" is ended; then any URL answers "busy=false" (new context).
(() => {
  let busy = false;
  globalThis.renderPage = (url) => {
    if (url !== '/loop') return `<p>busy=${busy}</p>`;
    busy = true;
    try {
      for (;;);
    } finally {
      busy = false;
    }
  };
})();
