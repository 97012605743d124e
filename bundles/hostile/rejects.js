// SPDX-License-Identifier: Apache-2.0
// The promise rejects, after one microtask. Must: the same as a throw: 500, message and stack in the log.
(() => {
  globalThis.renderPage = async (url) => {
    await null;
    throw new RangeError(`rejected ${url}`);
  };
})();
