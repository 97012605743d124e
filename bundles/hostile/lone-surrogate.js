// SPDX-License-Identifier: Apache-2.0
// Halves of surrogate pairs in the body. Must: 200, valid UTF-8, each half sent as U+FFFD: "<p>a�b�c 🙂</p>".
(() => {
  globalThis.renderPage = () => '<p>a\ud83db\ude42c \ud83d\ude42</p>';
})();
