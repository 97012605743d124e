// SPDX-License-Identifier: Apache-2.0
// Throws while the script runs. Must: loading fails with the message and this line; nothing is served from it.
(() => {
  throw new Error('thrown at load');
})();
