// SPDX-License-Identifier: Apache-2.0
// Does not parse: the next line is the wrong one. Must: loading fails with "syntax-error.js:3" and V8's message.
(() => { const = 1;
})();
