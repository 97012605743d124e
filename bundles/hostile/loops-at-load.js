// SPDX-License-Identifier: Apache-2.0
// Loops while the script runs. Must: loading fails after the load limit; the server starts or stays up.
(() => {
  for (;;);
})();
